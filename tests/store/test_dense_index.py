from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.dense_index import MANIFEST, DenseIndex
from store.reading import Delta

D = 4


class Vectors:
    """Stands where the catalogue's reader stands: gives the vectors of keys."""

    def __init__(self, rows: dict[int, np.ndarray]) -> None:
        self.rows = rows

    def vectors(self, keys):
        live = sorted(key for key in keys if key in self.rows)
        rows = [self.rows[key] for key in live]
        return np.array(live, np.int64), np.array(rows, np.float32).reshape(len(live), D)


def filled(folder: Path, rows: dict[int, np.ndarray], sequence: int = 7, embedder: str = "e") -> DenseIndex:
    index = DenseIndex(folder, embedder=embedder, dimension=D)
    index.apply(Delta(sequence, tuple(rows), (), len(rows)), Vectors(rows))  # type: ignore[arg-type]
    return index


def random_rows(count: int, seed: int = 0) -> dict[int, np.ndarray]:
    rows = np.random.default_rng(seed).normal(size=(count, D)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return dict(enumerate(rows, start=1))


small = st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.5, 1.0]), min_size=D, max_size=D)


@given(st.lists(small, min_size=1, max_size=40), small, st.integers(1, 50), st.data())
def test_the_ranking_is_that_of_brute_force_with_ties_by_key(vectors, query, k, data) -> None:
    """Coordinates are multiples of 1/2, so every product is exact and ties are real ones, also at the k-th place."""
    keys = sorted(data.draw(st.sets(st.integers(1, 10**12), min_size=len(vectors), max_size=len(vectors))))
    rows = {key: np.array(row, np.float32) for key, row in zip(keys, vectors, strict=True)}
    index = filled(Path("unused"), rows)
    wanted = sorted(
        ((key, float(row @ np.array(query, np.float32))) for key, row in rows.items()), key=lambda h: (-h[1], h[0])
    )
    assert index.search(np.array(query, np.float32), k) == wanted[:k]


@given(st.integers(1, 60), st.sets(st.integers(1, 60)), st.integers(0, 99))
def test_deleted_keys_are_gone_and_the_others_keep_their_place(count, removed, seed) -> None:
    rows = random_rows(count, seed)
    index = filled(Path("unused"), rows)
    index.apply(Delta(8, (), tuple(removed), 0), Vectors(rows))  # type: ignore[arg-type]
    left = {key: row for key, row in rows.items() if key not in removed}
    assert index.keys().tolist() == sorted(left)
    found = index.search(rows[1], count)
    wanted = sorted(left, key=lambda key: (-float(left[key] @ rows[1]), key))
    assert [key for key, _ in found] == wanted


def test_applying_twice_changes_nothing() -> None:
    rows = random_rows(5)
    index = filled(Path("unused"), rows)
    before = index.search(rows[2], 5)
    index.apply(Delta(7, tuple(rows), (), 5), Vectors(rows))  # type: ignore[arg-type]
    assert (len(index), index.search(rows[2], 5)) == (5, before)


def test_a_published_index_is_read_back_by_another_process(tmp_path: Path) -> None:
    rows = random_rows(50)
    index = filled(tmp_path, rows)
    index.publish()
    other = DenseIndex(tmp_path, embedder="e", dimension=D)
    assert other.load()
    assert (other.sequence, other.published, len(other)) == (7, 7, 50)
    assert other.search(rows[9], 50) == index.search(rows[9], 50)


def test_nothing_is_loaded_where_nothing_was_published(tmp_path: Path) -> None:
    filled(tmp_path, random_rows(3))
    assert not DenseIndex(tmp_path, embedder="e", dimension=D).load()


