"""A second witness for sentences whose source is in another language."""

import pytest

from generation.answer import answer
from generation.doubts import doubts
from generation.extractive import extract
from generation.meaning import EMBEDDER, ENOUGH, OPEN, Likeness, MeaningWitness
from generation.negation import denied_across
from generation.types import BY_MEANING, Finished, Verdict
from generation.verify import verify
from models.embedder import SentenceTransformerEmbedder
from models.fetch import locate
from models.types import ModelUnavailable, WeightsMissing

LEAVE = "Ask for leave in the staff portal. The head of department approves it. Nobody pays the taxi."
BACKUP = (
    "Backups are taken every night and kept for thirty days. A restore drill is done once a quarter by the platform "
    "team. The results are written into the operations log."
)
TRAVEL = "出差须提前三天提出申请。申请由部门主管批准。住宿费用按城市分级报销。"
QUESTION = "请假要在哪里申请？"


class Sure:
    """A witness that says one probability and the passage's second sentence, and keeps what it was asked."""

    def __init__(self, probability=0.95):
        self.probability, self.asked = probability, []

    def __call__(self, sentence, question, evidence):
        self.asked.append((sentence, evidence.passage.number))
        if self.probability is None:
            return None
        return Likeness(self.probability, evidence.lines[min(1, len(evidence.lines) - 1)].span)


def only(text, *passages, context_of, question="", witness=None):
    checked = verify(text, context_of("", *passages).passages, question, witness)
    return checked.sentences[0], checked.citations


def finished(events):
    (last,) = [event for event in events if isinstance(event, Finished)]
    return last.answer


def test_a_sentence_that_the_witness_finds_is_supported_and_says_by_what(context_of):
    found, cited = only("假期由部门主管批准。[1]", LEAVE, context_of=context_of, witness=Sure())
    assert (found.verdict, found.citations, found.support) == (Verdict.SUPPORTED, (1,), 0.95)
    assert found.by_meaning
    assert found.reasons == (f"[1] {BY_MEANING}",)
    assert cited[0].quote == "The head of department approves it."


def test_a_witness_in_doubt_leaves_the_marker_and_one_that_finds_nothing_takes_it_away(context_of):
    found, _ = only("假期由部门主管批准。[1]", LEAVE, context_of=context_of, witness=Sure((ENOUGH + OPEN) / 2))
    assert (found.verdict, found.citations) == (Verdict.UNSUPPORTED, (1,))
    found, _ = only("假期由部门主管批准。[1]", LEAVE, context_of=context_of, witness=Sure(OPEN / 2))
    assert (found.verdict, found.citations, found.removed) == (Verdict.UNSUPPORTED, (), ("[1]",))


@pytest.mark.parametrize(
    ("sentence", "passage", "missing"),
    [
        ("年假为25天。[1]", "The annual leave is ten days.", "25"),
        ("该系统名为 Nimbus，由部门维护。[1]", "The department runs the portal.", "Nimbus"),
        ("年假自2024年3月起计算。[1]", "Leave counts from May 2024.", "2024年3月"),
        ("The device is a GPT-4o terminal. [1]", "该设备是一台终端。", "GPT-4o"),
        ("The rate is 12 percent. [1]", "比例为百分之十五。", "12 percent"),
    ],
)
def test_what_words_can_tell_in_any_language_comes_before_the_witness(sentence, passage, missing, context_of):
    witness = Sure(0.99)
    found, _ = only(sentence, passage, context_of=context_of, witness=witness)
    assert found.verdict is Verdict.UNSUPPORTED
    assert any(missing in reason for reason in found.reasons)
    assert not witness.asked


def test_a_name_that_the_question_says_itself_need_not_stand_in_the_passage(context_of):
    question = "Nimbus 由谁维护？"
    found, _ = only(
        "Nimbus 由部门维护。[1]", "The department runs it.", context_of=context_of, question=question, witness=Sure()
    )
    assert found.verdict is Verdict.SUPPORTED


@pytest.mark.parametrize(
    ("sentence", "source", "denied"),
    [
        ("The taxi is not paid.", "出租车费用可以报销。", "not"),
        ("出租车费用不能报销。", "The taxi is paid by the company.", "不能"),
        ("公司支付出租车费用。", "The company never pays the taxi.", "never"),
        ("公司不支付出租车费用。", "The company never pays the taxi.", None),
        ("这两个集合不相等。", "The two sets are unequal.", None),
        (
            "公司支付费用。",
            "The company pays what it owes, and what it does not owe it sends back to the sender.",
            None,
        ),
    ],
)
def test_a_denial_on_one_side_alone_is_seen_across_languages(sentence, source, denied):
    assert denied_across(sentence, source) == denied


def test_a_denial_speaks_against_what_the_witness_says(context_of):
    found, _ = only(
        "The head of department does not approve it. [1]", "申请由部门主管批准。", context_of=context_of, witness=Sure()
    )
    assert found.verdict is Verdict.UNSUPPORTED
    assert "says the opposite" in found.reasons[0]


def test_a_number_must_stand_in_the_very_sentence_that_comes_nearest(context_of):
    passage = "You may ask for 12 days. The head of department approves 15 days."
    found, _ = only("部门主管批准12天。[1]", passage, context_of=context_of, witness=Sure())
    assert (found.verdict, found.reasons[0]) == (
        Verdict.UNSUPPORTED,
        "the number 12天 is not in the sentence of [1] that comes nearest",
    )
    question = "申请12天时，部门主管批准几天？"
    found, _ = only("申请12天时批准15天。[1]", passage, context_of=context_of, question=question, witness=Sure())
    assert found.verdict is Verdict.SUPPORTED  # the question says the 12 itself


