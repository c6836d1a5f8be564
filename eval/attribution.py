"""Where an answer was lost: the first stage that had the right passage, or should have had it, and did not pass it on.

A passage is right when it belongs to a relevant document (judged documents) or holds a whole gold span (judged spans).
**The cut** is how many passages a context can hold at most (``most``, 8): a passage that a stage ranks within the cut
would have gone into the context had that stage had the last word, the token budget aside. All stages are held to the
same cut, whatever number of candidates they hand on; ranks count from 1, and several right passages count by the best.

========== ============================================================================================================
parsing    no right document, or no gold quote, stands in the library's text
chunking   the quote stands there, but no single passage holds a gold span whole, nor does the context cover one jointly
filter     the search was narrowed to passages among which none is right (``why-not`` alone: cases have no filters)
recall     neither leg has a right passage among the candidates that it gives to the fusion
ranking    a leg has one among its candidates, but no stage ranks it within the cut: only a reranker could lift it
fusion     a leg ranks one within the cut, the fusion below it
rerank     the fusion ranks one within the cut, the reranker below it
context    the last stage ranks one within the cut, but the context holds none: the token budget ended before it, a
           passage in the other language took the place, or its text stood there already
unused     a right passage is in the context, but the answer is wrong
citation   the answer is right, a right passage is in the context, but the answer cites only others, or nothing
========== ============================================================================================================

They are tried in this order, except that of recall, ranking, fusion and rerank only one can hold. Nothing is lost when
the context holds a right passage (search), or the answer is right and cites one (answer).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from eval.cases import Anchored
from eval.measures.spans import holds
from eval.report.sections import Words
from eval.run import Place
from generation.types import Answer
from retrieval.stages import LEGS, losing_stage
from retrieval.stages import MOST as MOST
from retrieval.stages import Stage as Stage
from retrieval.types import Ranking

GAP = 2  # characters between neighbouring passages that belong to neither: the blank line between two paragraphs

LOST: Mapping[Stage, Words] = {
    Stage.PARSING: Words("未解析：库中没有这段原文", "not parsed: the library's text does not hold it"),
    Stage.CHUNKING: Words("切分：答案被切断", "chunking: the answer is cut apart"),
    Stage.FILTER: Words("筛选：不在筛选范围内", "filter: outside of what the search was narrowed to"),
    Stage.RECALL: Words("召回：两路候选中都没有", "recall: among neither leg's candidates"),
    Stage.RANKING: Words("排序：有候选，但各阶段都排得太低", "ranking: a candidate, but every stage ranks it too low"),
    Stage.FUSION: Words("融合：一路排得够高，融合后跌出", "fusion: high enough in a leg, not after fusing"),
    Stage.RERANK: Words("重排：融合后够高，重排后跌出", "reranking: high enough when fused, not when reranked"),
    Stage.CONTEXT: Words(
        "上下文：排得够高，但没有装进上下文", "context: ranked high enough, but left out of the context"
    ),
    Stage.UNUSED: Words("未采用：在上下文中，回答却不对", "not used: in the context, but the answer is wrong"),
    Stage.CITATION: Words("引用：回答正确，但引用了别处", "citation: the answer is right but cites something else"),
}


@dataclass(frozen=True, slots=True)
class Gold:
    """What would have been right for one question.

    ``passages`` are the keys of the right passages, ``parsed`` says whether the library's text holds any right document
    or quote, ``spans`` are the gold spans where spans are judged.
    """

    passages: frozenset[int]
    parsed: bool
    spans: tuple[Anchored, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """The keys of the passages that the context took, and of those left out because their text stood there already.

    ``passages`` is how many the context has where neighbours were joined; as many as ``keys`` where it is None.
    """

    keys: tuple[int, ...]
    copies: frozenset[int] = frozenset()
    passages: int | None = None


@dataclass(frozen=True, slots=True)
class Attribution:
    """The stage that lost a question's answer, None when nothing is lost, and the numbers that prove it.

    ``numbers``: the best rank of a right passage in every stage (0: not there), ``cut``, ``taken`` (passages in the
    context), ``right`` (right passages in the library; in an answer's context: right passages there), ``copy`` (1 where
    it was left out as a copy), ``cited`` and ``cited_right`` (passages the answer cites, and right ones among them).
    """

    stage: Stage | None = None
    numbers: Mapping[str, int] = field(default_factory=dict)


def gold_of_documents(relevant: Iterable[str], passages: Mapping[str, Collection[int]]) -> Gold:
    """Gold of judged documents; ``passages`` are the keys of every record that is in the library."""
    keys = frozenset(key for record in relevant for key in passages.get(record, ()))
    return Gold(keys, parsed=bool(keys))


def gold_of_spans(spans: Sequence[Anchored], places: Mapping[int, Place]) -> Gold:
    """Gold of judged spans as they stand in the library's text today; labels that stand nowhere are not among them."""
    keys = frozenset(key for key, place in places.items() if any(holds(place, span) for span in spans))
    return Gold(keys, parsed=bool(spans), spans=tuple(spans))


