from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from store.conversations import Chats
from store.conversations_rows import Claim, Mark, Ran, Ranked, Reply, Seen, Turn
from store.errors import UnknownChat, UnknownDocument
from store.generations import Generations

SECRET = "保险柜的密码是八六二四"
ENGLISH = "The vault opens at dawn, says Wilhelmina."


@pytest.fixture
def chats(library) -> Chats:
    return Chats(library.catalogue.engine, library.catalogue.collections())


def answered(turn: Turn, document, *others, **values) -> Turn:
    """The turn with an answer that quotes ``document`` and saw ``others``; its dense leg ranked them all."""
    text = document.text
    seen = tuple(
        Seen(n, f"c{n}", each.id, 0, 0, 4, 2, ("一", "二"), 4, each.title, "a.txt", 0.5, {"dense": (n, 0.5)})
        for n, each in enumerate((document, *others), start=1)
    )
    marks = (Mark(1, "c1", document.id, document.title, 2, 0, len(text), text, "supported"),)
    claims = (Claim(text, "supported", (1,), ("[2]",), ("the number 8 is not in [2]",), 0.9),)
    reply = Reply(f"{text}[1]", "zh", False, False, 0.7, "qwen", claims, marks, seen, ("注意",), {"total": 1.5})
    hits = tuple(Ranked("dense", n, each.id, 0, 4, 0.5) for n, each in enumerate((document, *others), start=1))
    told = {"state": "answered", "asked": "保险柜的密码是什么？", "wordings": ("What is the code?",), "answer": reply}
    told |= {"stages": (Ran("dense", 0.01, 100),), "hits": hits, "configuration": {"candidates": 100}, "sequence": 3}
    return dataclasses.replace(turn, **{**told, **values})


def raw_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_turn_comes_back_as_it_was_finished(library, chats) -> None:
    document = library.put("a.txt", SECRET)
    chat = chats.new(library.collection, model="extractive")
    turn = answered(chats.begin(chat.id, "密码是什么？", model="qwen"), document, feedback="f1")
    chats.finish(turn)
    (kept,) = chats.turns(chat.id)
    assert kept == dataclasses.replace(turn, carried=frozenset({document.id}))
    (listed,) = chats.known()
    assert (listed.name, listed.turns, listed.model, listed.collection) == ("密码是什么？", 1, "extractive", "文档")


def test_a_question_waits_until_it_is_answered_or_stopped(library, chats) -> None:
    chat = chats.new(library.collection)
    turn = chats.begin(chat.id, "密码是什么？")
    assert [one.state for one in chats.turns(chat.id)] == ["waiting"]
    chats.mark(turn.id, "stopped")
    assert [one.state for one in chats.turns(chat.id)] == ["stopped"]
    assert chats.begin(chat.id, "再问一次").position == 2


def test_a_chat_is_named_by_title_id_or_the_beginning_of_its_id(library, chats) -> None:
    first = chats.new(library.collection, title="合同", identity="abcd1")
    chats.new(library.collection, identity="abce2")
    assert chats.get("合同").id == chats.get("abcd").id == first.id
    for wrong in ("abc", "", "没有这个"):
        with pytest.raises(UnknownChat, match="shujia chats list"):
            chats.get(wrong)
    chats.new(library.collection, title="合同")
    with pytest.raises(UnknownChat, match="names 2 chats"):
        chats.get("合同")


def test_a_chat_is_renamed_and_remembers_its_model(library, chats) -> None:
    chat = chats.new(library.collection)
    chats.rename(chat.id, "  关于\n合同  ")
    chats.choose(chat.id, "extractive")
    assert (chats.get(chat.id).name, chats.get(chat.id).model) == ("关于 合同", "extractive")
    with pytest.raises(UnknownChat):
        chats.rename("nobody", "x")


def test_a_removed_chat_is_gone_and_can_be_brought_back_whole(library, chats) -> None:
    document = library.put("a.txt", SECRET)
    chat = chats.new(library.collection, title="密码")
    chats.finish(answered(chats.begin(chat.id, "密码是什么？"), document))
    before = chats.known(), chats.turns(chat.id)
    removed = chats.remove(chat.id)
    assert chats.known() == ()
    chats.restore(removed)
    assert (chats.known(), chats.turns(chat.id)) == before


def test_a_removal_that_is_undone_does_not_bring_back_what_quotes_a_document_that_was_deleted_meanwhile(
    library, chats
) -> None:
    document = library.put("a.txt", SECRET)
    chat = chats.new(library.collection, title=SECRET)
    chats.finish(answered(chats.begin(chat.id, "密码是什么？"), document))
    removed = chats.remove(chat.id)
    library.remove("a.txt")
    chats.restore(removed)
    assert chats.known() == ()


