from generation.terms import content, coverage, names, quotes, squeeze


def test_names_are_capitals_identifiers_and_chinese_proper_nouns():
    assert names("Culturally, Melbourne tested GPT-4o under GB/T5972.") == ("Melbourne", "GPT-4o", "GB/T5972")
    assert names("Founded in March by John, the iPhone maker grew.") == ("John", "iPhone")
    assert "墨尔本" in names("墨爾本支持 API 接口")  # folded to Simplified
    assert "API" in names("墨爾本支持 API 接口")


def test_quoted_strings_of_all_styles_are_found():
    text = "“三十天”「退款」《员工手册》\"final sale\" 'as is' don't"
    assert quotes(text) == ("三十天", "退款", "员工手册", "final sale", "as is")


def test_content_drops_function_words_and_numbers_and_folds_traditional():
    assert content("他们的年假是三十天") == content("他們的年假是三十天")
    assert content("The refunds were paid in 30 days") == {"refund", "paid", "day"}


def test_coverage_is_a_share_of_the_sentence():
    assert coverage(frozenset("abcd"), frozenset("ab")) == 0.5  # 2 of 4
    assert coverage(frozenset(), frozenset("ab")) == 0.0


def test_squeezing_forgets_blanks_width_and_punctuation():
    assert squeeze("Ｆinal-Sale， 商品") == "finalsale商品"
