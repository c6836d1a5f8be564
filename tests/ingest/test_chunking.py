from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.assemble import assemble
from ingest.chunking import SMALLEST, VERSION, chunk
from ingest.types import Block, BlockKind, Parsed
from models.fakes import WordCounter
from store.types import Chunk, Document, chunk_id, document_id


class CharacterCounter:
    """One token a character that is not blank: the strictest counter there is."""

    def count(self, texts):
        return [sum(not c.isspace() for c in text) for text in texts]

    def offsets(self, text):
        return [(i, i + 1) for i, c in enumerate(text) if not c.isspace()]


def chunks_of(*blocks: Block, budget: int = 40, counter=None) -> tuple[Document, tuple[Chunk, ...]]:
    text = "\n\n".join(block.text for block in blocks)
    document, placed = assemble(document_id(text.encode()), Parsed("txt", None, blocks), "文件.txt", len(text))
    return document, chunk(document, placed, counter or WordCounter(), budget)


def paragraph(text: str, page: int | None = None) -> Block:
    return Block(BlockKind.PARAGRAPH, text, page)


def heading(text: str, level: int = 1) -> Block:
    return Block(BlockKind.HEADING, text, level=level)


chinese = st.text(alphabet="这是一段中文内容，关于检索与证据。你好！真的？", min_size=1, max_size=120)
english = st.lists(
    st.sampled_from("the quick brown fox. jumps, over e.g. 3.14 lazy dogs!".split()), min_size=1, max_size=60
).map(" ".join)
emoji = st.text(alphabet="🎉👩‍👩‍👧🇨🇳️ é", min_size=1, max_size=30)
long_word = st.integers(1, 5000).map(lambda n: "x" * n)
rows = st.lists(
    st.lists(st.sampled_from(["项目", "12", "GB/T5972", ""]), min_size=2, max_size=4).map(" | ".join),
    min_size=1,
    max_size=30,
).map("\n".join)
code = st.lists(
    st.sampled_from(["def f(x):", "    return x", "", "print('你好')  # 注释"]), min_size=1, max_size=40
).map("\n".join)
body = st.one_of(
    chinese.map(paragraph), english.map(paragraph), emoji.map(paragraph), long_word.map(paragraph),
    rows.map(lambda text: Block(BlockKind.TABLE, text)), code.map(lambda text: Block(BlockKind.CODE, text)),
    chinese.map(lambda text: Block(BlockKind.LIST_ITEM, text)),
)  # fmt: skip
any_heading = st.tuples(st.one_of(chinese, english), st.integers(1, 6)).map(lambda pair: heading(*pair))
documents = st.lists(st.one_of(body, any_heading).filter(lambda block: block.text.strip()), min_size=1, max_size=12)


@pytest.mark.parametrize("counter", [WordCounter(), CharacterCounter()], ids=["words", "characters"])
@given(blocks=documents, budget=st.integers(32, 480))
@example(blocks=[heading("标题" * 8), paragraph("字" * 39)], budget=40)
@example(blocks=[paragraph("字" * 20), heading("上" * 14), heading("下" * 14, 2), paragraph("字" * 30)], budget=40)
def test_chunks_are_exact_whole_ordered_and_within_the_budget(counter, blocks: list[Block], budget: int) -> None:
    document, chunks = chunks_of(*blocks, budget=budget, counter=counter)
    assert [one.ordinal for one in chunks] == list(range(len(chunks)))
    assert len({one.id for one in chunks}) == len(chunks)
    covered = [0] * len(document.text)
    for one in chunks:
        assert document.text[one.start : one.end] == one.text
        assert one.id == chunk_id(document.id, one.start, one.end, f"{VERSION}:{budget}")
        assert one.tokens == counter.count([one.text])[0] <= budget
        for place in range(one.start, one.end):
            covered[place] += 1
    assert all(before.end <= after.start for before, after in itertools.pairwise(chunks))
    assert {n for n, c in zip(covered, document.text, strict=True) if not c.isspace()} <= {1}
    assert chunks == chunks_of(*blocks, budget=budget, counter=counter)[1]


@given(documents, st.integers(32, 480))
def test_a_heading_is_never_left_behind_by_the_text_below_it(blocks: list[Block], budget: int) -> None:
    """A heading of up to half the budget stands in the chunk of the first text below it."""
    counter = CharacterCounter()
    document, placed = assemble("d", Parsed("txt", None, tuple(blocks)), "a", 1)
    chunks = chunk(document, placed, counter, budget)
    for above, below in itertools.pairwise(placed):
        text = document.text[above.start : above.end]
        if (
            above.kind is BlockKind.HEADING
            and below.kind is not BlockKind.HEADING
            and counter.count([text])[0] <= budget // 2
        ):
            first = below.start + len(text_ := document.text[below.start : below.end]) - len(text_.lstrip())
            assert [one for one in chunks if one.start <= above.start and first < one.end], (text, text_)


def test_a_block_that_fits_stays_whole_and_small_ones_share_a_chunk() -> None:
    _, chunks = chunks_of(paragraph("甲" * 15), paragraph("乙" * 20), paragraph("丙" * 10))
    assert [one.text for one in chunks] == ["甲" * 15 + "\n\n" + "乙" * 20, "丙" * 10]  # 15 + 20 ≤ 40 < 15 + 20 + 10
    assert [one.tokens for one in chunks] == [35, 10]


