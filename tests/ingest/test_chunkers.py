from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.assemble import assemble
from ingest.chunkers import UnknownChunker, chunker
from ingest.types import Block, BlockKind, Parsed
from models.fakes import WordCounter
from store.types import document_id

NAMES = ("recursive", "balanced", "section", "sentence", "fixed")
text = st.text(alphabet="检索与证据。你好！真的？ the fox runs. 3.14\n", min_size=1, max_size=300).filter(str.strip)
blocks = st.lists(
    st.builds(
        Block,
        st.sampled_from([BlockKind.PARAGRAPH, BlockKind.HEADING, BlockKind.TABLE, BlockKind.CODE]),
        text.map(str.strip),
        level=st.just(1),
    ),
    min_size=1,
    max_size=6,
)


def cut(name: str, parts: list[Block]):
    joined = "\n\n".join(block.text for block in parts)
    document, placed = assemble(document_id(joined.encode()), Parsed("txt", None, tuple(parts)), "文件.txt", 1)
    return document, chunker(name)(document, placed, WordCounter())


@pytest.mark.parametrize("name", NAMES)
@given(parts=blocks)
def test_every_chunker_gives_exact_spans_in_reading_order_that_lose_no_word(name, parts):
    document, chunks = cut(f"{name}:32", parts)
    assert all(document.text[one.start : one.end] == one.text for one in chunks)
    assert [one.ordinal for one in chunks] == list(range(len(chunks)))
    assert [one.start for one in chunks] == sorted(one.start for one in chunks)
    assert len({one.id for one in chunks}) == len(chunks)
    kept = {place for one in chunks for place in range(one.start, one.end)}
    lost = [c for place, c in enumerate(document.text) if place not in kept and not c.isspace()]
    assert not any(c.isalnum() for c in lost)
    assert all(one.tokens <= 32 for one in chunks)


def paragraph(words: str) -> Block:
    return Block(BlockKind.PARAGRAPH, words)


def heading(words: str) -> Block:
    return Block(BlockKind.HEADING, words, level=1)


def test_a_sentence_chunk_is_one_sentence_below_its_heading():
    _, chunks = cut(
        "sentence", [heading("第一章"), paragraph("长江很长。黄河很黄！"), paragraph("It rains. It pours.")]
    )
    assert [one.text for one in chunks] == ["第一章\n\n长江很长。", "黄河很黄！", "It rains.", "It pours."]
    assert chunks[1].headings == ("第一章",)


def test_a_section_chunk_ends_at_every_heading_where_recursive_joins_short_sections():
    parts = [heading("甲"), paragraph("一句话。"), heading("乙"), paragraph("又一句。")]
    assert len(cut("section", parts)[1]) == 2
    assert len(cut("recursive", parts)[1]) == 1


def test_balanced_passages_leave_no_short_rest():
    sentences = " ".join(f"Sentence {n} has six words here." for n in range(11))
    tokens = [one.tokens for one in cut("recursive:32", [paragraph(sentences)])[1]]
    levelled = [one.tokens for one in cut("balanced:32", [paragraph(sentences)])[1]]
    assert len(levelled) == len(tokens)
    assert max(levelled) - min(levelled) < max(tokens) - min(tokens)


def test_fixed_windows_overlap_by_a_sixth():
    _, chunks = cut("fixed:36", [paragraph(" ".join(f"w{n}" for n in range(90)))])
    words = [one.text.split() for one in chunks]
    assert words[0][30:] == words[1][: len(words[0]) - 30]  # a window of 35 words, a step of 36 - 36 // 6 = 30
    assert words[-1][-1] == "w89"


def test_a_chunker_is_written_as_a_name_or_a_name_and_a_budget():
    assert (chunker("sentence").budget, chunker("sentence:64").budget, chunker(" fixed ", 99).budget) == (220, 64, 99)
    assert chunker("recursive").version == "recursive-1:220"


@pytest.mark.parametrize("written", ["", "magic", "fixed:x", "fixed:5", "fixed:9999", "fixed:-1"])
def test_another_name_or_budget_is_refused(written):
    with pytest.raises(UnknownChunker):
        chunker(written)
