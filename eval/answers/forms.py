"""One line of a file of questions → its cases. The keys tell its form.

``label`` with ``text``   a prompt whose harm was judged (harm.*.jsonl): harmful, offensive, safe, sensitive
``query``                 an item of a test set (rag.*.jsonl): answers, passages, evidence, answerability
``question``              an own question whose answer stands in a library: answers, answerable, gold spans
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from eval.answers.types import AnswerCase, Expect, Reading
from eval.errors import EvalInputError
from generation.abstain import is_abstention
from generation.sentences import texts
from store.language import language_of


def cases_of(item: dict[str, Any], place: str, collection: str) -> tuple[AnswerCase, ...]:
    """The cases of one line; ``place`` names it in errors, ``collection`` is the set it belongs to.

    An item with falsified passages becomes ``#counterfactual``, one of the task "noise+rejection" becomes ``#noise``
    and ``#rejection`` (Chen et al. 2024, arXiv:2309.01431, section 3); any other stays one case.

    Raises:
        EvalInputError: the line is no question, or a field has another form than expected.
    """
    if "label" in item and "text" in item:
        return (_harm(item, place, collection),)
    if "query" in item:
        return _rag(item, place, collection)
    if "question" in item:
        return (_own(item, place, collection),)
    if "_id" in item and "text" in item:
        raise EvalInputError(f"{place}: this is BEIR form (corpus or queries); use `eval retrieval` with its folder")
    raise EvalInputError(f"{place}: no question: a line needs `query`, `question`, or `text` with `label`")


def _base(item: dict[str, Any], key: str, place: str, collection: str) -> AnswerCase:
    """Id, question, language and history, checked."""
    question = _text(item.get(key), f"{place}: `{key}`")
    if not any(character.isalnum() for character in question):
        raise EvalInputError(f"{place}: `{key}` is empty: write the question")
    name = item.get("_id", item.get("id"))
    if not isinstance(name, str | int) or str(name) == "":
        raise EvalInputError(f"{place}: no `_id` (or `id`): every question needs one")
    language = item.get("lang", item.get("language")) or language_of(question)
    if language not in ("zh", "en"):
        raise EvalInputError(f"{place}: the language {language!r} is neither zh nor en")
    return AnswerCase(
        id=f"{collection}/{name}",
        collection=collection,
        task=str(item.get("task") or collection),
        language=language,
        question=question,
        expect=Expect.ANSWER,
        history=_texts(item.get("history", []), f"{place}: `history`"),
    )


_LABELS = {
    "harmful": Expect.WITHHOLD,
    "offensive": Expect.WITHHOLD,
    "safe": Expect.SERVE,
    "sensitive": Expect.UNSCORED,
}


def _harm(item: dict[str, Any], place: str, collection: str) -> AnswerCase:
    if item["label"] not in _LABELS:
        raise EvalInputError(f"{place}: the label {item['label']!r} is none of {', '.join(_LABELS)}")
    base = _base(item, "text", place, collection)
    kind = str(item.get("kind") or "prompt")
    return replace(base, task=f"{item['label']} {kind}", expect=_LABELS[item["label"]], given=False, kind=kind)


def _own(item: dict[str, Any], place: str, collection: str) -> AnswerCase:
    base = _base(item, "question", place, collection)
    facts = _facts(item.get("answers", []), f"{place}: `answers`")
    gold = item.get("gold", [])
    if not isinstance(gold, list) or not all(isinstance(span, dict) for span in gold):
        raise EvalInputError(f"{place}: `gold` must be a list of objects with file and quote")
    quotes = tuple(_text(span.get("quote"), f"{place}: `gold.quote`") for span in gold if span.get("quote"))
    answerable = item.get("answerable", True)  # nothing is known of a question without labels, least of all this
    if answerable and not facts:
        # A case that came from feedback has its gold sentences and no answer of its own: what they say is accepted.
        facts = (quotes,) if quotes else ()
    if answerable and not facts:
        raise EvalInputError(
            f'{place}: there are neither `answers` nor gold quotes: write one, or "answerable": false where the '
            f"documents do not say it"
        )
    return replace(
        base,
        expect=Expect.ANSWER if answerable else Expect.ABSTAIN,
        facts=facts,
        given=False,
        gold=(_units(quotes),) if quotes else (),
        documents=tuple(str(span["file"]) for span in gold if span.get("file")),
    )


_ANSWERABILITY = {
    "ANSWERABLE": Expect.ANSWER,
    "PARTIAL": Expect.PARTIAL,
    "UNANSWERABLE": Expect.ABSTAIN,
    "UNDERSPECIFIED": Expect.ASK_BACK,
}


def _rag(item: dict[str, Any], place: str, collection: str) -> tuple[AnswerCase, ...]:
    facts = _facts(item.get("answers", []), f"{place}: `answers`")
    positive = _groups(item.get("positive", []), f"{place}: `positive`")
    evidence = _texts(item.get("evidence", []), f"{place}: `evidence`")
    base = replace(
        _base(item, "query", place, collection),
        expect=_expect(item, facts, place),
        facts=facts,
        given="positive" in item or "negative" in item,
        positive=positive,
        negative=_texts(item.get("negative", []), f"{place}: `negative`"),
        documents=_texts(item.get("doc_ids", []), f"{place}: `doc_ids`"),
        keypoints=tuple(
            re.sub(r"^\d+[.、)]\s*", "", k) for k in _texts(item.get("keypoints", []), f"{place}: `keypoints`")
        ),
    )
    base = replace(base, gold=_gold(base, evidence))
    if "positive_wrong" in item:
        wrong = _texts(item["positive_wrong"], f"{place}: `positive_wrong`")
        fake = tuple(
            one for fact in _facts(_listed(item.get("fake_answer", [])), f"{place}: `fake_answer`") for one in fact
        )
        test = replace(base, id=f"{base.id}#counterfactual", expect=Expect.CORRECT, fake=fake, gold=())
        return (replace(test, positive=tuple((text,) for text in wrong)),)
    if base.task == "noise+rejection":
        refusal = replace(base, id=f"{base.id}#rejection", task="rejection", expect=Expect.ABSTAIN)
        return (replace(base, id=f"{base.id}#noise", task="noise"), replace(refusal, positive=(), gold=()))
    return (base,)


_NO_ANSWER = re.compile(r"(?:cannot|can not|can['’]t|unable to|无法|不能|無法)\s*(?:answer|回答)\W*", re.IGNORECASE)
"""References that say there is no answer, in words no product would choose."""


def _expect(item: Mapping[str, Any], facts: tuple[tuple[str, ...], ...], place: str) -> Expect:
    stated = item.get("answerability")
    if stated is not None:
        if str(stated).upper() not in _ANSWERABILITY:
            raise EvalInputError(f"{place}: the answerability {stated!r} is none of {', '.join(_ANSWERABILITY)}")
        return _ANSWERABILITY[str(stated).upper()]
    spellings = [spelling for fact in facts for spelling in fact]
    unanswerable = all(is_abstention(one) or _NO_ANSWER.fullmatch(one) for one in spellings)  # also without any
    return Expect.ABSTAIN if unanswerable else Expect.ANSWER


def _gold(case: AnswerCase, evidence: tuple[str, ...]) -> tuple[Reading, ...]:
    """The evidence as readings.

    Sentences marked for the task "evidence" (ExpMRC) are each one annotator's whole reading; elsewhere they belong
    together. Without marked sentences the positive passages are the evidence: all of them, or of "noise+rejection",
    where each holds the answer alone, any.
    """
    if case.expect not in (Expect.ANSWER, Expect.PARTIAL):
        return ()
    if evidence:
        return tuple(_units((text,)) for text in evidence) if case.task == "evidence" else (_units(evidence),)
    if case.task == "noise+rejection":
        return ((tuple(text for group in case.positive for text in group),),)
    return (case.positive,) if case.positive else ()


def _units(written: Sequence[str]) -> Reading:
    return tuple((sentence,) for text in written for sentence in texts(text))


def _facts(value: Any, where: str) -> tuple[tuple[str, ...], ...]:
    """A list of facts with spellings as it is; a flat list is one fact with its spellings."""
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        value = [value] if value else []
    return _groups(value, where)


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _groups(value: Any, where: str) -> tuple[tuple[str, ...], ...]:
    if not isinstance(value, list):
        raise EvalInputError(f"{where} must be a list of lists of texts")
    groups = tuple(_texts(_listed(one), where) for one in value)
    return tuple(group for group in groups if group)


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise EvalInputError(f"{where} must be a list of texts")
    return tuple(text for one in value if (text := _text(one, where)))


def _text(value: Any, where: str) -> str:
    """A text with its blanks in order: no tabs, no carriage returns, no runs; lines stay lines."""
    if not isinstance(value, str):
        raise EvalInputError(f"{where} must be text, this is {type(value).__name__}")
    value = value.encode("utf-8", "replace").decode()
    lines = (" ".join(line.split()) for line in re.split(r"[\r\n]+", value))
    return "\n".join(line for line in lines if line)
