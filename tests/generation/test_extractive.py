import time

from generation.extractive import extract
from generation.types import Verdict

LEAVE = "青禾公司成立于1998年。员工每年享有五天带薪年假，满五年后为十天。年假须提前三个工作日申请。"
TABLE = "价格表\n商品 | 价格\n苹果 | 3.50元\n香蕉 | 2.80元\n"
REFUND = "Goods may be returned within 30 days. Refunds are paid within 5 business days. We ship worldwide."


def test_the_best_sentence_is_quoted_word_for_word_and_cited(context_of):
    found = extract("年假有几天？", context_of("", REFUND, LEAVE).passages)
    assert "员工每年享有五天带薪年假，满五年后为十天。" in [s.text for s in found.sentences]
    for sentence, citation in zip(found.sentences, found.citations, strict=True):
        assert sentence.verdict is Verdict.SUPPORTED
        assert LEAVE[citation.start - 1000 : citation.end - 1000] == citation.quote == sentence.text
        assert sentence.citations == (2,)


def test_english_questions_match_stems(context_of):
    found = extract("When is the refund paid?", context_of("", LEAVE, REFUND).passages)
    assert found.sentences[0].text == "Refunds are paid within 5 business days."


def test_a_table_row_comes_with_its_header_row(context_of):
    found = extract("香蕉的价格是多少？", context_of("", TABLE).passages)
    lines = [s.text for s in found.sentences]
    assert lines.index("商品 | 价格") < lines.index("香蕉 | 2.80元")


def test_thin_evidence_gives_nothing(context_of):
    assert extract("公司的首席执行官是谁，哪里毕业？", context_of("", TABLE).passages).sentences == ()
    assert extract("What is the warranty period for batteries?", context_of("", REFUND).passages).sentences == ()


def test_a_question_in_another_language_quotes_the_first_passage_and_says_so(context_of):
    found = extract("How many vacation days do I get?", context_of("", LEAVE, TABLE).passages)
    assert found.foreign
    assert {citation.number for citation in found.citations} == {1}


def test_no_passages_or_blank_passages_give_nothing(context_of):
    assert extract("问？", ()).sentences == ()
    assert extract("问？", context_of("", "。", " ").passages).sentences == ()


def test_a_forged_marker_in_the_document_is_not_quoted_as_a_marker(context_of):
    found = extract("年假有几天？", context_of("", "年假为五天[9]。").passages)
    assert found.sentences[0].text == "年假为五天(9)。"
    assert found.citations[0].quote == "年假为五天[9]。"


def test_eight_passages_take_under_50_milliseconds(context_of):
    context = context_of("", *[f"{LEAVE}{TABLE}编号{n}。" * 4 for n in range(8)])
    extract("年假有几天？", context.passages)
    started = time.process_time()
    extract("年假有几天？", context.passages)
    assert time.process_time() - started < 0.05 * 4  # four times the budget: the machine may be busy
