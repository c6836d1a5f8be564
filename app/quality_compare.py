"""Quality: two reports held against each other, question by question."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from app.errand_rights import errands_of
from app.errands import REPORT, Errand
from app.page_session import Room, told
from app.page_text import html_text, option_text
from app.quality_runs import send_comparison, when
from app.quality_words import quality_word
from eval.errors import EvalInputError
from eval.flywheel.gate import read_report as measured
from eval.output import ROWS, read_report


def compare_section(room: Room, ended: list[Errand]) -> None:
    """Two of the reports that ``ended`` well, newest first, the way of searching, and the button."""
    word, errands = partial(quality_word, room.voice.language), errands_of(room)
    with_rows = [each for each in ended if (errands.path(each) / REPORT / ROWS).is_file()]
    if not with_rows:
        return
    titles = {each.id: f"{each.title} · {when(each)}" for each in ended}
    newest = with_rows[0].id  # another report is begun with anew: the fields would keep what was the only choice before
    with st.expander(word("compare"), icon=":material/compare_arrows:"):
        chosen: list[Errand] = []
        for key, index in zip(("compare_a", "compare_b"), _latest_pair(room, with_rows), strict=True):
            label = lambda one: option_text(titles[one.id])  # noqa: E731
            chosen += [st.selectbox(word(key), with_rows, index, format_func=label, key=f"{key}-{newest}")]
        same = chosen[0].id == chosen[1].id
        modes = sorted(set.intersection(*(_modes(errands.path(each) / REPORT) for each in chosen)))
        mode = ""
        if len(modes) > 1:
            pairs = [f"{a}:{b}" for a in modes for b in modes if a != b] if same else modes
            mode = st.selectbox(word("mode"), pairs, key="compare_mode")
        partly = st.checkbox(word("partial"), key="compare_partly")
        useful = not same or bool(mode)
        if not useful:
            st.html(
                f'<div class="sj-quiet">{html_text(word("compare_two" if len(with_rows) > 1 else "compare_one"))}</div>'
            )
        if st.button(word("compare_now"), key="compare_now", disabled=not useful) and useful:
            with told(room.voice):
                send_comparison(room, chosen[0], chosen[1], mode, partly=partly)


def _latest_pair(room: Room, reports: list[Errand]) -> tuple[int, int]:
    """The places of A and B to begin with: the latest report that has an older one of the same questions, and that one.

    Without such a pair the two latest, the only one twice. ``reports`` are newest first.
    """
    seen: list[tuple[str, int, str]] = []
    pairs: list[tuple[int, int]] = []
    for place, each in enumerate(reports):
        about = (each.kind, each.collection, _measured_on(errands_of(room).path(each) / REPORT, each))
        if about in seen:
            pairs.append((place, seen.index(about)))
        seen.append(about)
    return min(pairs, key=lambda pair: pair[1], default=(min(1, len(reports) - 1), 0))


def _measured_on(folder: Path, errand: Errand) -> str:
    """What tells the questions of a report from others; a report that does not say it is like no other."""
    try:
        return measured(folder).data or errand.id
    except EvalInputError:
        return errand.id


def _modes(folder: Path) -> set[str]:
    try:
        modes = read_report(folder).get("modes")
    except EvalInputError:
        return set()
    return set(modes) if isinstance(modes, dict) else set()
