"""10,000 random (person, group, collection, question, leg) trials against a model of who may see what: nothing leaks.

The model knows memberships and grants as plain sets and decides by a loop of its own. Every collection holds a secret
that no question holds, so a secret in a result that the model does not allow is a leak. Rights change all the time
between trials, so that caches and kept answers are met by people who may not see them any more.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from app.api.server import create_app
from app.mcp_server import _Tools
from app.rights import Caller, Ruling, Verb, caller_of_person
from app.rights_library import seen_by
from app.settings import Settings
from app.wiring import Library
from app.wiring_why import why_not
from ingest.files import upload
from models.fakes import HashEmbedder
from retrieval.wanted import Wanted
from store.api_keys import ApiKeys
from store.bundle_write import write_bundle
from store.errors import StoreError
from store.people import People
from store.people_groups import Groups
from store.people_rights import Rights
from store.types import document_id

TRIALS = 10_000
COLLECTIONS = ["合同", "手冊", "Reports", "人事", "rd-notes", "財務"]
PERSONS = [f"person{n}" for n in range(8)]
GROUPS = [f"group{n}" for n in range(4)]
SECRETS = {name: f"zq{n}secret{n * 7919:06d}" for n, name in enumerate(COLLECTIONS)}
TOPICS = ["付款期限", "harbour pilot", "恢复演练", "密码", "salary 薪資", "大象"]
MISSING = "没有这个"
EXPECTED = (StoreError, LookupError)


class World:
    """A library with everybody in it, and the model beside it."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(library=folder, workers=1, model="extractive", api_rate=0, rewrite_translate="off")
        self.library = Library(settings)
        self.library.__dict__["embedder"] = HashEmbedder()
        self.documents: dict[str, list[str]] = {}
        self.folder = folder
        for name in COLLECTIONS:
            texts = [f"{topic}：{SECRETS[name]} 第{n}号。\n\n{topic} stands here." for n, topic in enumerate(TOPICS)]
            files = [upload(f"{name}{n}.txt", text.encode()) for n, text in enumerate(texts)]
            assert {result.status for result in self.library.ingest(files, name)} == {"ingested"}
            self.documents[name] = [document_id(text.encode()) for text in texts]
        engine = self.library.catalogue.engine
        self.people, self.groups, self.rights = People(engine), Groups(engine), Rights(engine)
        self.people.add("root", admin=True)
        self.ids = {name: self.people.add(name).id for name in PERSONS}
        self.keys = {name: ApiKeys(engine).add(name, "admin", person=self.ids[name])[1] for name in PERSONS}
        for name in GROUPS:
            self.groups.add(name)
        self.members: set[tuple[str, str]] = set()
        self.grants: set[tuple[str, str]] = set()  # (person or group, collection)
        self.disabled: set[str] = set()
        self.answers: list[tuple[str, str, str]] = []  # id, person, collection
        self.app = create_app(self.library)
        self.tools: dict[str, _Tools] = {name: _Tools(self.app.state.house, self.ask_of(name)) for name in PERSONS}

    def ask_of(self, person: str) -> Callable[[], Any]:
        return lambda: caller_of_person(self.rights.held(self.ids[person]))

    def sees(self, person: str) -> set[str]:
        """The model: what this person may see."""
        if person in self.disabled:
            return set()
        found = set()
        for holder, collection in self.grants:
            if holder == person or (person, holder) in self.members:
                found.add(collection)
        return found

    def change(self, dice: random.Random) -> None:
        """One change of rights, here and in the model."""
        person, group, collection = dice.choice(PERSONS), dice.choice(GROUPS), dice.choice(COLLECTIONS)
        kind, holder = ("person", person) if dice.random() < 0.5 else ("group", group)
        role = dice.choice(["reader", "editor", "owner"])
        match dice.randrange(6):
            case 0:
                self.rights.grant(kind, holder, collection, role)
                self.grants.add((holder, collection))
            case 1 | 2:
                self.rights.revoke(kind, holder, collection)
                self.grants.discard((holder, collection))
            case 3:
                self.groups.join(group, person)
                self.members.add((person, group))
            case 4:
                self.groups.leave(group, person)
                self.members.discard((person, group))
            case 5:
                back = person in self.disabled
                self.people.disable(person, back=back)
                (self.disabled.discard if back else self.disabled.add)(person)


