"""Quality: send off an evaluation, watch it, stop it."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path

import streamlit as st

from app.errand_rights import errands_of, seen, who
from app.errands import REPORT, Errand, Errands
from app.page_ingest import SAMPLES
from app.page_session import Room, told
from app.page_text import html_text, label_text
from app.quality_words import quality_word
from app.rights import Verb
from app.server_address import is_loopback
from eval.flywheel.feedback import Library, export_cases
from generation.types import EXTRACTIVE

ANSWERS, RETRIEVAL, ABLATE, TUNE, COMPARE = "eval answers", "eval retrieval", "eval ablate", "tune", "eval compare"
KINDS = (ANSWERS, RETRIEVAL, ABLATE, TUNE, COMPARE)
SAMPLE_QUESTIONS = SAMPLES.parent / "questions.jsonl"
CHOSEN = "quality_report"  # in the session: the id of the report that is open
TAB = "quality_tab"  # in the session: the title of the tab that is open
_QUESTIONS = "questions.jsonl"
_SECONDS = 2  # between two looks at what runs
_RECENT = 86_400.0  # seconds for which what has ended stands where it ran


def running_section(room: Room) -> None:
    """What runs, redrawn by itself while there is something; below it what has ended, with the way to its report."""
    running = _running(room)
    if running:
        st.fragment(_watch, run_every=_SECONDS)(room, [each.id for each in running])
    for errand in _just_ended(room):
        _ended(room, errand)


def start_section(room: Room) -> None:
    """What can be measured, and with what."""
    word = partial(quality_word, room.voice.language)
    kinds = [ANSWERS] if room.may(Verb.EVALUATE) and room.collections() else []
    if room.may(Verb.FOLDERS) and is_loopback(room.library.settings.host):  # a folder's name reads this machine's files
        kinds += [RETRIEVAL, ABLATE, TUNE]
    if not kinds:
        return
    kind = st.selectbox(word("what"), kinds, format_func=word, key="quality_kind")
    if kind == ANSWERS:
        _answers(room)
    else:
        _folders(room, kind)
    st.html(f'<div class="sj-quiet">{word("one_at_a_time")}</div>')


def command_line(errand: Errand) -> str:
    """What somebody would type for the same."""
    import shlex

    return f"shujia {shlex.join(errand.command)}"


def _running(room: Room) -> list[Errand]:
    errands = errands_of(room)
    return [each for each in seen(room, *KINDS) if errands.state(each) == "running"]


def when(errand: Errand) -> str:
    """When it was sent off, as a reader says it."""
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(errand.started_at))


def _just_ended(room: Room) -> list[Errand]:
    """The latest of every kind, where it has ended and was sent off within a day."""
    errands, latest = errands_of(room), dict[str, Errand]()
    for each in seen(room, *KINDS):  # newest first
        latest.setdefault(each.kind, each)
    recent = [each for each in latest.values() if each.started_at > time.time() - _RECENT]
    return [each for each in recent if errands.state(each) != "running"]


def _ended(room: Room, errand: Errand) -> None:
    word, state = partial(quality_word, room.voice.language), errands_of(room).state(errand)
    about = " · ".join((word(f"kind_{errand.kind}"), when(errand), word(f"state_{state}")))
    with st.container(border=True, horizontal=True, vertical_alignment="center"):
        st.html(f'<div class="sj-title">{html_text(errand.title)}</div><div class="sj-quiet">{html_text(about)}</div>')
        label = word("open_report" if state == "done" else "why_failed")
        st.button(label, key=f"ended-{errand.id}", on_click=_open, args=(room, errand))


def _open(room: Room, errand: Errand) -> None:
    """Show the tab of the reports, with this one open."""
    st.session_state[CHOSEN] = errand.id
    st.session_state[TAB] = quality_word(room.voice.language, "reports")


def _watch(room: Room, before: list[str]) -> None:
    running, errands = _running(room), errands_of(room)
    if [each.id for each in running] != before:
        st.rerun(scope="app")
    for errand in running:
        _progress(room, errands, errand)


def _progress(room: Room, errands: Errands, errand: Errand) -> None:
    word, at = partial(quality_word, room.voice.language), errands.progress(errand)
    gone = int(time.time() - errand.started_at)
    share = min(1.0, at.done / at.total) if at.total else 0.0
    counted = f"{at.done:.0f} / {at.total:.0f}" if at.total else ""
    line = " · ".join(part for part in (at.what, counted) if part) or word("starting")
    with st.container(border=True):
        st.html(
            f'<div class="sj-title">{html_text(errand.title)}</div>'
            f'<div class="sj-quiet">{word("so_far", minutes=gone // 60, seconds=gone % 60)}</div>'
        )
        st.progress(share, label_text(line))
        st.button(word("stop"), key=f"stop-{errand.id}", icon=":material/stop:", on_click=_stop, args=(room, errand))


def _stop(room: Room, errand: Errand) -> None:
    if any(each.id == errand.id for each in seen(room, errand.kind)):
        errands_of(room).stop(errand)


def _answers(room: Room) -> None:
    word, name = partial(quality_word, room.voice.language), room.collection
    sources = [*(["sample"] if SAMPLE_QUESTIONS.is_file() else []), "own"]
    sources += ["reviewed"] if room.may(Verb.REVIEW) else []
    source = st.radio(word("questions"), sources, format_func=word, key="quality_source", horizontal=True)
    uploaded = st.file_uploader(word("questions_file"), ["jsonl", "json", "txt"], key="quality_file") if (
        source == "own"
    ) else None  # fmt: skip
    configured = room.library.settings.model
    labels = {configured: room.voice("by_model", model=label_text(configured)), EXTRACTIVE: room.voice("by_extract")}
    model = st.radio(room.voice("answer_with"), list(labels), format_func=labels.__getitem__, key="quality_model")
    limit = st.number_input(word("limit"), min_value=0, value=0, step=10, key="quality_limit")
    if not st.button(word("start"), key="quality_start", type="primary", disabled=source == "own" and not uploaded):
        return
    with told(room.voice):
        needs = Verb.REVIEW if source == "reviewed" else Verb.EVALUATE  # the report quotes the questions
        _require(room, needs)
        collection, errands = room.library.catalogue.collection(name), errands_of(room)
        data = uploaded.getvalue() if uploaded else _reviewed(room) if source == "reviewed" else None
        if source == "reviewed" and data is None:
            st.html(f'<div class="sj-quiet">{html_text(word("no_reviewed", name=name))}</div>')
            return
        identity = errands.new_id()
        questions = errands.folder / identity / _QUESTIONS
        questions.write_bytes(SAMPLE_QUESTIONS.read_bytes() if data is None else data)
        command = ["eval", "answers", str(questions), f"--collection={name}", f"--model={model}"]
        command += ["--limit", str(int(limit))] if limit else []
        named = uploaded.name if uploaded else word(str(source))
        _send(room, identity, ANSWERS, f"{name} · {named} · {model}", command, needs, collection.id)


def _reviewed(room: Room) -> bytes | None:
    """The collection's reviewed feedback as a file of cases; None where there is none."""
    import tempfile

    items = room.library.feedback(room.collection).items("accepted", "edited")
    names = Library(room.library.shelf(room.collection).read).file_names()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / _QUESTIONS
        export_cases(file, items, names)
        return file.read_bytes() if file.is_file() else None


