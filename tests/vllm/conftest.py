"""A chat model of each kind: llama.cpp in this process, a vLLM that is started here, or any endpoint by its URL.

pytest -m vllm tests/vllm                                                  the vLLM of .vllm (make vllm)
SHUJIA_TEST_URL=http://…/v1 SHUJIA_TEST_MODEL=name pytest -m vllm tests/vllm      any OpenAI-compatible endpoint
"""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from models.catalogue import DEFAULT_CHAT, MODELS
from models.fetch import installed, locate
from models.llama_chat import LlamaChat
from models.openai_chat import OpenAIChat
from models.vllm_environment import VllmMissing, find_vllm

ROOT = Path(__file__).resolve().parents[2]
URL, MODEL = os.environ.get("SHUJIA_TEST_URL", ""), os.environ.get("SHUJIA_TEST_MODEL", DEFAULT_CHAT)
START_SECONDS = 1200  # on two busy cores, the weights converted first; a minute or two on quiet ones


@pytest.fixture(scope="session")
def endpoint_url():
    """The URL of a vLLM that `shujia models serve` started, or of SHUJIA_TEST_URL."""
    if URL:
        yield URL
        return
    try:
        find_vllm()
    except VllmMissing as missing:
        pytest.skip(str(missing))
    if not installed(DEFAULT_CHAT):
        pytest.skip(f"the weights of {DEFAULT_CHAT} are not here: shujia models pull {DEFAULT_CHAT}")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = serve(port)
    try:
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 2)


def serve(port: int) -> subprocess.Popen:
    """`shujia models serve` in a process of its own, ready."""
    command = [sys.executable, "-c", "from app.cli import main; main()", "models", "serve", DEFAULT_CHAT]
    command += ["--port", str(port), "--max-length", "2048", "--wait", str(START_SECONDS)]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "SHUJIA_LANGUAGE": "en"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=variables, text=True)
    given_up = threading.Timer(START_SECONDS + 60, process.terminate)
    given_up.start()
    try:
        line = process.stdout.readline()
    finally:
        given_up.cancel()
        process.stdout.close()
    assert "is ready" in line, f"vLLM did not start: {process.wait(60)}"
    return process


@pytest.fixture(scope="session", params=["llama.cpp", pytest.param("endpoint", marks=pytest.mark.vllm)])
def chat(request, tmp_path_factory):
    """The same model under two runtimes."""
    if request.param == "endpoint":
        url = request.getfixturevalue("endpoint_url")
        key = os.environ.get("SHUJIA_TEST_KEY", "")
        model = OpenAIChat(url, MODEL, key, context_tokens=2048, timeout=600)
        yield model
        model.close()
        return
    if not installed(DEFAULT_CHAT):
        pytest.skip(f"the weights of {DEFAULT_CHAT} are not here: shujia models pull {DEFAULT_CHAT}")
    gguf = locate(DEFAULT_CHAT) / MODELS[DEFAULT_CHAT].main_file.path
    model = LlamaChat(gguf, DEFAULT_CHAT, context_tokens=2048, cache_folder=tmp_path_factory.mktemp("prefixes"))
    yield model
    model.close()
