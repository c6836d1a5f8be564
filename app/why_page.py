"""The page that says why a passage was not found: a question, the passage, the stage that lost it, what would help."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from app.page_answer import show_trace
from app.page_chat import turns
from app.page_session import Room, told
from app.page_text import html_text, label_text, option_text
from app.why_asked import QUESTION, asked_about
from app.why_pointing import pointed
from app.why_text import remedy_lines, short, stage_line, stage_name, verdict, why, word_lines
from app.wiring_why import why_not
from retrieval.types import Context
from retrieval.verdict import Judged, WhyNot
from retrieval.wanted import Wanted
from store.rows import DocumentCard

_SHOWN = 8  # passages of the question's own result


@dataclass(frozen=True, slots=True)
class _Looked:
    """What was looked for, in which collection, and what came of it."""

    collection: str
    found: Context
    lost: WhyNot


def why_page(room: Room) -> None:
    """Draw the form, and what the last look brought."""
    language = room.voice.language
    st.html(
        f'<h2 class="sj-hero">{why(language, "why_title")}</h2><div class="sj-quiet">{why(language, "why_hint")}</div>'
    )
    cards = room.library.shelf(room.collection).read.cards() if room.documents() else ()
    if not cards:
        st.html(f'<div class="sj-quiet">{why(language, "why_no_documents")}</div>')
        return
    question, wanted = _form(cards, room)
    if st.button(why(language, "why_look"), key="why_look", type="primary", disabled=not question.strip()):
        st.session_state.pop("why", None)
        with told(room.voice), st.spinner(why(language, "why_looking")):
            lost = why_not(room.library, question, wanted, room.collection)
            found = room.library.search(question, room.collection, k=_SHOWN)
            st.session_state["why"] = _Looked(room.collection, found, lost)
    looked = st.session_state.get("why")
    if isinstance(looked, _Looked) and looked.collection == room.collection:
        _verdict(looked.lost, room)
        _question(looked.found, room)
    _last_answer(room)


def _last_answer(room: Room) -> None:
    """How the answer that was asked about was found, stage by stage; without one the last of the open chat."""
    answered = [turn for turn in turns() if turn.collection == room.collection and turn.answer]
    chosen = next((turn for turn in answered if turn.number == asked_about()), None)
    shown = chosen or (answered[-1] if answered else None)
    if shown is not None and shown.answer is not None:
        key = "why_answer" if shown is answered[-1] else "why_this_answer"
        title = why(room.voice.language, key, question=label_text(shown.question, limit=90))
        with st.expander(title, expanded=shown is chosen, icon=":material/timeline:", key="why_answer"):
            show_trace(shown.answer, room.voice)


def _form(cards: tuple[DocumentCard, ...], room: Room) -> tuple[str, Wanted]:
    """The question, to begin with that of the answer asked about or of the last turn of the chat, and the passage."""
    language = room.voice.language
    st.session_state.setdefault(QUESTION, _last_question(room))
    question = st.text_input(why(language, "why_question"), key=QUESTION)
    labels = {
        card.id: option_text(f"{card.title} · {room.path(card.paths[0]) if card.paths else ''}") for card in cards
    }
    key = f"why_document-{room.collection}"
    document = st.selectbox(why(language, "why_document"), list(labels), format_func=labels.__getitem__, key=key)
    pages = next((card.pages for card in cards if card.id == document), 0)
    page = 0
    if pages:
        page = int(st.number_input(why(language, "why_number"), 0, pages, 0, key=f"why_page-{str(document)[:16]}"))
    text = st.text_area(why(language, "why_text"), key="why_text", height="content")
    there = pointed(room, str(document), page) if page else ""
    if there and not text.strip():
        return question, Wanted(str(document), None, there)  # a passage may go on over the page
    return question, Wanted(str(document), page or None, text)


def _last_question(room: Room) -> str:
    """The last question that was asked of this collection, standing by itself where it was answered."""
    asked = [turn for turn in turns() if turn.collection == room.collection]
    if not asked:
        return ""
    return asked[-1].answer.context.question if asked[-1].answer else asked[-1].question


def _verdict(lost: WhyNot, room: Room) -> None:
    language, settings = room.voice.language, room.library.settings
    first, *rest = verdict(lost, language)
    st.html(
        f'<h2 class="sj-title">{html_text(first)}</h2>'
        + "".join(f'<div class="sj-text">{html_text(line)}</div>' for line in rest)
    )
    remedies = remedy_lines(lost, settings, language)
    if remedies:
        items = "".join(f"<li>{html_text(line.strip())}</li>" for line in remedies[1:])
        st.html(f'<div class="sj-text">{html_text(remedies[0])}</div><ul class="sj-text">{items}</ul>')
    if lost.chunk is not None:
        st.html(f'<div class="sj-wide">{_stages(lost.stages, room)}</div>')
        words = "".join(
            f'<div class="sj-quiet">{html_text(line)}</div>'
            for line in word_lines(lost.matched, lost.missing, language)
        )
        st.html(f'<div class="sj-passage">{html_text(lost.chunk.text)}</div>{words}')


def _stages(stages: tuple[Judged, ...], room: Room) -> str:
    """A row a stage: where it put the passage, what it hands on, its time."""
    language, voice = room.voice.language, room.voice
    rows = ""
    for one in stages:
        name, place, cut = (html_text(part) for part in stage_line(one, language))
        seconds = f"{one.seconds * 1000:.1f} ms"
        rows += f'<tr><td>{name}</td><td>{place}</td><td>{cut}</td><td class="sj-number">{seconds}</td></tr>'
    return (
        f'<table class="sj-table"><tr><th>{voice("stage")}</th><th>{why(language, "why_rank")}</th>'
        f'<th>{why(language, "why_goes_on")}</th><th class="sj-number">{voice("time")}</th></tr>{rows}</table>'
    )


def _question(found: Context, room: Room) -> None:
    """What the question found instead, with the rank that each stage gave."""
    language, voice = room.voice.language, room.voice
    rows = ""
    for passage in found.passages:
        ranks = " · ".join(f"{stage_name(name, language)} #{at.rank}" for name, at in passage.stages.items())
        rows += (
            f"<tr><td>[{passage.number}] {html_text(passage.title)}</td><td>{html_text(ranks)}</td>"
            f"<td>{html_text(short(passage.chunk.text)[:80])}</td></tr>"
        )
    with st.expander(why(language, "why_stages"), key="why_stages"):
        st.html(
            f'<div class="sj-wide"><table class="sj-table"><tr><th>{voice("passage")}</th><th>{voice("ranks")}</th>'
            f"<th></th></tr>{rows}</table></div>"
        )
