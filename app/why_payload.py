"""The JSON of explanations: `search --explain --json` and `why-not --json`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from app.payloads import VERSION

if TYPE_CHECKING:
    from retrieval.explain import Explanation, Matched, Missing
    from retrieval.verdict import WhyNot
    from retrieval.wanted import Located
    from store.types import Chunk


def explain_payload(one: Explanation) -> dict[str, Any]:
    """``hits[].explain``: the words a passage shares with the question and lacks, and each leg's share."""
    return {**_words(one.matched, one.missing), "shares": dict(one.shares)}


def why_not_payload(found: WhyNot, verdict: Sequence[str]) -> dict[str, Any]:
    """Everything that ``why-not`` found; ``stage`` is null where the passage is in the context."""
    taken, document = found.taken, found.located.document
    by = taken.by
    return {
        "version": VERSION,
        "question": found.question,
        "stage": found.stage,
        "trouble": found.located.trouble,
        "verdict": list(verdict),
        "document": document and {"id": document.id, "title": document.title, "path": found.located.path},
        "passage": found.chunk and _passage(found.chunk),
        "stages": [asdict(one) for one in found.stages],
        **_words(found.matched, found.missing),
        "context": {
            "place": taken.place,
            "passages": taken.passages,
            "tokens": taken.tokens,
            "most": taken.most,
            "budget": taken.budget,
            "left_out": taken.left_out,
            "by": by and {"number": by.number, "path": by.path, **_passage(by.chunk)},
        },
        "pieces": [{**_passage(piece.chunk), "stage": piece.stage} for piece in found.pieces],
        **_located(found.located),
        "elsewhere": list(found.elsewhere),
        "remedies": [{"changes": dict(one.changes), "place": one.place} for one in found.remedies],
    }


def _located(located: Located) -> dict[str, Any]:
    near = located.near
    text = located.document.text if located.document else ""
    return {
        "near": near
        and {
            "start": near.span.start,
            "end": near.span.end,
            "text": text[near.span.start : near.span.end],
            "likeness": near.likeness,
        },
        "failures": [{"path": one.path, "code": one.code, "reason": one.reason} for one in located.failures],
        "others": list(located.others),
    }


def _passage(chunk: Chunk) -> dict[str, Any]:
    keys = ("page", "start", "end", "text")
    return {"chunk": chunk.id, "document": chunk.document_id, **{key: getattr(chunk, key) for key in keys}}


def _words(matched: Sequence[Matched], missing: Sequence[Missing]) -> dict[str, Any]:
    return {"matched": [asdict(one) for one in matched], "missing": [asdict(one) for one in missing]}
