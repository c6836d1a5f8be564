"""One sentence against the passages that it cites: are its facts and its words there, and does it deny them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp

from generation.alignment import Alignment, align
from generation.disagreement import disagreement
from generation.evidence import Evidence, best_window, near_number, near_words
from generation.meaning import ENOUGH, OPEN, Likeness, Witness
from generation.negation import contradicts, denied_across
from generation.quantities import Date, Number, has_date, has_number, is_code
from generation.terms import ANSWERING, ASKING, Facts, content, coverage, facts, squeeze
from generation.types import BY_MEANING
from store.analyzer import analyze, fold, is_han
from store.language import written_in

OVERLAP = 0.45
"""Share of a sentence's content words that its passages must have.

Swept over 400 statements made from questions and answers (ExpMRC development set), each against its own passage and a
neighbouring one: at 0.45 the bar alone refuses 3% of the true Chinese and 6% of the true English statements and lets
0.5% and 6% of the foreign ones through (0.35: 0.5%/2% and 1%/17%; 0.55: 8%/13% and 0.5%/3%).
"""

NEAR = 0.5
"""How well the place of a number must fit the sentence, against the best place of the passage (``near_number``).

At 0.2 half of the numbers taken from elsewhere in the same passage slipped through, at 0.5 a fifth to a quarter
(verbatim sentences), for 1 to 2 percent more false alarms.
"""

TERSE = 3
"""A sentence with fewer content words ("No.", "Ten days.") says something only together with the question.

Its words are then the question's and its own, and OVERLAP_TERSE of them must be there: a question uses other words than
its answer.
"""

OVERLAP_TERSE = 0.3
OVERLAP_TERSE_FACT = 0.15
"""... or OVERLAP_TERSE_FACT where it states a number or a name, which is compared anyway.

Both were set on 22 own cases, not swept."""

SUPPORT = (-0.34, 2.98, -6.29)
"""Constant and weights of the share of words in order and of an objection, for ``probability``.

Fitted on the tuning half of planted errors and their twins: python -m bench.verification DATA --fit.
"""

BRIEF = 4
"""A sentence that adds fewer words than this to its question is checked for those: ADDED of them must be there, and
NEAR_ADDED is how well the question must fit their place, against the best place of the passage (``near_words``).

