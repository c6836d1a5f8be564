"""Every sentence that an error of this project can say, read from the source: f-strings as templates, values as {}."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("app", "eval", "generation", "ingest", "models", "retrieval", "store")
TO_PEOPLE = frozenset({"FileNotFoundError", "NotADirectoryError", "BadParameter", "error"})
"""Errors of Python and Typer that are raised for people; ``error`` is a class chosen among ours (models/fetch.py)."""
TO_PROGRAMS = frozenset({"ToolError", "Stopped"})
"""Errors of ours that no person reads in a face of Shujia; MCP's ToolError carries the sentence of another error."""
WRAPPED = frozenset(
    {"eval/cases.py", "eval/rows.py", "eval/tuning/abstention.py", "app/api/chat_request.py", "ingest/sandbox_child.py"}
)
"""Files whose ValueError, TypeError and PermissionError become part of a sentence for people."""
_BUILT_IN = frozenset({"ValueError", "TypeError", "PermissionError"})
_MESSAGE = {"ApiError": 2, "at": 2}  # which argument is the message, where it is not the first
_TESTING = frozenset({"models/fakes.py"})


def trees() -> dict[str, ast.Module]:
    """Every module of the rooms by its path."""
    found = (path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in found}


def error_classes(modules: dict[str, ast.Module]) -> frozenset[str]:
    """The names of the project's own exceptions that people meet, and of those of Python that are theirs too."""
    classes = [node for tree in modules.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    known = {"Exception", "ValueError", "StoreError"}
    for _ in range(4):  # a family has fewer generations
        known |= {one.name for one in classes if any(ast.unparse(base) in known for base in one.bases)}
    return frozenset(known - {"Exception", "ValueError"} - TO_PROGRAMS | TO_PEOPLE)


def raised(modules: dict[str, ast.Module]) -> Iterator[tuple[str, str]]:
    """Where, and the template of what is said, for every error that is made anywhere, raised or returned."""
    classes = error_classes(modules)
    for path, tree in modules.items():
        if path in _TESTING:
            continue
        for scope, call in _calls(tree):
            name = ast.unparse(call.func).rpartition(".")[2]
            place = _MESSAGE.get(name, 0)
            if name == "error" and not isinstance(call.func, ast.Name):  # of a log
                continue
            mine = name in classes or (name == "at" and "EvalInputError" in ast.unparse(call.func))
            if (mine or (name in _BUILT_IN and path in WRAPPED)) and len(call.args) > place:
                for template in _templates(call.args[place], scope):
                    yield f"{path}:{call.lineno}", template


def constants(modules: dict[str, ast.Module]) -> frozenset[str]:
    """Every text in the source, each f-string as its template and in its pieces."""
    found: set[str] = set()
    for tree in modules.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr | ast.Constant):
                found.update(_templates(node, None))
    return frozenset(found)


def _calls(tree: ast.Module) -> Iterator[tuple[ast.AST, ast.Call]]:
    """Every call with the function it stands in."""

    def walk(node: ast.AST, scope: ast.AST) -> Iterator[tuple[ast.AST, ast.Call]]:
        for child in ast.iter_child_nodes(node):
            inner = child if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else scope
            if isinstance(child, ast.Call):
                yield inner, child
            yield from walk(child, inner)

    return walk(tree, tree)


def _templates(node: ast.expr, scope: ast.AST | None) -> list[str]:
    """The texts that an expression can be; none where it is not written as text."""
    match node:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.JoinedStr(values=values):
            return ["".join(_piece(value, scope) for value in values)]
        case ast.IfExp():
            return [*_templates(node.body, scope), *_templates(node.orelse, scope)]
        case ast.BoolOp(values=values):
            return [text for value in values for text in _templates(value, scope)]
        case ast.Name(id=name) if scope is not None:
            return [text for value in _assigned(name, scope) for text in _templates(value, None)]
    return []


def _piece(value: ast.expr, scope: ast.AST | None) -> str:
    if isinstance(value, ast.Constant):
        return str(value.value)
    inner = value.value if isinstance(value, ast.FormattedValue) else None
    if isinstance(inner, ast.Name) and scope is not None:  # `where = f"{name} at {url}"`, said in several errors
        written = [one for one in _assigned(inner.id, scope) if isinstance(one, ast.JoinedStr)]
        if len(written) == 1 and len(_assigned(inner.id, scope)) == 1:
            return _templates(written[0], None)[0]
    return "{}"


def _assigned(name: str, scope: ast.AST) -> list[ast.expr]:
    return [
        node.value
        for node in ast.walk(scope)
        if isinstance(node, ast.Assign) and any(isinstance(one, ast.Name) and one.id == name for one in node.targets)
    ]
