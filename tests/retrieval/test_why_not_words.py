"""How readers write: why-not understands Traditional characters, full-width forms, blanks and slips."""

from __future__ import annotations

import pytest

from models.fakes import HashEmbedder
from retrieval.search import Retriever
from retrieval.stages import Cut
from retrieval.verdict import WhyNot
from retrieval.wanted import Wanted
from retrieval.why_not import why_not

LEAVE = "满五年的员工每年享有十天带薪年假。"
ASKED = "满五年的员工有几天带薪年假？"
WIDE = Cut(budget=10_000)


class Alike(HashEmbedder):
    """Sees no difference between any two texts."""

    def embed_passages(self, texts):
        return super().embed_passages(["alike"] * len(texts))

    def embed_queries(self, texts):
        return self.embed_passages(texts)


def asked(library, wanted: Wanted | str, question: str = ASKED, cut: Cut = WIDE) -> WhyNot:
    retriever = Retriever(library.shelf, library.embedder, candidates=10)
    wanted = Wanted(wanted) if isinstance(wanted, str) else wanted
    return why_not(retriever, question, wanted, cut=cut)


def changed(found: WhyNot) -> list[dict[str, object]]:
    return [dict(remedy.changes) for remedy in found.remedies]


@pytest.mark.parametrize(
    "quote",
    ["滿五年的員工每年享有十天帶薪年假", "满五年", "满五年的 员工\n每年享有", "满五年的员工每年享十天的带薪年假"],
)
def test_words_are_found_in_traditional_characters_with_blanks_and_with_slips(library, quote: str) -> None:
    library.put("leave.txt", LEAVE, "出差按城市报销。")
    found = asked(library, Wanted("leave.txt", text=quote))
    assert (found.stage, found.taken.place) == (None, 1)
    assert found.chunk is not None
    assert found.chunk.text == LEAVE


def test_full_width_words_and_questions_are_the_same_words(library) -> None:
    library.put("gb.txt", "GB/T5972 规定了缆索的检查。", "其他内容。")
    found = asked(library, Wanted("gb.txt", text="ＧＢ／Ｔ５９７２　规定"), question="ＧＢ／Ｔ５９７２規定了什麼？")
    assert found.stage is None
    assert {"ＧＢ／Ｔ５９７２", "規定了"} <= {one.words for one in found.matched}


def test_a_question_with_a_slip_is_told_the_word_that_was_meant(library) -> None:
    library.embedder = Alike()
    for n in range(12):
        library.put(f"{n}.txt", f"Meeting room number {n} seats {n + 3} people on floor {n}.")
    library.put("/hr/leave.txt", LEAVE, "The vacation allowance is granted annually.")
    wanted = Wanted("leave.txt", text="vacation allowance is granted")
    lost = asked(library, wanted, question="Who gets a vaccation alowance?", cut=Cut(10_000, 3, 10))
    assert lost.stage is not None
    assert {one.word for one in lost.missing} >= {"vaccation", "alowance"}
    assert {"question": "Who gets a vacation allowance?"} in changed(lost)


def test_an_english_question_shows_the_words_not_the_stems(library) -> None:
    library.put("harbour.txt", "The harbours freeze in winters.", "Boats sail.")
    found = asked(library, "harbour.txt", question="Does a frozen harbour freeze every winter?")
    assert {"harbour", "freeze", "winter"} == {one.words for one in found.matched}
    assert {"frozen"} <= {one.word for one in found.missing}
