from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ingest.assemble import SEPARATOR, assemble
from ingest.types import Block, BlockBox, BlockKind, Parsed

texts = st.text(min_size=1, max_size=60)


@st.composite
def blocks(draw: st.DrawFn) -> Block:
    text = draw(texts)
    start = draw(st.integers(0, len(text)))
    end = draw(st.integers(start, len(text)))
    kind = draw(st.sampled_from(BlockKind))
    return Block(kind, text, draw(st.none() | st.integers(1, 9)), 0, (BlockBox(start, end, 0.1, 0.2, 0.3, 0.4),))


@given(st.lists(blocks(), min_size=1, max_size=20))
def test_every_block_page_and_box_stands_where_it_says(parts: list[Block]) -> None:
    document, placed = assemble("id", Parsed("pdf", None, tuple(parts)), "文件.pdf", 7)
    assert [document.text[one.start : one.end] for one in placed] == [part.text for part in parts]
    boxes = [(part, box) for part in parts if part.page is not None for box in part.boxes]
    assert len(document.boxes) == len(boxes)
    for absolute, (part, box) in zip(document.boxes, boxes, strict=True):
        assert document.text[absolute.start : absolute.end] == part.text[box.start : box.end]
        assert absolute.page == part.page
    for page in document.pages:
        spans = [(one.start, one.end) for one in placed if one.page == page.number]
        assert (page.start, page.end) == (min(s for s, _ in spans), max(e for _, e in spans))


def test_blocks_are_joined_by_an_empty_line() -> None:
    parsed = Parsed("txt", None, (Block(BlockKind.PARAGRAPH, "一"), Block(BlockKind.PARAGRAPH, "二")))
    document, _ = assemble("id", parsed, "a.txt", 2)
    assert document.text == "一" + SEPARATOR + "二" == "一\n\n二"


def test_the_title_is_the_documents_own_then_a_heading_then_the_stem() -> None:
    heading = Block(BlockKind.HEADING, "第一章", level=1)
    assert assemble("i", Parsed("md", "书名", (heading,)), "f.md", 1)[0].title == "书名"
    assert assemble("i", Parsed("md", None, (heading,)), "f.md", 1)[0].title == "第一章"
    assert (
        assemble("i", Parsed("txt", " ", (Block(BlockKind.PARAGRAPH, "x"),)), "我的 笔记.v2.txt", 1)[0].title
        == "我的 笔记.v2"
    )
