"""One part of the torture in a process of its own.

python -m bench.torture.part NAME WORK SEED [OPTION=NUMBER ...]

An outcome a line, as JSON. This process forks, so it opens no library itself.
"""

from __future__ import annotations

import json
import logging
import os
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bench.torture.outcome import Outcome

ROOT = Path(__file__).resolve().parents[2]


def parts() -> dict[str, Callable[..., Iterator[Outcome]]]:
    """Every part by its name."""
    import faiss  # noqa: F401  # heavy imports before the first fork, once for all
    import tantivy  # noqa: F401

    from store.analyzer import analyze

    analyze("词典 dictionary")

    from bench.torture.breakage import breakages
    from bench.torture.damage import damages
    from bench.torture.deletions import deletions
    from bench.torture.kills import kills, named_kills
    from bench.torture.operations import lives
    from bench.torture.poison import poisoned
    from bench.torture.refusals import refusals
    from bench.torture.traffic import traffic
    from bench.torture.uploaders import uploaders

    return {
        "kills": kills,
        "named": named_kills,
        "refusals": refusals,
        "poison": poisoned,
        "breakages": breakages,
        "damages": damages,
        "deletions": deletions,
        "lives": lives,
        "uploaders": uploaders,
        "traffic": traffic,
    }


def run_part(name: str, work: Path, seed: int, **options: int) -> Iterator[Outcome]:
    """Run a part in a process of its own and hear its outcomes. A part that breaks off is one that went wrong."""
    env = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    if name == "refusals":
        from bench.torture.refusals import build

        env["LD_PRELOAD"] = str(build(work))
    command = [sys.executable, "-m", "bench.torture.part", name, str(work), str(seed)]
    command += [f"{option}={value}" for option, value in options.items()]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None  # noqa: S101, PT018  # both are pipes
        for line in process.stdout:
            yield Outcome(**json.loads(line))
        errors = process.stderr.read()
    if process.returncode:
        yield Outcome(name, f"the part broke off: {errors[-2000:]}")


def main() -> None:
    """Run the part that the command line names."""
    name, work, seed, *rest = sys.argv[1:]
    options: dict[str, Any] = {key: int(value) for key, value in (each.split("=") for each in rest)}
    logging.disable(logging.CRITICAL)  # warnings of damage that was noticed are what is wanted here
    folder = Path(work) / name
    folder.mkdir(parents=True)
    for outcome in parts()[name](folder, random.Random(int(seed)), **options):
        sys.stdout.write(json.dumps(asdict(outcome)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
