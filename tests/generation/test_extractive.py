import pytest

from generation.extractive import NEAR, extract
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


def test_a_title_in_the_text_is_no_answer(context_of):
    title = "Latency report, October 2025"
    text = f"{title}\n{title}\nThe median latency was 0.92 seconds. Availability was 99.94 percent."
    found = extract("What was the latency in October 2025?", context_of("", text, title=title).passages)
    assert found.sentences[0].text == "The median latency was 0.92 seconds."
    assert title not in [s.text for s in found.sentences]


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


class Near:
    """A witness to whom the last sentence of a passage comes as near as it is told."""

    def __init__(self, nearness):
        self.nearness, self.asked = nearness, []

    def __call__(self, sentence, question, evidence):
        raise NotImplementedError("nothing is checked here")

    def nearest(self, question, passage):
        self.asked.append(passage.passage.number)
        return self.nearness, passage.lines[-1].span


MUSEUM = "市博物馆周一闭馆。学生凭证半价参观。博物馆的咖啡厅在二楼。"
ENTRY = "The museum opens at nine. Entry is 12 euros for adults."


@pytest.mark.parametrize(("nearness", "quoted"), [(NEAR, "Entry is 12 euros for adults."), (NEAR - 0.01, None)])
def test_in_a_library_of_both_languages_a_near_sentence_of_the_other_one_is_quoted(context_of, nearness, quoted):
    witness = Near(nearness)
    found = extract("博物馆成人门票多少钱？", context_of("", MUSEUM, ENTRY).passages, witness=witness)
    assert witness.asked == [2]  # only what words cannot compare
    assert found.foreign == (quoted is not None)
    if quoted is not None:
        assert [sentence.text for sentence in found.sentences] == [quoted]
        assert {sentence.verdict for sentence in found.sentences} == {Verdict.UNCHECKED}


def test_words_that_are_certain_are_quoted_all_the_same(context_of):
    own = "博物馆成人门票每张十二元。" + MUSEUM
    found = extract("博物馆成人门票每张多少元？", context_of("", own, ENTRY).passages, witness=Near(0.9))
    assert not found.foreign
    assert "十二元" in found.sentences[0].text


def test_a_passage_of_the_other_language_that_does_not_lead_is_not_asked(context_of):
    witness = Near(0.9)
    extract(
        "博物馆成人门票多少钱？", context_of("", MUSEUM, MUSEUM[:20], "周二开放。", ENTRY).passages, witness=witness
    )
    assert witness.asked == []
