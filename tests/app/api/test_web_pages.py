"""POST /v1/documents with a web address: the guard and the rights are those of the page and the command line."""

from __future__ import annotations

import pytest

from store.api_keys import ApiKeys


@pytest.fixture
def at_home(serve, site):
    """A server whose settings name the site's host."""
    return serve(url_hosts=f"127.0.0.1:{site.server_address[1]}")


def test_a_page_becomes_a_document_under_its_address(readers_here, at_home, site) -> None:
    sent = at_home.client.post("/v1/documents", json={"url": site.url("/page"), "collection": "网页"})
    assert sent.status_code == 202, sent.text
    (job,) = sent.json()["jobs"]
    at_home.wait(job["id"])
    done = at_home.job(job["id"])
    assert (done["status"], done["collection"], done["result"]["path"]) == ("done", "网页", site.url("/page"))
    (listed,) = at_home.client.get("/v1/documents", params={"collection": "网页"}).json()["documents"]
    assert (listed["title"], listed["paths"]) == ("书架的历史", [site.url("/page")])
    again = at_home.client.post("/v1/documents", data={"url": site.url("/page"), "collection": "网页"})
    at_home.wait(again.json()["jobs"][0]["id"])
    assert at_home.job(again.json()["jobs"][0]["id"])["result"]["status"] == "unchanged"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://127.0.0.1/", "address_refused"),
        ("http://169.254.169.254/latest/meta-data", "address_refused"),
        ("http://[::1]/", "address_refused"),
        ("http://localhost:8080/", "address_refused"),
        ("http://user:word@example.org/", "address_refused"),
        ("file:///etc/passwd", "invalid_request"),
        ("ftp://example.org/x", "address_refused"),
        ("/etc/passwd", "invalid_request"),
        (7, "invalid_request"),
        (None, "invalid_request"),
    ],
)
def test_an_address_that_is_refused_keeps_nothing_of_the_request(server, url: object, code: str) -> None:
    sent = server.client.post("/v1/documents", json={"url": url})
    assert (sent.status_code, sent.json()["error"]["code"]) == (400, code), sent.text
    if isinstance(url, str):
        beside = server.client.post("/v1/documents", data={"url": url}, files={"file": ("甲.txt", b"x")})
        assert beside.status_code == 400
    assert server.client.get("/v1/jobs").json()["jobs"] == []


def test_a_page_that_is_not_there_is_said_in_the_readers_language(at_home, site) -> None:
    sent = at_home.client.post("/v1/documents", json={"url": site.url("/gone")}, headers={"Accept-Language": "zh"})
    error = sent.json()["error"]
    assert (sent.status_code, error["code"], error["param"]) == (400, "address_unreadable", "url")
    assert "404" in error["message"]
    assert "answered" not in error["message"]


def test_who_may_not_upload_makes_the_server_ask_for_nothing(serve, site) -> None:
    server = serve(url_hosts=f"127.0.0.1:{site.server_address[1]}")
    keys = ApiKeys(server.library.catalogue.engine)
    reader, bound = keys.add("reader", "read")[1], keys.add("bound", "write", ["密"])[1]
    for key, collection, status in ((reader, "default", 403), (bound, "default", 404), ("", "default", 401)):
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        body = {"url": site.url("/page"), "collection": collection}
        assert server.client.post("/v1/documents", json=body, headers=headers).status_code == status
    assert site.asked == []


def test_json_that_is_none_or_too_long_is_refused(server) -> None:
    as_json = {"Content-Type": "application/json"}
    assert server.client.post("/v1/documents", content=b"[1]", headers=as_json).status_code == 400
    assert server.client.post("/v1/documents", content=b"{", headers=as_json).status_code == 400
    assert server.client.post("/v1/documents", content=b"[" * 9000, headers=as_json).status_code == 400
    assert server.client.post("/v1/documents", content=b" " * 20_000, headers=as_json).status_code == 413


def test_the_description_names_the_address(server) -> None:
    body = server.client.get("/openapi.json").json()["paths"]["/v1/documents"]["post"]["requestBody"]["content"]
    assert body["application/json"]["schema"]["required"] == ["url"]
    assert body["multipart/form-data"]["schema"]["properties"]["url"]["type"] == "string"
