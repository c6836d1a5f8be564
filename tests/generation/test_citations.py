import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.citations import parse, render


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("好。[1]", (1,)),
        ("好[1][2]。", (1, 2)),
        ("[1, 2] ok", (1, 2)),
        ("好。【1】", (1,)),
        ("好。［１］", (1,)),
        ("好[２，３]", (2, 3)),
        ("ok [Source 2]", (2,)),
        ("好[资料1]", (1,)),
        ("好[2][2]", (2,)),
    ],
)
def test_written_variants_of_a_marker_are_read(text, numbers):
    marked = parse(text, 3)
    assert marked.numbers == numbers
    assert marked.removed == ()
    assert not any(c in marked.text for c in "[]【】［］")


WRONG = ["[0]", "[99]", "[4]", "[1-999999999]", "[a]", "[n]", "[99999999999999999999]", "[1–3]", "[-1]"]


@pytest.mark.parametrize("marker", WRONG)
def test_a_marker_that_names_no_passage_is_removed_and_reported(marker):
    marked = parse(f"好的{marker}。", 3)
    assert marked.text == "好的。"
    assert marked.numbers == ()
    assert marked.removed == (marker,)


def test_a_list_with_one_wrong_number_keeps_the_right_one_and_is_reported():
    assert parse("x [1, 9]", 3).numbers == (1,)
    assert parse("x [1, 9]", 3).removed == ("[1, 9]",)


def test_other_brackets_and_links_are_text():
    for text in ("他[笔者注]来了", "see [sic] there", "[1](http://x)", "【重要】通知", "a[i] = b"[:0] + "list[int]"):
        assert parse(text, 3).text == text


def test_removing_a_marker_leaves_no_gap_before_the_full_stop():
    assert parse("Paid in 5 days [2].", 3).text == "Paid in 5 days."


def test_rendering_puts_the_markers_behind():
    assert render("好。", (1, 3)) == "好。[1][3]"
    assert render("Good.", (2,)) == "Good. [2]"
    assert render("Good.", ()) == "Good."


@given(st.text(alphabet="[]【】0123456789a,，-– 。x", max_size=40), st.integers(0, 5))
def test_no_text_makes_a_number_that_no_passage_has(text, passages):
    marked = parse(text, passages)
    assert all(1 <= number <= passages for number in marked.numbers)
