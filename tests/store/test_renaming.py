"""Renaming: everything that knows a collection by its name changes with it, or nothing does."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.api_keys import ApiKeys
from store.catalogue import Catalogue
from store.errors import NameRefused, UnknownCollection
from store.generations import Generations
from store.jobs import Job, Jobs
from store.people import People
from store.people_rights import Rights
from store.renaming import collection_name, rename_collection

MADE = {"embedder": "e", "dimension": 3, "chunker": "c"}


@pytest.fixture
def catalogue(tmp_path: Path):
    opened = Catalogue(tmp_path / "catalogue.sqlite")
    opened.ensure_collection("旧名", **MADE)
    yield opened
    opened.close()


def test_rights_jobs_keys_and_generations_follow(catalogue) -> None:
    engine = catalogue.engine
    People(engine).add("安娜")
    Rights(engine).grant("person", "安娜", "旧名", "owner")
    Jobs(engine).add([Job("旧名", "upload/甲.md", 1, 0), Job("别的", "upload/乙.md", 1, 0)])
    ApiKeys(engine).add("k", "read", ["旧名", "别的"])
    twin = Generations(catalogue).begin("旧名", **MADE)
    number = catalogue.collection("旧名").id
    assert rename_collection(engine, "旧名", " 新名 ") == "新名"
    assert catalogue.collection("新名").id == number
    assert [(each.collection, each.role) for each in Rights(engine).all()] == [("新名", "owner")]
    assert [job.collection for job in Jobs(engine).items()] == ["新名", "别的"]
    assert [key.collections for key in ApiKeys(engine).all()] == [("新名", "别的")]
    assert Generations(catalogue).beside("新名", "building") == twin


def test_a_key_that_waited_for_the_new_name_gets_nothing_by_it(catalogue) -> None:
    engine = catalogue.engine
    ApiKeys(engine).add("alone", "read", ["新名"])
    ApiKeys(engine).add("also", "read", ["新名", "别的"])
    rename_collection(engine, "旧名", "新名")
    keys = {key.name: key for key in ApiKeys(engine).all()}
    assert keys["alone"].revoked_at is not None  # without a name it would be good for every collection
    assert (keys["also"].collections, keys["also"].revoked_at) == (("别的",), None)


def test_a_name_that_is_taken_unseen_or_a_generation_s_is_refused(catalogue) -> None:
    catalogue.ensure_collection("在用", **MADE)
    for name in ("在用", "", "  ", "a\x1fb", "a\nb", "x" * 257, "a\u202eb"):
        with pytest.raises(NameRefused):
            rename_collection(catalogue.engine, "旧名", name)
    twin = Generations(catalogue).begin("旧名", **MADE)
    for name in ("没有", twin.name):
        with pytest.raises(UnknownCollection):
            rename_collection(catalogue.engine, name, "新名")
    assert {each.name for each in catalogue.collections()} == {"旧名", "在用"}


def test_names_of_any_script_are_names() -> None:
    for name in ("法务·合約", "العربية", "🗂 records", "..", "a/b", "--help", "e\u0301"):
        assert collection_name(f" {name} ") == name
