"""Questions to the API, kept where that is switched on: by caller, by conversation, and gone with their documents."""

from __future__ import annotations

import pytest

from app.api_chats import keep_asked
from app.chats import chats_of
from app.settings import load
from app.wiring import Library
from generation.types import EXTRACTIVE, Finished
from models.types import Message

HANDBOOK = "# 部署手册\n\n每个季度做一次恢复演练。最近一次演练总共用了 38 分钟。\n"
QUESTION = "最近一次恢复演练用了多长时间？"


@pytest.fixture
def library(scripted, fill, monkeypatch):
    monkeypatch.setenv("SHUJIA_KEEP_CHATS", "all")
    scripted()
    fill({"手册.md": HANDBOOK})
    with Library(load()) as opened:
        yield opened


def answered(library, question=QUESTION, history=()):
    events = library.ask(question, model=EXTRACTIVE, history=history)
    return next(event.answer for event in events if isinstance(event, Finished))


def test_a_question_is_kept_for_its_caller_alone(library) -> None:
    assert keep_asked(library, "key:a", "default", QUESTION, answered(library))
    (chat,) = chats_of(library, owner="key:a").known()
    assert chat.first == QUESTION
    assert chats_of(library, owner="key:b").known() == ()
    assert chats_of(library).known() == ()


def test_nothing_is_kept_unless_the_setting_says_so(library, monkeypatch) -> None:
    monkeypatch.setenv("SHUJIA_KEEP_CHATS", "page")
    with Library(load()) as other:
        assert not keep_asked(other, "key:a", "default", QUESTION, answered(library))
        assert chats_of(other, owner="key:a").known() == ()


def test_a_question_whose_history_ends_with_a_kept_answer_goes_on_in_its_chat(library) -> None:
    first = answered(library)
    keep_asked(library, "key:a", "default", QUESTION, first)
    history = (Message("user", QUESTION), Message("assistant", first.text))
    assert keep_asked(library, "key:a", "default", "多久做一次恢复演练？", answered(library), history=history)
    (chat,) = chats_of(library, owner="key:a").known()
    assert chat.turns == 2


def test_a_question_completed_from_a_history_that_nobody_here_knows_is_not_kept(library) -> None:
    history = (Message("user", "谁？"), Message("assistant", "不知从何而来的话。"))
    assert not keep_asked(library, "key:a", "default", "它呢？", answered(library), history=history)
    assert chats_of(library, owner="key:a").known() == ()


def test_a_kept_question_goes_with_the_document_that_it_quotes(library) -> None:
    keep_asked(library, "key:a", "default", QUESTION, answered(library))
    library.delete_document("手册.md")
    assert chats_of(library, owner="key:a").known() == ()
