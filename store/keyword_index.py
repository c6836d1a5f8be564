"""The keyword index: BM25 with tantivy over our own terms, one folder a collection that follows the catalogue.

The terms come from ``store.analyzer``, joined by blanks; tantivy only splits them again. One extra document carries
the change number the index stands at, so text and number are committed together by tantivy itself.

Scores are Lucene's BM25 with k1 = 1.2, b = 0.75 and lengths rounded to one byte (Robertson & Zaragoza 2009; tantivy
src/query/bm25.rs).
"""

from __future__ import annotations

import json
import logging
import shutil
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from store.analyzer import VERSION, analyze
from store.asking import question_terms
from store.errors import LibraryUnusable
from store.filters import Allowed
from store.keyword_hits import best, best_allowed
from store.keyword_terms import TermScore, terms_of
from store.language import Language, language_of
from store.reading import Delta, Reader
from store.term_weights import weights

FORMAT = f"1-{VERSION}"
_ASKED = 8  # terms of each chunk that fsck looks for: 120 would take 3 ms, these .3 ms
WRITER_MEMORY = 64_000_000  # bytes; tantivy wants at least 15 MB a thread
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question's terms, how many chunks hold each, and what each weighs; for a question, change and languages."""

    state: tuple[str, int, Mapping[str, int]]
    terms: Counter[str]
    holding: Mapping[str, int]
    weights: Mapping[str, float]


