"""A sentence laid beside its source: what stands in another's place is found, though the passage may hold both."""

import pytest

from generation.alignment import align, words
from generation.evidence import prepare
from generation.opposites import opposite
from generation.support import check, claim_of, probability

MATCH = (
    "In the final of 2019, Osaka beat Kvitova in three sets. The prize was 4 million dollars. "
    "Wozniacki had won in 2018."
)
DEAL = "青禾公司在2019年收购了蓝海集团，成交价为3.5亿元。蓝海集团此前由王磊创立，总部位于深圳。2018年青禾公司上市。"


def judged(sentence, passage, context_of):
    (evidence,) = (prepare(p) for p in context_of("", passage).passages)
    return check(claim_of(sentence), [evidence])


@pytest.mark.parametrize(
    "sentence",
    [
        "In the final of 2019, Kvitova beat Osaka in three sets.",
        "In the final of 2018, Osaka beat Kvitova in three sets.",
        "In the final of 2019, Osaka beat Wozniacki in three sets.",
        "In the final of 2019, Osaka did not beat Kvitova in three sets.",
        "In the final of 2019, Osaka lost to Kvitova in three sets.",
    ],
)
def test_the_passages_own_words_in_a_wrong_place_are_no_support_english(sentence, context_of):
    assert not judged(sentence, MATCH, context_of).passed


@pytest.mark.parametrize(
    "sentence",
    [
        "蓝海集团在2019年收购了青禾公司，成交价为3.5亿元。",
        "青禾公司在2018年收购了蓝海集团，成交价为3.5亿元。",
        "王磊在2019年收购了蓝海集团，成交价为3.5亿元。",
        "青禾公司在2019年没有收购蓝海集团，成交价为3.5亿元。",
        "青禾公司在2019年出售了蓝海集团，成交价为3.5亿元。",
    ],
)
def test_the_passages_own_words_in_a_wrong_place_are_no_support_chinese(sentence, context_of):
    assert not judged(sentence, DEAL, context_of).passed


@pytest.mark.parametrize(
    ("sentence", "passage"),
    [
        ("In the final of 2019, Osaka beat Kvitova in three sets.", MATCH),
        ("Osaka beat Kvitova in the 2019 final, in 3 sets.", MATCH),
        ("青禾公司在2019年收购了蓝海集团，成交价为3.5亿元。", DEAL),
        ("青禾公司於2019年收購藍海集團，成交價為3.5億元。", DEAL),
        ("2019年，青禾公司以3.5亿元收购蓝海集团。", DEAL),
    ],
)
def test_what_the_passage_says_stays_supported(sentence, passage, context_of):
    found = judged(sentence, passage, context_of)
    assert found.passed, found.reasons
    assert found.support > 0.5


def test_numbers_are_compared_by_value_and_words_by_stem():
    assert [w.key for w in words("Twelve dogs, 1,200 cats")] == ["#12", "dog", "#1200", "cat"]
    assert words("一百二十")[0].key == "#120"


def test_the_share_counts_the_words_that_stand_in_the_same_order(context_of):
    """Four of five words: "Osaka beat Kvitova … sets"."""
    (evidence,) = (prepare(p) for p in context_of("", MATCH).passages)
    sentence = "Osaka beat Kvitova yesterday sets"
    found = align(sentence, claim_of(sentence).words, evidence)
    assert found is not None
    assert found.share == 4 / 5


def test_opposites_are_whole_words():
    assert opposite("increased", "decreased") == "decreased"
    assert opposite("增加", "减少") == "减少"
    assert opposite("outer", "out") is None
    assert opposite("more", "more") is None


def test_an_objection_takes_the_probability_down():
    assert probability(1.0, objected=False) > 0.9 > 0.1 > probability(1.0, objected=True)
