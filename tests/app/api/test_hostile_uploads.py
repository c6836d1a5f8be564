"""Hostile file names through the upload of the API: accepted as names, never as paths, headers or markup."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

NAMES = runpy.run_path(str(Path(__file__).parents[1] / "hostile_names.py"))["NAMES"]


@pytest.mark.parametrize("part", [0, 1])
def test_a_hundred_hostile_names_are_uploaded_listed_and_read(
    serve: Any, until: Any, readers_here: None, tmp_path: Path, part: int
) -> None:
    server = serve(empty=True)
    usable = [name for name in NAMES if not any("\ud800" <= letter <= "\udfff" for letter in name)]
    names = [name for name in usable if name and len(name.encode()) < 2000][part::2][:100]
    for name in (one for one in usable if len(one.encode()) >= 2000):  # a line of a header may be too long
        assert server.client.post("/v1/documents", files=[("file", (name, "份文件".encode()))]).status_code in (
            202,
            400,
        )
    assert len(names) >= 75
    files = [("file", (name, f"第{number}份文件".encode())) for number, name in enumerate(names)]
    sent = server.client.post("/v1/documents", files=files)
    assert sent.status_code == 202, sent.text
    until(lambda: all(one["status"] in ("done", "failed") for one in server.client.get("/v1/jobs").json()["jobs"]), 120)
    jobs = server.client.get("/v1/jobs").json()["jobs"]
    assert {one["status"] for one in jobs} == {"done"}
    assert not any("/" in one["path"] for one in jobs)
    documents = server.client.get("/v1/documents", params={"limit": 1000}).json()["documents"]
    paths = [path for one in documents for path in one["paths"]]
    assert len(paths) == len(jobs) == len(set(paths))
    assert {each.split("/")[0] for each in (str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*"))} <= {
        "library-0"
    }
    for one in documents[:20]:
        assert "份文件" in server.client.get(f"/v1/documents/{one['id']}/text").json()["text"]
