from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ingest.assemble import assemble
from ingest.chunk_semantic import depths
from ingest.chunkers import NAMES, UnknownChunker, chunker
from ingest.types import Block, BlockKind, Parsed
from models.fakes import HashEmbedder, WordCounter
from store.types import document_id

DISJOINT = tuple(name for name in NAMES if name != "fixed")


def said(alphabet: str, most: int = 300) -> st.SearchStrategy[str]:
    return st.text(alphabet=alphabet, min_size=1, max_size=most).map(str.strip).filter(bool)


chinese = said("检索与证据。你好！真的？“引文”；……")
traditional = said("檢索與證據。體驗臺灣資料庫！「引文」")
mixed = said("检索 RAG与 evidence。Dr. Li说：“ok!” 3.14\n")
english = st.lists(st.sampled_from("The quick fox. jumps, over e.g. 3.14 dogs! Really?".split()), min_size=1).map(
    " ".join
)
emoji = said("🎉👩‍👩‍👧🇨🇳️é 好。")
long_line = st.integers(1, 3000).map(lambda n: "长" * n + "x" * n)
prose = st.one_of(chinese, traditional, mixed, english, emoji, long_line)
table = st.lists(
    st.lists(st.sampled_from(["项目", "12", "GB/T5972", "", "價格 price"]), min_size=2, max_size=4).map(" | ".join),
    min_size=1,
    max_size=20,
).map("\n".join)
code = st.lists(st.sampled_from(["def f(x):", "    return x", "", "print('你好')"]), min_size=1, max_size=20)
kinds = [BlockKind.PARAGRAPH, BlockKind.LIST_ITEM, BlockKind.NOTE]
blocks = st.lists(
    st.one_of(
        st.builds(Block, st.sampled_from(kinds), prose),
        st.builds(Block, st.just(BlockKind.HEADING), st.one_of(chinese, english), level=st.integers(1, 3)),
        st.builds(Block, st.just(BlockKind.TABLE), table),
        st.builds(Block, st.just(BlockKind.CODE), code.map("\n".join)),
    ).filter(lambda block: bool(block.text.strip())),
    min_size=1,
    max_size=8,
)


def cut(name: str, parts: list[Block]):
    joined = "\n\n".join(block.text for block in parts)
    document, placed = assemble(document_id(joined.encode()), Parsed("txt", None, tuple(parts)), "文件.txt", 1)
    return document, chunker(name)(document, placed, WordCounter(), HashEmbedder().embed_passages)


def paragraph(words: str) -> Block:
    return Block(BlockKind.PARAGRAPH, words)


def heading(words: str) -> Block:
    return Block(BlockKind.HEADING, words, level=1)


@pytest.mark.parametrize("name", NAMES)
@given(parts=blocks, budget=st.sampled_from([16, 32, 220]))
@example(parts=[heading("第一章"), Block(BlockKind.TABLE, "甲 | 乙\n | 1\n2 | 3")], budget=16)
def test_every_chunker_gives_exact_spans_in_reading_order_that_lose_no_word(name, parts, budget):
    document, chunks = cut(f"{name}:{budget}", parts)
    assert all(document.text[one.start : one.end] == one.text for one in chunks)
    assert [one.ordinal for one in chunks] == list(range(len(chunks)))
    assert [one.start for one in chunks] == sorted(one.start for one in chunks)
    assert len({one.id for one in chunks}) == len(chunks)
    kept = {place for one in chunks for place in range(one.start, one.end)}
    lost = [c for place, c in enumerate(document.text) if place not in kept and not c.isspace()]
    assert not any(c.isalnum() for c in lost)
    assert all(one.tokens == WordCounter().count([one.text])[0] <= budget for one in chunks)
    assert chunks == cut(f"{name}:{budget}", parts)[1]


@pytest.mark.parametrize("name", DISJOINT)
@given(parts=blocks)
def test_no_character_is_kept_twice_and_none_is_dropped_but_by_the_baseline(name, parts):
    document, chunks = cut(f"{name}:32", parts)
    assert all(before.end <= after.start for before, after in itertools.pairwise(chunks))
    between = [(0, 0), *((one.start, one.end) for one in chunks), (len(document.text), 0)]
    assert not "".join(document.text[a[1] : b[0]] for a, b in itertools.pairwise(between)).strip()


