from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.settings import SettingsError
from app.settings_file import write_settings

FILE = """# 书架的设置
library = "~/书"   # 在这里

# candidates = 100      # hits each leg gives
dense_weight = 0.5 # 语义
#   rerank_depth = 30
"""


def test_only_the_changed_keys_change_and_comments_stay(tmp_path):
    path = tmp_path / "shujia.toml"
    path.write_text(FILE, encoding="utf-8")
    write_settings(path, {"candidates": 200, "dense_weight": 0.7, "reranker": "maxsim", "rerank_depth": 10})
    assert path.read_text(encoding="utf-8").splitlines() == [
        "# 书架的设置",
        'library = "~/书"   # 在这里',
        "",
        "candidates = 200      # hits each leg gives",
        "dense_weight = 0.7 # 语义",
        "rerank_depth = 10",
        'reranker = "maxsim"',
    ]
    assert list(tmp_path.iterdir()) == [path]


def test_a_missing_file_is_made_and_line_ends_are_kept(tmp_path):
    write_settings(tmp_path / "new.toml", {"candidates": 50})
    assert (tmp_path / "new.toml").read_bytes() == b"candidates = 50\n"
    (tmp_path / "dos.toml").write_bytes(b"candidates = 100\r\nport = 1\r\n")
    write_settings(tmp_path / "dos.toml", {"candidates": 50})
    assert (tmp_path / "dos.toml").read_bytes() == b"candidates = 50\r\nport = 1\r\n"


def test_a_new_key_stands_before_the_first_table(tmp_path):
    path = tmp_path / "shujia.toml"
    path.write_text('port = 1\n[other]\ncandidates = "mine"\n')
    write_settings(path, {"candidates": 50})
    assert tomllib.loads(path.read_text()) == {"port": 1, "candidates": 50, "other": {"candidates": "mine"}}


@pytest.mark.parametrize("text", ["port = = 1\n", 'note = """\ncandidates = 100\n"""\n'])
def test_what_cannot_be_changed_safely_is_left_alone(tmp_path, text):
    path = tmp_path / "shujia.toml"
    path.write_text(text)
    with pytest.raises(SettingsError, match="candidates = 50"):
        write_settings(path, {"candidates": 50})
    assert path.read_text() == text


keys = st.sampled_from(["candidates", "dense_weight", "port", "model"])
plain = st.one_of(st.integers(-9, 9), st.booleans(), st.sampled_from([0.1, 0.25]), st.text("abc书 #=", max_size=6))


@given(st.dictionaries(keys, plain), st.dictionaries(keys, plain, min_size=1))
def test_what_is_read_back_is_the_old_settings_with_the_new_values(tmp_path_factory, before, changes):
    path: Path = tmp_path_factory.mktemp("toml") / "shujia.toml"
    if before:
        write_settings(path, before)
    write_settings(path, changes)
    assert tomllib.loads(path.read_text(encoding="utf-8")) == before | changes
