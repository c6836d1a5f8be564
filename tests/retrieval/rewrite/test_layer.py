from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

import pytest

from models.fakes import ScriptedChat
from models.types import ContextTooLong, Message, ModelTimeout, ModelUnavailable, WeightsMissing
from retrieval.rewrite.asking import Asker
from retrieval.rewrite.layer import QueryLayer
from retrieval.rewrite.replies import Replies
from retrieval.rewrite.signs import ShelfSigns
from retrieval.rewrite.types import Steps
from retrieval.search import Retriever

SAID = (Message("user", "Who founded the city library?"), Message("assistant", "Anna Berg founded it in 1902."))
ALL = Steps("on", "on", "on", "on", "on", "on", "on")


class Signs:
    def __init__(self, *, foreign: bool = False, akin: bool = False) -> None:
        self._foreign, self._akin = foreign, akin

    def foreign(self, question: str, other: str) -> bool:
        return self._foreign

    def akin(self, question: str, said: str) -> bool:
        return self._akin


def layer(*answers: str | Exception, steps: Steps | None = None, **options) -> tuple[QueryLayer, ScriptedChat]:
    chat = ScriptedChat(answers)
    return QueryLayer(Asker(chat, Replies()), steps or Steps(), **options), chat


def test_a_follow_up_becomes_a_standalone_question() -> None:
    one, _ = layer("When did Anna Berg die?")
    found = one.rewrite("When did she die?", SAID, Signs())
    assert found.question == found.query.text == "When did Anna Berg die?"
    assert [(done.step, done.reply) for done in found.done] == [("condense", ("When did Anna Berg die?",))]
    assert "Anna Berg founded it" in found.query.before
    assert found.notices == ()


def test_a_standalone_question_asks_no_model() -> None:
    one, chat = layer()
    found = one.rewrite("How many meters above sea level does Lake Titicaca lie?", SAID, Signs())
    assert (found.query.before, found.query.wordings, found.done, chat.history) == ("", (), (), [])
    assert found.question == "How many meters above sea level does Lake Titicaca lie?"


def test_the_conversation_is_weighed_in_where_the_library_says_it_is_about_the_same() -> None:
    one, _ = layer()
    found = one.rewrite("How many meters above sea level does Lake Titicaca lie?", SAID, Signs(akin=True))
    assert found.query.before == "Anna Berg founded it in 1902. Who founded the city library?"


def test_without_a_model_the_conversation_still_helps() -> None:
    found = QueryLayer(None).rewrite(
        "那他是哪年去世的？", (Message("user", "谁创办了图书馆？"), Message("assistant", "安明。"))
    )
    assert (found.question, found.query.before) == ("那他是哪年去世的？", "安明。 谁创办了图书馆？")
    assert found.notices == ()


def test_a_question_is_translated_where_the_library_speaks_the_other_language() -> None:
    one, chat = layer("Who founded the city library?")
    found = one.rewrite("市图书馆是谁创办的？", (), Signs(foreign=True))
    assert found.query.wordings == ("Who founded the city library?",)
    assert found.question == "市图书馆是谁创办的？"
    assert len(chat.history) == 1


def test_an_equal_question_is_not_asked_twice() -> None:
    one, chat = layer("Who founded the city library?")
    first, again = (one.rewrite("市图书馆是谁创办的？", (), Signs(foreign=True)) for _ in range(2))
    assert first.query == again.query
    assert len(chat.history) == 1


def test_an_answer_instead_of_a_question_is_not_used() -> None:
    one, _ = layer("Anna Berg died in Berlin in 1931.")
    found = one.rewrite("When did she die?", SAID, Signs())
    assert found.question == "When did she die?"
    assert "Anna Berg founded" in found.query.before
    assert found.done[0].note == "the reply was of no use"


def test_steps_that_are_switched_on_all_reach_the_query() -> None:
    class Switchboard(ScriptedChat):
        def stream(self, messages, *, max_tokens: int) -> Iterator[str]:
            rules = messages[0].content
            yield (
                "市图书馆是谁创办的？" if "译成中文" in rules
                else "The city library was founded by Anna Berg." if "passage" in rules
                else "library, founder, history" if "synonyms" in rules
                else "Who started the city library?\nBy whom was the library founded?"
            )  # fmt: skip

    one = QueryLayer(Asker(Switchboard(), Replies(), parallel=4), ALL)
    found = one.rewrite("Who founded the city library?")
    assert set(found.query.wordings) == {
        "市图书馆是谁创办的？", "Who started the city library?", "By whom was the library founded?",
        "library founder history",
    }  # fmt: skip
    assert found.query.imagined == ("The city library was founded by Anna Berg.",)
    assert {done.step for done in found.done} == {"translate", "split", "variants", "keywords", "imagine"}


def test_a_slow_model_costs_the_set_time_and_no_more_and_is_stopped() -> None:
    stopped = threading.Event()

    class Slow(ScriptedChat):
        def stream(self, messages, *, max_tokens: int) -> Iterator[str]:
            try:
                while True:
                    time.sleep(0.02)
                    yield "."
            finally:
                stopped.set()

    one = QueryLayer(Asker(Slow(), Replies()), Steps(translate="on", imagine="on"), seconds=0.3)
    found = one.rewrite("市图书馆是谁创办的？")  # the model would never end
    assert len(found.notices) == 2
    assert "没有用语言模型改写问题" in found.notices[0]
    assert stopped.wait(60)


