"""`why-not` and `search --explain` on the command line."""

from __future__ import annotations

import string
from typing import Any

import pytest

from app.why_words import WHY_WORDS


@pytest.fixture
def filled(cli) -> Any:
    cli("ingest", "书")
    return cli


def test_a_passage_in_the_context_is_said_to_be_there(filled) -> None:
    told = filled("why-not", "三十日内付款吗？", "--document", "合同.txt", "--text", "甲方應當在三十日內付款").output
    assert "The search did not lose it: it is number 1 of" in told
    assert "dense  rank 1 of 2" in told
    payload = filled.json("why-not", "三十日内付款吗？", "--document", "合同.txt")
    assert (payload["stage"], payload["context"]["place"]) == (None, 1)
    assert {one["name"] for one in payload["stages"]} >= {"dense", "keyword", "fused"}
    assert payload["matched"][0]["terms"][0].keys() == {"term", "idf", "count", "score"}


def test_a_document_or_words_that_are_not_there_are_told_with_what_comes_near(filled) -> None:
    told = filled("why-not", "付款", "--document", "harbor.md").output
    assert "Not in the library: the collection holds no document “harbor.md”." in told
    assert "Did you mean: harbour.md" in told
    told = filled("why-not", "付款", "--document", "harbour.md", "--text", "the harbour sleeps in summer nights").output
    assert "these words are not in the text" in told
    assert "What comes nearest" in told
    payload = filled.json("why-not", "付款", "--document", "harbour.md", "--text", "港口在夏天从不结冰也不融化吧")
    assert (payload["stage"], payload["trouble"]) == ("parsing", "absent")


def test_a_file_that_failed_is_told_with_its_reason(filled) -> None:
    (filled.folder / "书" / "坏.pdf").write_bytes(b"%PDF-1.7\nthis goes nowhere")
    filled("ingest", "书", code=1)
    payload = filled.json("why-not", "付款", "--document", "坏.pdf")
    assert (payload["stage"], payload["trouble"]) == ("parsing", "failed")
    assert payload["failures"][0]["reason"] in filled("why-not", "付款", "--document", "坏.pdf").output


def test_a_document_in_another_collection_is_found_there(filled) -> None:
    (filled.folder / "别处").mkdir()
    (filled.folder / "别处" / "章程.txt").write_text("会员每年开一次大会。", encoding="utf-8")
    filled("ingest", "别处", "--collection", "章程集")
    assert "It is in the collection “章程集”." in filled("why-not", "大会", "--document", "章程.txt").output


def test_a_filter_that_shut_it_out_is_named_with_the_remedy(filled) -> None:
    told = filled("why-not", "三十日内付款", "--document", "合同.txt", "--type", "md").output
    assert "Filter: the search was narrowed" in told
    assert "without the filter on kinds (number 1)" in told


@pytest.mark.parametrize(
    "arguments",
    [
        ("why-not", "付款"),
        ("why-not", "？", "--document", "合同.txt"),
        ("why-not", "付款", "--document", "合同.txt", "--page", "3"),
        ("why-not", "付款", "--document", "合同.txt", "-k", "0"),
        ("why-not", "付款", "--document", "合同.txt", "--collection", "没有"),
    ],
)
def test_a_mistake_in_the_command_ends_with_2(filled, arguments: tuple[str, ...]) -> None:
    filled(*arguments, code=2)


def test_a_name_of_two_documents_ends_with_2_and_names_both(filled, capsys) -> None:
    (filled.folder / "书" / "旧").mkdir()
    (filled.folder / "书" / "旧" / "合同.txt").write_text("旧的合同。", encoding="utf-8")
    filled("ingest", "书")
    filled("why-not", "付款", "--document", "合同.txt", code=2)
    told = capsys.readouterr().err
    assert "'合同.txt' names 2 documents: " in told
    assert "书/合同.txt, " in told
    assert "旧/合同.txt" in told


def test_explain_adds_to_the_hits_and_leaves_the_contract(filled) -> None:
    plain, explained = (filled.json("search", "三十日內付款 banana", *more) for more in ((), ("--explain",)))
    assert all("explain" not in hit for hit in plain["hits"])
    hit = explained["hits"][0]
    assert {**hit, "explain": None} == {**plain["hits"][0], "explain": None}
    assert sum(one["score"] for one in hit["explain"]["matched"]) == pytest.approx(hit["stages"]["keyword"]["score"])
    assert sum(hit["explain"]["shares"].values()) == pytest.approx(hit["stages"]["fused"]["score"])
    assert {"word": "banana", "passages": 0}.items() <= next(
        one for one in hit["explain"]["missing"] if one["word"] == "banana"
    ).items()
    told = filled("search", "三十日內付款 banana", "--explain").output
    assert "三十日內付款 (weight" in told
    assert "banana (stands nowhere)" in told
    assert "fused score" in told


@pytest.mark.parametrize("key", WHY_WORDS)
def test_both_languages_say_the_same_with_the_same_values(key: str) -> None:
    fields = [{name for _, name, _, _ in string.Formatter().parse(text) if name} for text in WHY_WORDS[key]]
    chinese, english = WHY_WORDS[key]
    assert fields[0] == fields[1]
    assert not any("\u4e00" <= each <= "\u9fff" for each in english)
    assert chinese


def test_an_explanation_is_in_one_language_and_a_document_without_a_name_is_refused(filled, monkeypatch) -> None:
    assert "--document is empty" in filled("why-not", "付款", "--document", " ", code=2).output
    monkeypatch.setenv("SHUJIA_LANGUAGE", "zh")
    told = filled("search", "三十日内付款吗？", "-k", "1", "--explain").output
    assert "语义检索 #1" in told
    assert "段落" in told
    assert "1 条" in told
    assert "hits" not in told
    assert "fused #" not in told
