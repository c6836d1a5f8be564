import numpy as np
import pytest

from models.fakes import HashEmbedder, ScriptedChat, WordCounter
from models.types import ContextTooLong, Message, ModelTimeout, TokenEmbedder


def test_a_word_and_a_han_character_are_one_token_each():
    # 书 架 hello 2024 年 = 5; punctuation of either width is none
    assert WordCounter().count(["书架，hello 2024年！", "", "。"]) == [5, 0, 0]


def test_offsets_are_the_characters_of_each_token():
    text = "年假 is 15天"
    assert [text[a:b] for a, b in WordCounter().offsets(text)] == ["年", "假", "is", "15", "天"]


def test_vectors_are_float32_rows_of_length_one_in_order():
    vectors = HashEmbedder().embed_passages(["library opening hours", "", "图书馆开放时间"])
    assert vectors.shape == (3, 64)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1])


@pytest.mark.parametrize(
    ("question", "near", "far"),
    [
        ("when does the library open", "the library does open at nine", "parking costs forty yuan"),
        ("年假有多少天", "员工的年假为十五天", "停车场每小时收费"),
        ("圖書館幾點開門", "圖書館九點開門", "停車場每小時收費"),
    ],
)
def test_texts_that_share_words_are_nearer(question, near, far):
    embedder = HashEmbedder()
    (query,) = embedder.embed_queries([question])
    close, distant = embedder.embed_passages([near, far]) @ query
    assert close > distant


def test_no_texts_give_no_rows():
    assert HashEmbedder().embed_passages([]).shape == (0, 64)


def test_each_word_and_han_character_has_a_vector_and_equal_ones_are_equal():
    embedder = HashEmbedder()
    assert isinstance(embedder, TokenEmbedder)
    found = embedder.embed_tokens(["年假 Leave，年", "", "。！"])
    assert [each.shape for each in found] == [(4, 64), (0, 64), (0, 64)]
    assert found[0].dtype == np.float32
    assert np.linalg.norm(found[0], axis=1) == pytest.approx([1] * 4)
    assert np.array_equal(found[0][0], found[0][3])
    assert np.array_equal(embedder.embed_tokens(["leave"], query=True)[0][0], found[0][2])
    # 64 random signs: the cosine of two tokens has deviation 1/8
    assert abs(float(found[0][0] @ found[0][1])) < 0.5


def test_scripted_answers_come_in_order_and_pieces_join_to_the_answer():
    chat = ScriptedChat(["年假为 15 天 [1]。", "No."])
    ask = [Message("user", "年假有几天？")]
    assert "".join(chat.stream(ask, max_tokens=50)) == "年假为 15 天 [1]。"
    assert list(chat.stream(ask, max_tokens=50)) == ["No."]
    assert chat.history == [tuple(ask), tuple(ask)]
    with pytest.raises(IndexError, match="no answer left"):
        list(chat.stream(ask, max_tokens=5))


def test_max_tokens_cuts_the_scripted_answer():
    assert "".join(ScriptedChat(["one two three"]).stream([Message("user", "?")], max_tokens=2)) == "one two "


def test_a_scripted_exception_is_raised_and_a_closed_stream_is_counted():
    chat = ScriptedChat([ModelTimeout("slow"), "one two three"])
    with pytest.raises(ModelTimeout):
        list(chat.stream([], max_tokens=5))
    stream = chat.stream([], max_tokens=5)
    next(stream)
    stream.close()
    assert chat.closed == 1


def test_messages_that_do_not_fit_are_refused():
    # 3 tokens of prompt and 8 for the answer are 11, one more than 10
    chat = ScriptedChat(["x"], context_tokens=10)
    with pytest.raises(ContextTooLong, match="11 tokens"):
        list(chat.stream([Message("user", "one two three")], max_tokens=8))
    assert "".join(chat.stream([Message("user", "one two")], max_tokens=8)) == "x"