def test_a_sentence_chunk_is_one_sentence_below_its_heading():
    for name in ("sentence", "window"):
        _, chunks = cut(name, [heading("第一章"), paragraph("长江很长。黄河很黄！"), paragraph("It rains. It pours.")])
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


def test_the_number_of_a_list_item_and_an_abbreviation_end_no_sentence():
    items = [Block(BlockKind.LIST_ITEM, "1. 新建用户。再登录。"), Block(BlockKind.LIST_ITEM, "2. 完成。")]
    parts = [*items, paragraph("Ask Dr. Li, e.g. by mail. See Fig. 3. Version 2. It is 3. Then go.")]
    english = ["Ask Dr. Li, e.g. by mail.", "See Fig. 3.", "Version 2.", "It is 3.", "Then go."]
    assert [one.text for one in cut("sentence", parts)[1]] == ["1. 新建用户。", "再登录。", "2. 完成。", *english]


TOPICS = (
    [
        "The reactor core is cooled by water.",
        "Coolant water flows past the reactor core.",
        "Water leaves the core hot.",
    ],
    ["The orchestra plays a symphony.", "A symphony has four movements.", "The orchestra tunes before the symphony."],
    ["反应堆的冷却水流过堆芯。", "冷却水离开堆芯时很热。", "堆芯的冷却水由泵送回。"],
)


def test_semantic_chunks_end_where_the_subject_changes():
    for one, other in itertools.permutations(TOPICS, 2):
        repeated = [*one * 4, *other * 4]  # 12 sentences of each subject
        _, chunks = cut("semantic:220", [paragraph("\n".join(repeated))])
        assert any(chunk.text.startswith(other[0]) for chunk in chunks), [chunk.text for chunk in chunks]


def test_semantic_cuts_need_vectors_and_say_so():
    document, placed = assemble("d", Parsed("txt", None, (paragraph("一句。"),)), "a", 1)
    with pytest.raises(UnknownChunker, match="embedder"):
        chunker("semantic")(document, placed, WordCounter())


def test_rows_keep_their_header_and_leave_the_prose_around_them_alone():
    rows = ["编号 | 名称 | 数量", *(f"{n} | 零件 | {n * 10}" for n in range(1, 9))]
    parts = [heading("清单"), paragraph("说明。"), Block(BlockKind.TABLE, "\n".join(rows)), paragraph("完。")]
    _, chunks = cut("rows:40", parts)
    # A header of 6 tokens and rows of 4: 10 // 4 leaves 2 rows a group, and the first stands below its header.
    assert [one.text for one in chunks] == [
        "清单\n\n说明。",
        "\n".join(rows[:3]),
        *("\n".join(rows[n : n + 2]) for n in (3, 5, 7)),
        "完。",
    ]
    assert {one.headings for one in chunks[2:5]} == {("清单", rows[0])}


def test_two_tables_in_a_row_keep_their_own_headers():
    first, second = (
        "甲 | 乙\n一 | 二二\n三 | 四四",
        "丙 | 丁\n五 | 六六\n七 | 八八",
    )  # rows of 3 tokens, 16 // 4 a group
    _, chunks = cut("rows:16", [Block(BlockKind.TABLE, first), Block(BlockKind.TABLE, second)])
    assert [(one.headings, one.text) for one in chunks] == [
        ((), "甲 | 乙\n一 | 二二"),
        (("甲 | 乙",), "三 | 四四"),
        ((), "丙 | 丁\n五 | 六六"),
        (("丙 | 丁",), "七 | 八八"),
    ]


def test_children_are_a_quarter_of_the_budget_and_every_heading_opens_one():
    _, chunks = cut("parent:160", [heading("甲"), paragraph("一句话。" * 30), heading("乙"), paragraph("又一句。")])
    assert max(one.tokens for one in chunks) <= 40
    assert chunks[-1].text == "乙\n\n又一句。"
    assert chunker("parent").given == "parent"


def test_depth_is_measured_from_the_peaks_on_both_sides():
    similarity = np.array([0.5, 0.9, 0.3, 0.6, 0.8, 0.7])
    expected = [0.4, 0.0, 1.1, 0.2, 0.0, 0.1]  # at .3: (.9 - .3) + (.8 - .3); at .6: only right of it, .8 - .6
    assert np.allclose(depths(similarity), expected)
