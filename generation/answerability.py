"""How likely the passages of a context hold the answer to a question: a calibrated number, without a model.

A logistic over a few features of the retrieval evidence (``features``). The weights were fitted by

    python -m bench.abstention DATA --fit

on the tuning half of expmrc, rgb and mtrag_gen (development sets); docs/quality.md has the risk-coverage curve of the
other half. It compares words: a passage that has all words of the question and not the answer still looks answering.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log
from typing import TYPE_CHECKING

from generation.evidence import Evidence, prepare
from generation.quantities import stated
from generation.terms import ASKING, FUNCTION_WORDS, NAME_TAGS, content, coverage, facts, names, squeeze, tagger
from store.analyzer import STOP_WORDS, fold, is_han
from store.language import Language, written_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.types import Passage

_ASKS_NUMBER = re.compile(
    r"多少|几[个天年月次人名岁点位届]|多[长久大高远重快]|何时|什么时候|哪[一]?[年天日]|哪个月|日期|比例|时间|总额|票房|人数|排名"
    r"|how (?:many|much|long|old|far|often|tall|big)|\bwhen\b|what (?:year|date|percentage|number|time|day|age)"
    r"|which year"
)
_ASKS_PERSON = re.compile(r"谁|哪位|作者|导演|冠军|得主|获得者|主演|创始人|\bwho(?:se|m)?\b")
_ASKS_PLACE = re.compile(
    r"哪里|哪儿|何地|哪个?(?:国家|城市|省|地方|大学|国)|地点|在哪|\bwhere\b|which (?:country|city|place|state)"
)
_HAN_ASKING = ("多少", "多长", "多久", "多大", "多高", "为什么", "什么", "怎么", "怎样", "如何", "哪一", "哪些", "哪个")
_AROUND = 1  # sentences left and right of one that are read with it


@dataclass(frozen=True, slots=True)
class Features:
    """What the weights are multiplied with, each 0 to 1.

    ``passage`` and ``window``: the share of the question's weighted words in the best passage and in the best three
    sentences of one; ``names`` and ``numbers``: the share of its names and numbers there (1 where it has none);
    ``kind``: whether something of the asked kind (a number, a person, a place) that the question does not say itself
    stands there, 1 where the kind is not known; ``order``: the share of its pairs of neighbouring words that stand side
    by side there; ``told``: how many words of the question there are to go by (10 or more are 1).
    """

    passage: float
    window: float
    names: float
    numbers: float
    kind: float
    order: float
    told: float


@dataclass(frozen=True, slots=True)
class Answerability:
    """``probability`` that the context answers the question, and the words of it that no passage has."""

    probability: float
    missing: tuple[str, ...]


NAMES = tuple(Features.__slots__)
WEIGHTS: dict[Language, tuple[float, ...]] = {
    "zh": (-4.98, 0.0, 1.64, 0.90, 1.72, 1.49, -0.19, 0.73),
    "en": (-2.48, -3.52, 4.69, 0.32, 0.0, 0.84, 4.27, 1.00),
}
"""By the question's language: the constant, then a weight for each feature in the order of ``NAMES``.

Zero weights were not fitted: they followed the make of a set (long passages, few numbers) and not the answer.
"""

PLAUSIBLE = 0.25
"""Below this share of the question's words in one place the probability falls to 0, whatever else speaks for it: the
sets that the weights were fitted on have hardly such a question, a library is asked anything."""

LEADING = 3
"""So many passages lead a context: the best, and the first place that the search may give to the other language."""

ENOUGH = 0.28
"""The probability below which an answer is withheld.

