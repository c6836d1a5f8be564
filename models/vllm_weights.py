"""The weights vLLM is given: a folder as it is, a hub name as it is, a GGUF file converted once.

vLLM's own GGUF loader needs a GPU. Converted weights are kept beside the models, under the sha256 of the file that
they were made of, so another file of the same name is converted anew.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from models.catalogue import MODELS
from models.checked_files import publish, sha256_of
from models.fetch import locate
from models.types import ModelUnavailable, WeightsMissing
from models.vllm_environment import VllmEnvironment

CONVERTER = Path(__file__).with_name("gguf_convert.py")
FORMAT = 1  # of the converted folder: raised when the converter writes something else
_RECORD = "converted.json"
_SPACE = 4.0  # bytes that a byte of a 4-bit file may become


@dataclass(frozen=True, slots=True)
class Weights:
    """What vLLM is to load (a folder or a hub name), and the name it is served under."""

    model: str
    name: str


def weights_for(
    name: str, folder: Path, vllm: VllmEnvironment, said: Callable[[int, int], None] = lambda done, total: None
) -> Weights:
    """The weights for a model of the catalogue, a GGUF file, a folder of safetensors, or a hub name.

    ``folder`` is the models folder. ``said`` hears of bytes converted and bytes in all, when there is something to
    convert. Raises WeightsMissing, ModelUnavailable when a file cannot be converted.
    """
    path = Path(name).expanduser()
    if name in MODELS:
        if MODELS[name].role != "chat":
            raise WeightsMissing(f"{name} is no chat model: `shujia models list` shows the role of each")
        main = MODELS[name].main_file
        return Weights(str(_converted(locate(name, folder) / main.path, main.sha256, folder, vllm, said)), name)
    if name.endswith(".gguf"):
        if not path.is_file():
            raise WeightsMissing(f"no file {path}: give the path of a GGUF file, a folder, or a hub name")
        return Weights(str(_converted(path, sha256_of(path), folder, vllm, said)), path.stem)
    if path.is_dir():
        return Weights(str(path.absolute()), path.absolute().name)
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise WeightsMissing(f"{name!r} is no model of the catalogue, no file, no folder and no hub name (owner/model)")
    return Weights(name, name)


def _converted(
    source: Path, sha256: str, folder: Path, vllm: VllmEnvironment, said: Callable[[int, int], None]
) -> Path:
    """The folder converted from ``source``; made now if it is not there whole."""
    home = folder / ".converted" / f"{source.stem}-{sha256[:12]}-{FORMAT}"
    home.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{home}.lock"):
        if not _whole(home, sha256):
            _need_space(source, home.parent)
            shutil.rmtree(home, ignore_errors=True)
            _run(source, home, vllm, said)
            _record(home, sha256)
    return home


def _run(source: Path, home: Path, vllm: VllmEnvironment, said: Callable[[int, int], None]) -> None:
    # -P keeps our folder off the path of that Python: it holds a types.py.
    command = [str(vllm.python), "-P", str(CONVERTER), str(source), str(home)]
    variables = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    variables |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "DO_NOT_TRACK": "1"}
    log = home.with_suffix(".log")
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=variables, text=True)
        try:
            for line in process.stdout or ():
                done, _, total = line.partition(" ")
                if done.isdigit() and total.strip().isdigit():
                    said(int(done), int(total))
            code = process.wait()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            if process.stdout is not None:
                process.stdout.close()
    if code != 0:
        reason = log.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
        raise ModelUnavailable(f"{source.name} could not be converted for vLLM: {reason} (all of it: {log})")
    log.unlink()


def _record(home: Path, sha256: str) -> None:
    """Note, last of all, what the folder was made of and how large its files are."""
    sizes = {path.name: path.stat().st_size for path in home.iterdir()}
    temporary = home / f"{_RECORD}.part"
    temporary.write_text(json.dumps({"format": FORMAT, "source_sha256": sha256, "files": sizes}), encoding="utf-8")
    publish(temporary, home / _RECORD)


def _whole(home: Path, sha256: str) -> bool:
    try:
        record = json.loads((home / _RECORD).read_text(encoding="utf-8"))
        files: dict[str, int] = record["files"]
        return record["source_sha256"] == sha256 and all(
            (home / name).stat().st_size == size for name, size in files.items()
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _need_space(source: Path, folder: Path) -> None:
    needed, free = int(source.stat().st_size * _SPACE), shutil.disk_usage(folder).free
    if free < needed:
        raise WeightsMissing(
            f"the converted weights of {source.name} may need {needed / 1e9:.1f} GB in {folder}, there are "
            f"{free / 1e9:.1f} GB: make room, or set SHUJIA_MODELS to a folder on a larger disk"
        )
