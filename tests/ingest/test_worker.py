from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from ingest import worker as module
from ingest.files import discover, upload
from ingest.queued import file_of, job_of
from ingest.worker import Worker
from models.types import ModelError
from store import jobs as queue_module
from store.jobs import Job, Jobs
from store.types import document_id

ROOT = Path(__file__).resolve().parents[2]


class Office:
    """A queue and a worker for ``runs``."""

    def __init__(self, runs) -> None:
        self.runs = runs
        self.jobs = Jobs(runs.library.catalogue.engine)
        self.told: list[tuple[str, str]] = []

    @contextmanager
    def open(self, name, moves):
        assert name == "文档"
        yield self.runs.ingestion(watch=lambda _: moves())

    def worker(self, **options) -> Worker:
        told = lambda job, result: self.told.append((result.path.rsplit("/", 1)[-1], result.status))  # noqa: E731
        return Worker(self.jobs, self.runs.originals, options.pop("open", self.open), told, **options)

    def queue(self) -> None:
        self.jobs.add(job_of(file, "文档") for file in discover([self.runs.files]))

    def states(self) -> dict[str, str]:
        return {job.path.rsplit("/", 1)[-1]: job.state for job in self.jobs.items()}


@pytest.fixture
def office(runs) -> Office:
    return Office(runs)


def test_a_worker_takes_every_file_and_ends_when_nothing_waits(office) -> None:
    office.runs.write("甲.txt", "长江的源头")
    office.runs.write("坏.txt", "!坏了")
    office.queue()
    assert office.worker().run(until_empty=True) == 2
    assert office.states() == {"坏.txt": "failed", "甲.txt": "done"}
    assert set(office.told) == {("坏.txt", "failed"), ("甲.txt", "ingested")}
    assert office.jobs.workers() == ()
    (done,) = office.jobs.items("done")
    assert done.result["chunks"] == 1


def test_an_upload_is_read_from_its_kept_bytes(office) -> None:
    data = "上传的内容".encode()
    office.runs.originals.put(document_id(data), data)
    file = upload("报告.txt", data)
    office.jobs.add([Job("文档", file.path, file.size, 0, content=document_id(data))])
    office.jobs.add([Job("文档", "upload/没了.txt", 3, 0, content="0" * 64)])
    assert office.runs.library.catalogue.holds(document_id(data))  # nobody sweeps it away while it waits
    office.worker().run(until_empty=True)
    assert office.states() == {"报告.txt": "done", "没了.txt": "failed"}
    assert "upload it again" in office.jobs.items("failed")[0].reason


def test_trouble_that_is_not_the_files_fault_puts_all_of_them_back(office, monkeypatch) -> None:
    office.runs.write("甲.txt", "长江")
    office.queue()
    tries = []

    @contextmanager
    def closed(name, moves):
        tries.append(name)
        if len(tries) > 4:
            one.ending.set()
        raise ModelError("the endpoint is down")
        yield

    monkeypatch.setattr(module, "TROUBLE_SECONDS", 0.0)
    monkeypatch.setattr(module, "IDLE_SECONDS", 0.01)
    one = office.worker(open=closed)
    one.run()
    (job,) = office.jobs.items()
    assert (job.state, job.attempts, job.reason) == ("waiting", 0, "the endpoint is down")


def test_a_worker_that_is_told_to_end_puts_back_what_it_has_not_read(office) -> None:
    for n in range(6):
        office.runs.write(f"{n}.txt", f"第 {n} 份")
    office.queue()
    one = office.worker()
    one.told = lambda job, result: one.ending.set()
    one.run()
    states = list(office.states().values())
    assert 1 <= states.count("done") < 6
    assert states.count("waiting") == 6 - states.count("done")
    office.worker().run(until_empty=True)
    assert set(office.states().values()) == {"done"}
    assert len(office.runs.library.shelf.read.sources()) == 6


def test_two_workers_share_the_files_and_the_result_is_that_of_one(office) -> None:
    for n in range(30):
        office.runs.write(f"{n:02}.txt", f"第 {n} 份文件的内容\n\n每份都有的声明")
    office.queue()
    counts: list[int] = []
    threads = [threading.Thread(target=lambda: counts.append(office.worker().run(until_empty=True))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 30
    assert set(office.states().values()) == {"done"}
    assert office.runs.library.shelf.read.counts().documents == 30
    assert office.runs.library.shelf.disagreements() == []


def test_a_file_that_kills_its_worker_is_given_up_and_the_others_come_in(office, monkeypatch, tmp_path) -> None:
    for name in ("a.txt", "毒.txt", "c.txt"):
        office.runs.write(name, f"内容 {name}")
    office.queue()
    script = """
import os, sys
from contextlib import contextmanager
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from conftest import PlainParser, SmallLibrary
from ingest.pipeline import Ingestion
from ingest.worker import Worker
from store import jobs
from store.originals import Originals
jobs.LEASE_SECONDS = 0.5
class Deadly(PlainParser):
    def submit(self, data, name):
        if name.startswith("毒"):
            os.kill(os.getpid(), 9)
        return super().submit(data, name)
library = SmallLibrary(Path(sys.argv[1]))
originals = Originals(library.folder / "originals")
@contextmanager
def opened(name, moves):
    yield Ingestion(library.catalogue, library.shelf, originals, library.embedder, Deadly())
Worker(jobs.Jobs(library.catalogue.engine), originals, opened).run(until_empty=True)
"""
    arguments = [sys.executable, "-c", script, str(office.runs.library.folder), "", str(ROOT / "tests")]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    codes = []
    for _ in range(6):
        codes.append(subprocess.run(arguments, env=env, check=False).returncode)
        if codes[-1] == 0:
            break
        time.sleep(0.6)
    assert codes == [-9, -9, -9, 0]
    assert office.states() == {"a.txt": "done", "c.txt": "done", "毒.txt": "failed"}
    assert office.runs.library.shelf.read.counts().documents == 2


def test_a_worker_in_which_nothing_moves_lets_its_files_go(office, monkeypatch) -> None:
    office.runs.write("甲.txt", "长江")
    office.queue()
    monkeypatch.setattr(module, "STUCK_SECONDS", 0.05)
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.02)
    monkeypatch.setattr(queue_module, "LEASE_SECONDS", 0.3)
    release = threading.Event()

    @contextmanager
    def hangs(name, moves):
        release.wait(20)
        yield office.runs.ingestion()

    stuck = threading.Thread(target=office.worker(open=hangs).run, kwargs={"until_empty": True})
    stuck.start()
    ends = time.monotonic() + 15
    while not (taken := office.jobs.claim("other", 1)) and time.monotonic() < ends:
        time.sleep(0.05)
    assert [job.path.rsplit("/", 1)[-1] for job in taken] == ["甲.txt"]
    office.jobs.finish(taken[0], {})
    release.set()
    stuck.join(20)
    assert office.states() == {"甲.txt": "done"}


def test_a_name_that_is_not_utf8_survives_the_queue(office) -> None:
    raw = os.fsencode(office.runs.files) + "/文件.txt".encode("gbk")
    Path(os.fsdecode(raw)).write_text("长江", encoding="utf-8")
    office.queue()
    (job,) = office.jobs.items()
    file = file_of(job, office.runs.originals)
    assert file is not None
    assert file.read(100) == "长江".encode()
    office.worker().run(until_empty=True)
    assert set(office.states().values()) == {"done"}
