"""Sources that disagree are shown side by side."""

from generation.answer import answer
from generation.conflicts import conflicts

OLD = "青禾公司的年假规定：员工入职满五年后，每年享有十天带薪年假。"
NEW = "青禾公司的年假规定（新版）：员工入职满五年后，每年享有十五天带薪年假。"
OTHER = "病假须提交医院证明，三天以内由主管批准。"


def test_another_number_for_the_same_statement_is_a_conflict(context_of):
    found = conflicts([("员工入职满五年后，每年享有十天带薪年假。", 1)], context_of("", OLD, NEW, OTHER).passages)
    assert [(c.number, c.other) for c in found] == [(1, 2)]
    assert "十五天" in found[0].instead


def test_the_same_number_or_another_subject_is_none(context_of):
    passages = context_of("", OLD, OLD + "附件。", OTHER).passages
    assert conflicts([("员工入职满五年后，每年享有十天带薪年假。", 1)], passages) == ()
    en = context_of("", "Refunds are paid within 5 days.", "Parcels to Norway travel 9 days by sea.").passages
    assert conflicts([("Refunds are paid within 5 days.", 1)], en) == ()


def test_another_date_is_a_conflict_in_english(context_of):
    a = "The Berlin office opened on March 5, 2024 with forty employees."
    b = "The Berlin office opened on April 9, 2024 with forty employees."
    found = conflicts([(a, 1)], context_of("", a, b).passages)
    assert [(c.number, c.other) for c in found] == [(1, 2)]


def test_the_answer_shows_both_places_in_a_notice(context_of):
    *_, last = answer("满五年后年假有几天？", context_of("", OLD, NEW), None)
    notice = next(n for n in last.answer.notices if "不一致" in n)
    assert "[1]" in notice
    assert "[2]" in notice
