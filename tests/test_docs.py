"""The documentation against the code: what exists is described, what is described exists, in both languages."""

from __future__ import annotations

import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
import typer

from app.cli import app
from app.payloads import STATUSES
from app.settings import _NOT_SETTINGS, Settings
from generation.types import Citation, Sentence, Verdict
from ingest import errors
from ingest.pipeline import FileResult
from ingest.readers.choose import MODULES
from store.rows import DocumentCard, Failure
from store.types import Chunk

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / name for name in ("README.md", "README.zh.md", "CONTRIBUTING.md", "CONTRIBUTING.zh.md")]
PAGES += [ROOT / "CHANGELOG.md", ROOT / "examples" / "README.md"]
PAGES += sorted((ROOT / "docs").glob("*.md"))
REFERENCES = (ROOT / "docs" / "reference.md", ROOT / "docs" / "reference.zh.md")
ENGLISH_ONLY = {"decisions.md"}
MACHINE_DEPENDENT = {"eval_folder", "library", "models", "workers"}

PROGRAM: Any = typer.main.get_command(app)
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def commands(command: Any = PROGRAM, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Every command with the words that call it, groups left out."""
    inside = getattr(command, "commands", {})
    if not inside:
        yield " ".join(path), command
    for name, each in inside.items():
        yield from commands(each, (*path, name))


COMMANDS = dict(commands())


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def section(text: str, command: str) -> str:
    """The part of a reference page below the heading that names the command."""
    for part in re.split(r"^(?=##)", text, flags=re.MULTILINE):
        heading = part.split("\n", 1)[0]
        if heading.startswith("### ") and re.search(rf"`shujia {command}[` \[]", heading):
            return part
    return ""


def anchors(text: str) -> set[str]:
    """The names GitHub gives the headings: lower case, punctuation gone, blanks as hyphens."""
    titles = re.findall(r"^#+ +(.+)$", FENCE.sub("", text), re.MULTILINE)
    kept = ("".join(c for c in title.lower() if c.isalnum() or c in "-_ ") for title in titles)
    return {title.strip().replace(" ", "-") for title in kept}


def examples(text: str) -> Iterator[str]:
    """The lines of code blocks that call shujia."""
    for _, block in FENCE.findall(text):
        for line in block.splitlines():
            line = line.removeprefix("$ ")
            if line.startswith("shujia "):
                yield line


def refusal(line: str) -> str:
    """Why the command line would refuse these words; empty when it would not."""
    words = shlex.split(line, comments=True)[1:]
    while words[:1] == ["--library"]:
        words = words[2:]
    command = PROGRAM
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]
    if hasattr(command, "commands"):
        return f"no command in {line!r}" if words != ["--help"] else ""
    try:
        command.make_context(command.name, words)
    except Exception as exc:
        return f"{line!r}: {exc}"
    return ""


@pytest.mark.parametrize("page", REFERENCES, ids=named)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_a_section_with_all_its_flags(command: str, page: Path) -> None:
    described = section(read(page), command)
    assert described, f"no heading with `shujia {command}`"
    flags = [flag for parameter in COMMANDS[command].params for flag in parameter.opts if flag.startswith("-")]
    missing = [flag for flag in flags if not re.search(rf"`{flag}[` ]", described)]
    shared = {"-c"}  # described once, under the flags that several commands share
    assert [flag for flag in missing if flag not in shared] == []
    assert all(f"`{flag} " in read(page) for flag in shared)


@pytest.mark.parametrize("page", REFERENCES, ids=named)
def test_every_command_in_a_heading_exists(page: Path) -> None:
    headings = re.findall(r"^### (.+)$", read(page), re.MULTILINE)
    told = {words.strip() for heading in headings for words in re.findall(r"`shujia ([a-z -]+)", heading)}
    assert told == set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_flag_explains_itself(command: str) -> None:
    assert COMMANDS[command].help
    assert [parameter.name for parameter in COMMANDS[command].params if not parameter.help] == []


def written(value: object) -> str:
    """A default as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else f'"{value}"'


@pytest.mark.parametrize("page", REFERENCES, ids=named)
def test_every_setting_has_a_row_with_its_default_and_no_other_has(page: Path) -> None:
    rows = dict(re.findall(r"^\| `([a-z_]+)` \| ([^|]+?) \|", read(page).split("SHUJIA_CONFIG", 1)[1], re.MULTILINE))
    assert set(rows) == set(Settings.model_fields)
    defaults = Settings().model_dump(mode="json")
    for key in rows.keys() - MACHINE_DEPENDENT:
        assert rows[key] == f"`{written(defaults[key])}`", key


def test_shujia_toml_mentions_every_setting_with_its_default() -> None:
    lines = re.findall(r"^# ([a-z_]+ = .+)$", read(ROOT / "shujia.toml"), re.MULTILINE)
    told = tomllib.loads("\n".join(lines))
    assert set(told) == set(Settings.model_fields)
    defaults = Settings().model_dump(mode="json")
    assert {key: told[key] for key in told.keys() - MACHINE_DEPENDENT} == {
        key: defaults[key] for key in told.keys() - MACHINE_DEPENDENT
    }
    assert all(told[key].endswith(f"shujia/{key}") for key in ("library", "models"))


@pytest.mark.parametrize("page", REFERENCES, ids=named)
def test_the_reference_knows_variables_kinds_codes_and_fields(page: Path) -> None:
    text = read(page)
    codes = [kind.code for kind in vars(errors).values() if isinstance(kind, type) and kind is not errors.IngestError]
    types = (FileResult, Citation, Sentence, Chunk, DocumentCard, Failure)
    renamed = {"chunk_id": "chunk"}  # app.payloads
    names = [renamed.get(field.name, field.name) for kind in types for field in fields(kind)]
    words = {*_NOT_SETTINGS, "SHUJIA_LIBRARY", "SHUJIA_MODELS", "SHUJIA_OFFLINE", *codes, *names, *STATUSES, *Verdict}
    assert sorted(word for word in words if not re.search(rf"\b{word}\b", text)) == []
    told = re.search(r"`kind`(.+)", text.rsplit("\n## ", 1)[1], re.DOTALL)
    assert told is not None
    assert {kind for kind in re.findall(r"`([a-z]+)`", told[1]) if kind not in ("status", "inspect")} == set(MODULES)


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_example_is_a_command_that_would_be_accepted(page: Path) -> None:
    assert [reason for line in examples(read(page)) if (reason := refusal(line))] == []


def test_an_example_with_an_unknown_command_or_flag_would_be_noticed() -> None:
    assert refusal("shujia ingets folder")
    assert refusal("shujia search question --rerank")
    assert refusal("shujia search")
    assert not refusal("shujia --library x search 'a question' -k 5 --explain  # a comment")


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_to_a_file_and_its_heading_resolves(page: Path) -> None:
    broken = []
    for target in LINK.findall(FENCE.sub("", read(page))):
        if target.startswith(("http:", "https:")):
            continue
        path, _, anchor = unquote(target).partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(read(file))):
            broken.append(target)
    assert broken == []


