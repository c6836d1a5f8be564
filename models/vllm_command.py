"""How vLLM is called: its command line and its environment, from choices that people make. Starts nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Build = Literal["cpu", "gpu"]

LOOPBACK = ("127.0.0.1", "localhost", "::1")
LOOKED_UP = 4  # the longest run of words that n-gram speculation looks for in what was read
KV_GIB = 2  # memory for keys and values on a CPU: about 75,000 tokens of the 1.5B model (28 KB each)
CPU_AT_ONCE = 8  # answers; each takes its share of the same cores
# Tokens that a CPU computes between two looks at who still waits. A step cannot be stopped: at vLLM's own 2,048 a
# cancelled prompt went on for minutes on two cores without bf16, until the engine took the worker for dead.
CPU_STEP = 256
STEP_SECONDS = 1800  # a step that takes longer is taken for dead (VLLM_EXECUTE_MODEL_TIMEOUT_SECONDS, 300 by default)


@dataclass(frozen=True, slots=True)
class Serving:
    """One model to be served.

    ``model`` is a folder of weights or a hub name, ``name`` what clients call it. ``max_length`` counts tokens of
    prompt and answer together. ``quantization`` is a name of vLLM's (awq, fp8, …); "" leaves it to the weights.
    ``speculate`` is how many tokens are guessed ahead by looking up the last words in the prompt; 0 guesses nothing.
    """

    model: str
    name: str
    port: int
    max_length: int
    dtype: str = "auto"
    quantization: str = ""
    prefix_caching: bool = True
    chunked_prefill: bool = True
    speculate: int = 0
    tensor_parallel: int = 1
    data_parallel: int = 1
    gpu_memory: float = 0.9
    host: str = "127.0.0.1"

    @property
    def local(self) -> bool:
        """Whether the weights are a folder of this machine, so that nothing need be asked of a hub."""
        return Path(self.model).is_dir()

    @property
    def url(self) -> str:
        """Where clients find it."""
        return f"http://{self.host}:{self.port}/v1"

    @property
    def devices(self) -> int:
        """How many GPUs it takes."""
        return self.tensor_parallel * self.data_parallel


def arguments(serving: Serving, build: Build, *, native_bf16: bool = True) -> list[str]:
    """What follows ``vllm`` on its command line; ``native_bf16`` is whether the processor of a CPU build has bf16."""
    made = ["serve", serving.model, "--served-model-name", serving.name]
    made += ["--host", serving.host, "--port", str(serving.port), "--max-model-len", str(serving.max_length)]
    # bf16 without instructions for it is imitated: half the memory, and slow (docs/models.md).
    imitated = build == "cpu" and serving.dtype == "auto" and not native_bf16
    made += ["--dtype", "float32" if imitated else serving.dtype]
    made.append("--enable-prefix-caching" if serving.prefix_caching else "--no-enable-prefix-caching")
    made.append("--enable-chunked-prefill" if serving.chunked_prefill else "--no-enable-chunked-prefill")
    # Every answer then says how many tokens of its prompt were reused; and requests are no matter for a log.
    made += ["--enable-prompt-tokens-details", "--disable-uvicorn-access-log", "--no-enable-log-requests"]
    if serving.quantization:
        made += ["--quantization", serving.quantization]
    if serving.speculate:
        guess = {"method": "ngram", "num_speculative_tokens": serving.speculate, "prompt_lookup_max": LOOKED_UP}
        made += ["--speculative-config", json.dumps(guess)]
    if serving.tensor_parallel > 1:
        made += ["--tensor-parallel-size", str(serving.tensor_parallel)]
    if serving.data_parallel > 1:
        made += ["--data-parallel-size", str(serving.data_parallel)]
    if build == "cpu":
        # Compiling the model takes longer than it gains on a few cores, and needs a C++ compiler.
        step = CPU_STEP if serving.chunked_prefill else max(CPU_STEP, serving.max_length)
        made += ["--enforce-eager", "--max-num-seqs", str(CPU_AT_ONCE), "--max-num-batched-tokens", str(step)]
    else:
        made += ["--gpu-memory-utilization", str(serving.gpu_memory)]
    return made


def environment(
    serving: Serving, build: Build, inherited: Mapping[str, str], *, key: str = "", offline: bool = False,
    threads: int | None = None, first_device: int | None = None,
) -> dict[str, str]:  # fmt: skip
    """The variables vLLM runs with.

    ``key`` is what clients must show (in the environment, where other users cannot read it, not on the command line);
    ``threads`` the cores of a CPU build; ``first_device`` the GPU that a replica begins with, None to leave the choice
    as it is. No usage statistics are sent, and for local weights the hub is never asked.
    """
    made = {name: value for name, value in inherited.items() if name not in _NOT_FOR_VLLM}
    made |= {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    if serving.local or offline:
        made |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    if key:
        made["VLLM_API_KEY"] = key
    if build == "cpu":
        cores = threads or os.cpu_count() or 1
        made |= {"OMP_NUM_THREADS": str(cores), "VLLM_CPU_OMP_THREADS_BIND": "nobind"}
        made.setdefault("VLLM_EXECUTE_MODEL_TIMEOUT_SECONDS", str(STEP_SECONDS))
        made.setdefault("VLLM_CPU_KVCACHE_SPACE", str(KV_GIB))
    elif first_device is not None:
        made["CUDA_VISIBLE_DEVICES"] = ",".join(str(first_device + n) for n in range(serving.devices))
    return made


# What a shell or our own process sets for another Python, and what is ours to decide.
_NOT_FOR_VLLM = frozenset(
    {
        "PYTHONPATH",
        "PYTHONHOME",
        "VIRTUAL_ENV",
        "OMP_NUM_THREADS",
        "OMP_WAIT_POLICY",
        "VLLM_API_KEY",
        "SHUJIA_MODEL_KEY",
    }
)
