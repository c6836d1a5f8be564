"""Context to checked answer: the entry of this room.

Prompt → stream → parse the markers → check each sentence → answer. Where the model fails, what the documents say is
quoted instead; where there is nothing to say, that is said. An answer of which no sentence passes the check is no
answer: small models invent one rather than abstain, so the abstention replaces it and a notice keeps what was written.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TypeVar

from generation.abstain import compose, is_abstention, place
from generation.answerability import ENOUGH, Answerability, answerability
from generation.citations import render
from generation.doubts import doubts
from generation.extractive import SURE, Extract, extract, names_all, unchecked
from generation.harm import Policy, harmful
from generation.instructions import gives_orders
from generation.meaning import Witness
from generation.prompt import Prompt, build
from generation.repetition import loop_start
from generation.sentences import texts
from generation.types import EXTRACTIVE, Answer, Citation, Event, Finished, Sentence, TextDelta, Verdict
from generation.verify import Checked, verify
from generation.wording import say
from models.types import ChatModel, ContextTooLong, ModelError
from retrieval.types import Context
from store.language import Language, language_of

_TURN_TOKENS = 8  # that a chat template adds to a message; an estimate on the safe side

_log = logging.getLogger(__name__)
_Found = TypeVar("_Found")


@dataclass(slots=True)
class _Run:
    """One answer on its way: what was written, what is to be said about it, and when."""

    language: Language
    context: Context
    started: float = field(default_factory=perf_counter)
    abstain: float = ENOUGH
    witness: Witness | None = None
    prompt: Prompt = build
    judged: Answerability | None = None
    text: str = ""
    notices: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)

    def mark(self, stage: str, since: float) -> float:
        now = perf_counter()
        self.seconds[stage] = now - since
        return now


def answer(
    question: str,
    context: Context,
    model: ChatModel | None,
    *,
    max_tokens: int = 256,
    abstain: float = ENOUGH,
    harm: Policy | None = harmful,
    witness: Witness | None = None,
    prompt: Prompt = build,
) -> Iterator[Event]:
    """Answer a question from its context, as a stream.

    Args:
        question: as the user asked it; its language is the answer's.
        context: the passages, best first. Without any, the answer says so and the model is not called.
        model: the chat model; None quotes the best sentences instead of writing.
        max_tokens: the longest answer, in the model's tokens.
        abstain: how likely (0 to 1) the passages must hold an answer for sentences to be quoted; what a model wrote is
            dropped below half of it. 0 answers whatever fits best.
        harm: says which questions are refused because they ask for harm; None refuses none.
        witness: compares a sentence with a passage in another language; without one, words alone do.
        prompt: makes the messages; it may show the model less than the context, which the check has whole.

    Yields:
        TextDelta events with the text as it is written, unchecked, then exactly one Finished with the checked answer.
        A ModelError does not leave this function: the extractive answer stands in, and a notice says why. It stands in
        too where the model refuses, or writes what nothing supports, and a passage fits the question well.
    """
    run = _Run(language_of(question), context, abstain=abstain, witness=witness, prompt=prompt)
    if harm is not None and harm(question) is not None:
        yield from _refuse(run, model)
        return
    if not context.passages:
        yield from _abstain(run, model)
        return
    if model is None:
        yield from _quote(question, run)
        return
    try:
        used = yield from _write(question, run, model, max_tokens)
    except ModelError as error:
        _log.info("the chat model %s failed, quoting instead: %s", model.name, error)  # the notice tells the reader
        run.notices.append(say("model_failed", run.language, reason=_one_line(error)))
        yield from _quote(question, run, instead=True)
        return
    if not any(character.isalnum() for character in run.text):
        run.notices.append(say("empty", run.language))
        yield from _quote(question, run, instead=True)
        return
    yield _check(question, run, used, model)


def _write(question: str, run: _Run, model: ChatModel, max_tokens: int) -> Generator[Event, None, Context]:
    """Stream the model's text into the run; returns the context that fitted the model."""
    since = perf_counter()
    used = _fitting(question, run, model, max_tokens)
    while True:
        since = run.mark("prompt", since)
        try:
            yield from _stream(question, run, used, model, max_tokens)
        except ContextTooLong:
            if run.text or len(used.passages) == 1:
                raise
            used = replace(used, passages=used.passages[: len(used.passages) // 2])
            continue
        run.mark("generation", since)
        break
    if len(used.passages) < len(run.context.passages):
        total = len(run.context.passages)
        run.notices.append(say("fewer", run.language, used=len(used.passages), total=total))
    if model.count_tokens(run.text) >= max_tokens - 1:
        run.notices.append(say("truncated", run.language))
    return used


def _fitting(question: str, run: _Run, model: ChatModel, max_tokens: int) -> Context:
    """The context without the last passages that would not fit beside the answer; one passage stays always."""
    used = run.context
    room = model.context_tokens - max_tokens
    while len(used.passages) > 1:
        messages = run.prompt(question, used, run.language)
        if sum(model.count_tokens(message.content) + _TURN_TOKENS for message in messages) <= room:
            break
        used = replace(used, passages=used.passages[:-1])
    return used


def _stream(question: str, run: _Run, used: Context, model: ChatModel, max_tokens: int) -> Iterator[Event]:
    pieces = model.stream(run.prompt(question, used, run.language), max_tokens=max_tokens)
    try:
        for piece in pieces:
            if not run.text:
                run.seconds["first_token"] = perf_counter() - run.started
            run.text += piece
            yield TextDelta(piece)
            cut = loop_start(run.text)
            if cut is not None:
                run.text = run.text[:cut]
                run.notices.append(say("repeated", run.language))
                break
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()


def _check(question: str, run: _Run, used: Context, model: ChatModel) -> Finished:
    since = perf_counter()
    checked = _witnessed(run, lambda witness: verify(run.text, used.passages, question, witness))
    checked = _undictated(run, checked, used)
    run.mark("verification", since)
    run.judged = answerability(question, used.passages)
    claims = [sentence for sentence in checked.sentences if not is_abstention(sentence.text)]
    silent = not any(sentence.verdict is Verdict.SUPPORTED for sentence in claims)
    refused = not claims or (silent and is_abstention(checked.sentences[0].text))
    unlikely = run.judged is not None and run.judged.probability < run.abstain / 2
    unlikely = unlikely and not any(sentence.by_meaning for sentence in claims)  # words judged other passages
    if not refused and unlikely:
        run.notices.append(say("unfit", run.language, text=" ".join(checked.text.split())))
        return _abstained(run, model.name)
    if not refused and (not silent or checked.citations):
        _warn(run, checked.sentences)
        return _finish(run, checked.text, checked.sentences, checked.citations, model.name)
    if not refused:
        run.notices.append(say("unfounded", run.language, text=" ".join(checked.text.split())))
    found = extract(question, used.passages, run.abstain)
    if found.foreign and not refused and names_all(question, found):
        run.notices.append(say("other_language", run.language))
        return _quoted(run, unchecked(found))
    if found.foreign or not found.sentences or found.covered < SURE[run.language]:
        return _abstained(run, model.name)
    run.notices.append(say("overruled", run.language))
    return _quoted(run, found)


def _witnessed(run: _Run, use: Callable[[Witness | None], _Found]) -> _Found:
    try:
        return use(run.witness)
    except ModelError as error:
        _log.warning("passages in another language are compared by words alone: %s", error)
        return use(None)


def _undictated(run: _Run, checked: Checked, used: Context) -> Checked:
    """The answer with nothing but supported sentences, where a passage gives orders to the model.

    What has no support may then be what somebody wanted said; it is not even shown as marked or dropped.
    """
    ordering = next((one for one in used.passages if gives_orders(f"{one.title}\n{one.chunk.text}")), None)
    if ordering is None:
        return checked
    kept = tuple(one for one in checked.sentences if one.verdict is Verdict.SUPPORTED)
    if any(one.verdict is not Verdict.SUPPORTED and not is_abstention(one.text) for one in checked.sentences):
        run.notices.append(say("obeyed", run.language, place=place(ordering, run.language)))
    cited = {number for sentence in kept for number in sentence.citations}
    text = "\n".join(render(one.text, one.citations) for one in kept)
    return Checked(text, kept, tuple(one for one in checked.citations if one.number in cited))


def _warn(run: _Run, sentences: tuple[Sentence, ...]) -> None:
    run.notices += doubts(run.language, run.context, sentences, run.judged, run.abstain)


def _quoted(run: _Run, found: Extract) -> Finished:
    run.judged = found.judged or run.judged
    _warn(run, found.sentences)
    text = "\n".join(render(sentence.text, sentence.citations) for sentence in found.sentences)
    return _finish(run, text, found.sentences, found.citations, EXTRACTIVE)


def _quote(question: str, run: _Run, *, instead: bool = False) -> Iterator[Event]:
    """The extractive answer, in one piece; after a text that broke off it begins a new paragraph.

    ``instead``: it stands in for a model, and a notice says so where there is something to quote.
    """
    since = perf_counter()
    found = _witnessed(run, lambda witness: extract(question, run.context.passages, run.abstain, witness))
    run.judged = found.judged
    run.mark("extraction", since)
    if not found.sentences:
        finished = _abstained(run, EXTRACTIVE)
    else:
        if instead:
            run.notices.append(say("instead_of_it", run.language))
        if found.foreign:
            run.notices.append(say("other_language", run.language))
        finished = _quoted(run, found)
    yield TextDelta(("\n\n" if run.text else "") + finished.answer.text)
    yield finished


def _abstain(run: _Run, model: ChatModel | None) -> Iterator[Event]:
    finished = _abstained(run, EXTRACTIVE if model is None else model.name)
    yield TextDelta(finished.answer.text)
    yield finished


def _refuse(run: _Run, model: ChatModel | None) -> Iterator[Event]:
    text = say("harmful", run.language)
    name = EXTRACTIVE if model is None else model.name
    finished = _finish(run, text, (Sentence(text, Verdict.UNCHECKED),), (), name, abstained=True)
    yield TextDelta(text)
    yield Finished(replace(finished.answer, refused=True))


def _abstained(run: _Run, name: str) -> Finished:
    text = compose(run.language, run.context.passages, run.judged.missing if run.judged else ())
    sentences = tuple(Sentence(sentence, Verdict.UNCHECKED) for sentence in texts(text))
    return _finish(run, text, sentences, (), name, abstained=True)


def _finish(
    run: _Run,
    text: str,
    sentences: tuple[Sentence, ...],
    citations: tuple[Citation, ...],
    name: str,
    *,
    abstained: bool = False,
) -> Finished:
    run.mark("total", run.started)
    return Finished(
        Answer(
            text=text,
            language=run.language,
            abstained=abstained,
            sentences=sentences,
            citations=citations,
            model=name,
            context=run.context,
            notices=tuple(run.notices),
            seconds=dict(run.seconds),
            answerable=run.judged.probability if run.judged else None,
        )
    )


def _one_line(error: ModelError) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
