from __future__ import annotations

import hashlib

import pytest
from sqlalchemy import select

from store import schema
from store.api_keys import ApiKeys
from store.errors import UnknownKey


@pytest.fixture
def keys(library) -> ApiKeys:
    return ApiKeys(library.catalogue.engine)


def test_a_key_is_found_by_its_secret_and_by_nothing_else(keys) -> None:
    made, secret = keys.add("页面", "read", ["文档", "文档", "合同"])
    assert secret.startswith("shj_")
    assert len(secret) == 4 + 43  # 32 bytes as base64 without padding
    assert keys.find(secret) == made
    assert made.collections == ("文档", "合同")
    assert [keys.find(wrong) for wrong in ("", secret[:-1], secret + "x", made.id, "\ud800")] == [None] * 5


def test_what_is_kept_is_the_hash(keys) -> None:
    _, secret = keys.add("a", "admin")
    with keys.engine.connect() as connection:
        row = connection.execute(select(schema.api_key)).mappings().one()
    assert row["hash"] == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in str(dict(row))


def test_a_revoked_key_is_not_found_but_stays_in_the_list(keys) -> None:
    assert not keys.any()
    made, secret = keys.add("a", "write")
    other = keys.add("a", "read")[1]
    assert [key.id for key in keys.revoke(made.id)] == [made.id]
    assert keys.find(secret) is None
    assert keys.find(other) is not None
    assert len(keys.revoke("a")) == 1
    assert keys.find(other) is None
    assert len(keys.all()) == 2
    assert keys.any()
    with pytest.raises(UnknownKey, match="shujia keys list"):
        keys.revoke("a")


def test_a_scope_that_is_none_is_refused(keys) -> None:
    with pytest.raises(ValueError, match="read, write, admin"):
        keys.add("a", "root")  # type: ignore[arg-type]
