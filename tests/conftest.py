"""What every test stands on: settings of nobody, a library of its own, no network, and small shelves with fakes."""

from __future__ import annotations

import os
import runpy
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from sqlalchemy import create_engine, make_url

from ingest.errors import IngestError, UnreadableFile
from ingest.limits import Limits
from ingest.pipeline import FileResult, Ingestion
from ingest.types import Block, BlockKind, Parsed
from models.fakes import HashEmbedder
from store.catalogue import Catalogue
from store.originals import Originals
from store.rows import Collection, Source, pack_vector
from store.shelf import Shelf
from store.types import Chunk, Document, chunk_id, document_id, text_id

settings.register_profile("shujia", deadline=None, max_examples=60)
settings.load_profile("shujia")

LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104  # names, not something that is bound


@pytest.fixture(autouse=True)
def settings_of_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """No SHUJIA_* of the machine reaches a test, and no test reaches the machine's library."""
    keep = {"SHUJIA_MODELS", "SHUJIA_OFFLINE"} if request.node.get_closest_marker("real") else set()
    for name in [name for name in os.environ if name.startswith("SHUJIA_") and name not in keep]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SHUJIA_LIBRARY", str(tmp_path / "library"))


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A unit test that reaches for another machine fails; tests of real weights may fetch them."""
    if request.node.get_closest_marker("real"):
        return
    connect = socket.socket.connect

    def refuse(self: socket.socket, address: object) -> None:
        if self.family != getattr(socket, "AF_UNIX", None) and not str(address[0]).startswith(LOOPBACK):  # type: ignore[index]
            raise AssertionError(f"a unit test reached for the network: {address!r}")
        connect(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", refuse)


class PlainParser:
    """Reads UTF-8 text in this process: a line ``# …`` is a heading, every other paragraph a paragraph.

    ``seen`` lists the names it was asked to read; a text that begins with ``!`` is refused.
    """

    def __init__(self) -> None:
        self.seen: list[str] = []

    def submit(self, data: bytes, name: str) -> Future[Parsed]:
        self.seen.append(name)
        future: Future[Parsed] = Future()
        try:
            future.set_result(self.read(data))
        except IngestError as error:
            future.set_exception(error)
        return future

    def read(self, data: bytes) -> Parsed:
        text = data.decode()
        if text.startswith("!"):
            raise UnreadableFile(f"the text says so: {text[1:].strip()}")
        blocks = [
            Block(BlockKind.HEADING, part[2:].strip(), level=1)
            if part.startswith("# ")
            else Block(BlockKind.PARAGRAPH, part.strip())
            for part in text.split("\n\n")
            if part.strip(" #\n")
        ]
        return Parsed("txt", None, tuple(blocks))


class HereParser:
    """The real readers, in this process: a child for each of a thousand files would take minutes."""

    def __init__(self, _workers: int, limits: Limits) -> None:
        self.limits = limits

    def __enter__(self) -> HereParser:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def submit(self, data: bytes, name: str) -> Future[Parsed]:
        from ingest.readers.choose import read

        future: Future[Parsed] = Future()
        try:
            future.set_result(read(data, name, self.limits))
        except IngestError as error:
            future.set_exception(error)
        return future


@pytest.fixture
def readers_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read in this process, not in killable children."""
    monkeypatch.setattr("ingest.sandbox.ParserPool", HereParser)


