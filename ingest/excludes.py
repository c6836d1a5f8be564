"""Which files of a folder are left out: patterns as in a .gitignore, from .shujiaignore files and from the command.

The last pattern that fits decides; ``!`` takes a file back in, unless a folder above it is left out
(https://git-scm.com/docs/gitignore, "Pattern format"). Case counts; names are compared in Unicode's form NFC, so that
a pattern typed on one system fits names written by another.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from wcmatch import glob

IGNORE_FILE = ".shujiaignore"
_FLAGS = glob.GLOBSTAR | glob.DOTGLOB | glob.CASE | glob.FORCEUNIX


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern below the folder ``base`` (parts joined by /, "" for the root)."""

    base: str
    pattern: str
    leaves_out: bool
    folders_only: bool


@dataclass(frozen=True, slots=True)
class Excludes:
    """Rules in the order they are read; a later one wins."""

    rules: tuple[Rule, ...] = ()

    def within(self, base: str, lines: Iterable[str]) -> Excludes:
        """These rules, then those of an ignore file in the folder ``base``."""
        new = (_rule(_normal(base), _normal(line)) for line in lines)
        return Excludes((*self.rules, *(rule for rule in new if rule)))

    def leaves_out(self, path: str, *, folder: bool) -> bool:
        """Whether a path relative to the root (parts joined by /) is left out."""
        path = _normal(path)
        for rule in reversed(self.rules):
            if (folder or not rule.folders_only) and _fits(rule, path):
                return rule.leaves_out
        return False


def read_ignore_file(folder: Path) -> list[str]:
    """The lines of a folder's ignore file; none when it has none. Raises OSError when it may not be read.

    A rule that cannot be read must stop the run, or files that are to stay out would come in.
    """
    file = folder / IGNORE_FILE
    if not file.is_file():
        return []
    return file.read_text(encoding="utf-8-sig", errors="surrogateescape").splitlines()


def _rule(base: str, line: str) -> Rule | None:
    line = line.rstrip("\r\n")
    while line.endswith(" ") and not line.endswith("\\ "):
        line = line[:-1]
    if not line or line.startswith("#"):
        return None
    leaves_out = not line.startswith("!")
    pattern = line if leaves_out else line[1:]
    folders_only = pattern.endswith("/")
    pattern = pattern.rstrip("/")
    if not pattern:
        return None
    # A slash at the beginning or in the middle ties the pattern to its folder; without one it fits at any depth.
    pattern = pattern.lstrip("/") if "/" in pattern else f"**/{pattern}"
    return Rule(base, pattern, leaves_out, folders_only)


def _fits(rule: Rule, path: str) -> bool:
    if rule.base:
        if not path.startswith(f"{rule.base}/"):
            return False
        path = path[len(rule.base) + 1 :]
    return bool(glob.globmatch(path, rule.pattern, flags=_FLAGS))


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)
