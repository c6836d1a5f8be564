from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from store.dense import flat
from store.dense.bytewise import Points, step_for
from store.dense.flat import FlatBody
from store.dense.leg import Look
from store.filters import Allowed

D = 32


class Vectors:
    """Stands where the catalogue's reader stands: gives the vectors of keys."""

    def __init__(self, rows: dict[int, np.ndarray]) -> None:
        self.rows = rows

    def vectors(self, keys):
        live = sorted(key for key in keys if key in self.rows)
        return np.array(live, np.int64), np.array([self.rows[key] for key in live], np.float32).reshape(len(live), D)


def rows_of(count: int, seed: int, kind: str = "clustered") -> np.ndarray:
    """Unit rows around a few centres, some of them equal; or nearly all; or of any length, with one far coordinate."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(8, D))[rng.integers(8, size=count)] + rng.normal(scale=0.3, size=(count, D))
    rows[count // 2 :: 7] = rows[0]
    if kind == "close":
        rows = rng.normal(size=D) + rng.normal(scale=0.003, size=(count, D))
    if kind != "any length":
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    rows[1] = 0
    rows[2, 3] = 40
    return rows.astype(np.float32)


@pytest.mark.parametrize("kind", ["clustered", "close", "any length"])
@given(st.integers(0, 10_000), st.integers(1, 60))
@settings(max_examples=40, deadline=None)
def test_no_row_that_was_not_found_is_nearer_than_is_said(kind: str, seed: int, depth: int) -> None:
    rows = rows_of(200, seed, kind)
    far = np.random.default_rng(seed + 1).normal(size=D)
    query = (rows[1] + (0.01 if seed % 2 else 1) * far).astype(np.float32)
    places = np.arange(0, 200, 2)
    found, most = Points(rows, places, step_for(rows)).nearest(query, depth)
    assert len(found) == depth
    assert set(found) <= set(places)
    others = np.setdiff1d(places, found)
    assert (rows[others] @ query <= most).all()


def test_where_all_are_found_no_other_is_left() -> None:
    rows = rows_of(9, 1)
    found, most = Points(rows, np.arange(9), step_for(rows)).nearest(rows[0], 9)
    assert (sorted(found), most) == (list(range(9)), -np.inf)


@pytest.fixture
def many(monkeypatch) -> None:
    """A few hundred vectors are many, and points are made at the second search."""
    monkeypatch.setattr(flat, "MANY", 100)
    monkeypatch.setattr(flat, "PAID", 2)
    monkeypatch.setattr(flat, "DEEPEST", 0.5)


def body_of(rows: np.ndarray) -> tuple[FlatBody, Vectors]:
    read = Vectors({3 * place + 1: row for place, row in enumerate(rows)})
    body = FlatBody(D, None)
    body.take(read, tuple(read.rows))  # type: ignore[arg-type]
    return body, read


def whole(body: FlatBody, query: np.ndarray, looks: list[Look]) -> list[list[tuple[int, float]]]:
    """What comparing every vector gives."""
    points, body._points = body._points, {}
    found = body.search(query, looks)
    body._points = points
    return found


@pytest.mark.parametrize("kind", ["clustered", "any length"])
def test_with_points_the_hits_are_those_of_comparing_all_to_the_last_digit(many, monkeypatch, kind: str) -> None:
    rows = rows_of(800, 5, kind)
    body, _ = body_of(rows)
    keys = body.keys()
    one, other = Allowed(keys[:300]), Allowed(keys[300:])
    few = Allowed(keys[10:40:3])
    rng, compared, cosines = np.random.default_rng(6), [], FlatBody._cosines

    def noted(self, query, places=None):
        compared.append(places is None)
        return cosines(self, query, places)

    for asked in range(40):
        query = (rows[rng.integers(800)] + rng.normal(scale=0.1, size=D)).astype(np.float32)
        for looks in ([Look(10), Look(5, one if asked % 2 else other)], [Look(7, other)], [Look(3)], [Look(4, few)]):
            wanted = whole(body, query, looks)
            with monkeypatch.context() as patch:
                patch.setattr(FlatBody, "_cosines", noted)
                assert body.search(query, looks) == wanted
    if kind == "clustered":
        assert set(body._points) == {one.digest, other.digest}
        assert not any(compared[-20:])  # nothing was compared whole any more
    else:
        assert body._compared < 0  # points that do not tell are given up


def test_equal_vectors_at_the_border_are_ordered_by_key(many) -> None:
    rows = np.repeat(rows_of(2, 8), 200, axis=0)
    body, _ = body_of(rows)
    for _ in range(4):
        assert [key for key, _ in body.search(rows[0], [Look(5)])[0]] == [1, 4, 7, 10, 13]


def test_points_are_made_when_they_are_paid_for_and_forgotten_with_every_change(many) -> None:
    rows = rows_of(400, 9)
    body, read = body_of(rows)
    body.search(rows[0], [Look(5)])
    assert not body._points
    body.search(rows[0], [Look(5)])
    assert body._points
    body.drop(np.array([1], np.int64))
    assert not body._points
    for _ in range(3):
        assert body.search(rows[0], [Look(1)])[0][0][0] != 1
    read.rows[10_000] = rows[0]
    body.take(read, (10_000,))  # type: ignore[arg-type]
    for _ in range(3):
        assert 10_000 in [key for key, _ in body.search(rows[0], [Look(70)])[0]]


def test_few_vectors_are_compared_without_points(monkeypatch) -> None:
    monkeypatch.setattr(flat, "PAID", 1)
    body, _ = body_of(rows_of(300, 2))
    body.search(rows_of(300, 2)[0], [Look(5)])
    assert not body._points


def test_the_threads_of_faiss_are_left_as_they_were() -> None:
    import faiss

    before = faiss.omp_get_max_threads()
    rows = rows_of(50, 3)
    Points(rows, np.arange(50), step_for(rows)).nearest(rows[0], 5)
    assert faiss.omp_get_max_threads() == before
