"""Documents come and go on the page: upload, folder, list, failure, deletion."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

POLICY = "# 数据政策\n\n审计日志保留三年。\n".encode()


def html(page) -> str:
    """Everything that was sent to the browser as HTML, the style sheet left out."""
    return "\n".join(element.proto.body for element in page.get("html") if "<style>" not in element.proto.body)


def deletion(page):
    """The button that deletes the only document."""
    (button,) = [each for each in page.button if each.key.startswith("delete-") and each.key != "delete-collection"]
    return button


@pytest.fixture
def shelf(page, scripted, monkeypatch):
    """The library page, shown as the first page: AppTest follows no links to pages that are functions."""
    import app.ask_page
    from app.library_page import library_page

    scripted()
    monkeypatch.setattr(app.ask_page, "ask_page", library_page)
    return page


def put(page, name: str, data: bytes):
    page.file_uploader[0].upload(name, data).run()
    page.button(key="put").click().run()
    return read(page)


def read(page):  # as the fixture ``settled``
    """Wait until a worker has read what was put on its way."""
    from app.settings import load
    from app.wiring import Library
    from store.jobs import Jobs

    assert not page.exception
    end = time.monotonic() + 60
    with Library(load()) as library:
        while (jobs := Jobs(library.catalogue.engine)).items("waiting", "working") or jobs.workers():
            assert time.monotonic() < end
            time.sleep(0.05)
    page.run()
    assert not page.exception
    return page


def test_an_upload_is_listed_and_gone_after_a_confirmed_deletion(shelf):
    shown = put(shelf().run(), "政策.md", POLICY)
    assert "✓ 已收录" in html(shown)
    assert "数据政策" in html(shown)
    assert "upload/政策.md" in html(shown)
    assert "1 份文档，1 个段落" in html(shown)

    deletion(shown).click().run()
    assert "确定删除《数据政策》" in html(shown)
    shown.button(key="confirm").click().run()
    assert not shown.exception
    assert "upload/政策.md" not in html(shown)
    assert "书架还是空的" in html(shown)


def test_a_deletion_that_is_not_confirmed_keeps_the_document(shelf):
    shown = put(shelf().run(), "政策.md", POLICY)
    deletion(shown).click().run()
    shown.button(key="keep").click().run()
    assert "upload/政策.md" in html(shown)


def test_a_file_that_cannot_be_read_is_named_with_its_reason_as_text(shelf):
    shown = put(shelf().run(), "<b>坏.pdf", b"%PDF-1.7 broken")
    assert "✗ 失败" in html(shown)
    assert "&lt;b&gt;坏.pdf" in html(shown)
    assert "<b>" not in html(shown)
    assert any("1 个文件没有读成" in expander.label for expander in shown.expander)


def test_a_whole_folder_is_uploaded_and_files_of_one_name_stay_two(shelf):
    shown = shelf().run()
    shown.toggle(key="whole_folder").set_value(True).run()
    shown.file_uploader[0].upload("资料/甲/说明.md", "# 甲的说明\n\n苹果。\n".encode())
    shown.file_uploader[0].upload("资料/乙/说明.md", "# 乙的说明\n\n香蕉。\n".encode()).run()
    shown.button(key="put").click().run()
    read(shown)
    for path in ("upload/资料/甲/说明.md", "upload/资料/乙/说明.md"):
        assert path in html(shown)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("说明.md", "upload/说明.md"),
        ("资料/说明.md", "upload/资料/说明.md"),
        ("../../etc/passwd", "upload/unnamed../unnamed../etc/passwd"),
        ("/etc/passwd", "upload/etc/passwd"),
        ("C:\\资料\\说明.md", "upload/C:/资料/说明.md"),
    ],
)
def test_the_folders_of_an_upload_lead_nowhere(name: str, path: str):
    from app.page_ingest import uploaded_file

    assert uploaded_file(name, b"x").path == path


def test_a_folder_of_this_machine_goes_into_a_collection_with_a_chinese_name(shelf, tmp_path: Path, monkeypatch):
    (tmp_path / "文件").mkdir()
    (tmp_path / "文件" / "政策.md").write_bytes(POLICY)
    monkeypatch.setenv("SHUJIA_COLLECTION", "法务·合約")
    shown = shelf().run()
    shown.text_input(key="folder").set_value(str(tmp_path / "文件")).run()
    shown.button(key="read").click().run()
    read(shown)
    assert "法务·合約" in html(shown)
    assert "数据政策" in html(shown)


def test_a_folder_that_is_not_there_is_one_clear_line(shelf):
    shown = shelf().run()
    shown.text_input(key="folder").set_value("/没有/这个文件夹").run()
    shown.button(key="read").click().run()
    assert not shown.exception
    assert "没有" in shown.error[0].value


def test_no_folder_of_this_machine_is_offered_to_readers_on_other_machines(shelf, monkeypatch):
    monkeypatch.setenv("SHUJIA_HOST", "0.0.0.0")  # noqa: S104 - what the test is about
    shown = shelf().run()
    assert not [field for field in shown.text_input if field.key == "folder"]


def test_a_collection_is_deleted_whole_after_a_question(shelf, fill):
    fill({"政策.md": POLICY.decode(), "other.md": "# Other\n\nSomething else.\n"})
    shown = shelf().run()
    shown.button(key="delete-collection").click().run()
    assert "2 份文档" in html(shown)
    shown.button(key="confirm").click().run()
    assert "书架还是空的" in html(shown)


def test_the_reader_chooses_among_several_collections(shelf, fill):
    fill({"政策.md": POLICY.decode()})
    fill({"other.md": "# Other\n\nSomething else.\n"}, "second")
    shown = shelf().run()
    assert "数据政策" in html(shown)
    shown.sidebar.selectbox(key="collection_field").set_value("second").run()
    assert "数据政策" not in html(shown)
    assert "Other" in html(shown)


def test_a_source_that_was_deleted_since_is_not_shown_any_more(page, scripted, fill, library_folder):
    from app.settings import load
    from app.wiring import Library

    scripted("审计日志保留三年。[1]")
    fill({"政策.md": POLICY.decode()})
    shown = page().run()
    shown.chat_input[0].set_value("审计日志保留多久？").run()
    with Library(load()) as other:
        other.delete_document("政策.md")
    shown.button(key="open-1-1").click().run()
    assert "这份文档已不在书架上" in html(shown)
    assert "<mark>" not in html(shown)


def test_the_sample_library_is_offered_where_the_shelf_is_empty_and_questions_after_it(
    page, scripted, monkeypatch, tmp_path
):
    import app.page_ingest

    samples = tmp_path / "samples"
    samples.mkdir()
    (samples / "政策.md").write_bytes(POLICY)
    monkeypatch.setattr(app.page_ingest, "SAMPLES", samples)
    scripted("资料中没有说明。")
    shown = page().run()
    shown.button(key="sample").click().run()
    read(shown)
    assert [button.key for button in shown.button if button.key.startswith("try-")] == [f"try-{n}" for n in range(6)]
    shown.button(key="try-0").click().run()
    assert "最近一次恢复演练总共用了多长时间？" in html(shown)


def test_what_was_put_on_its_way_is_read_although_the_page_is_gone(shelf):
    shown = shelf().run()
    shown.file_uploader[0].upload("政策.md", POLICY).run()
    shown.button(key="put").click().run()
    again = read(shelf().run())  # another browser, after the first was closed
    assert "✓ 已收录" in html(again)
    assert "数据政策" in html(again)


def test_a_file_in_the_queue_of_a_page_that_died_is_taken_up_by_the_next(shelf, library_folder):
    from app.settings import load
    from app.wiring import Library
    from store.jobs import Job, Jobs
    from store.types import document_id

    with Library(load()) as library:
        content = document_id(POLICY)
        library.originals.put(content, POLICY)
        Jobs(library.catalogue.engine).add([Job("default", "upload/政策.md", len(POLICY), 0, content=content)])
    assert "数据政策" in html(read(shelf().run()))


def test_a_deletion_is_whole_at_once_and_undone_from_the_memory_of_the_page(shelf, library_folder):
    from app.settings import load
    from app.wiring import Library

    shown = put(shelf().run(), "政策.md", POLICY)
    deletion(shown).click().run()
    shown.button(key="confirm").click().run()
    with Library(load()) as library:
        assert library.shelf().read.counts().documents == 0
        assert library.shelf().disagreements() == []
    assert not [
        path for path in library_folder.rglob("*") if path.is_file() and "审计日志".encode() in path.read_bytes()
    ]
    shown.button(key="undo").click().run()
    read(shown)
    assert "upload/政策.md" in html(shown)
    assert not [button for button in shown.button if button.key == "undo"]


def test_a_deletion_is_not_held_longer_than_said(shelf, monkeypatch):
    import app.library_undo

    monkeypatch.setattr(app.library_undo, "WINDOW", -1.0)
    shown = put(shelf().run(), "政策.md", POLICY)
    deletion(shown).click().run()
    shown.button(key="confirm").click().run()
    assert not [button for button in shown.button if button.key == "undo"]
    assert "held_for_undo" not in shown.session_state


def test_a_collection_gets_another_name_and_everything_goes_with_it(shelf, fill):
    from app.settings import load
    from app.wiring import Library
    from store.people import People
    from store.people_rights import Rights

    fill({"政策.md": POLICY.decode()}, "旧名")
    with Library(load()) as library:
        People(library.catalogue.engine).add("安娜")
        Rights(library.catalogue.engine).grant("person", "安娜", "旧名", "editor")
    shown = shelf().run()
    shown.text_input(key="rename-旧名").set_value("新名 ‖ Ünïcøde 書架")
    shown.button(key="rename-go").click().run()
    assert not shown.exception
    assert "新名 ‖ Ünïcøde 書架" in html(shown)
    assert "数据政策" in html(shown)
    with Library(load()) as library:
        (grant,) = Rights(library.catalogue.engine).all()
        assert grant.collection == "新名 ‖ Ünïcøde 書架"
        assert library.search("审计日志", grant.collection, k=1).passages


def test_tags_are_given_shown_and_narrow_list_and_search(shelf, fill):
    from app.settings import load
    from app.wiring import Library
    from store.filters import Filters

    fill({"政策.md": POLICY.decode(), "other.md": "# Other\n\n审计日志保留两年。\n"})
    shown = shelf().run()
    with Library(load()) as library:
        card = next(card for card in library.shelf().read.cards() if card.title == "数据政策")
    shown.button(key=f"tag-{card.id[:16]}").click().run()
    shown.multiselect(key=f"tags-of-{card.id[:16]}").options.append("合规")
    shown.multiselect(key=f"tags-of-{card.id[:16]}").set_value(["合规"])
    shown.button(key="tags-save").click().run()
    assert not shown.exception
    assert "#合规" in html(shown)
    with Library(load()) as library:
        hits = library.search("审计日志", k=10, filters=Filters(tags=("合规",))).passages
    assert {hit.title for hit in hits} == {"数据政策"}


def test_a_followed_folder_is_listed_and_let_go(shelf, fill, tmp_path: Path):
    fill({"政策.md": POLICY.decode()})
    (tmp_path / "文件").mkdir()
    shown = shelf().run()
    shown.text_input(key="follow-folder").set_value(str(tmp_path / "没有"))
    shown.button(key="follow-add").click().run()
    assert "不是本机的文件夹" in shown.error[0].value
    shown.text_input(key="follow-folder").set_value(str(tmp_path / "文件"))
    shown.button(key="follow-add").click().run()
    assert str(tmp_path / "文件") in html(shown)
    shown.button(key="unfollow-0").click().run()
    assert "没有跟随任何文件夹" in html(shown)
