from __future__ import annotations

import os
import sys
import threading

import pytest

from app.manners import NICENESS, give_way


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of threads")
def test_a_thread_that_gives_way_takes_those_it_starts_along_and_nobody_else() -> None:
    found: list[int] = []

    def note() -> None:
        found.append(os.getpriority(os.PRIO_PROCESS, 0))

    def work() -> None:
        give_way()
        note()
        within = threading.Thread(target=note)
        within.start()
        within.join()
        give_way()  # a second time goes no lower
        note()

    before = os.getpriority(os.PRIO_PROCESS, 0)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [max(NICENESS, before)] * 3
    assert os.getpriority(os.PRIO_PROCESS, 0) == before
