"""Cases → answers → rows: what one answering system makes of questions with known answers.

The system comes as a function (asking.py makes one from a chat model), so that any way to answer is measured alike.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any

from eval.answers.asking import Ask
from eval.answers.contexts import Count, Mixture, Search, Standalone, as_asked, contexts, gold_kept
from eval.answers.harm import fits, is_asked, outcome
from eval.answers.judge import CORRECT, SUPPORTED, UNCLEAR, AnswerJudge, Verdicts
from eval.answers.measures import (
    accepted,
    answered_text,
    case_measures,
    failed_measures,
    has_text,
    is_short,
    plain_text,
)
from eval.answers.page import answers_page
from eval.answers.report import answers_report
from eval.answers.types import AnswerCase
from eval.attribution import Stage, attribute_answer
from eval.measures.bertscore import bert_scores
from eval.measures.citations import overlap
from eval.output import write_run
from eval.partial import Partial
from eval.provenance import key
from eval.rows import DIGITS
from eval.types import Ranked, Row
from generation.extractive import extract
from generation.types import Answer
from models.types import ModelError, TokenEmbedder, WeightsMismatch, WeightsMissing
from retrieval.search import EmptyQuestion
from retrieval.types import Context

_BATCH = 32
"""Answers whose tokens are embedded at once for BERTScore."""

Watch = Callable[[str, int, int], None]
"""Told of progress: the stage ("answers", "bertscore"), how many are done, of how many."""


SearchLoss = Callable[[Sequence[str], Context], Stage | None]
"""Gold texts and what the search found → the stage that lost them, None where none did; see eval.losses."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What answers, and everything the result depends on.

    ``model`` is the answering system's name, ``config`` all settings, hashes of models and files, as JSON values: a run
    goes on from an interrupted one only when they are the same. ``limit`` draws that many cases by ``mixture.seed``.
    ``told`` words a failure for the page; ``language`` and ``follow`` as in ``eval.output.write_run``.
    """

    ask: Ask
    model: str
    count: Count
    mixture: Mixture
    config: dict[str, Any]
    searches: Mapping[str, Search] = field(default_factory=dict)
    losses: Mapping[str, SearchLoss] = field(default_factory=dict)
    standalone: Standalone = as_asked
    embedder: TokenEmbedder | None = None
    judge: AnswerJudge | None = None
    limit: int | None = None
    language: str = "zh"
    follow: bool = False
    told: Callable[[str], str] = str


def run_answers(
    cases: Sequence[AnswerCase], out: Path, setup: Setup, *, watch: Watch = lambda *_: None
) -> dict[str, Any]:
    """Ask every case, measure the answers, and write report.json, report.html and per_query.jsonl into ``out``.

    Args:
        cases: as ``answer_cases.read_cases`` gives them.
        out: a folder, made when it is missing. An interrupted run leaves partial.jsonl there, and goes on from it.
        setup: what answers.
        watch: told of progress.

    Returns:
        The report, as it stands in report.json. A question for which the model failed has 0 in its measures and is
        counted; missing weights and a measure that raises end the run.

    Raises:
        EvalInputError: a case needs a library and its set has no search; ``out`` is a file.
        WeightsMissing, WeightsMismatch: the model cannot answer any question.
    """
    asked = draw([case for case in cases if is_asked(case)], setup.limit, setup.mixture.seed)
    context = contexts(
        cases, setup.mixture, count=setup.count, searches=setup.searches, standalone=setup.standalone
    )  # fmt: skip
    identity = key(setup.config)
    partial = Partial(out, identity)
    try:
        rows = _answer_all(asked, context, setup, partial, watch)
        rows = _with_bertscore(asked, rows, setup.embedder, watch)
        report = answers_report(cases, rows, setup.config | {"key": identity}, started_over=partial.started_over)
        spoken = [replace(row, failed=setup.told(row.failed)) for row in rows]
        page = answers_page(report, spoken)
        write_run(out, report, rows, page, language=setup.language, follow=setup.follow)
    except BaseException:
        partial.close()
        raise
    partial.finish()
    return report


def draw(cases: Sequence[AnswerCase], limit: int | None, seed: int) -> tuple[AnswerCase, ...]:
    """``limit`` cases at random, in their order; all without a limit."""
    if limit is None or limit >= len(cases):
        return tuple(cases)
    chosen = random.Random(seed).sample(range(len(cases)), limit)
    return tuple(cases[index] for index in sorted(chosen))


def _answer_all(
    cases: Sequence[AnswerCase],
    context: Callable[[AnswerCase], Context],
    setup: Setup,
    partial: Partial,
    watch: Watch,
) -> list[Row]:
    done = {row.question: row for row in partial.rows}
    rows: list[Row] = []
    for number, case in enumerate(cases):
        watch("answers", number, len(cases))
        row = done.get(case.id)
        if row is None:
            row = answer_case(case, context, setup)
            partial.add(row)
        rows.append(row)
    watch("answers", len(cases), len(cases))
    return rows


def answer_case(case: AnswerCase, context: Callable[[AnswerCase], Context], setup: Setup) -> Row:
    """Ask one case and measure what came; a model that failed is told in ``failed``."""
    began = perf_counter()
    try:
        given = context(case)
        waited = sum(given.trace.seconds.values()) if case.given else perf_counter() - began
        answer = setup.ask(given.question, given)
    except (WeightsMissing, WeightsMismatch):
        raise
    except (ModelError, EmptyQuestion) as exc:
        failed = f"{type(exc).__name__}: {' '.join(str(exc).split())[:300]}"
        measures = failed_measures(case)
        if setup.judge and has_text(case):
            measures |= {CORRECT: 0.0, SUPPORTED: 0.0}
        return Row(case.id, setup.model, case.question, case.direction, measures, failed=failed, detail=_about(case))
    measures = {name: round(value, DIGITS) for name, value in case_measures(case, answer).items()}
    verdicts = setup.judge(case, answer) if setup.judge else Verdicts({})
    unclear = {UNCLEAR: ", ".join(verdicts.unclear)} if verdicts.unclear else {}
    return Row(
        question=case.id,
        mode=setup.model,
        text=case.question,
        direction=case.direction,
        measures={**measures, **verdicts.measures},
        lost=lost(
            case, given, answer, correct=measures.get("correct") == 1, search_loss=setup.losses.get(case.collection)
        ),
        ranking=tuple(Ranked(_place(p.path, p.title), round(p.score, DIGITS)) for p in given.passages),
        seconds={k: round(v, DIGITS) for k, v in _seconds(given, answer, waited).items()},
        detail=_about(case) | _said(case, given, answer, setup.count) | unclear,
    )


def lost(case: AnswerCase, given: Context, answer: Answer, *, correct: bool, search_loss: SearchLoss | None) -> str:
    """The stage that lost a short answer (``attribution.Stage``), "" when it is right and cites a right passage.

    A passage is right when it overlaps a gold text. Where a library was searched and the context has none,
    ``search_loss`` says which stage of the search lost it, from the gold texts and what was found.
    """
    if not case.gold or not is_short(case):
        return ""
    texts = [text for reading in case.gold for unit in reading for text in unit]
    right = {one.number for one in given.passages if any(overlap(one.chunk.text, text) for text in texts)}
    if right or case.given:
        stage = attribute_answer(answer, right, correct=correct).stage
    else:
        stage = search_loss(texts, given) if search_loss is not None else None
    return str(stage or "")


def _seconds(given: Context, answer: Answer, waited: float) -> dict[str, float]:
    """Time by stage; what is counted from the question, not from the context, has the search in it."""
    whole = {name: answer.seconds[name] + waited for name in ("first_token", "total") if name in answer.seconds}
    search = {"search": waited} if waited else {}
    return {**given.trace.seconds, **search, **answer.seconds, **whole}


def _place(path: str, title: str) -> str:
    return title or path


def _about(case: AnswerCase) -> dict[str, str]:
    about = {"set": case.collection, "task": case.task, "language": case.language, "expected": str(case.expect)}
    if case.facts:
        about["gold"] = " ‖ ".join(" | ".join(fact) for fact in case.facts)
    if case.kind:
        about["outcome"] = ""
    return about | ({"fake": " | ".join(case.fake)} if case.fake else {})


def _said(case: AnswerCase, given: Context, answer: Answer, count: Count) -> dict[str, str]:
    """The answer and what it rests on, as texts: rows keep them for the worst cases and for reading."""
    said = {
        "answer": answer.text,
        "citations": json.dumps([[c.number, c.quote] for c in answer.citations], ensure_ascii=False),
        "abstained": "true" if answer.abstained else "false",
        "answered_by": answer.model,
        "confidence": str(round(confidence(given.question, answer), DIGITS)),
        "context_tokens": str(given.tokens),
        "answer_tokens": str(count([plain_text(answer)])[0]),
        "passages": str(len(given.passages)),
    }
    kept = gold_kept(case, given)
    if kept is not None:
        said["gold_kept"] = str(round(kept, DIGITS))
    if case.kind:
        said |= {"outcome": str(outcome(answer)), "fits": "true" if fits(given.question, given) else "false"}
    if given.question != case.question:
        said["asked"] = given.question
    return said


def confidence(question: str, answer: Answer) -> float:
    """How sure an answer looks from outside, 0 to 1: the best number that every answer exposes today.

    The share of the question's content words that the passage of the best matching sentence has (what the extractive
    answer decides by, ``generation.extractive.Extract.covered``), times the share of the answer's sentences that the
    check found supported. An abstention has 0. Where question and passages are in different languages they share no
    words, and the number says little.
    """
    if answer.abstained or not answer.sentences:
        return 0.0
    supported = sum(sentence.verdict == "supported" for sentence in answer.sentences) / len(answer.sentences)
    return extract(question, answer.context.passages).covered * supported


def _with_bertscore(
    cases: Sequence[AnswerCase], rows: list[Row], embedder: TokenEmbedder | None, watch: Watch
) -> list[Row]:
    """BERTScore of the rows whose words are compared with a reference; an abstention and a failure have 0."""
    if embedder is None:
        return rows
    scored = list(rows)
    due = [index for index, case in enumerate(cases) if has_text(case)]
    answered = [index for index in due if rows[index].detail.get("abstained") == "false"]
    scores = dict.fromkeys(due, 0.0)
    for start in range(0, len(answered), _BATCH):
        watch("bertscore", start, len(answered))
        part = answered[start : start + _BATCH]
        texts = [answered_text(rows[index]) for index in part]
        scores |= zip(part, bert_scores(embedder, texts, [accepted(cases[index]) for index in part]), strict=True)
    watch("bertscore", len(answered), len(answered))
    for index, score in scores.items():
        measures = {**rows[index].measures, "bertscore": round(score, DIGITS)}
        scored[index] = replace(rows[index], measures=measures)
    return scored
