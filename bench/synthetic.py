"""A library of many passages without hours of embedding: real texts' shape, random vectors, the real store."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ingest.chunking import VERSION
from models.types import Embedder
from store.catalogue import Catalogue
from store.rows import Source, pack_vector
from store.shelf import Shelf
from store.types import Chunk, Document, chunk_id, document_id, text_id

HAN = "检索增强生成语言模型向量索引关键词文档段落问题答案引用证据评测召回排序融合改写嵌入分词训练推理部署"
LATIN = (
    "retrieval model vector index keyword document passage question answer citation evidence recall ranking fusion"
).split()
PASSAGES_A_DOCUMENT = 100


def passage(rng: np.random.Generator, number: int) -> str:
    """About 120 characters of Chinese or English words, and a number that only this passage holds."""
    if number % 2:
        return "".join(rng.choice(list(HAN), 100)) + f"，编号 {number}。"
    return " ".join(rng.choice(LATIN, 18)) + f", number {number}."


def fill(library: Path, embedder: Embedder, passages: int, *, budget: int = 220) -> Shelf:
    """A collection named ``default`` with that many passages, committed document by document."""
    rng = np.random.default_rng(7)
    catalogue = Catalogue(library / "catalogue.sqlite")
    collection = catalogue.ensure_collection(
        "default", embedder=embedder.name, dimension=embedder.dimension, chunker=f"{VERSION}:{budget}"
    )
    for first in range(0, passages, PASSAGES_A_DOCUMENT):
        texts = [passage(rng, number) for number in range(first, min(first + PASSAGES_A_DOCUMENT, passages))]
        whole = "\n\n".join(texts)
        identity = document_id(whole.encode())
        chunks, position = [], 0
        for ordinal, text in enumerate(texts):
            end = position + len(text)
            name = chunk_id(identity, position, end, VERSION)
            chunk = Chunk(name, identity, ordinal, position, end, text, None, (), len(text) // 2)
            chunks.append((chunk, text_id(text)))
            position = end + 2
        rows = rng.standard_normal((len(texts), embedder.dimension)).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        vectors = {text: pack_vector(row) for (_, text), row in zip(chunks, rows, strict=True)}
        document = Document(identity, f"document {first}", "txt", "zh", whole, len(whole))
        catalogue.put(collection, document, chunks, vectors, Source(f"/bench/{first}.txt", identity, len(whole), 1))
    shelf = Shelf(catalogue, collection, library / "index" / str(collection.id))
    shelf.follow(publish=True)
    return shelf
