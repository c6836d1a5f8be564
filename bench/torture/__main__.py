"""`make torture`: everything that may happen to a library, one after another.

python -m bench.torture [--seconds N] [--documents N] [--seed N] [--out FILE]

Exit code 1 when anything that must hold did not.
"""

from __future__ import annotations

import argparse
import json
import logging
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.torture.damage import damages
from bench.torture.kills import REFUSALS, Kills, Outcome
from bench.torture.operations import lives


@dataclass(frozen=True, slots=True)
class Part:
    """How many blows a part got, those after which something was wrong, and its wall seconds."""

    blows: int
    wrong: tuple[Outcome, ...]
    seconds: float


def main() -> None:
    """Run every part and print what it did."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=600, help="of all parts together; each ends after its share")
    parser.add_argument("--documents", type=int, default=60, help="of the ingest that is struck")
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--parts", default="", help="only parts whose names hold this")
    parser.add_argument("--out", type=Path, help="JSON file for the report")
    options = parser.parse_args()
    logging.disable(logging.CRITICAL)  # warnings of damage that was noticed are what is wanted here
    done = torture(options.seconds, options.documents, options.seed, options.parts)
    if options.out:
        told = {"version": 1, "seed": options.seed, "documents": options.documents}
        parts = {name: asdict(part) for name, part in done.items()}
        options.out.write_text(json.dumps(told | {"parts": parts}, ensure_ascii=False, indent=1), encoding="utf-8")
    sys.exit(1 if any(part.wrong for part in done.values()) else 0)


def torture(seconds: float, documents: int, seed: int, wanted: str = "") -> dict[str, Part]:
    """Every part, told as it is done; the parts share ``seconds``."""
    done: dict[str, Part] = {}
    with tempfile.TemporaryDirectory(prefix="shujia-torture-") as folder:
        work = Path(folder)
        kills = Kills(work, documents)
        print(f"{documents} documents, an undisturbed run takes {kills.seconds:.1f} s; seed {seed}", flush=True)
        print(f"steps that it does not come to: {', '.join(kills.unreached()) or 'none'}", flush=True)
        parts: dict[str, Iterator[Outcome]] = {
            "mixed operations": lives(work / "lives", random.Random(seed)),
            "damaged bytes": damages(work / "whole", work, random.Random(seed)),
            "random kills": kills.random_kills(random.Random(seed)),
            "kills at named steps": kills.named(random.Random(seed), ("",)),
            "refused writes": kills.named(random.Random(seed), REFUSALS),
        }
        parts = {name: outcomes for name, outcomes in parts.items() if wanted in name}
        for name, outcomes in parts.items():
            part = done[name] = _run(outcomes, seconds / len(parts))
            told = f"{part.blows:>6} blows, {len(part.wrong)} wrong, {part.seconds:.0f} s"
            print(f"{name:<22} {told}", flush=True)
            for one in part.wrong[:10]:
                print(f"    {one.where}: {one.wrong}", flush=True)
    return done


def _run(outcomes: Iterator[Outcome], seconds: float) -> Part:
    began, blows, wrong = time.monotonic(), 0, []
    for outcome in outcomes:
        blows += 1
        if outcome.wrong:
            wrong.append(outcome)
        if time.monotonic() - began > seconds:
            break
    return Part(blows, tuple(wrong), round(time.monotonic() - began, 1))


if __name__ == "__main__":
    main()
