"""Traces: a span a stage with the times it had, and nothing of what was asked or answered in them."""

from __future__ import annotations

import json

import pytest

from app.telemetry import observe, write_spans
from generation.types import Answer, Citation, Sentence, Verdict
from retrieval.types import Context, Hit, Passage, StageTrace, Trace
from store.types import Chunk

SECRET = "绝密内容 top secret"
END = 1_700_000_000_000_000_000


def answer() -> Answer:
    """Rewriting .2 s, dense .1 beside keyword .3, fused .05; then prompt .1, writing 2, checking .1."""
    chunk = Chunk("c", "d", 0, 0, 3, SECRET, None, (SECRET,), 3)
    stages = (
        StageTrace("rewrite:condense", 0.2, note=SECRET),
        StageTrace("dense", 0.1, (Hit(1, 0.5), Hit(2, 0.4))),
        StageTrace("keyword", 0.3, (Hit(1, 9.0),)),
        StageTrace("fused", 0.05, (Hit(1, 0.9),)),
    )
    context = Context(SECRET, (Passage(1, chunk, SECRET, SECRET, 0.9),), Trace(stages, 7), 27)
    seconds = {"prompt": 0.1, "first_token": 0.5, "generation": 2.0, "verification": 0.1, "total": 2.2}
    sentences = (Sentence(SECRET, Verdict.SUPPORTED, (1,)), Sentence(SECRET, Verdict.UNSUPPORTED))
    citations = (Citation(1, "c", "d", SECRET, None, 0, 3, SECRET, Verdict.SUPPORTED),)
    return Answer(SECRET, "zh", False, sentences, citations, SECRET, context, (SECRET,), seconds)


@pytest.fixture
def spans():
    trace = pytest.importorskip("opentelemetry.sdk.trace", reason="the extra `telemetry` is not installed")
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter, provider = InMemorySpanExporter(), trace.TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    write_spans(provider.get_tracer("test"), answer(), face="page", end=END)
    provider.shutdown()
    return {span.name: span for span in exporter.get_finished_spans()}


def seconds(span) -> float:
    return round((span.end_time - span.start_time) / 1e9, 6)


def test_every_stage_is_a_span_below_the_answer(spans) -> None:
    root = spans.pop("answer")
    assert set(spans) == {
        *("rewrite:condense", "dense", "keyword", "fused"),
        *("prompt", "first_token", "generation", "verification"),
    }
    assert {span.parent.span_id for span in spans.values()} == {root.context.span_id}
    assert {name: seconds(span) for name, span in spans.items()}["generation"] == 2.0
    assert spans["dense"].attributes["shujia.hits"] == 2


def test_the_legs_stand_side_by_side_and_the_whole_is_as_long_as_it_was(spans) -> None:
    """.2 + the longer leg's .3 + .05 + the answer's 2.2 = 2.75 seconds."""
    assert seconds(spans["answer"]) == 2.75
    assert spans["answer"].end_time == END
    assert spans["dense"].start_time == spans["keyword"].start_time
    assert spans["fused"].start_time == spans["keyword"].end_time
    assert all(span.start_time >= spans["answer"].start_time and span.end_time <= END for span in spans.values())


def test_nothing_of_what_was_asked_or_answered_is_in_a_span(spans) -> None:
    told = "".join(span.to_json() for span in spans.values())
    assert "secret" not in told
    assert json.dumps("绝密").strip('"') not in told
    assert spans["answer"].attributes["shujia.unsupported"] == 1


def test_without_a_collector_nothing_is_imported_or_sent(monkeypatch) -> None:
    from app.settings import load

    monkeypatch.setattr("app.telemetry._provider", lambda url: pytest.fail("nobody asked for traces"))
    observe(load(), answer(), face="page")


def test_a_missing_extra_is_said_once_and_costs_no_answer(monkeypatch, caplog) -> None:
    from app import telemetry
    from app.settings import SettingsError, load

    def missing(url):
        raise SettingsError("otel_url: pip install 'shujia[telemetry]'")

    monkeypatch.setenv("SHUJIA_OTEL_URL", "http://127.0.0.1:9/v1/traces")
    monkeypatch.setattr(telemetry, "_provider", missing)
    telemetry._once.cache_clear()
    for _ in range(3):
        observe(load(), answer(), face="page")
    assert sum("shujia[telemetry]" in record.message for record in caplog.records) == 1


def test_a_collector_gets_the_spans_over_http(monkeypatch) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http", reason="the extra `telemetry` is not installed")
    import threading
    from http.server import BaseHTTPRequestHandler, HTTPServer

    from app import telemetry
    from app.settings import load

    got: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def log_message(self, *_):
            pass

        def do_POST(self):
            got.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

    server = HTTPServer(("127.0.0.1", 0), Collector)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}/v1/traces"
    monkeypatch.setenv("SHUJIA_OTEL_URL", url)
    observe(load(), answer(), face="api")
    provider = telemetry._provider(url)
    assert provider.force_flush(10_000)
    provider.shutdown()
    telemetry._provider.cache_clear()
    server.shutdown()
    server.server_close()
    assert got
    assert SECRET.encode() not in b"".join(got)
