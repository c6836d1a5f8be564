"""The same answers from every runtime: llama.cpp here, and the endpoint of conftest.py."""

import threading
import time

import pytest

from models.types import Chooser, ContextTooLong, Judge, Message, ModelUnavailable

pytestmark = pytest.mark.real

SHOTS = [
    Message("system", "只根据编号的段落回答，并用[n]注明出处。如果段落中没有答案，就写：文档中没有说明。"),
    Message("user", "段落：\n[1] 会员可以借十二本书，借期四周。\n问题：会员可以借几本书？"),
    Message("assistant", "会员可以借十二本书[1]。"),
    Message("user", "段落：\n[1] 游泳池冬天加热。\n问题：俱乐部是谁创办的？"),
    Message("assistant", "文档中没有说明。"),
]
FARE = Message("user", "段落：\n[1] 停车费每天40元。\n[2] 图书馆周日闭馆。\n问题：停车费是多少？")
UNKNOWN = Message("user", "段落：\n[1] 停车费每天40元。\n问题：图书馆的馆长是谁？")


def test_an_answer_is_streamed_and_cited(chat):
    pieces = list(chat.stream([*SHOTS, FARE], max_tokens=24))
    assert len(pieces) > 3
    assert "40元" in "".join(pieces).replace(" ", "")
    assert "[1]" in "".join(pieces)


def test_what_the_passages_do_not_say_is_not_answered(chat):
    assert "没有说明" in "".join(chat.stream([*SHOTS, UNKNOWN], max_tokens=12))


def test_the_passage_that_answers_has_the_likeliest_yes_in_both_languages(chat):
    assert isinstance(chat, Judge)
    passages = ["停车费每天40元。", "图书馆周日闭馆。", "Parking costs 40 yuan a day."]
    rules = Message("system", "判断段落是否回答了问题，两者可以是不同的语言。只回答“是”或“否”。")
    asked = "问题：停车费是多少？\n段落：{}\n段落是否回答了问题？只回答“是”或“否”。"
    prompts = [[rules, Message("user", asked.format(passage))] for passage in passages]
    fare, library, english = chat.yes_probabilities(prompts)
    assert library < 0.5 < min(fare, english)


def test_tokens_are_counted_by_the_model_itself(chat):
    assert chat.count_tokens("") == 0
    assert chat.count_tokens("你好 hello world") == 3
    assert chat.count_tokens("繁體中文：資料庫") == 6


def test_a_prompt_that_does_not_fit_is_refused_before_anything_is_written(chat):
    with pytest.raises(ContextTooLong, match="fewer"):
        next(chat.stream([Message("user", "年假" * 2000)], max_tokens=10))


def test_an_answer_is_cut_off_while_its_prompt_is_read_and_the_next_one_comes(chat):
    stream = chat.stream([Message("user", " ".join(str(n) for n in range(400, 700)))], max_tokens=5)
    began = time.monotonic()
    threading.Timer(1.0, stream.abort).start()
    with pytest.raises(ModelUnavailable):
        next(stream)
    assert time.monotonic() - began < 5
    assert "".join(chat.stream([*SHOTS, FARE], max_tokens=2))


@pytest.mark.vllm
def test_one_of_several_words_is_chosen(endpoint_chat):
    assert isinstance(endpoint_chat, Chooser)
    asked = [Message("user", "段落：停车费每天40元。\n停车要付钱吗？")]
    assert endpoint_chat.choose(asked, ["要", "不要"]) == "要"
    assert endpoint_chat.choose(asked, ["紫色", "绿色"]) in {"紫色", "绿色"}  # whatever it would rather say


@pytest.fixture
def endpoint_chat(chat):
    if not isinstance(chat, Chooser):
        pytest.skip("the embedded model has no schema")
    return chat