class CountingEmbedder(HashEmbedder):
    """A HashEmbedder that remembers the passages it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.passages: list[str] = []

    def embed_passages(self, texts):
        self.passages.extend(texts)
        return super().embed_passages(texts)

    def embed_queries(self, texts):
        return HashEmbedder.embed_passages(self, texts)


class SmallLibrary:
    """A catalogue with one open shelf, documents put by hand, one chunk a paragraph."""

    def __init__(self, folder: Path, name: str = "文档", location: Path | str | None = None) -> None:
        self.folder, self.name = folder, name
        self.embedder = CountingEmbedder()
        self.location = location or folder / "catalogue.sqlite"
        self.catalogue = Catalogue(self.location)
        self.collection = self.ensure(name)
        self.shelf = self.open_shelf()

    def ensure(self, name: str) -> Collection:
        one = self.embedder
        return self.catalogue.ensure_collection(name, embedder=one.name, dimension=one.dimension, chunker="test:1")

    def open_shelf(self) -> Shelf:
        """The shelf as another process would open it."""
        self.shelf = Shelf(self.catalogue, self.collection, self.folder / "index" / str(self.collection.id))
        return self.shelf

    def put(
        self,
        path: str,
        *paragraphs: str,
        collection: Collection | None = None,
        catalogue: Catalogue | None = None,
        vectors: bool = True,
    ) -> Document:
        """One document of those paragraphs; without ``vectors`` as if another process had just deleted them."""
        collection = collection or self.collection
        document, chunks = cut(paragraphs)
        rows = self.embedder.embed_passages(paragraphs)
        packed = {text: pack_vector(row) for (_, text), row in zip(chunks, rows, strict=True)} if vectors else {}
        source = Source(path, document.id, document.size, 1)
        (catalogue or self.catalogue).put(collection, document, chunks, packed, source)
        return document

    def remove(self, path: str) -> bool:
        return self.catalogue.remove_source(self.collection, path)

    def dense(self, question: str, k: int = 100) -> list[tuple[int, float]]:
        return self.shelf.search_dense(self.embedder.embed_queries([question])[0], k)

    def texts(self, hits: list[tuple[int, float]]) -> list[str]:
        located = self.shelf.located([key for key, _ in hits])
        return [located[key].chunk.text for key, _ in hits if key in located]


def cut(paragraphs: tuple[str, ...]) -> tuple[Document, list[tuple[Chunk, str]]]:
    """A document whose chunks are its paragraphs, each with its text id."""
    text = "\n\n".join(paragraphs)
    document = Document(document_id(text.encode()), paragraphs[0][:20], "txt", "zh", text, len(text.encode()))
    chunks, start = [], 0
    for ordinal, part in enumerate(paragraphs):
        end = start + len(part)
        identity = chunk_id(document.id, start, end, "test:1")
        chunks.append((Chunk(identity, document.id, ordinal, start, end, part, None, (), len(part)), text_id(part)))
        start = end + 2
    return document, chunks


@pytest.fixture
def library(tmp_path: Path) -> Iterator[SmallLibrary]:
    """An empty library with the collection 文档."""
    made = SmallLibrary(tmp_path / "shelf")
    yield made
    made.catalogue.close()


class Runs:
    """Ingestion of a folder with the parser and the embedder of this process."""

    def __init__(self, folder: Path) -> None:
        self.library = SmallLibrary(folder / "shelf")
        self.parser = PlainParser()
        self.originals = Originals(folder / "shelf" / "originals")
        self.files = folder / "files"
        self.files.mkdir()

    def ingestion(self, **options: object) -> Ingestion:
        parts = (self.library.catalogue, self.library.shelf, self.originals, self.library.embedder, self.parser)
        return Ingestion(*parts, **options)  # type: ignore[arg-type]

    def run(self, *, retry: bool = False, files: object = None, **options: object) -> dict[str, FileResult]:
        """The results by file name; what was parsed and embedded is counted anew."""
        from ingest.files import discover

        self.parser.seen.clear()
        self.library.embedder.passages.clear()
        taken = files if files is not None else discover([self.files])
        return {one.path.rsplit("/", 1)[-1]: one for one in self.ingestion(**options).run(taken, retry=retry)}  # type: ignore[arg-type]

    def write(self, name: str, text: str) -> Path:
        path = self.files / name
        path.write_text(text, encoding="utf-8")
        return path


@pytest.fixture
def runs(tmp_path: Path) -> Iterator[Runs]:
    """An empty folder of files and a library to ingest them into."""
    made = Runs(tmp_path)
    yield made
    made.library.catalogue.close()


@pytest.fixture
def new_library(tmp_path: Path) -> Iterator[Callable[..., SmallLibrary]]:
    """Makes libraries in folders of their own; ``location`` is a catalogue's that lies elsewhere."""
    made: list[SmallLibrary] = []

    def make(folder: str, location: str | None = None) -> SmallLibrary:
        made.append(SmallLibrary(tmp_path / folder, location=location))
        return made[-1]

    yield make
    for one in made:
        one.catalogue.close()


@pytest.fixture(scope="session")
def new_postgresql() -> Callable[[str], AbstractContextManager[str]]:
    """Makes an empty database on a server, by the URL of another one there; gives its URL, and takes it away again."""

    @contextmanager
    def made(server_url: str) -> Iterator[str]:
        name, url = f"t{uuid.uuid4().hex}", make_url(server_url)
        server = create_engine(url.set(drivername="postgresql+pg8000"), isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0")
        yield url.set(database=name).render_as_string(hide_password=False)
        with server.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        server.dispose()

    return made


@pytest.fixture
def site() -> Iterator[Any]:
    """A web server of this machine: ``pages`` by path, and what was ``asked``; see web_site.py."""
    server = runpy.run_path(str(Path(__file__).with_name("web_site.py")))["Site"]()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
