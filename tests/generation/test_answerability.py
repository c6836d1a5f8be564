"""How likely the passages hold an answer."""

from generation.answer import answer
from generation.answerability import answerability

LEAVE = "员工每年享有五天带薪年假，满五年后为十天。年假须提前三个工作日申请。"
REFUND = "Goods may be returned within 30 days of delivery. Refunds are paid within 5 business days."


def likely(question, context_of, *texts):
    found = answerability(question, context_of(question, *texts).passages)
    assert found is not None
    return found


def test_a_passage_that_answers_is_likelier_than_one_that_does_not(context_of):
    assert likely("员工每年有几天年假？", context_of, LEAVE).probability > 0.5
    assert likely("公司的首席执行官毕业于哪所大学？", context_of, LEAVE).probability < 0.2
    assert likely("When are refunds paid?", context_of, REFUND).probability > 0.5
    assert likely("Which university did the chief executive attend?", context_of, REFUND).probability < 0.2


def test_what_no_passage_mentions_is_named(context_of):
    assert likely("李明的年假有几天？", context_of, LEAVE).missing == ("李明",)
    assert likely("Does Globex refund within 5 days?", context_of, REFUND).missing == ("Globex",)


def test_other_languages_are_not_judged_and_nothing_is_nothing(context_of):
    assert answerability("How many days?", context_of("", LEAVE).passages) is None
    found = answerability("几天？", ())
    assert found is not None
    assert found.probability == 0.0


def test_a_leading_passage_in_the_other_language_is_a_second_chance(context_of):
    """Words cannot judge it, so it counts as much as what they can: 1 - (1 - p)²."""
    question = "When are refunds paid by the shop in Berlin?"
    alone = likely(question, context_of, REFUND).probability
    assert 0.05 < alone < 0.5
    assert likely(question, context_of, REFUND, LEAVE).probability > 1.3 * alone
    # Below the leading ones it is no chance of its own.
    last = likely(question, context_of, REFUND, REFUND, REFUND, LEAVE).probability
    assert likely(question, context_of, REFUND, REFUND, LEAVE, REFUND).probability > 1.3 * last


def test_a_word_that_asks_is_never_what_no_passage_mentions(context_of):
    """Stems of such words ("doe", "whi") are no function words any more, and 多长时间 is one word."""
    depth = "Production uses a reranking depth of 20."
    assert likely("Which reranking depth does production use, and why?", context_of, depth).missing == ()
    drill = "最近一次恢复演练总共用了 38 分钟。"
    assert likely("最近一次恢复演练总共用了多长时间？", context_of, drill).missing == ()
    assert "昨天" in likely("昨天的恢复演练为什么用了 38 分钟？", context_of, drill).missing


def test_an_abstention_names_what_is_missing_and_zero_never_abstains(context_of):
    question = "公司的首席执行官毕业于哪所大学？"
    context = context_of(question, LEAVE, headings=("假期",))
    *_, last = answer(question, context, None)
    assert last.answer.abstained
    assert "没有提到" in last.answer.text
    assert "“假期”" in last.answer.text
    assert last.answer.answerable is not None
    *_, last = answer("员工每年有几天年假？", context_of("", LEAVE), None, abstain=0.0)
    assert not last.answer.abstained


def test_a_question_of_which_a_name_is_nowhere_mentioned_is_answered_in_part(context_of):
    *_, last = answer("Acme 公司员工每年有几天带薪年假？", context_of("", LEAVE), None, abstain=0.1)
    assert not last.answer.abstained
    assert any("只能回答一部分" in notice and "Acme" in notice for notice in last.answer.notices)
