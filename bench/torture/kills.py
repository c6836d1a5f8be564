"""kill -9 at random moments and at every named step, failing writes at every step: then a restart, then the hash."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.torture.child import STEPS
from bench.torture.state import committed, state_hash

ROOT = Path(__file__).resolve().parents[2]
REFUSALS = ("ENOSPC", "EIO")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One blow: where, and what was wrong after the restart, "" for nothing."""

    where: str
    wrong: str


class Kills:
    """A folder of files, the hash of an undisturbed ingest of them, and how often that came to each step."""

    def __init__(self, work: Path, documents: int) -> None:
        self.work, self.files = work, work / "文件"
        make_files(self.files, documents)
        began = time.monotonic()
        told = self._finish(self._start(work / "whole"))
        self.seconds = time.monotonic() - began
        steps = dict(line.split("=") for line in told.splitlines() if "=" in line)
        self.reached = {step: int(count) for step, count in steps.items()}
        self.whole = state_hash(work / "whole")

    def unreached(self) -> list[str]:
        """Steps that an undisturbed run does not come to."""
        return [step for step in STEPS if not self.reached.get(step)]

    def random_kills(self, chance: random.Random) -> Iterator[Outcome]:
        """Blows at random moments, without an end: restarts upon restarts, a fresh library when one is complete."""
        folder, before, count = self.work / "killed", 0, 0
        while True:
            process = self._start(folder)
            time.sleep(chance.uniform(0, max(0.05, self.seconds * 0.15)))
            process.kill()
            process.communicate()
            if process.returncode == 0:
                count += 1
                wrong = "" if state_hash(folder) == self.whole else "another state than the undisturbed run"
                shutil.rmtree(folder)
                before = 0
                yield Outcome(f"random, library {count} complete", wrong)
                continue
            now = committed(folder)
            yield Outcome("random", "" if now >= before else f"{before} documents were committed, {now} are left")
            before = now

    def named(self, chance: random.Random, refusals: Sequence[str]) -> Iterator[Outcome]:
        """Blows at each step, at its first, its last and a random time; each on a fresh library, then completed.

        ``refusals`` are names of errors that the step fails with, "" for kill -9.
        """
        for step in STEPS:
            count = self.reached.get(step, 0)
            for number in sorted({1, count, chance.randint(1, count)} if count else set()):
                for refusal in refusals:
                    where = f"{step}{f'!{refusal}' if refusal else ''}@{number}"
                    yield Outcome(where, self._struck(where))

    def _struck(self, where: str) -> str:
        folder = self.work / "struck"
        shutil.rmtree(folder, ignore_errors=True)
        process = self._start(folder, where)
        _, told = process.communicate(timeout=300)
        if process.returncode == 0 and "!" not in where:
            return "it was not struck"
        before = committed(folder)  # the library opens, and what was published answers
        self._finish(self._start(folder))
        if committed(folder) < before:
            return "committed documents are gone"
        return "" if state_hash(folder) == self.whole else f"another state than the undisturbed run {told[-300:]!r}"

    def _start(self, folder: Path, where: str = "") -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "bench.torture.child", str(self.files), str(folder)]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        pipe = subprocess.PIPE
        command += [where] if where else []
        process = subprocess.Popen(command, env=env, stdout=pipe, stderr=pipe, text=True)
        if process.stdout:
            process.stdout.readline()  # imports are over: from here on every moment may be the last
        return process

    def _finish(self, process: subprocess.Popen[str]) -> str:
        told, errors = process.communicate(timeout=600)
        if process.returncode:
            raise RuntimeError(f"an undisturbed run failed: {errors[-2000:]}")
        return told


def make_files(folder: Path, documents: int) -> None:
    """Texts of one to five paragraphs, one paragraph shared by all, every tenth refused, every seventh a copy."""
    folder.mkdir(parents=True)
    for n in range(documents):
        source = n - 1 if n % 7 == 6 else n
        paragraphs = [f"第 {source} 份文件的第 {p} 段，" + f"内容{source * 7 + p}" * 9 for p in range(1 + source % 5)]
        text = "!不可读" if n % 10 == 9 else "\n\n".join([*paragraphs, "每份都有的声明" * 5])
        (folder / f"{n:04}.txt").write_text(text, encoding="utf-8")
