"""Texts of like length together, so that little of a batch is padding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def batches(lengths: Sequence[int], budget: int) -> Iterator[list[int]]:
    """Indices of the texts in batches, longest first, each within ``budget`` tokens after padding (one text at least).

    Sorting over the whole input keeps texts of one length together, so little of a batch is padding.
    """
    batch: list[int] = []
    longest = 0
    for index in sorted(range(len(lengths)), key=lambda index: (-lengths[index], index)):
        if batch and (len(batch) + 1) * longest > budget:
            yield batch
            batch = []
        longest = longest if batch else max(1, lengths[index])
        batch.append(index)
    if batch:
        yield batch
