"""Doctor's look at the machine: Python, packages, memory, disk, GPU, ports, the settings file."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import socket
import stat
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from app.doctor import Check, Finding, bad, ok, warn
from app.settings import Settings, config_file

GIB = 1 << 30
_SECONDS = 5.0  # for nvidia-smi, which may hang where a driver does
_ROOM = {"bad": 1 * GIB, "warn": 5 * GIB}
_MEMORY = 2 * GIB  # the default chat model and embedder together, as measured
_SHARED = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs")
_MAIN = ("sqlalchemy", "tantivy", "torch", "sentence-transformers", "streamlit", "fastapi", "pypdfium2", "unstructured")


def check_python(_settings: Settings) -> Iterator[Finding]:
    """Python itself."""
    version = platform.python_version()
    said = {"version": version, "system": f"{platform.system()} {platform.machine()}"}
    yield ok("python", "python", **said) if sys.version_info >= (3, 11) else bad("python", "python", "python", **said)


def check_packages(_settings: Settings) -> Iterator[Finding]:
    """Every package that Shujia needs, in a version that it accepts."""
    from packaging.requirements import Requirement

    try:
        needed = [Requirement(line) for line in importlib.metadata.requires("shujia") or ()]
    except importlib.metadata.PackageNotFoundError:  # run from its folder, not installed
        needed = [Requirement(name) for name in _MAIN]
    wrong = []
    for one in needed:
        if one.marker and not one.marker.evaluate({"extra": ""}):
            continue
        here = _version(one.name)
        if here is None or not one.specifier.contains(here, prereleases=True):
            wrong.append(f"{one} ({here or '–'})")
    if wrong:
        yield bad("packages", "packages_wrong", "packages", packages=", ".join(wrong))
    else:
        yield ok("packages", "packages", count=len(needed), version=_version("shujia") or "–")


def check_faiss(_settings: Settings) -> Iterator[Finding]:
    """One build of FAISS, not both: they write into one folder."""
    builds = {name: _version(name) for name in ("faiss-cpu", "faiss-gpu")}
    here = [f"{name} {version}" for name, version in builds.items() if version]
    if len(here) == 1:
        yield ok("faiss", "faiss", build=here[0])
    else:
        yield bad("faiss", "faiss_both" if here else "faiss_none", "faiss")


def check_memory(_settings: Settings) -> Iterator[Finding]:
    """Memory for the models."""
    import psutil

    memory = psutil.virtual_memory()
    said = {"free": memory.available / GIB, "total": memory.total / GIB}
    yield ok("memory", "memory", **said) if memory.available >= _MEMORY else warn("memory", "memory", "memory", **said)


def check_disk(settings: Settings) -> Iterator[Finding]:
    """Room where the library and the weights lie."""
    for name, folder in {"library": settings.library, "models": settings.models}.items():
        there = _existing(folder.expanduser())
        free = shutil.disk_usage(there).free
        said = {"folder": folder.expanduser(), "free": free / GIB}
        state = next((state for state, least in _ROOM.items() if free < least), "ok")
        if state == "ok":
            yield ok(f"disk_{name}", "disk", **said)
        else:
            yield (bad if state == "bad" else warn)(f"disk_{name}", "disk", "disk", **said)


def check_gpu(_settings: Settings) -> Iterator[Finding]:
    """A GPU is no need, but worth knowing of."""
    program = shutil.which("nvidia-smi")
    if program is None:
        yield ok("gpu", "gpu_none")
        return
    query = [program, "--query-gpu=name,memory.total,driver_version", "--format=csv,noheader"]
    try:
        told = subprocess.run(query, capture_output=True, text=True, timeout=_SECONDS, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError) as exc:
        yield warn("gpu", "gpu_sick", "gpu", error=exc)
        return
    yield ok("gpu", "gpu", names=told.replace("\n", "; "))


def check_ports(settings: Settings) -> Iterator[Finding]:
    """Whether page and API could be served; a port that is taken may be taken by Shujia itself."""
    for name, host, port in (("page", settings.host, settings.port), ("api", settings.api_host, settings.api_port)):
        try:
            family, kind, number, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
            with socket.socket(family, kind, number) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(address)
        except OSError as exc:
            setting = "port" if name == "page" else "api_port"
            yield warn(f"port_{name}", "port_taken", "port", host=host, port=port, error=exc, setting=setting)
        else:
            yield ok(f"port_{name}", "port_free", host=host, port=port)


def check_settings(settings: Settings) -> Iterator[Finding]:
    """The file in use, and whether others may read the secrets in it."""
    file = config_file()
    if file is None:
        yield ok("settings", "settings_none")
        return
    secrets = bool({"model_key", "catalogue"} & tomllib.loads(file.read_text(encoding="utf-8")).keys())
    if os.name != "nt" and secrets and file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        yield warn("settings", "settings_open", "settings", file=file.resolve())
    else:
        yield ok("settings", "settings", file=file.resolve())


def check_folder(settings: Settings) -> Iterator[Finding]:
    """The library's folder: ours to write, and on a disk whose locks hold."""
    folder = settings.library.expanduser()
    there = _existing(folder)
    if not os.access(there, os.R_OK | os.W_OK | os.X_OK):
        yield bad("folder", "folder_closed", "folder", folder=there, user=os.environ.get("USER", "?"))
    elif (kind := _file_system(there)) in _SHARED and not settings.catalogue.get_secret_value():
        yield warn("folder", "folder_shared", "folder_shared", folder=folder, kind=kind)
    else:
        yield ok("folder", "folder" if folder.exists() else "folder_new", folder=folder)


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there."""
    return next(each for each in (folder, *folder.absolute().parents) if each.exists())


def _file_system(folder: Path) -> str:
    """The kind of file system that a folder lies on, "" where the system does not say."""
    import psutil

    real = folder.resolve()
    parts = [one for one in psutil.disk_partitions(all=True) if real.is_relative_to(one.mountpoint)]
    return str(max(parts, key=lambda one: len(one.mountpoint)).fstype) if parts else ""


MACHINE: tuple[Check, ...] = (
    check_python,
    check_packages,
    check_faiss,
    check_memory,
    check_disk,
    check_gpu,
    check_ports,
    check_settings,
    check_folder,
)
