"""ENTRY of synthetic test sets: passages → a model's questions → those that pass every check, and their twins.

sample passages (over documents, by seed) → ask about a sentence → check → find it again → round trip → twin → cases

Three things witness that the gold span, one sentence, answers: the answer stands in it word for word; a hybrid search
with the question finds its passage among the best 20; the model, given the passage alone, gives that answer. The second
favours questions that this search can answer: a generated set compares configurations, and how good a search is, only
judged questions tell.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path, PurePath
from random import Random

from eval.cases import Case
from eval.errors import EvalInputError
from eval.flywheel.passage_sampling import Sampled, sample
from eval.flywheel.question_prompt import Draft, prompt_hash
from eval.flywheel.question_writer import REPLY_TOKENS, Writer
from eval.flywheel.reply_log import ReplyLog
from eval.flywheel.unanswerable import holder, twin
from eval.types import GoldSpan
from models.types import ChatModel
from retrieval.search import Retriever
from store.language import Language
from store.shelf import Shelf

_TRIES = 3  # passages asked about for every question wanted, and a few; a model that fails each of them is unfit
_SOURCE = "generated"

Watch = Callable[[int, int], None]
"""Told how many questions of how many are kept."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is wanted: ``count`` answerable questions in all, shared evenly by the languages; ``twins`` come on top.

    ``verify`` keeps a question only if the model itself answers it from the passage.
    """

    count: int
    seed: int
    languages: tuple[Language, ...]
    twins: bool = True
    verify: bool = True


@dataclass(slots=True)
class Generated:
    """The cases, in the order of their making, and what became of the rest.

    ``dropped`` counts by reason; ``missing`` how many questions of a language could not be written; ``tried`` is the
    passages that were asked about, ``seconds`` the time of the model.
    """

    cases: list[Case] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    tried: int = 0
    seconds: float = 0.0

    @property
    def answerable(self) -> int:
        """How many questions have an answer."""
        return sum(case.answerable for case in self.cases)


def generate(
    retriever: Retriever, chat: ChatModel, plan: Plan, partial: Path, watch: Watch = lambda _done, _total: None
) -> Generated:
    """Write a test set about what is on the retriever's shelf.

    One language is finished before the next one begins, so that a runtime keeps the prompt's opening. ``partial`` is
    the file that lets an interrupted run go on; it is removed at the end. Fewer than ``plan.count`` questions come back
    when the passages, or the patience with the model, come to an end. Raises ModelError.
    """
    made = Generated()
    log = ReplyLog(partial, _run_of(retriever, chat, plan))
    writer = Writer(retriever, chat, log)
    finished = False
    try:
        for index, language in enumerate(plan.languages):
            wanted = plan.count // len(plan.languages) + (index < plan.count % len(plan.languages))
            _write(writer, plan, language, wanted, made, watch)
        finished = True
    finally:
        log.close(finished=finished)
    made.seconds = writer.seconds
    return made


def _write(writer: Writer, plan: Plan, language: Language, wanted: int, made: Generated, watch: Watch) -> None:
    """The questions of one language: as many drafts as are missing, then their round trips, until there are enough.

    Drafts and round trips have different prompts, and a runtime keeps only the opening of the last one.
    """
    shelf = writer.retriever.shelf
    names = {card.id: PurePath(card.paths[0].replace("\\", "/")).name for card in shelf.read.cards() if card.paths}
    passages = islice(sample(shelf.read, language, plan.seed), _TRIES * wanted + _TRIES)
    until = made.answerable + wanted
    watch(made.answerable, plan.count)
    while made.answerable < until:
        drafts = _drafts(writer, passages, until - made.answerable, made)
        if not drafts:
            made.missing[language] = until - made.answerable
            return
        for passage, draft in drafts:
            if plan.verify and not writer.finds_answer(passage, draft):
                made.dropped["the model itself answers otherwise"] += 1
                continue
            case = _case(passage, draft, names.get(passage.chunk.document_id, ""), writer.chat.name)
            made.cases.append(case)
            if plan.twins:
                _add_twin(case, language, Random(f"{plan.seed}:{case.id}"), shelf, made)
            watch(made.answerable, plan.count)


def _drafts(writer: Writer, passages: Iterator[Sampled], most: int, made: Generated) -> list[tuple[Sampled, Draft]]:
    """Up to ``most`` questions that passed every check, from the next passages."""
    found: list[tuple[Sampled, Draft]] = []
    while len(found) < most and (passage := next(passages, None)) is not None:
        made.tried += 1
        earlier = [case.question for case in made.cases if case.answerable]
        draft = writer.draft(passage, [*earlier, *(each.question for _, each in found)])
        if isinstance(draft, str):
            made.dropped[draft] += 1
        else:
            found.append((passage, draft))
    return found


def _case(passage: Sampled, draft: Draft, file: str, model: str) -> Case:
    chunk, sentence = passage.chunk, passage.sentence
    quote = chunk.text[sentence.start : sentence.end]
    gold = GoldSpan(chunk.document_id, chunk.start + sentence.start, chunk.start + sentence.end, quote, file)
    identity = f"gen-{passage.language}-{chunk.id[:12]}"
    extra = {"model": model, "title": passage.title}
    return Case(identity, draft.question, passage.language, (gold,), (draft.answer,), True, _SOURCE, (), extra)


def _add_twin(case: Case, language: Language, random: Random, shelf: Shelf, made: Generated) -> None:
    other = twin(case.question, language, holder(shelf), random)
    if other is None:
        made.dropped["no twin: every invented name is held"] += 1
        return
    extra = {"twin_of": case.id, "swapped": [other.old, other.new]}
    made.cases.append(Case(f"{case.id}-twin", other.question, language, (), (), False, _SOURCE, (), extra))


def _run_of(retriever: Retriever, chat: ChatModel, plan: Plan) -> str:
    """What the replies depend on; a change of checks or of the number of questions asks nothing again."""
    named = {
        "collection": retriever.shelf.collection.name,
        "model": chat.name,
        "seed": plan.seed,
        "prompts": prompt_hash(),
        "tokens": REPLY_TOKENS,
    }
    return hashlib.sha256(json.dumps(named, sort_keys=True).encode()).hexdigest()


def languages_of(name: str) -> tuple[Language, ...]:
    """The languages that ``zh``, ``en`` or ``both`` means. Raises EvalInputError."""
    known: dict[str, tuple[Language, ...]] = {"zh": ("zh",), "en": ("en",), "both": ("zh", "en")}
    if name not in known:
        raise EvalInputError(f"language {name!r}: choose zh, en or both")
    return known[name]
