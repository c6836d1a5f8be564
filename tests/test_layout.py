"""The flat layout's guard rails: our names are ours, files are short, imports are light, nothing unsafe is loaded."""

from __future__ import annotations

import ast
import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("app", "eval", "generation", "ingest", "models", "retrieval", "store")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
EVERY_FILE = sorted(
    path
    for folder in (*PACKAGES, "tests", "bench", "examples", "docs")
    for path in (ROOT / folder).rglob("*.py")
    if not any(part.startswith(".") for part in path.relative_to(ROOT).parts)
)


@pytest.mark.parametrize("name", PACKAGES)
def test_the_package_name_resolves_to_this_repository(name: str) -> None:
    module = importlib.import_module(name)
    assert Path(str(module.__file__)) == ROOT / name / "__init__.py"


def test_eval_is_only_imported_by_names_from_its_modules() -> None:
    """``import eval`` would hide the builtin for the rest of the file."""
    guilty = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in EVERY_FILE
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Import) and any(a.asname is None and a.name.split(".")[0] == "eval" for a in node.names)
    ]
    assert guilty == []


def test_tests_are_no_packages() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_no_module_of_the_app_shadows_a_top_level_package() -> None:
    """Streamlit puts the folder of the entry page first on the path."""
    taken = {*PACKAGES, "tests", "bench", "examples", "streamlit", "typer", "app"} | set(sys.stdlib_module_names)
    assert {path.stem for path in (ROOT / "app").glob("*.py")} & taken == set()


def test_no_file_has_more_than_300_lines() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in EVERY_FILE}
    assert {name: length for name, length in lengths.items() if length > 300} == {}


def test_no_source_loads_what_can_run_code() -> None:
    modules = "pickle|cPickle|dill|joblib|marshal|shelve|cloudpickle"
    unsafe = re.compile(
        rf"^\s*(import|from) ({modules})\b|\byaml\.(unsafe_)?load\(|trust_remote_code\s*=\s*True|allow_dangerous"
        r"|allow_pickle\s*=\s*True|\btorch\.load\((?!.*weights_only=True)",
        re.MULTILINE,
    )
    found = {str(path.relative_to(ROOT)): unsafe.findall(path.read_text(encoding="utf-8")) for path in SOURCES}
    assert {name: hits for name, hits in found.items() if hits} == {}


@pytest.mark.parametrize(
    "statement", ["import store.types", "import app.cli", "import retrieval.search", "import ingest.pipeline"]
)
def test_the_import_is_light(statement: str) -> None:
    heavy = ("torch", "faiss", "unstructured", "streamlit", "sentence_transformers", "tantivy", "rjieba", "xllamacpp")
    script = f"import sys; {statement}; sys.exit(' '.join(n for n in {heavy!r} if n in sys.modules) or 0)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
