from generation.repetition import loop_start


def test_a_sentence_written_three_times_is_cut_to_one():
    unit = "退款需要在三十天之内申请。"  # 13 characters, three times
    assert loop_start("前文。" + unit * 3) == len("前文。" + unit)


def test_short_repeats_ellipses_and_table_rules_are_no_loop():
    assert loop_start("哈哈哈哈") is None
    assert loop_start("等等" + "…" * 40) is None
    assert loop_start("| --- | --- | " + "-" * 60) is None
    assert loop_start("一二三。一二三。") is None


def test_a_loop_of_one_word_is_found():
    assert loop_start("The answer is " + "very " * 12) is not None
