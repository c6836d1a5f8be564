import json

import numpy as np
import pytest

from models.catalogue import DEFAULT_EMBEDDER
from models.embedder import EmbedderSettings, SentenceTransformerEmbedder, batches, read_settings
from models.fetch import installed, locate
from models.types import WeightsMissing


def test_batches_are_longest_first_and_within_the_budget_after_padding():
    # 9 alone (two of 9 are 18 > 12); 4 and 3: 2 * 4 = 8, a third would be 12: all three fit; then 1 is over
    assert list(batches([4, 9, 1, 3, 4], 12)) == [[1], [0, 4, 3], [2]]


def test_a_text_longer_than_the_budget_is_a_batch_of_its_own_and_nothing_is_lost():
    assert list(batches([50, 2, 0], 10)) == [[0], [1, 2]]
    assert list(batches([], 10)) == []
    assert sorted(index for batch in batches([7] * 100, 64) for index in batch) == list(range(100))


@pytest.fixture
def folder(tmp_path):
    home = tmp_path / "some-model"
    home.mkdir()
    (home / "config.json").write_text(json.dumps({"hidden_size": 8, "max_position_embeddings": 128}))
    return home


def test_settings_come_from_the_folder(folder):
    assert read_settings(folder) == EmbedderSettings(8, 128, "", "")
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": 100}))
    (folder / "config_sentence_transformers.json").write_text(
        json.dumps({"prompts": {"query": "问：", "document": "文："}})
    )
    assert read_settings(folder) == EmbedderSettings(8, 100, "问：", "文：")


def test_a_dense_module_sets_the_dimension(folder):
    (folder / "modules.json").write_text(
        json.dumps([{"type": "sentence_transformers.models.Dense", "path": "2_Dense"}])
    )
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / "config.json").write_text(json.dumps({"out_features": 3}))
    assert read_settings(folder).dimension == 3


def test_e5_models_get_their_prefixes_and_the_length_leaves_room_for_them(folder):
    home = folder.rename(folder.parent / "multilingual-e5-tiny")
    embedder = SentenceTransformerEmbedder(home, "tiny")
    assert read_settings(home).query_prefix == "query: "
    # 128 - <s> - </s> - at most one token for each of the 9 characters of "passage: "
    assert embedder.max_tokens == 128 - 2 - 9


def test_a_folder_without_a_model_is_said_at_once(tmp_path):
    with pytest.raises(WeightsMissing, match=r"config\.json"):
        SentenceTransformerEmbedder(tmp_path, "nothing")


def test_no_texts_load_no_weights(folder):
    assert SentenceTransformerEmbedder(folder, "x").embed_passages([]).shape == (0, 8)


@pytest.fixture(scope="module")
def real():
    if not installed(DEFAULT_EMBEDDER):
        pytest.skip(f"the weights of {DEFAULT_EMBEDDER} are not here: shujia models pull {DEFAULT_EMBEDDER}")
    return SentenceTransformerEmbedder(locate(DEFAULT_EMBEDDER), DEFAULT_EMBEDDER)


@pytest.mark.real
@pytest.mark.filterwarnings("default")
def test_the_real_embedder_finds_the_answer_in_either_language(real):
    passages = ["满五年的员工有十五天年假。", "停车场每小时收费五元，会员免费。", "圖書館週日閉館，平日九點開門。"]
    passages += ["Employees have fifteen days of leave.", "Parking costs five yuan.", "The library opens at nine."]
    vectors = real.embed_passages(passages)
    assert vectors.shape == (6, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1] * 6, abs=1e-6)
    queries = real.embed_queries(["年假有几天？", "停车费是多少？", "图书馆几点开门？", "How long is the leave?"])
    assert (queries @ vectors.T).argmax(axis=1).tolist() == [0, 1, 2, 3]


@pytest.mark.real
@pytest.mark.filterwarnings("default")
def test_a_vector_does_not_depend_on_its_neighbours_or_their_order(real):
    texts = ["短", "a longer sentence about leave " * 20, "停车\ud800", ""]
    together = real.embed_passages(texts)
    for text, row in zip(texts, together, strict=True):
        assert float(real.embed_passages([text])[0] @ row) > 0.9999
    assert np.isfinite(together).all()


@pytest.mark.real
def test_the_real_tokenizer_counts_without_torch(real):
    assert real.tokens.count(["书架", ""])[1] == 0
    text = "书架 knows 年假"
    assert "".join(text[a:b] for a, b in real.tokens.offsets(text) if b > a).replace(" ", "").startswith("书")
