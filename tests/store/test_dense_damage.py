"""What the engines make of damage, of foreign collections, and of a server that is not there."""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from store.dense.engine import Engine
from store.dense.milvus import LISTED, RANGES, expressions_for
from store.dense.milvus_server import Server, disconnect, name_for
from store.dense.places import Places
from store.dense.rows import Rows
from store.errors import LibraryUnusable
from store.shelf import Shelf

with_milvus = pytest.mark.skipif(find_spec("pymilvus") is None, reason="the extra milvus is not installed")


def opened(library, engine: Engine) -> Shelf:
    return Shelf(library.catalogue, library.collection, library.folder / "dense", None, engine)


def fill(library, count: int = 80) -> None:
    for n in range(0, count, 20):
        library.put(f"{n}.txt", *(f"第 {n + p} 段，编号 {n * 7 + p}" for p in range(20)))


@pytest.fixture
def coded(library, monkeypatch):
    """A published approximate index of 80 passages."""
    monkeypatch.setattr("store.dense.coded.EXACT_UP_TO", 30)
    fill(library)
    library.shelf = opened(library, Engine("ivf"))
    library.shelf.follow(publish=True)
    return library


@pytest.mark.parametrize("pattern", ["dense-*.rows", "dense-*.faiss", "dense.json"])
@pytest.mark.parametrize("how", ["missing", "empty", "cut", "flipped", "of another time"])
def test_a_damaged_file_of_an_approximate_index_is_noticed_and_built_anew(coded, pattern: str, how: str) -> None:
    query = coded.embedder.embed_queries(["编号 35"])[0]
    before = coded.shelf.search_dense(query, 80)
    (file,) = (coded.folder / "dense").glob(pattern)
    data = bytearray(file.read_bytes())
    if how == "missing":
        file.unlink()
    elif how == "of another time":
        coded.put("0.txt", "换了")
        other = Shelf(coded.catalogue, coded.collection, coded.folder / "other", None, Engine("ivf"))
        other.follow(publish=True)
        (theirs,) = (coded.folder / "other").glob(pattern)
        coded.put("0.txt", *(f"第 {p} 段，编号 {p}" for p in range(20)))
        before = opened(coded, Engine("flat")).search_dense(query, 80)
        file.write_bytes(theirs.read_bytes())
    else:
        data[len(data) // 2] ^= 4
        file.write_bytes({"empty": b"", "cut": data[: len(data) // 2], "flipped": data}[how])
    shelf = opened(coded, Engine("ivf"))
    assert shelf.search_dense(query, 80) == [(key, pytest.approx(score, abs=1e-6)) for key, score in before]
    assert shelf.disagreements() == []


def test_every_flipped_byte_of_the_rows_is_told_by_fsck(coded) -> None:
    (file,) = (coded.folder / "dense").glob("dense-*.rows")
    whole = file.read_bytes()
    for place in range(0, len(whole), 997):
        data = bytearray(whole)
        data[place] ^= 1 << place % 8
        file.write_bytes(data)
        shelf = opened(coded, Engine("ivf"))
        assert any("is damaged" in line for line in shelf.disagreements()), place


@pytest.mark.parametrize("kind", ["flat", "ivf", "hnsw"])
def test_a_vector_that_is_not_the_catalogues_is_told_by_fsck(library, monkeypatch, kind) -> None:
    monkeypatch.setattr("store.dense.coded.EXACT_UP_TO", 30)
    fill(library)
    shelf = opened(library, Engine(kind))
    shelf.follow()
    key = int(shelf._dense.keys()[3])
    real = shelf._dense.vectors
    monkeypatch.setattr(shelf._dense, "vectors", lambda keys: real([5 if each == key else each for each in keys]))
    assert shelf.disagreements() == [f"1 chunks whose vector in the dense index is not the catalogue's: {key}"]


def test_auto_becomes_approximate_as_it_grows_and_exact_again_as_it_shrinks(library, monkeypatch) -> None:
    monkeypatch.setattr("store.dense.coded.EXACT_UP_TO", 30)
    monkeypatch.setattr("store.dense_index.FLAT_BYTES", 4 * 64 * 60)
    shelf, kinds = opened(library, Engine()), []
    for n in range(0, 80, 20):
        library.put(f"{n}.txt", *(f"第 {n + p} 段" for p in range(20)))
        shelf.follow(publish=True)
        kinds.append(shelf._dense.engine)
    for n in range(0, 60, 20):
        library.remove(f"{n}.txt")
        shelf.follow(publish=True)
        kinds.append(shelf._dense.engine)
        assert shelf.disagreements() == []
    assert kinds == ["flat", "flat", "flat", "ivf", "ivf", "ivf", "flat"]


def test_an_index_of_another_kind_is_built_anew_where_the_kind_is_asked_for(coded, caplog) -> None:
    shelf = opened(coded, Engine("flat"))
    with caplog.at_level(logging.WARNING):
        assert shelf.disagreements() == []
    assert shelf._dense.engine == "flat"
    assert "kind ivf" in caplog.text


def test_nothing_of_a_deleted_vector_is_left_in_the_files(coded) -> None:
    """Vectors tell what a text said (Morris et al. 2023, Text Embeddings Reveal (Almost) As Much As Text)."""
    (file,) = (coded.folder / "dense").glob("dense-*.rows")
    keys = coded.shelf._dense.keys()
    gone = coded.shelf._dense.vectors(keys[:20].tolist()).astype("<f2")
    assert all(row.tobytes() in file.read_bytes() for row in gone)
    coded.remove("0.txt")
    coded.shelf.follow(publish=True)
    assert not any(row.tobytes() in file.read_bytes() for row in gone)
    assert len(coded.shelf._dense._body.codes) == 60
    for shelf in (coded.shelf, opened(coded, Engine("ivf"))):
        assert shelf.disagreements() == []


def test_one_file_of_rows_is_kept(coded) -> None:
    folder = coded.folder / "dense"
    (folder / "dense-0123.rows").write_bytes(b"left by a run that was stopped")
    coded.put("a.txt", "新的")
    coded.shelf.follow(publish=True)
    assert len([*folder.glob("dense-*.rows")]) == len([*folder.glob("dense-*.faiss")]) == 1


def test_rows_behind_the_published_ones_are_written_over(tmp_path: Path) -> None:
    rows = Rows(tmp_path / "r", 4)
    keys, halves = np.arange(3), np.eye(3, 4, dtype=np.float16)
    rows.append(keys, halves, np.zeros(3, np.uint8))
    rows.spill()
    again = Rows(tmp_path / "r", 4, 2)  # the manifest said two
    again.append(np.array([9]), halves[:1], np.ones(1, np.uint8))
    again.spill()
    taken, english = again.take(np.array([1, 2]), np.array([1, 9]))
    assert (taken == halves[[1, 0]]).all()
    assert english.tolist() == [0, 1]
    assert (tmp_path / "r").stat().st_size == 3 * 16


def test_places_are_found_also_when_keys_come_back_out_of_order() -> None:
    places = Places()
    places.append(np.array([3, 5, 9]))
    places.drop(np.array([5, 7]))
    places.append(np.array([4, 5]))  # a key that comes back
    assert places.find(np.array([9, 5, 4, 3, 8])).tolist() == [2, 4, 3, 0]
    assert (len(places), places.used, places.live().tolist()) == (4, 5, [0, 2, 3, 4])
    restored, rest = Places.restore(memoryview(b"".join(places.dump()) + b"rest"), 5)
    assert (restored.find(np.array([5])).tolist(), bytes(rest)) == ([4], b"rest")


def keys_of(expression: str, among: range) -> set[int]:
    """What an expression lets through, read as Python reads it."""
    return {key for key in among if eval(expression, {"key": key})}  # noqa: S307


@pytest.mark.parametrize(
    "keys", [[], [4], [*range(5, 9)], [1, 2, 3, 7, 9, 10], [*range(0, 20_000, 3)], [*range(0, 2 * RANGES + 2, 2)]]
)
def test_expressions_let_exactly_the_allowed_keys_through(keys: list[int]) -> None:
    expressions = expressions_for(np.array(keys, np.int64))
    assert all(expression.count(",") < LISTED for expression in expressions)
    found = [keys_of(expression, range(20_010)) for expression in expressions if len(keys) < 200]
    listed = sum(expression.count(",") + 1 for expression in expressions)
    assert set().union(*found) == set(keys) if len(keys) < 200 else listed == len(keys)


@with_milvus
def test_a_server_that_is_down_is_said_with_the_next_step(library) -> None:
    library.put("a.txt", "长江")
    shelf = opened(library, Engine(milvus_uri="http://127.0.0.1:9", milvus_token="root:secret"))
    with pytest.raises(LibraryUnusable, match=r"http://127.0.0.1:9 cannot be used now .*docker compose") as told:
        shelf.follow()
    assert "secret" not in str(told.value) + repr(shelf.engine)
    assert len(opened(library, Engine()).search_dense(library.embedder.embed_queries(["长江"])[0], 3)) == 1


@with_milvus
def test_a_path_that_is_no_file_of_milvus_lite_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LibraryUnusable, match=r"ends in \.db"):
        Server(str(tmp_path / "milvus"))("has_collection", "a")


@pytest.fixture
def lite(library, tmp_path: Path):
    """80 passages in milvus-lite."""
    engine = Engine(milvus_uri=str(tmp_path / "milvus.db"))
    fill(library)
    library.shelf = opened(library, engine)
    library.shelf.follow()
    yield library
    disconnect(Server(engine.milvus_uri))


@with_milvus
@pytest.mark.parametrize("how", ["dropped", "no marker", "unreadable marker", "of another embedder", "another schema",
                                 "ahead of the catalogue", "a row is missing", "a row too many"])  # fmt: skip
def test_a_collection_in_milvus_that_cannot_be_trusted_is_built_anew(lite, how: str) -> None:
    from pymilvus import MilvusClient

    server, name = lite.shelf._dense.server, name_for(lite.shelf.read)
    marker = server("query", name, ids=[-1], output_fields=["state"])[0]["state"]
    nowhere = np.zeros(64, np.float32)

    def say(state: str) -> None:
        server("upsert", name, [{"key": -1, "vector": nowhere, "state": state}])

    if how == "dropped":
        server("drop_collection", name)
    elif how == "no marker":
        server("delete", name, ids=[-1])
    elif how == "unreadable marker":
        say("{")
    elif how == "of another embedder":
        say(marker.replace("hash-64", "other"))
    elif how == "ahead of the catalogue":
        say(marker.replace('"sequence": ', '"sequence": 9'))
    elif how == "a row is missing":
        server("delete", name, ids=[7])
        lite.put("b.txt", "后来")
    elif how == "a row too many":
        server("upsert", name, [{"key": 10**6, "vector": nowhere}])
        lite.put("b.txt", "后来")
    else:
        server("drop_collection", name)
        schema = MilvusClient.create_schema(auto_id=False)
        from pymilvus import DataType

        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=8)
        index = MilvusClient.prepare_index_params()
        index.add_index("vector", index_type="FLAT", metric_type="IP", params={})
        server("create_collection", name, schema=schema, index_params=index)
    shelf = opened(lite, lite.shelf.engine)
    query = lite.embedder.embed_queries(["编号 35"])[0]
    wanted = opened(lite, Engine()).search_dense(query, 10)
    found = shelf.search_dense(query, 10)
    assert [key for key, _ in found] == [key for key, _ in wanted]
    assert shelf.disagreements() == []


@with_milvus
def test_a_collection_dropped_while_it_is_open_is_built_anew(lite) -> None:
    lite.shelf._dense.server("drop_collection", lite.shelf._dense.name)
    assert len(lite.shelf.search_dense(lite.embedder.embed_queries(["编号 35"])[0], 10)) == 10


@with_milvus
def test_two_libraries_on_one_server_do_not_meet(new_library, tmp_path: Path) -> None:
    engine = Engine(milvus_uri=str(tmp_path / "milvus.db"))
    one, other = new_library("甲"), new_library("乙")
    shelves = [opened(each, engine) for each in (one, other)]
    one.put("a.txt", "长江")
    query = one.embedder.embed_queries(["长江"])[0]
    assert [len(shelf.search_dense(query, 5)) for shelf in shelves] == [1, 0]
    disconnect(Server(engine.milvus_uri))
