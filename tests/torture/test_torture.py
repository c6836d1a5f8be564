"""The torture harness, short: some blows of every kind. `make torture` deals out all of them."""

from __future__ import annotations

import shutil

import pytest

from bench.torture.__main__ import PARTS, Done, Outcome, shared, table
from bench.torture.part import run_part

SEED = 4


def blows(tmp_path, name: str, **options: int) -> list[Outcome]:
    """The outcomes of a part that must not go wrong."""
    outcomes = list(run_part(name, tmp_path / "work", SEED, **options))
    assert [(one.where, one.wrong) for one in outcomes if one.wrong] == []
    return outcomes


def test_kills_at_random_moments_lose_nothing_and_every_named_step_is_reached(tmp_path) -> None:
    # the undisturbed run, the steps it reached, four blows, the completed library
    assert len(blows(tmp_path, "kills", blows=4, documents=12)) == 7


def test_a_kill_at_a_named_step_changes_nothing_in_the_end(tmp_path) -> None:
    assert len(blows(tmp_path, "named", documents=12, most=3)) == 3


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler to build the disk that refuses")
def test_a_refused_write_fsync_or_rename_leaves_a_library_that_opens_and_goes_on(tmp_path) -> None:
    outcomes = blows(tmp_path, "refusals", step=150)
    assert sum("nothing met beyond" in one.where for one in outcomes) == 2  # EIO and ENOSPC, each to its end
    assert len(outcomes) > 4


def test_mixed_operations_agree_with_the_model(tmp_path) -> None:
    assert len(blows(tmp_path, "lives", blows=50)) == 50


def test_damaged_bytes_are_noticed_and_never_give_another_answer(tmp_path) -> None:
    assert len(blows(tmp_path, "damages", blows=12)) == 12


def test_uploaders_in_two_processes_make_the_library_of_one_run(tmp_path) -> None:
    assert len(blows(tmp_path, "uploaders", rounds=1, documents=12)) == 1


def test_every_injected_inconsistency_is_found_and_what_can_be_brought_back_is(tmp_path) -> None:
    assert len(blows(tmp_path, "breakages", blows=8)) == 8


def test_nothing_is_found_of_a_deleted_document_also_after_a_kill(tmp_path) -> None:
    assert len(blows(tmp_path, "deletions", blows=3)) == 3


def test_questions_go_on_while_generations_take_turns(tmp_path) -> None:
    assert len(blows(tmp_path, "traffic", documents=4, switches=1)) == 2


def test_poison_is_told_apart_and_the_good_files_come_in(tmp_path) -> None:
    # a segmentation fault, an abort and a silent exit; hangs wait for `make torture`
    outcomes = list(run_part("poison", tmp_path / "work", SEED, good_files=4, bad_files=3, hangs=0))
    assert [(one.where, one.wrong) for one in outcomes if one.wrong] == []


def test_a_share_deals_out_fewer_blows_and_larger_steps() -> None:
    assert shared({"blows": 500, "documents": 60}, 0.1) == {"blows": 50, "documents": 60}
    assert shared({"step": 1}, 0.1) == {"step": 10}


def test_the_table_counts_what_went_wrong() -> None:
    done = {PARTS[0]: Done(7, (Outcome("there", "broken"),), ("x",), 3.2)}
    assert table(done)[-1] == "| C | mixed operations against a model | 7 | 1 | 3 |  |"
