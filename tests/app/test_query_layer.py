from __future__ import annotations

import json

import pytest

from app.history_file import read_history
from app.settings import SettingsError, load
from app.wiring import Library
from generation.types import Finished
from models.types import Message, ModelUnavailable, WeightsMissing
from retrieval.rewrite.types import Steps

BOOK = "The city library was founded by Anna Berg in 1902.\n\nAnna Berg died in Hamburg in 1931, aged seventy."
SAID = (
    Message("user", "Who founded the city library?"),
    Message("assistant", "The city library was founded by Anna Berg in 1902."),
)


def finished(library: Library, question: str, **options) -> Finished:
    return next(event for event in library.ask(question, **options) if isinstance(event, Finished))


def test_a_follow_up_is_answered_as_the_question_it_stands_for(fill, scripted) -> None:
    chat = scripted("When did Anna Berg die?", "Anna Berg died in Hamburg in 1931. [1]")
    fill({"book.txt": BOOK})
    with Library(load()) as library:
        answer = finished(library, "When did she die?", history=SAID).answer
    assert "When did Anna Berg die?" in chat.history[1][-1].content
    assert answer.context.question == "When did Anna Berg die?"
    stages = {stage.name: stage for stage in answer.context.trace.stages}
    assert stages["rewrite:condense"].note == "When did Anna Berg die?"
    assert answer.notices == ()


def test_a_model_that_is_down_costs_two_notices_and_no_answer(fill, scripted) -> None:
    scripted(ModelUnavailable("the endpoint is down"), ModelUnavailable("still down"))
    fill({"book.txt": BOOK})
    with Library(load()) as library:
        answer = finished(library, "When did she die?", history=SAID).answer
    assert "was not rewritten" in answer.notices[0]
    assert "the endpoint is down" in answer.notices[0]
    assert answer.context.passages
    assert answer.text


def test_a_question_without_a_conversation_asks_the_model_for_the_answer_alone(fill, scripted) -> None:
    chat = scripted("Anna Berg founded the city library in 1902. [1]")
    fill({"book.txt": BOOK})
    with Library(load()) as library:
        finished(library, "Who founded the city library?")
    assert len(chat.history) == 1


def test_a_search_with_a_conversation_works_without_any_weights(fill, scripted, monkeypatch) -> None:
    scripted()
    fill({"book.txt": BOOK})

    def missing(*_: object) -> None:
        raise WeightsMissing("pull them")

    monkeypatch.setattr(Library, "chat", missing)
    with Library(load()) as library:
        found = library.search("When did she die?", history=SAID, k=2)
        assert found.passages
        assert library.search("市图书馆是谁创办的？", rewrite=True, k=2).passages


def test_what_was_asked_is_not_written_down(fill, scripted, library_folder) -> None:
    scripted("When did Anna Berg die?", "Anna Berg died in 1931. [1]")
    fill({"book.txt": "Anna Berg founded the city library in 1902."})
    with Library(load()) as library:
        finished(library, "When did she die?", history=SAID)
    for path in library_folder.rglob("*"):
        assert not path.is_file() or b"When did" not in path.read_bytes()


def test_the_settings_name_every_step() -> None:
    from app.query_layer import steps_of

    assert steps_of(load()) == Steps()
    names = ("blend", "condense", "translate", "hyde", "variants", "split", "keywords")
    assert steps_of(load(**{f"rewrite_{name}": "on" for name in names})) == Steps(*["on"] * 7)


def test_a_history_file_is_a_list_of_messages_or_of_texts(tmp_path) -> None:
    path = tmp_path / "history.json"
    path.write_text(
        json.dumps([{"role": "user", "content": "谁？"}, {"role": "assistant", "content": "安明。"}]), "utf-8"
    )
    assert read_history(path) == (Message("user", "谁？"), Message("assistant", "安明。"))
    path.write_text('["谁？", "安明。", "何时？", "1902年。"]', "utf-8")
    assert [turn.role for turn in read_history(path)] == ["user", "assistant"] * 2


@pytest.mark.parametrize("text", ["{", '{"role": "user"}', '[{"role": "bot", "content": "x"}]', "[1]", "\xff"])
def test_another_history_file_is_refused_with_its_name(tmp_path, text: str) -> None:
    path = tmp_path / "history.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(SettingsError, match=r"history\.json"):
        read_history(path)


def test_a_history_file_that_is_missing_or_a_folder_is_told_in_a_sentence(tmp_path) -> None:
    for path in (tmp_path, tmp_path / "none.json"):
        with pytest.raises(SettingsError, match=rf"{path.name} cannot be read as a conversation: \w+"):
            read_history(path)
