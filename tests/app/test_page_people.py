"""The page for several people: what each is shown, what works, and that what was taken away works no more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.settings import load
from app.wiring import Library
from store.audit import Audit
from store.people import People
from store.people_groups import Groups
from store.people_rights import Rights
from store.sessions import Sessions

OURS, THEIRS = "合同集", "人事密件"


def html(page) -> str:
    return "\n".join(element.proto.body for element in page.get("html") if "<style>" not in element.proto.body)


def keys(elements) -> set[str]:
    return {each.key for each in elements if each.key}


class Team:
    """The library's people, from outside the page; ``at`` is whose browser it is."""

    def __init__(self, library: Library) -> None:
        engine = library.catalogue.engine
        self.library, self.people, self.rights = library, People(engine), Rights(engine)
        self.groups, self.sessions, self.audit = Groups(engine), Sessions(engine, 1), Audit(engine)
        self.secret: str | None = None

    def comes(self, name: str) -> None:
        self.secret = self.sessions.begin(self.people.get(name).id)


@pytest.fixture
def team(fill, scripted, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    scripted("甲方应当在三十日内付款。[1]")
    fill({"合同.md": "# 合同\n\n甲方应当在三十日内付款。\n"}, OURS)
    fill({"密.md": "# 密\n\n密码是蓝色的大象。\n"}, THEIRS)
    monkeypatch.setenv("SHUJIA_LOGIN", "password")
    with Library(load()) as library:
        made = Team(library)
        made.people.add("root", admin=True)
        for role in ("reader", "editor", "owner"):
            made.people.add(role)
            made.rights.grant("person", role, OURS, role)
        monkeypatch.setattr("app.page_login.cookie", lambda: made.secret)
        yield made


@pytest.fixture
def first(page, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[..., None]], Any]:
    """Opens the page with this one in the place of the first: AppTest follows no links to pages that are functions."""

    def start(drawn: Callable[..., None]) -> Any:
        import app.ask_page

        monkeypatch.setattr(app.ask_page, "ask_page", drawn)
        return page()

    return start


def test_a_stranger_is_shown_the_way_to_the_form_and_nothing_else(page, team) -> None:
    for secret in (None, "made up"):
        team.secret = secret
        shown = page().run()
        assert not shown.exception
        assert "/sign-in" in html(shown)
        assert not shown.chat_input
        assert not shown.sidebar.children
        assert OURS not in str(shown)


@pytest.mark.parametrize(("role", "may"), [("reader", ""), ("editor", "delete"), ("owner", "delete all grant")])
def test_each_role_is_shown_what_it_may_do(first, team, role: str, may: str) -> None:
    from app.library_page import library_page

    team.comes(role)
    shown = first(library_page).run()
    assert not shown.exception
    assert "合同" in html(shown)
    assert THEIRS not in str(shown)
    assert "大象" not in str(shown)
    buttons = keys(shown.button)
    assert any(key.startswith("delete-") and key != "delete-collection" for key in buttons) == ("delete" in may)
    assert bool(shown.file_uploader) == ("delete" in may)
    assert ("delete-collection" in buttons) == ("all" in may)
    assert (f"give-{OURS}" in buttons) == ("grant" in may)
    assert "upload/合同.md" not in html(shown)  # a folder of the server
    assert not [field for field in shown.text_input if field.key == "folder"]


def test_a_button_that_was_drawn_before_the_right_was_taken_away_does_nothing(first, team) -> None:
    from app.library_page import library_page

    team.comes("editor")
    shown = first(library_page).run()
    (button,) = [each for each in shown.button if each.key.startswith("delete-") and each.key != "delete-collection"]
    button.click().run()
    team.rights.grant("person", "editor", OURS, "reader")
    shown.button(key="confirm").click().run()
    assert not shown.exception
    assert len(team.library.shelf(OURS).read.cards()) == 1


def test_an_answer_goes_with_the_right_to_its_collection_and_with_its_reader(page, team) -> None:
    team.comes("reader")
    shown = page().run()
    shown.chat_input[0].set_value("甲方应当在多少天内付款？").run()
    assert "三十日" in html(shown)
    before = team.secret
    team.comes("owner")  # another person in the same browser
    assert "三十日" not in html(shown.run())
    team.secret = before
    assert "sign-in" not in html(shown.run())
    team.rights.revoke("person", "reader", OURS)
    shown.run()
    assert not shown.exception
    assert "三十日" not in html(shown)
    assert "还没有与你共享的文档集" in html(shown)  # no word of a shelf that is empty, onto which nothing can be put
    assert "书架还是空的" not in html(shown)
    assert not shown.file_uploader


def test_a_session_that_ended_stops_an_open_page(page, team) -> None:
    team.comes("reader")
    shown = page().run()
    team.people.disable("reader")
    shown.chat_input[0].set_value("甲方应当在多少天内付款？").run()
    assert "三十日" not in html(shown)
    assert "/sign-in" in html(shown)


def test_ones_own_account_shows_rights_and_makes_keys_that_are_ones_own(first, team, monkeypatch) -> None:
    import app.account_page
    from app.page_login import AtThePage, who_is_there

    team.comes("reader")

    def account(room) -> None:
        there = who_is_there(room.library.settings, team.library, "zh")
        assert isinstance(there, AtThePage)
        app.account_page.account_page(room, there)

    shown = first(account).run()
    assert not shown.exception
    assert "已登录：reader" in html(shown)
    assert "读者" in html(shown)
    me = team.people.get("reader").id
    shown.text_input(key=f"key_name-{me}").set_value("笔记本")
    shown.button(key=f"key_make-{me}").click().run()
    from store.api_keys import ApiKeys

    (key,) = ApiKeys(team.library.catalogue.engine).all()
    assert (key.name, key.person, key.scope) == ("笔记本", me, "read")
    assert shown.code[0].value.startswith("shj_")
    assert not shown.run().code  # once
    shown.button(key="sign_out").click().run()
    assert team.sessions.find(team.secret) is None


def test_administration_is_for_administrators_and_is_written_down(first, team) -> None:
    from app.admin_page import admin_page

    team.comes("owner")
    refused = first(admin_page).run()
    assert "只给管理员看" in refused.error[0].value
    assert "reader" not in html(refused)

    team.comes("root")
    shown = first(admin_page).run()
    assert not shown.exception
    shown.text_input(key="person_name").set_value("安娜")
    shown.button(key="person_add").click().run()
    shown.text_input(key="group_name").set_value("法务")
    shown.button(key="group_add").click().run()
    group = team.groups.get("法务").id
    shown.multiselect(key=f"members-{group}").set_value(["安娜"]).run()
    anna = team.people.get("安娜")
    assert team.groups.get("法务").members == ("安娜",)
    shown.button(key=f"disable-{anna.id}").click().run()
    assert team.people.get("安娜").disabled_at is not None
    shown.button(key=f"revoke-{OURS}-person-reader").click().run()
    assert not shown.exception
    done = [(entry.who, entry.verb, entry.object) for entry in reversed(team.audit.entries())]
    assert done == [
        ("root", "add person", "安娜"),
        ("root", "add group", "法务"),
        ("root", "join group", "法务: 安娜"),
        ("root", "disable person", "安娜"),
        ("root", "revoke", f"{OURS}: reader"),
    ]
    assert "法务" in html(shown)


def test_a_mistake_of_an_administrator_is_told(first, team) -> None:
    from app.admin_page import admin_page

    team.comes("root")
    shown = first(admin_page).run()
    shown.button(key=f"remove-{team.people.get('root').id}").click().run()
    assert "最后一位管理员" in shown.error[0].value
    assert team.people.get("root").admin