Leg = Callable[[World, Library, str, str, str, random.Random], Any]


def _document(world: World, dice: random.Random) -> str:
    """Any document of the library: ids get about."""
    return dice.choice(world.documents[dice.choice(COLLECTIONS)])


def _there(collection: str) -> str:
    """A collection that is there, for what the test does itself."""
    return collection if collection != MISSING else COLLECTIONS[0]


def _bundle(world: World, library: Library, collection: str) -> bytes:
    file = world.folder / "bundle.shujia"
    write_bundle(file, library.shelf(collection).read, library.originals)
    import zipfile

    with zipfile.ZipFile(file) as bundle:
        return b"".join(bundle.read(name) for name in bundle.namelist())


LIBRARY_LEGS: dict[str, Leg] = {
    "dense": lambda w, lib, p, c, q, d: lib.search(q, c, k=5, mode="dense"),
    "keyword": lambda w, lib, p, c, q, d: lib.search(q, c, k=5, mode="keyword"),
    "hybrid": lambda w, lib, p, c, q, d: lib.search(q, c, k=5),
    "cached": lambda w, lib, p, c, q, d: (w.library.search(TOPICS[0], _there(c)), lib.search(TOPICS[0], c))[1],
    "ask": lambda w, lib, p, c, q, d: list(lib.ask(q, c)),
    "why not": lambda w, lib, p, c, q, d: why_not(lib, TOPICS[0], Wanted(_document(w, d)), c),
    "cards": lambda w, lib, p, c, q, d: lib.shelf(c).read.cards(),
    "text": lambda w, lib, p, c, q, d: lib.shelf(c).read.document(_document(w, d)).text,
    "chunks": lambda w, lib, p, c, q, d: lib.shelf(c).read.chunks(_document(w, d)),
    "shelf": lambda w, lib, p, c, q, d: lib.shelf_of(w.library.catalogue.collection(_there(c))).read.cards(),
    "readers": lambda w, lib, p, c, q, d: [reader.cards() for reader in lib.readers()],
    "original": lambda w, lib, p, c, q, d: lib.originals.get(_document(w, d)),
    "export": lambda w, lib, p, c, q, d: _bundle(w, lib, c),
    "feedback": lambda w, lib, p, c, q, d: lib.feedback(c).items(),
    "collections": lambda w, lib, p, c, q, d: lib.catalogue.collections(),
}


def _http(world: World, client: TestClient, person: str, collection: str, question: str, dice: random.Random) -> str:
    """A request to the API under this person's key."""
    about, document = {"collection": collection}, _document(world, dice)
    ways: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/v1/search", {"json": {"question": question, **about}}),
        (
            "POST",
            "/v1/chat/completions",
            {"json": {"model": collection, "messages": [{"role": "user", "content": question}]}},
        ),
        ("GET", "/v1/documents", {"params": about}),
        ("GET", f"/v1/documents/{document}/text", {"params": about}),
        ("GET", f"/v1/documents/{document}/passages", {"params": about}),
        ("GET", "/v1/models", {}),
        ("GET", "/v1/jobs", {}),
        ("GET", "/metrics", {}),
    ]
    if world.answers:
        ways.append(("GET", f"/v1/answers/{dice.choice(world.answers)[0]}", {}))
    method, path, more = dice.choice(ways)
    got = client.request(method, path, headers={"Authorization": f"Bearer {world.keys[person]}"}, **more)
    assert got.status_code < 500, got.text
    if path.endswith("completions") and got.status_code == 200:
        world.answers.append((got.json()["id"], person, collection))
    return got.text


def _mcp(world: World, person: str, collection: str, question: str, dice: random.Random) -> str:
    tools, document = world.tools[person], _document(world, dice)
    ways = [
        lambda: tools.search(question, collection),
        lambda: tools.open_passage(document, 0, 50, collection),
        lambda: tools.list_documents(collection),
    ]
    return str(asyncio.run(dice.choice(ways)()))


