"""The same labels under several chunkers: which one keeps answers whole, finds them, and wastes the least context."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.attribution import LOST, Stage, gold_of_spans
from eval.cases import Anchored
from eval.comparing.words import told_entry
from eval.losses import count_losses, lost_in_search, with_loss
from eval.measures.spans import SPAN_MEASURES, Labelled, covered, span_measures
from eval.report.sections import Case as Shown
from eval.report.sections import Cases, Interval, Intervals, Page, Section, Table, Verdict, Words, same
from eval.retrieval_page import facts
from eval.run import Corpus, Place, evaluate
from eval.summary import against_best, estimates
from eval.types import Dataset, Question, Row
from eval.wording import MEASURE, estimate, name
from retrieval.stages import Cut
from retrieval.types import Context, Passage, Ranking, Trace

HEADLINE = "context_coverage"
CONTEXT_MEASURES = ("context_coverage", "context_density")
"""Of the context that the product makes of a search, windows and parents included: the share of the gold characters
that stand in it, and the share of its characters that is gold."""
MEASURES = (*CONTEXT_MEASURES, *SPAN_MEASURES, "recall@5", "recall@100", "ndcg@10")


def as_dataset(
    cases_file: Path, labelled: Sequence[Labelled], paths: Mapping[str, Sequence[str]], hashed: str
) -> Dataset:
    """Cases as judged documents: relevant is every path of a document that holds a gold span.

    ``paths`` are the paths of each document; ``hashed`` identifies cases and documents together. Cases without a label
    that still stands are left out.
    """
    kept = [one for one in labelled if one.spans]
    return Dataset(
        name=cases_file.stem,
        split="cases",
        corpus=cases_file,
        corpus_hash=hashed,
        hash=hashed,
        questions=tuple(Question(one.case.id, one.case.question, one.case.history) for one in kept),
        judgments={one.case.id: {path: 1 for span in one.spans for path in paths[span.document]} for one in kept},
    )


def chunker_rows(
    chunker: str,
    dataset: Dataset,
    labelled: Sequence[Labelled],
    corpus: Corpus,
    vectors: NDArray[np.float32],
    *,
    cut: Cut | None = None,
    watch: Callable[[int, int], None] = lambda done, total: None,
) -> tuple[Row, ...]:
    """One row a question, its mode the chunker's name: document measures and span measures of the hybrid search.

    Every passage of the collection is ranked by exact search, so that no measure depends on a depth. ``cut`` is what
    a context takes; where it holds no whole span, the row says which stage lost it.
    """
    spans = {one.case.id: one.spans for one in labelled}
    exact = replace(corpus, retriever=replace(corpus.retriever, candidates=max(10, len(corpus.places))))
    found = evaluate(dataset, exact, ["hybrid"], vectors, watch=watch)
    everything = list(corpus.places.values())
    rows = []
    for row, outcome in zip(found.rows, found.outcomes, strict=True):
        ranking = () if outcome.failed else outcome.stages["fused"].ranking
        measured = span_measures(spans[row.question], [corpus.places[hit.key] for hit in ranking], everything)
        given = in_context(row.text, ranking, corpus, cut or Cut())
        measured |= context_measures(spans[row.question], given)
        measures = {measure: {**row.measures, **measured}[measure] for measure in MEASURES}
        row = replace(row, mode=chunker, measures=measures)
        if not outcome.failed:
            gold = gold_of_spans(spans[row.question], exact.places)
            row = with_loss(row, lost_in_search(gold, outcome, list(outcome.stages), exact, cut or Cut()))
        rows.append(row)
    return tuple(rows)


def in_context(question: str, ranking: Ranking, corpus: Corpus, cut: Cut) -> list[Place]:
    """The passages of the context that the product makes of a ranking, as places in their documents."""
    keys = [hit.key for hit in ranking[: cut.deep]]
    located = corpus.retriever.shelf.located(keys)
    live = [(number, located[key]) for number, key in enumerate(keys, start=1) if key in located]
    passages = tuple(Passage(number, one.chunk, one.title, one.path, 1 / number) for number, one in live)
    fitted = cut.fit(Context(question, passages, Trace()), budget=cut.budget, most=cut.most).passages
    chunks = [passage.chunk for passage in fitted]
    return [Place(chunk.document_id, (), chunk.start, chunk.end, chunk.tokens) for chunk in chunks]


def context_measures(spans: Sequence[Anchored], given: Sequence[Place]) -> dict[str, float]:
    """The CONTEXT_MEASURES of one question."""
    gold = sum(one.end - one.start for one in spans)
    held, read = covered(spans, given), sum(one.end - one.start for one in given)
    return {"context_coverage": held / gold if gold else 0.0, "context_density": held / read if read else 0.0}


def chunkers_report(
    dataset: Dataset,
    rows: Sequence[Row],
    sizes: Mapping[str, Mapping[str, float]],
    *,
    lost: Sequence[str],
    configuration: Mapping[str, Any],
) -> dict[str, Any]:
    """The report as plain JSON values. ``sizes`` describes each chunker's passages, ``lost`` names lost labels."""
    seed = configuration["seed"]
    chunkers = list(dict.fromkeys(row.mode for row in rows))
    mine = {each: [row for row in rows if row.mode == each] for each in chunkers}
    return {
        "version": 1,
        "kind": "chunkers",
        "dataset": dataset.name,
        "split": dataset.split,
        "data_hash": dataset.hash,
        "queries": len(dataset.questions),
        "failed": sum(1 for row in mine[chunkers[0]] if row.failed),
        "labels_lost": list(lost),
        "modes": {each: estimates(mine[each], seed, MEASURES) for each in chunkers},
        "passages": {each: dict(size) for each, size in sizes.items()},
        "lost": {each: count_losses(mine[each]) for each in chunkers},
        "comparisons": against_best(mine, HEADLINE, seed),
        **configuration,
    }


