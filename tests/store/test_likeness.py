"""MinHash signatures: copies are found whatever their script, width or case, and other texts are not."""

from __future__ import annotations

import random

import pytest

from store.likeness import BANDS, PLACES, bands, likeness, signature

CHINESE = "审计日志保留三年，备份每天凌晨两点进行。恢复演练每季度一次，最近一次用了三十八分钟。" * 3


def words(count: int, seed: int) -> list[str]:
    generator = random.Random(seed)
    return [f"w{generator.randrange(10**6)}" for _ in range(count)]


def test_a_signature_is_the_same_on_every_machine():
    assert len(signature("一份文档")) == 4 * PLACES
    assert signature("the quick brown fox jumps").hex()[:32] == "37a6c4e36b2073c73b9bf4ea151766cb"


@pytest.mark.parametrize(
    "copy",
    [
        CHINESE.replace("審", "审"),
        "審計日誌保留三年，備份每天淩晨兩點進行。恢復演練每季度一次，最近一次用了三十八分鐘。" * 3,
        CHINESE.replace("，", " ,\n"),
    ],
)
def test_a_copy_in_another_script_or_with_other_punctuation_is_a_copy(copy):
    assert likeness(signature(CHINESE), signature(copy)) == 1.0


def test_the_share_of_equal_places_estimates_the_similarity():
    """1,000 and 1,000 words, 900 in common at one end: 896 of 1,096 shingles of five are in both, .82."""
    same, one, other = words(900, 1), words(100, 2), words(100, 3)
    first, second = signature(" ".join(same + one)), signature(" ".join(same + other))
    assert likeness(first, second) == pytest.approx(896 / 1096, abs=0.12)  # standard error sqrt(.82 * .18 / 128) = .034
    assert set(bands(first)) & set(bands(second))


def test_documents_on_other_things_share_no_band():
    kept = [signature(" ".join(words(400, seed))) for seed in range(40)]
    values = [value for each in kept for value in bands(each)]
    assert len(set(values)) == len(values) == 40 * BANDS
    assert all(-(2**63) <= value < 2**63 for value in values)


def test_a_document_without_a_word_is_like_no_other():
    assert signature(" — …\n") == b""
    assert bands(b"") == []
    assert likeness(b"", b"") == 0.0
    assert likeness(signature("一"), signature("二")) == 0.0
