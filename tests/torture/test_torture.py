"""The torture harness, short: a blow of every kind. `make torture` runs it for as long as one likes."""

from __future__ import annotations

import random
from itertools import islice

import pytest

from bench.torture.child import STEPS
from bench.torture.damage import damages
from bench.torture.kills import REFUSALS, Kills
from bench.torture.operations import lives

SEED = 4


@pytest.fixture(scope="module")
def kills(tmp_path_factory) -> Kills:
    return Kills(tmp_path_factory.mktemp("torture"), 8)


def wrong(outcomes, count: int) -> list[tuple[str, str]]:
    return [(one.where, one.wrong) for one in islice(outcomes, count) if one.wrong]


def test_an_ingest_comes_to_every_named_step(kills) -> None:
    assert set(kills.reached) == set(STEPS)
    assert kills.unreached() == []


def test_mixed_operations_agree_with_the_model(tmp_path) -> None:
    assert wrong(lives(tmp_path / "lives", random.Random(SEED)), 100) == []


def test_damaged_bytes_never_give_another_answer(kills) -> None:
    assert wrong(damages(kills.work / "whole", kills.work, random.Random(SEED)), 25) == []


@pytest.mark.parametrize("refusal", ["", REFUSALS[0]])
def test_a_blow_at_a_named_step_changes_nothing_in_the_end(kills, refusal: str) -> None:
    assert wrong(kills.named(random.Random(SEED), (refusal,)), 2) == []


def test_kills_at_random_moments_lose_nothing(kills) -> None:
    assert wrong(kills.random_kills(random.Random(SEED)), 4) == []
