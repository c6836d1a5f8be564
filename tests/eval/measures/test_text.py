from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.measures.text import bleu, contains, corpus_bleu, exact_match, rouge, token_f1
from eval.measures.tokens import tokens

CHINESE = [
    "员工满五年后有十五天年假，每年可结转五天。",
    "檢索增強生成把語言模型與知識庫連接起來。",
    "水",
    "是的",
    "北京市",
    "共120回",
]
ENGLISH = ["Employees have fifteen days of leave after five years.", "Paris", "in 1998", "yes it is"]
WORDS = st.text(alphabet=st.sampled_from("年假天的五 abc，。12檢检"), max_size=24)


@pytest.mark.parametrize("text", CHINESE + ENGLISH)
def test_identical_texts_have_the_full_score_however_short(text) -> None:
    assert rouge(text, [text]) == {"rouge1": 1.0, "rouge2": 1.0, "rougeL": 1.0}
    assert bleu(text, [text]) == pytest.approx(100)
    assert exact_match(text, [text]) == token_f1(text, [text]) == contains(text, [text]) == 1.0


@pytest.mark.parametrize(("language", "texts"), [("zh", CHINESE), ("en", ENGLISH), ("zh", ["水"]), ("en", ["Paris"])])
def test_an_identical_corpus_has_bleu_100(language, texts) -> None:
    assert corpus_bleu(texts, [[text] for text in texts], language) == pytest.approx(100)


@pytest.mark.parametrize("text", ["", "  ", "。", "完全无关"])
def test_a_text_with_nothing_in_common_has_zero(text) -> None:
    assert set(rouge(text, ["年假有十五天"]).values()) == {0.0}
    assert bleu(text, ["年假有十五天"]) == 0.0
    assert exact_match(text, ["年假"]) == token_f1(text, ["年假"]) == contains(text, ["年假"]) == 0.0


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("《紅樓夢》", "红楼梦"),
        ("十五天。", "十五天"),
        ("１５ 天", "15天"),
        ("the Yellow River.", "Yellow River"),
        ("GPT-4", "gpt4"),
        ("1,000", "1000"),
        ("“北京”、上海", "北京，上海"),
    ],
)
def test_width_script_case_articles_and_punctuation_do_not_count(text, accepted) -> None:
    assert exact_match(text, [accepted]) == 1.0


@pytest.mark.parametrize(
    ("text", "accepted"), [("3.5", "35"), ("C++", "C"), ("维生素A", "维生素"), ("十五", "五十"), ("A", "the")]
)
def test_what_means_something_else_is_no_exact_match(text, accepted) -> None:
    assert exact_match(text, [accepted]) == 0.0


def test_f1_is_that_of_shared_characters() -> None:
    # 3 of 5 own and 3 of 3 accepted characters: p = .6, r = 1, F1 = .75
    assert token_f1("有十五天假", ["十五天"]) == pytest.approx(0.75)
    # 2 of 3 own (in, 1998 of in, may, 1998), 2 of 2 accepted
    assert token_f1("in May 1998", ["in 1998"]) == pytest.approx(0.8)
    # a repeated token counts as often as it is accepted
    assert token_f1("年年年", ["年"]) == pytest.approx(0.5)


def test_containment_respects_the_borders_of_words_and_numbers() -> None:
    assert contains("年假共 130 天", ["13"]) == 0.0
    assert contains("年假共 13 天。", ["13"]) == 1.0
    assert contains("The artist came", ["art"]) == 0.0
    assert contains("他住在臺北市中心", ["台北"]) == 1.0
    assert contains("in the United States", ["United States", "USA"]) == 1.0


def test_the_best_of_several_accepted_answers_counts() -> None:
    accepted = ["两周", "十五天", "半个月"]
    assert exact_match("十五天", accepted) == token_f1("十五天", accepted) == 1.0
    assert rouge("十五天", accepted)["rougeL"] == 1.0
    assert bleu("十五天", accepted) == pytest.approx(100)


