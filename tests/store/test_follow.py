"""Random lives of a library: whatever happened before, both indexes hold exactly what a fresh build would hold."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from store.rows import Source
from store.shelf import Shelf

PARAGRAPHS = ["长江的源头", "黄河的入海口", "珠江 delta", "winter harbour", "GB/T5972 缆索", "harbour 的冬天"]
paths = st.sampled_from(["甲.txt", "乙.txt", "c.txt", "d.txt"])
contents = st.lists(st.sampled_from(PARAGRAPHS), min_size=1, max_size=4, unique=True).map(tuple)


class LifeOfALibrary(RuleBasedStateMachine):
    """``held`` is the model: path → paragraphs. 10 lives of up to 20 steps, 200 steps together."""

    library_class: type

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="shujia-test-"))
        self.library = self.library_class(self.folder / "live")
        self.held: dict[str, tuple[str, ...]] = {}
        self.saved: Path | None = None

    @rule(path=paths, paragraphs=contents)
    def put(self, path: str, paragraphs: tuple[str, ...]) -> None:
        self.library.put(path, *paragraphs)
        self.held[path] = paragraphs

    @rule(path=paths, other=paths)
    def adopt(self, path: str, other: str) -> None:
        source = self.library.shelf.read.sources().get(other)
        if source:
            assert self.library.catalogue.adopt(self.library.collection, Source(path, source.document_id, 1, 1))
            self.held[path] = self.held[other]

    @rule(path=paths)
    def remove(self, path: str) -> None:
        assert self.library.remove(path) == (path in self.held)
        self.held.pop(path, None)

    @rule(publish=st.booleans())
    def follow(self, publish: bool) -> None:
        self.library.shelf.follow(publish=publish)

    @rule()
    def another_process_opens_it(self) -> None:
        self.library.open_shelf()

    @rule()
    def rebuild(self) -> None:
        self.library.shelf.rebuild()

    @rule()
    def back_up_the_indexes(self) -> None:
        if self.saved:
            shutil.rmtree(self.saved)
        self.saved = Path(shutil.copytree(self.folder / "live" / "index", self.folder / "saved"))

    @precondition(lambda self: self.saved)
    @rule()
    def restore_older_indexes(self) -> None:
        shutil.rmtree(self.folder / "live" / "index")
        shutil.copytree(self.saved, self.folder / "live" / "index")  # type: ignore[arg-type]
        self.library.open_shelf()

    @rule(question=st.sampled_from(PARAGRAPHS))
    def both_legs_answer_as_a_fresh_build_would(self, question: str) -> None:
        """Dense: keys and scores equal. Keyword: the same keys; scores may differ until tantivy merges its segments.

        tantivy, as Lucene, counts deleted texts in its document frequencies until then.
        """
        library, live = self.library, self.library.shelf
        fresh = Shelf(library.catalogue, library.collection, self.folder / "fresh")
        fresh.rebuild()
        vector = library.embedder.embed_queries([question])[0]
        dense = live.search_dense(vector, 100)
        assert dense == [(key, pytest.approx(score, abs=1e-6)) for key, score in fresh.search_dense(vector, 100)]
        texts = library.texts(dense)
        assert sorted(texts) == sorted(text for paragraphs in set(self.held.values()) for text in paragraphs)
        keyword = {key for key, _ in live.search_keyword(question, 100)}
        assert keyword == {key for key, _ in fresh.search_keyword(question, 100)}
        assert live.keyword_mass(question) >= 0

    @invariant()
    def catalogue_and_indexes_agree(self) -> None:
        assert self.library.shelf.disagreements() == []
        assert self.library.shelf.read.counts().documents == len(set(self.held.values()))

    def teardown(self) -> None:
        self.library.catalogue.close()
        shutil.rmtree(self.folder)


def test_every_life_of_a_library_ends_in_agreement(library) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    LifeOfALibrary.library_class = type(library)
    run_state_machine_as_test(
        LifeOfALibrary, settings=settings(max_examples=10, stateful_step_count=20, deadline=None, database=None)
    )
