from __future__ import annotations

import json
from pathlib import Path

import pytest

from eval.flywheel.training import Triplet, mine_feedback, mine_rows, write_triplets
from eval.types import Ranked, Record, Row
from store.feedback_rows import Cited, Feedback, Quoted, Retrieved

RIGHT = "保险柜的密码每季度更换一次，由信息安全委员会负责。"
PASSAGES = (
    RIGHT,
    "访客证在前台领取，离开时必须交还。",
    "The canteen opens at half past eleven on working days.",
    "保险柜的密码，每季度更换一次，由信息安全委员会负责",  # the same words, other punctuation
)
QUESTION = "保险柜的密码多久换一次？"


@pytest.fixture
def shelf(library):
    """A document of four paragraphs, and the passages as a search would give them."""
    document = library.put("规定.txt", *PASSAGES)
    chunks = library.shelf.read.chunks(document.id)
    places = tuple(Retrieved(c.id, document.id, c.start, c.end, 1 / (n + 1)) for n, c in enumerate(chunks))
    return library.shelf.read, document, places


def said(shelf, **values) -> Feedback:
    _, document, places = shelf
    cited = (Cited(document.id, 0, 12, document.text[:12], "supported"),)
    base = {"id": "a", "question": QUESTION, "answer": "…", "abstained": False, "model": "m", "rating": "up"}
    return Feedback(**{**base, "retrieved": places, "citations": cited, **values})


def test_what_a_good_answer_cited_is_the_positive_and_the_rest_are_negatives(shelf) -> None:
    mined = mine_feedback([said(shelf)], shelf[0])
    assert mined.triplets == (Triplet(QUESTION, RIGHT, PASSAGES[1]), Triplet(QUESTION, RIGHT, PASSAGES[2]))
    assert mined.dropped == {"holds the gold words": 1, "holds the gold span": 1}


def test_the_passage_that_a_reader_named_is_the_positive_of_a_bad_answer(shelf) -> None:
    _, document, places = shelf
    named = Quoted(document.id, places[1].start, places[1].end, PASSAGES[1])
    mined = mine_feedback([said(shelf, rating="down", reason="citation", corrected=named)], shelf[0])
    assert {triplet.positive for triplet in mined.triplets} == {PASSAGES[1]}
    assert [triplet.negative for triplet in mined.triplets] == [PASSAGES[0], PASSAGES[2]]
    assert mined.dropped["repeats another negative"] == 1


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"rating": "down", "reason": "wrong"}, "no positive: thumb down that names no passage"),
        ({"state": "rejected"}, "rejected in the review"),
        ({"abstained": True}, "no positive: the documents do not answer it"),
        ({"state": "accepted", "gold": ()}, "no positive: the documents do not answer it"),
    ],
)
def test_feedback_that_names_no_positive_is_counted_with_its_reason(shelf, values, reason) -> None:
    mined = mine_feedback([said(shelf, **values)], shelf[0])
    assert mined.triplets == ()
    assert mined.dropped == {reason: 1}


def test_the_review_overrules_the_reader(shelf) -> None:
    _, document, places = shelf
    gold = (Quoted(document.id, places[2].start, places[2].end, PASSAGES[2]),)
    mined = mine_feedback([said(shelf, state="edited", gold=gold)], shelf[0])
    assert {triplet.positive for triplet in mined.triplets} == {PASSAGES[2]}


def test_the_most_negatives_are_the_highest_ranked_ones(shelf) -> None:
    mined = mine_feedback([said(shelf)], shelf[0], most=1)
    assert [triplet.negative for triplet in mined.triplets] == [PASSAGES[1]]
    assert mined.dropped["beyond the most negatives of a question"] == 1


def test_the_same_feedback_twice_gives_its_triplets_once(shelf) -> None:
    assert len(mine_feedback([said(shelf), said(shelf, id="b")], shelf[0]).triplets) == 2


def row(**values) -> Row:
    ranking = tuple(Ranked(document, 1.0 / place) for place, document in enumerate("bdac", start=1))
    base = {"question": "q1", "mode": "hybrid", "text": QUESTION, "direction": "zh→zh", "measures": {}}
    return Row(**{**base, "ranking": ranking, **values})


CORPUS = [
    Record("a", "规定", RIGHT),
    Record("b", "", PASSAGES[1]),
    Record("c", "", PASSAGES[2]),
    Record("d", "规定（副本）", PASSAGES[3]),
]


def test_ranked_documents_that_nobody_judged_relevant_are_the_negatives_of_a_judged_question() -> None:
    mined = mine_rows([row(), row(mode="dense")], {"q1": {"a": 2, "c": 0}}, CORPUS)
    assert [triplet.negative for triplet in mined.triplets] == [PASSAGES[1], PASSAGES[2]]
    assert {triplet.positive for triplet in mined.triplets} == {f"规定\n{RIGHT}"}
    assert mined.dropped == {"near duplicate of the positive": 1}


def test_questions_without_a_positive_and_failed_ones_are_counted() -> None:
    rows = [row(), row(failed="timeout"), row(question="q2")]
    mined = mine_rows(rows, {"q1": {"a": 0}}, CORPUS)
    assert mined.triplets == ()
    assert mined.dropped == {"failed question": 1, "no positive: nothing judged relevant": 2}


def test_the_file_has_the_columns_of_sentence_transformers_in_their_order(shelf, tmp_path: Path) -> None:
    write_triplets(tmp_path / "训练" / "pairs.jsonl", mine_feedback([said(shelf)], shelf[0]).triplets)
    lines = (tmp_path / "训练" / "pairs.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    rows = [json.loads(line) for line in lines]
    assert len(rows) == 2
    for each in rows:
        assert list(each) == ["anchor", "positive", "negative"]
        assert all(isinstance(text, str) and text.strip() for text in each.values())
        assert len(set(each.values())) == 3
    assert "保险柜" in lines[0], "Chinese as it is"


def test_a_line_is_what_the_trainer_takes_for_an_example(shelf, tmp_path: Path) -> None:
    """InputExample holds the texts by place; the newer trainer's columns go by order too."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch's and transformers' own at import
        from sentence_transformers import InputExample
    write_triplets(tmp_path / "pairs.jsonl", mine_feedback([said(shelf)], shelf[0]).triplets)
    first = json.loads((tmp_path / "pairs.jsonl").read_text(encoding="utf-8").split("\n")[0])
    assert InputExample(texts=list(first.values())).texts == [QUESTION, RIGHT, PASSAGES[1]]
