"""Person × collection × verb over HTTP, with keys that belong to people: default deny, and hidden is like missing."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from store.audit import Audit
from store.people import People
from store.people_groups import Groups
from store.people_rights import Rights

OURS, THEIRS, MISSING = "default", "密", "没有"
LEVELS = {"none": 0, "reader": 1, "editor": 2, "owner": 3, "admin": 9}
# name: (level that is needed, method, path, what is sent); {c} is the collection, {d} a document of it.
REQUESTS: dict[str, tuple[int, str, str, dict[str, Any]]] = {
    "ask": (
        1,
        "POST",
        "/v1/chat/completions",
        {"json": {"model": "{c}", "messages": [{"role": "user", "content": "付款？"}]}},
    ),
    "search": (1, "POST", "/v1/search", {"json": {"question": "付款", "collection": "{c}"}}),
    "model": (1, "GET", "/v1/models/{c}", {}),
    "documents": (1, "GET", "/v1/documents", {"params": {"collection": "{c}"}}),
    "document": (1, "GET", "/v1/documents/{d}", {"params": {"collection": "{c}"}}),
    "text": (1, "GET", "/v1/documents/{d}/text", {"params": {"collection": "{c}"}}),
    "passages": (1, "GET", "/v1/documents/{d}/passages", {"params": {"collection": "{c}"}}),
    "upload": (
        2,
        "POST",
        "/v1/documents",
        {"data": {"collection": "{c}"}, "files": {"file": ("新.txt", "新的".encode())}},
    ),
    "delete": (2, "DELETE", "/v1/documents/{d}", {"params": {"collection": "{c}"}}),
}
SECRET = "大象"


def put(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace("{" + name + "}", text)
        return value
    if isinstance(value, dict):
        return {key: put(each, names) for key, each in value.items()}
    return [put(each, names) for each in value] if isinstance(value, list) else value


@pytest.fixture
def team(server):
    """People by role in OURS, each with a key of every scope; the role is given directly or through a group."""
    engine = server.library.catalogue.engine
    people, groups, rights = People(engine), Groups(engine), Rights(engine)
    ids = {role: people.add(f"p-{role}", admin=role == "admin").id for role in LEVELS}
    groups.add("编辑组")
    groups.join("编辑组", "p-editor")
    rights.grant("person", "p-reader", OURS, "reader")
    rights.grant("group", "编辑组", OURS, "editor")
    rights.grant("person", "p-owner", OURS, "owner")
    keys = server.house.keys
    return {
        (role, scope): keys.add(f"{role} {scope}", scope, person=ids[role])[1]
        for role in LEVELS
        for scope in ("read", "write", "admin")
    }


def send(server, request: str, collection: str, key: str) -> httpx.Response:
    _, method, path, more = REQUESTS[request]
    cards = server.library.shelf(collection).read.cards() if collection != MISSING else ()
    names = {"c": collection, "d": cards[-1].id if cards else "0" * 64}
    headers = {"Authorization": f"Bearer {key}"}
    return server.client.request(method, put(path, names), headers=headers, **put(more, names))


@pytest.mark.parametrize("request_name", sorted(REQUESTS))
def test_the_matrix_of_people_keys_and_collections(server, team, request_name: str) -> None:
    """5 roles × 3 scopes × 3 collections × 9 requests: a key does what it may and its person may, no more."""
    needed, scopes = REQUESTS[request_name][0], {"read": 1, "write": 2, "admin": 3}
    for (role, scope), key in team.items():
        for collection in (THEIRS, MISSING, OURS):
            if role == "admin" and (collection != OURS or request_name == "delete"):
                continue  # an administrator may do everything to everything: see the matrix of keys
            got = send(server, request_name, collection, key)
            where = (role, scope, collection, got.text)
            if scopes[scope] < needed:
                assert got.status_code == 403, where
            elif collection != OURS or role == "none":
                assert got.status_code == 404, where
                assert got.json()["error"]["code"] == "model_not_found", where
            elif LEVELS[role] < needed:
                assert got.status_code == 403, where
            else:
                assert got.status_code in ((200, 202) if request_name != "delete" else (200, 404)), where
            assert collection == OURS or SECRET not in got.text


def test_a_collection_of_others_and_one_that_is_not_there_look_the_same(server, team) -> None:
    for request in sorted(REQUESTS):
        for role in ("none", "reader", "editor", "owner"):
            theirs, missing = (send(server, request, name, team[role, "admin"]) for name in (THEIRS, MISSING))
            assert theirs.text.replace(THEIRS, "X") == missing.text.replace(MISSING, "X"), (request, role)


def test_what_is_taken_away_is_gone_with_the_next_request(server, team) -> None:
    engine, key = server.library.catalogue.engine, team["reader", "read"]
    answer = server.ask("甲方应当在多少天内付款？", key)
    assert answer.status_code == 200
    mine = {"Authorization": f"Bearer {key}"}
    kept = f"/v1/answers/{answer.json()['id']}"
    assert server.client.get(kept, headers=mine).status_code == 200
    Rights(engine).revoke("person", "p-reader", OURS)
    assert server.ask("甲方应当在多少天内付款？", key).status_code == 404
    assert server.client.get(kept, headers=mine).status_code == 404  # the kept answer repeats its documents
    assert server.client.get("/v1/models", headers=mine).json()["data"] == []
    Groups(engine).leave("编辑组", "p-editor")
    assert send(server, "text", OURS, team["editor", "admin"]).status_code == 404
    People(engine).disable("p-owner")
    assert send(server, "text", OURS, team["owner", "admin"]).status_code == 401
    People(engine).remove("p-owner")
    assert send(server, "text", OURS, team["owner", "admin"]).status_code == 401


def test_lists_metrics_jobs_and_folders_follow_the_person(server, team) -> None:
    job = server.upload("新.txt", "新的密码是绿色的。", THEIRS, team["admin", "admin"])
    for role in LEVELS:
        headers = {"Authorization": f"Bearer {team[role, 'admin']}"}
        models = [each["id"] for each in server.client.get("/v1/models", headers=headers).json()["data"]]
        assert models == {"none": [], "admin": ["shujia", OURS, THEIRS]}.get(role, ["shujia", OURS])
        assert server.client.get("/metrics", headers=headers).status_code == (200 if role == "admin" else 403)
        jobs = server.client.get("/v1/jobs", headers=headers).json()["jobs"]
        assert bool(jobs) == (role == "admin")
        one = server.client.get(f"/v1/jobs/{job['id']}", headers=headers).status_code
        assert one == (200 if role == "admin" else 404)
        got = server.client.get("/v1/documents", headers=headers)
        if role != "none":
            path = got.json()["documents"][0]["paths"][0]
            assert path == ("upload/合同.txt" if role == "admin" else "合同.txt")


def test_the_audit_log_says_who_did_what_and_holds_no_content(server, team) -> None:
    server.ask("甲方应当在多少天内付款？", team["reader", "read"])
    send(server, "delete", OURS, team["reader", "admin"])
    send(server, "search", THEIRS, team["reader", "read"])
    send(server, "search", OURS, "shj_" + "x" * 43)  # a stranger's tries are in the request log
    entries = Audit(server.library.catalogue.engine).entries()
    assert [(entry.verb, entry.object, entry.outcome) for entry in entries] == [
        ("search", THEIRS, "model_not_found"),
        ("delete", OURS, "insufficient_scope"),
        ("ask", OURS, "allowed"),
    ]
    assert len({entry.who for entry in entries}) == 2
    assert "付款" not in str(entries)


def test_a_server_on_which_people_sign_in_is_not_open_without_a_key(serve) -> None:
    closed, opened = serve(login="password"), serve()
    assert closed.client.get("/v1/models").status_code == 401
    assert opened.client.get("/v1/models").status_code == 200
