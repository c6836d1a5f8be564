import pytest
from tokenizers import Regex, Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Sequence, Split, Whitespace
from tokenizers.processors import TemplateProcessing

from models.tokens import FileTokenCounter, encodable
from models.types import WeightsMissing


@pytest.fixture
def counter(tmp_path):
    """Words and single Han characters, with <s> and </s> added, cut at three: what a counter must not be fooled by."""
    tokenizer = Tokenizer(WordLevel({"<unk>": 0, "<s>": 1, "</s>": 2, "书": 3}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = Sequence([Whitespace(), Split(Regex(r"[\u4e00-\u9fff]"), "isolated")])
    tokenizer.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    tokenizer.enable_truncation(3)
    tokenizer.save(str(tmp_path / "tokenizer.json"))
    return FileTokenCounter(tmp_path / "tokenizer.json")


def test_special_tokens_and_truncation_do_not_count(counter):
    assert counter.count(["书架 hello world again", "", "年假十五天"]) == [5, 0, 5]


def test_offsets_are_characters_not_bytes(counter):
    assert counter.offsets("书架 ok") == [(0, 1), (1, 2), (3, 5)]


def test_many_texts_keep_their_order(counter):
    assert counter.count(["x " * n for n in range(600)]) == list(range(600))


def test_a_lone_surrogate_is_one_replacement_character(counter):
    assert encodable("a\ud800b") == "a\ufffdb"
    assert counter.count(["书\udfff"]) == [2]


def test_a_missing_tokenizer_is_said_when_it_is_needed(tmp_path):
    with pytest.raises(WeightsMissing, match="pull the model"):
        FileTokenCounter(tmp_path / "none.json").count(["x"])
