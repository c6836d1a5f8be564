import pytest

from store.language import language_of, written_in


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("年假有多少天？", "zh"),
        ("年假有幾天？", "zh"),
        ("How long is the leave?", "en"),
        ("GPT-4o 的 context length 是多少", "zh"),
        ("What does 《红楼梦》 say about tea?", "en"),
        ("What is 自注意力?", "en"),
        ("Transformer架构", "zh"),
        ("《红楼梦》", "zh"),
        ("", "en"),
        ("12345", "en"),
    ],
)
def test_the_question_sets_the_language(question, language):
    assert language_of(question) == language


def test_a_chinese_text_with_english_terms_is_chinese():
    assert written_in("RLHF 通过人类反馈奖励微调 LLM，提升对齐能力。") == "zh"
    assert written_in("The book 《红楼梦》 is a novel of the Qing dynasty.") == "en"
