"""Administration of what the library stands on: models, jobs, indexes, storage; each change is asked for and logged."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.errands import Errands
from app.settings import load
from app.wiring import Library
from store.audit import Audit
from store.jobs import Job, Jobs

POLICY = "# 数据政策\n\n审计日志保留三年。\n"


def html(page) -> str:
    return "\n".join(element.proto.body for element in page.get("html") if "<style>" not in element.proto.body)


@pytest.fixture
def section(page, scripted, monkeypatch) -> Callable:
    """Opens the page with one section of administration in the place of the first page."""
    import app.ask_page

    scripted()

    def start(drawn: Callable[..., None]):
        monkeypatch.setattr(app.ask_page, "ask_page", drawn)
        return page().run()

    return start


def ended(errands: Errands) -> None:
    end = time.monotonic() + 90
    while any(errands.state(each) == "running" for each in errands.all()):
        assert time.monotonic() < end
        time.sleep(0.1)


def logged() -> list[tuple[str, str]]:
    with Library(load()) as library:
        return [(entry.verb, entry.outcome) for entry in reversed(Audit(library.catalogue.engine).entries())]


def test_models_are_named_and_everything_is_examined_on_request(section, fill, monkeypatch) -> None:
    import app.admin_models
    from app.admin_models import models_section
    from app.doctor import bad, ok

    found = [ok("weights_embedder", "weights", name="e5"), bad("jobs", "check_failed", "report_it", error="<b>坏")]
    monkeypatch.setattr(app.admin_models, "examine", lambda settings: iter(found))
    shown = section(models_section)
    assert "multilingual-e5-small" in html(shown)
    assert "check_failed" not in html(shown)
    shown.button(key="doctor").click().run()
    assert not shown.exception
    assert "1 处有问题，0 处要注意" in html(shown)
    assert "&lt;b&gt;坏" in html(shown)


def test_a_failed_file_is_tried_again_and_another_is_forgotten_with_its_bytes(section, fill, settled) -> None:
    from app.admin_jobs import jobs_section
    from store.types import document_id

    fill({"政策.md": POLICY})
    data, other = "# 甲\n\n内容甲。\n".encode(), "# 乙\n\n内容乙。\n".encode()
    with Library(load()) as library:
        jobs = Jobs(library.catalogue.engine)
        for name, each in (("甲.md", data), ("乙.md", other)):
            library.originals.put(document_id(each), each)
            jobs.add([Job("default", f"upload/{name}", len(each), 0, content=document_id(each))])
        for job in jobs.claim("gone", 16):
            jobs.fail(job, "crashed", "<i>读取程序崩溃", again=False)
    shown = section(jobs_section)
    assert "0 个等待，0 个处理中，2 个失败" in html(shown)
    assert "&lt;i&gt;读取程序崩溃" in html(shown)
    shown.button(key="forget-1").click().run()
    shown.button(key="retry-0").click().run()
    settled(shown)
    with Library(load()) as library:
        assert {card.title for card in library.shelf().read.cards()} == {"数据政策", "甲"}
        assert library.originals.get(document_id(other)) is None
    assert logged() == [("forget file", "done"), ("retry", "done")]
    assert "队列是空的" in html(shown.run())


def test_indexes_are_checked_and_repaired_by_the_command(section, fill, library_folder: Path) -> None:
    from app.admin_index import index_section

    fill({"政策.md": POLICY}, "法务")
    errands = Errands(library_folder)
    shown = section(index_section)
    assert "法务" in html(shown)
    shown.button(key="fsck").click().run()
    ended(errands)
    (errand,) = errands.all()
    assert (errand.command, errands.code(errand)) == (("fsck",), 0)
    assert "法务" in errands.log(errand)
    shown.run()
    assert "法务" in shown.code[0].value
    shown.button(key="fsck-repair").click().run()
    ended(errands)
    assert errands.all()[0].command == ("fsck", "--repair")
    assert logged() == [("fsck", "done"), ("fsck repair", "done")]


def test_a_reindex_is_sent_off_once_and_only_one_at_a_time(
    section, fill, library_folder: Path, sleeping_errands
) -> None:
    from app.admin_index import index_section

    fill({"政策.md": POLICY}, "--help")  # a name that looks like an option
    with Library(load()) as library:
        number = library.catalogue.collection("--help").id
    shown = section(index_section)
    shown.button(key=f"reindex-{number}").click().run()
    shown.button(key=f"reindex-{number}").click().run()
    assert "正在运行" in shown.error[0].value
    errands = Errands(library_folder)
    (errand,) = errands.all()
    assert errand.command == ("reindex", "--collection=--help")
    shown.button(key=f"stop-{errand.id}").click().run()
    assert errands.state(errand) == "stopped"
    assert logged() == [("reindex", "done"), ("reindex", "failed")]


def test_the_backup_that_is_offered_can_be_restored(section, fill, library_folder: Path, tmp_path: Path) -> None:
    from app.admin_storage import storage_section
    from store.backup import check_backup

    fill({"政策.md": POLICY}, "法务")
    shown = section(storage_section)
    assert "原文件" in html(shown)
    shown.button(key="backup").click().run()
    errands = Errands(library_folder)
    ended(errands)
    shown.run()
    assert not shown.exception
    (errand,) = errands.all()
    file = errands.path(errand) / "shujia-backup.zip"
    assert check_backup(file).counts["document"] == 1
    assert (file.stat().st_mode & 0o077, errands.path(errand).stat().st_mode & 0o077) == (0, 0)
    assert [each for each in shown.get("download_button") if "MB" in each.proto.label or "kB" in each.proto.label]
    shown.button(key=f"remove-{errand.id}").click().run()
    assert not file.exists()


def test_nobody_but_administrators_is_shown_an_errand_of_the_library(
    section, fill, library_folder: Path, monkeypatch
) -> None:
    from app.admin_storage import storage_section
    from store.people import People
    from store.people_rights import Rights
    from store.sessions import Sessions

    fill({"政策.md": POLICY}, "法务")
    errands = Errands(library_folder)
    errands.start(errands.new_id(), "backup", "备份", ["status"], needs="administer")
    ended(errands)
    monkeypatch.setenv("SHUJIA_LOGIN", "password")
    with Library(load()) as library:
        engine = library.catalogue.engine
        People(engine).add("root", admin=True)
        secret = Sessions(engine, 1).begin(People(engine).add("owner").id)
        Rights(engine).grant("person", "owner", "法务", "owner")
    monkeypatch.setattr("app.page_login.cookie", lambda: secret)
    shown = section(storage_section)  # as if the page forgot to ask
    assert not shown.get("download_button")
    shown.button(key="backup").click().run()
    assert len(errands.all()) == 1
    assert logged()[-1] == ("backup", "refused")
