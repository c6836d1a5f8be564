import json
import struct

import numpy as np
import pytest

from models.gguf_convert import NotConvertible, bf16, config, header, hub_name

FIELDS = {
    "general.architecture": "qwen2",
    "qwen2.embedding_length": 8,
    "qwen2.feed_forward_length": 16,
    "qwen2.block_count": 2,
    "qwen2.attention.head_count": 4,
    "qwen2.attention.head_count_kv": 2,
    "qwen2.context_length": 32,
    "qwen2.attention.layer_norm_rms_epsilon": 1e-6,
    "qwen2.rope.freq_base": 1e6,
    "tokenizer.ggml.eos_token_id": 7,
}


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("token_embd.weight", "model.embed_tokens.weight"),
        ("output.weight", "lm_head.weight"),
        ("blk.12.attn_q.bias", "model.layers.12.self_attn.q_proj.bias"),
        ("blk.0.ffn_norm.weight", "model.layers.0.post_attention_layernorm.weight"),
        ("blk.3.attn_k_norm.weight", "model.layers.3.self_attn.k_norm.weight"),
    ],
)
def test_tensors_have_the_names_that_transformers_knows(theirs, ours):
    assert hub_name(theirs) == ours


@pytest.mark.parametrize("name", ["blk.0.ffn_gate_exps.weight", "rope_freqs.weight", "blk.x.attn_q.weight"])
def test_a_tensor_of_an_unknown_layout_is_refused(name):
    with pytest.raises(NotConvertible, match="safetensors"):
        hub_name(name)


def test_the_configuration_is_read_from_the_fields():
    made = config(FIELDS, 100, tied=True)
    assert made["architectures"] == ["Qwen2ForCausalLM"]
    assert (made["hidden_size"], made["num_key_value_heads"], made["vocab_size"]) == (8, 2, 100)
    assert made["tie_word_embeddings"] is True
    assert made["eos_token_id"] == 7
    assert "head_dim" not in made
    wide = {key.replace("qwen2", "qwen3"): value for key, value in FIELDS.items()}
    wide |= {"general.architecture": "qwen3", "qwen3.attention.key_length": 64}
    assert config(wide, 100, tied=False)["head_dim"] == 64


def test_a_model_whose_tensors_are_permuted_is_refused_by_name():
    with pytest.raises(NotConvertible, match="'llama' models are not converted"):
        config({**FIELDS, "general.architecture": "llama"}, 100, tied=False)


def test_bf16_is_rounded_as_torch_rounds():
    import torch

    values = np.concatenate([np.random.default_rng(0).normal(size=1000) * 10.0**k for k in range(-20, 20, 5)])
    values = np.concatenate([values, [0.0, -0.0, 1.00390625, 1.01171875]]).astype(np.float32)  # the last two are ties
    expected = torch.from_numpy(values).to(torch.bfloat16).view(torch.uint16).numpy()
    assert np.array_equal(np.frombuffer(bf16(values), dtype="<u2"), expected)


def test_the_head_is_what_safetensors_reads(tmp_path):
    from safetensors.torch import load_file

    shapes = {"a": (2, 3), "b": (4,)}
    head = header(shapes)
    assert struct.unpack("<Q", head[:8])[0] == len(head) - 8
    assert len(head) % 8 == 0
    assert json.loads(head[8:])["b"]["data_offsets"] == [12, 20]  # a: 6 numbers of 2 bytes; b: 4 of them
    path = tmp_path / "model.safetensors"
    values = np.arange(10, dtype=np.float32)
    path.write_bytes(head + bf16(values))
    found = load_file(path)
    assert found["a"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert found["b"].tolist() == [6, 7, 8, 9]
