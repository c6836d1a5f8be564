"""A Ray cluster to work with: one of this machine's own for a run, or one that is there."""

from __future__ import annotations

import contextlib
import logging
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.types import ModelError

LOCAL = "local"  # the address that means: a cluster of this machine alone, ended with the run
KNOCK_SECONDS = 10.0
_START = "start it with ray start --head, or use local"


@contextlib.contextmanager
def cluster(address: str) -> Iterator[Any]:
    """Ray, connected; a program that is connected already stays so. Raises ModelError when there is no cluster."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")  # a run tells its own failures
    try:
        import ray
        import ray.data
    except ImportError as exc:
        raise ModelError("--ray needs the extra: pip install 'shujia[scale]'") from exc
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars, context.execution_options.preserve_order = False, True
    logging.getLogger("ray").setLevel(logging.ERROR)
    if ray.is_initialized():
        yield ray
        return
    _knock(address)
    folder = tempfile.mkdtemp(prefix="shujia-ray-") if address == LOCAL else None
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    if folder:
        options |= {"include_dashboard": False, "_temp_dir": folder}
    try:
        with _importable():
            ray.init(address=address, **options)
    except (ConnectionError, RuntimeError, ValueError) as exc:
        raise ModelError(
            f"no Ray cluster at {address!r} ({exc}): start it with ray start --head, or use local"
        ) from exc
    try:
        yield ray
    finally:
        ray.shutdown()
        if folder:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _importable() -> Iterator[None]:
    """The processes that a local cluster starts find Shujia, installed or not: they inherit this environment."""
    before = os.environ.get("PYTHONPATH")
    root = str(Path(__file__).resolve().parent.parent)
    os.environ["PYTHONPATH"] = os.pathsep.join([root, *filter(None, [before])])
    try:
        yield
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


def _knock(address: str) -> None:
    """See within seconds that something answers at HOST:PORT: Ray itself would ask for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not (host and port.isdigit()):
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), KNOCK_SECONDS).close()
    except OSError as exc:
        raise ModelError(f"no Ray cluster at {address!r} ({exc}): {_START}") from exc
