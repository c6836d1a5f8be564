"""Quality: whether a report is worse than the one that was made the baseline for its data."""

from __future__ import annotations

import hashlib
from functools import partial
from pathlib import Path

import streamlit as st

from app.errand_rights import errands_of, seen
from app.errands import Errand
from app.page_session import Room, told
from app.page_text import html_text
from app.quality_words import quality_word
from eval.errors import EvalInputError
from eval.flywheel.gate import Measured, read_baseline, read_report, regressions, write_baseline

TOLERANCE = 0.01  # as `shujia eval gate` without a flag


def gate_line(room: Room, errand: Errand, folder: Path) -> None:
    """How the report stands to the baseline of its data, and the button that makes it the baseline."""
    word = partial(quality_word, room.voice.language)
    try:
        measured = read_report(folder)
    except EvalInputError:
        return  # a comparison has nothing to be held to
    file = baseline_of(room, errand, measured)
    with st.container(horizontal=True, vertical_alignment="center"):
        lines = _standing(room, measured, file)
        st.html(
            f'<h3 class="sj-title">{word("gate")}</h3>'
            + "".join(f'<div class="sj-quiet">{html_text(line)}</div>' for line in lines)
        )
        st.button(word("gate_set"), key=f"baseline-{errand.id}", on_click=_keep, args=(room, errand, folder))


def baseline_of(room: Room, errand: Errand, measured: Measured) -> Path:
    """Where the baseline of these data is kept: one for each collection and data."""
    about = hashlib.sha256(f"{errand.collection} {errand.kind} {measured.data}".encode()).hexdigest()[:24]
    return errands_of(room).folder / f"baseline-{about}.json"


def _standing(room: Room, measured: Measured, file: Path) -> list[str]:
    word = partial(quality_word, room.voice.language)
    if not file.is_file():
        return [word("gate_none")]
    missed = regressions(measured, read_baseline(file), tolerance=TOLERANCE)
    return [word("gate_bad", count=len(missed)), *map(str, missed[:5])] if missed else [word("gate_ok")]


def _keep(room: Room, errand: Errand, folder: Path) -> None:
    if any(each.id == errand.id for each in seen(room, errand.kind)):
        with told(room.voice):
            measured = read_report(folder)
            write_baseline(baseline_of(room, errand, measured), measured)
