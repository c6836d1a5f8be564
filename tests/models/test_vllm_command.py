import json
from pathlib import Path

import pytest

from models.vllm_command import CPU_STEP, Serving, arguments, environment


def serving(**changes):
    return Serving(**{"model": "Qwen/Qwen3-8B", "name": "qwen3", "port": 8000, "max_length": 8192, **changes})


def value(made, flag):
    return made[made.index(flag) + 1]


def test_it_listens_on_this_machine_alone_with_caching_and_chunks_on():
    made = arguments(serving(), "gpu")
    assert made[:2] == ["serve", "Qwen/Qwen3-8B"]
    assert (value(made, "--host"), value(made, "--port")) == ("127.0.0.1", "8000")
    assert (value(made, "--served-model-name"), value(made, "--max-model-len")) == ("qwen3", "8192")
    assert {"--enable-prefix-caching", "--enable-chunked-prefill", "--disable-uvicorn-access-log"} < set(made)
    assert not {"--trust-remote-code", "--enable-prompt-embeds", "--quantization", "--speculative-config"} & set(made)
    assert serving().url == "http://127.0.0.1:8000/v1"


def test_every_choice_reaches_vllm():
    made = arguments(
        serving(
            prefix_caching=False, chunked_prefill=False, quantization="fp8", dtype="float16", speculate=5,
            tensor_parallel=2, data_parallel=3, gpu_memory=0.5,
        ),
        "gpu",
    )  # fmt: skip
    assert {"--no-enable-prefix-caching", "--no-enable-chunked-prefill"} < set(made)
    assert (value(made, "--quantization"), value(made, "--dtype")) == ("fp8", "float16")
    assert (value(made, "--tensor-parallel-size"), value(made, "--data-parallel-size")) == ("2", "3")
    assert value(made, "--gpu-memory-utilization") == "0.5"
    guess = json.loads(value(made, "--speculative-config"))
    assert guess == {"method": "ngram", "num_speculative_tokens": 5, "prompt_lookup_max": 4}


@pytest.mark.parametrize(
    ("dtype", "native", "expected"),
    [("auto", False, "float32"), ("auto", True, "auto"), ("bfloat16", False, "bfloat16")],
)
def test_a_processor_without_bf16_computes_in_float32_unless_told_otherwise(dtype, native, expected):
    assert value(arguments(serving(dtype=dtype), "cpu", native_bf16=native), "--dtype") == expected
    assert value(arguments(serving(dtype=dtype), "gpu", native_bf16=native), "--dtype") == dtype


def test_steps_on_a_cpu_are_short_enough_to_be_cancelled_and_long_enough_for_a_prompt_read_at_once():
    assert value(arguments(serving(), "cpu"), "--max-num-batched-tokens") == str(CPU_STEP)
    whole = arguments(serving(chunked_prefill=False), "cpu")
    assert value(whole, "--max-num-batched-tokens") == "8192"
    assert "--enforce-eager" in whole
    assert "--enforce-eager" not in arguments(serving(), "gpu")


def test_nothing_is_reported_and_local_weights_ask_no_hub(tmp_path: Path):
    made = environment(serving(), "gpu", {})
    assert (made["VLLM_NO_USAGE_STATS"], made["DO_NOT_TRACK"]) == ("1", "1")
    assert "HF_HUB_OFFLINE" not in made
    assert environment(serving(), "gpu", {}, offline=True)["HF_HUB_OFFLINE"] == "1"
    assert environment(serving(model=str(tmp_path)), "gpu", {})["HF_HUB_OFFLINE"] == "1"


def test_the_key_is_in_the_environment_and_on_no_command_line():
    made = environment(serving(), "cpu", {"SHUJIA_MODEL_KEY": "k1", "VLLM_API_KEY": "old"}, key="k1", threads=3)
    assert made["VLLM_API_KEY"] == "k1"
    assert "SHUJIA_MODEL_KEY" not in made
    assert made["OMP_NUM_THREADS"] == "3"
    assert "k1" not in " ".join(arguments(serving(), "cpu"))
    assert "VLLM_API_KEY" not in environment(serving(), "cpu", {"VLLM_API_KEY": "old"})


def test_another_python_does_not_inherit_ours_and_people_may_set_its_memory():
    made = environment(serving(), "cpu", {"PYTHONPATH": "/x", "VLLM_CPU_KVCACHE_SPACE": "9", "PATH": "/bin"})
    assert "PYTHONPATH" not in made
    assert (made["VLLM_CPU_KVCACHE_SPACE"], made["PATH"]) == ("9", "/bin")
    assert environment(serving(), "cpu", {})["VLLM_CPU_KVCACHE_SPACE"] == "2"


def test_replicas_on_gpus_have_devices_of_their_own():
    # two GPUs a replica: the second replica begins with the third
    made = environment(serving(tensor_parallel=2), "gpu", {}, first_device=2)
    assert made["CUDA_VISIBLE_DEVICES"] == "2,3"
    assert "CUDA_VISIBLE_DEVICES" not in environment(serving(), "gpu", {})
