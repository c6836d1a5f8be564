"""Why-not in words: the verdict, the numbers behind it, and what would have helped."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from app.error_words import error_text
from app.stage_words import STAGE_WORDS
from app.why_words import WHY_WORDS
from app.word_forms import worded
from app.words import Language

if TYPE_CHECKING:
    from app.settings import Settings
    from retrieval.explain import Explanation, Matched, Missing
    from retrieval.remedies import Change, Remedy
    from retrieval.types import Passage, StageTrace
    from retrieval.verdict import Judged, WhyNot
    from store.rows import Failure

_SHOWN = 8  # words of a list
_LONGEST = 160  # characters of a passage that are quoted


def why(language: Language, key: str, **values: object) -> str:
    """The words for ``key`` with the values filled in. Raises KeyError for a key that is not in the table."""
    return worded(WHY_WORDS, language, key, values)


def verdict(found: WhyNot, language: Language) -> list[str]:
    """What became of the passage: the sentence that names the stage, then what belongs to it."""
    trouble = str(found.located.trouble or "")
    if found.taken.place:
        key = "present_pieces" if trouble == "split" else "present"
        lines = [why(language, key, place=found.taken.place, passages=found.taken.passages)]
    elif found.stage == "parsing":
        lines = list(_parsing(found, trouble, language))
    elif found.stage == "chunking":
        lines = [why(language, "split"), *_pieces(found, language)]
    else:
        lines = [_lost(found, language)]
    if found.located.document is not None:
        lines += [_failed("newer_failed", one, language) for one in found.located.failures]
    return lines


def _failed(key: str, failure: Failure, language: Language) -> str:
    return why(language, key, path=failure.path, reason=error_text(failure.reason, language))


def _parsing(found: WhyNot, trouble: str, language: Language) -> Iterator[str]:
    located = found.located
    if trouble == "unknown":
        yield why(language, "unknown", document=located.wanted.document)
        if located.others:
            yield why(language, "others", names=", ".join(located.others))
        for name in found.elsewhere:
            yield why(language, "in_collection", name=name)
        return
    if trouble == "failed":
        for failure in located.failures:
            yield _failed("failed_file", failure, language)
    else:
        yield why(language, "empty_document" if trouble == "empty" else "absent", place=_place(found, language))
    if located.near is not None and located.document is not None:
        text = located.document.text[located.near.span.start : located.near.span.end]
        yield why(language, "near", likeness=located.near.likeness, text=short(text))
    if found.elsewhere:
        yield why(language, "elsewhere", paths=", ".join(found.elsewhere))


def _pieces(found: WhyNot, language: Language) -> Iterator[str]:
    from eval.attribution import LOST

    for piece in found.pieces:
        words = LOST[piece.stage] if piece.stage else None
        fate = (words.zh if language == "zh" else words.en) if words else why(language, "piece_there")
        yield "  " + why(language, "piece", start=piece.chunk.start, end=piece.chunk.end, fate=fate)


def _lost(found: WhyNot, language: Language) -> str:
    """The sentence for a passage that stands in the library whole and was lost by the search."""
    ranks = {one.name: one.rank for one in found.stages}
    cuts = {one.name: one.cut for one in found.stages}
    taken, by = found.taken, found.taken.by
    legs = [name for name in ("dense", "keyword") if 0 < ranks.get(name, 0) <= taken.most]
    leg = min(legs, key=ranks.__getitem__, default="dense")
    key = str(found.stage)
    return why(
        language,
        f"context_{taken.left_out}" if taken.left_out else key,
        cut=cuts.get("dense", 0),
        most=taken.most,
        leg=why(language, f"leg_{leg}"),
        leg_rank=ranks.get(leg, 0),
        fused=ranks.get("fused") or "–",
        reranked=ranks.get("rerank") or "–",
        rank=(ranks.get("rerank") or ranks.get("fused")) if taken.left_out == "language" else found.stages[-1].rank,
        passages=taken.passages,
        tokens=taken.tokens,
        budget=taken.budget,
        number=by.number if by else 0,
        path=by.path if by else "",
    )


def _place(found: WhyNot, language: Language) -> str:
    located = found.located
    title = located.document.title if located.document else located.wanted.document
    key = "document_place" if located.wanted.page is None else "page_place"
    return why(language, key, title=title, page=located.wanted.page)


def stage_name(name: str, language: Language) -> str:
    """What a stage is called beside numbers: in English as in JSON and in settings."""
    return STAGE_WORDS[name][0] if language == "zh" and name in STAGE_WORDS else name


def stage_line(one: Judged, language: Language) -> tuple[str, str, str]:
    """A stage's name, where it put the passage, and what it hands on."""
    if one.rank:
        place = why(language, "stage_ranked", rank=one.rank, ranked=one.ranked, score=one.score)
    else:
        place = why(language, "stage_without", ranked=one.ranked)
    key = "stage_cut" if one.at_cut is not None else "stage_cut_all"
    return stage_name(one.name, language), place, why(language, key, cut=one.cut, at_cut=one.at_cut)


