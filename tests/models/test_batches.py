from models.batches import batches


def test_batches_are_longest_first_and_within_the_budget_after_padding():
    # 9 alone (two of 9 are 18 > 12); 4 and 3: 2 * 4 = 8, a third would be 12: all three fit; then 1 is over
    assert list(batches([4, 9, 1, 3, 4], 12)) == [[1], [0, 4, 3], [2]]


def test_a_text_longer_than_the_budget_is_a_batch_of_its_own_and_nothing_is_lost():
    assert list(batches([50, 2, 0], 10)) == [[0], [1, 2]]
    assert list(batches([], 10)) == []
    assert sorted(index for batch in batches([7] * 100, 64) for index in batch) == list(range(100))