Of expmrc, mtrag_gen and rgb (dev) it refuses 37 % of the unanswerable questions and 11 % of the answerable ones; at .33
these are 43 and 14 %, at .22 they are 23 and 6 % (docs/quality.md).
"""


def answerability(question: str, passages: Sequence[Passage]) -> Answerability | None:
    """How likely the passages answer the question; None where question and passages share no language.

    Words cannot judge a passage in another language. Where one leads, it is taken to be as likely to answer as those
    that they can judge: 1 - (1 - p)². Raises nothing; without passages the probability is 0.
    """
    foreign = [written_in(passage.chunk.text) != written_in(question) for passage in passages]
    if passages and all(foreign):
        return None
    evidence = [prepare(passage) for passage in passages]
    missing = _missing(question, evidence)
    if not evidence:
        return Answerability(0.0, missing)
    found = features(question, evidence)
    constant, *weights = WEIGHTS[written_in(question)]
    total = constant + sum(w * getattr(found, name) for w, name in zip(weights, NAMES, strict=True))
    probability = 1 / (1 + exp(-max(-30.0, min(30.0, total))))
    probability *= min(1.0, found.window / PLAUSIBLE)
    return Answerability(1 - (1 - probability) ** 2 if any(foreign[:LEADING]) else probability, missing)


def features(question: str, evidence: Sequence[Evidence]) -> Features:
    """The evidence for an answer, see ``Features``."""
    asked = content(question) - ASKING
    weights = word_weights(asked, evidence)
    share, lines, best = max(((*_best_window(asked, weights, e), e) for e in evidence), key=lambda one: one[0])
    text = "\n".join(lines)
    squeezed = squeeze("\n".join((best.passage.title, *best.passage.chunk.headings, text)))
    found, said = facts(question), stated(text, loose=True)
    values = {number.value for number in said.numbers} | {str(d.year) for d in said.dates}
    pairs = _pairs(question)
    return Features(
        passage=max(weighed_share(asked, weights, e.words) for e in evidence),
        window=share,
        names=_mean([any(squeeze(n) in e.squeezed for e in evidence) and squeeze(n) in squeezed for n in found.names]),
        numbers=_mean([n.value in values for n in found.numbers]),
        kind=_kind(question, text),
        order=sum(pair in squeezed for pair in pairs) / len(pairs) if pairs else 0.0,
        told=min(1.0, len(asked) / 10),
    )


def word_weights(asked: frozenset[str], evidence: Sequence[Evidence]) -> dict[str, float]:
    """A word that few sentences of the context have tells more; one that none has tells most."""
    lines = [line for e in evidence for line in e.lines]
    counts = {word: sum(word in line.words for line in lines) for word in asked}
    return {word: log(1 + (len(lines) + 1) / (count + 0.5)) for word, count in counts.items()}


def weighed_share(asked: frozenset[str], weights: dict[str, float], words: frozenset[str]) -> float:
    """The share of the question's weight that ``words`` have, 0 to 1."""
    return sum(weights[w] for w in asked & words) / sum(weights.values()) if weights else 0.0


def _best_window(asked: frozenset[str], weights: dict[str, float], e: Evidence) -> tuple[float, list[str]]:
    head = content("\n".join((e.passage.title, *e.passage.chunk.headings)))
    best, place = -1.0, 0
    for i in range(len(e.lines)):
        around = e.lines[max(0, i - _AROUND) : i + _AROUND + 1]
        share = weighed_share(asked, weights, head.union(*(line.words for line in around)))
        if share > best:
            best, place = share, i
    around = e.lines[max(0, place - _AROUND) : place + _AROUND + 1]
    return max(best, 0.0), [e.passage.chunk.text[line.span.start : line.span.end] for line in around]


def _kind(question: str, text: str) -> float:
    folded = fold(question)
    if _ASKS_NUMBER.search(folded):
        known = {number.value for number in stated(question, loose=True).numbers}
        found = stated(text, loose=True)
        return float(bool(found.dates or {n.value for n in found.numbers} - known))
    if _ASKS_PERSON.search(folded) or _ASKS_PLACE.search(folded):
        tags = {"nr", "nrt", "nrfg"} if _ASKS_PERSON.search(folded) else {"ns", "nt"}
        tagged = tagger()(fold(text)) if is_han(text) else []
        own = {word for word, tag in tagged if tag in (tags if is_han(text) else NAME_TAGS)} | set(
            () if is_han(text) else names(text)
        )
        return float(any(word.lower() not in folded for word in own))
    return 1.0


def _pairs(question: str) -> list[str]:
    from generation.alignment import words

    said = [word for word in words(question) if word.key not in ASKING]
    return [squeeze(a.shown + b.shown) for a, b in pairwise(said)]


def _mean(found: Sequence[bool]) -> float:
    return sum(found) / len(found) if found else 1.0


def _missing(question: str, evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """Names and numbers of the question, else its words, that no passage has, as the question writes them."""
    found = facts(question)
    squeezed = [e.squeezed for e in evidence]
    lost = [name for name in found.names if not any(squeeze(name) in one for one in squeezed)]
    have: frozenset[str] = frozenset().union(*(e.words for e in evidence))
    values = {n.value for e in evidence for line in e.lines for n in line.stated.numbers}
    lost += [n.shown for n in sorted(found.numbers, key=lambda n: n.shown) if n.value not in values]
    if lost:
        return tuple(lost)
    from generation.alignment import words

    shown = [w.shown for w in words(question) if len(w.shown) > 1 and content(w.shown) and w.kind != "number"]
    return tuple(dict.fromkeys(w for w in shown if not _asks(w) and coverage(content(w), have) == 0))


def _asks(word: str) -> bool:
    """Whether a word asks or joins ("does", "why", "多长时间"): it is nothing that a passage could mention."""
    folded = fold(word)
    if is_han(folded):
        return folded in ASKING or folded.startswith(_HAN_ASKING)  # 多长时间, 哪一年, 什么样
    return folded in FUNCTION_WORDS or folded in STOP_WORDS or folded in ASKING