def test_rouge_is_that_of_the_formulas() -> None:
    # 我 喜 欢 读 书 against 我 爱 读 书: 3 shared of 5 and 4; pair 读书 of 4 and 3; subsequence 我读书
    found = rouge("我喜欢读书", ["我爱读书"])
    assert found["rouge1"] == pytest.approx(2 * 3 / (5 + 4))
    assert found["rouge2"] == pytest.approx(2 * 1 / (4 + 3))
    assert found["rougeL"] == pytest.approx(2 * 3 / (5 + 4))
    # 读书我 has the same characters as 我读书, and only 读书 in the same order
    assert rouge("读书我", ["我读书"])["rougeL"] == pytest.approx(2 * 2 / 6)


class Tokens:
    """Hands our tokens to rouge-score."""

    def tokenize(self, text: str) -> list[str]:
        return tokens(text)


@given(WORDS, st.lists(WORDS.filter(str.strip), min_size=1, max_size=3))
def test_rouge_equals_rouge_score_on_the_same_tokens(text, accepted) -> None:
    from rouge_score import rouge_scorer  # the oracle: a dependency of the tests alone

    names = ["rouge1", "rouge2", "rougeL"]
    wanted = rouge_scorer.RougeScorer(names, tokenizer=Tokens()).score_multi(accepted, text)
    found = rouge(text, accepted)
    single = len(tokens(text)) < 2 and any(len(tokens(one)) < 2 for one in accepted)
    for name in names[: 1 if single else 3] + ["rougeL"]:  # rouge2 of single tokens is ours (see rouge)
        assert found[name] == pytest.approx(wanted[name].fmeasure)


def test_bleu_is_that_of_sacrebleu() -> None:
    import sacrebleu

    text, accepted = "员工有十五天的年假，可以结转五天。", ["员工有十五天年假，每年可结转五天。", "年假十五天。"]
    wanted = sacrebleu.sentence_bleu(text, accepted, tokenize="zh").score
    assert bleu(text, accepted) == pytest.approx(wanted)
    texts, references = [text, "好的，谢谢你的帮助。"], [accepted[0], "好的，谢谢您的帮助！"]
    wanted = sacrebleu.corpus_bleu(texts, [references], tokenize="zh").score
    assert corpus_bleu(texts, [[one] for one in references], "zh") == pytest.approx(wanted)
    english = ["The cat sat on the mat.", "It rained all day."]
    close = ["The cat sat on a mat.", "It rained the whole day."]
    wanted = sacrebleu.corpus_bleu(english, [close]).score
    assert corpus_bleu(english, [[one] for one in close], "en") == pytest.approx(wanted)


def test_corpus_bleu_takes_any_number_of_references() -> None:
    texts = ["年假有十五天，可以结转。", "图书馆九点开门。"]
    accepted = [["年假十五天，可结转。", "年假有十五天，可以结转。", "十五天"], ["图书馆早上九点开门。"]]
    several = corpus_bleu(texts, accepted, "zh")
    assert several > corpus_bleu(texts, [one[:1] for one in accepted], "zh")


@pytest.mark.parametrize("accepted", [[], [""], ["年假", " "]])
def test_without_an_accepted_answer_there_is_no_number(accepted) -> None:
    for measure in (exact_match, token_f1, contains, rouge, bleu):
        with pytest.raises(ValueError, match="accepted answers are"):
            measure("年假", accepted)
    with pytest.raises(ValueError, match="accepted answers are"):
        corpus_bleu(["年假"], [accepted], "zh")


def test_a_bare_string_is_not_a_list_of_answers() -> None:
    with pytest.raises(TypeError, match="'年假'"):
        exact_match("年", "年假")
    with pytest.raises(ValueError, match="2 texts and 1 lists"):
        corpus_bleu(["年", "假"], [["年"]], "zh")
