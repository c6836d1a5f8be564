"""The real page of `shujia ui`, and its reader without a browser: cookies of HTTP, messages over the WebSocket."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from google.protobuf import text_format
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).parents[2]
PATIENCE = 120.0  # seconds for a start or one run of the script, on a busy machine
PROGRAM = (sys.executable, "-c", "from app.cli import main; main()")


class Reader:
    """One window. ``text`` is what the last run of the script drew and asked of the browser."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self.text, self._buttons, self._leads = socket, "", {}, ""

    def look(self, page: str = "", press: str = "") -> str:
        """Run the script: another page of the site, or a button by its words; returns what was drawn."""
        message = BackMsg()
        message.rerun_script.page_name = page
        if press:
            state = message.rerun_script.widget_states.widgets.add()
            state.id, state.trigger_value = self._buttons[press], True
        self._socket.send(message.SerializeToString())
        self.text, self._buttons, self._leads = "", {}, ""
        while True:
            answer = ForwardMsg.FromString(bytes(self._socket.recv(timeout=PATIENCE)))
            self.text += text_format.MessageToString(answer, as_utf8=True)
            element = answer.delta.new_element
            if element.WhichOneof("type") == "button":
                self._buttons[element.button.label] = element.button.id
            if answer.WhichOneof("type") == "auth_redirect":
                self._leads = answer.auth_redirect.url
            if answer.WhichOneof("type") == "script_finished":
                return self.text

    @property
    def leads(self) -> str:
        """Where the page sends the browser, "" where it stays."""
        return self._leads


@contextmanager
def window(client: httpx.Client) -> Iterator[Reader]:
    """A window of the browser that holds the cookies of ``client``, whose base address is the page's."""
    address = str(client.base_url).rstrip("/")
    cookies = "; ".join(f"{one.name}={one.value}" for one in client.cookies.jar)
    headers = {"Cookie": cookies} if cookies else {}
    token = client.cookies.get("_streamlit_xsrf") or "none"
    with connect(
        f"{address.replace('http', 'ws', 1)}/_stcore/stream",
        origin=address,  # type: ignore[arg-type]
        subprotocols=["streamlit", token],  # type: ignore[list-item]
        additional_headers=headers,
        max_size=None,
        open_timeout=PATIENCE,
        proxy=None,
    ) as socket:
        yield Reader(socket)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(folder: Path, settings: Mapping[str, object]) -> Iterator[str]:
    """The page on the library in a folder, by these settings alone; its address. ``PORT`` is one of them."""
    address = f"http://127.0.0.1:{settings['PORT']}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    page = subprocess.Popen([*PROGRAM, "ui"], env=_environment(folder, settings), cwd=folder, **quiet)
    try:
        end = time.monotonic() + PATIENCE
        while not _healthy(address):
            if time.monotonic() > end or page.poll() is not None:
                pytest.fail(f"the page did not start within {PATIENCE} s")
            time.sleep(0.2)
        yield address
    finally:
        page.terminate()
        page.wait(timeout=PATIENCE)


def run(folder: Path, *arguments: str) -> str:
    """A command of the program on the same library, while the page runs; what it printed."""
    done = subprocess.run([*PROGRAM, *arguments], env=_environment(folder, {}), cwd=folder, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def _environment(folder: Path, settings: Mapping[str, object]) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("SHUJIA_")}
    given = {f"SHUJIA_{name}": str(value) for name, value in {"LIBRARY": folder / "library", **settings}.items()}
    return own | given | {"PYTHONPATH": str(ROOT)}


def _healthy(address: str) -> bool:
    try:
        return httpx.get(f"{address}/_stcore/health", trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