class KeywordIndex:
    """Terms by catalogue key; ``sequence`` is the change it stands at, 0 when it is empty.

    ``languages`` is how many chunks there are in each language, as the shelf knows it; without it all are one.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "keyword"
        self.sequence = 0
        self.languages: Mapping[str, int] = {}
        self._index: Any = None
        self._last: _Asked | None = None
        self._swept = False

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
            opened = _with_tokenizer(tantivy.Index.open(str(self.folder)))
            if opened.schema != _schema():
                raise ValueError("meta.json is damaged: it describes other fields")  # noqa: TRY301
            self._index = opened
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
            self._last, searcher = None, self._index.searcher()
            if not searcher.num_docs and not self.sequence:
                return True  # made a moment ago, nothing applied yet
            marker = tantivy.Query.term_query(self._index.schema, "marker", FORMAT)
            hits = searcher.search(marker, 2).hits
            if len(hits) == 1:
                self.sequence = int(searcher.doc(hits[0][1]).get_first("sequence"))
                return True
            log.warning("%s has %d markers of format %s, wanted one: it is rebuilt", self, len(hits), FORMAT)
        except (ValueError, OSError) as exc:
            log.warning("%s cannot be read (%s): it is rebuilt", self, exc)
        return False

    def clear(self) -> None:
        """Start from nothing, for a rebuild. Raises LibraryUnusable when the disk refuses."""
        import tantivy

        self._index, self._last, self.sequence = None, None, 0
        shutil.rmtree(self.folder, ignore_errors=True)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._index = _with_tokenizer(tantivy.Index(_schema(), str(self.folder)))
        except (ValueError, OSError) as exc:
            raise _refused(self.folder, exc) from exc

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
            self._index.reload()
        except ValueError as exc:
            raise _refused(self.folder, exc) from exc
        self.sequence, self._last = sequence, None

    def _write(self, removed: Iterable[int], added: Iterable[tuple[int, str]], sequence: int) -> None:
        import tantivy

        writer = self._index.writer(WRITER_MEMORY, 1)
        if not self._swept:  # files of a commit that was killed: tantivy would refuse to write one of the same name
            writer.garbage_collect_files()
            self._swept = True
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

    def lacking(self, texts: Iterable[tuple[int, str]]) -> list[int]:
        """Those of the (key, text) pairs under whose key not all of _ASKED terms of the text are found, for fsck."""
        import tantivy

        schema, searcher = self._index.schema, self._index.searcher()
        found = []
        for key, text in texts:
            mine = [tantivy.Query.term_query(schema, "key", key)]
            terms = sorted(set(analyze(text)))
            some = terms[:: max(1, len(terms) // _ASKED)][:_ASKED]
            mine += [tantivy.Query.term_query(schema, "body", term, "basic") for term in some]
            whole = tantivy.Query.boolean_query([(tantivy.Occur.Must, each) for each in mine])
            if not searcher.search(whole, 1).hits:
                found.append(key)
        return found

    def search(self, text: str, k: int, allowed: Allowed | None = None) -> list[tuple[int, float]]:
        """The best ``k`` (key, BM25), sorted by (-score, key); only chunks that share a term with ``text``.

        ``allowed`` are the only keys that may be returned, all where it is None; scores do not depend on it.
        """
        if k < 1 or not len(self) or (query := self._query(text)) is None:
            return []
        return best(self._index, query, k) if allowed is None else best_allowed(self._index, query, k, allowed)

    def _query(self, text: str) -> Any:
        """What is asked of tantivy for ``text``; None when there is no term in it."""
        import tantivy

        asked, clauses = self._asked_of(text), []
        if not asked.terms:
            return None
        own = asked.weights if len(self.languages) > 1 else {}
        everywhere = weights(asked.holding, len(self), {}, "en") if own else {}
        for term, count in asked.terms.items():
            clause = tantivy.Query.term_query(self._index.schema, "body", term, "freq")
            # tantivy weighs a term among all chunks. BM25 sums over the question's terms: one asked twice counts twice.
            boost = count * (own[term] / everywhere[term] if own else 1.0)
            clauses.append((tantivy.Occur.Should, clause if boost == 1 else tantivy.Query.boost_query(clause, boost)))
        return tantivy.Query.boolean_query(clauses)

    def matched(self, text: str, keys: Iterable[int]) -> dict[int, tuple[TermScore, ...]]:
        """What the keyword score of each of ``keys`` for ``text`` is made of; a key that shares no term is absent."""
        import tantivy

        wanted = list(keys)
        query = self._query(text) if wanted and len(self) else None
        if query is None:
            return {}
        ours = tantivy.Query.term_set_query(self._index.schema, "key", wanted)
        both = [(tantivy.Occur.Must, query), (tantivy.Occur.Must, tantivy.Query.const_score_query(ours, 0.0))]
        searcher = self._index.searcher()
        hits = searcher.search(tantivy.Query.boolean_query(both), len(wanted)).hits
        found = ((int(searcher.doc(address).get_first("key")), address) for _, address in hits)
        return {key: terms_of(query.explain(searcher, address).to_json()) for key, address in found}

    def mass(self, text: str) -> float:
        """The weights of the terms of ``text`` summed: the BM25 score of a text of average length with each once."""
        asked = self._asked_of(text)
        return sum(asked.terms[term] * weight for term, weight in asked.weights.items())

    def _asked_of(self, text: str) -> _Asked:
        """The terms of a question and what they weigh now; a search asks it for its query and again for its mass."""
        state = (text, self.sequence, self.languages)
        last = self._last
        if last is None or last.state != state:
            terms, count = question_terms(text), len(self)
            holding = self._holding(terms, count)
            weighed = weights(holding, count, self.languages, language_of(text)) if count else {}
            last = self._last = _Asked(state, terms, holding, weighed)
        return last

    def weights(self, terms: Iterable[str], language: Language | None = None) -> dict[str, tuple[float, int]]:
        """The weight of each term and how many chunks hold it; nothing where the index is empty.

        The weight is its idf among the chunks of the question's ``language`` (store.term_weights), among all without.
        """
        count = len(self)
        if not count:
            return {}
        holding = self._holding(terms, count)
        weighed = weights(holding, count, self.languages if language else {}, language or "en")
        return {term: (weighed[term], n) for term, n in holding.items()}

    def _holding(self, terms: Iterable[str], count: int) -> dict[str, int]:
        """How many chunks hold each term."""
        if not count:
            return {}
        searcher = self._index.searcher()
        # tantivy counts deleted chunks until their segment is merged, so that more may hold a term than are live.
        return {term: min(count, searcher.doc_freq("body", term)) for term in terms}


def _refused(folder: Path, exc: Exception) -> LibraryUnusable:
    """ValueError is tantivy's word for a full disk, missing rights and all else that a file refuses."""
    return LibraryUnusable(
        f"the keyword index in {folder} cannot be written ({exc}); what was committed is kept: look at disk space and "
        f"rights, then run the same command again"
    )


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
