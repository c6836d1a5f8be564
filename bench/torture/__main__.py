"""`make torture`: everything that may happen to a library, and a table of what was done and found.

python -m bench.torture [--seed N] [--share X] [--parts NAME ...] [--jobs N] [--out FILE]

The full counts take about half an hour on two quiet cores; --share .1 does a tenth of each. Exit code 1 when anything
that must hold did not.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

from bench.torture.outcome import Outcome
from bench.torture.part import run_part

COUNTED = ("blows", "rounds", "switches")  # options that a share makes smaller; for `step` it makes the steps larger


@dataclass(frozen=True, slots=True)
class Part:
    """A line of the table: what is done, which part does it with which options, and for which letter of the promise."""

    title: str
    name: str
    options: dict[str, int] = field(default_factory=dict, hash=False)
    letter: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """How many blows a part got, those after which something was wrong, what it noted last, and its wall seconds."""

    blows: int
    wrong: tuple[Outcome, ...]
    noted: tuple[str, ...]
    seconds: float


PARTS = (
    Part("mixed operations against a model", "lives", {"blows": 10_000}, "C"),
    Part("refused write, fsync, rename", "refusals", {"step": 1}, "B"),
    Part("kill -9 at random", "kills", {"blows": 200, "documents": 500}, "A"),
    Part("kill -9 at named steps", "named", {"documents": 120}, "A"),
    Part("flipped or cut bytes", "damages", {"blows": 500}, "B"),
    Part("8 uploaders, 2 processes", "uploaders", {"rounds": 10, "documents": 60}, "C"),
    Part("24 poison among 200 good files", "poison", {"good_files": 200}, "D"),
    Part("questions beside ingest and switches", "traffic", {"documents": 200, "switches": 20}, "E"),
    Part("injected inconsistencies", "breakages", {"blows": 100}, "F"),
    Part("deletions, killed on the way", "deletions", {"blows": 55}, "F"),
)
FIGURES = ("traffic", "poison", "refusals", "damages")  # parts whose last notes belong into the table


def main() -> None:
    """Run the parts and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--share", type=float, default=1.0, help="of the full counts")
    parser.add_argument("--parts", nargs="*", default=[part.name for part in PARTS], help="only these")
    parser.add_argument("--jobs", type=int, default=2, help="parts that run at the same time")
    parser.add_argument("--out", type=Path, help="JSON file for the report")
    options = parser.parse_args()
    parts = [part for part in PARTS if part.name in options.parts]
    with tempfile.TemporaryDirectory(prefix="shujia-torture-", dir=_quick_disk()) as folder:
        run = partial(_run, folder=Path(folder), seed=options.seed, share=options.share)
        with ThreadPoolExecutor(options.jobs) as pool:
            done = dict(zip(parts, pool.map(run, parts), strict=True))
    print(f"\nseed {options.seed}, share {options.share:g}")
    for line in table(done):
        print(line)
    if options.out:
        told = {"version": 1, "seed": options.seed, "parts": {part.name: asdict(one) for part, one in done.items()}}
        options.out.write_text(json.dumps(told, ensure_ascii=False, indent=1), encoding="utf-8")
    sys.exit(1 if any(one.wrong for one in done.values()) else 0)


def _quick_disk() -> str | None:
    """Memory, where there is some: kill -9 does not ask whether an fsync reached a disk, and thousands of them wait."""
    memory = Path("/dev/shm")  # noqa: S108  # a folder of our own is made in it
    return str(memory) if memory.is_dir() and os.access(memory, os.W_OK) else None


def shared(options: dict[str, int], share: float) -> dict[str, int]:
    """The options of a part for a share of its full count."""
    made = {key: max(1, round(value * share)) if key in COUNTED else value for key, value in options.items()}
    if "step" in made:
        made["step"] = max(1, round(1 / share))
    return made


def _run(part: Part, *, folder: Path, seed: int, share: float) -> Done:
    began, blows, wrong, noted = time.monotonic(), 0, [], list[str]()
    for outcome in run_part(part.name, folder / f"{part.name}-work", seed, **shared(part.options, share)):
        blows += 1
        if outcome.wrong:
            wrong.append(outcome)
            print(f"{part.name}: {outcome.where}: {outcome.wrong}", flush=True)
        elif outcome.noted:
            noted = [*noted[-3:], outcome.noted]
    done = Done(blows, tuple(wrong), tuple(noted), round(time.monotonic() - began, 1))
    print(f"{part.title}: {blows} blows, {len(wrong)} wrong, {done.seconds:.0f} s", flush=True)
    return done


def table(done: dict[Part, Done]) -> list[str]:
    """Markdown."""
    lines = ["| | what | blows | wrong | seconds | noted |", "| --- | --- | --- | --- | --- | --- |"]
    for part, one in done.items():
        noted = "; ".join(one.noted[-2:]) if part.name in FIGURES else ""
        lines.append(f"| {part.letter} | {part.title} | {one.blows} | {len(one.wrong)} | {one.seconds:.0f} | {noted} |")
    return lines


if __name__ == "__main__":
    main()
