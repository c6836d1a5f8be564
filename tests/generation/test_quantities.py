import pytest

from generation.numerals import english_value, han_value
from generation.quantities import Date, Number, has_date, has_number, is_code, stated


def numbers(text, **how):
    return {(n.value, n.unit) for n in stated(text, **how).numbers}


@pytest.mark.parametrize(
    ("numeral", "value"),
    [
        ("三十", 30),
        ("一千二百", 1200),
        ("十二", 12),
        ("两万五千", 25000),
        ("二〇二四", 2024),
        ("一亿零五百万", 105_000_000),
        ("三四", None),
        ("二三十", None),
        ("一百二十三万四千", 1_234_000),
        ("九", 9),
    ],
)
def test_chinese_numerals_have_their_value(numeral, value):
    assert han_value(numeral) == value


def test_english_number_words_have_their_value():
    assert english_value("two hundred and fifty") == 250  # 2 * 100 + 50
    assert english_value("twenty-one") == 21
    assert english_value("two three") is None


@pytest.mark.parametrize(
    ("written", "same"),
    [
        ("三十天", "30 days"),
        ("3.5万元", "35,000 yuan"),
        ("12亿美元", "$1.2 billion"),
        ("百分之三十", "30%"),
        ("30 percent", "30％"),
        ("１２３人", "123 people"),
        ("eight years", "八年"),
        ("5千克", "5 kg"),
        ("下午3点30分", "3:30"),
        ("三分之一", "3分之1"),
        ("两個月", "2 months"),
    ],
)
def test_one_quantity_in_two_spellings_is_the_same(written, same):
    assert numbers(written) == numbers(same) != set()


DATES = ["2024年3月5日", "2024-03-05", "March 5, 2024", "5th of March 2024", "二〇二四年三月五日"]
NO_NUMBERS = ["十分重要", "万一出错", "四川很大", "三四个人", "十几天", "统一安排", "GPT-4o 很好", "拨打400-820-8820"]


@pytest.mark.parametrize("date", DATES)
def test_one_date_in_five_spellings_is_the_same(date):
    assert stated(date).dates == {Date(2024, 3, 5)}


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_words_with_numeral_characters_and_codes_state_no_number(text):
    assert numbers(text) == set()


def test_a_number_agrees_only_with_its_own_unit_or_with_none():
    passage = stated("请在30天内申请，编号 45。", loose=True)
    assert has_number(Number("30", "day"), passage)
    assert not has_number(Number("30", "hour"), passage)
    assert has_number(Number("45", "cny"), passage)
    assert not has_number(Number("31", "day"), passage)


def test_a_date_whose_year_stands_elsewhere_in_the_passage_is_found():
    passage = stated("2024年的会议于3月5日举行。", loose=True)
    assert has_date(Date(2024, 3, 5), passage)
    assert not has_date(Date(2024, 3, 6), passage)
    assert not has_date(Date(2023, 3, 5), passage)


def test_identifiers_are_codes_and_quantities_are_not():
    assert all(is_code(token) for token in ("gpt-4o", "gb/t5972", "covid-19", "oauth2"))
    assert not any(is_code(token) for token in ("30km", "21st", "1990s", "30-day", "2024", "word"))