def trace_line(stage: StageTrace, language: Language) -> str:
    """What a stage of a search did: its name, its time, and how much it found or what went wrong."""
    told = error_text(stage.note, language) or why(language, "trace_found", found=len(stage.ranking))
    return f"{stage_name(stage.name, language):>9}  {stage.seconds * 1000:8.2f} ms  {told}"


def word_lines(matched: Sequence[Matched], missing: Sequence[Missing], language: Language) -> list[str]:
    """The question's words that a passage holds, and those it lacks, the weightiest first."""
    held = [
        why(language, "word_matched", word=one.words, weight=one.weight, score=one.score) for one in matched[:_SHOWN]
    ]
    lacked = [
        why(language, "word_missing" if one.passages else "word_nowhere", word=one.word, weight=one.weight)
        for one in missing[:_SHOWN]
    ]
    between = "、" if language == "zh" else ", "
    lines = [why(language, "matched", words=between.join(held)) if held else why(language, "no_match")]
    return lines + ([why(language, "missing", words=between.join(lacked))] if lacked else [])


def share_line(explained: Explanation, passage: Passage, language: Language) -> str:
    """What each leg gave to the fused score; empty where nothing was fused."""
    fused = passage.stages.get("fused")
    if fused is None or not explained.shares:
        return ""
    whole = sum(explained.shares.values())
    parts = [
        why(
            language,
            "share",
            leg=stage_name(leg, language),
            value=value,
            percent=100 * value / whole if whole else 0.0,
        )
        for leg, value in explained.shares.items()
    ]
    return why(language, "shares", score=fused.score, parts=" + ".join(parts))


def remedy_lines(found: WhyNot, settings: Settings, language: Language) -> list[str]:
    """What would have brought the passage into the context, the smallest change first; empty where nothing was lost."""
    if not found.stages or found.taken.place or found.taken.left_out == "copy":
        return []
    if not found.remedies:
        return [why(language, "no_remedy")]
    now = settings.model_dump()
    told = [_remedy(one, found, now, language) for one in found.remedies]
    return [why(language, "remedies"), *(f"  {line}" for line in told)]


def _remedy(one: Remedy, found: WhyNot, now: Mapping[str, object], language: Language) -> str:
    parts = [_change(name, value, found, now, language) for name, value in one.changes.items()]
    changes = ("，" if language == "zh" else ", ").join(parts)
    return why(language, "remedy_at", changes=changes, place=one.place)


def _change(name: str, value: Change, found: WhyNot, now: Mapping[str, object], language: Language) -> str:
    if name == "filters":
        return why(language, "remedy_filters", value=why(language, f"filter_{value}"))
    if name == "passages":
        return why(language, "remedy_passages", value=value, now=found.taken.most)
    if name == "question":
        return why(language, "remedy_question", value=value)
    return why(language, "remedy_setting", name=name, value=value, now=now.get(name, "–"))


def short(text: str) -> str:
    """A text on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
