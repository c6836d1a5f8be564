from __future__ import annotations

from datetime import datetime

import pytest
import typer

from app.filter_flags import day, filters_of


def test_a_day_begins_at_midnight_here() -> None:
    found = day("--since", "2026-05-31")
    assert found is not None
    assert found.timestamp() == datetime(2026, 5, 31).timestamp()
    assert day("--since", None) is None


@pytest.mark.parametrize("text", ["31.5.2026", "2026-13-01", "gestern", "", "2026-05-31T10:00"])
def test_what_is_no_day_is_named(text) -> None:
    with pytest.raises(typer.BadParameter, match="write a day as 2026-05-31"):
        day("--until", text)


def test_until_holds_its_whole_day_and_folders_their_names(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "合同").mkdir()
    day = "2026-05-31"
    given = {"type": [".PDF"], "language": ["ZH"], "under": ["合同", "档案/2024"], "since": day, "until": day}
    found = filters_of(None, None, given)  # type: ignore[arg-type]
    assert (found.kinds, found.languages) == (("pdf",), ("zh",))
    assert found.folders == (str((tmp_path / "合同").resolve()), "档案/2024")
    assert (found.since, found.until) == (datetime(2026, 5, 31).timestamp(), datetime(2026, 6, 1).timestamp())


def test_days_in_the_wrong_order_and_empty_values_are_refused() -> None:
    with pytest.raises(typer.BadParameter, match="swap them"):
        filters_of(None, None, {"since": "2026-06-01", "until": "2026-05-31"})  # type: ignore[arg-type]
    for name in ("heading", "under", "document", "type", "language"):
        with pytest.raises(typer.BadParameter, match="is empty"):
            filters_of(None, None, {name: [" "]})  # type: ignore[arg-type]