def trial(world: World, client: TestClient, dice: random.Random, seen: Counter[str]) -> list[str]:
    """One trial; what leaked, nothing as a rule. ``seen`` counts the legs that showed something they may."""
    if dice.random() < 0.15:
        world.change(dice)
    person, collection = dice.choice(PERSONS), dice.choice([*COLLECTIONS, MISSING])
    question = " ".join(dice.sample(TOPICS, 2))
    where = dice.random()
    leg = "http" if where < 0.12 else "mcp" if where < 0.2 else dice.choice(list(LIBRARY_LEGS))
    try:
        if leg == "http":
            found: Any = _http(world, client, person, collection, question, dice)
        elif leg == "mcp":
            found = _mcp(world, person, collection, question, dice)
        else:
            library = seen_by(world.library, world.ask_of(person))
            found = LIBRARY_LEGS[leg](world, library, person, collection, question, dice)
    except Exception as error:
        if not isinstance(error, EXPECTED) and type(error).__name__ != "ToolError":
            raise
        found = error
    text = found.decode("utf-8", "replace") if isinstance(found, bytes) else repr(found)
    allowed = world.sees(person)
    seen[leg] += any(SECRETS[name] in text or name in text for name in allowed)
    names = {name for name in COLLECTIONS if name != _there(collection)}
    leaks = [name for name in COLLECTIONS if name not in allowed and SECRETS[name] in text]
    leaks += [name for name in names if name not in allowed and name in text]  # that there is one at all
    return [f"{leg}: {person} ({sorted(allowed)}) learnt of {name}" for name in leaks]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path / "library")
    yield made
    made.library.close()


def run(world: World, trials: int) -> tuple[list[str], Counter[str]]:
    dice, seen, leaks = random.Random(20261122), Counter[str](), []
    with TestClient(world.app, base_url="http://127.0.0.1") as client:
        for _ in range(20):
            world.change(dice)
        for _ in range(trials):
            leaks += trial(world, client, dice, seen)
    return leaks, seen


def test_ten_thousand_trials_leak_nothing(world) -> None:
    leaks, seen = run(world, TRIALS)
    assert leaks == []
    assert set(seen) == {*LIBRARY_LEGS, "http", "mcp"}
    shown = {leg: count for leg, count in seen.items() if leg != "feedback"}  # nobody has said anything
    assert min(shown.values()) > TRIALS / 500, shown  # no leg is safe only because it never shows anything


MUTATIONS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "everything is allowed": lambda patch: [
        patch.setattr(f"{module}.decide", lambda caller, verb, collection=None: Ruling.ALLOWED)
        for module in ("app.rights", "app.rights_library", "app.api.rights")
    ],
    "the filter of the collections is gone": lambda patch: patch.setattr(
        "app.rights_library.allowed", lambda caller, verb, collection=None: True
    ),
    "originals are not asked for": lambda patch: patch.setattr(
        "app.rights_library._SeenCatalogue.reads", lambda self, document: True
    ),
    "a key forgets whose it is": lambda patch: patch.setattr(
        "app.api.house.caller_of_key",
        lambda key, held: Caller(key.id, key.scope),
    ),
}


@pytest.mark.parametrize("mutation", MUTATIONS)
def test_without_the_filter_the_trials_find_the_leak(world, mutation: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTATIONS[mutation](monkeypatch)
    assert run(world, 400)[0]


def test_the_verbs_of_a_caller_follow_the_role(world) -> None:
    """The smallest sample of the trials, to be read: what a reader of one collection sees of another."""
    world.rights.grant("person", "person0", "合同", "reader")
    library = seen_by(world.library, world.ask_of("person0"))
    assert [each.name for each in library.catalogue.collections()] == ["合同"]
    assert SECRETS["合同"] in repr(library.search("付款期限", "合同"))
    for name in ("手冊", MISSING):
        with pytest.raises(StoreError, match=f"no collection named '{name}'; there is 合同"):
            library.search("付款期限", name)
    assert Verb.READ in Verb
