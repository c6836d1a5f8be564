import pytest

from generation.types import Verdict
from generation.verify import verify

LEAVE = "员工入职满一年后，每年享有五天带薪年假；满五年后为十天。年假须提前三个工作日在系统中申请。"
TRAVEL = "出差住宿标准：一线城市每晚不超过500元。报销须在返回后15日内提交。"
REFUND = "Goods may be returned within 30 days of delivery. Final sale items cannot be returned. Refunds take 5 days."
API = "The gateway accepts 120 requests per minute. Acme Corp. runs it with GPT-4o in Berlin since March 5, 2024."


def only(text, *passages, question="", context_of):
    checked = verify(text, context_of(question, *passages).passages, question)
    assert len(checked.sentences) == 1
    return checked.sentences[0], checked


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("满五年后年假为10天。[1]", LEAVE),
        ("滿五年後年假為十天。[1]", LEAVE),
        ("一线城市住宿每晚不超过五百元。[1]", TRAVEL),
        ("Goods may be returned within thirty days. [1]", REFUND),
        ("Final sale items cannot be returned. [1]", REFUND),
        ("Acme Corp. has run the gateway with GPT-4o since 2024-03-05. [1]", API),
    ],
)
def test_a_faithful_sentence_is_supported(sentence, passage, context_of):
    found, checked = only(sentence, passage, context_of=context_of)
    assert (found.verdict, found.citations, found.removed) == (Verdict.SUPPORTED, (1,), ())
    citation = checked.citations[0]
    assert passage[citation.start - 1000 : citation.end - 1000] == citation.quote != ""


@pytest.mark.parametrize(
    ("sentence", "passage", "reason"),
    [
        ("满五年后年假为12天。[1]", LEAVE, "12天"),
        ("年假须提前十五个工作日在系统中申请。[1]", LEAVE, "十五"),
        ("满五年后年假为十小时。[1]", LEAVE, "十小时"),
        ("Goods may be returned within 60 days of delivery. [1]", REFUND, "60 days"),
        ("Final sale items can be returned. [1]", REFUND, "opposite"),
        ("一线城市住宿每晚不超过500元，北京的李明报销。[1]", TRAVEL, "李明"),
        ("The gateway runs with GPT-5 in Berlin. [1]", API, "GPT-5"),
        ("The gateway of Globex accepts 120 requests per minute. [1]", API, "Globex"),
        ("The gateway started on March 6, 2024 in Berlin. [1]", API, "march 6, 2024"),
        ("宠物可以带进办公室。[1]", LEAVE, "words"),
        ("年假不须在系统中申请。[1]", LEAVE, "opposite"),
    ],
)
def test_a_planted_error_is_unsupported_and_its_marker_goes(sentence, passage, reason, context_of):
    found, checked = only(sentence, passage, context_of=context_of)
    assert (found.verdict, found.citations, found.removed) == (Verdict.UNSUPPORTED, (), ("[1]",))
    assert any(reason in text for text in found.reasons), found.reasons
    assert checked.citations == ()
    assert "[1]" not in checked.text


def test_a_wrong_marker_is_replaced_by_the_passage_that_passes(context_of):
    found, _ = only("满五年后年假为十天。[1]", TRAVEL, LEAVE, context_of=context_of)
    assert (found.verdict, found.citations, found.removed) == (Verdict.SUPPORTED, (2,), ("[1]",))
    assert "[2] was added" in found.reasons[-1]


def test_a_sentence_without_a_marker_gets_one_only_if_the_check_passes(context_of):
    found, _ = only("满五年后年假为十天。", TRAVEL, LEAVE, context_of=context_of)
    assert (found.verdict, found.citations) == (Verdict.SUPPORTED, (2,))
    found, _ = only("满五年后年假为九天。", TRAVEL, LEAVE, context_of=context_of)
    assert (found.verdict, found.citations) == (Verdict.UNSUPPORTED, ())


def test_facts_of_one_sentence_may_come_from_two_cited_passages(context_of):
    text = "满五年后年假为十天，一线城市住宿每晚不超过500元。[1][2]"
    found, _ = only(text, LEAVE, TRAVEL, context_of=context_of)
    assert (found.verdict, found.citations) == (Verdict.SUPPORTED, (1, 2))


def test_across_languages_numbers_decide_and_words_are_not_demanded(context_of):
    found, _ = only("After five years the leave is ten days. [1]", LEAVE, context_of=context_of)
    assert found.verdict is Verdict.SUPPORTED
    found, _ = only("After five years the leave is 25 days. [1]", LEAVE, context_of=context_of)
    assert (found.verdict, found.removed) == (Verdict.UNSUPPORTED, ("[1]",))


def test_across_languages_without_a_fact_the_marker_stays_but_nothing_is_claimed(context_of):
    found, _ = only("You must ask for leave in the system. [1]", LEAVE, context_of=context_of)
    assert (found.verdict, found.citations) == (Verdict.UNSUPPORTED, (1,))
    assert "another language" in found.reasons[0]


def test_a_terse_sentence_is_read_with_its_question(context_of):
    question = "Can final sale items be returned?"
    found, _ = only("No. [1]", REFUND, question=question, context_of=context_of)
    assert (found.verdict, found.citations) == (Verdict.SUPPORTED, (1,))
    found, _ = only("Yes. [1]", REFUND, question=question, context_of=context_of)
    assert found.verdict is Verdict.UNSUPPORTED


def test_a_sentence_that_says_the_documents_do_not_say_is_unchecked(context_of):
    found, _ = only("文档中没有说明这一点。[1]", LEAVE, context_of=context_of)
    assert (found.verdict, found.citations, found.removed) == (Verdict.UNCHECKED, (), ("[1]",))


def test_invented_markers_are_reported_and_a_line_of_markers_belongs_to_the_sentence_before(context_of):
    found, checked = only("满五年后年假为十天。[7]\n[1]", LEAVE, context_of=context_of)
    assert (found.citations, found.removed) == ((1,), ("[7]",))
    assert checked.text == "满五年后年假为十天。[1]"


def test_a_list_keeps_its_lines(context_of):
    checked = verify(
        "规定如下：\n1. 满五年后年假为十天。[1]\n2. 年假须在系统中申请。[1]", context_of("", LEAVE).passages
    )
    assert [s.verdict for s in checked.sentences] == [Verdict.UNCHECKED, Verdict.SUPPORTED, Verdict.SUPPORTED]
    assert checked.text.count("\n") == 2


def test_an_empty_answer_has_no_sentences(context_of):
    assert verify("  \n", context_of("", LEAVE).passages).sentences == ()


def test_a_number_from_another_part_of_the_passage_is_not_near_enough(context_of):
    passage = "The Eagle is a bridge in Ohio, built in 1931. Farms cover most of the county. Prices fell in 1954."
    found, _ = only("The Eagle bridge in Ohio was built in 1954. [1]", passage, context_of=context_of)
    assert found.verdict is Verdict.UNSUPPORTED


def test_a_number_of_another_row_of_the_table_is_no_support(context_of):
    """Week 4 takes 6 hours, week 6 takes 38: "6 hours" for week 6 stands in the table, in the wrong row."""
    table = "周次 | 内容主题 | 学习时长\n第四周 | 模型训练 | 6小时\n第六周 | 前沿探索 | 38小时"
    question = "第六周的学习时长是多少小时？"
    wrong, _ = only("6小时。[1]", table, question=question, context_of=context_of)
    right, _ = only("38小时。[1]", table, question=question, context_of=context_of)
    assert (wrong.verdict, right.verdict) == (Verdict.UNSUPPORTED, Verdict.SUPPORTED)