What the question says itself supports nothing. Of the right answers of ExpMRC, of those of other questions about the
passage, and of some that it does not have, .96, .72 and .02 pass in English (before .98, .95 and .42), .99, .85 and .01
in Chinese (.99, .97 and .09): python -m bench.citing.
"""

ADDED = 0.33
NEAR_ADDED = 0.6
DENYING = "不没無无未否"
"""Words with one of these deny what was asked, where it was whether; ``contradicts`` compares them."""

WHICH = re.compile(r"什么|哪|谁|怎|多少|几|何|\b(?:wh(?:at|ich|o|om|ose|en|ere|y)|how)\b", re.IGNORECASE)
"""A question for something; any other asks whether."""

BARE = 4
OVERLAP_BARE = 0.3
"""Share of its words besides names that must be there, from BARE such words on: names alone support nothing."""

_LIST_NUMBER = re.compile(r"^\s*(?:\d{1,3}[.)、．]|[-*•·]|[(（]\d{1,3}[)）])\s*")


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one sentence against some passages: ``open`` where nothing could be compared.

    ``meant`` is what a witness of another language said, None where words decided.
    """

    passed: bool
    open: bool = False
    reasons: tuple[str, ...] = ()
    support: float = 0.0
    meant: Likeness | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence without markers, its content words and its facts, and the ``question`` it answers.

    ``text`` and ``words`` of a terse one are those of the question too; ``own`` is the sentence alone, ``added`` are
    its words that the question does not have.
    """

    text: str
    words: frozenset[str]
    facts: Facts
    demanded: float
    asked: Facts
    own: str
    added: frozenset[str]
    terse: bool = False
    question: str = ""


def claim_of(sentence: str, question: str = "") -> Claim:
    """Read a sentence for the check; a terse one is read together with the question it answers."""
    sentence = _LIST_NUMBER.sub("", sentence)
    words, found, asked = content(sentence), facts(sentence), facts(question)
    new = words - content(question) - ANSWERING
    added = frozenset(word for word in new if WHICH.search(question) or not any(c in DENYING for c in word))
    if len(added) >= TERSE or not question:
        return Claim(sentence, words, found, OVERLAP, asked, sentence, added, question=question)
    demanded = OVERLAP_TERSE_FACT if found.numbers or found.dates or found.names else OVERLAP_TERSE
    terse = len(words) < TERSE
    text = f"{question} {sentence}" if terse else sentence
    words |= content(question) - ASKING
    return Claim(text, words, found, demanded, asked, sentence, added, terse=terse, question=question)


def probability(share: float, *, objected: bool) -> float:
    """How likely the passages support a sentence, 0 to 1: a logistic with three numbers.

    Args:
        share: share of its words that one stretch of them has in the same order.
        objected: whether the check found something against it.
    """
    constant, of_order, of_objection = SUPPORT
    return 1 / (1 + exp(-(constant + of_order * share + of_objection * objected)))


def check(claim: Claim, cited: Sequence[Evidence], witness: Witness | None = None) -> Finding:
    """A sentence without markers against the passages it cites, taken together; the rules are in ``verify``.

    ``witness`` is asked where all of them are in another language and share too few words with the sentence.
    """
    same = [evidence for evidence in cited if evidence.language == written_in(claim.text)]
    covered = coverage(claim.words, frozenset().union(*(evidence.words for evidence in cited)))
    if witness is not None and not same and covered < claim.demanded:
        told = _witnessed(claim, cited, witness)
        if told is not None:
            return told if told.meant else replace(told, support=probability(covered, objected=True))
    beside = [(found, e) for e in same if not claim.terse and (found := align(claim.text, claim.words, e)) is not None]
    closest = max(beside, key=lambda one: one[0].share) if beside else None
    finding = _judged(claim, cited, same, covered, closest)
    share = closest[0].share if closest else covered
    return replace(finding, support=probability(share, objected=not finding.passed))


def _judged(
    claim: Claim,
    cited: Sequence[Evidence],
    same: list[Evidence],
    covered: float,
    closest: tuple[Alignment, Evidence] | None,
) -> Finding:
    label = "".join(f"[{evidence.passage.number}]" for evidence in cited)
    foreign = not same and covered < claim.demanded
    missing, telling = _facts(claim, cited, foreign)
    if missing:
        return Finding(False, reasons=tuple(f"{what} is not in {label}" for what in missing))
    if foreign:
        reason = f"{label} is in another language and the sentence has nothing telling to compare"
        return Finding(True) if telling else Finding(False, open=True, reasons=(reason,))
    there = frozenset().union(*(evidence.words for evidence in cited))
    brief = bool(claim.question) and 0 < len(claim.added) < BRIEF
    new = claim.facts.without(claim.asked)  # found above, their units too, which the passage may write otherwise
    if brief and not (new.numbers or new.dates or new.names) and (told := coverage(claim.added, there)) < ADDED:
        return Finding(False, reasons=(f"only {told:.0%} of what it adds to the question is in {label}",))
    asked = content(claim.question) - ASKING
    placed = [near_words(claim.added, asked, evidence) for evidence in cited if claim.added & evidence.words]
    if brief and placed and max(placed) < NEAR_ADDED:
        return Finding(False, reasons=(f"{label} says it of something else than the question asks",))
    bare = claim.words.difference(*(content(name) for name in claim.facts.names))
    told = coverage(bare, there)
    if covered < claim.demanded or (claim.demanded >= OVERLAP and len(bare) >= BARE and told < OVERLAP_BARE):
        return Finding(False, reasons=(f"only {min(covered, told):.0%} of its words are in {label}",))
    if closest is not None:
        found, evidence = closest
        objection = disagreement(found, evidence.squeezed)
        if objection is not None:
            return Finding(False, reasons=(f"[{evidence.passage.number}] {objection}",))
    for evidence in same:
        window = best_window(claim.words, claim.facts, evidence)
        denied = contradicts(claim.text, evidence.passage.chunk.text[window.start : window.end])
        if denied is not None:
            return Finding(False, reasons=(f"{label} says the opposite about “{denied}”",))
    return Finding(True)


def _witnessed(claim: Claim, cited: Sequence[Evidence], witness: Witness) -> Finding | None:
    """What words can tell in any language, then what the witness says; None where it has nothing to compare."""
    label = "".join(f"[{evidence.passage.number}]" for evidence in cited)
    missing, _ = _facts(claim, cited, foreign=True)
    missing += _latin_names(claim, cited)
    if missing:
        return Finding(False, reasons=tuple(f"{what} is not in {label}" for what in dict.fromkeys(missing)))
    heard = [(found, e) for e in cited if (found := witness(claim.text, claim.question, e)) is not None]
    if not heard:
        return None
    meant, evidence = max(heard, key=lambda one: one[0].probability)
    reasons: tuple[str, ...]
    denied = denied_across(claim.text, evidence.passage.chunk.text[meant.span.start : meant.span.end])
    if denied is not None:
        reasons = (f"{label} says the opposite about “{denied}”",)
        return Finding(False, reasons=reasons, support=meant.probability / 2, meant=meant)
    astray = _astray(claim, meant, evidence)
    if astray:
        reasons = tuple(f"{what} is not in the sentence of {label} that comes nearest" for what in astray)
        return Finding(
            False, open=meant.probability >= OPEN, reasons=reasons, support=meant.probability / 2, meant=meant
        )
    if meant.probability >= ENOUGH:
        reasons = (f"[{evidence.passage.number}] {BY_MEANING}",)
        return Finding(True, reasons=reasons, support=meant.probability, meant=meant)
    maybe = meant.probability >= OPEN
    reason = f"{label} is in another language and may not say it" if maybe else f"{label} does not seem to say it"
    return Finding(False, open=maybe, reasons=(reason,), support=meant.probability, meant=meant)


def _astray(claim: Claim, meant: Likeness, evidence: Evidence) -> list[str]:
    """Numbers and dates, but those of the question, that stand elsewhere in the passage than what it says alike."""
    line = next((line for line in evidence.lines if line.span == meant.span), None)
    if line is None:
        return []
    numbers = [n for n in claim.facts.numbers - claim.asked.numbers if not has_number(n, line.stated)]
    dates = [date for date in claim.facts.dates - claim.asked.dates if not has_date(date, line.stated)]
    return sorted(
        [*(f"the number {number.shown}" for number in numbers), *(f"the date {date.shown}" for date in dates)]
    )


def _latin_names(claim: Claim, cited: Sequence[Evidence]) -> list[str]:
    """Latin names of a Chinese sentence that no English passage has: there they are not translated.

    Of 1,258 Chinese sentences of XQuAD this flags 8 that are translations of the passage.
    """
    if written_in(claim.text) != "zh":
        return []
    new = [name for name in claim.facts.names if name.isascii() and name not in claim.asked.names]
    return [f"the name {name}" for name in new if not any(_has_name(name, evidence) for evidence in cited)]


def _facts(claim: Claim, cited: Sequence[Evidence], foreign: bool) -> tuple[list[str], int]:
    """What is missing, in words, and how many of the facts that were found tell something across languages.

    A bare small number stands in every table, and what the question itself says is no answer to it: neither tells.
    """
    missing: list[str] = []
    telling = 0
    stated: tuple[Number | Date, ...] = (*claim.facts.numbers, *claim.facts.dates)
    for fact in stated:
        near = [place for e in cited if (place := near_number(fact, claim.words, e, claim.asked)) is not None]
        if near and (foreign or max(near) >= NEAR):
            telling += _tells(fact) and fact not in (*claim.asked.numbers, *claim.asked.dates)
        else:
            missing.append(f"{'the number' if isinstance(fact, Number) else 'the date'} {fact.shown}")
    for quote in claim.facts.quotes:
        if any(squeeze(quote) in e.squeezed for e in cited):
            telling += quote not in claim.asked.quotes
        elif not foreign:
            missing.append(f"the quoted “{quote}”")
    for name in claim.facts.names:
        if any(_has_name(name, e) for e in cited):
            telling += name not in claim.asked.names
        elif not foreign or is_code(fold(name)):
            missing.append(f"the name {name}")
    return missing, telling


def _tells(fact: Number | Date) -> bool:
    return isinstance(fact, Date) or bool(fact.unit) or len(fact.value) > 1


def _has_name(name: str, evidence: Evidence) -> bool:
    squeezed = squeeze(name)
    if is_han(name):
        # The segmenter's borders slip by a character ("下乙二醛"): most of the name's bigrams are enough, from three
        # on.
        pairs = [squeezed[i : i + 2] for i in range(len(squeezed) - 1)]
        return sum(pair in evidence.squeezed for pair in pairs) >= max(1, 0.5 * len(pairs))
    terms = analyze(name)
    if terms and terms[0] in evidence.words:
        return True
    return (is_code(fold(name)) or len(squeezed) > 3) and squeezed in evidence.squeezed
