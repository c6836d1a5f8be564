"""llama.cpp in this process, spoken to over its own HTTP endpoint on a loopback port.

HTTP rather than the in-process callback, because closing the connection stops llama.cpp also while it still reads the
prompt; the callback is not called before the first token. The port is open to every user of the machine, so each
server has a random key that never leaves this process.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import threading
import time
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from models.types import ModelError, ModelUnavailable, WeightsMissing
from models.writing import Cut

# Tokens read between two looks at the connection, so a cancelled prompt costs two to four seconds more. Smaller batches
# read slower: 310 tokens took 17.8 processor seconds in batches of 64, 16.4 in batches of 256.
PROMPT_BATCH = 128
PREFIX_RAM_MIB = 256  # prompts kept in memory when another takes the slot: about ten of 800 tokens
ANSWER_SECONDS = 900.0  # silence on the connection: a full context takes two minutes on two cores


class LlamaServer:
    """A loaded GGUF file. Every method may be called from any thread; llama.cpp itself works on one request at a time.

    ``load_seconds`` is how long the load took.
    """

    def __init__(self, gguf: Path, *, context_tokens: int, state_folder: Path | None, threads: int | None) -> None:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
        import xllamacpp

        if not gguf.is_file():
            raise WeightsMissing(f"there is no {gguf}: pull the model, or correct its path")
        started = time.perf_counter()
        self._key = secrets.token_urlsafe(32)
        params = xllamacpp.CommonParams()
        params.model.path = str(gguf)
        params.n_ctx = context_tokens
        params.n_parallel = 1
        params.n_batch = params.n_ubatch = PROMPT_BATCH
        params.cache_ram_mib = PREFIX_RAM_MIB
        params.fit_params = False  # the context is what was asked for, not what llama.cpp would choose
        if state_folder is not None:
            params.slot_save_path = f"{state_folder}{os.sep}"
        params.api_keys = [self._key]
        params.cors_origins = "null"
        params.hostnames = ["127.0.0.1"]
        params.port = 0
        params.offline = True
        params.ui = False
        params.endpoint_slots = True
        params.verbosity = -1
        if threads is not None:
            params.cpuparams.n_threads = params.cpuparams_batch.n_threads = threads
        try:
            self._server: Any = xllamacpp.Server(params)
        except (RuntimeError, ValueError) as exc:
            raise ModelUnavailable(f"llama.cpp cannot load {gguf}: `shujia models verify` checks the file") from exc
        self._address = urlsplit(self._server.listening_address)
        self._closing = threading.Lock()
        self.load_seconds = time.perf_counter() - started

    def close(self) -> None:
        """Free the weights; the server cannot be used afterwards."""
        with self._closing:
            self._server = None

    def post(self, path: str, body: Mapping[str, object]) -> dict[str, Any]:
        """One request, one JSON answer; raises ModelUnavailable with llama.cpp's own words."""
        connection = self._connection()
        try:
            answer = self._request(connection, path, body)
            found: dict[str, Any] = json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError) as exc:
            raise ModelUnavailable(f"llama.cpp did not answer {path}: {exc!r}") from exc
        finally:
            connection.close()
        return found

    def stream(self, path: str, body: Mapping[str, object], cut: Cut | None = None) -> Generator[dict[str, Any]]:
        """The events of a streamed answer; closing the iterator closes the connection, which stops the work.

        An iterator that waits cannot be closed: ``cut`` ends it from another thread.
        """
        connection = self._connection()
        cut = cut or Cut()
        answer: http.client.HTTPResponse | None = None
        try:
            connection.connect()
            cut.watch(connection.sock)
            answer = self._request(connection, path, {**body, "stream": True})
            for line in answer:
                if line.startswith(b"error:"):
                    raise _refusal(path, line.removeprefix(b"error:"))
                if line.startswith(b"data: ") and line.strip() != b"data: [DONE]":
                    yield json.loads(line.removeprefix(b"data: "))
        except (OSError, http.client.HTTPException, ValueError) as exc:
            raise ModelUnavailable(f"llama.cpp broke off {path}: {exc!r}") from exc
        finally:
            cut.watch(None)
            if answer is not None:
                answer.close()
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(str(self._address.hostname), self._address.port, timeout=ANSWER_SECONDS)

    def _request(
        self, connection: http.client.HTTPConnection, path: str, body: Mapping[str, object]
    ) -> http.client.HTTPResponse:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._key}", "Connection": "close"}
        connection.request("POST", path, json.dumps(body).encode(), headers)
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            raise _refusal(path, answer.read())
        return answer


def _refusal(path: str, body: bytes) -> ModelError:
    try:
        error = json.loads(body)
        said = str(error.get("error", error).get("message", error))
    except (ValueError, AttributeError):
        said = body[:200].decode("utf-8", "replace")
    return ModelUnavailable(f"llama.cpp refused {path}: {said}")
