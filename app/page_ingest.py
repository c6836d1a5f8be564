"""Files on their way to the shelf, as the page shows them: how far each is, and what came of it."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import cast

import streamlit as st

from app.error_words import error_text
from app.library_queue import send
from app.page_session import Room, told
from app.page_text import html_text, label_text
from app.page_words import PageVoice
from app.page_worker import page_worker
from app.rights import Verb
from ingest.files import File, discover, upload
from ingest.pipeline import FileResult
from store.jobs import Job, Jobs

SAMPLES = Path(__file__).parents[1] / "examples" / "library"
_ICONS = {"ingested": "✓", "replaced": "✓", "unchanged": "=", "skipped": "–", "failed": "✗"}
_TOLD = "told_at_once"  # in the session: results of files that need not be read
_SECONDS = 1.0  # between two looks while something is on its way
_RECENT = 600.0  # seconds for which is told what came of a file
_MOST = 200  # rows


def put(room: Room, files: list[File], collection: str) -> None:
    """Let files wait for a worker, and show this collection from now on."""
    st.session_state[_TOLD] = send(room, files, collection)
    st.session_state["collection"] = collection


def uploaded_file(name: str, data: bytes) -> File:
    """A file as the browser sends it; one of a folder keeps the folder's name, so that two readme.md stay two."""
    *folders, last = name.replace("\\", "/").split("/")
    path = [upload(each, b"").path.removeprefix("upload/") for each in folders if each]  # as harmless as files' names
    file = upload(last, data)
    return replace(file, path="/".join(["upload", *path, file.path.removeprefix("upload/")]))


def on_its_way(room: Room) -> None:
    """The reader's files that wait or are worked on, and what came of those of the last minutes.

    It is drawn from the queue, so it is the same after a reload and in another window.
    """
    if not room.may(Verb.FOLLOW, _collection(room)):
        return
    active = _active(room)
    st.fragment(_draw, run_every=_SECONDS if active else None)(room, len(active) > 0)
    at_once = cast("list[FileResult]", st.session_state.pop(_TOLD, []))
    if at_once:
        st.html(_table([_row(room.voice, one.status, one.path, one.chunks, one.reason) for one in at_once]))


def is_reading(room: Room) -> bool:
    """Whether files of the reader's collection wait or are worked on."""
    return bool(_active(room))


def sample_button(room: Room) -> None:
    """The offer to ingest the sample library, where it came along."""
    files = list(discover([SAMPLES])) if SAMPLES.is_dir() and room.may(Verb.UPLOAD) else []
    if not files:
        return
    if _active(room):
        on_its_way(room)
        return
    label = room.voice("sample", count=len(files))
    if st.button(label, key="sample", type="primary", icon=":material/library_books:"):
        with told(room.voice):
            put(room, files, room.collection)
            st.rerun()


def samples_are_in(room: Room) -> bool:
    """Whether the reader's collection holds documents of the sample library."""
    if not room.collections():
        return False
    return any(Path(path).is_relative_to(SAMPLES) for path in room.library.shelf(room.collection).read.sources())


def _collection(room: Room) -> str:
    """The reader's collection, also while it is still being made of the first files."""
    chosen = st.session_state.get("collection")
    return str(chosen) if chosen and room.may(Verb.FOLLOW, str(chosen)) else room.collection


def _mine(room: Room, *states: str) -> list[Job]:
    name = _collection(room)
    return [job for job in Jobs(room.library.catalogue.engine).items(*states) if job.collection == name]


def _active(room: Room) -> list[Job]:
    return _mine(room, "waiting", "working")


def _draw(room: Room, was_active: bool) -> None:
    active, voice = _active(room), room.voice
    if active:
        page_worker(room).wake()
    if bool(active) != was_active:
        st.rerun(scope="app")  # the list of documents is another one now
    after = time.time() - _RECENT
    ended = [job for job in _mine(room, "done", "failed") if job.since > after]
    if not active and not ended:
        return
    with st.container(border=True):
        if active:
            began = max(0, len(ended))
            at = page_worker(room).ingestion.progress.get(_collection(room))
            detail = f" · {voice('embedding', done=at.texts, total=at.texts_total)}" if at else ""
            line = f"{voice('progress', done=began, total=began + len(active))}{detail}"
            st.progress(began / (began + len(active)), label_text(line, limit=300))
        rows = [_job_row(voice, job) for job in (*reversed(ended), *active)][:_MOST]
        st.html(_table(rows))


def _job_row(voice: PageVoice, job: Job) -> str:
    if job.state == "done":
        result = job.result
        status, chunks = str(result.get("status", "ingested")), int(result.get("chunks", 0))
        return _row(voice, status, job.path, chunks, str(result.get("reason", "")))
    return _row(voice, job.state, job.path, 0, job.reason)


def _row(voice: PageVoice, status: str, path: str, chunks: int, reason: str) -> str:
    counted = voice("chunks_of", chunks=chunks) if chunks else ""
    return (
        f"<tr><td>{_ICONS.get(status, '…')} {voice(status)}</td><td>{html_text(_name(path))}</td>"
        f"<td>{counted}</td><td>{html_text(error_text(reason, voice.language))}</td></tr>"
    )


def _table(rows: list[str]) -> str:
    """One row a file: status, name, chunks, reason."""
    return f'<div class="sj-wide sj-window"><table class="sj-table">{"".join(rows)}</table></div>'


def _name(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]
