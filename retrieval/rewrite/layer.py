"""ENTRY of the query layer: a question and its conversation → what the legs are asked.

condense → look (gates) → translate ∥ imagine ∥ variants ∥ split ∥ keywords → Query

Every step is optional, has a gate that says where it pays, and fails open: without its reply the question is searched
as it is, and a notice says so. All steps share one time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

from models.types import Message
from retrieval.rewrite import checks, conversation
from retrieval.rewrite.asking import Asker, NoReply
from retrieval.rewrite.gate import brief, compound, leans
from retrieval.rewrite.prompt import prompt
from retrieval.rewrite.signs import Signs
from retrieval.rewrite.types import Done, Rewritten, Steps, Switch
from retrieval.rewrite.wording import say
from retrieval.types import Query
from store.language import Language, language_of

SECONDS = 20.0
LONGEST = 1_000  # characters; what is longer is a text with a question in it, and costs more to rewrite than it gains
QUESTION_TOKENS = 80
PASSAGE_TOKENS = 110
VARIANTS = 2
PARTS = 3
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class QueryLayer:
    """The steps, the model that they ask (None: those without a model alone), and the seconds that all may take.

    ``missing`` is why there is no model although steps are set to ask one; it is told where a step is ``on``.
    """

    asker: Asker | None = None
    steps: Steps = field(default_factory=Steps)
    seconds: float = SECONDS
    missing: str = ""

    def rewrite(self, question: str, history: Sequence[Message] = (), signs: Signs | None = None) -> Rewritten:
        """What to ask the legs for the next question of a conversation.

        Args:
            question: as the user typed it.
            history: the turns before it, oldest first, answers included.
            signs: what the library looks like; without them steps whose gate needs them run only when they are ``on``.

        Raises nothing but what ``signs`` raises.
        """
        run = _Run(self, question, tuple(history), signs, time.monotonic() + self.seconds)
        if len(question) > LONGEST or not any(character.isalnum() for character in question):
            return Rewritten(question, Query(question))
        standalone = run.condensed()
        query = Query(standalone, before=run.before())
        return run.widened(query)


@dataclass(slots=True)
class _Run:
    """One question on its way through the layer."""

    layer: QueryLayer
    question: str
    history: tuple[Message, ...]
    signs: Signs | None
    deadline: float
    done: list[Done] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    @property
    def language(self) -> Language:
        return language_of(self.question)

    def condensed(self) -> str:
        """The standalone question; the question itself where it is one, or the model gave none."""
        steps, needed = self.layer.steps, bool(conversation.shown(self.history))
        if not needed or not _runs(steps.condense, self._follows):
            return self.question
        said = [turn.content for turn in conversation.shown(self.history)]
        form = prompt("condense", self.language)
        lines = [form.line(turn, conversation.LINE) for turn in conversation.shown(self.history)]
        found = self._step(
            "condense", self.question, lambda reply: _one(checks.condensed(reply, self.question, said)), lines=lines
        )
        return found[0] if found else self.question

    def _follows(self) -> bool:
        return leans(self.question, self.history) or (brief(self.question) and self._akin())

    def _akin(self) -> bool:
        said = conversation.before(self.history)
        return bool(said) and self.signs is not None and self.signs.akin(self.question, said)

    def before(self) -> str:
        """What was said before, where it is about the same thing."""
        if not self.history:
            return ""
        wanted = _runs(self.layer.steps.blend, lambda: leans(self.question, self.history) or self._akin())
        return conversation.before(self.history) if wanted else ""

    def widened(self, query: Query) -> Rewritten:
        """The query with what the other steps add, which run side by side."""
        steps, text = self.layer.steps, query.text
        other: Language = "en" if self.language == "zh" else "zh"
        signs = self.signs
        tried: dict[str, tuple[bool, str, Callable[[str], tuple[str, ...]]]] = {
            "translate": (
                _runs(steps.translate, lambda: signs is not None and signs.foreign(text, other)),
                text,
                lambda reply: _one(checks.translated(reply, text)),
            ),
            "split": (
                _runs(steps.split, lambda: compound(text)),
                text,
                lambda reply: checks.reworded(reply, text, PARTS),
            ),
            "variants": (_runs(steps.variants), text, lambda reply: checks.reworded(reply, text, VARIANTS)),
            "keywords": (_runs(steps.keywords), text, lambda reply: _one(checks.listed(reply, text))),
            "imagine": (_runs(steps.imagine), text, lambda reply: _one(checks.imagined(reply, text))),
        }
        wanted = {name: (asked, check) for name, (wish, asked, check) in tried.items() if wish}
        found: dict[str, tuple[str, ...]] = {}
        if wanted:
            with ThreadPoolExecutor(len(wanted), "rewrite") as threads:
                running = {name: threads.submit(self._step, name, *each) for name, each in wanted.items()}
                found = {name: future.result() for name, future in running.items()}
        wordings = [each for name, replies in found.items() if name != "imagine" for each in replies]
        query = replace(query, wordings=tuple(dict.fromkeys(wordings)), imagined=found.get("imagine", ()))
        return Rewritten(text, query, tuple(self.done), tuple(dict.fromkeys(self.notices)))

    def _step(
        self, name: str, question: str, check: Callable[[str], tuple[str, ...]], lines: Sequence[str] = ()
    ) -> tuple[str, ...]:
        """Ask the model for a step; nothing where it failed, with a notice, or where its reply is of no use."""
        asker, began = self.layer.asker, time.perf_counter()
        if asker is None:
            if getattr(self.layer.steps, name) == "on" and self.layer.missing:
                self._tell(name, self.layer.missing)
            return ()
        tokens = PASSAGE_TOKENS if name == "imagine" else QUESTION_TOKENS
        try:
            reply = asker.ask(
                prompt(name, self.language), question, deadline=self.deadline, max_tokens=tokens, lines=lines
            )
        except NoReply as exc:
            self._tell(name, str(exc))
            self.done.append(Done(name, time.perf_counter() - began, note=str(exc)))
            return ()
        found = check(reply)
        note = "" if found else "the reply was of no use"
        if not found:
            log.info("step %s: the reply %r was not used", name, reply[:200])
        self.done.append(Done(name, time.perf_counter() - began, found, note))
        return found

    def _tell(self, step: str, reason: str) -> None:
        language = self.language
        self.notices.append(say("failed", language, step=say(step, language), reason=reason))


def _runs(switch: Switch, gate: Callable[[], bool] = lambda: True) -> bool:
    return switch == "on" or (switch == "auto" and gate())


def _one(found: str | None) -> tuple[str, ...]:
    return () if found is None else (found,)
