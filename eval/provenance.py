"""What has to be known to repeat a run: program and commit, configuration, models with the sha256 of their weights."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from models.catalogue import MODELS


def program() -> dict[str, str]:
    """Version, and the commit where the program runs from a checkout ("+" behind it when files were changed)."""
    try:
        known = {"version": version("shujia")}
    except PackageNotFoundError:  # run from a folder that was never installed
        known = {"version": "0+source"}
    root = Path(__file__).resolve().parent.parent
    if (root / ".git").exists():
        head = _git(root, "rev-parse", "--short=12", "HEAD")
        changed = _git(root, "status", "--porcelain", "--untracked-files=no")
        known |= {"commit": head + ("+" if changed else "")} if head else {}
    return known


def model(name: str) -> str:
    """A model's name with the beginning of the sha256 of its largest file; the name alone for a model unknown here."""
    if name not in MODELS:
        return name
    largest = max(MODELS[name].files, key=lambda file: file.size)
    return f"{name} (sha256 {largest.sha256[:16]})"


def key(parts: Mapping[str, Any]) -> str:
    """The identity of a run: equal for equal data, configuration, models, program and seed."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):  # no git on this machine
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
