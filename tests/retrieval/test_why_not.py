"""The planted causes of ``tests/eval/test_attribution.py``, asked one by one: why-not names each stage."""

from __future__ import annotations

import numpy as np
import pytest

from ingest.chunkers import chunker
from models.fakes import BlindEmbedder
from retrieval.context import OVERHEAD
from retrieval.search import Retriever
from retrieval.stages import Cut, Stage
from retrieval.verdict import LeftOut, WhyNot
from retrieval.wanted import PageMissing, Trouble, Wanted
from retrieval.why_not import why_not
from store.errors import AmbiguousDocument
from store.filters import Filters
from store.shelf import Shelf

LEAVE = "满五年的员工每年享有十天带薪年假。"
ROOMS = tuple(f"第{n}号会议室在{n % 7}楼，可以容纳{3 * n}个人开会。" for n in range(1, 21))
ASKED = "满五年的员工有几天带薪年假？"
WIDE = Cut(budget=10_000)


class Contrary:
    """A reranker that puts the passage about leave last, and counts what it reads."""

    name = "contrary"

    def __init__(self, sign: float = 1.0) -> None:
        self.sign, self.read = sign, 0

    def score(self, question, texts):
        self.read += len(texts)
        return [0.0 if LEAVE in text else self.sign * (1.0 + int(text[1:].split("号")[0])) for text in texts]


@pytest.fixture
def blind(library):
    """Twenty passages about rooms and one about leave, which the dense leg never finds."""
    library.embedder = BlindEmbedder(LEAVE)
    for n, room in enumerate(ROOMS):
        library.put(f"/会议/room-{n}.txt", room)
    library.put("/人事/leave.txt", LEAVE)
    return library


def asked(library, wanted: Wanted | str, question: str = ASKED, cut: Cut = WIDE, spare=None, **options) -> WhyNot:
    filters = options.pop("filters", Filters())
    retriever = Retriever(library.shelf, library.embedder, **{"candidates": 10, **options})
    wanted = Wanted(wanted) if isinstance(wanted, str) else wanted
    return why_not(retriever, question, wanted, cut=cut, spare=spare, filters=filters)


def changed(found: WhyNot) -> list[dict[str, object]]:
    return [dict(remedy.changes) for remedy in found.remedies]


# Not in the library


def test_a_page_that_was_not_parsed_is_told_with_what_stands_nearest(runs) -> None:
    runs.write("handbook.txt", "# 手册\n\n满五年的员工每年可以出差。")
    runs.write("other.txt", "另一份文件。\n\n" + LEAVE)
    runs.run()
    found = asked(runs.library, Wanted("handbook.txt", text=LEAVE))
    assert (found.stage, found.located.trouble) == (Stage.PARSING, Trouble.ABSENT)
    near = found.located.near
    assert near is not None
    document = found.located.document
    assert document is not None
    assert "满五年的员工每年" in document.text[near.span.start : near.span.end]
    assert near.likeness < 80
    assert [path.rsplit("/", 1)[-1] for path in found.elsewhere] == ["other.txt"]


def test_a_file_that_could_not_be_read_is_told_with_the_recorded_reason(runs) -> None:
    runs.write("refused.txt", "!an unreadable file")
    runs.write("read.txt", LEAVE)
    runs.run()
    found = asked(runs.library, "refused.txt")
    assert (found.stage, found.located.trouble) == (Stage.PARSING, Trouble.FAILED)
    assert "the text says so" in found.located.failures[0].reason


def test_a_document_that_is_not_there_is_told_with_the_names_that_come_near(library) -> None:
    library.put("/人事/员工手册.txt", LEAVE)
    found = asked(library, "员工手册2.txt")
    assert (found.stage, found.located.trouble, found.located.others) == (
        Stage.PARSING,
        Trouble.UNKNOWN,
        ("员工手册.txt",),
    )


def test_a_name_of_two_documents_is_an_error_that_names_both(library) -> None:
    library.put("/人事/手册.txt", LEAVE)
    library.put("/财务/手册.txt", "报销在三十日内办理。")
    with pytest.raises(AmbiguousDocument, match=r"2 documents: /人事/手册\.txt, /财务/手册\.txt; give the full path"):
        asked(library, "手册.txt")
    assert asked(library, "/人事/手册.txt").taken.place == 1


def test_a_page_of_a_document_without_pages_is_an_error(library) -> None:
    library.put("leave.txt", LEAVE)
    with pytest.raises(PageMissing, match=r"page 3: .* has none"):
        asked(library, Wanted("leave.txt", page=3))


# Split


