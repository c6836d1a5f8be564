from __future__ import annotations

import threading

from retrieval.rewrite.replies import Replies, reply_key


def test_a_reply_outlives_the_process_and_is_forgotten_on_demand(tmp_path) -> None:
    path = tmp_path / "rewrites.sqlite"
    Replies(path).put("k", "回答 \U0001f409")
    assert Replies(path).get("k") == "回答 \U0001f409"
    first = Replies(path)
    first.get("k")
    first.clear()
    assert (first.get("k"), Replies(path).get("k")) == (None, None)
    assert "回答".encode() not in path.read_bytes()


def test_a_damaged_file_is_done_without(tmp_path) -> None:
    path = tmp_path / "rewrites.sqlite"
    path.write_bytes(b"no database at all" * 100)
    replies = Replies(path)
    replies.put("k", "v")
    assert replies.get("k") == "v"  # from memory
    assert Replies(path).get("k") is None
    replies.clear()


def test_the_key_holds_everything_a_reply_depends_on() -> None:
    keys = {
        reply_key(model, prompt, question, lines, tokens)
        for model in "ab" for prompt in "xy" for question in ("q", "Q") for lines in ((), ("l",)) for tokens in (1, 2)
    }  # fmt: skip
    assert len(keys) == 2**5


def test_without_a_path_nothing_is_written_and_threads_share_it() -> None:
    replies = Replies()
    threads = [threading.Thread(target=replies.put, args=(str(n), str(n))) for n in range(20)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert [replies.get(str(n)) for n in range(20)] == [str(n) for n in range(20)]
