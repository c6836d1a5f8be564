"""What the server counts, for Prometheus. Labels are routes, stages and outcomes; never a name, a text or a key."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from generation.types import Answer

FAST = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)  # seconds

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """One registry a server, so that two in one process do not add up."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        at = self.registry
        self._requests = Counter("shujia_requests", "Requests answered", ["route", "method", "status"], registry=at)
        self._seconds = Histogram(
            "shujia_request_seconds", "Time to the end of the response", ["route"], registry=at, buckets=FAST
        )
        self._stages = Histogram(
            "shujia_stage_seconds", "Time of each stage of an answer or a search", ["stage"], registry=at, buckets=FAST
        )
        self._answers = Counter("shujia_answers", "Answers by what came of them", ["outcome"], registry=at)
        self._tokens = Counter("shujia_tokens", "Tokens read and written by the chat model", ["kind"], registry=at)
        self._jobs = Counter("shujia_files", "Uploaded files by what became of them", ["status"], registry=at)
        self.writing = Gauge("shujia_answers_running", "Answers on their way now", registry=at)
        self.waiting = Gauge("shujia_answers_waiting", "Questions that wait for the chat model", registry=at)
        self.jobs_waiting = Gauge("shujia_jobs_waiting", "Uploads not finished yet", registry=at)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request."""
        told = method if method in _METHODS else "other"  # anybody can make one up, and a label is kept for ever
        self._requests.labels(route, told, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def stages(self, seconds: Mapping[str, float]) -> None:
        """Count the time of each stage."""
        for stage, taken in seconds.items():
            self._stages.labels(stage).observe(taken)

    def answer(self, answer: Answer, model: str, read: int, written: int) -> None:
        """Count a finished answer; one that ``model`` was to write and that is quoted instead is ``replaced``."""
        quoted = answer.model != model
        outcome = "replaced" if quoted else "answered"
        if answer.abstained:
            outcome = "refused" if answer.refused else "abstained"
        self._answers.labels(outcome).inc()
        self._tokens.labels("read").inc(read)
        self._tokens.labels("written").inc(written)
        self.stages({**answer.context.trace.seconds, **answer.seconds})

    def cancelled(self) -> None:
        """Count an answer whose reader left before its end."""
        self._answers.labels("cancelled").inc()

    def failed(self) -> None:
        """Count an answer that ended in an error."""
        self._answers.labels("failed").inc()

    def file(self, status: str) -> None:
        """Count an uploaded file."""
        self._jobs.labels(status).inc()

    def text(self) -> bytes:
        """Everything in Prometheus's text format."""
        return generate_latest(self.registry)