def test_a_chunk_split_in_two_shows_where_and_what_became_of_the_pieces(runs) -> None:
    """Chunks of about 32 characters: the sentence of 17 begins at 24, the first chunk ends at 31, the next is at 27."""
    before = "出差住宿的标准由各部门的主管按城市的类别另行规定"
    runs.write("handbook.txt", before + LEAVE + "加班费按月结算。" * 4)
    runs.run(chunker=chunker("fixed", 32))
    wanted = Wanted("handbook.txt", text=LEAVE)
    found = asked(runs.library, wanted, cut=Cut(budget=1))
    assert (found.stage, found.located.trouble) == (Stage.CHUNKING, Trouble.SPLIT)
    assert [(piece.chunk.start, piece.chunk.end) for piece in found.pieces] == [(0, 31), (27, 61)]
    assert sorted(str(piece.stage) for piece in found.pieces) == ["None", "context"]
    # Both halves in the context are as good as a whole: their tokens, and what stands around each in the prompt.
    (tokens,) = [remedy["context_tokens"] for remedy in changed(found) if "context_tokens" in remedy]
    assert tokens == sum(piece.chunk.tokens for piece in found.pieces) + 2 * OVERHEAD
    together = asked(runs.library, wanted)
    assert (together.stage, together.taken.place) == (None, 2)


# Lost in the search


def test_what_only_the_keyword_leg_could_find_is_told_with_its_exact_dense_rank_and_the_words_it_lacks(blind) -> None:
    found = asked(blind, "leave.txt")
    assert (found.stage, found.taken.place) == (None, 1)
    lost = asked(blind, "leave.txt", question="干久了能歇多长时间？", cut=Cut(10_000, 8, 10))
    assert lost.stage is Stage.RECALL
    dense, keyword, *_ = lost.stages
    assert (dense.name, dense.rank, dense.ranked, dense.cut) == ("dense", 21, 21, 10)
    assert dense.at_cut is not None
    assert dense.score is not None
    assert dense.score < dense.at_cut
    assert (keyword.rank, lost.matched) == (0, ())
    assert {one.word: one.passages for one in lost.missing if one.word in ("歇", "能")} == {"歇": 0, "能": 0}
    words = next(remedy for remedy in lost.remedies if "question" in remedy.changes)
    assert str(words.changes["question"]).startswith("干久了能歇多长时间？ ")
    again = asked(blind, "leave.txt", question=str(words.changes["question"]), cut=Cut(10_000, 8, 10))
    assert (again.stage, again.taken.place) == (None, words.place)


def test_a_wrong_fusion_weight_is_told_with_the_nearest_weight_that_saves_it(blind) -> None:
    lost = asked(blind, "leave.txt", dense_weight=1.0)
    assert lost.stage is Stage.FUSION
    ranks = {one.name: one.rank for one in lost.stages}
    assert (ranks["keyword"], ranks["dense"]) == (1, 21)
    assert ranks["fused"] > 8
    (remedy,) = [remedy for remedy in lost.remedies if "dense_weight" in remedy.changes]
    weight = float(remedy.changes["dense_weight"])  # type: ignore[arg-type]
    assert asked(blind, "leave.txt", dense_weight=weight).taken.place == remedy.place
    assert asked(blind, "leave.txt", dense_weight=round(weight + 0.1, 1)).taken.place == 0


def test_a_reranker_that_puts_it_low_is_told_and_reads_every_passage_once(blind) -> None:
    contrary = Contrary()
    lost = asked(blind, "leave.txt", dense_weight=0.2, reranker=contrary, rerank_weight=1.0)
    assert lost.stage is Stage.RERANK
    ranks = {one.name: one.rank for one in lost.stages}
    assert ranks["fused"] == 1
    assert ranks["rerank"] > 8
    assert {"reranker": "none"} in changed(lost)
    assert any("rerank_weight" in remedy for remedy in changed(lost))
    assert contrary.read == 21


def test_a_reranker_that_is_not_set_is_tried(blind) -> None:
    lost = asked(blind, "leave.txt", dense_weight=1.0, spare=Contrary(sign=-1.0), rerank_weight=1.0)
    assert {"reranker": "contrary"} in changed(lost)


def test_a_context_that_was_cut_is_told_with_the_smallest_budget_that_holds_it(library) -> None:
    """The better passage takes 14 + 24 of 60 tokens, the right one would take 17 + 24 more: 79 hold both."""
    library.put("question.txt", ASKED)
    library.put("leave.txt", LEAVE)
    lost = asked(library, "leave.txt", cut=Cut(budget=60))
    assert (lost.stage, lost.taken.left_out, lost.taken.passages) == (Stage.CONTEXT, LeftOut.BUDGET, 1)
    tokens = len(ASKED) + len(LEAVE) + 2 * OVERHEAD
    assert {"context_tokens": tokens} in changed(lost)
    assert asked(library, "leave.txt", cut=Cut(budget=tokens)).taken.place == 2