def test_a_model_that_is_missing_is_told_only_where_it_was_asked_for() -> None:
    quiet = QueryLayer(None, missing="no weights").rewrite("市图书馆是谁创办的？", (), Signs(foreign=True))
    told = QueryLayer(None, Steps(translate="on"), missing="no weights").rewrite("市图书馆是谁创办的？")
    assert quiet.notices == ()
    assert "no weights" in told.notices[0]


NONSENSE = [
    "",
    " \n",
    "\x00",
    "\udce4",
    "<|im_end|>",
    "{}",
    "null",
    "？？？",
    "I cannot help with that.",
    "A" * 5000,
    "的" * 500,
    "Question:",
    "1.\n2.\n3.",
    "\U0001f600",
    "SELECT * FROM chunk",
    "../../etc/passwd",
    "当然可以！",
    "Answer: 42",
    "\n".join("abc"),
]
ERRORS = [
    ModelUnavailable("down"),
    ModelTimeout("slow"),
    ContextTooLong("long"),
    WeightsMissing("none"),
    ModelUnavailable(""),
    RuntimeError("x"),
    ValueError(),
    KeyError("choices"),
    OSError(5, "io"),
    ConnectionResetError(),
    UnicodeDecodeError("utf-8", b"", 0, 1, "x"),
    TypeError("None"),
    RecursionError(),
    MemoryError(),
    AttributeError("text"),
]


class Faulty:
    """Fails in a way drawn by the seed: an error at once or in the middle, nonsense, wrong types, delays."""

    context_tokens = 4096

    def __init__(self, seed: int) -> None:
        self.name, self._random = f"faulty-{seed}", random.Random(seed)

    def count_tokens(self, text: str) -> int:
        if self._random.random() < 0.05:
            raise self._random.choice(ERRORS)
        return len(text)

    def stream(self, messages, *, max_tokens: int):
        kind = self._random.randrange(6)
        if kind == 0:
            raise self._random.choice(ERRORS)
        if kind == 1:
            return iter([self._random.choice(NONSENSE)])
        if kind == 2:
            return iter([None])
        if kind == 3:
            return None
        return self._broken(kind)

    def _broken(self, kind: int) -> Iterator[str]:
        yield self._random.choice(NONSENSE)
        if kind == 4:
            raise self._random.choice(ERRORS)
        time.sleep(self._random.choice((0.0, 0.0, 0.05)))
        yield self._random.choice(NONSENSE)


def test_a_thousand_faults_and_every_search_still_gives_its_passages(library) -> None:
    library.put("/书.txt", "长江的源头在唐古拉山", "黄河的源头在巴颜喀拉山")
    library.put("/b.txt", "the harbour freezes in winter", "Anna Berg founded the city library")
    retriever = Retriever(library.shelf, library.embedder, candidates=10)
    signs = ShelfSigns(retriever)
    questions = [
        "那它的源头呢？",
        "When did she die?",
        "长江的源头在哪里？",
        "harbour \udce4 in winter and who founded it?",
    ]
    failed = calls = 0
    for seed in range(200):
        one = QueryLayer(Asker(Faulty(seed), Replies(), parallel=4), ALL, seconds=0.04 if seed % 30 == 0 else 5.0)
        question = questions[seed % len(questions)]
        found = one.rewrite(question, SAID if seed % 2 else (), signs)
        calls += len(found.done)
        failed += bool(found.notices)
        passages = retriever.search(found.query, k=4).passages
        assert len(passages) == 4
        assert all(notice.strip() and "\n" not in notice for notice in found.notices)
    assert calls >= 1000
    assert failed > 90  # the faults were seen, and told


def test_signs_of_a_shelf(library) -> None:
    library.put("/书.txt", "长江的源头在唐古拉山", "黄河的源头在巴颜喀拉山")
    signs = ShelfSigns(Retriever(library.shelf, library.embedder))
    assert signs.foreign("Where is the source of the Yangtze?", "zh")
    assert not signs.foreign("长江的源头", "en")  # nothing here is in English
    assert not signs.foreign("长江的源头在唐古拉山", "zh")  # its own words are found


@pytest.mark.parametrize(
    ("passages", "shared", "akin"), [(1000, 2, True), (1000, 1, False), (98, 2, False), (98, 3, True), (10, 10, False)]
)
def test_what_chance_makes_the_same_in_a_small_library_is_no_sign(passages: int, shared: int, akin: bool) -> None:
    near = [range(10), range(10 - shared, 20 - shared)]
    shelf = SimpleNamespace(
        languages={"zh": passages - 5, "en": 5},
        asked=lambda row, _language: row,
        search_dense=lambda row, _limit: [(key, 1.0) for key in near[row]],
    )
    retriever = SimpleNamespace(shelf=shelf, embedder=SimpleNamespace(embed_queries=lambda _texts: (0, 1)))
    assert ShelfSigns(cast(Retriever, retriever)).akin("Which depth?", "试用期是几个月？") is akin


@pytest.mark.parametrize("question", ["", "？", "x" * 5000])
def test_no_question_and_a_text_instead_of_one_pass_as_they_are(question: str) -> None:
    one, chat = layer(steps=ALL)
    assert one.rewrite(question, SAID).query.text == question
    assert chat.history == []
