"""The whole road over the endpoint: a document in, a cited answer out, and the prompt's opening read once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bench.prefix import counters
from models.catalogue import DEFAULT_CHAT

pytestmark = [pytest.mark.real, pytest.mark.vllm]
ROOT = Path(__file__).resolve().parents[2]
MODEL = os.environ.get("SHUJIA_TEST_MODEL", DEFAULT_CHAT)  # read before the tests' own environment is cleared


def shujia(library, *words):
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "SHUJIA_LIBRARY": str(library), "SHUJIA_LANGUAGE": "zh"}
    command = [sys.executable, "-c", "from app.cli import main; main()", *words]
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_a_question_is_answered_from_a_document_by_the_served_model(endpoint_url, tmp_path, monkeypatch):
    monkeypatch.setenv("SHUJIA_MODEL_URL", endpoint_url)
    monkeypatch.setenv("SHUJIA_MODEL", MODEL)
    document = tmp_path / "停车.txt"
    document.write_text("停车场规定\n\n停车费每天四十元，员工凭证免费。\n\n停车场周日关闭。\n", encoding="utf-8")
    shujia(tmp_path / "library", "ingest", str(document), "--json")
    before = counters(endpoint_url)
    first = shujia(tmp_path / "library", "ask", "停车费每天多少钱？", "--json")
    assert "四十" in first["answer"] or "40" in first["answer"]
    assert not first["abstained"]
    assert first["citations"][0]["title"]
    shujia(tmp_path / "library", "ask", "停车场周几关闭？", "--json")
    after = counters(endpoint_url)
    if after.tokens == before.tokens:
        pytest.skip("the endpoint has no counters of a prefix cache")
    assert after.reused - before.reused >= 128  # the second question's rules and examples, in whole blocks of 128