def test_every_page_exists_in_both_languages_and_links_to_the_other() -> None:
    pages = {*(ROOT / "docs").glob("*.md"), *ROOT.glob("README*.md"), *ROOT.glob("CONTRIBUTING*.md")}
    for page in pages:
        if page.name in ENGLISH_ONLY:
            continue
        chinese = page.name.endswith(".zh.md")
        other = page.with_name(page.name.replace(".zh.md", ".md") if chinese else page.name.replace(".md", ".zh.md"))
        assert other in pages, f"{page.name} has no {other.name}"
        assert f"({other.name})" in "\n".join(read(page).splitlines()[:4]), page.name


def test_the_two_references_have_the_same_shape() -> None:
    english, chinese = (
        [len(re.findall(mark, read(page), re.MULTILINE)) for mark in (r"^#+ ", r"^\|", r"^```$")] for page in REFERENCES
    )
    assert english == chinese


def test_the_newest_version_of_the_changelog_is_that_of_the_package() -> None:
    versions = re.findall(r"^## \[(\d[^\]]*)\]", read(ROOT / "CHANGELOG.md"), re.MULTILINE)
    assert versions[0] == tomllib.loads(read(ROOT / "pyproject.toml"))["project"]["version"]


def test_every_runtime_dependency_is_accounted_for() -> None:
    project = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]
    needed = [
        re.split(r"[\[<>=]", line)[0] for line in (*project["dependencies"], *project["optional-dependencies"]["cpu"])
    ]
    told = re.findall(r"^\| ([a-z0-9-]+)[ |(]", read(ROOT / "docs" / "decisions.md"), re.MULTILINE)
    assert sorted(set(needed) - set(told)) == []
