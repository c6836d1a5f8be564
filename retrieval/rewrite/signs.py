"""What the library says about a question before any model is asked: the gates of steps that depend on it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from retrieval.search import Retriever
from store.language import Language, language_of

FOREIGN_SHARE = 0.2  # of a library's chunks: what is in the other language has to be worth a translation
# Of the question's keyword mass: a best hit that matched more has found the words already. Below it lie 99 and 86 % of
# the questions of xquad_zh2en and xquad_en2zh, and of those whose answer is in their own language 0 to 1 % (mtrag,
# dureader, scifact, drcd_s, squad_zh), 16 % (stard) and 52 % (meddialog, as patients speak).
BLIND = 0.25
NEAREST = 10  # passages nearest to the question, and to what was said before it
# Of which so many more must be the same than chance makes the same in a small library: .044 of the .072 nDCG@10 to be
# won in a large one, and a change of subject loses .003.
AKIN = 2


class Signs(Protocol):
    """Looks at the library; a few milliseconds at most."""

    def foreign(self, question: str, other: Language) -> bool:
        """Whether enough of the library is in the ``other`` language, and the question's own words find little."""
        ...

    def akin(self, question: str, said: str) -> bool:
        """Whether what was said before is about the same thing as the question."""
        ...


@dataclass(frozen=True, slots=True)
class ShelfSigns:
    """The signs of a retriever's shelf."""

    retriever: Retriever

    def foreign(self, question: str, other: Language) -> bool:
        """Looks at the languages of the documents, then at what the keyword leg finds."""
        shelf = self.retriever.shelf
        counts = shelf.languages
        if counts.get(other, 0) < FOREIGN_SHARE * sum(counts.values()) or not counts.get(other):
            return False
        best, mass = shelf.search_keyword(question, 1), shelf.keyword_mass(question)
        return not best or mass <= 0 or best[0][1] < BLIND * mass

    def akin(self, question: str, said: str) -> bool:
        """Whether question and conversation, each searched by itself, are near to the same passages.

        Passages and not the cosine of the two: cosines of one embedder lie where those of another never are.
        """
        embedder, shelf = self.retriever.embedder, self.retriever.shelf
        texts = [question, said]
        near, told = (
            {key for key, _ in shelf.search_dense(shelf.asked(row, language_of(text)), NEAREST)}
            for row, text in zip(embedder.embed_queries(texts), texts, strict=True)
        )
        passages = sum(shelf.languages.values())
        by_chance = NEAREST * NEAREST // max(passages, NEAREST)
        return len(near & told) >= AKIN + by_chance
