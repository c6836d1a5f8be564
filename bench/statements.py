"""Where statements for planted errors come from: marked evidence of public sets, their answers, own sentences."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from bench.planted import Statement
from generation.sentences import texts
from generation.terms import squeeze

_DISTRACTORS = 2
_AROUND = 500  # characters of a long document left and right of its evidence
Loose = tuple[str, str, str, str, str]  # id, language, origin, sentence, passage


def read(folder: Path, own: Path | None = None) -> list[Statement]:
    """Statements of expmrc, rgb, dragonball and mtrag_gen below ``folder``, and of the repository's ``examples``.

    The origin says how near a statement is to its source: "expmrc", "rgb", "dragonball" and "own" are sentences of the
    passage itself, "mtrag answers" and "dragonball keypoints" were written by somebody who had read it.
    """
    sources: list[tuple[str, Callable[[list[dict[str, Any]], Path], Iterator[Loose]]]] = [
        ("expmrc", _expmrc),
        ("rgb", _rgb),
        ("dragonball", _dragonball),
        ("mtrag_gen", _mtrag),
    ]
    result: list[Statement] = []
    for name, take in sources:
        file = folder / name / "rag.dev.jsonl"
        if file.is_file():
            rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
            result += _with_distractors(list(take(rows, folder / name)))
    if own is not None:
        result += _with_distractors(list(_own(own)))
    return result


def _expmrc(rows: list[dict[str, Any]], _: Path) -> Iterator[Loose]:
    for row in rows:
        passage = row["positive"][0][0]
        sentence = next((e for e in row["evidence"] if e in passage and len(e) >= 12), None)
        if sentence is not None:
            yield f"expmrc {row['_id']}", row["lang"], "expmrc", texts(sentence)[0], passage


def _rgb(rows: list[dict[str, Any]], _: Path) -> Iterator[Loose]:
    for row in rows:
        if row["task"] == "counterfactual" or row["lang"] != "zh":
            continue
        spellings = [spelling for fact in row["answers"] for spelling in fact]
        for passage in (text for group in row["positive"][:2] for text in group[:1]):
            found = [s for s in texts(passage) if any(x in s for x in spellings) and 12 <= len(s) <= 160]
            if found:
                yield f"rgb {row['_id']}", "zh", "rgb", found[0], passage[:1500]
                break


def _dragonball(rows: list[dict[str, Any]], folder: Path) -> Iterator[Loose]:
    documents = {d["_id"]: d["text"] for d in map(json.loads, (folder / "corpus.jsonl").open(encoding="utf-8"))}
    seen: set[str] = set()
    for row in rows:
        for document in row["doc_ids"]:
            text = documents.get(str(document), "")
            for n, piece in enumerate(row["evidence"]):
                start = text.find(piece)
                if start < 0 or piece in seen:
                    continue
                seen.add(piece)
                passage = text[max(0, start - _AROUND) : start + len(piece) + _AROUND]
                yield f"dragonball {row['_id']} {n}", "en", "dragonball", texts(piece)[0], passage
    for row in rows:
        if len(row["doc_ids"]) == 1 and row["evidence"] and "Unsolvable" not in row["task"]:
            passage = "\n".join(dict.fromkeys(row["evidence"]))
            for n, point in enumerate(row["keypoints"]):
                sentence = point.lstrip("0123456789. ")
                if len(sentence.split()) >= 6:
                    yield f"keypoint {row['_id']} {n}", "en", "dragonball keypoints", sentence, passage


def _mtrag(rows: list[dict[str, Any]], _: Path) -> Iterator[Loose]:
    for row in rows:
        if row.get("answerability") != "ANSWERABLE" or not row["positive"]:
            continue
        passage = "\n".join(text for group in row["positive"] for text in group)
        for n, sentence in enumerate(texts(row["answers"][0][0])):
            if len(sentence.split()) >= 6:
                yield f"mtrag {row['_id']} {n}", "en", "mtrag answers", sentence, passage


def _own(folder: Path) -> Iterator[Loose]:
    for file in sorted(folder.glob("*.md")):
        paragraphs = [p for p in file.read_text("utf-8").split("\n\n") if not p.startswith(("#", "|", "-", "<"))]
        for number, paragraph in enumerate(paragraphs):
            around = "\n".join(paragraphs[max(0, number - 1) : number + 2])
            for n, sentence in enumerate(texts(paragraph)):
                language = "zh" if any("\u4e00" <= c <= "\u9fff" for c in sentence) else "en"
                if 25 <= len(sentence) <= 300 and any(c.isalpha() for c in sentence):
                    yield f"own {file.stem} {number} {n}", language, "own", sentence, around


def _with_distractors(loose: Sequence[Loose]) -> list[Statement]:
    """Each statement with other passages of its set and language: one of the neighbouring item, others at random."""
    loose = [one for one in loose if one[3][0].isalnum() and not one[3].endswith((":", "："))]
    squeezed = {one[4]: squeeze(one[4]) for one in loose}
    result = []
    for at, (name, language, origin, sentence, passage) in enumerate(loose):
        rng = random.Random(f"distractors {name}")
        pool = [one[4] for one in loose if one[1] == language and sentence not in one[4] and one[4] != passage]
        opening = squeeze(sentence)[:24]
        pool = [text for text in dict.fromkeys(pool) if opening not in squeezed[text]]  # they would carry it too
        near = [one[4] for one in loose[at + 1 : at + 4] if one[4] in pool]
        chosen = dict.fromkeys([*near[:1], *rng.sample(pool, min(_DISTRACTORS + 1, len(pool)))])
        result.append(Statement(name, language, origin, sentence, (passage, *list(chosen)[:_DISTRACTORS])))
    return result
