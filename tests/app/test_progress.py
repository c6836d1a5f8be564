from __future__ import annotations

from app.console import bars_of
from app.progress import Show
from ingest.pipeline import FileResult


def say(key: str, **values: object) -> str:
    return key


def shown(total: int, *results: FileResult) -> tuple[float, float]:
    show = Show(say, total, quiet=True)  # type: ignore[arg-type]
    for result in results:
        show(result)
    task = show.bars.tasks[0]
    return task.completed, task.total or 0.0


def test_files_found_inside_an_archive_are_more_files_than_was_known() -> None:
    """One file was given, two were found in it: three of three."""
    inner = [FileResult(f"/x/书.zip!/{name}.txt", "ingested", seconds=0.1) for name in "甲乙"]
    assert shown(1, *inner, FileResult("/x/书.zip", "ingested", seconds=0.2)) == (3, 3)
    assert shown(2, inner[0]) == (1, 3)


def test_what_a_sync_moves_with_its_archive_was_in_its_count() -> None:
    moved = [FileResult("/x/b.zip", "moved"), FileResult("/x/b.zip!/甲.txt", "moved")]
    assert shown(2, *moved) == (2, 2)


def test_a_name_of_a_bar_is_shown_as_it_is_written() -> None:
    """``:100:`` is the name of an emoji and ``[甲]`` could be a style."""
    bars = bars_of(quiet=True)
    bars.add_task("recursive-1:100: documents [甲]", total=None)
    label = bars.columns[0]
    assert not isinstance(label, str)
    assert str(label(bars.tasks[0])) == "recursive-1:100: documents [甲]"
