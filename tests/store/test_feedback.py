from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from store.errors import UnknownDocument, UnknownFeedback
from store.feedback import FeedbackLog
from store.feedback_rows import Cited, Feedback, Quoted, Retrieved

SECRET = "保险柜的密码是八六二四"
ENGLISH = "The vault opens at dawn, says Wilhelmina."


def said(document, other=None, **values) -> Feedback:
    """Thumbs down on an answer that rests on the first paragraph of ``document`` and saw ``other``."""
    seen = [Retrieved("c1", document.id, 0, 5, 0.9, {"dense": 1, "fused": 1})]
    seen += [Retrieved("c2", other.id, 0, 4, 0.5, {"keyword": 3})] if other else []
    base = Feedback(
        id="a1",
        question="保险柜的密码是什么？",
        answer=f"{document.text[:11]}。[1]",
        abstained=False,
        model="qwen",
        rating="down",
        reason="wrong",
        comment=f"原文写的是“{document.text[:11]}”",
        retrieved=tuple(seen),
        citations=(Cited(document.id, 0, 11, document.text[:11], "supported"),),
        corrected=Quoted(document.id, 0, 11, document.text[:11]),
        configuration={"embedder": "hash-64", "candidates": 100},
        sequence=7,
        created_at=1000.5,
    )
    return dataclasses.replace(base, **values)


@pytest.fixture
def log(library) -> FeedbackLog:
    return FeedbackLog(library.catalogue.engine, library.collection)


def raw_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_what_was_said_comes_back_as_it_was_said(library, log) -> None:
    item = said(library.put("a.txt", SECRET))
    log.add(item)
    assert log.items("open") == (item,)
    assert log.get("a1") == item


def test_the_same_answer_judged_again_replaces_the_first_word_and_opens_the_review_again(library, log) -> None:
    item = said(library.put("a.txt", SECRET))
    log.add(item)
    log.review("a1", "rejected")
    log.add(dataclasses.replace(item, rating="up", reason="", comment=""))
    (kept,) = log.items()
    assert (kept.rating, kept.comment, kept.state, kept.reviewed_at) == ("up", "", "open", None)


def test_a_word_can_be_taken_back(library, log) -> None:
    log.add(said(library.put("a.txt", SECRET)))
    assert log.withdraw("a1")
    assert not log.withdraw("a1")
    assert log.items() == ()


def test_a_review_keeps_its_spans_and_leaves_the_open_items(library, log) -> None:
    document = library.put("a.txt", SECRET)
    log.add(said(document))
    log.add(said(document, id="b2", created_at=2000.0))
    log.review("a1", "edited", [Quoted(document.id, 0, 3, "保险柜")])
    assert [item.id for item in log.items("open")] == ["b2"]
    (edited,) = log.items("accepted", "edited")
    assert edited.gold == (Quoted(document.id, 0, 3, "保险柜"),)
    assert edited.reviewed_at is not None
    log.review("b2", "accepted")
    assert log.get("b2").gold == ()


@pytest.mark.parametrize("wrong", [{"rating": "sideways"}, {"reason": "bored"}])
def test_a_rating_or_reason_that_is_none_is_refused(library, log, wrong) -> None:
    with pytest.raises(ValueError, match="up or down"):
        log.add(said(library.put("a.txt", SECRET), **wrong))


def test_an_id_is_named_by_its_beginning_and_a_wrong_one_says_where_to_look(library, log) -> None:
    document = library.put("a.txt", SECRET)
    for name in ("abc1", "abd2"):
        log.add(said(document, id=name))
    assert log.get("abd").id == "abd2"
    with pytest.raises(UnknownFeedback, match="begins the ids of 2"):
        log.get("ab")
    for wrong in ("zz", ""):
        with pytest.raises(UnknownFeedback, match="shujia eval feedback list"):
            log.get(wrong)
    with pytest.raises(UnknownFeedback):
        log.review("zz", "rejected")


@pytest.mark.sqlite
@pytest.mark.parametrize("text", [SECRET, ENGLISH])
@pytest.mark.parametrize("way", ["delete", "replace", "collection"])
def test_no_byte_of_a_deleted_document_stays_in_the_library_for_having_been_judged(library, log, text, way) -> None:
    document, other = library.put("a.txt", text), library.put("b.txt", "另一份文件")
    log.add(said(document, answer=f"{text}[1]", comment=text, corrected=Quoted(document.id, 0, len(text), text)))
    log.add(said(other, id="b2", question="另一个问题"))
    if way == "delete":
        library.remove("a.txt")
    elif way == "replace":
        library.put("a.txt", "新的内容")
    else:
        library.catalogue.remove_collection(library.collection)
    library.catalogue.close()
    everything = raw_bytes(library.folder)
    assert text.encode() not in everything
    assert text[:8].encode() not in everything
    assert ("另一份文件".encode() in everything) == (way != "collection")
    assert [item.id for item in log.items()] == ([] if way == "collection" else ["b2"])


def test_an_answer_that_only_saw_a_deleted_document_goes_too(library, log) -> None:
    document, other = library.put("a.txt", SECRET), library.put("b.txt", "另一份文件")
    log.add(said(document, other))
    library.remove("b.txt")
    assert log.items() == ()


def test_a_document_that_another_path_still_holds_keeps_its_feedback(library, log) -> None:
    document = library.put("a.txt", SECRET)
    library.put("copy.txt", SECRET)
    log.add(said(document))
    library.remove("a.txt")
    assert len(log.items()) == 1
    library.remove("copy.txt")
    assert log.items() == ()


def test_the_same_document_in_another_collection_takes_nothing_from_this_one(library, log) -> None:
    document = library.put("a.txt", SECRET)
    second = library.ensure("第二")
    library.put("a.txt", SECRET, collection=second)
    log.add(said(document))
    library.catalogue.remove_source(second, "a.txt")
    assert len(log.items()) == 1


def test_a_late_word_about_a_deleted_document_does_not_bring_it_back(library, log) -> None:
    document = library.put("a.txt", SECRET)
    library.remove("a.txt")
    with pytest.raises(UnknownDocument, match="has left collection"):
        log.add(said(document))
    library.catalogue.close()
    assert SECRET.encode() not in raw_bytes(library.folder)


def test_a_review_with_a_passage_of_no_document_is_refused_and_changes_nothing(library, log) -> None:
    log.add(said(library.put("a.txt", SECRET)))
    with pytest.raises(UnknownDocument):
        log.review("a1", "edited", [Quoted("f" * 64, 0, 3, "无")])
    assert log.get("a1").state == "open"


def test_the_document_of_a_reviewed_span_takes_the_row_with_it(library, log) -> None:
    document, other = library.put("a.txt", SECRET), library.put("b.txt", "另一份文件")
    log.add(said(document))
    log.review("a1", "edited", [Quoted(other.id, 0, 3, "另一份")])
    library.remove("b.txt")
    assert log.items() == ()
