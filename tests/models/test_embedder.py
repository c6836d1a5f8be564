import json

import numpy as np
import pytest

from models.catalogue import DEFAULT_EMBEDDER
from models.embedder import EmbedderSettings, SentenceTransformerEmbedder, read_settings
from models.fetch import installed, locate
from models.types import TokenEmbedder, WeightsMissing


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
@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize("device", [None, "cpu"])  # the fastest road, and torch
def test_each_token_of_a_text_has_a_vector_that_knows_its_place(real, device):
    embedder = SentenceTransformerEmbedder(real.folder, real.name, device=device)
    texts = ["年假有几天？", "", "停车\ud800 " + "very " * 600, "Leave."]
    found = embedder.embed_tokens(texts)
    assert [each.shape[1] for each in found] == [384] * 4
    assert (len(found[1]), len(found[3])) == (0, 2)  # "▁Leave" and "."
    # 512 tokens are read: <s>, "passage", ":", the blank before 停 and </s> are not the text's
    assert len(found[2]) == 512 - 5
    assert np.linalg.norm(np.concatenate(found), axis=1) == pytest.approx(1, abs=1e-5)
    assert (embedder.embed_tokens(texts[:1])[0] * found[0]).sum(axis=1).min() > 0.9999
    assert not np.allclose(embedder.embed_tokens(texts[:1], query=True)[0], found[0], atol=1e-2)
    assert embedder.embed_tokens([]) == []


def test_a_folder_is_a_token_embedder(folder):
    assert isinstance(SentenceTransformerEmbedder(folder, "x"), TokenEmbedder)


@pytest.mark.real
def test_the_real_tokenizer_counts_without_torch(real):
    assert real.tokens.count(["书架", ""])[1] == 0
    text = "书架 knows 年假"
    assert "".join(text[a:b] for a, b in real.tokens.offsets(text) if b > a).replace(" ", "").startswith("书")
