"""Every test of the store that asks for a library runs on SQLite, and on PostgreSQL where a server is named.

SHUJIA_TEST_POSTGRES=postgresql://user:password@host:port/database names one on which the user may make databases;
``.ci/scale`` starts one and sets it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import create_engine, make_url

from store.dense.engine import Engine
from store.dense.leg import DenseLeg
from store.dense.milvus import MilvusIndex
from store.dense.milvus_server import Server, disconnect
from store.filters import Allowed
from store.rows import unpack_vectors
from store.shelf import Shelf

SERVER = os.environ.get("SHUJIA_TEST_POSTGRES", "")  # read now: no SHUJIA_* variable reaches a test
MILVUS = os.environ.get("SHUJIA_TEST_MILVUS", "")
D, SMALL = 64, 30
FILES = ("flat", "ivf", "hnsw", "auto")
ENGINES = [
    *FILES,
    "lite",
    pytest.param("server", marks=pytest.mark.skipif(not MILVUS, reason="SHUJIA_TEST_MILVUS names no Milvus server")),
]


@pytest.fixture(scope="session")
def database(new_postgresql) -> Iterator[str]:
    """The URL of a database of this run's own, gone afterwards."""
    if not SERVER:
        pytest.skip("SHUJIA_TEST_POSTGRES names no server; .ci/scale starts one")
    with new_postgresql(SERVER) as url:
        yield url


@pytest.fixture
def new_database(database: str) -> str:
    """The URL of a database that is empty."""
    server = create_engine(make_url(database).set(drivername="postgresql+pg8000"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    server.dispose()
    return database


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if SERVER and "library" in metafunc.fixturenames and not metafunc.definition.get_closest_marker("sqlite"):
        metafunc.parametrize("library", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def library(request: pytest.FixtureRequest, new_library) -> object:
    """An empty library with the collection 文档."""
    asked = getattr(request, "param", "sqlite")
    return new_library("shelf", request.getfixturevalue("new_database") if asked == "postgresql" else None)


class Given:
    """An embedder whose vectors the test gives: around 12 centres, so that every vector has true neighbours."""

    name, dimension = "hash-64", D

    def __init__(self) -> None:
        self.rng = np.random.default_rng(5)
        self.centres = self.rng.normal(size=(12, D))
        self.given: dict[str, np.ndarray] = {}

    def fresh(self) -> np.ndarray:
        row = self.centres[self.rng.integers(12)] + self.rng.normal(scale=0.5, size=D)
        return (row / np.linalg.norm(row)).astype(np.float32)

    def embed_passages(self, texts) -> np.ndarray:
        return np.stack([self.given.setdefault(text, self.fresh()) for text in texts])

    embed_queries = embed_passages


class Life:
    """A small library whose dense leg is one of the engines, beside the vectors that ought to be found."""

    def __init__(self, library, engine: Engine) -> None:
        self.library, self.engine = library, engine
        library.embedder = self.embedder = Given()
        self.shelves: list[Shelf] = []
        self.texts: dict[str, tuple[str, ...]] = {}
        self.shelf = self.open()

    def open(self, collection=None, folder: str = "dense") -> Shelf:
        """The collection as another process opens it."""
        one = collection or self.library.collection
        made = Shelf(self.library.catalogue, one, self.library.folder / folder / str(one.id), None, self.engine)
        self.shelves.append(made)
        self.shelf = made if collection is None else self.shelf
        return made

    def put(self, path: str, *texts: str, like: str | None = None) -> None:
        """Passages; ``like`` gives all of them the vector of that text."""
        if like is not None:
            self.embedder.given |= dict.fromkeys(texts, self.embedder.embed_passages([like])[0])
        self.library.put(path, *texts)
        self.texts[path] = texts

    def fill(self, documents: int, each: int = 20, name: str = "文件") -> None:
        for n in range(documents):
            self.put(f"{name}{n}.txt", *(f"{name} {n} 段 {p}" for p in range(each)))

    def remove(self, path: str) -> None:
        self.library.remove(path)
        del self.texts[path]

    @property
    def dense(self) -> DenseLeg:
        return self.shelf._dense

    def keys(self) -> np.ndarray:
        return np.array(sorted(self.shelf.read.delta(0).added), np.int64)

    def wanted(self, query: np.ndarray, k: int, allowed: Allowed | None = None) -> list[tuple[int, float]]:
        """What comparing every vector gives."""
        keys, rows = self.shelf.read.vectors(self.keys().tolist())
        if allowed is not None:
            mine = allowed.among(keys)
            keys, rows = keys[mine], rows[mine]
        scores = rows @ query
        return [(int(keys[n]), float(scores[n])) for n in np.lexsort((keys, -scores))[:k]]

    def query(self) -> np.ndarray:
        return unpack_vectors([self.embedder.fresh().astype("<f2").tobytes()], D)[0]

    def check(self, *, asked: int = 8, k: int = 5, allowed: Allowed | None = None, recall: float = 0.9) -> None:
        """Every score is exact, the order is that of (-score, key), and the neighbours are the true ones."""
        hit = 0
        for _ in range(asked):
            query = self.query()
            found, wanted = self.shelf.search_dense(query, k, allowed), self.wanted(query, k, allowed)
            truth = dict(self.wanted(query, 10**6, allowed))
            assert found == sorted(found, key=lambda each: (-each[1], each[0]))
            assert len(found) == len(wanted) == len({key for key, _ in found})
            assert [score for _, score in found] == pytest.approx([truth[key] for key, _ in found], abs=1e-5)
            hit += len({key for key, _ in found} & {key for key, _ in wanted})
        whole = sum(len(self.wanted(query, k, allowed)) for _ in range(asked))
        assert hit >= whole * (1.0 if isinstance(self.dense, MilvusIndex) or self.engine.kind == "flat" else recall)

    def agrees(self) -> None:
        assert self.shelf.disagreements() == []
        assert self.dense.keys().tolist() == self.keys().tolist()


@pytest.fixture(params=ENGINES)
def life(request: pytest.FixtureRequest, new_library, tmp_path: Path, monkeypatch) -> Iterator[Life]:
    """An empty collection; the approximate kinds begin to approximate at 31 vectors."""
    monkeypatch.setattr("store.dense.coded.EXACT_UP_TO", SMALL)
    monkeypatch.setattr("store.dense.coded.CANDIDATES", 60)
    monkeypatch.setattr("store.dense_index.FLAT_BYTES", 4 * D * SMALL)
    if request.param in ("lite", "server"):
        pytest.importorskip("pymilvus", reason="the extra milvus is not installed")
    uri = {"lite": str(tmp_path / "milvus.db"), "server": MILVUS}.get(request.param, "")
    engine = Engine(milvus_uri=uri) if uri else Engine(kind=request.param)
    made = Life(new_library("文库"), engine)
    yield made
    for shelf in made.shelves:
        if uri:
            shelf._dense.drop()
    disconnect(Server(uri))
