"""Eight who ask at once: everybody gets the own answer, and nobody's words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

ASKERS = 8


def test_eight_askers_get_their_own_answers(serve, echo) -> None:
    server = serve(empty=True)
    cities = "北京 上海 广州 深圳 成都 杭州 武汉 西安".split()
    for number, city in enumerate(cities):
        job = server.upload(f"{city}.txt", f"{city}仓库的负责人编号是{(number + 1) * 111}号。")
        assert job["status"] == "done"

    def ask(number: int) -> str:
        city = cities[number % ASKERS]
        got = server.ask(f"{city}仓库的负责人编号是多少？", stream=bool(number % 2)).text
        others = [other for other in cities if other != city and f"{other}仓库的负责人" in got]
        own = f"{city}仓库的负责人编号是{(number % ASKERS + 1) * 111}号"
        return "" if own in got and not others else got

    with ThreadPoolExecutor(ASKERS) as pool:
        wrong = [got for got in pool.map(ask, range(5 * ASKERS)) if got]
    assert wrong == []