def test_the_witness_is_not_asked_within_a_language_nor_where_the_words_agree(context_of):
    witness = Sure()
    verify("The head of department approves it. [1]", context_of("", LEAVE).passages, "", witness)
    verify("部门主管批准。[1]", context_of("", "假期由部门主管批准。").passages, "", witness)
    assert not witness.asked


def test_another_passage_in_the_other_language_is_cited_where_the_cited_one_does_not_say_it(context_of):
    class Second(Sure):
        def __call__(self, sentence, question, evidence):
            self.probability = 0.95 if evidence.passage.number == 2 else 0.1
            return super().__call__(sentence, question, evidence)

    found, cited = only("假期由部门主管批准。[1]", "The taxi is paid.", LEAVE, context_of=context_of, witness=Second())
    assert (found.verdict, found.citations, found.removed) == (Verdict.SUPPORTED, (2,), ("[1]",))
    assert found.by_meaning
    assert cited[0].number == 2


def test_beside_a_passage_in_its_own_language_the_foreign_one_may_carry_the_sentence(context_of):
    found, _ = only("假期由部门主管批准。[1][2]", "出租车由公司支付。", LEAVE, context_of=context_of, witness=Sure())
    assert (found.verdict, found.citations) == (Verdict.SUPPORTED, (2,))


def test_where_there_is_nothing_to_compare_words_decide_as_before(context_of):
    found, _ = only("假期由部门主管批准。[1]", LEAVE, context_of=context_of, witness=Sure(None))
    assert "nothing telling" in found.reasons[0]


def test_an_answer_from_the_other_language_is_given_with_a_notice(context_of, saying):
    context = context_of(QUESTION, LEAVE)
    given = finished(answer(QUESTION, context, saying("请假要在员工门户里申请。[1]"), witness=Sure()))
    assert not given.abstained
    assert given.text == "请假要在员工门户里申请。[1]"
    assert given.by_meaning == {1}
    assert any("含义" in notice for notice in given.notices)
    withheld = finished(answer(QUESTION, context, saying("请假要在员工门户里申请。[1]"), witness=Sure(0.05)))
    assert withheld.abstained


def test_words_that_do_not_fit_the_other_passages_do_not_withhold_what_the_meaning_supports(context_of, saying):
    context = context_of(QUESTION, LEAVE, "食堂每天供应三种主菜。")
    given = finished(answer(QUESTION, context, saying("请假要在员工门户里申请。[1]"), witness=Sure(), abstain=0.9))
    assert not given.abstained
    assert len(given.notices) == 1  # that words fit loosely or are missing says nothing about the foreign passage


def test_without_a_model_the_sentence_nearest_by_meaning_is_quoted(context_of):
    class Near(Sure):
        def nearest(self, question, passage):
            self.asked.append(passage.passage.number)
            return (0.1 * passage.passage.number, passage.lines[-1].span)

    witness = Near()
    context = context_of(QUESTION, LEAVE, "First. Second.", "Third. Fourth.", "Not read.")
    given = finished(answer(QUESTION, context, None, witness=witness))
    assert given.text == "Fourth. [3]"
    assert witness.asked == [1, 2, 3]  # the leading passages
    assert {sentence.verdict for sentence in given.sentences} == {Verdict.UNCHECKED}
    assert not given.by_meaning
    own = extract("年假有几天？", context_of("", "年假为五天。").passages, witness=witness)
    assert own.sentences[0].text == "年假为五天。"
    assert len(witness.asked) == 3  # nothing is embedded within a language


def test_a_model_that_fails_leaves_the_check_to_words(context_of, saying):
    class Broken(Sure):
        def __call__(self, sentence, question, evidence):
            raise ModelUnavailable("no weights")

        def nearest(self, question, passage):
            raise ModelUnavailable("no weights")

    context = context_of(QUESTION, LEAVE)
    given = finished(answer(QUESTION, context, saying("请假要在员工门户里申请。[1]"), witness=Broken()))
    assert "nothing telling" in given.sentences[0].reasons[0]
    assert "staff portal" in finished(answer(QUESTION, context, None, witness=Broken())).text


def test_the_notice_stands_only_where_a_sentence_was_compared_by_meaning(context_of):
    checked = verify("The head of department approves it. [1]", context_of("", LEAVE).passages)
    assert list(doubts("en", context_of("", LEAVE), checked.sentences, None, 0.28)) == []


@pytest.mark.real
@pytest.mark.parametrize(
    ("question", "sentence", "passage", "right"),
    [
        ("请假要在哪里申请？", "食堂每天供应三种主菜。", LEAVE, False),
        ("恢复演练由谁来做？", "恢复演练由平台团队每季度进行一次。", BACKUP, True),
        ("备份多久做一次？", "每天晚上进行备份。", BACKUP, True),
        ("恢复演练由谁来做？", "恢复演练由外部审计公司进行。", BACKUP, False),
        ("备份存放在哪里？", "备份存放在法兰克福的数据中心。", BACKUP, False),
        ("How are hotel costs reimbursed?", "Hotel costs are reimbursed according to the city.", TRAVEL, True),
        ("Who approves a business trip?", "The trip is approved by a cleaning company.", TRAVEL, False),
        ("What does the canteen serve?", "It serves noodles and soup.", TRAVEL, False),
    ],
)
def test_with_the_real_embedder(question, sentence, passage, right, context_of):
    try:
        witness = MeaningWitness(SentenceTransformerEmbedder(locate(EMBEDDER), EMBEDDER))
    except WeightsMissing as exc:
        pytest.skip(f"weights missing: {exc}")
    found, _ = only(f"{sentence} [1]", passage, context_of=context_of, question=question, witness=witness)
    assert (found.verdict is Verdict.SUPPORTED) is right
    assert found.by_meaning is right
