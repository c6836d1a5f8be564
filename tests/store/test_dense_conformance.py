"""What every engine of the dense leg does, in one suite: FAISS in all its kinds, milvus-lite, a Milvus server.

SHUJIA_TEST_MILVUS names a server (http://127.0.0.1:19530); without it the server's tests are skipped. `.ci/milvus`
starts one.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import numpy as np
import pytest

from store.dense.leg import Look
from store.dense.milvus_server import Server
from store.filters import Allowed
from store.rows import unpack_vectors

D, SMALL = 64, 30
FILES = ("flat", "ivf", "hnsw", "auto")


def test_what_was_added_is_found_with_exact_scores(life) -> None:
    life.fill(10)
    life.check()
    life.agrees()


def test_replaced_and_deleted_passages_are_gone_and_the_others_stay(life) -> None:
    life.fill(8)
    life.check()
    life.put("文件3.txt", *(f"新的 {p}" for p in range(15)))
    life.remove("文件5.txt")
    life.remove("文件0.txt")
    life.check()
    life.agrees()


def test_most_of_it_deleted_and_more_added_again(life) -> None:
    life.fill(8)
    life.shelf.follow(publish=True)
    for n in range(7):
        life.remove(f"文件{n}.txt")
    life.shelf.follow(publish=True)
    life.check()
    life.fill(6, name="又来")
    life.shelf.follow(publish=True)
    life.open()
    life.check()
    life.agrees()


@pytest.mark.parametrize("share", ["one", "few", "a document", "every second", "all but one", "none", "unknown"])
def test_a_filter_lets_exactly_the_allowed_through(life, share: str) -> None:
    life.fill(10)
    life.shelf.follow()
    keys = life.keys()
    chosen = {
        "one": keys[7:8], "few": keys[::29], "a document": keys[40:60], "every second": keys[::2],
        "all but one": np.delete(keys, 11), "none": keys[:0], "unknown": np.array([10**9], np.int64),
    }[share]  # fmt: skip
    allowed = Allowed(chosen)
    for k in (1, 5, 400):
        found = life.shelf.search_dense(life.query(), k, allowed)
        assert set(key for key, _ in found) <= set(chosen.tolist())
        assert len(found) == (0 if share == "unknown" else min(k, len(chosen)))
    if share not in ("none", "unknown"):
        life.check(allowed=allowed, asked=4)


def test_an_allowed_chunk_that_was_deleted_is_not_found(life) -> None:
    life.fill(3)
    life.shelf.follow()
    allowed = Allowed(life.keys()[:25])
    life.remove("文件0.txt")
    assert {key for key, _ in life.shelf.search_dense(life.query(), 400, allowed)} == set(life.keys()[:5].tolist())


def test_of_equal_vectors_the_smallest_keys_are_kept(life) -> None:
    """150 equal passages among 100 others: more than the candidates that are ranked, and the border runs through."""
    life.fill(3)
    life.put("同.txt", *(f"相同 {n}" for n in range(150)), like="同")
    life.fill(2, name="后来")
    query = unpack_vectors([life.embedder.given["同"].astype("<f2").tobytes()], D)[0]
    first = [key for key, _ in life.wanted(query, 12)]
    assert [key for key, _ in life.shelf.search_dense(query, 12)] == first
    allowed = Allowed(np.array(first[3:], np.int64))
    assert [key for key, _ in life.shelf.search_dense(query, 4, allowed)] == first[3:7]


@pytest.mark.parametrize("query", [np.ones(3), np.ones((1, D)), np.full(D, np.nan), np.full(D, np.inf)])
def test_a_query_of_the_wrong_shape_or_with_nan_is_refused(life, query: np.ndarray) -> None:
    life.fill(1)
    with pytest.raises(ValueError, match=r"shape|NaN"):
        life.shelf.search_dense(query.astype(np.float32), 3)


def test_several_looks_find_what_each_finds_by_itself(life) -> None:
    life.fill(10)
    life.shelf.follow(publish=True)
    keys, query = life.keys(), life.query()
    some = [Look(40, Allowed(keys[::3])), Look(500, Allowed(keys[5:25])), Look(3, Allowed(keys[:0]))]
    for looks in ([Look(7), *some, Look(0)], some, []):
        found = life.shelf.searches_dense(query, looks)
        alone = [life.shelf.search_dense(query, look.k, look.allowed) for look in looks]
        assert [[key for key, _ in hits] for hits in found] == [[key for key, _ in hits] for hits in alone]
        for hits, wanted in zip(found, alone, strict=True):
            assert [score for _, score in hits] == pytest.approx([score for _, score in wanted], abs=1e-6)


def test_the_vectors_that_are_searched_are_those_of_the_catalogue(life) -> None:
    life.fill(4)
    life.shelf.follow(publish=True)
    keys = life.keys().tolist()
    wanted, rows = life.shelf.read.vectors(keys[3:50])
    found, held = life.shelf.vectors([*keys[3:50], 10**9])
    assert found.tolist() == wanted.tolist()
    assert held == pytest.approx(rows, abs=1e-6)
    life.remove("文件0.txt")
    life.shelf.follow()
    assert life.shelf.vectors(keys)[0].tolist() == keys[20:]
    assert life.shelf.vectors([])[1].shape == (0, D)


def test_empty_and_more_wanted_than_there_are(life) -> None:
    assert life.shelf.search_dense(life.query(), 5) == []
    assert life.shelf.disagreements() == []
    life.put("a.txt", "一", "二")
    assert len(life.shelf.search_dense(life.query(), 500)) == 2
    assert life.shelf.search_dense(life.query(), 0) == []
    life.fill(3)
    query = life.query()
    assert [key for key, _ in life.shelf.search_dense(query, 500)] == [key for key, _ in life.wanted(query, 500)]
    for path in [*life.texts]:
        life.remove(path)
    assert life.shelf.search_dense(life.query(), 5) == []
    life.agrees()


def test_the_next_process_stands_where_the_last_one_stopped(life, caplog) -> None:
    life.fill(5)
    life.shelf.follow(publish=True)
    at = life.dense.sequence
    before = [life.shelf.search_dense(life.embedder.given["文件 1 段 3"], 9)]
    life.open()
    assert life.dense.load()
    assert life.dense.sequence == at == life.shelf.read.sequence()
    assert [life.shelf.search_dense(life.embedder.given["文件 1 段 3"], 9)] == before
    life.put("b.txt", "后来的")  # not published by whoever follows now
    life.shelf.follow()
    life.open()
    life.check()
    life.agrees()
    assert [record.message for record in caplog.records if "rebuilt" in record.message] == []


def test_two_processes_that_take_turns_see_each_others_changes(life) -> None:
    one, other = life.shelf, life.open()
    for n in range(6):
        life.shelf = (one, other)[n % 2]
        life.fill(1, each=25, name=f"轮{n}-")
        life.shelf.follow(publish=n != 3)
        life.check(asked=3)
    life.remove("轮2-0.txt")
    for shelf in (one, other, life.open()):
        life.shelf = shelf
        shelf.follow(publish=True)
        life.check(asked=3)
        life.agrees()


def test_collections_of_any_name_and_generations_are_apart(life) -> None:
    names = ["合同/2024", "a'b\"c; DROP", "🙂", "..", " ", "x" * 300, "العربية", "\x1fgeneration"]
    vector = life.query()
    shelves = []
    for name in names:
        made = life.library.ensure(name)
        life.library.put("a.txt", f"只在 {name!r}", collection=made)
        shelves.append(life.open(made))
    for name, shelf in zip(names, shelves, strict=True):
        ((key, _),) = shelf.search_dense(vector, 9)
        assert shelf.located([key])[key].chunk.text == f"只在 {name!r}"
    shelves[0].discard()
    assert len(shelves[1].search_dense(vector, 9)) == 1


def test_a_rebuild_gives_the_same_answers(life) -> None:
    life.fill(6)
    life.remove("文件2.txt")
    query = life.query()
    before = life.shelf.search_dense(query, 100)
    life.shelf.rebuild()
    assert life.shelf.search_dense(query, 100) == before
    life.agrees()


def test_a_run_stopped_at_any_write_is_made_good_by_the_next(life, monkeypatch) -> None:
    """The n-th write dies, for every n until a run is not stopped any more."""
    life.fill(4)
    life.shelf.follow(publish=True)
    for n in range(1, 60):
        life.put("文件1.txt", *(f"第 {n} 次 {p}" for p in range(12)))
        life.put(f"更多{n}.txt", f"更多 {n}")
        stopped = stop_at(n, monkeypatch)
        with suppress(KeyboardInterrupt):
            life.open().follow(publish=True)
        monkeypatch.undo()
        monkeypatch.setattr("store.dense.coded.EXACT_UP_TO", SMALL)
        monkeypatch.setattr("store.dense_index.FLAT_BYTES", 4 * D * SMALL)
        life.open()
        life.agrees()
        if not stopped():
            break
    else:
        pytest.fail("the run never ended")
    life.check()
    assert n > 2


def stop_at(n: int, monkeypatch) -> Callable[[], bool]:
    """The n-th call that changes something outside of this process dies; tells whether it came to that."""
    count = 0

    def dying(real):
        def call(*arguments, **options):
            nonlocal count
            if real is ask and arguments[1] not in ("upsert", "delete", "create_collection", "drop_collection"):
                return real(*arguments, **options)
            count += 1
            if count == n:
                raise KeyboardInterrupt
            return real(*arguments, **options)

        return call

    ask = Server.__call__
    monkeypatch.setattr(Server, "__call__", dying(ask))
    for module, name in (("store.dense_index", "replace_file"), ("os", "fsync"), ("os", "replace")):
        owner = __import__(module, fromlist=[name])
        monkeypatch.setattr(owner, name, dying(getattr(owner, name)))
    return lambda: count >= n