def _folders(room: Room, kind: str) -> None:
    word = partial(quality_word, room.voice.language)
    typed = st.text_input(word("folder"), key="quality_folder", placeholder="~/data/beir").strip()
    split = st.text_input(word("split"), value="dev", key="quality_split").strip()
    rerank = st.checkbox(word("rerank"), key="quality_rerank")
    if not st.button(word("start"), key="quality_start", type="primary", disabled=not typed or not split):
        return
    with told(room.voice):
        _require(room, Verb.FOLDERS)
        folder = Path(typed).expanduser().resolve()
        if not folder.is_dir():
            raise NotADirectoryError(f"{folder} is no folder of this machine: give the path of one")
        command = [*kind.split(), str(folder), "--split", split]
        if rerank:
            command += ["--modes", "dense,keyword,hybrid,hybrid+rerank"] if kind == RETRIEVAL else ["--rerank"]
        _send(room, errands_of(room).new_id(), kind, f"{folder.name} · {split}", command, Verb.ADMINISTER)


def _require(room: Room, verb: Verb) -> None:
    """Asked again at the moment of the click. Raises Forbidden."""
    from app.rights_library import Forbidden

    if not room.may(verb):
        raise Forbidden(f"you may not do this ({verb}): ask an owner of the collection")


def _send(
    room: Room, identity: str, kind: str, title: str, command: list[str], needs: Verb, collection: int = 0
) -> None:
    errands = errands_of(room)
    command += ["--out", str(errands.folder / identity / REPORT)]
    errands.start(
        identity, kind, title, command, needs=needs, collection=collection, who=who(room), language=room.voice.language
    )
    st.rerun()


def send_comparison(room: Room, a: Errand, b: Errand, mode: str, *, partly: bool) -> None:
    """Compare the reports of two errands that the reader may see; the comparison is about A's collection."""
    errands = errands_of(room)
    if not {a.id, b.id} <= {each.id for each in seen(room, *KINDS)}:
        _require(room, Verb.ADMINISTER)
    command = ["eval", "compare", *(str(errands.path(each) / REPORT) for each in (a, b))]
    command += [*(["--mode", mode] if mode else []), *(["--allow-partial"] if partly else [])]
    same = a.collection == b.collection  # else it is for those who may see everything
    needs = a.needs if a.needs == b.needs else Verb.REVIEW
    title = f"{b.title} ↔ {a.title}"
    _send(room, errands.new_id(), COMPARE, title, command, Verb(needs), a.collection if same else 0)
