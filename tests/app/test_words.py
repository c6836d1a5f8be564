from __future__ import annotations

import string

import pytest

from app.words import WORDS, language_of, say


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", WORDS)
def test_both_languages_say_the_same_with_the_same_values(key: str) -> None:
    chinese, english = WORDS[key]
    assert chinese.strip()
    assert english.strip()
    assert placeholders(chinese) == placeholders(english)
    assert any("\u4e00" <= c <= "\u9fff" for c in chinese)
    assert not any("\u4e00" <= c <= "\u9fff" for c in english)


def test_values_are_filled_in() -> None:
    assert say("zh", "chunks_of", chunks=3) == "3 个段落"
    assert say("en", "chunks_of", chunks=3) == "3 chunks"
    with pytest.raises(KeyError):
        say("en", "no such key")


@pytest.mark.parametrize(
    ("setting", "system", "language"),
    [
        ("zh", "en_US.UTF-8", "zh"),
        ("en", "zh_CN.UTF-8", "en"),
        ("auto", "zh_CN.UTF-8", "zh"),
        ("auto", "zh_TW", "zh"),
        ("auto", "de_DE.UTF-8", "en"),
        ("auto", "C.UTF-8", "en"),
    ],
)
def test_the_language_is_the_setting_or_that_of_the_system(monkeypatch, setting, system, language) -> None:
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", system)
    assert language_of(setting) == language


def test_lc_all_wins_over_lang(monkeypatch) -> None:
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert language_of("auto") == "zh"