def test_long_chinese_is_cut_at_sentence_ends_with_their_closing_quotes() -> None:
    sentences = ["他说：“" + "字" * 18 + "。”", "真" * 20 + "？！", "完" * 22 + "……", "这里省" * 7 + "；"]
    _, chunks = chunks_of(paragraph("".join(sentences)), budget=32)
    assert [one.text for one in chunks] == sentences  # 20, 20, 22 and 21 tokens: no two fit 32


def test_english_abbreviations_inside_and_decimals_are_no_sentence_ends() -> None:
    first, second = "Pi is 3.14159 and v1.2.3 runs " + "word " * 20 + "here.", "Next " + "word " * 20 + "there."
    _, chunks = chunks_of(paragraph(f"{first} {second}"), budget=32)
    assert [one.text for one in chunks] == [first, second]


def test_a_sentence_over_the_budget_is_cut_at_commas_then_between_tokens() -> None:
    _, chunks = chunks_of(paragraph("甲" * 30 + "，" + "乙" * 30 + "。" + "丙" * 70), budget=32)
    assert [one.text for one in chunks[:2]] == ["甲" * 30 + "，", "乙" * 30 + "。"]
    assert [len(one.text) for one in chunks[2:]] == [31, 31, 8]  # 70 = 31 + 31 + 8, one place of 32 left free


def test_a_table_goes_on_under_its_header_row() -> None:
    rows_ = ["编号 | 名称 | 数量", *(f"{n} | 零件 | {n * 10}" for n in range(1, 25))]
    _, chunks = chunks_of(heading("清单"), Block(BlockKind.TABLE, "\n".join(rows_)), budget=40)
    assert len(chunks) > 2
    assert chunks[0].headings == ("清单",)
    assert chunks[0].text.startswith("清单\n\n编号 | 名称 | 数量\n1 |")
    assert {one.headings for one in chunks[1:]} == {("清单", "编号 | 名称 | 数量")}
    assert "\n".join(one.text for one in chunks).split("\n")[2:] == rows_


def test_a_header_row_that_would_fill_the_chunks_is_not_repeated() -> None:
    wide = " | ".join(f"列{n}" for n in range(15))
    _, chunks = chunks_of(Block(BlockKind.TABLE, "\n".join([wide, *["甲 | 乙"] * 60])), budget=40)
    assert {one.headings for one in chunks} == {()}


def test_code_is_cut_between_lines_and_keeps_its_indentation_inside_a_chunk() -> None:
    lines = [f"    value_{n} = compute({n})" for n in range(20)]
    _document, chunks = chunks_of(Block(BlockKind.CODE, "\n".join(["def f():", *lines])), budget=32)
    assert len(chunks) > 1
    assert all(one.text.split("\n")[-1].endswith(")") for one in chunks)
    assert "\n    value_1" in chunks[0].text


def test_the_path_of_headings_is_kept_and_climbs_back() -> None:
    text = "字" * 40
    blocks = [
        heading("第一章"),
        heading("第一节", 2),
        paragraph(text),
        heading("第二节", 2),
        paragraph(text),
        heading("第二章"),
        paragraph(text),
    ]
    _, chunks = chunks_of(*blocks, budget=64)
    assert [one.headings for one in chunks] == [("第一章", "第一节"), ("第一章", "第二节"), ("第二章",)]


def test_a_short_section_goes_on_with_the_next_and_a_long_one_does_not() -> None:
    short, long = "字" * (SMALLEST - 4), "字" * SMALLEST  # a heading of 3 tokens: 47 < 48 and 51 >= 48
    _, together = chunks_of(heading("第一节"), paragraph(short), heading("第二节"), paragraph("完"), budget=200)
    _, apart = chunks_of(heading("第一节"), paragraph(long), heading("第二节"), paragraph("完"), budget=200)
    assert (len(together), len(apart)) == (1, 2)


def test_a_chunk_stands_on_the_page_it_starts_on() -> None:
    _, chunks = chunks_of(paragraph("甲" * 30, 1), paragraph("乙" * 30, 2), paragraph("丙" * 5, 3), budget=40)
    assert [one.page for one in chunks] == [1, 2]


def test_no_blocks_give_no_chunks() -> None:
    document = Document("d", "t", "txt", "zh", "", 0)
    assert chunk(document, (), WordCounter()) == ()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("字" * 500000, BlockKind.PARAGRAPH),
        ("x" * 3000000, BlockKind.PARAGRAPH),
        ("长句，没有尽头" * 30000, BlockKind.PARAGRAPH),
        ("word " * 60000, BlockKind.HEADING),
        ("🎉" * 750000, BlockKind.CODE),
        ("a | b " * 40000, BlockKind.TABLE),
    ],
    ids=["han", "one word", "commas", "heading", "emoji", "one row"],
)
def test_megabytes_in_one_line_are_cut_within_seconds(text: str, kind: BlockKind) -> None:
    """Up to 3 MB without a line end; the cost grows with the length, so the cases with many pauses are shorter."""
    began = time.process_time()
    _document, chunks = chunks_of(Block(kind, text.strip(), level=1 if kind is BlockKind.HEADING else 0), budget=220)
    assert time.process_time() - began < 10
    assert sum(len("".join(one.text.split())) for one in chunks) == len("".join(text.split()))
    assert max(one.tokens for one in chunks) <= 220
    assert max(len("".join(one.headings)) for one in chunks) < 2_000