def test_a_passage_below_the_most_that_a_context_holds_is_told_with_how_many_it_would_take(blind) -> None:
    room = Wanted("room-4.txt")
    lost = asked(blind, room, question="会议室", cut=Cut(10_000, 1, 100))
    assert lost.stage is Stage.RANKING
    (remedy,) = [remedy for remedy in lost.remedies if "passages" in remedy.changes]
    most = int(remedy.changes["passages"])
    assert asked(blind, room, question="会议室", cut=Cut(10_000, most, 100)).taken.place == remedy.place == most
    assert asked(blind, room, question="会议室", cut=Cut(10_000, most - 1, 100)).taken.place == 0


def test_a_copy_that_took_the_place_is_named(library) -> None:
    library.put("/甲/copy.txt", LEAVE, "另一段。")
    library.put("/乙/leave.txt", LEAVE)
    places = (Wanted(name, text=LEAVE) for name in ("copy.txt", "leave.txt"))
    (lost,) = [found for found in (asked(library, place) for place in places) if found.stage]
    assert (lost.stage, lost.taken.left_out) == (Stage.CONTEXT, LeftOut.COPY)
    assert lost.taken.by is not None
    assert lost.taken.by.chunk.text == LEAVE
    assert lost.remedies == ()  # its text is there: to bring in this copy for that one saves nothing


def test_a_passage_in_the_other_language_that_took_the_place_is_named(runs) -> None:
    for n, more in enumerate(("春节前一周不可以申请", "由部门主管批准以后生效", "未休的天数按工资折算")):
        runs.write(f"{n}.txt", f"满五年的员工每年享有十天带薪年假，{more}。")
    runs.write("leave.txt", "Employees of five years get ten days of paid leave.")
    runs.run()
    # Half of the question's words, so that the words alone do not say that the answer is in its own language.
    found = [asked(runs.library, f"{n}.txt", "满五年可以怎样？", cut=Cut(10_000, 3, 100)) for n in range(3)]
    (lost,) = [one for one in found if one.stage]
    assert (lost.stage, lost.taken.left_out) == (Stage.CONTEXT, LeftOut.LANGUAGE)
    assert lost.taken.by is not None
    assert lost.taken.by.path.endswith("leave.txt")
    assert {"passages": 4} in changed(lost)


def test_a_filter_that_shut_it_out_is_named(blind) -> None:
    lost = asked(blind, "leave.txt", filters=Filters(folders=("/会议",)))
    assert lost.stage is Stage.FILTER
    assert changed(lost) == [{"filters": "folders"}]


# The passage was there: what comes after is the model's


def test_a_passage_in_the_context_is_said_to_be_there_with_its_place(library) -> None:
    """What a model ignores, or cites under another number, was not lost by the search."""
    library.put("leave.txt", LEAVE)
    library.put("twice.txt", "按人事制度，满五年的员工每年享有十天带薪年假，新员工为五天。")
    library.put("travel.txt", "满三年的员工出差可以乘坐高铁一等座。")
    found = {name: asked(library, name) for name in ("leave.txt", "twice.txt", "travel.txt")}
    assert {one.stage for one in found.values()} == {None}
    assert sorted(one.taken.place for one in found.values()) == [1, 2, 3]
    assert all(not one.remedies for one in found.values())


def test_an_index_that_is_not_exhaustive_still_gives_the_exact_rank(blind, monkeypatch) -> None:
    full = asked(blind, "leave.txt", question="干久了能歇多长时间？", cut=Cut(10_000, 8, 10))
    search = type(blind.shelf).searches_dense
    monkeypatch.setattr(type(blind.shelf), "searches_dense", lambda *asked: [hits[:10] for hits in search(*asked)])
    part = asked(blind, "leave.txt", question="干久了能歇多长时间？", cut=Cut(10_000, 8, 10))
    assert part.stages[0].rank == full.stages[0].rank == 21


class Shifted:
    """A space in which every vector is moved, as centring moves them."""

    name = "shifted"

    def passages(self, vectors, languages):
        moved = vectors - 0.2
        return np.asarray(moved / np.linalg.norm(moved, axis=1, keepdims=True), np.float32)

    def question(self, vector, language):
        return self.passages(vector[None], [language])[0]


def test_the_exact_rank_is_that_of_the_space_that_is_searched(library, monkeypatch) -> None:
    for n in range(30):
        library.put(f"room-{n}.txt", f"会议室 {n} 号可以坐下 {3 * n} 个人开会")
    folder = library.folder / "index" / "shifted"
    library.shelf = Shelf(library.catalogue, library.collection, folder, Shifted())
    full = asked(library, "room-7.txt", question="能坐几个人", cut=Cut(10_000, 8, 10))
    search = Shelf.searches_dense
    monkeypatch.setattr(Shelf, "searches_dense", lambda *asked: [hits[:2] for hits in search(*asked)])
    part = asked(library, "room-7.txt", question="能坐几个人", cut=Cut(10_000, 8, 10))
    assert part.stages[0].rank > 2
    assert part.stages[0].score == pytest.approx(full.stages[0].score, abs=1e-5)
