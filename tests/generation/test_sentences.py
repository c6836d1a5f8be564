from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.sentences import split, texts

PIECES = st.sampled_from(
    [*"。！？；…”」）.!? \n\t[1]0【２】,，abcAB中文「“(", "e.g. ", "3.5", "Dr. ", "[12]", "……", "\r\n"]
)


@given(st.lists(PIECES, max_size=60).map("".join))
def test_spans_hold_every_character_that_is_not_blank_once_and_in_order(text):
    spans = split(text)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    joined = "".join(text[span.start : span.end] for span in spans)
    assert [c for c in joined if not c.isspace()] == [c for c in text if not c.isspace()]
    assert all(text[s.start : s.end].strip() == text[s.start : s.end] != "" for s in spans)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("退款需在30天内申请。[1] 运费由买家承担！[2][3]", ["退款需在30天内申请。[1]", "运费由买家承担！[2][3]"]),
        ("他说：“好的。”然后离开……真的吗？", ["他说：“好的。”", "然后离开……", "真的吗？"]),
        ("繁體中文也是如此。第二句；第三句", ["繁體中文也是如此。", "第二句；", "第三句"]),
        ("资料如此。【1】下一句", ["资料如此。【1】", "下一句"]),
        ("Dr. Smith paid 3.5 million, e.g. in 2024. [1] Then he left.", None),
        ("J. K. Rowling lives in the U.K. in winter. It rains.", None),
        ("He works at Acme Inc. in Paris. The pay is good.", None),
        ("No. 5 is fine. No. It is not.", ["No. 5 is fine.", "No.", "It is not."]),
        ("1. First item\n2. 第二项\n- third", ["1. First item", "2. 第二项", "- third"]),
        ("名称 | 价格\n苹果 | 3.50\n", ["名称 | 价格", "苹果 | 3.50"]),
        ("", []),
        ("   \n\u3000", []),
        ("没有句号", ["没有句号"]),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text, expected):
    if expected is None:
        assert len(texts(text)) == 2
    else:
        assert list(texts(text)) == expected


def test_an_english_line_that_breaks_off_in_a_sentence_is_joined_to_the_next():
    assert len(texts("The company was founded by two brothers and\nit moved to Paris later.")) == 1
