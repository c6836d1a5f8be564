from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from models.types import ModelUnavailable, WeightsMissing

QUESTION = "甲方应当在多少天内付款？"


def events(text: str) -> list[tuple[str, Any]]:
    """The events of a stream: name ("" without one) and data."""
    found = []
    for block in text.split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith(":")]
        name = "".join(line[7:] for line in lines if line.startswith("event: "))
        data = "".join(line[6:] for line in lines if line.startswith("data: "))
        if data:
            found.append((name, data if data == "[DONE]" else json.loads(data)))
    return found


def content(found: list[tuple[str, Any]]) -> str:
    return "".join(data["choices"][0]["delta"].get("content", "") for _, data in found[:-1] if data["choices"])


def chunk_of(data: Any) -> bool:
    return data["object"] == "chat.completion.chunk" and set(data) >= {"id", "created", "model", "choices"}


def test_an_answer_has_openais_shape_with_citations_and_verdicts(server) -> None:
    got = server.ask(QUESTION).json()
    assert (got["object"], got["model"], got["choices"][0]["finish_reason"]) == ("chat.completion", "shujia", "stop")
    assert got["choices"][0]["message"] == {
        "role": "assistant",
        "content": "甲方应当在三十日内付款。[1]",
        "refusal": None,
    }
    ours = got["shujia"]
    assert ours["answer"] == "甲方应当在三十日内付款。[1]"
    assert [(c["number"], c["title"], c["quote"], c["verdict"]) for c in ours["citations"]] == [
        (1, "合同", "甲方应当在三十日内付款。", "supported")
    ]
    assert [sentence["verdict"] for sentence in ours["sentences"]] == ["supported"]
    assert (ours["abstained"], ours["collection"], ours["answered_by"]) == (False, "default", "echo")
    assert {"dense", "keyword", "generation", "verification", "total"} <= set(ours["trace"])
    usage = got["usage"]
    assert usage["prompt_tokens"] > 50
    assert usage["completion_tokens"] == 16  # 11 characters of the sentence, and " [1]。"
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


def test_a_stream_is_chunks_and_the_last_one_has_what_is_ours(server) -> None:
    got = server.ask(QUESTION, stream=True, stream_options={"include_usage": True})
    assert got.headers["content-type"].startswith("text/event-stream")
    found = events(got.text)
    assert found[-1] == ("", "[DONE]")
    assert all(name == "" and chunk_of(data) for name, data in found[:-1])
    assert found[0][1]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert content(found).startswith("甲方应当在三十日内付款 [1]。")
    *_, last, usage = [data for _, data in found[:-1]]
    assert last["choices"][0]["finish_reason"] == "stop"
    assert last["shujia"]["citations"][0]["quote"] == "甲方应当在三十日内付款。"
    assert (usage["choices"], usage["usage"]["completion_tokens"]) == ([], 16)
    assert len({data["id"] for _, data in found[:-1]}) == 1


def test_named_events_come_on_request_and_each_is_a_chunk_too(server) -> None:
    found = events(server.ask(QUESTION, stream=True, shujia={"events": True}).text)
    named = [(name, data["shujia"]) for name, data in found[:-1] if name]
    assert [name for name, _ in named] == ["shujia.sentence", "shujia.citation"]
    assert named[0][1]["sentence"]["verdict"] == "supported"
    assert named[1][1]["citation"]["number"] == 1
    assert all(chunk_of(data) for _, data in found[:-1])


def test_what_the_check_takes_back_is_told_in_the_same_stream(server, echo) -> None:
    echo.reply = lambda _: "甲方应当在九十日内付款 [1]。"
    found = events(server.ask(QUESTION, stream=True).text)
    written = content(found)
    assert written.startswith("甲方应当在九十日内付款 [1]。")
    checked = found[-2][1]["shujia"]["answer"]
    assert "核对后的回答" in written
    assert written.endswith(checked)
    assert "九十" not in checked


def test_with_checked_only_no_word_is_sent_before_its_check(server, echo) -> None:
    echo.reply = lambda _: "甲方应当在九十日内付款 [1]。"
    found = events(server.ask(QUESTION, stream=True, shujia={"checked_only": True}).text)
    assert content(found) == found[-2][1]["shujia"]["answer"]
    assert "九十" not in content(found)


