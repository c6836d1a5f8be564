"""The quality page: an evaluation is sent off and stopped, its report opened, compared, held to a baseline; feedback
becomes cases; and each is for those who may.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from app.errands import REPORT, Errand, Errands
from app.quality_reports import framed
from app.settings import load
from app.wiring import Library
from store.feedback_rows import Feedback, Retrieved

POLICY = "# 数据政策\n\n审计日志保留三年。备份每天凌晨两点进行。\n"


def html(page) -> str:
    return "\n".join(element.proto.body for element in page.get("html") if "<style>" not in element.proto.body)


@pytest.fixture
def quality(page, scripted, monkeypatch):
    import app.ask_page
    from app.quality_page import quality_page

    scripted()
    monkeypatch.setattr(app.ask_page, "ask_page", quality_page)
    return page


@pytest.fixture
def errands(library_folder: Path) -> Errands:
    return Errands(library_folder)


def report(
    errands: Errands, title: str, value: float, *, collection: int, needs: str = "evaluate", data: str = "d1"
) -> Errand:
    """A finished evaluation of answers, as the command leaves it."""
    identity = errands.new_id()
    command = ("eval", "answers", "问题.jsonl")
    errand = Errand(identity, "eval answers", title, command, collection, "", time.time(), needs)
    errands._write(errand)
    folder = errands.path(errand) / REPORT
    folder.mkdir()
    measures = {"correct": {"value": value, "low": value - 0.1, "high": value + 0.1, "n": 20}}
    risk = {"all": {"n": 20, "aurc": 0.2, "best": 0.1, "random": 0.4, "points": [[0.5, 0.1], [1.0, 0.4]]}}
    written = {"version": 1, "kind": "answers", "measures": measures, "risk_coverage": risk, "data": data}
    (folder / "report.json").write_text(json.dumps(written), encoding="utf-8")
    (folder / "per_query.jsonl").write_text("", encoding="utf-8")
    (folder / "report.html").write_text(f"<!doctype html><h1>{title}</h1>", encoding="utf-8")
    (errands.path(errand) / "end.json").write_text('{"code": 0}', encoding="utf-8")
    return errand


def test_an_evaluation_runs_in_a_process_that_the_page_shows_and_stops(
    quality, fill, errands, sleeping_errands
) -> None:
    fill({"政策.md": POLICY}, "法务·合約")
    shown = quality().run()
    shown.number_input(key="quality_limit").set_value(5).run()
    shown.button(key="quality_start").click().run()
    assert not shown.exception
    (errand,) = errands.all()
    end = time.monotonic() + 60
    while not errands.progress(errand).done:
        assert time.monotonic() < end
        time.sleep(0.05)
    questions = errands.path(errand) / "questions.jsonl"
    assert errand.command[:4] == ("eval", "answers", str(questions), "--collection=法务·合約")
    assert errand.command[-4:] == ("--limit", "5", "--out", str(errands.path(errand) / REPORT))
    assert len(questions.read_text(encoding="utf-8").splitlines()) == 20
    shown.run()
    assert "法务·合約" in html(shown)
    shown.button(key=f"stop-{errand.id}").click().run()
    assert not shown.exception
    assert errands.state(errand) == "stopped"
    assert "已停止" in html(shown)


def test_a_report_is_opened_in_a_frame_without_origin_and_held_to_a_baseline(quality, fill, errands) -> None:
    fill({"政策.md": POLICY})
    with Library(load()) as library:
        number = library.shelf().collection.id
    first, second = report(errands, "第一次", 0.8, collection=number), report(errands, "第二次", 0.6, collection=number)
    shown = quality().run()
    shown.button(key=f"report-{first.id}").click().run()
    assert not shown.exception
    assert "0.700 – 0.900" in html(shown)
    assert "AURC）0.200" in html(shown)
    assert "还没有基准" in html(shown)
    (frame,) = shown.get("iframe")
    assert 'sandbox="allow-scripts"' in frame.proto.srcdoc
    assert "&lt;h1&gt;第一次" in frame.proto.srcdoc
    shown.button(key=f"baseline-{first.id}").click().run()
    assert "没有一项比基准差" in html(shown)
    shown.button(key=f"report-{second.id}").click().run()
    assert "1 项比基准差" in html(shown)  # correct: 0.6 is more than 0.01 below 0.8; aurc is the same
    shown.button(key=f"remove-{second.id}").click().run()
    assert not shown.exception
    assert [each.id for each in errands.all()] == [first.id]


def test_nothing_of_a_report_leaves_its_frame() -> None:
    page = framed('<script>"</iframe>"</script>', '"><script>')
    assert page.count("<script>") == 0
    assert page.count("</iframe>") == 1


def test_two_reports_are_compared_by_the_command(quality, fill, errands, sleeping_errands) -> None:
    fill({"政策.md": POLICY})
    with Library(load()) as library:
        number = library.shelf().collection.id
    first, second = report(errands, "一", 0.8, collection=number), report(errands, "二", 0.6, collection=number)
    shown = quality().run()
    shown.button(key="compare_now").click().run()  # the two latest stand there to begin with
    assert not shown.exception
    sent = errands.all()[0]
    folders = tuple(str(errands.path(each) / REPORT) for each in (first, second))
    assert sent.command[:4] == ("eval", "compare", *folders)
    assert (sent.collection, sent.needs) == (number, "evaluate")
    errands.stop(sent)


def chosen(shown: Any) -> list[str]:
    """The titles of the two reports that stand in the boxes of the comparison."""
    return [box.value.title for box in shown.selectbox if (box.key or "").startswith("compare_")]


def test_the_comparison_begins_with_the_two_latest_reports_of_the_same_questions(quality, fill, errands) -> None:
    fill({"政策.md": POLICY})
    with Library(load()) as library:
        number = library.shelf().collection.id
    report(errands, "甲一", 0.5, collection=number)
    shown = quality().run()
    assert chosen(shown) == ["甲一", "甲一"]
    assert shown.button(key="compare_now").disabled
    assert "这里只有一份报告" in html(shown)
    report(errands, "乙一", 0.5, collection=number, data="d2")
    shown.run()
    assert chosen(shown) == ["甲一", "乙一"]  # of other questions, but two
    report(errands, "甲二", 0.5, collection=number)
    report(errands, "乙一，另一个文档集", 0.5, collection=number + 1, data="d2")
    shown.run()
    assert chosen(shown) == ["甲一", "甲二"]
    assert not shown.button(key="compare_now").disabled
    box = next(box for box in shown.selectbox if (box.key or "").startswith("compare_a"))
    box.select_index(1).run()
    assert chosen(shown) == ["甲二", "甲二"]
    assert shown.button(key="compare_now").disabled
    assert "两边是同一份报告" in html(shown)


@pytest.mark.parametrize(
    ("language", "reports", "label"), [("zh", "报告", "打开报告"), ("en", "Reports", "Open the report")]
)
def test_what_has_ended_leads_to_its_report_where_it_ran(
    quality, fill, errands, monkeypatch, language: str, reports: str, label: str
) -> None:
    monkeypatch.setenv("SHUJIA_LANGUAGE", language)
    fill({"政策.md": POLICY})
    with Library(load()) as library:
        number = library.shelf().collection.id
    older, ended = report(errands, "一", 0.8, collection=number), report(errands, "二", 0.6, collection=number)
    shown = quality().run()
    assert [each.key for each in shown.button if each.key.startswith("ended-")] == [f"ended-{ended.id}"]
    button = shown.button(key=f"ended-{ended.id}")
    assert button.label == label
    button.click().run()
    assert not shown.exception
    assert shown.session_state["quality_tab"] == reports
    assert "0.500 – 0.700" in html(shown)
    assert older.id not in str(shown.get("iframe"))


def test_an_evaluation_that_failed_leads_to_the_reason(quality, fill, errands) -> None:
    fill({"政策.md": POLICY})
    with Library(load()) as library:
        number = library.shelf().collection.id
    failed = report(errands, "一", 0.8, collection=number)
    (errands.path(failed) / "end.json").write_text('{"code": 1}', encoding="utf-8")
    (errands.path(failed) / "log.txt").write_text("模型没有回答", encoding="utf-8")
    shown = quality().run()
    assert shown.button(key=f"ended-{failed.id}").label == "为什么没有完成"
    shown.button(key=f"ended-{failed.id}").click().run()
    assert "模型没有回答" in [block.value for block in shown.code]


def test_feedback_is_accepted_edited_or_rejected_and_becomes_cases(quality, fill) -> None:
    fill({"政策.md": POLICY})
    with Library(load()) as library:
        read = library.shelf().read
        (card,) = read.cards()
        chunk = read.chunks(card.id)[0]
        passage = Retrieved(chunk.id, card.id, chunk.start, chunk.end, 1.0, {"fused": 1})
        for number in range(3):
            said: dict[str, Any] = {"rating": "down", "reason": "wrong", "comment": "<b>不对</b>"}
            library.feedback().add(
                Feedback(f"{number}" * 32, f"日志保留多久{number}？", "两年", False, "m", retrieved=(passage,), **said)
            )
    shown = quality().run()
    assert "3 条待审阅" in html(shown)
    assert "&lt;b&gt;不对" in html(shown)
    shown.button(key=f"accept-{'0' * 32}").click().run()
    shown.button(key=f"reject-{'1' * 32}").click().run()
    shown.text_input(key=f"span-{'2' * 32}").set_value("没有这句话，一个字也没有")
    shown.button(key=f"edited-{'2' * 32}").click().run()
    assert "没有文档含有" in shown.error[0].value
    shown.text_input(key=f"span-{'2' * 32}").set_value("审计日志保留三年。")
    shown.button(key=f"edited-{'2' * 32}").click().run()
    assert not shown.exception
    assert "没有待审阅的反馈" in html(shown)
    with Library(load()) as library:
        states = {item.question[-2]: (item.state, item.gold) for item in library.feedback().items()}
    assert {key: state for key, (state, _) in states.items()} == {"0": "accepted", "1": "rejected", "2": "edited"}
    assert [span.quote for span in states["2"][1]] == ["审计日志保留三年。"]


def test_reports_are_for_those_who_may_measure_the_collection_they_are_about(
    page, fill, scripted, errands, monkeypatch
) -> None:
    import app.ask_page
    from app.quality_page import quality_page
    from store.people import People
    from store.people_rights import Rights
    from store.sessions import Sessions

    scripted()
    fill({"政策.md": POLICY}, "公开")
    fill({"密.md": "# 密\n\n大象。\n"}, "密件")
    monkeypatch.setenv("SHUJIA_LOGIN", "password")
    monkeypatch.setattr(app.ask_page, "ask_page", quality_page)
    secret: list[str] = []
    monkeypatch.setattr("app.page_login.cookie", lambda: secret[0])
    with Library(load()) as library:
        engine = library.catalogue.engine
        ours, theirs = (library.catalogue.collection(name).id for name in ("公开", "密件"))
        People(engine).add("root", admin=True)
        for role in ("reader", "editor"):
            secret[:] = [Sessions(engine, 1).begin(People(engine).add(role).id)]
            Rights(engine).grant("person", role, "公开", role)
            if role == "reader":
                assert "编辑以上的权限" in html(page().run())
    mine = report(errands, "公开的报告", 0.5, collection=ours)
    report(errands, "密件的报告", 0.5, collection=theirs)
    report(errands, "给所有者的报告", 0.5, collection=ours, needs="review")
    report(errands, "没有文档集的报告", 0.5, collection=0)
    shown = page().run()
    assert not shown.exception
    assert [each.key for each in shown.button if (each.key or "").startswith("report-")] == [f"report-{mine.id}"]
    assert "密件" not in str(shown)
    assert not [each for each in shown.text_input if each.key == "quality_folder"]


def test_reports_go_with_the_collection_that_is_deleted_on_the_page(page, fill, scripted, errands, monkeypatch) -> None:
    import app.ask_page
    from app.library_page import library_page

    scripted()
    monkeypatch.setattr(app.ask_page, "ask_page", library_page)
    fill({"政策.md": POLICY}, "甲")
    fill({"政策.md": POLICY}, "乙")
    with Library(load()) as library:
        one, other = (library.catalogue.collection(name).id for name in ("甲", "乙"))
    gone, kept = report(errands, "甲", 0.5, collection=one), report(errands, "乙", 0.5, collection=other)
    shown = page().run()
    chosen = shown.sidebar.selectbox(key="collection_field")
    chosen.set_value("甲").run()
    shown.button(key="delete-collection").click().run()
    shown.button(key="confirm").click().run()
    assert not shown.exception
    assert [each.id for each in errands.all()] == [kept.id]
    assert not errands.path(gone).exists()
