"""The pictures of the documentation: none is missing, forgotten, large, or made by hand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
BROWSER = ROOT / "tests" / "browser"
NAMED = re.compile(r"!\[([^\]]*)\]\((?:docs/)?images/([^)]+)\)")
MOST_BYTES = 150_000


def named() -> dict[str, set[str]]:
    """The pictures that the documentation shows, each with the pages that do."""
    found: dict[str, set[str]] = {}
    for page in PAGES:
        for told, name in NAMED.findall(page.read_text(encoding="utf-8")):
            assert told.strip(), f"{page.name}: {name} has no words for those who cannot see it"
            found.setdefault(name, set()).add(page.name)
    return found


def test_the_documentation_shows_the_pictures_there_are_and_no_other() -> None:
    assert set(named()) == {path.name for path in IMAGES.iterdir()}


@pytest.mark.parametrize("path", sorted(IMAGES.iterdir()), ids=lambda path: path.name)
def test_a_picture_is_small_and_taken_by_a_test_of_the_browser(path: Path) -> None:
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert len(data) <= MOST_BYTES
    assert data[25] == 3  # a palette (PNG 1.2, section 11.2.2: colour type)
    scene, _, language = path.stem.rpartition("-")
    assert language in ("zh", "en")
    tests = "".join(each.read_text(encoding="utf-8") for each in BROWSER.glob("test_*.py"))
    assert re.search(rf'\bpicture\([\w.]+, "{scene}", language\)', tests), f"no test takes {path.name}"
    assert json.loads((BROWSER / "shown.json").read_text(encoding="utf-8"))[path.stem]
