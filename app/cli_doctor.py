"""The command that looks at everything Shujia stands on: doctor."""

from __future__ import annotations

from collections.abc import Callable

import typer

from app.console import JsonOption, LibraryOption, out, print_json, session, voice


def doctor(context: typer.Context, as_json: JsonOption = False, library: LibraryOption = None) -> None:
    """Look for what is wrong, and name the next step. Machine, models, endpoints and library are examined.

    Reads the weights whole; changes nothing but an older catalogue's schema. Exit code 0: nothing is bad; 1: something
    is.
    """
    from app.doctor import examine
    from app.doctor_words import mark

    settings = session(context).settings(library)
    language, console, findings = voice(settings).language, out(), []
    for one in examine(settings):
        findings.append(one)
        if not as_json:
            console.print(f"{mark(language, one.state):<4}  {one.name}: {one.sentence(language)}", markup=False)
            if one.step:
                console.print(f"      → {one.next_step(language)}", markup=False)
    if as_json:
        rows = [
            {"name": one.name, "state": one.state, "found": one.sentence(language), "next": one.next_step(language)}
            for one in findings
        ]
        print_json({"version": 1, "bad": sum(one.state == "bad" for one in findings), "findings": rows})
    if any(one.state == "bad" for one in findings):
        raise typer.Exit(1)


COMMANDS: dict[str, Callable[..., None]] = {"doctor": doctor}
