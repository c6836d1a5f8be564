import pytest

from generation.negation import contradicts


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("促销商品可以退货。", "促销商品不可以退货。"),
        ("促销商品不支持退货。", "促销商品支持退货。"),
        ("員工不得使用網盤。", "员工可使用网盘。"),
        ("The price increased in 2020.", "The price decreased in 2020."),
        ("Sale items can be returned.", "Sale items cannot be returned."),
        ("The law was never repealed.", "The law was repealed in 1990."),
        ("公司的收入增加了。", "公司的收入下降了。"),
    ],
)
def test_a_denial_on_one_side_only_is_found(sentence, source):
    assert contradicts(sentence, source) is not None


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("每晚不超过500元。", "每晚最高500元。"),
        ("不同部门的标准不同。", "各部门标准各异。"),
        ("促销商品不可以退货。", "促销商品不支持退货。"),
        ("不锈钢非常结实。", "不锈钢很结实。"),
        ("未来将扩大无线网络。", "无线网络将扩大。"),
        ("Not only books but also maps are sold.", "Books and maps are sold."),
        ("It cannot be refunded.", "Refunds are refused."),
        ("No. 5 is open.", "Number 5 is open."),
    ],
)
def test_words_that_look_like_denials_are_not(sentence, source):
    assert contradicts(sentence, source) is None
