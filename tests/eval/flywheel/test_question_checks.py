from __future__ import annotations

import pytest

from eval.flywheel.passage_sampling import Sampled, sample
from eval.flywheel.question_checks import is_copied, is_duplicate, unfit
from eval.flywheel.question_prompt import Draft, parse

DRILL = (
    "北海机房 2025 年最近一次恢复演练总共用了 38 分钟，比上一次快了九分钟，由值班工程师主持，参加的人有十二位，"
    "事后写了一份报告。"
)
BACKUP = (
    "The Rotterdam catalogue is copied every morning at half past two, and fourteen copies are kept on tape in a vault "
    "below the old harbour office, where the storage desk looks after them."
)


@pytest.mark.parametrize(
    ("reply", "draft"),
    [
        ("问题：甲？\n答案：“乙”。", Draft("甲？", "乙")),
        ("**Question:** Who?\n**Answer:** Ann.", Draft("Who?", "Ann")),
        ("問題: 甲？\n\n答案: 乙\n問題: 丙？", Draft("甲？", "乙")),
        ("答案：乙", None),
        ("", None),
    ],
)
def test_a_reply_is_read_however_it_is_set(reply: str, draft: Draft | None) -> None:
    assert parse(reply, "zh") == draft


def test_copying_is_measured_in_runs_and_in_words() -> None:
    assert is_copied("哪个机房最近一次恢复演练总共用了不到一小时？", DRILL, "zh"), "12 characters in one run"
    assert is_copied("What is copied every morning at half past two?", BACKUP, "en"), "7 words in one run"
    assert is_copied("演练的报告由参加的值班工程师写吗？", DRILL, "zh"), "the words of one sentence, in another order"
    assert not is_copied("北海机房上一回演习花了多长时间？", DRILL, "zh")


def test_duplicates_are_found_across_scripts_and_punctuation() -> None:
    assert is_duplicate("员工怎样申请远程办公？", "員工怎樣申請遠程辦公")
    assert not is_duplicate("员工怎样申请远程办公？", "员工怎样申请年假？")


def test_the_sentence_is_one_that_states_something(library) -> None:
    dull, telling = "大家都觉得这件事情做得还算可以，以后也打算照旧这样做下去，", "北海机房去年一共做了四次演练。"
    library.put("x.txt", f"{dull}没有人反对也没有人特别赞成。{telling}短句。")
    for seed in range(5):
        (passage,) = sample(library.shelf.read, "zh", seed)
        assert passage.chunk.text[passage.sentence.start : passage.sentence.end] == telling


def test_a_number_is_an_answer_only_as_a_whole(library) -> None:
    library.put("x.txt", DRILL)
    (passage,) = sample(library.shelf.read, "zh", 0)
    assert isinstance(passage, Sampled)
    question = "北海机房上一回演习花了多长时间？"
    assert unfit(Draft(question, "38"), passage, []) == ""
    assert unfit(Draft(question, "3"), passage, []) == "the answer is not in the sentence"
    assert unfit(Draft(question, "。"), passage, []) == "the answer is not in the sentence"
