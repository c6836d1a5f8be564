"""Attribution of a whole run: every row is told which stage lost its answer, and the report counts the stages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from eval.attribution import (
    LOST,
    Attribution,
    Gold,
    Stage,
    Taken,
    attribute_search,
    gold_of_documents,
    gold_of_spans,
    said,
)
from eval.cases import anchor
from eval.run import Corpus, Evaluation
from eval.searching import STAGES, EvalMode, Outcome
from eval.types import Dataset, GoldSpan, Row
from retrieval.duplicates import copies
from retrieval.stages import Cut
from retrieval.types import Context, Passage, Ranking, Trace
from store.types import Document

SEARCH_STAGES = ("dense", "keyword", "fused", "rerank")
HYBRIDS: tuple[EvalMode, ...] = ("hybrid", "hybrid+rerank")


def with_losses(dataset: Dataset, corpus: Corpus, evaluation: Evaluation, cut: Cut) -> tuple[Row, ...]:
    """The rows of a run, those of the hybrid modes with ``lost`` and its words where a stage lost the right documents.

    A question that failed or has no relevant document lost nothing.
    """
    passages = passages_of_records(corpus)
    outcomes = {outcome.question.id: outcome for outcome in evaluation.outcomes}
    rows = []
    with corpus.still():
        for row in evaluation.rows:
            outcome = outcomes[row.question]
            relevant = [record for record, grade in dataset.judgments[row.question].items() if grade > 0]
            if row.mode not in HYBRIDS or outcome.failed or not relevant:
                rows.append(row)
                continue
            stages = [name for name in STAGES[row.mode] if name in outcome.stages]
            gold = gold_of_documents(relevant, passages)
            rows.append(with_loss(row, lost_in_search(gold, outcome, stages, corpus, cut)))
    return tuple(rows)


def lost_in_search(gold: Gold, outcome: Outcome, stages: Sequence[str], corpus: Corpus, cut: Cut) -> Attribution:
    """Which of these stages lost the right passage of a question that did not fail; the last stage's ranking counts."""
    rankings = {name: outcome.stages[name].ranking for name in stages}
    last = rankings[stages[-1]]
    # The best passage is always in the context: most questions need no look into the library.
    if last and last[0].key in gold.passages:
        context = Taken((last[0].key,))
    else:
        context = taken(outcome.question.text, last, corpus, cut, gold)
    candidates = max(10, corpus.retriever.candidates)
    return attribute_search(gold, rankings, context, corpus.places, candidates=candidates, most=cut.most)


def lost_in_library(
    evidence: Sequence[str], found: Context, corpus: Corpus, documents: Sequence[Document], cut: Cut
) -> Attribution:
    """Which stage of the product's own search lost a question whose gold is words, not spans.

    Args:
        evidence: texts that answer the question; any of them is enough. Found wherever they stand in the library.
        found: what the search returned, before or after it was cut; its trace holds the stages.
        corpus: where the library's passages stand.
        documents: all documents of the library: a text that stands in none of them was not parsed.
        cut: what the context takes.
    """
    spans = [anchor(GoldSpan("", 0, len(text), text), documents) for text in evidence if text.strip()]
    rankings = {stage.name: stage.ranking for stage in found.trace.stages if stage.name in SEARCH_STAGES}
    last = list(rankings.values())[-1] if rankings else ()
    gold = gold_of_spans([span for span in spans if span is not None], corpus.places)
    return attribute_search(
        gold,
        rankings or {"fused": ()},
        taken(found.question, last, corpus, cut, gold),
        corpus.places,
        candidates=max(10, corpus.retriever.candidates),
        most=cut.most,
    )


def taken(question: str, ranking: Ranking, corpus: Corpus, cut: Cut, gold: Gold) -> Taken:
    """What the product's own context takes of a ranking, and which right passages it left out as copies.

    A passage of the context may be several chunks, joined, or one that has grown: whatever stands in it was taken.
    """
    located = corpus.retriever.shelf.located([hit.key for hit in ranking[: cut.deep]])
    keys = [hit.key for hit in ranking[: cut.deep] if hit.key in located]
    passages = tuple(
        Passage(number, located[key].chunk, located[key].title, located[key].path, 0.0)
        for number, key in enumerate(keys, start=1)
    )
    fitted = cut.fit(Context(question, passages, Trace()), budget=cut.budget, most=cut.most).passages

    def inside(key: int) -> bool:
        place = corpus.places[key]
        return any(
            one.chunk.document_id == place.document and one.chunk.start <= place.start and place.end <= one.chunk.end
            for one in fitted
        )

    chosen = tuple(key for key in dict.fromkeys((*keys, *sorted(gold.passages))) if inside(key))
    left = [key for key in keys if key in gold.passages and key not in chosen]
    copied = (key for key in left if any(copies(located[key].chunk.text, one.chunk.text) for one in fitted))
    return Taken(chosen, frozenset(copied), len(fitted))


def with_loss(row: Row, found: Attribution) -> Row:
    """The row, told what was lost; as it was when nothing is."""
    if found.stage is None:
        return row
    words = said(found)
    return replace(row, lost=str(found.stage), detail={**row.detail, "lost_zh": words.zh, "lost_en": words.en})


def passages_of_records(corpus: Corpus) -> Mapping[str, list[int]]:
    """The keys of every record's passages."""
    keys: dict[str, list[int]] = defaultdict(list)
    for key, place in corpus.places.items():
        for record in place.records:
            keys[record].append(key)
    return dict(keys)


def count_losses(rows: Iterable[Row]) -> dict[str, dict[str, Any]]:
    """How many answers each stage lost, with its words, in the order of the stages; those that lost nothing left out.

    Rows of one mode each question.
    """
    return dict(_counted([row.lost for row in rows]))


def shown_mode(modes: Sequence[str]) -> str | None:
    """The mode whose losses a report counts: the hybrid that does most; None without a hybrid."""
    return next((mode for mode in reversed(HYBRIDS) if mode in modes), None)


def _counted(lost: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for stage in Stage:
        count = lost.count(str(stage))
        if count:
            yield str(stage), {"zh": LOST[stage].zh, "en": LOST[stage].en, "count": count}