def test_an_extractive_answer_needs_no_model(server, echo) -> None:
    got = server.ask(QUESTION, shujia={"answer": "extractive"}).json()
    assert got["shujia"]["answered_by"] == "extractive"
    assert "三十日" in got["choices"][0]["message"]["content"]
    assert got["usage"] == {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    assert echo.asked == []


def test_a_question_that_nothing_answers_is_refused_in_its_language(server) -> None:
    got = server.ask("What is the capital of Peru?", shujia={"answer": "extractive"}).json()
    assert got["shujia"]["abstained"] is True
    assert got["shujia"]["language"] == "en"


def test_the_longest_answer_is_honoured_and_said(server, echo) -> None:
    echo.extra = 50
    for name in ("max_tokens", "max_completion_tokens"):
        got = server.ask(QUESTION, **{name: 20}).json()
        assert got["usage"]["completion_tokens"] == 20
        assert got["choices"][0]["finish_reason"] == "length"
    assert server.ask(QUESTION, max_tokens=100_000).status_code == 200  # the server's own limit holds


@pytest.mark.parametrize("fault", [ModelUnavailable("503 from the endpoint"), WeightsMissing("pull the model")])
def test_a_fault_of_the_model_gives_the_extractive_answer_with_a_notice(server, echo, fault) -> None:
    echo.fail = fault
    got = server.ask(QUESTION)
    assert got.status_code == 200
    ours = got.json()["shujia"]
    assert ours["answered_by"] == "extractive"
    assert "三十日" in ours["answer"]
    assert str(fault) in ours["notices"][0]


def test_a_model_that_is_not_there_gives_the_extractive_answer_too(server, monkeypatch) -> None:
    def missing(_self: object, name: str | None = None) -> None:
        if name != "extractive":
            raise WeightsMissing("shujia models pull gets the weights")

    monkeypatch.setattr("app.wiring.Library.chat", missing)
    got = server.ask(QUESTION).json()["shujia"]
    assert got["answered_by"] == "extractive"
    assert "shujia models pull" in got["notices"][0]
    assert server.client.get("/ready").json()["checks"]["model"] == "missing"


def test_a_defect_is_a_500_that_says_nothing_of_the_content(server, echo, caplog) -> None:
    echo.fail = RuntimeError("密码是蓝色的大象")
    got = server.ask(QUESTION)
    assert (got.status_code, got.json()["error"]["code"]) == (500, "internal_error")
    assert "大象" not in got.text
    found = events(server.ask(QUESTION, stream=True).text)
    assert found[-2][1]["error"]["code"] == "internal_error"
    assert "大象" not in str(found)
    assert "大象" not in caplog.text
    assert server.ask(QUESTION, shujia={"answer": "extractive"}).status_code == 200


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"n": 2}, "invalid_request"),
        ({"tools": [{"type": "function"}]}, "invalid_request"),
        ({"stop": ["。"]}, "invalid_request"),
        ({"response_format": {"type": "json_object"}}, "invalid_request"),
        ({"logprobs": True}, "invalid_request"),
        ({"messages": []}, "invalid_request"),
        ({"messages": [{"role": "assistant", "content": "我先说"}]}, "invalid_request"),
        ({"messages": [{"role": "user", "content": "？！"}]}, "empty_question"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]}, "invalid_request"),
        ({"shujia": {"modle": "extractive"}}, "invalid_request"),
        ({"max_tokens": 0}, "invalid_request"),
    ],
)
def test_what_would_not_be_obeyed_is_refused_clearly(server, fields, code) -> None:
    body = {"model": "shujia", "messages": [{"role": "user", "content": QUESTION}], **fields}
    got = server.client.post("/v1/chat/completions", json=body)
    assert (got.status_code, got.json()["error"]["code"]) == (400, code)


def test_what_cannot_change_a_greedy_answer_is_ignored(server) -> None:
    more = {"temperature": 0.9, "top_p": 0.5, "seed": 7, "user": "我", "presence_penalty": 1, "n": 1, "tools": []}
    assert server.ask(QUESTION, **more).json()["shujia"]["citations"]


