"""`shujia sync`: the library follows a folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.console import (
    CollectionOption,
    JsonOption,
    LibraryOption,
    Voice,
    WorkersOption,
    err,
    out,
    print_json,
    session,
    voice,
)

if TYPE_CHECKING:
    from app.wiring import Library
    from ingest.folder import Listing
    from ingest.pipeline import FileResult
    from ingest.sync import Plan


def sync(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="The folder that the collection follows.", show_default=False)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would be done.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Go on, and follow every change until Ctrl-C.")] = False,
    interval: Annotated[float, typer.Option(min=0.1, help="With --watch: seconds between two looks.")] = 2.0,
    exclude: Annotated[list[str] | None, typer.Option(help="Files to leave out, as in .gitignore; repeatable.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Remove without asking, even more than half.")] = False,
    retry: Annotated[bool, typer.Option("--retry", help="Read files again that failed before.")] = False,
    workers: WorkersOption = None,
    collection: CollectionOption = None,
    as_json: JsonOption = False,
    library: LibraryOption = None,
) -> None:
    """Make a collection follow a folder. What is new, changed, moved or deleted there becomes so here.

    Example: shujia sync ~/Documents/handbooks --collection handbooks --watch

    Exit code 0: they agree; 1: some files failed or removals were withheld; 2: a mistake in the command.
    """
    if watch and (as_json or dry_run):
        raise typer.BadParameter("--watch goes on until Ctrl-C: it takes neither --json nor --dry-run")
    with session(context).open(library) as opened:
        follower = _Follower(opened, folder, tuple(exclude or ()), collection, voice(opened.settings))
        follower.yes, follower.retry, follower.workers, follower.quiet = yes, retry, workers, as_json
        if watch:
            follower.watch(interval)
            return
        began = time.perf_counter()
        results = follower.preview() if dry_run else follower.sync(follower.look())
        seconds = time.perf_counter() - began
    told = _totals(results, follower, seconds)
    if as_json:
        from dataclasses import asdict

        told_documents = [asdict(result) for result in results]
        print_json({"version": 1, "folder": str(folder), "dry_run": dry_run, "documents": told_documents, **told})
    else:
        out().print(follower.say("sync_dry_totals" if dry_run else "sync_totals", **told["totals"]), markup=False)
    if told["totals"]["failed"] or follower.withheld:
        raise typer.Exit(1)


class _Follower:
    """One folder and one collection."""

    def __init__(
        self, library: Library, folder: Path, exclude: tuple[str, ...], collection: str | None, say: Voice
    ) -> None:
        self.library, self.folder, self.exclude, self.say = library, folder, exclude, say
        self.collection = collection or library.settings.collection
        self.yes = self.retry = self.quiet = False
        self.workers: int | None = None
        self.withheld = self.unchanged = 0

    def look(self) -> Listing:
        """The folder as it stands."""
        from ingest.folder import list_folder

        return list_folder(self.folder, self.exclude)

    def preview(self) -> list[FileResult]:
        """What a sync would do."""
        from ingest.sync import preview
        from store.errors import UnknownCollection

        try:
            read = self.library.shelf(self.collection).read
            sources, failures = read.sources(), read.failures()
        except UnknownCollection:
            sources, failures = {}, {}
        plan = self._plan(self.look())
        results = list(preview(plan, sources, failures, retry=self.retry))
        self._show(results)
        if plan.gone and plan.empties and not self.yes:
            err().print(f"! {self._emptied(plan)} {self.say('sync_withheld')}", markup=False)
        return results

    def sync(self, listing: Listing) -> list[FileResult]:
        """Do it, and tell each file that changed."""
        from app.progress import live
        from app.wiring_ingest import open_ingestion
        from ingest import sync

        plan = self._plan(listing)
        if plan.idle and not plan.closed:
            return []
        remove = not plan.gone or self._may_remove(plan)
        self.withheld = 0 if remove else len(plan.gone)
        total = sum(map(len, (plan.ingest, plan.waiting, plan.moves, plan.gone, plan.closed)))
        results = []
        with (
            live(self.say, total, quiet=self.quiet) as show,
            open_ingestion(self.library, self.collection, workers=self.workers, watch=show.embedding) as ingestion,
        ):
            for result in sync.run(plan, ingestion, remove=remove, retry=self.retry):
                show(result)
                results.append(result)
        return results

    def watch(self, seconds: float) -> None:
        """Sync whenever the folder changes, until Ctrl-C."""
        from ingest.watch import Watch

        def changed(listing: Listing) -> bool:
            results = self.sync(listing)
            if results:
                out().print(self.say("sync_totals", **_totals(results, self, 0.0)["totals"]), markup=False)
            return any(result.status == "waiting" for result in results)

        self.look()  # a folder that is not there is a mistake now, later it is waited for
        err().print(self.say("watching", folder=self.folder), markup=False)

        def refused(error: Exception) -> None:
            err().print(f"! {self.say.told(str(error))}", markup=False)

        try:
            Watch(self.look, changed, seconds, refused=refused).run()
        except KeyboardInterrupt:
            err().print(self.say("watch_ended"), markup=False)

    def _plan(self, listing: Listing) -> Plan:
        from app.wiring_ingest import limits_of
        from ingest.sync import plan
        from store.errors import UnknownCollection

        try:
            read = self.library.shelf(self.collection).read
            known, failed = read.sources(), read.failures()
        except UnknownCollection:
            known, failed = {}, {}
        most = limits_of(self.library).file_bytes
        made = plan(listing, known, failed, most_bytes=most, now=time.time())
        self.unchanged = made.unchanged
        return made

    def _may_remove(self, plan: Plan) -> bool:
        """Whether what is gone may leave the library; asked where it is more than half."""
        if self.yes or not plan.empties:
            return True
        import sys

        told = self._emptied(plan)
        if self.quiet or not sys.stdin.isatty():
            err().print(f"! {told} {self.say('sync_withheld')}", markup=False)
            return False
        return typer.confirm(f"{told} {self.say('sync_confirm')}", err=True)

    def _emptied(self, plan: Plan) -> str:
        return self.say("sync_empties", gone=len(plan.gone), held=plan.held, folder=self.folder)

    def _show(self, results: list[FileResult]) -> None:
        from app.progress import line

        if not self.quiet:
            for result in results:
                err().print(line(result, self.say), markup=False)


def _totals(results: list[FileResult], follower: _Follower, seconds: float) -> dict[str, dict[str, float]]:
    from collections import Counter

    counted = Counter(result.status for result in results)
    names = ("ingested", "replaced", "moved", "removed", "waiting", "skipped", "failed")
    totals: dict[str, float] = {name: counted[name] for name in names}
    totals["unchanged"] = follower.unchanged + counted["unchanged"]
    totals["withheld"] = follower.withheld
    return {"totals": totals | {"seconds": round(seconds, 3)}}


COMMANDS: dict[str, Callable[..., None]] = {"sync": sync}
