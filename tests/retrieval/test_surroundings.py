"""Small chunks are searched, what stands around them is read: windows and parents as spans of the same document."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from ingest.assemble import assemble
from ingest.chunkers import chunker
from ingest.types import Block, BlockKind, Parsed
from models.fakes import WordCounter
from retrieval.context import fit
from retrieval.surroundings import expanded, parent, parents, window
from retrieval.types import Context, Passage, Trace
from store.types import Chunk, Document

prose = st.text(alphabet="检索與证据。你好！ the fox. 🎉\n", min_size=1, max_size=200).map(str.strip).filter(bool)
blocks = st.lists(
    st.one_of(
        st.builds(Block, st.just(BlockKind.PARAGRAPH), prose),
        st.builds(
            Block, st.just(BlockKind.HEADING), prose.map(lambda text: text[:12].strip() or "题"), level=st.just(1)
        ),
        st.builds(Block, st.just(BlockKind.TABLE), st.just("甲 | 乙\n一 | 二\n三 | 四")),
    ),
    min_size=1,
    max_size=8,
)


def chunks_of(name: str, parts: Sequence[Block]) -> tuple[Document, tuple[Chunk, ...]]:
    document, placed = assemble("d", Parsed("txt", None, tuple(parts)), "文件.txt", 1)
    return document, chunker(name)(document, placed, WordCounter())


def found(chunk: Chunk, rank: int = 1) -> Passage:
    return Passage(rank, chunk, "题", "文件.txt", 1 / rank)


def paragraph(text: str) -> Block:
    return Block(BlockKind.PARAGRAPH, text)


def heading(text: str) -> Block:
    return Block(BlockKind.HEADING, text, level=1)


@given(parts=blocks, budget=st.sampled_from([16, 48, 220]))
def test_what_is_given_is_an_exact_span_that_holds_what_was_found_within_its_tokens(parts, budget):
    for name, around in (("window", window), ("parent", parent)):
        document, chunks = chunks_of(f"{name}:{budget}", parts)

        def slices(identity: str, start: int, end: int, text: str = document.text) -> str:
            return text[start:end]

        for chunk in chunks:
            larger = around(found(chunk), chunks, budget, slices).chunk
            assert document.text[larger.start : larger.end] == larger.text
            assert larger.start <= chunk.start
            assert chunk.end <= larger.end
            assert (larger.id, larger.document_id) == (chunk.id, "d")
            assert larger.tokens <= max(budget, chunk.tokens)


@given(parts=blocks)
def test_parents_share_out_all_children_and_every_child_leads_to_its_own(parts):
    document, chunks = chunks_of("parent:64", parts)
    groups = list(parents(chunks, 64))
    assert [one for group in groups for one in group] == list(chunks)
    for group in groups:
        spans = {(each.start, each.end) for each in (
            parent(found(one), chunks, 64, lambda _, a, b: document.text[a:b]).chunk for one in group
        )}  # fmt: skip
        assert spans == {(group[0].start, group[-1].end)}


def test_a_window_reaches_three_sentences_either_way_and_not_into_the_next_section():
    sentences = [f"第{n}句。" for n in range(1, 10)]
    document, chunks = chunks_of("window", [paragraph("".join(sentences)), heading("二"), paragraph("别的。再一句。")])
    slices = lambda _, start, end: document.text[start:end]  # noqa: E731
    assert window(found(chunks[4]), chunks, 220, slices).chunk.text == "".join(sentences[1:8])
    assert window(found(chunks[8]), chunks, 220, slices).chunk.text == "".join(sentences[5:9])
    assert window(found(chunks[4]), chunks, 9, slices).chunk.text == "".join(sentences[3:6])  # 3 tokens each


def test_a_short_section_shares_its_parent_and_a_long_one_has_its_own():
    short, long = "短。" * 4, "长句子。" * 30  # 4 and 90 tokens
    document, chunks = chunks_of(
        "parent:220", [heading("甲"), paragraph(short), heading("乙"), paragraph(long), heading("丙"), paragraph(long)]
    )
    texts = [document.text[group[0].start : group[-1].end] for group in parents(chunks, 220)]
    assert texts == [f"甲\n\n{short}\n\n乙\n\n{long}", f"丙\n\n{long}"]


def test_a_table_that_goes_on_under_its_header_opens_no_section():
    rows = "\n".join(["编号 | 名称", *(f"{n} | 零件零件零件零件" for n in range(30))])
    _, chunks = chunks_of("parent:480", [heading("清单"), Block(BlockKind.TABLE, rows)])
    assert len(chunks) > 1
    assert len(list(parents(chunks, 480))) == 1


def test_a_document_that_was_deleted_meanwhile_leaves_the_passage_as_it_is():
    _, chunks = chunks_of("window", [paragraph("一句。两句。三句。")])
    passage = found(chunks[1])
    assert window(passage, chunks, 220, lambda *_: "") == passage
    assert window(passage, (), 220, lambda *_: "") == passage
    assert parent(passage, (), 220, lambda *_: "") == passage


def test_two_children_of_one_parent_take_one_place_in_a_context():
    document, chunks = chunks_of(
        "parent:220", [heading("甲"), paragraph("很长的句子。" * 40), heading("乙"), paragraph("完。")]
    )
    slices = lambda _, start, end: document.text[start:end]  # noqa: E731
    groups = list(parents(chunks, 220))
    ranked = [found(one, rank) for rank, one in enumerate([groups[0][1], groups[0][0], groups[-1][-1]], start=1)]
    expand = lambda passage: parent(passage, chunks, 220, slices)  # noqa: E731
    assert [one.chunk.id for one in expanded(ranked, expand)] == [ranked[0].chunk.id, ranked[2].chunk.id]
    context = fit(Context("问", tuple(ranked), Trace()), budget=640, expand=expand, slices=slices)
    assert [(one.chunk.start, one.chunk.end) for one in context.passages] == [
        (group[0].start, group[-1].end) for group in (groups[0], groups[-1])
    ]
    assert all(a.end <= b.start for a, b in itertools.pairwise(one.chunk for one in context.passages))
