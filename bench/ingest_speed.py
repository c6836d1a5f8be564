"""Files to a searchable library: Shujia against the pipeline a LangChain user writes, then again and with two readers.

    pip install "shujia[bench]"
    python -m bench.ingest_speed [--folder FILES] [--texts 100] [--parts whole again workers]

Without a folder the files are the text, web and PDF files of examples/library, three pages of docs/ and short generated
Chinese and English texts. Each side is a process of its own, timed from start to end with all its children; the seconds
that it counts itself stand beside that. Both sides must have every file, with as many letters.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.processes import SHUJIA
from bench.synthetic import HAN, LATIN

ROOT = Path(__file__).parents[1]
READ = (".md", ".txt", ".html", ".csv", ".pdf")  # what both sides read
PAGES = ("security.md", "security.zh.md", "operate.zh.md")
PARTS = ("whole", "again", "workers")
COPIES = 60  # of each PDF and office file, for the readers


def main() -> None:
    """The corpus, then the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--texts", type=int, default=100)
    parser.add_argument("--parts", nargs="*", choices=PARTS, default=PARTS)
    parser.add_argument("--side", type=Path, help=argparse.SUPPRESS)  # this process is the other side
    options = parser.parse_args()
    if options.side:
        langchain_side(options.side)
        return
    with tempfile.TemporaryDirectory() as made:
        files = Path(made) / "files"
        files.mkdir()
        corpus(files, options.folder, options.texts)
        print(f"{len(list(files.iterdir()))} files, load {os.getloadavg()[0]:.1f}", flush=True)
        library = Path(made) / "library"
        if {"whole", "again"} & set(options.parts):
            first = shujia(files, library)
            if "whole" in options.parts:
                whole(files, library, first)
            if "again" in options.parts:
                again(files, library, first)
    if "workers" in options.parts:
        workers()


def corpus(into: Path, folder: Path | None, texts: int) -> None:
    """Copies of the files that both sides read, and generated ones; their names do not repeat."""
    given = sorted(folder.iterdir()) if folder else sorted((ROOT / "examples" / "library").iterdir())
    given += [] if folder else [ROOT / "docs" / page for page in PAGES]
    for path in given:
        if path.suffix.lower() in READ:
            shutil.copy(path, into / path.name)
    generated(into, texts)


def generated(into: Path, texts: int, seed: int = 7) -> None:
    """Short Chinese and English texts, other ones for another seed."""
    rng = random.Random(seed)
    for number in range(texts):
        if number % 2:
            body = "\n".join("".join(rng.choices(HAN, k=60)) + f"，编号 {number}-{line}。" for line in range(6))
        else:
            body = "\n".join(" ".join(rng.choices(LATIN, k=30)) + f", number {number}-{line}." for line in range(4))
        (into / f"generated-{number}.txt").write_text(body, encoding="utf-8")


class Timed:
    """A process and all its children: seconds by the clock, of the processor, and what it printed as JSON."""

    def __init__(self, command: list[str]) -> None:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
        self.seconds = time.perf_counter() - began
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        if done.returncode:
            raise RuntimeError(f"{command} ended with {done.returncode}: {done.stderr[-2000:]}")
        self.told: dict[str, Any] = json.loads(done.stdout)


def shujia(files: Path, library: Path) -> Timed:
    """One `shujia ingest`."""
    return Timed([*SHUJIA, "--library", str(library), "ingest", str(files), "--json"])


def whole(files: Path, library: Path, ours: Timed) -> None:
    """End to end against the other pipeline."""
    theirs = Timed([sys.executable, "-m", "bench.ingest_speed", "--side", str(files)])
    for name, side in (("shujia", ours), ("langchain", theirs)):
        told = side.told.get("totals", side.told)
        times = (
            f"{side.seconds:.1f} s, {side.processor:.1f} s of processor time, {told['seconds']:.1f} s after the start"
        )
        print(f"  {name}: {told['files']} files, {told['chunks']} chunks; {times}", flush=True)
    clock, busy = theirs.seconds / ours.seconds, theirs.processor / ours.processor
    print(f"  langchain / shujia: {clock:.2f} by the clock, {busy:.2f} by processor time")
    from app.settings import load
    from app.wiring import Library

    with Library(load(library=library)) as opened:
        read = opened.shelf().read
        held = {Path(path).name: letters(read.document(card.id).text) for card in read.cards() for path in card.paths}
    other = {name: int(count) for name, count in theirs.told["letters"].items()}
    both = held.keys() & other.keys()
    print(f"  files: langchain {len(other)}, shujia {len(held)}, in both {len(both)}; letters read: langchain ", end="")
    print(f"{sum(other.values()):,}, shujia {sum(held.values()):,}", flush=True)


def letters(text: str) -> int:
    """Letters and digits, however a reader spaces and marks them."""
    return sum(character.isalnum() for character in text)


