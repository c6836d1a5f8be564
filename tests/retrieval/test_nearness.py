from __future__ import annotations

import numpy as np
import pytest

from retrieval import nearness
from retrieval.nearness import with_neighbours


class Row:
    """Two documents: chunks 1 to 3 of 10, 30 and 20 tokens, and chunk 9 alone; unit vectors by their cosine."""

    cosines = {1: 0.2, 2: 0.9, 3: 0.6, 9: 0.85}  # noqa: RUF012
    tokens = {1: 10, 2: 30, 3: 20, 9: 40}  # noqa: RUF012
    gone: tuple[int, ...] = ()

    def beside(self, keys):
        near = [(key, other) for key in keys for other in (key - 1, key, key + 1) if other in self.tokens]
        return [(key, other, self.tokens[other]) for key, other in near]

    def vectors(self, keys):
        found = [key for key in keys if key not in self.gone]
        return np.array(found), np.array([[self.cosines[key], 0] for key in found], np.float32).reshape(-1, 2)


QUESTION = np.array([1, 0], np.float32)


def test_a_passage_takes_a_share_of_the_weighed_mean_of_itself_and_its_neighbours() -> None:
    # 2: (10 * .2 + 30 * .9 + 20 * .6) / 60 = .68333, so .7 * .9 + .3 * .68333 = .835; 3: (27 + 12) / 50 = .78, so .654
    found = with_neighbours(Row(), QUESTION, [(2, 0.9), (9, 0.85), (3, 0.6)], 0.3)
    assert [(hit.key, pytest.approx(hit.score, abs=1e-6)) for hit in found] == [(9, 0.85), (2, 0.835), (3, 0.654)]


def test_a_neighbour_that_was_deleted_meanwhile_counts_for_nothing() -> None:
    shelf = Row()
    shelf.gone = (1,)
    # (30 * .9 + 20 * .6) / 50 = .78, so .7 * .9 + .3 * .78 = .864
    assert with_neighbours(shelf, QUESTION, [(2, 0.9), (3, 0.6)])[0].score == pytest.approx(0.864)


def test_hits_behind_the_best_stay_behind_them_and_no_hits_are_none(monkeypatch) -> None:
    monkeypatch.setattr(nearness, "BEST", 1)
    found = with_neighbours(Row(), QUESTION, [(2, 0.9), (9, 0.85), (3, 0.6)], 0.3)
    assert [(hit.key, pytest.approx(hit.score, abs=1e-6)) for hit in found] == [(2, 0.835), (9, 0.835), (3, 0.6)]
    assert with_neighbours(Row(), QUESTION, []) == ()