def attribute_search(
    gold: Gold,
    stages: Mapping[str, Ranking],
    taken: Taken,
    places: Mapping[int, Place],
    *,
    candidates: int,
    most: int = MOST,
) -> Attribution:
    """The stage of a search that lost the right passage; the head of this file defines every stage.

    Args:
        gold: what would have been right.
        stages: the rankings by name (dense, keyword, fused, rerank) in the order they ran; the last one counts.
        taken: what the context took of the last ranking.
        places: where every passage stands; only those in ``taken`` are looked at.
        candidates: hits of a leg that the fusion saw, the first of its ranking.
        most: the cut.
    """
    ranks = {name: _rank(gold, found[:candidates] if name in LEGS else found) for name, found in stages.items()}
    count = len(taken.keys) if taken.passages is None else taken.passages
    numbers = {**ranks, "cut": most, "taken": count, "right": len(gold.passages)}
    if _reached(gold, taken, places):
        return Attribution(None, numbers)
    if not gold.parsed:
        return Attribution(Stage.PARSING, numbers)
    if not gold.passages:
        return Attribution(Stage.CHUNKING, numbers)
    stage = losing_stage(ranks, most=most)
    if stage is Stage.CONTEXT:
        numbers["copy"] = int(bool(gold.passages & taken.copies))
    return Attribution(stage, numbers)


def attribute_answer(
    answer: Answer, right: Collection[int], *, correct: bool, search: Attribution | None = None
) -> Attribution:
    """The stage that lost the answer, the search included.

    Args:
        answer: as it was given; its citations' numbers are looked at.
        right: numbers of the right passages in the answer's context, as ``[n]`` names them.
        correct: whether the answer says what it should.
        search: what ``attribute_search`` found; without it a passage that is not in the context counts as lost there
            (``Stage.CONTEXT``), which is exact where the passages were given and only the context cut them.
    """
    if not right:
        return search if search is not None and search.stage is not None else Attribution(Stage.CONTEXT, {"right": 0})
    cited = {citation.number for citation in answer.citations}
    numbers = {"right": len(right), "cited": len(cited), "cited_right": len(cited.intersection(right))}
    if not correct:
        return Attribution(Stage.UNUSED, numbers)
    return Attribution(None if numbers["cited_right"] else Stage.CITATION, numbers)


def said(found: Attribution) -> Words:
    """A loss in words, with the ranks that prove it; empty when nothing is lost."""
    if found.stage is None:
        return Words("", "")
    lost, proof = LOST[found.stage], _proof(found.numbers)
    return Words(lost.zh + (f"（{proof.zh}）" if proof.zh else ""), lost.en + (f" ({proof.en})" if proof.en else ""))


_RANKS = {
    "dense": Words("语义第 {} 名", "dense rank {}"),
    "keyword": Words("关键词第 {} 名", "keyword rank {}"),
    "fused": Words("融合第 {} 名", "fused rank {}"),
    "rerank": Words("重排第 {} 名", "reranked {}"),
}


def _proof(numbers: Mapping[str, int]) -> Words:
    ranks = [(words, numbers[name]) for name, words in _RANKS.items() if numbers.get(name)]
    zh, en = [words.zh.format(rank) for words, rank in ranks], [words.en.format(rank) for words, rank in ranks]
    if ranks:
        zh.append(f"上下文取 {numbers['taken']} 段，至多 {numbers['cut']} 段")
        en.append(f"the context took {numbers['taken']} of at most {numbers['cut']}")
    if numbers.get("copy"):
        zh.append("同样的文字已在其中")
        en.append("the same text is in it")
    return Words("，".join(zh), ", ".join(en))


def _rank(gold: Gold, ranking: Ranking) -> int:
    return next((rank for rank, hit in enumerate(ranking, start=1) if hit.key in gold.passages), 0)


def _reached(gold: Gold, taken: Taken, places: Mapping[int, Place]) -> bool:
    if gold.passages.intersection(taken.keys):
        return True
    return any(_cover([places[key] for key in taken.keys], span) for span in gold.spans)


def _cover(places: Sequence[Place], span: Anchored) -> bool:
    """Whether the passages together hold a span that the chunker cut: both halves in the context are as good as one."""
    at = span.start
    for place in sorted(places, key=lambda place: place.start):
        if place.document == span.document and place.start <= at + (GAP if at > span.start else 0):
            at = max(at, place.end)
    return at >= span.end
