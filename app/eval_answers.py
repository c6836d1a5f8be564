"""`eval answers`: files and settings → what answers, where it searches, and everything the result depends on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

from app.contexts import context_of, prompt_of
from app.error_words import error_text
from app.eval_library import EvalLibrary, open_eval_library
from app.eval_progress import Start
from app.harm_policy import harm_policy
from app.query_layer import open_layer, search_rewritten
from app.settings import Settings
from app.wiring import PASSAGES, Library
from app.witness import witness_of
from eval.answers.asking import asker
from eval.answers.cases import read_cases
from eval.answers.contexts import Mixture, Search, Standalone
from eval.answers.judge import AnswerJudge, prompts_hash
from eval.answers.run import SearchLoss, Setup, run_answers
from eval.answers.types import AnswerCase
from eval.attribution import Stage
from eval.errors import EvalInputError
from eval.losses import lost_in_library
from eval.output import finished, prepare, read_report
from eval.provenance import key, model, program
from eval.run import Corpus
from eval.types import Dataset
from generation.types import EXTRACTIVE
from models.types import TokenEmbedder
from retrieval.rewrite.conversation import conversation
from retrieval.types import Context, StageTrace, Trace
from store.types import Document

CORPUS = "corpus.jsonl"
_SEARCH = ("chunker", "chunk_tokens", "candidates", "dense_weight", "reranker", "both_languages")
"""Settings that decide what is found."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What the command line asked for; ``model`` None is the configured one."""

    files: tuple[Path, ...]
    model: str | None = None
    collection: str | None = None
    limit: int | None = None
    seed: int = 0
    noise: float = 0.4
    passages: int = 5
    bertscore: bool = True
    judge: str | None = None


def evaluate_answers(
    settings: Settings, plan: Plan, out: Path, *, fresh: bool, language: str, start: Start
) -> dict[str, Any]:
    """Run the plan and write the report into ``out``; an equal finished run is read instead, unless ``fresh``.

    Questions that bring no passages are searched in ``--collection`` of the user's library, else in the corpus.jsonl
    that lies beside their file. Raises EvalInputError, and what the models and the store raise.
    """
    cases = read_cases(plan.files)
    prepare(out)
    with ExitStack() as stack:
        shelf = open_eval_library(settings)
        stack.callback(shelf.library.close)
        searches, losses, searched = _searches(settings, plan, cases, shelf, stack, start)
        config = _config(settings, plan, cases, searched)
        if not fresh and finished(out, key(config)):
            return read_report(out)
        name = plan.model or settings.model
        embedder = shelf.library.embedder
        chat = shelf.library.chat(name)
        setup = Setup(
            ask=asker(
                chat,
                max_tokens=settings.answer_tokens,
                abstain=settings.abstain,
                harm=harm_policy(shelf.library),
                witness=witness_of(shelf.library),
                prompt=prompt_of(shelf.library, chat),
            ),
            model=name,
            count=embedder.tokens.count,
            mixture=Mixture(plan.seed, plan.passages, plan.noise, settings.context_tokens),
            config=config,
            searches=searches,
            losses=losses,
            standalone=_completing(shelf.library, plan.model),
            embedder=embedder if plan.bertscore and isinstance(embedder, TokenEmbedder) else None,
            judge=_judge(shelf.library, plan.judge),
            limit=plan.limit,
            language=language,
            follow=settings.follows_reader,
            told=partial(error_text, language=language),
        )
        return run_answers(cases, out, setup, watch=_Bars(start))


def _judge(library: Library, name: str | None) -> AnswerJudge | None:
    if name is None:
        return None
    chat = library.chat(name)
    if chat is None:
        raise EvalInputError(f"--judge {name}: the answer without a model judges nothing, name a chat model")
    return AnswerJudge(chat)


