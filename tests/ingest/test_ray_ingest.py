from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from ingest.chunkers import Chunker
from ingest.files import discover
from ingest.limits import Limits
from ingest.pipeline import Ingestion
from ingest.sandbox import ParserPool
from models.fakes import HashEmbedder
from models.types import ModelError
from store import schema as s
from store.catalogue import Catalogue
from store.originals import Originals
from store.shelf import Shelf

ray = pytest.importorskip("ray", reason="the extra scale is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's own, at its start and end

from ingest.ray_cluster import LOCAL, cluster  # noqa: E402
from ingest.ray_ingest import RayRun  # noqa: E402

LIMITS = Limits(seconds=600)  # a busy machine is no poisoned file


class Place:
    """A library of its own with a real parser."""

    def __init__(self, folder: Path, parser: ParserPool) -> None:
        self.catalogue = Catalogue(folder / "catalogue.sqlite")
        self.collection = self.catalogue.ensure_collection(
            "文档", embedder="hash-64", dimension=64, chunker=Chunker("recursive", 60).version
        )
        self.shelf = Shelf(self.catalogue, self.collection, folder / "index")
        self.originals = Originals(folder / "originals")
        parts = (self.catalogue, self.shelf, self.originals, HashEmbedder(), parser, LIMITS)
        self.ingestion = Ingestion(*parts, Chunker("recursive", 60))

    def state(self) -> dict[str, object]:
        """All that a reader can see, without the order in which documents came and without times."""
        read = self.shelf.read
        with self.catalogue.engine.connect() as connection:
            vectors = {row.text_id: bytes(row.data) for row in connection.execute(select(s.vector))}
        return {
            "sources": {path: (one.document_id, one.size, one.mtime_ns) for path, one in read.sources().items()},
            "documents": {card.id: read.document(card.id) for card in read.cards()},
            "chunks": {card.id: read.chunks(card.id) for card in read.cards()},
            "vectors": vectors,
            "failures": {path: (one.code, one.reason) for path, one in read.failures().items()},
            "originals": sorted(path.name for path in self.originals.folder.glob("??/*")),
            "disagreements": self.shelf.disagreements(),
        }


def write(folder: Path) -> Path:
    """24 files: Chinese, English, HTML, one broken, one empty, two of one content."""
    folder.mkdir()
    for n in range(18):
        text = f"# 第 {n} 章\n\n" + "\n\n".join(
            f"第 {n} 章第 {m} 段：合同在五月到期，金额 {n * m} 元。" * 4 for m in range(6)
        )
        (folder / f"章{n:02}.md").write_text(text, encoding="utf-8")
    for n in range(2):
        (folder / f"page{n}.html").write_text(f"<h1>Lease {n}</h1><p>The lease ends in May.</p>", encoding="utf-8")
    (folder / "same-a.txt").write_text("同样的内容。", encoding="utf-8")
    (folder / "same-b.txt").write_text("同样的内容。", encoding="utf-8")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    (folder / "empty.txt").write_bytes(b"")
    return folder


def test_ray_gives_the_library_that_a_local_run_gives(tmp_path: Path) -> None:
    """A first run, then one after a change, a touch, a copy and a new file: equal states after each."""
    files = write(tmp_path / "书")
    with ParserPool(1, LIMITS) as parser, cluster(LOCAL):
        local, spread = Place(tmp_path / "local", parser), Place(tmp_path / "ray", parser)
        run = RayRun(spread.ingestion, HashEmbedder)
        first = {one.path: (one.status, one.code) for one in run.run(discover([files]))}
        expected = {one.path: (one.status, one.code) for one in local.ingestion.run(discover([files]))}
        assert first == expected
        assert sorted({status for status, _ in first.values()}) == ["failed", "ingested"]
        assert len(first) == 24
        assert spread.state() == local.state()
        (files / "章03.md").write_text("# 新的一章\n\n改过了。", encoding="utf-8")
        (files / "章04.md").touch()
        (files / "copy.md").write_bytes((files / "章05.md").read_bytes())
        (files / "neu.md").write_text("新来的文件。", encoding="utf-8")
        again = [one.status for one in run.run(discover([files]))]
        list(local.ingestion.run(discover([files])))
        assert sorted(again) == ["failed"] * 2 + ["ingested"] * 2 + ["replaced"] + ["unchanged"] * 21
        assert spread.state() == local.state()
    for place in (local, spread):
        place.catalogue.close()


def test_a_cluster_that_is_not_there_is_named(tmp_path: Path) -> None:
    files = write(tmp_path / "书")
    with ParserPool(1, LIMITS) as parser:
        place = Place(tmp_path / "ray", parser)
        with pytest.raises(ModelError, match="ray start --head"):
            list(RayRun(place.ingestion, HashEmbedder, "127.0.0.1:1").run(discover([files])))
        place.catalogue.close()
