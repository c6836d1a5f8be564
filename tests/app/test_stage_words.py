"""Every stage that a trace can name is called something in both languages."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from app.page_words import PageVoice
from app.stage_words import STAGE_WORDS
from app.why_text import stage_name
from retrieval.rewrite.types import Steps
from retrieval.stages import LEGS

ROOT = Path(__file__).parents[2]
MADE = re.compile(r'(?:StageTrace|_timed|run\.mark|run\.seconds)[(\[]"(\w+)"')


def made() -> list[str]:
    """The names that the sources give to stages, the steps of the query layer and the legs."""
    sources = [
        path.read_text(encoding="utf-8") for room in ("retrieval", "generation") for path in (ROOT / room).rglob("*.py")
    ]
    written = {name for source in sources for name in MADE.findall(source)}
    asked = {f"rewrite:{step.name}" for step in fields(Steps) if step.name != "blend"}  # which asks no model
    return sorted({*written, *asked, *LEGS, "rewrite:model"})


@pytest.mark.parametrize("name", made())
def test_a_stage_has_a_name_in_both_languages(name: str) -> None:
    chinese, english = STAGE_WORDS[name]
    assert re.search("[\u4e00-\u9fff]", chinese)
    assert re.fullmatch("[A-Z][a-z ]+", english)
    assert PageVoice("zh").known(name) == stage_name(name, "zh") == chinese
    assert (PageVoice("en").known(name), stage_name(name, "en")) == (english, name)


def test_the_sources_name_the_stages_that_are_looked_for() -> None:
    assert {"fused", "rerank", "languages", "passages", "prompt", "verification", "total"} <= set(made())