def damage(folder: Path, how: str) -> None:
    data, manifest = folder / "dense-7.faiss", folder / MANIFEST
    said = json.loads(manifest.read_text())
    blob = bytearray(data.read_bytes())
    if how == "missing file":
        data.unlink()
    elif how == "truncated":
        data.write_bytes(blob[: len(blob) // 2])
    elif how == "empty":
        data.write_bytes(b"")
    elif how == "flipped bit":
        blob[len(blob) // 2] ^= 1
        data.write_bytes(blob)
    elif how == "file of another time":
        filled(folder, random_rows(50, seed=1), sequence=6).publish()
        data.write_bytes((folder / "dense-6.faiss").read_bytes())
        manifest.write_text(json.dumps(said))
    elif how == "manifest is no json":
        manifest.write_text("{")
    elif how == "manifest of another format":
        manifest.write_text(json.dumps(said | {"format": 2}))
    elif how == "manifest without checksum":
        del said["checksum"]
        manifest.write_text(json.dumps(said))
    elif how == "manifest names a file elsewhere":
        manifest.write_text(json.dumps(said | {"file": "../../etc/passwd"}))


@pytest.mark.parametrize(
    "how",
    [
        "missing file",
        "truncated",
        "empty",
        "flipped bit",
        "file of another time",
        "manifest is no json",
        "manifest of another format",
        "manifest without checksum",
        "manifest names a file elsewhere",
    ],
)
def test_what_cannot_be_trusted_is_not_loaded(tmp_path: Path, how: str) -> None:
    filled(tmp_path, random_rows(50)).publish()
    damage(tmp_path, how)
    assert not DenseIndex(tmp_path, embedder="e", dimension=D).load()


@pytest.mark.parametrize(("embedder", "dimension"), [("other", D), ("e", D + 1)])
def test_vectors_of_another_embedder_or_dimension_are_not_loaded(tmp_path: Path, embedder: str, dimension: int) -> None:
    filled(tmp_path, random_rows(3)).publish()
    assert not DenseIndex(tmp_path, embedder=embedder, dimension=dimension).load()


def test_what_was_thrown_away_is_not_found_by_the_next_process(tmp_path: Path) -> None:
    """A process that rebuilds and dies before it publishes must not leave the distrusted state to its successor."""
    index = filled(tmp_path, random_rows(3))
    index.publish()
    index.clear()
    assert not DenseIndex(tmp_path, embedder="e", dimension=D).load()


def test_publishing_leaves_one_state_and_no_rubbish(tmp_path: Path) -> None:
    for rubbish in ("dense-3.faiss", "dense-9.faiss.4711.tmp", f"{MANIFEST}.4711.tmp"):
        (tmp_path / rubbish).write_bytes(b"left by a run that was killed")
    filled(tmp_path, random_rows(3), sequence=5).publish()
    filled(tmp_path, random_rows(4), sequence=7).publish()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dense-7.faiss", MANIFEST]


@pytest.mark.parametrize("step", ["data", "manifest"])
def test_a_run_killed_while_publishing_leaves_the_old_state(tmp_path: Path, monkeypatch, step: str) -> None:
    old = random_rows(3)
    filled(tmp_path, old, sequence=5).publish()

    replace = os.replace

    def dies(written: Path, path: Path) -> None:
        if (path.name == MANIFEST) == (step == "manifest"):
            data = written.read_bytes()
            path.with_name(f"{path.name}.1.tmp").write_bytes(data[: len(data) // 2])
            raise KeyboardInterrupt
        replace(written, path)

    monkeypatch.setattr("store.files.os.replace", dies)
    with pytest.raises(KeyboardInterrupt):
        filled(tmp_path, random_rows(9), sequence=7).publish()
    index = DenseIndex(tmp_path, embedder="e", dimension=D)
    assert index.load()
    assert (index.sequence, index.keys().tolist()) == (5, [1, 2, 3])


@pytest.mark.parametrize(
    "query", [np.ones(3), np.ones((1, D)), np.array([1, np.nan, 0, 0]), np.array([np.inf, 0, 0, 0])]
)
def test_a_query_of_the_wrong_shape_or_with_nan_is_refused(query: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"shape|NaN"):
        filled(Path("unused"), random_rows(3)).search(query.astype(np.float32), 1)


def test_an_empty_index_finds_nothing() -> None:
    assert DenseIndex(Path("unused"), embedder="e", dimension=D).search(np.ones(D, np.float32), 5) == []


def test_of_equal_vectors_at_the_border_the_smallest_keys_are_kept() -> None:
    """Four of five are equal; the best is another, so the border of k = 2 runs through the equal ones."""
    rows = {key: np.array([1, 1, 0, 0], np.float32) for key in (9, 7, 5, 3)} | {1: np.array([2, 0, 0, 0], np.float32)}
    hits = filled(Path("unused"), rows).search(np.array([1, 0, 0, 0], np.float32), 2)
    assert hits == [(1, 2.0), (3, 1.0)]


class Turned:
    """A space in which English passages are turned round."""

    name = "turned-1"

    def passages(self, vectors, languages):
        return vectors * np.array([[-1.0 if each == "en" else 1.0] for each in languages], np.float32)

    def question(self, vector, language):
        return vector


class Written(Vectors):
    def written_in(self, keys):
        return ["en" if key % 2 else "zh" for key in keys]


def test_passages_are_searched_where_their_space_puts_them(tmp_path: Path) -> None:
    row = np.eye(1, D, dtype=np.float32)[0]
    index = DenseIndex(tmp_path, embedder="e", dimension=D, space=Turned())
    index.apply(Delta(3, (1, 2), (), 2), Written({1: row, 2: row}))  # type: ignore[arg-type]
    assert index.search(row, 2) == [(2, 1.0), (1, -1.0)]


def test_an_index_of_another_space_is_not_loaded(tmp_path: Path) -> None:
    filled(tmp_path, random_rows(3)).publish()
    assert DenseIndex(tmp_path, embedder="e", dimension=D).load()
    assert not DenseIndex(tmp_path, embedder="e", dimension=D, space=Turned()).load()
