"""Quality: the reports of finished evaluations, opened inside the page, downloaded, compared, held to a baseline."""

from __future__ import annotations

import html
from functools import partial
from typing import Any

import streamlit as st

from app.errand_rights import errands_of, seen
from app.errands import REPORT, Errand
from app.page_session import Room, told
from app.page_text import html_text, label_text
from app.quality_compare import compare_section
from app.quality_gate import gate_line
from app.quality_runs import CHOSEN, COMPARE, KINDS, command_line, when
from app.quality_words import quality_word
from eval.answers.words import MEASURE
from eval.output import PAGE, ROWS, read_report

_HEIGHT = 780  # pixels of the frame
_MOST_MEASURES = 40  # rows of the table of numbers; the report has all


def reports_section(room: Room) -> None:
    """The list, the one that is open, and the comparison of two."""
    word, errands = partial(quality_word, room.voice.language), errands_of(room)
    ended = [each for each in seen(room, *KINDS) if errands.state(each) != "running"]
    if not ended:
        st.html(f'<div class="sj-quiet">{word("no_reports")}</div>')
        return
    chosen = st.session_state.get(CHOSEN)
    for errand in ended:
        _line(room, errand, is_open=errand.id == chosen)
    compare_section(room, [each for each in ended if errands.state(each) == "done" and each.kind != COMPARE])


def framed(page: str, title: str) -> str:
    """A report within a frame that has no origin: its own script runs, and reaches nothing of the page around it.

    The report's policy (eval.report.page) lets nothing but its own script and style run and nothing be fetched; the
    frame keeps even a file that somebody wrote over from reading the page's session.
    """
    style = "html,body{margin:0;height:100%}iframe{border:0;width:100%;height:100%}"
    return (
        f"<!doctype html><meta charset=utf-8><style>{style}</style>"
        f'<iframe sandbox="allow-scripts" title="{html.escape(title)}" srcdoc="{html.escape(page)}"></iframe>'
    )


def _line(room: Room, errand: Errand, *, is_open: bool) -> None:
    word, errands = partial(quality_word, room.voice.language), errands_of(room)
    state = errands.state(errand)
    about = " · ".join((word(f"kind_{errand.kind}"), when(errand), word(f"state_{state}"), errand.who))
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.html(
                f'<h2 class="sj-title">{html_text(errand.title)}</h2><div class="sj-quiet">{html_text(about)}</div>'
            )
            label = word("close" if is_open else "open")
            st.button(label, key=f"report-{errand.id}", on_click=_choose, args=("" if is_open else errand.id,))
        if is_open:
            with told(room.voice):
                _opened(room, errand) if state == "done" else _failed(room, errand)
            _remove(room, errand)


def _choose(identity: str) -> None:
    st.session_state[CHOSEN] = identity


def _opened(room: Room, errand: Errand) -> None:
    word, folder = partial(quality_word, room.voice.language), errands_of(room).path(errand) / REPORT
    page = (folder / PAGE).read_text(encoding="utf-8") if (folder / PAGE).is_file() else ""
    report = read_report(folder)
    _numbers(room, report)
    _risk(room, report)
    gate_line(room, errand, folder)
    with st.container(horizontal=True):
        if page:
            name = f"{errand.id}.html"
            st.download_button(word("download_page"), page, name, "text/html", key=f"page-{errand.id}")
        if (folder / ROWS).is_file():
            rows = (folder / ROWS).read_bytes()
            st.download_button(
                word("download_rows"), rows, f"{errand.id}.jsonl", "application/jsonl", key=f"rows-{errand.id}"
            )
    st.code(command_line(errand), language=None)
    if page:
        st.iframe(framed(page, errand.title), height=_HEIGHT, alt=label_text(errand.title))


def _failed(room: Room, errand: Errand) -> None:
    word = partial(quality_word, room.voice.language)
    st.html(f'<div class="sj-quiet">{word("why_failed")}</div>')
    st.code(errands_of(room).log(errand) or "–", language=None, wrap_lines=True)
    st.code(command_line(errand), language=None)


def _numbers(room: Room, report: dict[str, Any]) -> None:
    """The means and their intervals, one row a measure and mode; a finding in words where the report has one."""
    word = partial(quality_word, room.voice.language)
    finding = report.get("finding")
    if isinstance(finding, dict):
        st.html(f'<div class="sj-text">{html_text(str(finding.get(room.voice.language, "")))}</div>')
    modes = report["modes"] if isinstance(report.get("modes"), dict) else {"": report.get("measures", {})}
    rows = [
        (" ".join(part for part in (mode, _measure(room, name)) if part), one)
        for mode, measures in modes.items()
        for name, one in measures.items()
        if isinstance(one, dict) and isinstance(one.get("value"), int | float)
    ]
    cells = "".join(
        f'<tr><td>{html_text(name)}</td><td class="sj-number">{one["value"]:.3f}</td>'
        f'<td class="sj-number">{_interval(one)}</td></tr>'
        for name, one in rows[:_MOST_MEASURES]
    )
    if cells:
        head = f"<th>{word('measures')}</th>" + "".join(
            f'<th class="sj-number">{word(each)}</th>' for each in ("value", "interval")
        )
        st.html(f'<div class="sj-wide"><table class="sj-table"><tr>{head}</tr>{cells}</table></div>')


def _measure(room: Room, name: str) -> str:
    return str(getattr(MEASURE[name], room.voice.language)) if name in MEASURE else name


def _interval(one: dict[str, Any]) -> str:
    low, high = one.get("low"), one.get("high")
    return f"{low:.3f} – {high:.3f}" if isinstance(low, float | int) and isinstance(high, float | int) else ""


def _risk(room: Room, report: dict[str, Any]) -> None:
    word, risk = partial(quality_word, room.voice.language), (report.get("risk_coverage") or {}).get("all")
    if not risk:
        return
    st.html(
        f'<h3 class="sj-title">{word("risk")}</h3><div class="sj-quiet">'
        f"{word('risk_hint', **{key: risk[key] for key in ('aurc', 'random', 'best')})}</div>"
    )
    points = {word("coverage"): [x for x, _ in risk["points"]], word("wrong"): [y for _, y in risk["points"]]}
    st.line_chart(points, x=word("coverage"), y=word("wrong"), height=240)


def _remove(room: Room, errand: Errand) -> None:
    word = partial(quality_word, room.voice.language)
    with st.popover(word("remove"), icon=":material/delete:", key=f"more-{errand.id}"):
        st.html(f'<div class="sj-text">{word("confirm_remove")}</div>')
        st.button(word("remove"), key=f"remove-{errand.id}", type="primary", on_click=_gone, args=(room, errand))


def _gone(room: Room, errand: Errand) -> None:
    if any(each.id == errand.id for each in seen(room, errand.kind)):
        errands_of(room).remove(errand)
