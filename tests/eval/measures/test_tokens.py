from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.measures.tokens import answer_tokens, tokens
from store.analyzer import fold


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("《紅樓夢》，共120回。", "红 楼 梦 共 120 回"),
        ("Ｓｈｕｊｉａ　２０２４年", "shujia 2024 年"),
        ("GPT-4o，Claude", "gpt4o claude"),
        ("U.S.；U．S．", "us us"),
        ("state-of-the-art don’t don't", "stateoftheart dont dont"),
        ("1,234.5元，约10.", "1234.5 元 约 10"),
        ("2019-2020年、2019–2020年", "2019 2020 年 2019 2020 年"),
        ("C++ 和 C#", "c++ 和 c#"),
        ("第3.2节v1.2.3", "第 3.2 节 v1.2.3"),
        ("臺灣𠀀", "台 湾 𠀀"),
        ("$5，95%", "5 95"),
        ("√", "√"),
        (" \u3000\n", ""),
    ],
)
def test_a_text_becomes_these_tokens(text, wanted) -> None:
    assert tokens(text) == wanted.split()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("the Yellow River", "yellow river"),
        ("A cat and an owl", "cat and owl"),
        ("vitamin A", "vitamin a"),
        ("A", "a"),
        ("维生素A", "维 生 素 a"),
        ("A股市场", "a 股 市 场"),
    ],
)
def test_an_article_goes_only_where_it_is_one(text, wanted) -> None:
    assert answer_tokens(text) == wanted.split()


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("檢索aA.-'’_+#12，。 \u3000")), max_size=40))
def test_every_text_that_is_not_blank_has_tokens(text) -> None:
    found = tokens(text)
    assert bool(found) == bool(fold(text).strip())
    assert all(token and token == token.strip() for token in found)
