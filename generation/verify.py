"""Every sentence of an answer against the passages it cites.

The rules, in the order in which they are applied to a sentence:

1. A marker that names no passage is taken out and reported.
2. A sentence that says the documents do not say, or that only introduces a list, states no fact: UNCHECKED.
3. Its numbers, dates, quoted strings and names must occur in what it cites (all cited passages together), numbers near
   the sentence's own words; enough of its words must occur there (OVERLAP); and it must not deny what the best matching
   sentences say. Then it is SUPPORTED.
4. Cited passages that fail are taken out ("removed"). If another passage passes the whole check, that one is cited
   instead, and a reason says so. The same for a sentence without a marker.
5. What is left is UNSUPPORTED, with the reasons.

A sentence and a passage in different languages share no words, and names are translated. There, numbers, dates and
identifiers (GPT-4o) must still occur, other names and the wording are not demanded. Then a witness compares the meaning
(``generation.meaning``): it is SUPPORTED, with a reason that says so, or not; where the witness is in doubt the marker
stays. Without a witness the sentence is SUPPORTED only if at least one telling fact of it was found: not a bare digit,
and not what the question says itself. If it has none, nothing could be compared: the marker stays, the verdict is
UNSUPPORTED, and the reason says that it was not comparable, not that it is wrong.

Within a language this checks words, not meaning: a sentence made of the source's own words in a wrong relation passes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from generation.abstain import is_abstention
from generation.alignment import align
from generation.citations import Marked, parse, render
from generation.disagreement import VERBATIM
from generation.evidence import Evidence, best_window, prepare
from generation.meaning import Witness
from generation.sentences import split
from generation.support import OVERLAP, Claim, Finding, check, claim_of
from generation.terms import ASKING, content, coverage, facts
from generation.types import Citation, Sentence, Verdict
from retrieval.types import Passage
from store.language import written_in
from store.types import Span

Check = Callable[[Claim, Sequence[Evidence]], Finding]
"""``support.check`` with the witness that it may ask."""


@dataclass(frozen=True, slots=True)
class Checked:
    """An answer after the check: ``text`` is the sentences with the markers that survived, lines kept as lines."""

    text: str
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]


def verify(
    text: str, passages: Sequence[Passage], question: str = "", witness: Witness | None = None
) -> Checked:  # fmt: skip
    """Check an answer as the model wrote it.

    Args:
        text: the answer with its markers.
        question: what was asked; a terse sentence ("Ten days.") is read together with it.
        passages: the context; marker ``[n]`` is the passage whose ``number`` is n.
        witness: compares a sentence with a passage in another language; asked for nothing else.

    Returns:
        Text and sentences in order, and the citations in order of first appearance, one for each place that is quoted.
    """
    evidence = {passage.number: prepare(passage) for passage in passages}
    judge: Check = partial(check, witness=witness)
    sentences: list[Sentence] = []
    citations: dict[tuple[int, int, int], Citation] = {}
    written = ""
    for gap, marked in _marked(text, len(passages)):
        claim = claim_of(marked.text, question)
        sentence = _check_sentence(marked, claim, evidence, judge)
        sentences.append(sentence)
        written += gap + render(sentence.text, sentence.citations)
        for number in sentence.citations:
            meant = judge(claim, [evidence[number]]).meant if witness else None
            span = meant.span if meant else _smallest(claim, evidence[number])
            citation = _citation(evidence[number], span, sentence.verdict)
            citations.setdefault((number, citation.start, citation.end), citation)
    return Checked(written, tuple(sentences), tuple(citations.values()))


def _marked(text: str, passages: int) -> list[tuple[str, Marked]]:
    """The sentences with their markers, each with the gap before it ("" or a blank or a line break).

    A line of markers alone belongs to the sentence before it.
    """
    result: list[tuple[str, Marked]] = []
    end = 0
    for span in split(text):
        marked = parse(text[span.start : span.end], passages)
        gap = text[end : span.start]
        end = span.end
        if any(character.isalnum() for character in marked.text):
            result.append(("" if not result else "\n" if "\n" in gap else gap[:1], marked))
        elif result:
            before, last = result[-1]
            numbers = tuple(dict.fromkeys((*last.numbers, *marked.numbers)))
            result[-1] = (before, Marked(last.text, numbers, (*last.removed, *marked.removed)))
    return result


def _check_sentence(marked: Marked, claim: Claim, evidence: dict[int, Evidence], judge: Check) -> Sentence:
    text, numbers = marked.text, marked.numbers
    unknown = tuple(f"{marker} names no passage" for marker in marked.removed)
    if is_abstention(text) or _introduces(text):
        return Sentence(text, Verdict.UNCHECKED, (), marked.removed + _written(numbers), unknown)
    finding = (
        judge(claim, [evidence[n] for n in numbers]) if numbers else Finding(False, reasons=("it cites no passage",))
    )
    if finding.passed:
        kept = _contributing(claim, numbers, evidence, judge)
        removed = marked.removed + _written([n for n in numbers if n not in kept])
        return Sentence(text, Verdict.SUPPORTED, kept, removed, unknown + finding.reasons, finding.support)
    other = _other_passage(claim, numbers, evidence, judge)
    if other is not None:
        found = judge(claim, [evidence[other]])
        added = () if other in numbers else (f"[{other}] was added: the sentence is supported there",)
        reasons = (*unknown, *finding.reasons, *added, *found.reasons)
        removed = marked.removed + _written([n for n in numbers if n != other])
        return Sentence(text, Verdict.SUPPORTED, (other,), removed, reasons, found.support)
    kept = numbers if finding.open else ()
    removed = marked.removed + (() if finding.open else _written(numbers))
    return Sentence(text, Verdict.UNSUPPORTED, kept, removed, unknown + finding.reasons, finding.support)


def _contributing(
    claim: Claim, numbers: tuple[int, ...], evidence: dict[int, Evidence], judge: Check
) -> tuple[int, ...]:  # fmt: skip
    """Of several passages that support a sentence together, those without which something would be missing.

    A passage that supports the sentence alone stays; one that adds no fact and few words is dropped.
    """
    if len(numbers) == 1:
        return numbers
    kept = [n for n in numbers if judge(claim, [evidence[n]]).passed]
    for number in numbers:
        if number in kept:
            continue
        rest = [evidence[n] for n in numbers if n != number]
        if not judge(claim, rest).passed or coverage(claim.words, evidence[number].words) >= OVERLAP:
            kept.append(number)
    return tuple(n for n in numbers if n in kept) or numbers


def _other_passage(
    claim: Claim, tried: tuple[int, ...], evidence: dict[int, Evidence], judge: Check
) -> int | None:  # fmt: skip
    """The passage that supports the sentence best among those that it did not cite and that pass the whole check.

    One in another language may be among those it cited: beside a passage in its own language it was not compared.
    """
    foreign = {n for n, e in evidence.items() if len(tried) > 1 and e.language != written_in(claim.text)}
    untried = [n for n in evidence if n not in tried or n in foreign]
    passing = {n: found for n in untried if (found := judge(claim, [evidence[n]])).passed}
    return max(passing, key=lambda n: (_fit(claim, evidence[n], passing[n]), -n), default=None)


def _fit(claim: Claim, evidence: Evidence, found: Finding) -> float:
    return found.meant.probability if found.meant else coverage(claim.words, evidence.words)


def _citation(evidence: Evidence, span: Span, verdict: Verdict) -> Citation:
    passage, chunk = evidence.passage, evidence.passage.chunk
    return Citation(
        number=passage.number,
        chunk_id=chunk.id,
        document_id=chunk.document_id,
        title=passage.title,
        page=chunk.page,
        start=chunk.start + span.start,
        end=chunk.start + span.end,
        quote=chunk.text[span.start : span.end],
        verdict=verdict,
    )


def _smallest(claim: Claim, evidence: Evidence) -> Span:
    """The stretch that carries a claim: where it lies word for word, else the sentences that fit it best."""
    found = None if claim.terse else align(claim.text, claim.words, evidence)
    asked, new = content(claim.question) - ASKING, claim.facts.without(claim.asked)
    new = replace(new, quotes=(*new.quotes, claim.own))  # word for word is best
    window = best_window(content(claim.own) - asked, new, evidence, asked)
    if found is not None and found.share >= VERBATIM and found.span.end - found.span.start < window.end - window.start:
        return found.span
    return window


def _introduces(text: str) -> bool:
    """Whether a sentence only announces what follows ("The steps are:"): it ends in a colon and states no number."""
    return text.rstrip().endswith((":", "：")) and not facts(text).numbers


def _written(numbers: Sequence[int]) -> tuple[str, ...]:
    return tuple(f"[{number}]" for number in numbers)
