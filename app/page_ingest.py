"""Putting files on the shelf from the page: one run with live progress, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import streamlit as st

from app.card_text import remarks
from app.page_session import Room, told
from app.page_text import html_text, label_text
from app.page_words import PageVoice
from app.payloads import totals
from app.rights import Verb
from ingest.files import File, discover
from ingest.pipeline import FileResult, Progress

SAMPLES = Path(__file__).parents[1] / "examples" / "library"
_ICONS = {"ingested": "✓", "replaced": "✓", "unchanged": "=", "skipped": "–", "failed": "✗"}


def ingest(room: Room, files: Sequence[File], collection: str) -> None:
    """Ingest files and show each as it is done. What was committed stays when the reader leaves half way."""
    voice, began = room.voice, time.perf_counter()
    results: list[FileResult] = []
    with st.container(border=True):
        bar, lines = st.progress(0.0, voice("starting")), st.empty()

        def at(detail: str = "") -> None:
            counted = voice("progress", done=len(results), total=len(files))
            bar.progress(len(results) / max(len(files), 1), f"{counted}{detail}")

        def watch(progress: Progress) -> None:
            at(f" · {voice('embedding', done=progress.texts, total=progress.texts_total)}")

        for result in room.library.ingest(files, collection, watch=watch):
            results.append(result)
            at()
            lines.html(_table(results, voice))
    st.session_state["ingested"] = (results, time.perf_counter() - began)
    st.session_state["collection"] = collection


def last_run(voice: PageVoice) -> None:
    """What the last run of this reader did, until the reader does something else."""
    found = cast("tuple[list[FileResult], float] | None", st.session_state.pop("ingested", None))
    if found is None:
        return
    results, seconds = found
    line = label_text(voice("totals", **totals(results, seconds)), limit=400)
    failed = any(result.status == "failed" for result in results)
    (st.warning if failed else st.success)(line)
    st.html(_table(results, voice))


def sample_button(room: Room) -> None:
    """The offer to ingest the sample library, where it came along."""
    files = list(discover([SAMPLES])) if SAMPLES.is_dir() and room.may(Verb.UPLOAD) else []
    if not files:
        return
    label = room.voice("sample", count=len(files))
    if st.button(label, key="sample", type="primary", icon=":material/library_books:"):
        with told(room.voice):
            ingest(room, files, room.collection)
            st.rerun()


def samples_are_in(room: Room) -> bool:
    """Whether the reader's collection holds documents of the sample library."""
    if not room.collections():
        return False
    return any(Path(path).is_relative_to(SAMPLES) for path in room.library.shelf(room.collection).read.sources())


def _table(results: Sequence[FileResult], voice: PageVoice) -> str:
    """One row a file: status, name, chunks, reason."""
    rows = (
        f"<tr><td>{_ICONS[result.status]} {voice(result.status)}</td><td>{html_text(_name(result.path))}</td>"
        f"<td>{voice('chunks_of', chunks=result.chunks) if result.chunks else ''}</td>"
        f"<td>{'<br>'.join(map(html_text, _told(result, voice)))}</td></tr>"
        for result in results
    )
    return f'<div class="sj-wide"><table class="sj-table">{"".join(rows)}</table></div>'


def _told(result: FileResult, voice: PageVoice) -> list[str]:
    """Why it failed or what was lost, then what its quality card remarks."""
    told = (result.reason, *(f"⚠ {each}" for each in remarks(result.card, result.near, voice.language)))
    return [each for each in told if each]


def _name(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]
