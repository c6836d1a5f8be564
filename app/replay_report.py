"""A replay as JSON, as lines of the terminal, and as a page with the pieces of the evaluation reports."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.chat_words import chat_words
from app.error_words import error_text
from app.replay import STAGES, Replayed
from eval.report.page import render
from eval.report.sections import Bars, Case, Cases, Facts, Page, Verdict, Words, same

REPORT, PAGE = "replay.json", "replay.html"
_NAMES = {
    "query": Words("问题改写", "query layer"),
    "dense": Words("语义检索", "dense"),
    "keyword": Words("关键词检索", "keyword"),
    "fused": Words("融合", "fused"),
    "rerank": Words("重排", "rerank"),
    "languages": Words("另一种语言", "other language"),
    "context": Words("上下文", "context"),
    "answer": Words("回答", "answer"),
}
_ANSWER_THEN, _ANSWER_NOW = Words("当时的回答", "answer then"), Words("现在的回答", "answer now")


def replay_payload(found: Sequence[Replayed]) -> dict[str, Any]:
    """Every question with what changed, and the totals."""
    return {"version": 1, "questions": [_row(one) for one in found], "totals": totals(found)}


def totals(found: Sequence[Replayed]) -> dict[str, Any]:
    """Questions, those that are quite the same, answered otherwise, failed; and the first stages that differ."""
    fine = [one for one in found if not one.failed]
    overlaps = [one.overlap for one in fine if one.overlap is not None]
    counted = Counter(one.stage for one in fine if one.stage)
    return {
        "questions": len(found),
        "same": sum(not one.stage for one in fine),
        "answers": sum(not one.same_answer for one in fine),
        "failed": len(found) - len(fine),
        "overlap": round(sum(overlaps) / len(overlaps), 4) if overlaps else None,
        "stages": {name: counted[name] for name in STAGES if counted[name]},
    }


def replay_lines(found: Sequence[Replayed], language: str) -> list[str]:
    """What a terminal shows: a few lines a question, the totals last."""
    if not found:
        return [chat_words(language, "replay_none")]
    lines: list[str] = []
    for one in found:
        lines.append(_line(one, language))
        if one.stage and one.settings:
            lines.append(f"    {chat_words(language, 'replay_settings', changes=_changes(one))}")
        if one.stage and one.library_changed:
            lines.append(f"    {chat_words(language, 'replay_library')}")
    told = totals(found)
    values = {"count": told["questions"], **{key: told[key] for key in ("same", "answers", "failed")}}
    return [*lines, chat_words(language, "replay_total", **values)]


def write_replay(found: Sequence[Replayed], folder: Path, language: str, *, follow: bool = False) -> Path:
    """Write ``replay.json`` and ``replay.html`` into a folder; returns the page's path. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    payload = json.dumps(replay_payload(found), ensure_ascii=False, indent=2)
    (folder / REPORT).write_text(payload + "\n", encoding="utf-8")
    page = folder / PAGE
    page.write_text(render(_page(_spoken(found, language)), language=language, follow=follow), encoding="utf-8")
    return page


def _spoken(found: Sequence[Replayed], language: str) -> list[Replayed]:
    return [replace(one, failed=_reason(one, language)) for one in found]


def _reason(one: Replayed, language: str) -> str:
    """Why a question failed, in the reader's language."""
    return error_text(one.failed, language)


def _line(one: Replayed, language: str) -> str:
    question = " ".join(one.turn.question.split())[:120]
    if one.failed:
        return f"! {question}\n    {_reason(one, language)}"
    name = _NAMES[one.stage].zh if one.stage and language == "zh" else _NAMES[one.stage].en if one.stage else ""
    stage = chat_words(language, "replay_first", stage=name) if one.stage else chat_words(language, "replay_same")
    overlap = "–" if one.overlap is None else f"{one.overlap:.0%}"
    mark = "≠" if not one.same_answer else "~" if one.stage else "="
    values = {"stage": stage, "overlap": overlap, "gained": len(one.gained), "lost": len(one.lost)}
    return chat_words(language, "replay_line", mark=mark, question=question, **values)


def _changes(one: Replayed) -> str:
    return ", ".join(f"{name} {then} → {now}" for name, (then, now) in one.settings.items())


def _row(one: Replayed) -> dict[str, Any]:
    then = one.turn.answer
    return {
        "chat": one.chat.id,
        "turn": one.turn.id,
        "collection": one.chat.collection,
        "question": one.turn.question,
        "asked_at": one.turn.created_at,
        "failed": one.failed or None,
        "stage": one.stage or None,
        "stages": dict(one.stages),
        "overlap@10": dict(one.overlaps),
        "same_answer": one.same_answer,
        "answer_then": then.text if then else "",
        "answer_now": one.answer,
        "citations_gained": list(one.gained),
        "citations_lost": list(one.lost),
        "settings": {name: list(pair) for name, pair in one.settings.items()},
        "library_changed": one.library_changed,
        "seconds": round(one.seconds, 4),
    }


def _page(found: Sequence[Replayed]) -> Page:
    told = totals(found)
    values = {"count": told["questions"], **{key: told[key] for key in ("same", "answers", "failed")}}
    sentence = _both("replay_total", **values)
    tone = "bad" if told["failed"] else "good" if told["same"] == told["questions"] else "open"
    stages = tuple((_NAMES[name], float(count)) for name, count in told["stages"].items())
    changed = {name: pair for one in found for name, pair in one.settings.items()}
    facts = tuple((same(name), f"{then} → {now}") for name, (then, now) in changed.items())
    sections: list[Any] = []
    if stages:
        title = Words("最先不同的步骤", "The first stage that differs")
        sections.append(Bars(title, stages, note=Words("后面的不同由它而来", "what differs later follows from it")))
    if facts:
        sections.append(Facts(Words("变化的设置", "Settings that changed"), facts))
    sections.append(Cases(Words("问题", "Questions"), tuple(_case(one) for one in found)))
    overlap = told["overlap"]
    subtitle = Words("", "")
    if overlap is not None:
        subtitle = Words(f"检索前十平均重合 {overlap:.0%}", f"the top ten of the search share {overlap:.0%} on average")
    return Page(_both("replay_title"), subtitle, (Verdict(sentence, tone),), tuple(sections))


def _case(one: Replayed) -> Case:
    if one.failed:
        return Case(one.turn.question, (Words("失败", "failed"),), ((Words("原因", "reason"), one.failed),))
    marks = [Words("回答不变", "same answer") if one.same_answer else Words("回答不同", "other answer")]
    if one.stage:
        marks.append(Words(f"从“{_NAMES[one.stage].zh}”开始", f"from {_NAMES[one.stage].en} on"))
    shares = ", ".join(f"{_NAMES[name].en} {share:.0%}" for name, share in one.overlaps.items())
    fields = [(Words("前十重合", "top ten shared"), shares)]
    fields.append((_ANSWER_THEN, one.turn.answer.text if one.turn.answer else ""))
    if not one.same_answer:
        fields.append((_ANSWER_NOW, one.answer))
    fields += [(Words("新引用", "citation gained"), quote) for quote in one.gained]
    fields += [(Words("失去的引用", "citation lost"), quote) for quote in one.lost]
    return Case(one.turn.question, tuple(marks), tuple(fields))


def _both(key: str, **values: object) -> Words:
    return Words(*(chat_words(language, key, **values) for language in ("zh", "en")))