class _Bars:
    """A bar for each stage of a run, begun when the stage is first heard of."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._moves: dict[str, Callable[[int, int], None]] = {}

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage not in self._moves:
            self._moves[stage] = self._start(stage)
        self._moves[stage](done, total)


def _searches(
    settings: Settings,
    plan: Plan,
    cases: Sequence[AnswerCase],
    shelf: EvalLibrary,
    stack: ExitStack,
    start: Start,
) -> tuple[dict[str, Search], dict[str, SearchLoss], dict[str, str]]:
    """Of every set that brings no passages: its search, what finds the stage that lost an answer, what is searched."""
    sets = list(dict.fromkeys(case.collection for case in cases if not case.given))
    if not sets:
        return {}, {}, {}
    if plan.collection is not None:
        own = stack.enter_context(Library(settings))
        sequence = own.shelf(plan.collection).follow()
        search = _searching(own, plan.collection, plan.model)
        loss = _loss(EvalLibrary(own), plan.collection)
        searched_in = f"collection {plan.collection}, change {sequence}"
        return dict.fromkeys(sets, search), dict.fromkeys(sets, loss), dict.fromkeys(sets, searched_in)
    searches: dict[str, Search] = {}
    losses: dict[str, SearchLoss] = {}
    searched: dict[str, str] = {}
    for file in plan.files:
        corpus = file.resolve().parent / CORPUS
        name = next((one for one in sets if one == corpus.parent.name), None)
        if name is None or name in searches or not corpus.is_file():
            continue
        digest = hashlib.sha256(corpus.read_bytes()).hexdigest()
        dataset = Dataset(name, "", corpus, digest, digest, (), {})
        found = shelf.corpus(dataset, watch=start(f"{name} corpus"))
        collection = found.retriever.shelf.collection.name
        searches[name] = _searching(shelf.library, collection, plan.model)
        losses[name] = _loss(shelf, collection)
        searched[name] = f"{name}/{CORPUS}, sha256 {digest[:16]}"
    return searches, losses, searched


def _loss(shelf: EvalLibrary, collection: str) -> SearchLoss:
    """Finds the stage of a search that lost gold texts; the library is read when the first answer was lost."""

    @cache
    def library() -> tuple[Corpus, tuple[Document, ...]]:
        return shelf.opened(collection), tuple(shelf.documents(collection)[0].values())

    def stage(texts: Sequence[str], found: Context) -> Stage | None:
        corpus, documents = library()
        return lost_in_library(texts, found, corpus, documents, shelf.cut(collection)).stage

    return stage


def _searching(library: Library, collection: str, model: str | None) -> Search:
    """The product's search, its query layer included, cut to what it would answer from."""

    def search(question: str, history: Sequence[str]) -> Context:
        asked, found = search_rewritten(
            library, question, collection, conversation(history), model=model, k=PASSAGES
        )  # fmt: skip
        return replace(context_of(library, found, collection), question=asked.question)

    return search


def _completing(library: Library, model: str | None) -> Standalone:
    """The product's query layer for a question whose passages are given: it completes a follow-up."""

    def standalone(question: str, history: Sequence[str]) -> tuple[str, Trace]:
        asked = open_layer(library, model).rewrite(question, conversation(history))
        steps = tuple(StageTrace(f"rewrite:{done.step}", done.seconds) for done in asked.done)
        return asked.question, Trace(steps)

    return standalone


def _config(settings: Settings, plan: Plan, cases: Sequence[AnswerCase], searched: dict[str, str]) -> dict[str, Any]:
    """Everything that decides the numbers, as it stands in the report."""
    name = plan.model or settings.model
    digests = {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in plan.files}
    files = [{"name": f"{file.resolve().parent.name}/{file.name}", "sha256": digests[file]} for file in plan.files]
    for entry, file in zip(files, plan.files, strict=True):
        entry["cases"] = len(read_cases([file]))  # type: ignore[assignment]
    chat = {} if name == EXTRACTIVE else {"url": settings.model_url, "context": settings.model_context}
    retrieval = {key: getattr(settings, key) for key in _SEARCH} if searched else {}
    if searched or any(case.history for case in cases):
        retrieval |= {
            key: value for key, value in settings.model_dump().items() if key.startswith(("rewrite_", "context_"))
        }
    return {
        "files": files,
        "data": hashlib.sha256("".join(sorted(digests.values())).encode()).hexdigest(),
        "models": {"chat": model(name), "embedder": model(settings.embedder)}
        | ({"judge": model(plan.judge)} if plan.judge else {}),
        "config": {
            "context_tokens": settings.context_tokens,
            "prompt_tokens": settings.prompt_tokens,
            "answer_tokens": settings.answer_tokens,
            "abstain": settings.abstain,
            "harm": settings.harm,
            "passages": plan.passages,
            "noise": plan.noise,
            "limit": plan.limit,
            "bertscore": plan.bertscore,
            "searched": searched,
            **({"judge_prompts": prompts_hash()} if plan.judge else {}),
            **{f"chat_{k}": v for k, v in chat.items()},
            **retrieval,
        },
        "program": program(),
        "seed": plan.seed,
    }
