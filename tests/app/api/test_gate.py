from __future__ import annotations

import json
import logging

import pytest
from openai import OpenAI

from app.api.errors import ApiError
from app.api.limits import BURST_SECONDS, Buckets
from app.api.observe import JsonLines
from app.api.server import is_loopback, serve
from app.settings import Settings, SettingsError
from store.api_keys import ApiKeys


def test_a_name_that_points_here_but_is_not_ours_is_refused(server) -> None:
    for host in ("evil.example", "evil.example:8600", "127.0.0.1.evil.example", ""):
        got = server.client.get("/v1/models", headers={"Host": host})
        assert got.status_code == 400
    for host in ("127.0.0.1", "localhost:8600", "[::1]:8600", "LOCALHOST"):
        assert server.client.get("/v1/models", headers={"Host": host}).status_code == 200


def test_errors_are_chinese_for_whoever_asks_for_chinese_first(server) -> None:
    for path, headers, chinese, english in (
        ("/v1/models", {"Host": "evil.example"}, "这个服务器没有那个名称", "not known by that name"),
        ("/nowhere", {}, "没有这个地址", "Not Found"),
        ("/v1/documents?collection=没有", {}, "没有", "no"),
    ):
        told = {
            accepted: server.client.get(path, headers={**headers, "Accept-Language": accepted}).json()["error"]
            for accepted in ("zh-CN,zh;q=0.9", "en-US,zh;q=0.5")
        }
        spoken, plain = told["zh-CN,zh;q=0.9"], told["en-US,zh;q=0.5"]
        assert chinese in spoken["message"]
        assert english in plain["message"]
        assert {**spoken, "message": ""} == {**plain, "message": ""}


def test_pages_of_other_sites_are_refused_also_for_uploads(server) -> None:
    files = {"file": ("x.txt", b"x")}
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        got = server.client.post("/v1/documents", files=files, headers=headers)
        assert (got.status_code, got.json()["error"]["code"]) == (403, "foreign_origin")
        assert "access-control-allow-origin" not in got.headers
    assert server.client.get("/v1/models", headers={"Origin": server.url}).status_code == 200


