"""A GGUF file to a folder that vLLM can serve: bf16 safetensors, config, tokenizer, chat template.

Run as a program by the Python of vLLM's environment, which has the libraries that this needs (gguf, transformers):

    python -P models/gguf_convert.py FILE.gguf FOLDER

so it imports nothing of Shujia. Every line on standard output is "bytes written, bytes in all". transformers can read a
GGUF file, but refuses to save a model that it read from one, and holds it in float32; this goes block by block and
needs the memory of one block.
"""

from __future__ import annotations

import json
import re
import struct
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SUPPORTED = {
    "qwen2": "Qwen2ForCausalLM",
    "qwen3": "Qwen3ForCausalLM",
}  # the layouts whose tensors are stored unpermuted
BLOCK_ROWS = 4096  # rows of a matrix that are in memory as float32 at once
_BF16_BYTES = 2
_WHOLE = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
_IN_LAYER = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "attn_q_norm": "self_attn.q_norm",
    "attn_k_norm": "self_attn.k_norm",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
}


class NotConvertible(Exception):
    """The file holds a model whose layout is not known here."""


def hub_name(name: str) -> str:
    """The name that transformers gives a tensor of a GGUF file. Raises NotConvertible."""
    if name in _WHOLE:
        return _WHOLE[name]
    found = re.fullmatch(r"blk\.(\d+)\.(\w+)\.(weight|bias)", name)
    if found is None or found[2] not in _IN_LAYER:
        raise NotConvertible(f"the tensor {name!r} is of no layout that is known here: serve a safetensors folder")
    return f"model.layers.{found[1]}.{_IN_LAYER[found[2]]}.{found[3]}"


def config(fields: Mapping[str, Any], vocabulary: int, *, tied: bool) -> dict[str, Any]:
    """The config.json for the fields of a GGUF file.

    Args:
        fields: ``general.*``, ``ARCHITECTURE.*`` and ``tokenizer.ggml.*`` by their names.
        vocabulary: rows of the embedding.
        tied: whether the output matrix is the embedding.
    """
    kind = fields["general.architecture"]
    if kind not in SUPPORTED:
        raise NotConvertible(
            f"{kind!r} models are not converted (only {', '.join(SUPPORTED)}): serve a folder of safetensors"
        )
    heads = fields[f"{kind}.attention.head_count"]
    made = {
        "architectures": [SUPPORTED[kind]],
        "model_type": kind,
        "hidden_size": fields[f"{kind}.embedding_length"],
        "intermediate_size": fields[f"{kind}.feed_forward_length"],
        "num_hidden_layers": fields[f"{kind}.block_count"],
        "num_attention_heads": heads,
        "num_key_value_heads": fields.get(f"{kind}.attention.head_count_kv", heads),
        "max_position_embeddings": fields[f"{kind}.context_length"],
        "rms_norm_eps": fields[f"{kind}.attention.layer_norm_rms_epsilon"],
        "rope_theta": fields.get(f"{kind}.rope.freq_base", 10000.0),
        "hidden_act": "silu",
        "vocab_size": vocabulary,
        "tie_word_embeddings": tied,
        "torch_dtype": "bfloat16",
    }
    if f"{kind}.attention.key_length" in fields:
        made["head_dim"] = fields[f"{kind}.attention.key_length"]
    for ours, theirs in (("bos_token_id", "bos_token_id"), ("eos_token_id", "eos_token_id")):
        if f"tokenizer.ggml.{theirs}" in fields:
            made[ours] = fields[f"tokenizer.ggml.{theirs}"]
    return made


def header(shapes: Mapping[str, Sequence[int]]) -> bytes:
    """The head of a safetensors file of bf16 tensors in this order: its length (8 bytes, little endian), then JSON."""
    entries: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    start = 0
    for name, shape in shapes.items():
        size = _BF16_BYTES
        for length in shape:
            size *= length
        entries[name] = {"dtype": "BF16", "shape": list(shape), "data_offsets": [start, start + size]}
        start += size
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # the data begin at a multiple of 8, as the format's own writer has it
    return struct.pack("<Q", len(text)) + text


def bf16(values: NDArray[np.float32]) -> bytes:
    """The upper halves of float32 numbers, rounded to nearest, ties to even, as torch rounds."""
    import numpy as np

    bits = np.ascontiguousarray(values, dtype="<f4").view(np.uint32)
    rounded = (bits + (((bits >> 16) & 1) + 0x7FFF)) >> 16
    return rounded.astype("<u2").tobytes()


def convert(source: Path, folder: Path, said: Callable[[int, int], None]) -> None:
    """Write ``folder`` from the GGUF file ``source``; ``said`` hears of bytes written and bytes in all.

    Raises NotConvertible, before anything is written.
    """
    from gguf import GGUFReader

    reader = GGUFReader(source)
    fields = {
        key: field.contents()
        for key, field in reader.fields.items()
        if not key.startswith("tokenizer.ggml.") or key.endswith("_token_id")
    }
    shapes = {hub_name(each.name): tuple(int(n) for n in reversed(each.shape)) for each in reader.tensors}
    made = config(fields, shapes["model.embed_tokens.weight"][0], tied="lm_head.weight" not in shapes)
    folder.mkdir(parents=True, exist_ok=True)
    head = header(shapes)
    total = sum(_length(shape) for shape in shapes.values())
    done = 0
    with (folder / "model.safetensors").open("wb") as out:
        out.write(head)
        for tensor in reader.tensors:
            for block in _blocks(tensor):
                out.write(block)
                done += len(block)
                said(done, total)
    (folder / "config.json").write_text(json.dumps(made, indent=1), encoding="utf-8")
    _tokenizer(source, folder, str(fields.get("tokenizer.chat_template", "")), made)


def _length(shape: Sequence[int]) -> int:
    size = _BF16_BYTES
    for length in shape:
        size *= length
    return size


def _blocks(tensor: Any) -> Iterator[bytes]:
    """A tensor's numbers as bf16, some rows at a time: a row is quantized by itself."""
    from gguf import quants

    rows = tensor.data.reshape(-1, tensor.data.shape[-1])
    for start in range(0, len(rows), BLOCK_ROWS):
        yield bf16(quants.dequantize(rows[start : start + BLOCK_ROWS], tensor.tensor_type))


def _tokenizer(source: Path, folder: Path, template: str, made: Mapping[str, Any]) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(source.parent), gguf_file=source.name)
    tokenizer.save_pretrained(folder)
    if template:
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    # A turn ends with the end of text as well as with the tokenizer's own end: Qwen's generation_config.json has both.
    ends = {made.get("eos_token_id"), tokenizer.convert_tokens_to_ids("<|endoftext|>")} - {None}
    (folder / "generation_config.json").write_text(json.dumps({"eos_token_id": sorted(ends)}), encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """``FILE.gguf FOLDER``; 1 with the reason on standard error when the model cannot be converted."""
    source, folder = map(Path, arguments)
    told = -1

    def said(done: int, total: int) -> None:
        nonlocal told
        if (percent := 100 * done // total) > told:
            told = percent
            sys.stdout.write(f"{done} {total}\n")
            sys.stdout.flush()

    try:
        convert(source, folder, said)
    except NotConvertible as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
