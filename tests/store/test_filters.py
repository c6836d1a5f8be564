"""What a filter lets through, and that a filtered search is the unfiltered ranking with the others taken out."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.errors import NothingToFilter
from store.filters import NO_FILTERS, Allowed, Filters
from store.rows import Source, pack_vector, passage_text
from store.types import Chunk, Document, Span, chunk_id, document_id, text_id

WORDS = "river mountain 检索 数据库 gpt-4o stone lantern 合同 winter harbour 长江 源头".split()
DAY = 86_400.0
NOON = datetime(2026, 5, 31, 12).timestamp()


def put(library, path: str, texts: list[str], *, kind: str, language: str, headings=(), changed: float = NOON) -> str:
    """A document of one chunk a text, each under the heading at its place; its id."""
    whole = "\n\n".join([f"{path} {kind}", *texts])
    identity = document_id(whole.encode())
    spans, start = [], len(f"{path} {kind}") + 2
    for text in texts:
        spans.append(Span(start, start + len(text)))
        start += len(text) + 2
    under = [headings[n : n + 1] for n in range(len(texts))]
    rows = library.embedder.embed_passages(texts)
    chunks = [
        (
            Chunk(
                chunk_id(identity, at.start, at.end, "test:1"),
                identity,
                n,
                at.start,
                at.end,
                text,
                None,
                tuple(head),
                len(text),
            ),
            text_id(passage_text(head, text)),
        )
        for n, (text, at, head) in enumerate(zip(texts, spans, under, strict=True))
    ]
    document = Document(identity, path.rsplit("/", 1)[-1], kind, language, whole, len(whole))
    vectors = {text: pack_vector(row) for (_, text), row in zip(chunks, rows, strict=True)}
    source = Source(path, identity, document.size, int(changed * 1e9))
    library.catalogue.put(library.collection, document, chunks, vectors, source)
    return identity


@pytest.fixture
def filled(library):
    rivers = {"kind": "pdf", "language": "zh", "headings": ["总则", "附录"]}
    notes = {"kind": "md", "language": "en", "changed": NOON - 40 * DAY}
    rules = {"kind": "pdf", "language": "en", "headings": ["General Rules"]}
    library.ids = {
        "江": put(library, "/书/合同/江.pdf", ["长江的源头", "长江的合同"], **rivers),
        "b": put(library, "/书/notes/b.md", ["the river in winter", "长江 river"], **notes),
        "c": put(library, "/书/合同 2024/c.pdf", ["river stone"], **rules),
    }
    return library


def names(library, filters: Filters) -> list[str]:
    allowed = library.shelf.allowed(filters)
    assert allowed is not None
    located = library.shelf.located(allowed.listed)
    return [located[key].chunk.text for key in allowed.listed]


def test_without_filters_nothing_is_narrowed(filled) -> None:
    assert filled.shelf.allowed(NO_FILTERS) is None


@pytest.mark.parametrize(
    ("filters", "passing"),
    [
        (Filters(kinds=("pdf",)), ["长江的源头", "长江的合同", "river stone"]),
        (Filters(kinds=("pdf", "md"), languages=("en",)), ["the river in winter", "长江 river", "river stone"]),
        (Filters(kinds=("pdf",), languages=("en",)), ["river stone"]),
        (Filters(folders=("/书/合同",)), ["长江的源头", "长江的合同"]),  # and not /书/合同 2024
        (Filters(folders=("合同", "合同 2024/")), ["长江的源头", "长江的合同", "river stone"]),
        (Filters(folders=("书/notes",)), ["the river in winter", "长江 river"]),
        (Filters(headings=("總則",)), ["长江的源头"]),  # Traditional finds Simplified
        (Filters(headings=("general rules", "附录")), ["长江的合同", "river stone"]),
        (Filters(since=NOON), ["长江的源头", "长江的合同", "river stone"]),  # from: inclusive
        (Filters(until=NOON), ["the river in winter", "长江 river"]),  # to: exclusive
        (Filters(since=NOON - 50 * DAY, until=NOON - 39 * DAY), ["the river in winter", "长江 river"]),
        (Filters(kinds=("pdf",), until=NOON), []),
    ],
)
def test_values_are_alternatives_and_fields_hold_together(filled, filters, passing) -> None:
    assert names(filled, filters) == passing


def test_a_document_is_named_by_its_id(filled) -> None:
    assert names(filled, Filters(documents=(filled.ids["c"],))) == ["river stone"]
    assert filled.shelf.read.document_id("c.pdf") == filled.ids["c"]


def test_an_upload_has_the_day_on_which_it_came(filled) -> None:
    put(filled, "upload/d.txt", ["合同 stone"], kind="txt", language="zh", changed=0)
    now = datetime.now().timestamp()
    assert names(filled, Filters(since=now - DAY)) == ["合同 stone"]
    assert "合同 stone" not in names(filled, Filters(until=now - DAY))


@pytest.mark.parametrize(
    ("filters", "said"),
    [
        (Filters(kinds=("pdff",)), "no document of kind 'pdff' in '文档'; there is: md, pdf"),
        (Filters(languages=("fr",)), "no document of language 'fr' in '文档'; there is: en, zh"),
        (Filters(folders=("合",)), "no file below a folder '合'"),
        (Filters(folders=("100%",)), "no file below a folder '100%'"),  # % is no wildcard
    ],
)
def test_a_value_that_no_document_has_is_named(filled, filters, said) -> None:
    with pytest.raises(NothingToFilter, match=said):
        filled.shelf.allowed(filters)


def test_a_set_is_kept_until_the_library_changes(filled, monkeypatch) -> None:
    first = filled.shelf.allowed(Filters(kinds=("pdf",)))
    assert filled.shelf.allowed(Filters(kinds=("pdf",))) is first
    put(filled, "/书/e.pdf", ["lantern"], kind="pdf", language="en")
    assert names(filled, Filters(kinds=("pdf",)))[-1] == "lantern"
    filled.remove("/书/合同/江.pdf")
    assert names(filled, Filters(kinds=("pdf",))) == ["river stone", "lantern"]


def test_a_file_that_moves_or_is_touched_is_seen_at_once(filled) -> None:
    """Neither writes the change log: no chunk comes or goes."""
    folder, late = Filters(folders=("合同",)), Filters(since=NOON + DAY)
    assert names(filled, folder) == ["长江的源头", "长江的合同"]
    assert names(filled, late) == []
    source = Source("/书/合同/江.pdf", filled.ids["江"], 1, int(NOON * 1e9))
    filled.catalogue.adopt(filled.collection, replace(source, path="/书/档案/江.pdf"))
    filled.remove("/书/合同/江.pdf")
    with pytest.raises(NothingToFilter):
        filled.shelf.allowed(folder)
    filled.catalogue.adopt(filled.collection, replace(source, path="/书/档案/江.pdf", mtime_ns=int((NOON + DAY) * 1e9)))
    assert names(filled, late) == ["长江的源头", "长江的合同"]


def test_sets_are_intersected() -> None:
    one, other = Allowed(np.array([1, 4, 9], np.int64)), Allowed(np.array([4, 5, 9], np.int64))
    both = one & other
    assert both.listed == [4, 9]
    assert (4 in both, 5 in both, len(both)) == (True, False, 2)
    assert both.digest == Allowed(np.array([4, 9], np.int64)).digest != one.digest
    assert (one & Allowed(np.array([], np.int64))).listed == []


texts = st.lists(st.sampled_from(WORDS), min_size=1, max_size=5).map(" ".join)
books = st.lists(
    st.tuples(st.sampled_from(["pdf", "md"]), st.sampled_from(["zh", "en"]), st.lists(texts, min_size=1, max_size=6)),
    min_size=1,
    max_size=8,
)
choices = st.tuples(st.sets(st.sampled_from(["pdf", "md"])), st.sets(st.sampled_from(["zh", "en"])), st.integers(1, 30))


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(books, texts, st.lists(choices, min_size=1, max_size=3))
def test_both_legs_give_the_best_of_those_that_pass(new_library, books, question, chosen) -> None:
    """The exact ranking: all hits without a filter, those that do not pass taken out, the first k."""
    library = new_library(f"{np.random.default_rng().integers(1 << 60)}")
    for n, (kind, language, parts) in enumerate(books):
        put(library, f"/书/{n}.{kind}", parts, kind=kind, language=language)
    kinds = {key: books[int(one.path[3])][:2] for key, one in library.shelf.located(range(1, 50)).items()}
    vector = library.embedder.embed_queries([question])[0]
    everything = {
        "dense": library.shelf.search_dense(vector, 1000),
        "keyword": library.shelf.search_keyword(question, 1000),
    }
    for kinds_wanted, languages, k in chosen:
        there = ({kind for kind, _ in kinds.values()}, {language for _, language in kinds.values()})
        filters = Filters(kinds=tuple(kinds_wanted & there[0]), languages=tuple(languages & there[1]))
        allowed = library.shelf.allowed(filters)
        passing = {
            key
            for key, (kind, language) in kinds.items()
            if (not filters.kinds or kind in filters.kinds) and (not filters.languages or language in filters.languages)
        }
        assert allowed is None or set(allowed.listed) == passing
        found = {
            "dense": library.shelf.search_dense(vector, k, allowed),
            "keyword": library.shelf.search_keyword(question, k, allowed),
        }
        for leg, ranking in found.items():
            expected = [hit for hit in everything[leg] if hit[0] in passing][:k]
            assert [score for _, score in ranking] == pytest.approx([score for _, score in expected], abs=1e-5)
            assert len(ranking) == min(k, len(expected))
            assert {key for key, _ in ranking} <= passing
            if leg == "keyword":
                assert [key for key, _ in ranking] == [key for key, _ in expected]
