"""Quality cards are written with their document, found again, and gone with it."""

from __future__ import annotations

from store import schema_cards as c
from store.cards import Cards, Quality, QualityCard
from store.likeness import signature
from store.rows import Source, pack_vector
from store.types import Chunk, Document, chunk_id, document_id, text_id

CARD = QualityCard(4, (2, 3), 0.01, {"zh": 0.9, "en": 0.1, "other": 0.0}, 1, 7, (3,), 0.87)
TEXT = "审计日志保留三年。备份每天凌晨两点进行。恢复演练每季度一次。部署手册写明了每一步。" * 2


def put(library, path: str, text: str, card: QualityCard = CARD) -> str:
    identity = document_id(text.encode())
    document = Document(identity, path, "txt", "zh", text, len(text))
    chunk = Chunk(chunk_id(identity, 0, len(text), "t"), identity, 0, 0, len(text), text, None, (), 9)
    vectors = {text_id(text): pack_vector(library.embedder.embed_passages([text])[0])}
    source = Source(path, identity, len(text), 1)
    quality = Quality(card, signature(text))
    library.catalogue.put(library.collection, document, [(chunk, text_id(text))], vectors, source, quality)
    return identity


def rows(library) -> int:
    from sqlalchemy import func, select

    with library.catalogue.engine.connect() as connection:
        return sum(connection.scalar(select(func.count()).select_from(table)) or 0 for table in c.TABLES)


def test_a_card_is_kept_as_it_was_made_and_goes_with_its_document(library):
    cards = Cards(library.catalogue.engine, library.collection)
    identity = put(library, "a.txt", TEXT)
    assert cards.of(identity) == CARD
    assert cards.all() == {identity: CARD}
    assert cards.of("nothing") is None
    library.catalogue.remove_source(library.collection, "a.txt")
    assert rows(library) == 0


def test_documents_nearly_the_same_are_named_most_alike_first_and_never_themselves(library):
    cards = Cards(library.catalogue.engine, library.collection)
    first = put(library, "a.txt", TEXT)
    second = put(library, "b.txt", TEXT + "另附一句。")
    traditional = put(library, "c.txt", TEXT.replace("备", "備"))
    put(library, "d.txt", "完全不同的内容，讲的是河流与山脉，与上面没有一句相同。" * 3)
    found = cards.near(first, signature(TEXT))
    assert [(one.document, one.path) for one in found] == [(traditional, "c.txt"), (second, "b.txt")]
    assert found[0].likeness == 1.0
    assert 0.8 <= found[1].likeness < 1
    every = cards.all_near()
    assert set(every) == {first, second, traditional}
    assert {one.document for one in every[first]} == {second, traditional}


def test_another_collection_is_not_looked_into(library):
    put(library, "a.txt", TEXT)
    other = library.catalogue.ensure_collection("其他", embedder="hash-64", dimension=64, chunker="t")
    assert Cards(library.catalogue.engine, other).near("x", signature(TEXT)) == ()
    assert Cards(library.catalogue.engine, other).all() == {}


def test_a_removed_collection_leaves_no_card(library):
    put(library, "a.txt", TEXT)
    library.catalogue.remove_collection(library.collection)
    assert rows(library) == 0