def passage_sizes(corpus: Corpus) -> dict[str, float]:
    """How many passages there are and how long they are, in tokens."""
    tokens = [place.tokens for place in corpus.places.values()]
    p50, p95 = (float(value) for value in np.percentile(tokens, [50, 95])) if tokens else (0.0, 0.0)
    return {"passages": len(tokens), "tokens_p50": p50, "tokens_p95": p95}


def chunkers_page(report: Mapping[str, Any], rows: Sequence[Row]) -> Page:
    """The page of a comparison of chunkers."""
    return Page(
        title=Words(f"切分方式比较：{report['dataset']}", f"Chunkers compared: {report['dataset']}"),
        subtitle=Words(
            f"{report['queries']} 个问题；标签锚定在原文上，所有切分方式用同一批标签",
            f"{report['queries']} questions; labels are anchored to the text, the same for every chunker",
        ),
        verdicts=tuple(_verdicts(report)),
        sections=tuple(_sections(report, rows)),
    )


def _verdicts(report: Mapping[str, Any]) -> Iterator[Verdict]:
    yield from (told_entry(found, {}, tests=len(report["comparisons"])) for found in report["comparisons"])
    lost = report["labels_lost"]
    yield Verdict(Words(f"丢失的标签：{len(lost)} 个。", f"Labels lost: {len(lost)}."), "bad" if lost else "good")


def _sections(report: Mapping[str, Any], rows: Sequence[Row]) -> Iterator[Section]:
    yield Table(
        Words("指标", "Measures"),
        (Words("切分方式", "chunker"), *(name(MEASURE, measure) for measure in MEASURES)),
        tuple(
            (same(each), *(estimate(values[measure]) for measure in MEASURES))
            for each, values in report["modes"].items()
        ),
        Words(
            "context：产品实际交给模型的上下文（窗口与父段落也算在内）。@640：在合计 640 个词元的段落之内，"
            "段落长短不同也可以比较。whole：未被切断的答案所占比例。",
            "context: what the product gives the model, windows and parents included. @640: within passages of 640 "
            "tokens together, so that long and short passages compare. whole: share of answers not cut apart.",
        ),
    )
    yield Intervals(
        Words("上下文中的答案覆盖率", "Share of the answer in the context"),
        tuple(
            Interval(same(each), values[HEADLINE]["value"], values[HEADLINE]["low"], values[HEADLINE]["high"])
            for each, values in report["modes"].items()
        ),
    )
    yield Table(
        Words("段落", "Passages"),
        (
            Words("切分方式", "chunker"),
            Words("段落数", "passages"),
            Words("词元 p50", "tokens p50"),
            Words("词元 p95", "tokens p95"),
        ),
        tuple(
            (
                same(each),
                same(f"{size['passages']:.0f}"),
                same(f"{size['tokens_p50']:.0f}"),
                same(f"{size['tokens_p95']:.0f}"),
            )
            for each, size in report["passages"].items()
        ),
    )
    yield _lost(report)
    missed = [row for row in rows if row.measures[HEADLINE] < 1]
    yield Cases(
        Words("没有完整取回答案的题", "Questions whose answer was not retrieved whole"),
        tuple(
            Shown(
                row.text,
                (same(row.mode), same(f"{HEADLINE} {row.measures[HEADLINE]:.3f}"), *_lost_mark(row)),
                tuple((name(MEASURE, measure), f"{row.measures[measure]:.3f}") for measure in MEASURES),
            )
            for row in sorted(missed, key=lambda row: (row.measures[HEADLINE], row.question, row.mode))[:20]
        ),
    )
    yield from facts(report)


def _lost(report: Mapping[str, Any]) -> Table:
    stages = [stage for stage in Stage if any(stage in counts for counts in report["lost"].values())]
    return Table(
        Words("答案丢在哪一步（题数）", "Where the answer was lost (questions)"),
        (Words("切分方式", "chunker"), *(LOST[stage] for stage in stages)),
        tuple(
            (same(each), *(same(str(counts.get(stage, {"count": 0})["count"])) for stage in stages))
            for each, counts in report["lost"].items()
        ),
    )


def _lost_mark(row: Row) -> tuple[Words, ...]:
    return (Words(row.detail["lost_zh"], row.detail["lost_en"]),) if row.lost else ()
