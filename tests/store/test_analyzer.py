from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.analyzer import analyze, fold
from store.keyword_index import KeywordIndex

SCRIPTS = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from("檢索检索資料庫GB/T5972－Ａ１２，。 \u3000\u00a0\u2028\t\n'’_-+#.:&ßİŒﬁ①㎏"),
    ),
    max_size=80,
)


@pytest.mark.parametrize("name", ["GB/T5972", "GPT-4o", "C++", "F#", "R&D", "node.js", "HTTP/2", "第3章ISO-9001"])
def test_an_identifier_stays_whole(name: str) -> None:
    wanted = name.lower().removeprefix("第3章")
    assert wanted in analyze(f"按照 {name} 的规定")


def test_a_part_finds_the_identifier() -> None:
    assert set(analyze("T5972")) & set(analyze("符合GB/T5972标准"))
    assert "t5972" in analyze("GB/T5972")
    assert set(analyze("5972")) & set(analyze("GB/T5972"))


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [("資料庫檢索", "资料库检索"), ("臺灣的軟體", "台湾的软体"), ("後台與裡面", "后台与里面")],
)
def test_traditional_and_simplified_give_the_same_terms(traditional: str, simplified: str) -> None:
    assert analyze(traditional) == analyze(simplified)


@pytest.mark.parametrize(
    ("full", "half"), [("ＧＰＴ－４ｏ", "GPT-4o"), ("２０２４年", "2024年"), ("Ｃ＋＋", "C++"), ("１，０００", "1,000")]
)
def test_full_width_and_half_width_give_the_same_terms(full: str, half: str) -> None:
    assert analyze(full) == analyze(half)


@pytest.mark.parametrize("plural", ["GPUs", "gpus", "ＧＰＵｓ", "所有GPUs都", "GPU’s"])
def test_the_plural_of_an_abbreviation_finds_it(plural: str) -> None:
    assert "gpu" in analyze(plural)
    assert analyze("the MCUs") == analyze("MCU")
    assert analyze("status STATUS bus") == ["status", "status", "bus"]


def test_english_words_are_stemmed_and_function_words_dropped() -> None:
    assert analyze("The retrievers are retrieving it") == ["retriev", "retriev"]
    assert analyze("the vendor's libraries") == analyze("vendor library")
    assert analyze("Café RÉSUMÉ") == analyze("cafe resume")


def test_question_words_count() -> None:
    assert {"who", "when", "how"} <= set(analyze("who when how"))


def test_chinese_gives_words_and_bigrams() -> None:
    terms = analyze("向量数据库")
    assert terms[:4] == ["向量", "量数", "数据", "据库"]  # 5 characters: 4 bigrams, then the words
    assert "数据库" in terms[4:]


def test_a_single_han_character_is_a_term() -> None:
    assert analyze("茶") == ["茶"]


@pytest.mark.parametrize(("written", "plain"), [("1,000", "1000"), ("1,234,567", "1234567"), ("12,345.67", "12345.67")])
def test_thousands_separators_do_not_matter(written: str, plain: str) -> None:
    assert analyze(written) == analyze(plain)


@pytest.mark.parametrize("text", ["3,14", "1,0000", "a,000", "12,34"])
def test_other_commas_are_no_thousands_separators(text: str) -> None:
    assert "," in fold(text)


def test_rare_characters_outside_the_basic_plane_are_found() -> None:
    assert analyze("𠮷") == ["𠮷"]
    assert "𠮷野" in analyze("𠮷野家")


def test_a_long_run_without_a_blank_is_cut_and_stays_findable() -> None:
    terms = analyze("x1" * 100)
    assert max(map(len, terms)) <= 64


@given(SCRIPTS)
def test_no_term_is_empty_or_holds_a_blank_or_a_capital(text: str) -> None:
    for term in analyze(text):
        assert term
        assert term.split() == [term]
        assert term == term.lower()
        assert len(term) <= 64


@given(SCRIPTS)
def test_the_same_text_gives_the_same_terms_every_time(text: str) -> None:
    assert analyze(text) == analyze(text)


def test_the_index_is_asked_with_the_terms_it_was_fed(tmp_path) -> None:
    """One function for both sides: a text finds itself, whatever its script and width."""
    texts = {1: "符合GB/T5972標準", 2: "ＧＰＴ－４ｏ 与 C++", 3: "retrieving 1,000 documents", 4: "臺灣"}
    index = KeywordIndex(tmp_path)
    index.clear()
    index.write([], texts.items(), 1)
    questions = {1: "t5972", 2: "c++", 3: "document retrieval 1000", 4: "台湾"}
    assert {key: index.search(question, 1)[0][0] for key, question in questions.items()} == {1: 1, 2: 2, 3: 3, 4: 4}


def test_a_lone_surrogate_is_no_obstacle() -> None:
    assert analyze("當然\udce4可以") == analyze("当然\ufffd可以")
    assert "当然" in analyze("當然\udce4可以")
