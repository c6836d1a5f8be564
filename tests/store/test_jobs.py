from __future__ import annotations

import threading

import pytest

from store import jobs as module
from store.jobs import ATTEMPTS, Job, Jobs


@pytest.fixture
def queue(library) -> Jobs:
    return Jobs(library.catalogue.engine)


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 1_000.0

    monkeypatch.setattr(module.time, "time", lambda: Clock.now)
    return Clock


def add(queue: Jobs, *paths: str, collection: str = "文档") -> None:
    queue.add([Job(collection, path, 1, 2, location=path) for path in paths])


def states(queue: Jobs) -> dict[str, str]:
    return {job.path: job.state for job in queue.items()}


def test_files_come_in_order_and_each_to_one_worker(queue) -> None:
    add(queue, "甲", "乙", "丙")
    first, second = queue.register(), queue.register()
    assert [job.path for job in queue.claim(first, 2)] == ["甲", "乙"]
    assert [job.path for job in queue.claim(second, 2)] == ["丙"]
    assert queue.claim(first, 2) == ()
    assert queue.workers() == (first, second)


def test_what_is_done_says_what_became_of_it(queue) -> None:
    add(queue, "甲")
    (job,) = queue.claim("w", 1)
    queue.finish(job, {"status": "ingested", "chunks": 3, "reason": "第 2 页没有文字"})
    (done,) = queue.items("done")
    assert (done.result["chunks"], done.reason, done.worker) == (3, "第 2 页没有文字", None)
    assert queue.next_at() is None


def test_a_failure_that_may_pass_is_tried_three_times_with_longer_pauses(queue, clock) -> None:
    add(queue, "甲")
    pauses = []
    for attempt in range(1, ATTEMPTS + 1):
        (job,) = queue.claim("w", 9)
        assert job.attempts == attempt
        queue.fail(job, "timeout", "太慢", again=True)
        if attempt < ATTEMPTS:
            assert queue.claim("w", 9) == ()  # not before the pause is over
            pauses.append(queue.next_at() - clock.now)
            clock.now += pauses[-1]
    assert pauses == [5.0, 10.0]
    (gave_up,) = queue.items()
    assert (gave_up.state, gave_up.code, gave_up.reason, gave_up.attempts) == ("failed", "timeout", "太慢", 3)


def test_a_failure_of_the_file_itself_is_final_at_once(queue) -> None:
    add(queue, "甲")
    (job,) = queue.claim("w", 1)
    queue.fail(job, "password", "加密了", again=False)
    assert states(queue) == {"甲": "failed"}


def test_a_dead_workers_files_come_back_alone_and_the_one_that_kills_is_given_up(queue, clock) -> None:
    add(queue, "好1", "毒", "好2")
    assert len(queue.claim("w1", 9)) == 3  # it dies with all three in hand
    clock.now += module.LEASE_SECONDS + 1
    for round_ in range(2):
        taken = []
        while jobs := queue.claim(f"w2-{round_}", 9):
            assert len(jobs) == 1  # tried before: alone
            taken.append(jobs[0].path)
            if jobs[0].path != "毒":
                queue.finish(jobs[0], {})
        clock.now += module.LEASE_SECONDS + 1
        assert "毒" in taken
    assert queue.claim("w3", 9) == ()
    assert states(queue) == {"好1": "done", "毒": "failed", "好2": "done"}
    assert "3 times" in queue.items("failed")[0].reason


def test_a_heartbeat_keeps_the_lease(queue, clock) -> None:
    add(queue, "甲")
    worker = queue.register()
    queue.claim(worker, 1)
    for _ in range(5):
        clock.now += module.LEASE_SECONDS / 2
        queue.beat(worker)
    assert queue.claim("other", 1) == ()
    assert queue.workers() == (worker,)


def test_a_worker_that_lost_its_lease_changes_nothing_any_more(queue, clock) -> None:
    add(queue, "甲")
    (late,) = queue.claim("slow", 1)
    clock.now += module.LEASE_SECONDS + 1
    (mine,) = queue.claim("quick", 1)
    queue.fail(late, "crashed", "zu spät", again=False)
    assert states(queue) == {"甲": "working"}
    queue.finish(mine, {})
    assert states(queue) == {"甲": "done"}


def test_put_back_counts_no_attempt(queue, clock) -> None:
    add(queue, "甲")
    for _ in range(5):
        queue.put_back(queue.claim("w", 1), "模型不在", seconds=30)
        (job,) = queue.items()
        assert (job.state, job.attempts, job.reason) == ("waiting", 0, "模型不在")
        clock.now += 30


def test_a_claim_holds_files_of_one_collection(queue) -> None:
    add(queue, "甲")
    add(queue, "乙", collection="别的")
    add(queue, "丙")
    assert [job.path for job in queue.claim("w", 9)] == ["甲", "丙"]
    assert [job.path for job in queue.claim("w", 9)] == ["乙"]


def test_a_path_waits_once_as_it_is_now(queue) -> None:
    add(queue, "甲")
    (old,) = queue.claim("w", 1)
    queue.add([Job("文档", "甲", 5, 6, location="甲")])
    queue.finish(old, {})  # what was read was the old file
    (job,) = queue.items()
    assert (job.state, job.size) == ("waiting", 5)


def test_a_file_that_came_in_another_way_is_not_waited_for_any_more(library, queue) -> None:
    add(queue, "a.txt", "b.txt")
    for job in queue.claim("w", 9):
        queue.fail(job, "empty", "空", again=False)
    library.put("a.txt", "长江")
    library.remove("b.txt")
    assert queue.items() == ()


def test_eight_threads_take_every_file_exactly_once(library, queue) -> None:
    add(queue, *(f"{n}.txt" for n in range(60)))
    taken: list[str] = []

    def work(name: str) -> None:
        while jobs := queue.claim(name, 3):
            taken.extend(job.path for job in jobs)

    threads = [threading.Thread(target=work, args=(f"w{n}",)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(f"{n}.txt" for n in range(60))


def test_what_was_told_of_a_path_goes_with_its_document(library, queue) -> None:
    for name in ("甲.md", "乙.md"):
        add(queue, name)
        (job,) = queue.claim("w", 1)
        library.put(name, f"{name} 的内容")
        queue.finish(job, {"path": name, "title": name})
    assert states(queue) == {"甲.md": "done", "乙.md": "done"}
    library.remove("甲.md")
    assert states(queue) == {"乙.md": "done"}
