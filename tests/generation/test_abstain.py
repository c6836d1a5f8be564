import pytest

from generation.abstain import compose, is_abstention


@pytest.mark.parametrize(
    "sentence",
    [
        "文档中没有说明这一点。",
        "資料中沒有提到產假。",
        "根据提供的资料，无法确定上市时间。",
        "没有找到相关信息。",
        "抱歉，我无法回答这个问题。",
        "资料未提及公司的上市时间。",
        "The documents do not say.",
        "The provided context doesn't mention the CEO.",
        "The warranty period is not specified in the documents.",
        "There is no information about a CEO.",
        "I don't know.",
        "It cannot be determined from the passages.",
    ],
)
def test_an_abstention_is_recognised(sentence):
    assert is_abstention(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "员工不得上传文件到网盘。",
        "产假为128天。",
        "申请人没有提供身份证的，不予受理。",
        "Final sale items cannot be returned.",
        "The policy does not cover water damage.",
        "文件须在系统中提交。",
        "Passwords are not stored in plain text.",
    ],
)
def test_a_denying_fact_is_no_abstention(sentence):
    assert not is_abstention(sentence)


def test_the_composed_answer_names_the_closest_places_and_how_to_go_on(context_of):
    passages = context_of("?", "甲", "乙", title="员工手册", page=12, headings=("员工手册", "假期")).passages
    zh = compose("zh", passages)
    assert zh.startswith("文档中没有说明这一点。")
    assert zh.count("《员工手册》“假期”一节，第 12 页") == 1  # two passages of one place are one place
    assert "[1]" not in zh
    en = compose("en", passages)
    assert "“员工手册”, section “假期”, page 12" in en
    assert "add a document" in en


def test_without_passages_it_says_that_nothing_was_found():
    assert compose("zh", ()).startswith("没有找到")
    assert compose("en", ()).startswith("No document")


def test_passages_without_a_title_are_no_places_to_look_at(context_of):
    passages = context_of("?", "甲", title="").passages
    assert compose("zh", passages).startswith("文档中没有说明这一点。可以")
    assert "closest" not in compose("en", passages)