def again(files: Path, library: Path, first: Timed) -> None:
    """Unchanged, and with one file of a hundred changed, as shares of the first time."""
    same = shujia(files, library)
    if same.told["totals"]["changed"] or same.told["totals"]["embedded"]:
        raise AssertionError(f"the second run was not a no-op: {same.told['totals']}")
    generated = sorted(files.glob("generated-*.txt"))
    for path in generated[: max(1, len(list(files.iterdir())) // 100)]:
        path.write_text(path.read_text(encoding="utf-8") + "\nchanged 改过", encoding="utf-8")
    changed = shujia(files, library)
    for name, run in (("unchanged", same), ("1 % changed", changed)):
        totals = run.told["totals"]
        share = totals["seconds"] / first.told["totals"]["seconds"]
        whole_share = (
            f"as a process {run.seconds / first.seconds:.1%} ({run.processor / first.processor:.1%} by processor)"
        )
        print(f"  {name}: {totals['changed']} changed, {totals['embedded']} embedded; {share:.1%} of the first", end="")
        print(f", {whole_share}", flush=True)


def workers() -> None:
    """Reading alone, with one process and with two, in turn; both must read the same."""
    from ingest.limits import Limits
    from ingest.sandbox import ParserPool

    library = ROOT / "examples" / "library"
    paths = [one for one in sorted(library.iterdir()) if one.suffix in (".pdf", ".docx", ".pptx", ".epub", ".html")]
    files = [(one.read_bytes(), one.name) for one in paths] * COPIES
    best: dict[int, float] = {}
    read: dict[int, int] = {}
    for _ in range(3):
        for count in (1, 2):
            with ParserPool(count, Limits()) as pool:
                for one in files[: len(paths)]:  # each process has read each format: what they load is no reading
                    for waiting in [pool.submit(*one) for _ in range(count)]:
                        waiting.result()
                began = time.perf_counter()
                waits = [pool.submit(*one) for one in files]
                read[count] = sum(len(block.text) for one in waits for block in one.result().blocks)
                best[count] = min(best.get(count, float("inf")), time.perf_counter() - began)
    if read[1] != read[2]:
        raise AssertionError(f"one reader read {read[1]} characters, two {read[2]}")
    print(f"  {len(files)} files read: one process {best[1]:.1f} s, two {best[2]:.1f} s, {best[1] / best[2]:.2f} times")


def langchain_side(files: Path) -> None:
    """What a LangChain user would write; prints JSON. Runs in a process of its own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import jieba
        from langchain_classic.retrievers import EnsembleRetriever
        from langchain_community.retrievers import BM25Retriever
        from langchain_community.vectorstores import FAISS
    from langchain_core.documents import Document
    from langchain_text_splitters import RecursiveCharacterTextSplitter
    from sentence_transformers import SentenceTransformer

    from models.catalogue import DEFAULT_EMBEDDER
    from models.fetch import locate

    model = SentenceTransformer(str(locate(DEFAULT_EMBEDDER)), device="cpu")

    class E5(_embeddings()):  # type: ignore[misc]
        """The same embedder in float32, batches as sentence-transformers makes them."""

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            rows: list[list[float]] = model.encode([f"passage: {one}" for one in texts]).tolist()
            return rows

        def embed_query(self, text: str) -> list[float]:
            row: list[float] = model.encode(f"query: {text}").tolist()
            return row

    jieba.setLogLevel("ERROR")
    began = time.perf_counter()
    documents = [Document(text_of(path), metadata={"source": path.name}) for path in sorted(files.iterdir())]
    pieces = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200).split_documents(documents)
    dense = FAISS.from_documents(pieces, E5()).as_retriever(search_kwargs={"k": 3})
    sparse = BM25Retriever.from_documents(pieces, k=3, preprocess_func=jieba.lcut)
    EnsembleRetriever(retrievers=[sparse, dense], weights=[0.5, 0.5]).invoke(LATIN[0])
    seconds = time.perf_counter() - began
    read = {one.metadata["source"]: letters(one.page_content) for one in documents}
    told = {"files": len(documents), "chunks": len(pieces), "seconds": seconds, "letters": read}
    print(json.dumps(told))


def _embeddings() -> type:
    from langchain_core.embeddings import Embeddings

    return Embeddings


def text_of(path: Path) -> str:
    """A file as langchain's loaders read it: TextLoader, BSHTMLLoader (lxml here), PDFs by pypdfium2."""
    readers: dict[str, Callable[[Path], str]] = {".html": _html, ".pdf": _pdf}
    return readers.get(path.suffix.lower(), lambda one: one.read_text(encoding="utf-8", errors="replace"))(path)


def _html(path: Path) -> str:
    from lxml import html

    return str(html.fromstring(path.read_bytes()).text_content())


def _pdf(path: Path) -> str:
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


if __name__ == "__main__":
    main()
