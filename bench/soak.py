"""A server asked by eight people for an hour: its memory, its answers, and how long a search takes them.

    python -m bench.soak [--minutes 60] [--askers 8] [--pause 3]

The server is `shujia serve` over the sample library, quotes for answers. Half of the questions are the sample's own:
each must be answered as it was when nobody else asked. The other half are new every time, so that whatever is kept of
questions fills up. Memory is read every minute; the first sixth of the time, in which caches fill, is left out.
"""

from __future__ import annotations

import argparse
import json
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx
import psutil

from bench.processes import SHUJIA
from bench.synthetic import HAN

ROOT = Path(__file__).parents[1]
WARMING = 1 / 6  # of the time


class Asker(threading.Thread):
    """One person; ``wrong`` is what was answered otherwise than alone."""

    def __init__(self, server: Server, alone: dict[str, str], pause: float, seed: int) -> None:
        super().__init__(daemon=True)
        self.server, self.alone, self.pause, self.chance = server, alone, pause, random.Random(seed)
        self.searches: list[float] = []
        self.wrong: list[str] = []
        self.asked = 0
        self.ending = threading.Event()

    def run(self) -> None:
        """Ask until it is over."""
        while not self.ending.wait(self.chance.uniform(0, 2 * self.pause)):
            own = self.chance.choice([*self.alone])
            fresh = "".join(self.chance.choices(HAN, k=6)) + "是什么？"
            for question in (own, fresh):
                told = self.server.answer(question)
                self.asked += 1
                self.searches.append(sum(told["trace"].values()))
                if question == own and told["answer"] != self.alone[own]:
                    self.wrong.append(f"{own}: {told['answer']!r} instead of {self.alone[own]!r}")


class Server:
    """`shujia serve` on a free port."""

    def __init__(self, library: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.process = subprocess.Popen([*SHUJIA, "--library", str(library), "serve", "--port", str(port)])
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120)
        while True:
            try:
                if self.client.get("/ready").status_code == httpx.codes.OK:
                    break
            except httpx.TransportError:
                if self.process.poll() is not None:
                    raise RuntimeError("the server ended") from None
            time.sleep(0.3)

    def answer(self, question: str) -> dict[str, dict[str, float] | str]:
        """What stands in `shujia` of the answer."""
        asked = {
            "model": "shujia",
            "messages": [{"role": "user", "content": question}],
            "shujia": {"answer": "extractive"},
        }
        reply = self.client.post("/v1/chat/completions", json=asked)
        reply.raise_for_status()
        told: dict[str, dict[str, float] | str] = reply.json()["shujia"]
        return told

    def megabytes(self) -> float:
        """Resident memory of the process and its children."""
        mine = psutil.Process(self.process.pid)
        return sum(one.memory_info().rss for one in (mine, *mine.children(recursive=True))) / 1e6

    def end(self) -> None:
        """TERM, and wait."""
        self.client.close()
        self.process.terminate()
        self.process.wait(30)


def main() -> None:
    """Ingest, answer alone, then together for as long as is asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--askers", type=int, default=8)
    parser.add_argument("--pause", type=float, default=3)
    options = parser.parse_args()
    lines = (ROOT / "examples" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [str(json.loads(line)["question"]) for line in lines]
    with tempfile.TemporaryDirectory() as made:
        library = Path(made) / "library"
        command = [*SHUJIA, "--library", str(library), "ingest", str(ROOT / "examples" / "library")]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        server = Server(library)
        try:
            soak(server, questions, options.minutes * 60, options.askers, options.pause)
        finally:
            server.end()


def soak(server: Server, questions: list[str], seconds: float, askers: int, pause: float) -> None:
    """Ask, and print what was seen."""
    alone = {question: str(server.answer(question)["answer"]) for question in questions}
    single = Asker(server, alone, 0.05, seed=0)
    single.start()
    time.sleep(min(60, seconds / 10))
    single.ending.set()
    single.join()
    people = [Asker(server, alone, pause, seed) for seed in range(1, askers + 1)]
    for one in people:
        one.start()
    began, seen = time.monotonic(), list[float]()
    while time.monotonic() - began < seconds:
        time.sleep(min(60, seconds / 20))
        seen.append(server.megabytes())
        print(f"  {(time.monotonic() - began) / 60:5.1f} min {seen[-1]:7.1f} MB", flush=True)
    for one in people:
        one.ending.set()
    for one in people:
        one.join()
    warm = seen[int(len(seen) * WARMING) :]
    first, last = statistics.median(warm[: len(warm) // 4 or 1]), statistics.median(warm[-(len(warm) // 4 or 1) :])
    asked, wrong = sum(one.asked for one in people), [each for one in people for each in one.wrong]
    together = p95([each for one in people for each in one.searches]) / p95(single.searches)
    print(f"  {asked} questions, {len(wrong)} answered otherwise than alone {wrong[:2] or ''}")
    print(f"  memory: first quarter {first:.0f} MB, last {last:.0f} MB: {last / first:.3f} times")
    print(f"  search, p95: {together:.2f} times that of one asker ({p95(single.searches) * 1000:.0f} ms)")
    if wrong:
        sys.exit(1)


def p95(times: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(times, n=20)[-1]


if __name__ == "__main__":
    main()
