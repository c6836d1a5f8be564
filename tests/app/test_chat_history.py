"""What of a chat its next question is given, and how much two rankings share."""

from __future__ import annotations

import pytest

from app.chats import HISTORY_CHARACTERS, HISTORY_TURNS, Said, bounded, messages
from app.replay import shared


def test_questions_stand_by_themselves_and_answers_follow_them() -> None:
    told = messages((Said("安娜何时去世？", "1951 年。"), Said("安娜在哪里出生？", "")))
    assert [(one.role, one.content) for one in told] == [
        ("user", "安娜何时去世？"),
        ("assistant", "1951 年。"),
        ("user", "安娜在哪里出生？"),
    ]


def test_only_the_last_turns_are_given() -> None:
    turns = [Said(f"问题 {n}", "答") for n in range(20)]
    assert bounded(turns) == tuple(turns[-HISTORY_TURNS:])


def test_long_answers_are_cut_and_the_oldest_left_out_where_they_are_too_much() -> None:
    turns = [Said("问" * 900, "答" * 5000) for _ in range(6)]
    kept = bounded(turns)
    assert len(kept) == 2  # 900 + 600 each, 3000 together
    assert sum(len(one.asked) + len(one.answer) for one in kept) <= HISTORY_CHARACTERS


def test_the_last_turn_is_given_however_long_its_question() -> None:
    assert len(bounded([Said("问" * 9000, "")])) == 1


@pytest.mark.parametrize(
    ("first", "second", "share"),
    [
        ([("d", 0, 10)], [("d", 0, 10)], 1.0),
        ([("d", 0, 10)], [("d", 4, 30)], 1.0),  # 6 of the shorter one's 10
        ([("d", 0, 10)], [("d", 6, 30)], 0.0),  # 4 of 10
        ([("d", 0, 10)], [("e", 0, 10)], 0.0),
        ([("d", 0, 10), ("d", 20, 30)], [("d", 0, 10)], 0.5),
        ([], [], 1.0),
        ([], [("d", 0, 1)], 0.0),
    ],
)
def test_two_rankings_share_the_passages_that_overlap_by_half(first, second, share) -> None:
    assert shared(first, second) == share
