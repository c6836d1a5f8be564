"""The JSON that commands print: the contract other tools rely on. Every object carries ``"version": 1``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generation.types import Answer, Citation
    from ingest.pipeline import FileResult
    from retrieval.types import Context, Trace
    from store.jobs import Jobs
    from store.reading import Reader
    from store.types import Chunk, Document

VERSION = 1
STATUSES = ("ingested", "unchanged", "replaced", "queued", "skipped", "failed")


def ingest_payload(results: Sequence[FileResult], seconds: float) -> dict[str, Any]:
    """One object a file, and the totals of the run."""
    return {"version": VERSION, "documents": [asdict(result) for result in results], "totals": totals(results, seconds)}


def totals(results: Sequence[FileResult], seconds: float) -> dict[str, Any]:
    """Files by status, texts embedded, chunks, and the wall time in seconds."""
    counted = Counter(result.status for result in results)
    return {
        "files": len(results),
        **{status: counted[status] for status in STATUSES},
        "changed": counted["ingested"] + counted["replaced"],
        "chunks": sum(result.chunks for result in results),
        "embedded": sum(result.embedded for result in results),
        "seconds": round(seconds, 3),
    }


def search_payload(context: Context) -> dict[str, Any]:
    """Hits with the rank and score every stage gave them, and the trace."""
    hits = [
        {
            "rank": passage.number,
            "score": passage.score,
            "document": passage.chunk.document_id,
            "chunk": passage.chunk.id,
            "title": passage.title,
            "path": passage.path,
            "page": passage.chunk.page,
            "headings": list(passage.chunk.headings),
            "start": passage.chunk.start,
            "end": passage.chunk.end,
            "text": passage.chunk.text,
            "stages": {name: asdict(place) for name, place in passage.stages.items()},
        }
        for passage in context.passages
    ]
    return {"version": VERSION, "question": context.question, "hits": hits, "trace": trace_payload(context.trace)}


def trace_payload(trace: Trace) -> dict[str, Any]:
    """Seconds and number of hits by stage, and the change number that was seen."""
    stages = {s.name: {"seconds": s.seconds, "hits": len(s.ranking), "note": s.note} for s in trace.stages}
    return {"sequence": trace.sequence, "stages": stages}


def answer_payload(answer: Answer) -> dict[str, Any]:
    """The answer with citations, the verdict of every sentence, and seconds by stage."""
    return {
        "version": VERSION,
        "question": answer.context.question,
        "answer": answer.text,
        "language": answer.language,
        "abstained": answer.abstained,
        "refused": answer.refused,
        "answerable": answer.answerable,
        "citations": [_citation(citation) for citation in answer.citations],
        "sentences": [asdict(sentence) for sentence in answer.sentences],
        "passages": search_payload(answer.context)["hits"],
        "notices": list(answer.notices),
        "model": answer.model,
        "trace": {**answer.context.trace.seconds, **answer.seconds},
    }


def _citation(citation: Citation) -> dict[str, Any]:
    """A citation under the names that hits have too."""
    fields = asdict(citation)
    fields["document"], fields["chunk"] = fields.pop("document_id"), fields.pop("chunk_id")
    return fields


def jobs_payload(readers: Iterable[Reader], jobs: Jobs) -> list[dict[str, Any]]:
    """Every file that waits, is worked on or failed, with the reason; the queue's first, then what was read at once."""
    told = [
        {"collection": job.collection, "path": job.path, "state": job.state, "attempts": job.attempts}
        | {"code": job.code, "reason": job.reason, "since": job.since, "worker": job.worker}
        for job in jobs.items("waiting", "working", "failed")
    ]
    queued = {(job["collection"], job["path"]) for job in told}
    for reader in readers:
        name = reader.collection.name
        told += [
            {"collection": name, "path": failure.path, "state": "failed", "attempts": failure.attempts}
            | {"code": failure.code, "reason": failure.reason, "since": failure.failed_at, "worker": None}
            for failure in reader.failures().values()
            if (name, failure.path) not in queued
        ]
    return told


def status_payload(readers: Sequence[Reader], jobs: Jobs) -> dict[str, Any]:
    """Live counts of the library and of every collection, with the documents and the reasons of failures."""
    collections = [
        {
            "name": reader.collection.name,
            "embedder": reader.collection.embedder,
            "dimension": reader.collection.dimension,
            "chunker": reader.collection.chunker,
            **asdict(reader.counts()),
            "sequence": reader.sequence(),
            "items": [asdict(card) for card in reader.cards()],
            "failures": [asdict(failure) for failure in reader.failures().values()],
        }
        for reader in readers
    ]
    return {
        "version": VERSION,
        "documents": sum(int(each["documents"]) for each in collections),
        "chunks": sum(int(each["chunks"]) for each in collections),
        "collections": collections,
        "jobs": jobs_payload(readers, jobs),
        "workers": len(jobs.workers()),
    }


def inspect_payload(document: Document, chunks: Sequence[Chunk]) -> dict[str, Any]:
    """What was read and how it was cut."""
    return {
        "version": VERSION,
        "document": {
            "id": document.id,
            "title": document.title,
            "kind": document.kind,
            "language": document.language,
            "size": document.size,
            "characters": len(document.text),
            "pages": [asdict(page) for page in document.pages],
            "warnings": list(document.warnings),
        },
        "text": document.text,
        "chunks": [asdict(chunk) for chunk in chunks],
    }
