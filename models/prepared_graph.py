"""A graph compiled for this machine, from the user's cache folder where the same was compiled before.

Compiling BERT takes four times as long as reading what came of it. What is kept is keyed by all that decides it: the
sha256 of the weights as it was checked, their folder, its configuration, the sources of the graph, the settings,
OpenVINO's version and the processor. Weights that nobody has checked are compiled every time.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from models.bert_graph import import_openvino
from models.checked_files import recorded_digest
from models.kept_files import digest_of, keeps, load, save
from models.processor import processor_name

_NAME = "graph"
_WEIGHTS = "model.safetensors"
log = logging.getLogger(__name__)


def prepared(graph: Callable[[], Any], folder: Path, sources: Sequence[Path], settings: Mapping[str, Any]) -> Any:
    """The compiled model of ``graph``, which is only made where nothing is kept. The same numbers either way."""
    openvino = import_openvino()
    core = openvino.Core()
    key = _key(folder, sources, settings, openvino.get_version()) if sources else None
    kept = load(_NAME, key) if key else None
    if kept is not None:
        try:
            return core.import_model(bytes(kept), "CPU", settings)
        except RuntimeError as exc:  # never seen; compiling does not need it
            log.warning("a kept graph of %s is not used: %s", folder.name, exc)
    compiled = core.compile_model(graph(), "CPU", settings)
    if key and keeps():
        save(_NAME, key, compiled.export_model().getbuffer())
    return compiled


def _key(folder: Path, sources: Sequence[Path], settings: Mapping[str, Any], version: str) -> str | None:
    """The digest of all that decides a compiled graph; None where one of it is not known."""
    weights = recorded_digest(folder / _WEIGHTS)
    if weights is None or not processor_name():
        return None
    try:
        read = [path.read_bytes() for path in (folder / "config.json", *sources)]
    except OSError:
        return None
    named = (weights, str(folder.resolve()), json.dumps(settings, sort_keys=True), version, processor_name())
    return digest_of([*(each.encode() for each in named), *read])