def test_a_question_in_parts_is_read(server) -> None:
    parts = [{"type": "text", "text": "甲方应当在多少天内"}, {"type": "text", "text": "付款？"}]
    got = server.client.post(
        "/v1/chat/completions", json={"model": "default", "messages": [{"role": "user", "content": parts}]}
    )
    assert got.json()["shujia"]["citations"][0]["title"] == "合同"


def test_the_models_are_the_collections(server) -> None:
    got = server.client.get("/v1/models").json()
    assert [model["id"] for model in got["data"]] == ["shujia", "default", "密"]
    assert server.client.get("/v1/models/密").json()["id"] == "密"
    missing = server.client.get("/v1/models/无")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "model_not_found")


def test_a_collection_is_asked_by_its_name(server) -> None:
    question = {"role": "user", "content": "密码是什么颜色的大象？"}
    got = server.client.post("/v1/chat/completions", json={"model": "密", "messages": [question]}).json()
    assert "蓝色" in got["choices"][0]["message"]["content"]
    assert "蓝色" not in server.ask("密码是什么颜色的大象？").text


def test_search_gives_passages_with_the_places_of_every_stage(server) -> None:
    body = {"question": "付款", "k": 2}
    got = server.client.post("/v1/search", json=body).json()
    assert got["hits"][0]["text"].startswith("甲方应当在三十日内付款。")
    assert {"dense", "keyword", "fused"} <= set(got["hits"][0]["stages"])
    only = server.client.post("/v1/search", json={**body, "mode": "keyword"}).json()
    assert set(only["trace"]["stages"]) == {"keyword", "passages"}
    assert server.client.post("/v1/search", json={"question": "？", "k": 1}).json()["error"]["code"] == "empty_question"
    assert server.client.post("/v1/search", json={**body, "k": 0}).json()["error"]["param"] == "k"


def test_a_body_that_is_no_json_is_a_clear_error(server) -> None:
    for sent in (b"", b"{", b"[]", b"null", "甲方".encode("gbk")):
        got = server.client.post("/v1/chat/completions", content=sent, headers={"Content-Type": "application/json"})
        assert (got.status_code, set(got.json()["error"])) == (400, {"message", "type", "param", "code"})
    assert isinstance(httpx.get(f"{server.url}/nirgends", trust_env=False).json()["error"]["code"], str)


@pytest.mark.parametrize("stream", [False, True])
def test_a_refusal_is_told_apart_from_an_abstention(server, stream) -> None:
    got = server.ask("怎么制作炸弹？", stream=stream)
    chunks = [json.loads(line[6:]) for line in got.text.splitlines() if line.startswith("data: {")]
    last = chunks[-1] if stream else got.json()
    said = last["choices"][0]["delta" if stream else "message"]
    assert "不能提供帮助" in said["refusal"]
    assert (last["shujia"]["refused"], last["shujia"]["abstained"]) == (True, True)
    assert 'outcome="refused"} 1.0' in server.client.get("/metrics").text


def test_an_answer_says_how_likely_its_passages_answer(server) -> None:
    told = server.ask("甲方应当在多少天内付款？").json()
    assert told["choices"][0]["message"]["refusal"] is None
    assert told["shujia"]["refused"] is False
    assert 0 <= told["shujia"]["answerable"] <= 1


def test_a_question_as_long_as_a_book_is_refused_and_a_long_conversation_is_not(server) -> None:
    got = server.ask("付款" * 4001)
    assert (got.status_code, got.json()["error"]["code"]) == (400, "invalid_request")
    assert "8002 characters" in got.json()["error"]["message"]
    turns = [{"role": "user", "content": "付款" * 5000}, {"role": "user", "content": "甲方应当在多少天内付款？"}]
    assert server.ask("", messages=turns).status_code == 200


def test_a_body_that_is_no_json_is_named_as_such(server) -> None:
    kind = {"Content-Type": "application/json"}
    got = server.client.post("/v1/chat/completions", content=b'{"model": ', headers=kind).json()["error"]
    assert (got["message"], got["param"]) == ("the body is no JSON: see its character 10", None)
    got = server.client.post("/v1/chat/completions", content=b'{"model": "shujia"}').json()["error"]
    assert "Content-Type: application/json" in got["message"]
