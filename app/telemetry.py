"""OpenTelemetry traces of answers (extra ``telemetry``), off unless the setting ``otel_url`` names a collector.

An answer already knows the seconds of its stages, so its spans are written when it is finished, with the times they
had. They say how long and how many; no question, text, title, path or name of a collection is in them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from app.settings import Settings, SettingsError
from generation.types import EXTRACTIVE

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Tracer

    from generation.types import Answer

EXPORT_SECONDS = 5.0  # a collector that does not answer in that time loses the spans, never the answer
_LEGS = ("dense", "keyword")  # run side by side
_WRITING = ("prompt", "generation", "verification", "extraction")  # one after the other
log = logging.getLogger(__name__)


def observe(settings: Settings, answer: Answer, *, face: str) -> None:
    """Send the spans of a finished answer; ``face`` is page, command or api. Never fails, never waits."""
    if not settings.otel_url:
        return
    try:
        write_spans(_provider(settings.otel_url).get_tracer("shujia"), answer, face=face)
    except SettingsError as exc:
        _once(str(exc))


def write_spans(tracer: Tracer, answer: Answer, *, face: str, end: int | None = None) -> None:
    """A span for the answer and one below it for every stage; ``end`` is when it was finished, in nanoseconds."""
    from opentelemetry import trace

    end = time.time_ns() if end is None else end
    found = sum(_lengths(answer)) + answer.seconds.get("total", 0.0)
    start = end - _nano(found)
    root = tracer.start_span("answer", start_time=start, attributes=_attributes(answer, face))
    inside = trace.set_span_in_context(root)
    for name, begins, seconds, attributes in _stages(answer):
        at = start + _nano(begins)
        tracer.start_span(name, inside, start_time=at, attributes=attributes).end(min(at + _nano(seconds), end))
    root.end(end)


def _stages(answer: Answer) -> Iterator[tuple[str, float, float, dict[str, Any]]]:
    """Name, seconds after the question, seconds it took, attributes of every stage."""
    at = 0.0
    legs = [stage for stage in answer.context.trace.stages if stage.name in _LEGS]
    waited = False
    for stage in answer.context.trace.stages:
        yield stage.name, at, stage.seconds, {"shujia.hits": len(stage.ranking)}
        if stage.name not in _LEGS:
            at += stage.seconds
        elif not waited and stage is legs[-1]:
            at, waited = at + max(leg.seconds for leg in legs), True
    if "first_token" in answer.seconds:
        yield "first_token", at, answer.seconds["first_token"], {}
    for name in _WRITING:
        if name in answer.seconds:
            yield name, at, answer.seconds[name], {}
            at += answer.seconds[name]


def _lengths(answer: Answer) -> Iterator[float]:
    """What the stages of the search took on the clock: of the legs only the longer one."""
    stages = answer.context.trace.stages
    yield max((stage.seconds for stage in stages if stage.name in _LEGS), default=0.0)
    yield from (stage.seconds for stage in stages if stage.name not in _LEGS)


def _attributes(answer: Answer, face: str) -> dict[str, Any]:
    verdicts = [sentence.verdict.value for sentence in answer.sentences]
    return {
        "shujia.face": face,
        "shujia.language": answer.language,
        "shujia.extractive": answer.model == EXTRACTIVE,
        "shujia.abstained": answer.abstained,
        "shujia.refused": answer.refused,
        "shujia.passages": len(answer.context.passages),
        "shujia.context_tokens": answer.context.tokens,
        "shujia.citations": len(answer.citations),
        "shujia.sentences": len(verdicts),
        "shujia.unsupported": verdicts.count("unsupported"),
        "shujia.notices": len(answer.notices),
    }


@lru_cache(maxsize=4)
def _provider(url: str) -> TracerProvider:
    """Spans in batches to a collector over HTTP. Raises SettingsError where the extra is not installed."""
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as exc:
        raise SettingsError(
            f"otel_url = {url!r}, but OpenTelemetry is not installed: pip install 'shujia[telemetry]'"
        ) from exc
    provider = TracerProvider(resource=Resource.create({"service.name": "shujia"}))
    exporter = OTLPSpanExporter(endpoint=url, timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider


@lru_cache(maxsize=16)
def _once(message: str) -> None:
    """A line in the log the first time."""
    log.warning("%s", message)


def _nano(seconds: float) -> int:
    return int(seconds * 1e9)
