"""kill -9 at random moments and at every named step: then the checks, then a restart, in the end the hash."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path

from bench.torture.child import STEPS, take_in
from bench.torture.forks import Running, forked
from bench.torture.outcome import Outcome
from bench.torture.state import state_hash, struck_state

PUBLISHED = 12  # publications in one undisturbed run, about


class Kills:
    """A folder of files, the hash of an undisturbed ingest of them, and how often that came to each step."""

    def __init__(self, work: Path, documents: int) -> None:
        self.work, self.files, self.every = work, work / "文件", max(1, documents // PUBLISHED)
        make_files(self.files, documents)
        ended = forked(partial(take_in, self.files, work / "whole", self.every))
        self.reached: dict[str, int] = ended.wanted()
        self.seconds = ended.seconds
        self.whole: str = forked(partial(state_hash, work / "whole")).wanted()

    def unreached(self) -> list[str]:
        """Steps that an undisturbed run does not come to."""
        return [step for step in STEPS if not self.reached.get(step)]

    def random_kills(self, chance: random.Random) -> Iterator[Outcome]:
        """Blows at random moments, without an end: restarts upon restarts, a fresh library when one is complete."""
        folder, before, count = self.work / "killed", set[str](), 0
        while True:
            running = Running(partial(take_in, self.files, folder, self.every))
            ended = running.kill_after(chance.uniform(0, self.seconds * 0.15))
            if not ended.killed:
                count += 1
                wrong = ended.error or self._differs(folder)
                shutil.rmtree(folder)
                before = set()
                if wrong:
                    yield Outcome(f"random, library {count} complete", wrong)
                continue
            seen = forked(partial(struck_state, folder))
            now: set[str] = seen.result or set()
            lost = f"{len(before - now)} documents that were there are gone" if before - now else ""
            yield Outcome("random", seen.error or lost, f"{len(now)} documents were in")
            before = now

    def named(self, chance: random.Random) -> Iterator[Outcome]:
        """Blows at each step, at its first, its last and a random time; each on a fresh library, then completed."""
        for step in STEPS:
            count = self.reached.get(step, 0)
            for number in sorted({1, count, chance.randint(1, count)} if count else set()):
                yield Outcome(f"{step}@{number}", self._struck(step, number))

    def _struck(self, step: str, number: int) -> str:
        folder = self.work / "struck"
        shutil.rmtree(folder, ignore_errors=True)
        ended = forked(partial(take_in, self.files, folder, self.every, step, number))
        if not ended.killed:
            return ended.error or "it was not struck"

        def look_and_go_on() -> str:
            struck_state(folder)
            take_in(self.files, folder, self.every)
            return state_hash(folder)

        ended = forked(look_and_go_on)
        return ended.error or ("" if ended.result == self.whole else "another state than the undisturbed run")

    def _differs(self, folder: Path) -> str:
        found = forked(partial(state_hash, folder))
        return found.error or ("" if found.result == self.whole else "another state than the undisturbed run")


def kills(work: Path, chance: random.Random, *, blows: int, documents: int) -> Iterator[Outcome]:
    """``blows`` random ones, the last library completed, then the named steps."""
    made = Kills(work, documents)
    yield Outcome("undisturbed", noted=f"{documents} files in {made.seconds:.1f} s")
    missing = made.unreached()
    yield Outcome("every step is reached", f"not reached: {', '.join(missing)}" if missing else "")
    yield from islice(made.random_kills(chance), blows)
    ended = forked(partial(take_in, made.files, work / "killed", made.every))
    yield Outcome("random, completed at the end", ended.error or made._differs(work / "killed"))


def named_kills(work: Path, chance: random.Random, *, documents: int, most: int = 0) -> Iterator[Outcome]:
    """A blow at every named step; at ``most`` of them where that is not 0."""
    made = Kills(work, documents)
    yield from islice(made.named(chance), most or None)


def make_files(folder: Path, documents: int) -> None:
    """Texts of one to five paragraphs, one paragraph shared by all, every tenth refused, every seventh a copy."""
    folder.mkdir(parents=True)
    for n in range(documents):
        source = n - 1 if n % 7 == 6 else n
        paragraphs = [f"第 {source} 份文件的第 {p} 段，" + f"内容{source * 7 + p}" * 9 for p in range(1 + source % 5)]
        text = "!不可读" if n % 10 == 9 else "\n\n".join([*paragraphs, "每份都有的声明" * 5])
        (folder / f"{n:04}.txt").write_text(text, encoding="utf-8")
