"""People, groups, rights, sessions, passwords and the audit log in the catalogue."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import select

from store import schema_people as tables
from store.api_keys import ApiKeys
from store.audit import Audit
from store.conversations import Chats
from store.engine import writing
from store.errors import UnknownCollection
from store.people import People, owner
from store.people_errors import NameTaken, PeopleError, UnknownGroup, UnknownPerson, WeakPassword
from store.people_groups import Groups
from store.people_passwords import MOST_A_NAME, WINDOW, Throttle
from store.people_rights import Grant, Rights, renamed
from store.sessions import Sessions

GOOD = "correct horse 电池"


@pytest.fixture
def engine(library):
    return library.catalogue.engine


@pytest.fixture
def people(engine) -> People:
    return People(engine)


def test_a_person_is_found_by_name_in_any_width_and_case_by_email_and_by_id(people) -> None:
    made = people.add("Ａnna", email="Anna@Example.org")
    assert made.name == "anna"
    for reference in ("ANNA", "ａｎｎａ", "anna@example.ORG", made.id):
        assert people.get(reference) == made
    with pytest.raises(UnknownPerson, match="shujia people list"):
        people.get("otto")


def test_names_and_emails_are_taken_once_and_a_name_that_is_none_is_refused(people) -> None:
    people.add("安娜", email="a@b.c")
    for name, email in (("安娜", ""), ("berta", "A@B.C")):
        with pytest.raises(NameTaken):
            people.add(name, email=email)
    for name in ("", " ", "a\nb", "a\u202eb", "x" * 129, "0123456789ab"):
        with pytest.raises(PeopleError):
            people.add(name)
    with pytest.raises(PeopleError, match="e-mail"):
        people.add("carl", email="no address")


def test_a_password_is_kept_as_argon2id_and_checked(people, engine) -> None:
    people.add("anna", password=GOOD)
    with engine.connect() as connection:
        kept = connection.scalar(select(tables.person.c.password))
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert people.check("Anna", "ｃorrect horse 电池")  # NFKC: full width is the same password
    assert people.check("anna", GOOD + " ") is None
    assert people.check("nobody", GOOD) is None
    people.add("no password")
    assert people.check("no password", "") is None


@pytest.mark.parametrize("password", ["short", "a person's name", "x" * 257])
def test_a_weak_password_is_refused(people, password: str) -> None:
    with pytest.raises(WeakPassword):
        people.add("A person's name", password=password)


def test_an_unknown_name_takes_as_long_as_a_wrong_password(people) -> None:
    people.add("anna", password=GOOD)
    people.check("nobody", "warm up")
    spent = {}
    for name in ("anna", "nobody"):
        began = time.process_time()
        for _ in range(3):
            people.check(name, "a wrong password")
        spent[name] = time.process_time() - began
    assert 0.5 < spent["anna"] / spent["nobody"] < 2.0  # three hashes each; without the dummy hash it is 0.01


def test_who_is_shut_out_cannot_sign_in_and_loses_sessions_at_once(people, engine) -> None:
    people.add("root", admin=True)
    anna = people.add("anna", password=GOOD)
    sessions = Sessions(engine, 1)
    secret = sessions.begin(anna.id)
    assert sessions.find(secret) is not None
    people.disable("anna")
    assert sessions.find(secret) is None
    assert people.check("anna", GOOD) is None
    assert Rights(engine).held(anna.id) is None
    people.disable("anna", back=True)
    assert sessions.find(secret) is None  # let in again, but signed out
    assert people.check("anna", GOOD) is not None


def test_a_new_password_signs_out_everywhere(people, engine) -> None:
    anna, sessions = people.add("anna", password=GOOD), Sessions(engine, 1)
    secrets = [sessions.begin(anna.id) for _ in range(3)]
    people.set_password("anna", "another password 新")
    assert [sessions.find(secret) for secret in secrets] == [None] * 3


def test_the_last_administrator_stays(people) -> None:
    people.add("root", admin=True)
    for action in (people.remove, people.disable, lambda name: people.set_admin(name, False)):
        with pytest.raises(PeopleError, match="last administrator"):
            action("root")
    people.add("second", admin=True)
    people.remove("root")


def test_who_is_removed_leaves_no_rights_sessions_or_keys_behind(library, people, engine) -> None:
    anna = people.add("anna")
    Groups(engine).add("法务")
    Groups(engine).join("法务", "anna")
    Rights(engine).grant("person", "anna", library.collection.name, "reader")
    session, key = Sessions(engine, 1).begin(anna.id), ApiKeys(engine).add("k", "read", person=anna.id)[1]
    chats = Chats(engine, library.catalogue.collections(), owner=owner(anna.id))
    chats.new(library.collection)
    people.remove("anna")
    assert chats.known() == ()
    assert Sessions(engine, 1).find(session) is None
    assert ApiKeys(engine).find(key) is None
    assert Rights(engine).all() == ()
    assert Groups(engine).get("法务").members == ()
    again = people.add("anna")
    assert Rights(engine).held(again.id).roles == {}


def test_the_highest_role_counts_whoever_gave_it(library, people, engine) -> None:
    name, groups, rights = library.collection.name, Groups(engine), Rights(engine)
    anna = people.add("anna")
    groups.add("a")
    groups.join("a", "anna")
    groups.join("a", "anna")  # once is enough
    rights.grant("person", "anna", name, "editor")
    rights.grant("group", "a", name, "reader")
    assert rights.held(anna.id).roles == {name: "editor"}
    rights.grant("group", "a", name, "owner")
    assert rights.held(anna.id).roles == {name: "owner"}
    assert rights.all(name) == (Grant(name, "group", "a", "owner"), Grant(name, "person", "anna", "editor"))
    groups.leave("a", "anna")
    assert rights.held(anna.id).roles == {name: "editor"}
    assert rights.revoke("person", "anna", name)
    assert not rights.revoke("person", "anna", name)
    assert rights.held(anna.id).roles == {}


def test_rights_are_given_to_who_and_what_there_is(library, people, engine) -> None:
    people.add("anna")
    rights = Rights(engine)
    with pytest.raises(UnknownCollection):
        rights.grant("person", "anna", "没有", "reader")
    with pytest.raises(UnknownPerson):
        rights.grant("person", "otto", library.collection.name, "reader")
    with pytest.raises(UnknownGroup):
        rights.grant("group", "anna", library.collection.name, "reader")
    with pytest.raises(PeopleError, match="reader, editor, owner"):
        rights.grant("person", "anna", library.collection.name, "root")


def test_a_collection_of_the_same_name_inherits_no_rights_and_a_renamed_one_keeps_them(library, people, engine) -> None:
    people.add("anna")
    name, rights = library.collection.name, Rights(engine)
    rights.grant("person", "anna", name, "reader")
    with writing(engine) as connection:
        renamed(connection, name, "新名")
    assert [grant.collection for grant in rights.all()] == ["新名"]
    with writing(engine) as connection:
        renamed(connection, "新名", name)
    library.catalogue.remove_collection(library.collection)
    assert rights.all() == ()


def test_a_session_ends_by_time_by_hand_and_all_at_once(people, engine) -> None:
    anna = people.add("anna", password=GOOD)
    short, long = Sessions(engine, 1e-9), Sessions(engine, 1)
    assert short.find(short.begin(anna.id)) is None
    first, second, third = (long.begin(anna.id) for _ in range(3))
    long.end(long.find(first).id)
    assert long.find(first) is None
    assert long.end_all(anna.id, but=long.find(third).id) == 1
    assert long.find(second) is None
    assert [each.id for each in long.of(anna.id)] == [long.find(third).id]
    with engine.connect() as connection:
        assert third not in str(connection.execute(select(tables.session)).all())


def test_a_sign_in_elsewhere_is_the_same_session_until_it_is_too_old_or_ended(people, engine) -> None:
    anna, sessions, now = people.add("anna"), Sessions(engine, 1), time.time()
    assert sessions.adopt("a", anna.id, now - 3601) is None  # an hour is over
    first = sessions.adopt("b", anna.id, now - 60)
    assert sessions.adopt("b", anna.id, now - 60) == first
    assert first.ends_at == pytest.approx(now - 60 + 3600)
    assert sessions.adopt("c", anna.id, now + 10**6).ends_at <= time.time() + 3600  # a provider whose clock is ahead
    sessions.end(first.id)
    assert sessions.adopt("b", anna.id, now - 60) is None


def test_wrong_passwords_are_counted_by_name_and_by_address(engine, monkeypatch) -> None:
    throttle = Throttle(engine)
    for number in range(MOST_A_NAME):
        assert throttle.wait("anna", f"10.0.0.{number}") == 0.0
        throttle.wrong("anna", f"10.0.0.{number}")
    assert 0 < throttle.wait("anna", "10.9.9.9") <= WINDOW
    assert throttle.wait("berta", "10.0.0.1") == 0.0
    throttle.right("anna")
    assert throttle.wait("anna", "10.9.9.9") == 0.0
    with engine.connect() as connection:
        assert "anna" not in str(connection.execute(select(tables.throttle)).all())
    later = time.time() + WINDOW + 1
    monkeypatch.setattr("store.people_passwords.time.time", lambda: later)
    throttle.wrong("c", "d")
    with engine.connect() as connection:
        assert len(connection.execute(select(tables.throttle)).all()) == 2  # the old ones are gone


def test_the_audit_log_is_bounded_and_holds_one_line_an_entry(engine) -> None:
    log = Audit(engine, kept=5)
    for number in range(8):
        log.note("anna", "delete", f"文档{number}")
    log.note("ev\nil\x1b[2J", "sign in", "x" * 500, "refused")
    found = log.entries()
    assert [entry.object for entry in found[1:]] == ["文档7", "文档6", "文档5", "文档4"]
    assert found[0].who == "ev�il�[2J"
    assert len(found[0].object) == 256
    assert log.entries(who="anna", most=2) == found[1:3]
    assert log.entries(since=time.time() + 1) == ()
