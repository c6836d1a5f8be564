"""Every key × every collection × every verb, over HTTP: what is not allowed is denied, and hidden is like missing."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from app.api.errors import ApiError
from app.api.rights import NEEDS, Caller, Verb, allow

LEVELS = {"read": 1, "write": 2, "admin": 3}
VISIBLE, HIDDEN, MISSING = "default", "密", "没有"
# One request for every verb that touches a collection; {c} is the collection.
REQUESTS: dict[str, tuple[Verb, str, str, dict[str, Any]]] = {
    "ask": (
        Verb.ASK,
        "POST",
        "/v1/chat/completions",
        {"json": {"model": "{c}", "messages": [{"role": "user", "content": "付款？"}]}},
    ),
    "search": (Verb.SEARCH, "POST", "/v1/search", {"json": {"question": "付款", "collection": "{c}"}}),
    "model": (Verb.LIST, "GET", "/v1/models/{c}", {}),
    "documents": (Verb.LIST, "GET", "/v1/documents", {"params": {"collection": "{c}"}}),
    "document": (Verb.LIST, "GET", "/v1/documents/{d}", {"params": {"collection": "{c}"}}),
    "text": (Verb.READ, "GET", "/v1/documents/{d}/text", {"params": {"collection": "{c}"}}),
    "passages": (Verb.READ, "GET", "/v1/documents/{d}/passages", {"params": {"collection": "{c}"}}),
    "upload": (
        Verb.UPLOAD,
        "POST",
        "/v1/documents",
        {"data": {"collection": "{c}"}, "files": {"file": ("新.txt", b"new")}},
    ),
    "delete": (Verb.DELETE, "DELETE", "/v1/documents/{d}", {"params": {"collection": "{c}"}}),
}


def filled(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace("{" + name + "}", text)
        return value
    if isinstance(value, dict):
        return {key: filled(each, names) for key, each in value.items()}
    return [filled(each, names) for each in value] if isinstance(value, list) else value


def send(server, request: str, collection: str, key: str) -> httpx.Response:
    _, method, path, more = REQUESTS[request]
    documents = {VISIBLE: document_of(server, VISIBLE), HIDDEN: document_of(server, HIDDEN), MISSING: "0" * 64}
    names = {"c": collection, "d": documents[collection]}
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return server.client.request(method, filled(path, names), headers=headers, **filled(more, names))


def document_of(server, collection: str) -> str:
    cards = server.library.shelf(collection).read.cards() if collection != MISSING else ()
    return cards[-1].id if cards else "0" * 64


def status(got: httpx.Response) -> tuple[int, str]:
    return got.status_code, got.json().get("error", {}).get("code", "")


@pytest.mark.parametrize("request_name", sorted(REQUESTS))
def test_the_matrix_of_keys_and_collections(server, request_name) -> None:
    verb = REQUESTS[request_name][0]
    keys = {
        (scope, bound): server.house.keys.add(f"{scope} {bound}", scope, [VISIBLE] if bound else [])[1]
        for scope in LEVELS
        for bound in (True, False)
    }
    wrong = "shj_" + "x" * 43
    revoked = server.house.keys.add("gone", "admin")[1]
    server.house.keys.revoke("gone")
    for key in ("", wrong, revoked):
        for collection in (VISIBLE, HIDDEN, MISSING):
            assert status(send(server, request_name, collection, key)) == (401, "invalid_api_key")
    needed = LEVELS[NEEDS[verb]]
    for (scope, bound), key in sorted(keys.items()):
        enough = LEVELS[scope] >= needed
        denied = (403, "insufficient_scope")
        for collection in (HIDDEN, MISSING, VISIBLE):
            got = send(server, request_name, collection, key)
            if not enough:
                assert status(got) == denied, (scope, bound, collection)
            elif bound and collection != VISIBLE:
                assert status(got) == (404, "model_not_found"), (scope, collection)
            elif collection == MISSING and verb is not Verb.UPLOAD:
                assert status(got)[0] == 404, (scope, collection)
            else:
                assert got.status_code in ((200, 202) if verb is not Verb.DELETE else (200, 404)), (scope, collection)


def test_a_hidden_collection_and_one_that_is_not_there_look_the_same(server) -> None:
    key = server.house.keys.add("reader", "read", [VISIBLE])[1]
    for request in sorted(REQUESTS):
        if NEEDS[REQUESTS[request][0]] != "read":
            continue
        hidden, missing = (send(server, request, name, key) for name in (HIDDEN, MISSING))
        assert hidden.text.replace(HIDDEN, "X") == missing.text.replace(MISSING, "X"), request
        same = {
            name: value
            for name, value in hidden.headers.items()
            if name not in ("date", "x-request-id", "content-length")
        }
        assert same.items() <= missing.headers.items()


def test_lists_hold_only_what_the_key_may_see(server) -> None:
    reader = {"Authorization": f"Bearer {server.house.keys.add('reader', 'read', [HIDDEN])[1]}"}
    writer = {"Authorization": f"Bearer {server.house.keys.add('writer', 'write', [VISIBLE])[1]}"}
    assert [model["id"] for model in server.client.get("/v1/models", headers=reader).json()["data"]] == [HIDDEN]
    assert [model["id"] for model in server.client.get("/v1/models", headers=writer).json()["data"]] == [
        "shujia",
        VISIBLE,
    ]
    everyone = server.house.keys.add("all", "write")[1]
    job = server.upload("新.txt", "新的密码是绿色的。", HIDDEN, everyone)
    assert job["status"] == "done"
    assert server.client.get("/v1/jobs", headers=writer).json()["jobs"] == []
    assert status(server.client.get(f"/v1/jobs/{job['id']}", headers=writer)) == (404, "job_not_found")
    assert status(server.client.get("/v1/jobs", headers=reader)) == (403, "insufficient_scope")


def test_an_answer_belongs_to_the_key_that_asked(server) -> None:
    mine, other = (server.house.keys.add(name, "read")[1] for name in ("mine", "other"))
    answer = server.ask("甲方应当在多少天内付款？", mine).json()["id"]
    rating = {"id": answer, "rating": "up"}
    for key, expected in ((mine, 200), (other, 404), ("", 401)):
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        assert server.client.get(f"/v1/answers/{answer}", headers=headers).status_code == expected
        assert server.client.post("/v1/feedback", json=rating, headers=headers).status_code == expected


def test_metrics_are_for_administrators_where_keys_are_needed(server) -> None:
    assert server.client.get("/metrics").status_code == 200  # open while there is no key
    for scope, expected in (("read", 403), ("write", 403), ("admin", 200)):
        headers = {"Authorization": f"Bearer {server.house.keys.add(scope, scope)[1]}"}
        assert server.client.get("/metrics", headers=headers).status_code == expected
    assert server.client.get("/metrics").status_code == 401
    assert server.client.get("/health").status_code == server.client.get("/ready").status_code == 200


def test_folders_of_the_server_are_shown_to_administrators_alone(server) -> None:
    for scope, shown in (("read", "合同.txt"), ("write", "合同.txt"), ("admin", "upload/合同.txt")):
        headers = {"Authorization": f"Bearer {server.house.keys.add(scope, scope)[1]}"}
        got = server.client.get("/v1/documents", headers=headers).json()
        assert got["documents"][0]["paths"] == [shown]
        hits = server.client.post("/v1/search", json={"question": "付款"}, headers=headers).json()["hits"]
        assert hits[0]["path"] == shown


def test_every_verb_needs_a_scope_and_an_unknown_one_is_denied() -> None:
    assert set(NEEDS) == set(Verb)
    with pytest.raises(ApiError) as denied:
        allow(Caller("1", "admin"), "shutdown")  # type: ignore[arg-type]
    assert denied.value.status == 403


def test_a_key_that_is_revoked_is_refused_from_the_next_request_on(server) -> None:
    made, key = server.house.keys.add("a", "read")
    assert server.ask("付款？", key).status_code == 200
    server.house.keys.revoke(made.id)
    assert server.ask("付款？", key).status_code == 401
    assert server.ask("付款？").status_code == 401  # the last key is gone, the library is not open again
