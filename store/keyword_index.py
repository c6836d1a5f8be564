"""The keyword index: BM25 with tantivy over our own terms, one folder a collection that follows the catalogue.

The terms come from ``store.analyzer``, joined by blanks; tantivy only splits them again. One extra document carries
the change number the index stands at, so text and number are committed together by tantivy itself.

Scores are Lucene's BM25 with k1 = 1.2, b = 0.75 and lengths rounded to one byte (Robertson & Zaragoza 2009; tantivy
src/query/bm25.rs).
"""

from __future__ import annotations

import json
import logging
import math
import shutil
import zlib
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from store.analyzer import VERSION, analyze
from store.errors import LibraryUnusable
from store.reading import Delta, Reader

FORMAT = f"1-{VERSION}"
WRITER_MEMORY = 64_000_000  # bytes; tantivy wants at least 15 MB a thread
log = logging.getLogger(__name__)


class KeywordIndex:
    """Terms by catalogue key; ``sequence`` is the change it stands at, 0 when it is empty."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "keyword"
        self.sequence = 0
        self._index: Any = None

    def __len__(self) -> int:
        return max(0, int(self._index.searcher().num_docs) - 1) if self._index is not None else 0

    def __repr__(self) -> str:
        return f"the keyword index in {self.folder}"

    def load(self) -> bool:
        """Open what is on disk; False when there is nothing that can be trusted."""
        import tantivy

        if not self.folder.exists() or not tantivy.Index.exists(str(self.folder)):
            return False
        try:
            _check(self.folder)
            self._index = _with_tokenizer(tantivy.Index.open(str(self.folder)))
        except (ValueError, OSError, LookupError, TypeError) as exc:
            log.warning("%s cannot be opened (%s)", self, exc)
            return False
        return self.reload()

    def reload(self) -> bool:
        """See what another process has committed; False when the index does not say what it is and where it stands."""
        import tantivy

        if self._index is None:
            return False
        try:
            self._index.reload()
            searcher = self._index.searcher()
            if not searcher.num_docs and not self.sequence:
                return True  # made a moment ago, nothing applied yet
            marker = tantivy.Query.term_query(self._index.schema, "marker", FORMAT)
            hits = searcher.search(marker, 2).hits
            if len(hits) == 1:
                self.sequence = int(searcher.doc(hits[0][1]).get_first("sequence"))
                return True
            log.warning("%s has %d markers of format %s, wanted one", self, len(hits), FORMAT)
        except (ValueError, OSError) as exc:
            log.warning("%s cannot be read (%s)", self, exc)
        return False

    def clear(self) -> None:
        """Start from nothing, for a rebuild."""
        import tantivy

        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._index, self.sequence = _with_tokenizer(tantivy.Index(_schema(), str(self.folder))), 0

    def apply(self, delta: Delta, read: Reader) -> None:
        """Drop and add what ``delta`` says, stand at its number: one commit. Doing it twice changes nothing."""
        # An added key is dropped too, in case a run that was stopped has already added it.
        stale = (*delta.removed, *delta.added) if len(self) else ()
        self.write(stale, read.texts(delta.added), delta.sequence)

    def write(self, removed: Iterable[int], added: Iterable[tuple[int, str]], sequence: int) -> None:
        """Drop keys, add (key, text) pairs, stand at ``sequence``, in one commit.

        Raises LibraryUnusable when the disk refuses; the index then stands where it stood.
        """
        try:
            self._write(removed, added, sequence)
        except ValueError as exc:  # tantivy's word for a full disk, missing rights and all else that a file refuses
            raise LibraryUnusable(
                f"the keyword index in {self.folder} cannot be written ({exc}); what was committed is kept: look at "
                f"disk space and rights, then run the same command again"
            ) from exc
        self._index.reload()
        self.sequence = sequence

    def _write(self, removed: Iterable[int], added: Iterable[tuple[int, str]], sequence: int) -> None:
        import tantivy

        writer = self._index.writer(WRITER_MEMORY, 1)
        # Not delete_documents_by_term: it makes a signed term of a Python int, which no unsigned key equals.
        writer.delete_documents_by_query(tantivy.Query.term_set_query(self._index.schema, "key", list(removed)))
        for key, text in added:
            document = tantivy.Document(body=" ".join(analyze(text)))
            document.add_unsigned("key", key)
            writer.add_document(document)
        writer.delete_documents_by_term("marker", FORMAT)
        marker = tantivy.Document(marker=FORMAT)
        marker.add_unsigned("sequence", sequence)
        writer.add_document(marker)
        writer.commit()
        writer.wait_merging_threads()

    def keys(self) -> list[int]:
        """The keys it holds, ascending."""
        import tantivy

        searcher = self._index.searcher()
        hits = searcher.search(tantivy.Query.all_query(), max(1, len(self) + 1)).hits
        found = (searcher.doc(address).get_first("key") for _, address in hits)
        return sorted(int(key) for key in found if key is not None)

    def search(self, text: str, k: int) -> list[tuple[int, float]]:
        """The best ``k`` (key, BM25), sorted by (-score, key); only chunks that share a term with ``text``."""
        import tantivy

        terms = Counter(analyze(text))
        if not terms or k < 1 or not len(self):
            return []
        clauses = []
        for term, count in terms.items():
            clause = tantivy.Query.term_query(self._index.schema, "body", term, "freq")
            # BM25 sums over the question's terms: one that is asked twice counts twice.
            clauses.append((tantivy.Occur.Should, tantivy.Query.boost_query(clause, count) if count > 1 else clause))
        searcher = self._index.searcher()
        hits = searcher.search(tantivy.Query.boolean_query(clauses), k).hits
        found = [(int(searcher.doc(address).get_first("key")), float(score)) for score, address in hits]
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))

    def mass(self, text: str) -> float:
        """The sum of the weights of the terms of ``text``: the BM25 score of a text of average length with each once.

        The weight of a term is Lucene's idf, ``ln(1 + (N - n + .5) / (n + .5))``; a term no chunk holds weighs most.
        """
        count = len(self)
        if not count:
            return 0.0
        searcher = self._index.searcher()
        total = 0.0
        for term, repeats in Counter(analyze(text)).items():
            # tantivy counts deleted chunks until their segment is merged, so that more may hold a term than are live.
            holding = min(count, searcher.doc_freq("body", term))
            total += repeats * math.log(1 + (count - holding + 0.5) / (holding + 0.5))
        return total


def _check(folder: Path) -> None:
    """Raise ValueError when a file of a segment in use is damaged; tantivy itself would answer from it.

    Every file of a segment ends with a footer: JSON with the CRC32 of what stands before it, the JSON's length, and a
    magic number, 4 bytes each (tantivy 0.27, src/directory/footer.rs).
    """
    segments = json.loads((folder / "meta.json").read_bytes())["segments"]
    used = {segment["segment_id"].replace("-", "") for segment in segments}
    for path in folder.iterdir():
        if path.name.split(".")[0] in used:
            data = path.read_bytes()
            body = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
            if body < 0 or zlib.crc32(memoryview(data)[:body]) != json.loads(data[body:-8])["crc"]:
                raise ValueError(f"{path.name} is damaged: its checksum differs")


def _schema() -> Any:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("key", stored=True, indexed=True)
    builder.add_text_field("body", stored=False, tokenizer_name="terms", index_option="freq")
    builder.add_text_field("marker", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("sequence", stored=True)
    return builder.build()


def _with_tokenizer(index: Any) -> Any:
    import tantivy

    index.register_tokenizer("terms", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build())
    return index
