"""The real sentence_transformers.CrossEncoder over tiny weights that are made here at random, from a fixed seed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from models.cross_encoder import SentenceCrossEncoder
from models.types import ModelUnavailable, WeightsMissing

LETTERS = [*"长江黄河的源头在哪里？水山", *"the river rises in mountains where".split()]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", *LETTERS]
TEXTS = ["长江在山里", "the river rises", "水" * 300, ""]


def tokenizer(folder: Path) -> None:
    """One token a Han character or a word, pairs as BERT reads them."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.WordPiece({word: number for number, word in enumerate(WORDS)}, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer(lowercase=True)
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    special = {"pad_token": "[PAD]", "unk_token": "[UNK]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=made, **special).save_pretrained(folder)


def write_model(folder: Path, *, kind: str = "bert", labels: int = 1) -> Path:
    import torch
    from transformers import (
        BertConfig,
        BertForSequenceClassification,
        XLMRobertaConfig,
        XLMRobertaForSequenceClassification,
    )

    torch.manual_seed(7)
    sizes = {"vocab_size": len(WORDS), "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2}
    sizes |= {"intermediate_size": 32, "num_labels": labels, "pad_token_id": 0, "initializer_range": 0.5}
    if kind == "bert":
        model = BertForSequenceClassification(BertConfig(**sizes, max_position_embeddings=64))
    else:
        config = XLMRobertaConfig(**sizes, max_position_embeddings=66, type_vocab_size=2)
        model = XLMRobertaForSequenceClassification(config)
    model.save_pretrained(folder)
    tokenizer(folder)
    return folder


@pytest.fixture(scope="module")
def bert(tmp_path_factory) -> SentenceCrossEncoder:
    return SentenceCrossEncoder(write_model(tmp_path_factory.mktemp("bert")), "tiny", device="cpu")


def test_each_pair_has_one_score_that_another_passage_does_not_change(bert) -> None:
    scores = bert.score("长江的源头在哪里？", TEXTS)
    assert len(scores) == len(TEXTS)
    assert len({round(score, 6) for score in scores}) == len(TEXTS)
    for text, score in zip(TEXTS, scores, strict=True):
        assert bert.score("长江的源头在哪里？", [text])[0] == pytest.approx(score, abs=1e-5)


def test_the_scores_are_those_of_the_weights_themselves(bert) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    words = AutoTokenizer.from_pretrained(bert.folder)
    model = AutoModelForSequenceClassification.from_pretrained(bert.folder).eval()
    with torch.no_grad():
        logit = model(**words("where the river rises", "the mountains", return_tensors="pt")).logits[0, 0]
    expected = 1 / (1 + np.exp(-float(logit)))  # one label: a sigmoid
    assert bert.score("where the river rises", ["the mountains"])[0] == pytest.approx(expected, abs=1e-5)


def test_the_question_matters_and_nothing_is_asked_for_no_passages(bert) -> None:
    assert bert.score("长江", ["黄河"]) != bert.score("黄河", ["黄河"])
    assert bert.score("长江", []) == []


def test_a_text_longer_than_the_model_is_cut_and_lone_surrogates_are_read(bert) -> None:
    assert np.isfinite(bert.score("长江\ud800" * 200, ["水" * 5_000, "\udfff"])).all()


def test_roberta_with_its_shifted_positions_reads_long_pairs(tmp_path) -> None:
    model = SentenceCrossEncoder(write_model(tmp_path, kind="xlm-roberta"), "tiny", device="cpu")
    assert np.isfinite(model.score("长江的源头", ["水" * 500, "山"])).all()


def test_a_classifier_with_several_labels_is_no_reranker(tmp_path) -> None:
    model = SentenceCrossEncoder(write_model(tmp_path, labels=3), "nli", device="cpu")
    with pytest.raises(ModelUnavailable, match="it is no reranker"):
        model.score("长江", ["黄河"])


def test_a_folder_without_a_model_is_refused_before_anything_is_loaded(tmp_path) -> None:
    with pytest.raises(WeightsMissing, match="is no cross-encoder"):
        SentenceCrossEncoder(tmp_path, "nothing")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(ModelUnavailable, match="cannot be read as a cross-encoder"):
        SentenceCrossEncoder(tmp_path, "nothing").score("长江", ["黄河"])
