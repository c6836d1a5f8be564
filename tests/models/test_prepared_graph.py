import importlib.util
import json
import os
from pathlib import Path

import numpy as np
import pytest

from models import bert_graph, kept_files, prepared_graph, processor
from models.bert_graph import build
from models.checked_files import sha256_of
from models.graph_encoder import GraphEncoder

pytestmark = [
    pytest.mark.skipif(importlib.util.find_spec("openvino") is None, reason="openvino is on Linux on x86-64 only"),
    pytest.mark.skipif(not processor.processor_name(), reason="the processor does not say what it is"),
]
TEXTS = ["one", "two two", "书架"]
SOURCES = [Path(bert_graph.__file__)]


def checked(folder) -> None:
    """The record that a pulled model's folder holds."""
    status = (folder / "model.safetensors").stat()
    sha256 = sha256_of(folder / "model.safetensors")
    files = {"model.safetensors": [sha256, status.st_size, status.st_mtime_ns]}
    (folder / ".checked.json").write_text(json.dumps({"version": 1, "files": files}))


@pytest.fixture
def counted(tiny_bert, letters):
    """An encoder as a new process makes it, and how many graphs were built."""
    built = []

    def graph(*arguments):
        built.append(1)
        return build(*arguments)

    def encode(sources=SOURCES):
        return GraphEncoder(tiny_bert, letters, graph, threads=1, sources=sources).encode(TEXTS, max_tokens=64)

    return encode, built


def test_the_second_process_builds_no_graph_and_gives_the_same_bits(counted, tiny_bert) -> None:
    encode, built = counted
    checked(tiny_bert)
    first = encode()
    assert np.array_equal(encode(), first)
    assert len(built) == 1


def test_weights_that_nobody_checked_or_that_changed_since_are_compiled_every_time(counted, tiny_bert) -> None:
    encode, built = counted
    encode()
    assert not kept_files.kept_folder().exists()
    checked(tiny_bert)
    encode()
    os.utime(tiny_bert / "model.safetensors", ns=(1, 1))
    encode()
    assert len(built) == 3
    assert len(list(kept_files.kept_folder().iterdir())) == 1


def test_without_sources_nothing_is_kept(counted, tiny_bert) -> None:
    encode, built = counted
    checked(tiny_bert)
    encode(())
    encode(())
    assert len(built) == 2
    assert not kept_files.kept_folder().exists()


def test_other_weights_sources_settings_and_processors_have_graphs_of_their_own(
    counted, tiny_bert, letters, monkeypatch, tmp_path
) -> None:
    encode, built = counted
    checked(tiny_bert)
    encode()
    other = tmp_path / "ranges"
    other.write_bytes(b"measured anew")
    encode([*SOURCES, other])
    monkeypatch.setattr(prepared_graph, "processor_name", lambda: "another")
    encode()
    record = json.loads((tiny_bert / ".checked.json").read_text())
    record["files"]["model.safetensors"][0] = "0" * 64
    (tiny_bert / ".checked.json").write_text(json.dumps(record))
    encode()
    assert len(built) == 4
    config = json.loads((tiny_bert / "config.json").read_text())
    (tiny_bert / "config.json").write_text(json.dumps(config | {"layer_norm_eps": 1e-5}))
    encode()
    assert len(built) == 5


def test_a_damaged_graph_and_one_that_openvino_refuses_are_compiled_anew(counted, tiny_bert, monkeypatch) -> None:
    encode, built = counted
    checked(tiny_bert)
    first = encode()
    (path,) = kept_files.kept_folder().iterdir()
    path.write_bytes(path.read_bytes()[:-7])
    assert np.array_equal(encode(), first)
    assert len(built) == 2
    assert np.array_equal(encode(), first)
    assert len(built) == 2
    load = kept_files.load
    monkeypatch.setattr(prepared_graph, "load", lambda name, key: load(name, key) and memoryview(b"not a graph"))
    assert np.array_equal(encode(), first)
    assert len(built) == 3


def test_a_folder_that_cannot_be_written_costs_time_only(counted, tiny_bert, monkeypatch) -> None:
    encode, built = counted
    checked(tiny_bert)
    monkeypatch.setattr(prepared_graph, "keeps", lambda: False)
    assert np.array_equal(encode(), encode())
    assert len(built) == 2
