"""Tags go with their document, whichever generation answers, and narrow a search at once."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from store.errors import NothingToFilter, UnknownDocument
from store.filters import Filters, Gate
from store.followed import Followed
from store.generations import Generations
from store.schema_library import document_tag
from store.tags import Tags, tag_of


def rows(library) -> int:
    with library.catalogue.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(document_tag))


def test_equal_words_are_one_tag_and_blanks_are_none(library) -> None:
    library.put("a.txt", "长江的源头")
    (card,) = library.shelf.read.cards()
    tags = Tags(library.catalogue.engine, library.collection)
    assert tags.put(card.id, ["合同", " 合同 ", "ＡＢＣ　１", "ABC 1", "", " \n"]) == ("ABC 1", "合同")
    assert tags.all() == {card.id: ("ABC 1", "合同")}
    assert len(tag_of("长" * 100)) == 64
    with pytest.raises(UnknownDocument):
        tags.put("0" * 64, ["合同"])


def test_a_tag_narrows_the_search_at_once_and_an_unknown_one_is_named(library) -> None:
    library.put("a.txt", "长江的源头")
    library.put("b.txt", "黄河的源头")
    first, second = library.shelf.read.cards()
    tags, gate = Tags(library.catalogue.engine, library.collection), Gate(library.shelf.read)
    tags.put(first.id, ["江"])
    one = gate.allowed(Filters(tags=("江",)), 4)
    tags.put(second.id, ["江"])
    assert (len(one), len(gate.allowed(Filters(tags=("江",)), 4))) == (1, 2)
    with pytest.raises(NothingToFilter, match="there is: 江"):
        gate.allowed(Filters(tags=("湖",)), 4)


def test_tags_and_folders_go_to_the_generation_that_answers_and_go_with_the_document(library) -> None:
    library.put("a.txt", "长江的源头")
    (card,) = library.shelf.read.cards()
    engine, beside = library.catalogue.engine, Generations(library.catalogue)
    Tags(engine, library.collection).put(card.id, ["江"])
    Followed(engine, library.collection).add("/书")
    twin = beside.begin("文档", embedder="hash-64", dimension=64, chunker="test:2")
    library.put("a.txt", "长江的源头", collection=twin)
    assert beside.switch(library.collection, twin)
    live = library.catalogue.collection("文档")
    assert Tags(engine, live).all() == {card.id: ("江",)}
    assert Followed(engine, live).all() == ("/书",)
    library.catalogue.remove_source(live, "a.txt")  # the generation before forgets it too
    assert rows(library) == 0


def test_a_collection_takes_its_folders_with_it(library) -> None:
    folders = Followed(library.catalogue.engine, library.collection)
    for folder in ("/甲", "/乙", "/甲"):
        folders.add(folder)
    assert folders.all() == ("/甲", "/乙")
    folders.remove("/甲")
    assert folders.all() == ("/乙",)
    library.catalogue.remove_collection(library.collection)
    assert folders.all() == ()
