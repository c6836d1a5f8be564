"""A checked answer: sentences with their marks, numbered buttons that open sources, and how it was found."""

from __future__ import annotations

from typing import Literal

import streamlit as st

from app.error_words import error_text
from app.page_answer_tools import show_follow_ups, show_tools
from app.page_chat import Turn
from app.page_feedback import show_thumbs
from app.page_session import Room
from app.page_text import html_text, label_text
from app.page_words import PageVoice
from app.source_view import place_of, show_source
from generation.types import EXTRACTIVE, Answer, Sentence, Verdict
from retrieval.types import Passage

_CLOSEST = 3  # passages offered when the documents hold no answer


def show_answer(turn: Turn, answer: Answer, room: Room, *, last: bool = False) -> None:
    """Draw an answer, its open source beside it (below it on a phone); below the ``last`` one what may be asked on."""
    if not turn.source:
        _answer(turn, answer, room, last=last)
        return
    left, right = st.columns([11, 10], gap="medium")
    with left:
        _answer(turn, answer, room, last=last)
    with right, st.container(border=True, gap="xsmall", key=f"source-{turn.number}"):
        show_source(turn, answer, room)


def _answer(turn: Turn, answer: Answer, room: Room, *, last: bool) -> None:
    voice = room.voice
    for notice in answer.notices:
        st.html(f'<div class="sj-quiet">⚠ {html_text(notice)}</div>')
    if answer.abstained:
        st.html(f'<div class="sj-abstained">{voice("refused" if answer.refused else "abstained")}</div>')
    _sentences(turn, answer, voice)
    cited = {citation.number for citation in answer.citations}
    passages = [passage for passage in answer.context.passages if passage.number in cited]
    title = voice("sources")
    if not passages and not answer.refused:  # who is turned away is not shown where to look instead
        passages, title = list(answer.context.passages[:_CLOSEST]), voice("closest")
    if passages:
        _sources(turn, passages, title, voice)
    show_thumbs(turn, answer, room)
    show_tools(turn, answer, room)
    _found(turn, answer, voice)
    if last:
        show_follow_ups(turn, answer, room)


def _sentences(turn: Turn, answer: Answer, voice: PageVoice) -> None:
    """The text, sentence by sentence, each number a button; see ``page_style`` for how they run on."""
    end = 0
    with st.container(key=f"answer-{turn.number}"):
        for index, sentence in enumerate(answer.sentences):
            start = max(answer.text.find(sentence.text, end), end)
            if index and "\n" in answer.text[end:start]:
                st.html("<br>")
            end = start + len(sentence.text)
            st.html(_sentence(sentence, voice))
            for number in sentence.citations:
                key = f"cite-{turn.number}-{index}-{number}"
                opened: Literal["primary", "secondary"] = "primary" if number == turn.source else "secondary"
                st.button(str(number), key=key, type=opened, on_click=turn.toggle, args=(number,))
            after = _marks(sentence, voice)
            if after:
                st.html(after)


def _sentence(sentence: Sentence, voice: PageVoice) -> str:
    if sentence.verdict is not Verdict.UNSUPPORTED:
        return f'<span class="sj-sentence">{html_text(sentence.text)} </span>'
    title = voice("mark_unsupported")
    return f'<span class="sj-sentence sj-bad" title="{title}">{html_text(sentence.text)} </span>'


def _marks(sentence: Sentence, voice: PageVoice) -> str:
    """What the check found, behind the sentence: ✓, ≈ (by meaning) or ✗ with reasons, and the markers taken away."""
    between, colon = ("；", "：") if voice.language == "zh" else ("; ", ": ")
    reasons = html_text(between.join(error_text(reason, voice.language) for reason in sentence.reasons))
    gone = "".join(f"<s>{html_text(marker)}</s>" for marker in sentence.removed)
    marks = []
    if sentence.by_meaning:
        marks.append(f'<span class="sj-ok" title="{voice("mark_meaning")}">≈</span>')
    elif sentence.verdict is Verdict.SUPPORTED:
        marks.append(f'<span class="sj-ok" title="{voice("mark_supported")}">✓</span>')
    if sentence.verdict is Verdict.UNSUPPORTED:
        marks.append(
            f'<span class="sj-no">✗ {voice("mark_unsupported")}{f"{colon}{reasons}" if reasons else ""}</span>'
        )
    if gone:
        marks.append(f'<span class="sj-gone" title="{reasons}">{voice("mark_removed")} {gone}</span>')
    return f"<span>{''.join(marks)} </span>" if marks else ""


def _sources(turn: Turn, passages: list[Passage], title: str, voice: PageVoice) -> None:
    st.html(f'<div class="sj-quiet">{title}</div>')
    with st.container(key=f"sources-{turn.number}", gap="xxsmall"):
        for passage in passages:
            place = " · ".join(part for part in (passage.title, place_of(passage, voice)) if part)
            st.button(
                label_text(f"[{passage.number}] {place}"),
                key=f"open-{turn.number}-{passage.number}",
                type="tertiary",
                on_click=turn.toggle,
                args=(passage.number,),
            )


def _found(turn: Turn, answer: Answer, voice: PageVoice) -> None:
    """Who answered and how long it took; the stages on request."""
    key = "answered_by_extract" if answer.model == EXTRACTIVE else "answered_by"
    line = voice(key, model=answer.model, seconds=_total(answer))
    with st.expander(f"{voice('how')} · {label_text(line)}", key=f"how-{turn.number}"):
        show_trace(answer, voice)


def show_trace(answer: Answer, voice: PageVoice) -> None:
    """What each stage took and found, and the rank that it gave each passage."""
    st.html(f'<div class="sj-wide">{_stages(answer, voice)}</div>')
    st.html(f'<div class="sj-wide">{_ranks(answer, voice)}</div>')


def _total(answer: Answer) -> float:
    return sum(answer.context.trace.seconds.values()) + answer.seconds.get("total", 0.0)


def _stages(answer: Answer, voice: PageVoice) -> str:
    rows = [(stage.name, stage.seconds, str(len(stage.ranking) or "")) for stage in answer.context.trace.stages]
    rows += [(name, seconds, "") for name, seconds in answer.seconds.items() if name != "total"]
    rows.append(("total", _total(answer), ""))
    body = "".join(
        f'<tr><td>{html_text(voice.known(name))}</td><td class="sj-number">{_shown(seconds)}</td>'
        f'<td class="sj-number">{hits}</td></tr>'
        for name, seconds, hits in rows
    )
    return (
        f'<table class="sj-table"><tr><th>{voice("stage")}</th><th class="sj-number">{voice("time")}</th>'
        f'<th class="sj-number">{voice("found")}</th></tr>{body}</table>'
    )


def _shown(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{seconds * 1000:.1f} ms"


def _ranks(answer: Answer, voice: PageVoice) -> str:
    body = ""
    for passage in answer.context.passages:
        ranks = " · ".join(f"{voice.known(name)} #{at.rank}" for name, at in passage.stages.items())
        body += f"<tr><td>[{passage.number}] {html_text(passage.title)}</td><td>{html_text(ranks)}</td></tr>"
    return f'<table class="sj-table"><tr><th>{voice("passage")}</th><th>{voice("ranks")}</th></tr>{body}</table>'