@pytest.mark.sqlite
@pytest.mark.parametrize("text", [SECRET, ENGLISH])
@pytest.mark.parametrize("way", ["delete", "replace", "collection"])
def test_no_byte_of_a_deleted_document_stays_in_the_library_for_having_been_talked_about(
    library, chats, text, way
) -> None:
    document, other = library.put("a.txt", text), library.put("b.txt", "另一份文件")
    chat = chats.new(library.collection, title=text)
    chats.finish(answered(chats.begin(chat.id, f"“{text}”是什么意思？"), document, other))
    chats.finish(answered(chats.begin(chat.id, "另一份文件说什么？"), other))
    if way == "delete":
        library.remove("a.txt")
    elif way == "replace":
        library.put("a.txt", "新的内容")
    else:
        library.catalogue.remove_collection(library.collection)
    library.catalogue.close()
    everything = raw_bytes(library.folder)
    assert text.encode() not in everything
    assert document.id.encode() not in everything
    assert ("另一份文件".encode() in everything) == (way != "collection")
    assert [one.name for one in chats.known()] == ([] if way == "collection" else ["另一份文件说什么？"])


def test_a_follow_up_that_was_completed_from_an_answer_goes_with_that_answers_document(library, chats) -> None:
    document, other = library.put("a.txt", SECRET), library.put("b.txt", "另一份文件")
    chat = chats.new(library.collection)
    chats.finish(answered(chats.begin(chat.id, "它呢？"), other, asked=SECRET, carried=frozenset({document.id})))
    library.remove("a.txt")
    assert chats.known() == ()


def test_what_a_stage_ranked_goes_with_its_document_and_leaves_the_answer(library, chats) -> None:
    document, other = library.put("a.txt", SECRET), library.put("b.txt", "另一份文件")
    chat = chats.new(library.collection)
    hits = tuple(Ranked("dense", rank, each.id, 0, 4, 0.5) for rank, each in enumerate((document, other), start=1))
    chats.finish(answered(chats.begin(chat.id, "密码是什么？"), document, hits=hits))
    library.remove("b.txt")
    (kept,) = chats.turns(chat.id)
    assert [hit.document for hit in kept.hits] == [document.id]


def test_an_answer_that_comes_after_its_document_has_left_is_not_kept(library, chats) -> None:
    document = library.put("a.txt", SECRET)
    chat = chats.new(library.collection)
    turn = answered(chats.begin(chat.id, "密码是什么？"), document)
    library.remove("a.txt")
    with pytest.raises(UnknownDocument):
        chats.finish(turn)
    assert chats.turns(chat.id) == ()


def test_an_answer_that_comes_after_its_chat_was_removed_is_not_kept(library, chats) -> None:
    document = library.put("a.txt", SECRET)
    chat = chats.new(library.collection)
    turn = answered(chats.begin(chat.id, "密码是什么？"), document)
    chats.remove(chat.id)
    with pytest.raises(UnknownChat):
        chats.finish(turn)


def test_chats_of_others_and_of_other_collections_do_not_exist(library, chats) -> None:
    other = library.ensure("别的")
    mine = chats.new(library.collection)
    theirs = Chats(library.catalogue.engine, library.catalogue.collections(), owner="anna")
    elsewhere = Chats(library.catalogue.engine, [other])
    for stranger in (theirs, elsewhere):
        assert stranger.known() == ()
        for act in (stranger.turns, stranger.remove):
            with pytest.raises(UnknownChat):
                act(mine.id)
        with pytest.raises(UnknownChat):
            stranger.begin(mine.id, "?")
    turn = chats.begin(mine.id, "还在吗？")
    theirs.mark(turn.id, "failed")
    assert [one.state for one in chats.turns(mine.id)] == ["waiting"]


def test_words_are_found_in_questions_answers_and_titles_whatever_their_script(library, chats) -> None:
    document = library.put("a.txt", "資料庫的備份在凌晨兩點半進行")
    chat = chats.new(library.collection)
    chats.finish(answered(chats.begin(chat.id, "什么时候？"), document))
    named = chats.new(library.collection, title="Harbour")
    assert [
        (one.id, turn and turn.position) for one, turn in chats.search("数据 备份") + chats.search("资料库 备份")
    ] == [(chat.id, 1)]
    assert [(one.id, turn) for one, turn in chats.search("ＨＡＲＢＯＵＲ")] == [(named.id, None)]
    assert chats.search("  ") == ()


def test_chats_follow_the_name_of_a_collection_to_its_next_generation(library, chats) -> None:
    document = library.put("a.txt", SECRET)
    chat = chats.new(library.collection)
    chats.finish(answered(chats.begin(chat.id, "密码是什么？"), document))
    generations = Generations(library.catalogue)
    twin = generations.begin("文档", embedder=library.embedder.name, dimension=64, chunker="test:2")
    library.put("a.txt", SECRET, collection=twin, catalogue=_open(library))
    assert generations.switch(library.collection, twin)
    now = Chats(library.catalogue.engine, library.catalogue.collections())
    assert [len(now.turns(one.id)) for one in now.known()] == [1]


def _open(library):
    return library.catalogue
