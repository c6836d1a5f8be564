import json

import pytest

from eval.answers.cases import read_cases
from eval.answers.types import Expect
from eval.errors import EvalInputError


def write(folder, name, *items):
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    lines = [item if isinstance(item, str) else json.dumps(item, ensure_ascii=False) for item in items]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_marked_evidence_is_one_reading_an_annotator_and_spellings_are_one_fact(tmp_path):
    item = {
        "_id": "zh-1",
        "lang": "zh",
        "task": "evidence",
        "query": "首都在哪里？",
        "answers": [["北京", "北京市"]],
        "positive": [["中国的首都是北京。人口两千万。"]],
        "evidence": ["中国的首都是北京。", "首都是北京"],
    }
    (case,) = read_cases([write(tmp_path / "expmrc", "rag.dev.jsonl", item)])
    assert (case.id, case.language, case.expect, case.given) == ("expmrc/zh-1", "zh", Expect.ANSWER, True)
    assert case.facts == (("北京", "北京市"),)
    assert case.gold == ((("中国的首都是北京。",),), (("首都是北京",),))
    assert case.direction == "zh→zh"


def test_a_noise_item_is_also_a_rejection_test_and_a_falsified_one_a_counterfactual(tmp_path):
    noise = {
        "_id": "a",
        "task": "noise+rejection",
        "query": "几人？",
        "answers": [["12人"]],
        "positive": [["有12人。"]],
        "negative": ["别的。"],
    }
    wrong = {**noise, "_id": "b", "task": "counterfactual", "positive_wrong": ["有21人。"], "fake_answer": "21人"}
    cases = read_cases([write(tmp_path / "rgb", "rag.dev.jsonl", noise, wrong)])
    assert [case.id for case in cases] == ["rgb/a#noise", "rgb/a#rejection", "rgb/b#counterfactual"]
    assert [case.expect for case in cases] == [Expect.ANSWER, Expect.ABSTAIN, Expect.CORRECT]
    assert cases[1].positive == ()
    assert (cases[2].positive, cases[2].fake) == ((("有21人。",),), ("21人",))
    assert cases[0].gold == ((("有12人。",),),)


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("ANSWERABLE", Expect.ANSWER),
        ("PARTIAL", Expect.PARTIAL),
        ("UNANSWERABLE", Expect.ABSTAIN),
        ("UNDERSPECIFIED", Expect.ASK_BACK),
    ],
)
def test_answerability_says_what_is_expected(tmp_path, stated, expected):
    item = {"_id": "1", "query": "Why?", "answers": [["Because."]], "positive": [], "answerability": stated}
    assert read_cases([write(tmp_path / "mtrag_gen", "rag.dev.jsonl", item)])[0].expect is expected


@pytest.mark.parametrize("reference", ["Unable to answer", "Unable to answer.", "Cannot answer", "无法回答。"])
def test_an_item_whose_answer_is_an_abstention_is_unanswerable_and_needs_a_library(tmp_path, reference):
    item = {
        "_id": "2158",
        "lang": "en",
        "query": "Which?",
        "answers": [[reference]],
        "doc_ids": ["44"],
        "keypoints": ["1. None"],
    }
    (case,) = read_cases([write(tmp_path / "dragonball", "rag.dev.jsonl", item)])
    assert (case.expect, case.given, case.documents, case.keypoints) == (Expect.ABSTAIN, False, ("44",), ("None",))


def test_own_questions_have_a_flat_list_of_spellings_and_quotes(tmp_path):
    item = {
        "id": "en-08",
        "question": "When does it run?",
        "language": "en",
        "answerable": True,
        "answers": ["02:30", "2:30"],
        "gold": [{"file": "手册.pdf", "quote": "每天凌晨 2 点 30 分自动备份。"}],
    }
    other = {"id": "en-09", "question": "Who sings?", "answerable": False, "answers": [], "gold": []}
    first, second = read_cases([write(tmp_path, "questions.jsonl", item, other)])
    assert (first.facts, first.documents, first.direction) == ((("02:30", "2:30"),), ("手册.pdf",), "en→zh")
    assert (second.expect, second.facts, second.language) == (Expect.ABSTAIN, (), "en")


def test_harm_labels_become_expectations_and_blanks_are_put_in_order(tmp_path):
    items = [
        {"_id": str(n), "text": f"怎么\t做{n}？\r", "lang": "zh", "label": label, "kind": "prompt", "new": 1}
        for n, label in enumerate(("harmful", "safe", "sensitive"))
    ]
    cases = read_cases([write(tmp_path / "harm", "harm.dev.jsonl", *items)])
    assert [case.expect for case in cases] == [Expect.WITHHOLD, Expect.SERVE, Expect.UNSCORED]
    assert cases[0].question == "怎么 做0？"


GOOD = {"_id": "1", "query": "谁？", "answers": [["我"]], "positive": [["是我。"]]}


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((), "no questions in it"),
        ((GOOD, "{oops"), ".jsonl:2: no JSON"),
        ((GOOD, "[1]"), ".jsonl:2: a line must be one JSON object"),
        (({"_id": "1", "answers": []},), ".jsonl:1: no question"),
        (({**GOOD, "query": " ？ "},), ".jsonl:1: `query` is empty"),
        (({**GOOD, "query": 5},), ".jsonl:1: `query` must be text"),
        (({**GOOD, "_id": ""},), ".jsonl:1: no `_id`"),
        (({**GOOD, "lang": "fr"},), "neither zh nor en"),
        (({**GOOD, "answers": "我"},), "`answers` must be a list"),
        (({**GOOD, "answerability": "MAYBE"},), "'MAYBE' is none of"),
        ((GOOD, GOOD), ".jsonl:2: the id 'x/1' stands already at"),
        (({"_id": "1", "text": "What?"},), "BEIR"),
        (({"_id": "1", "title": "", "text": "A document."},), "eval retrieval"),
        (({"_id": "1", "text": "?a", "label": "bad"},), "the label 'bad' is none of"),
        (({"id": "1", "question": "谁？", "answerable": True, "answers": []},), "neither `answers` nor gold quotes"),
        (({"id": "1", "question": "谁？"},), "neither `answers` nor gold quotes"),  # no labels, and no free point
    ],
)
def test_a_line_that_is_no_question_is_named_with_its_file_and_number(tmp_path, lines, told):
    path = write(tmp_path / "x", "rag.dev.jsonl", *lines)
    with pytest.raises(EvalInputError) as error:
        read_cases([path])
    assert told in str(error.value)
    assert str(path) in str(error.value)


def test_a_file_in_another_encoding_and_a_folder_are_told_so(tmp_path):
    path = tmp_path / "q.jsonl"
    path.write_bytes('{"id": "1", "question": "谁？"}'.encode("gbk"))
    with pytest.raises(EvalInputError, match="not UTF-8"):
        read_cases([path])
    with pytest.raises(EvalInputError, match="a folder"):
        read_cases([tmp_path])


def test_a_case_from_feedback_without_answers_is_judged_by_its_gold_sentences(tmp_path):
    quote = "演练总共用了 38 分钟。"
    item = {"id": "1", "question": "用了多久？", "gold": [{"file": "手册.pdf", "start": 0, "end": 12, "quote": quote}]}
    (case,) = read_cases([write(tmp_path / "x", "cases.jsonl", item)])
    assert (case.expect, case.facts) == (Expect.ANSWER, ((quote,),))
