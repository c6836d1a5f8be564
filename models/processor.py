"""What this machine's processor multiplies fast, and whether a GPU can be used; asked without importing torch."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_BF16 = {"amx_bf16", "avx512_bf16"}  # as /proc/cpuinfo writes them
_INT8 = "avx512_vnni"  # four products of bytes added up in one instruction


def native_bf16() -> bool:
    """Whether the processor multiplies bf16 itself."""
    return bool(processor_flags() & _BF16)


def native_int8() -> bool:
    """Whether bytes are the fastest thing that the processor multiplies: AVX512-VNNI, and no bf16."""
    flags = processor_flags()
    return _INT8 in flags and not flags & _BF16


def gpu() -> bool:
    """Whether there is a GPU, by its device file, and a torch that is not the CPU build to use it."""
    try:
        if version("torch").endswith("+cpu"):
            return False
    except PackageNotFoundError:
        return False
    return any(Path("/dev").glob("nvidia[0-9]*")) or Path("/dev/kfd").exists()


def cores() -> int:
    """How many cores this process may compute on: two threads of one core would share what multiplies."""
    import psutil

    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, psutil.cpu_count(logical=False) or allowed))


def processor_name() -> str:
    """The processor's make, model and instruction sets, one for all that compute alike; empty where it is unknown."""
    wanted = ("vendor_id", "cpu family", "model", "model name", "stepping", "flags", "CPU implementer", "CPU part")
    told = [line.partition(":") for line in _first_processor()]
    found = {name.strip(): value.strip() for name, _, value in told if name.strip() in wanted}
    return "; ".join(f"{name}: {value}" for name, value in sorted(found.items())) if "flags" in found else ""


def processor_flags() -> set[str]:
    """Instruction sets of the first processor; empty where /proc/cpuinfo does not exist, then float32 is used."""
    return next((set(line.partition(":")[2].split()) for line in _first_processor() if line.startswith("flags")), set())


def _first_processor() -> list[str]:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return []
    return text.partition("\n\n")[0].splitlines()