def test_a_page_that_is_named_may_call(serve) -> None:
    page = "https://chat.example.org"
    server = serve(api_origins=page)
    asked = {"Origin": page, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    assert server.client.options("/v1/chat/completions", headers=asked).headers["access-control-allow-origin"] == page
    assert server.client.get("/v1/models", headers={"Origin": page}).headers["access-control-allow-origin"] == page
    other = server.client.get("/v1/models", headers={"Origin": "https://chat.example.com"})
    assert other.status_code == 403


def test_a_server_that_others_reach_needs_a_key_even_without_any(serve) -> None:
    server = serve(loopback=False)
    assert server.client.get("/v1/models").status_code == 401
    assert server.client.get("/v1/models", headers={"Host": "shujia.example.org"}).status_code == 401
    key = server.house.keys.add("a", "read")[1]
    for headers in ({"Authorization": f"Bearer {key}"}, {"X-API-Key": key}):
        assert server.client.get("/v1/models", headers=headers).status_code == 200


def test_serving_others_without_a_key_is_refused_with_the_next_step(tmp_path) -> None:
    settings = Settings(library=tmp_path / "library", api_host="0.0.0.0")  # noqa: S104
    with pytest.raises(SettingsError, match="shujia keys add"):
        serve(settings)


def test_which_addresses_are_this_machine_alone() -> None:
    assert all(is_loopback(host) for host in ("127.0.0.1", "127.9.9.9", "::1", "[::1]", "localhost", "LOCALHOST"))
    assert not any(is_loopback(host) for host in ("0.0.0.0", "::", "10.0.0.1", "example.org", "", "127.0.0.1.evil"))  # noqa: S104


def test_a_key_may_ask_so_much_a_minute_and_is_told_when_again(serve) -> None:
    server = serve(api_rate=12)  # a burst of 12 * 10 s / 60 s = 2
    key, other = (server.house.keys.add(name, "read")[1] for name in "ab")
    answers = [server.client.get("/v1/models", headers={"Authorization": f"Bearer {key}"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2].headers["retry-after"]) <= 6  # one every 5 s
    assert answers[2].json()["error"]["code"] == "rate_limit_exceeded"
    assert server.client.get("/v1/models", headers={"Authorization": f"Bearer {other}"}).status_code == 200


def test_a_bucket_fills_at_its_rate_and_holds_ten_seconds_of_it() -> None:
    now = [0.0]
    buckets = Buckets(60, lambda: now[0])  # one a second
    for _ in range(int(BURST_SECONDS)):
        buckets.take("a")
    with pytest.raises(ApiError, match="try again in 1 s"):
        buckets.take("a")
    now[0] = 1.0
    buckets.take("a")
    with pytest.raises(ApiError):
        buckets.take("a")
    now[0] = 3600.0
    for _ in range(int(BURST_SECONDS)):
        buckets.take("a")
    with pytest.raises(ApiError):
        buckets.take("a")


def test_bodies_and_uploads_have_a_largest_size(serve) -> None:
    server = serve(api_upload_mb=1)
    long = server.ask("问" * 400_000)  # 1.2 MB
    assert (long.status_code, long.json()["error"]["code"]) == (413, "too_large")
    fits = server.client.post("/v1/documents", files={"file": ("a.txt", b"a" * 900_000)})
    assert fits.status_code == 202
    big = server.client.post("/v1/documents", files={"file": ("a.txt", b"a" * 1_100_000)})
    assert (big.status_code, big.json()["error"]["code"]) == (413, "too_large")

    def drip():  # no Content-Length to believe
        for _ in range(12):
            yield b"x" * 100_000

    got = server.client.post("/v1/chat/completions", content=drip(), headers={"Content-Type": "application/json"})
    assert got.status_code == 413


def test_a_file_of_one_who_may_not_upload_is_not_even_looked_at(server) -> None:
    key = server.house.keys.add("reader", "read")[1]
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "multipart/form-data; boundary=b"}
    got = server.client.post("/v1/documents", content=b"no form at all", headers=headers)
    assert got.status_code == 403


def test_responses_carry_an_id_and_headers_that_browsers_obey(server) -> None:
    got = server.client.get("/v1/models", headers={"X-Request-ID": "abc-123"})
    assert got.headers["x-request-id"] == "abc-123"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in got.headers["content-security-policy"]
    assert got.headers["cache-control"] == "no-store"
    forged = server.client.get("/v1/models", headers={"X-Request-ID": "a b\tc"}).headers["x-request-id"]
    assert len(forged) == 32
    assert len(server.client.get("/nirgends").headers["x-request-id"]) == 32


def test_the_log_has_facts_and_no_content(server, caplog, until, monkeypatch) -> None:
    access = logging.getLogger("uvicorn.access")  # some library of the process has turned it on again
    monkeypatch.setattr(access, "propagate", True)
    monkeypatch.setattr(access, "level", logging.INFO)
    key = server.house.keys.add("王小明", "admin")[1]
    with caplog.at_level(logging.INFO, "shujia.api"):
        answer = server.ask("甲方应当在多少天内付款？", key).json()
        server.ask("甲方应当在多少天内付款？", key, stream=True)
        headers = {"Authorization": f"Bearer {key}"}
        server.client.get("/v1/documents", params={"collection": "密"}, headers=headers)
        server.client.get("/v1/models/密", headers=headers)
        server.client.post(
            "/v1/feedback", json={"id": answer["id"], "rating": "down", "comment": "胡说"}, headers=headers
        )
        server.client.get("/v1/documents/" + "0" * 64, headers=headers)
        server.client.post("/v1/search", json={"question": "付款", "collection": "没有"}, headers=headers)
        # A line is written when its response has gone out.
        until(lambda: len([record for record in caplog.records if record.name == "shujia.api"]) == 7)
    lines = [JsonLines().format(record) for record in caplog.records if record.name == "shujia.api"]
    assert len(lines) == 7
    facts = [json.loads(line) for line in lines]
    assert facts[0]["route"] == "/v1/chat/completions"
    assert {"request", "method", "route", "status", "seconds", "key", "time", "level"} <= set(facts[0])
    assert [fact["status"] for fact in facts] == [200, 200, 200, 200, 200, 404, 404]
    for word in ("甲方", "付款", "密", "没有", "胡说", "王小明", key, "0" * 64):
        assert word not in "\n".join(lines), word
        assert word not in caplog.text


def test_metrics_count_requests_stages_answers_and_tokens(server) -> None:
    server.ask("甲方应当在多少天内付款？")
    server.ask("甲方应当在多少天内付款？", shujia={"answer": "extractive"})
    server.ask("What is the capital of Peru?", shujia={"answer": "extractive"})
    text = server.client.get("/metrics").text
    line = 'shujia_requests_total{method="POST",route="/v1/chat/completions",status="200"} 3.0'
    assert line in text
    assert 'shujia_answers_total{outcome="answered"} 2.0' in text
    assert 'shujia_answers_total{outcome="abstained"} 1.0' in text
    assert 'shujia_tokens_total{kind="written"} 16.0' in text
    assert 'shujia_stage_seconds_count{stage="dense"} 3.0' in text
    assert "default" not in text


def test_the_openai_client_reads_errors(server) -> None:
    import openai

    server.house.keys.add("a", "read")
    client = OpenAI(base_url=f"{server.url}/v1", api_key="shj_wrong", max_retries=0)
    with pytest.raises(openai.AuthenticationError, match="a valid key is needed"):
        client.models.list()
    client.close()


def test_keys_are_kept_as_hashes(server) -> None:
    key = server.house.keys.add("a", "read")[1]
    raw = (server.library.settings.library / "catalogue.sqlite").read_bytes()
    wal = server.library.settings.library / "catalogue.sqlite-wal"
    assert key.encode() not in raw + (wal.read_bytes() if wal.exists() else b"")
    assert ApiKeys(server.library.catalogue.engine).find(key) is not None


def test_a_made_up_method_makes_no_label_of_its_own(server) -> None:
    assert server.client.request("BREW", "/v1/models").status_code == 405
    text = server.client.get("/metrics").text
    assert 'method="other"' in text
    assert "BREW" not in text
