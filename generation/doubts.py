"""What a reader is told beside an answer that is given: doubts, what is missing, sources that disagree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from generation.abstain import place
from generation.conflicts import conflicts
from generation.prompt import neutral
from generation.types import Verdict
from generation.wording import say

if TYPE_CHECKING:
    from generation.answerability import Answerability
    from generation.types import Sentence
    from retrieval.types import Context
    from store.language import Language


def doubts(
    language: Language, context: Context, sentences: Sequence[Sentence], judged: Answerability | None, abstain: float
) -> Iterator[str]:
    """Notices on an answer that is given: what was compared by meaning alone, a loose fit, what is missing, conflicts.

    Args:
        language: the answer's.
        context: its passages.
        sentences: its sentences, checked.
        judged: how likely the context answers the question, as far as words can judge.
        abstain: below this probability the fit is loose.
    """
    if any(sentence.by_meaning for sentence in sentences):
        yield say("across", language)
        judged = None  # words did not read the passage that the answer is from
    if judged is not None and judged.probability < abstain:
        yield say("doubtful", language)
    if judged is not None and judged.missing:
        words = ("、" if language == "zh" else ", ").join(f"“{word}”" for word in judged.missing[:3])
        yield say("partly", language, words=words)
    said = [(s.text, s.citations[0]) for s in sentences if s.citations and s.verdict is Verdict.SUPPORTED]
    passages = {passage.number: passage for passage in context.passages}
    for one in conflicts(said, context.passages):
        places = (place(passages[number], language) for number in (one.number, one.other))
        values = {"number": one.number, "said": one.said, "other": one.other, "instead": neutral(one.instead)}
        yield say("conflict", language, place=next(places), other_place=next(places), **values)
