import json
import os
from pathlib import Path

import pytest

from models.prefix_cache import KEEP, PrefixCache
from models.types import ModelUnavailable


class Slot:
    """Stands for llama.cpp: writes and reads slot files, and fails the test if it is given a damaged one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.posts: list[str] = []
        self.refuses = False

    def post(self, path, body):
        self.posts.append(path)
        file = self.folder / body["filename"]
        if self.refuses:
            raise ModelUnavailable("no")
        if path.endswith("save"):
            file.write_bytes(b"state of a slot")
            return {}
        assert file.read_bytes() == b"state of a slot"
        return {"n_restored": 3}


@pytest.fixture
def gguf(tmp_path):
    path = tmp_path / "m.gguf"
    path.write_bytes(b"GGUF and more")
    return path


@pytest.fixture
def kept(tmp_path, gguf):
    folder = tmp_path / "prefixes"
    folder.mkdir()
    return PrefixCache(folder, gguf, 4096), Slot(folder)


def test_a_saved_prefix_is_restored(kept):
    cache, slot = kept
    assert not cache.restore(slot, [1, 2, 3])
    cache.save(slot, [1, 2, 3])
    assert cache.restore(slot, [1, 2, 3])
    assert slot.posts == ["/slots/0?action=save", "/slots/0?action=restore"]


def test_other_tokens_another_model_or_another_context_never_ask_for_the_file(kept, gguf):
    cache, slot = kept
    cache.save(slot, [1, 2, 3])
    slot.posts.clear()
    assert not cache.restore(slot, [1, 2])
    assert not PrefixCache(cache.folder, gguf, 2048).restore(slot, [1, 2, 3])
    gguf.write_bytes(b"GGUF but other")
    assert not PrefixCache(cache.folder, gguf, 4096).restore(slot, [1, 2, 3])
    assert slot.posts == []


@pytest.mark.parametrize("damage", ["cut", "flipped", "no description", "strange description"])
def test_a_damaged_file_never_reaches_llama_cpp_and_is_deleted(kept, damage):
    cache, slot = kept
    cache.save(slot, [1, 2, 3])
    (state,) = cache.folder.glob("*.kv")
    if damage == "cut":
        state.write_bytes(state.read_bytes()[:-1])
    elif damage == "flipped":
        state.write_bytes(b"STATE of a slot")
    elif damage == "no description":
        state.with_suffix(".json").unlink()
    else:
        state.with_suffix(".json").write_text("[1]")
    slot.posts.clear()
    assert not cache.restore(slot, [1, 2, 3])
    assert slot.posts == []
    assert list(cache.folder.iterdir()) == []


def test_a_file_that_llama_cpp_refuses_is_deleted(kept):
    cache, slot = kept
    cache.save(slot, [1, 2, 3])
    slot.refuses = True
    assert not cache.restore(slot, [1, 2, 3])
    assert list(cache.folder.iterdir()) == []


def test_a_state_that_cannot_be_saved_fails_nothing(kept):
    cache, slot = kept
    slot.refuses = True
    cache.save(slot, [1, 2, 3])
    assert list(cache.folder.iterdir()) == []


def test_only_the_most_recently_used_are_kept(kept):
    cache, slot = kept
    for number in range(KEEP + 3):
        cache.save(slot, [number, 0, 0])
        for age, path in enumerate(sorted(cache.folder.glob("*.kv"), key=lambda p: p.stat().st_mtime)):
            os.utime(path, (age, age))
        newest = cache.folder / f"{cache._key([number, 0, 0])}.kv"
        os.utime(newest, (1000 + number, 1000 + number))
    assert len(list(cache.folder.glob("*.kv"))) == KEEP == len(list(cache.folder.glob("*.json")))
    assert cache.restore(slot, [KEEP + 2, 0, 0])
    assert not cache.restore(slot, [0, 0, 0])


def test_the_description_says_how_many_tokens(kept):
    cache, slot = kept
    cache.save(slot, [1, 2, 3])
    (description,) = cache.folder.glob("*.json")
    assert json.loads(description.read_text())["tokens"] == 3
