"""Every setting: its name, its type, its limits, its default and the sentence that `shujia settings` shows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings

Switch = Literal["off", "auto", "on"]  # auto: where a cheap look at the question says that it pays


class Fields(BaseSettings):
    """What can be set; where the values come from stands in ``app.settings``."""

    library: Annotated[Path, Field(description="folder that holds everything: catalogue, indexes, originals")] = (
        user_data_path("shujia", appauthor=False) / "library"
    )
    catalogue: Annotated[
        SecretStr, Field(description="postgresql://user:password@host/database; empty: SQLite in the library's folder")
    ] = SecretStr("")
    collection: Annotated[str, Field(min_length=1, description="collection that is used when none is named")] = (
        "default"
    )
    models: Annotated[Path, Field(description="folder that holds the weights")] = (
        user_cache_path("shujia", appauthor=False) / "models"
    )
    offline: Annotated[bool, Field(description="never download weights, whatever is missing")] = False

    embedder: Annotated[
        str,
        Field(description="a name of `shujia models list`, a folder, a hub name, or langchain:package.module:factory"),
    ] = "multilingual-e5-small"
    embedder_url: Annotated[
        str, Field(description="OpenAI-compatible embeddings endpoint; `embedder` is its model")
    ] = ""
    embedder_dimension: Annotated[int, Field(ge=0, description="length of the vectors that embedder_url gives")] = 0
    chunker: Annotated[
        str,
        Field(
            description="how documents are cut: recursive, balanced, section, semantic, rows, sentence, window, "
            "parent or fixed"
        ),
    ] = "recursive"
    chunk_tokens: Annotated[int, Field(ge=32, le=480, description="largest chunk, in the embedder's tokens")] = 220

    model: Annotated[
        str, Field(description="chat model: a name from `shujia models list`, a GGUF file, or `extractive` for none")
    ] = "qwen2.5-coder-1.5b-instruct"
    other_models: Annotated[
        str, Field(description="more chat models that readers may choose on the page, separated by commas")
    ] = ""
    model_url: Annotated[
        str,
        Field(description="OpenAI-compatible endpoint, such as http://127.0.0.1:8000/v1, or several, by commas"),
    ] = ""
    model_key: Annotated[SecretStr, Field(description="key for model_url and embedder_url")] = SecretStr("")
    model_context: Annotated[int, Field(ge=1024, description="tokens of prompt and answer together")] = 4096
    answer_tokens: Annotated[int, Field(ge=16, le=4096, description="longest answer")] = 256
    abstain: Annotated[
        float, Field(ge=0, le=1, description="how likely the passages must hold an answer; below it none is given")
    ] = 0.28
    harm: Annotated[bool, Field(description="refuse questions that ask for a way to do harm")] = True
    context_tokens: Annotated[int, Field(ge=128, description="most tokens of passages in a prompt")] = 640
    prompt_tokens: Annotated[
        int,
        Field(
            ge=0,
            description="most tokens of them that a chat model on this processor reads, the sentences near the "
            "question; 0 all",
        ),
    ] = 0
    context_join: Annotated[bool, Field(description="join chunks of a document that touch into one passage")] = True
    context_parents: Annotated[
        int, Field(ge=0, le=4096, description="grow passages within their section to so many tokens; 0 leaves them")
    ] = 0
    context_relevance: Annotated[
        float, Field(ge=0, le=1, description="relevance against variety of the passages (MMR); 1 is relevance alone")
    ] = 1.0
    context_drop: Annotated[
        float, Field(ge=0, le=1, description="end the context below this share of the best passage's score; 0 never")
    ] = 0.0

    dense_index: Annotated[
        Literal["auto", "flat", "hnsw", "ivf"],
        Field(description="how vectors are searched: flat compares all, hnsw and ivf are faster; auto chooses"),
    ] = "auto"
    milvus_uri: Annotated[
        str, Field(description="Milvus that holds the vectors: http://host:19530, or a .db path for milvus-lite")
    ] = ""
    milvus_token: Annotated[SecretStr, Field(description="user:password or API key of that Milvus")] = SecretStr("")
    candidates: Annotated[int, Field(ge=10, le=1000, description="hits each leg gives to the fusion")] = 100
    dense_weight: Annotated[float, Field(ge=0, le=1, description="the dense leg's share in the fusion")] = 0.4
    both_languages: Annotated[
        bool, Field(description="keep places for the other language of a mixed library where something stands out")
    ] = True
    centring: Annotated[
        bool, Field(description="take out of vectors what all texts of their language share, where that was measured")
    ] = True
    reranker: Annotated[
        str, Field(description="what reads the best passages again: none, maxsim, chat, or a cross-encoder's name")
    ] = "none"
    rerank_depth: Annotated[int, Field(ge=2, le=200, description="passages the reranker reads")] = 30
    rerank_weight: Annotated[float, Field(ge=0, le=1, description="the reranker's share in their order")] = 0.5
    rerank_seconds: Annotated[
        float, Field(gt=0, description="time the reranker has for a question; what it did not read keeps its place")
    ] = 20.0
    rewrite_blend: Annotated[
        Switch, Field(description="weigh the last turn of a conversation beneath its next question (no model needed)")
    ] = "auto"
    rewrite_condense: Annotated[
        Switch, Field(description="the chat model completes a follow-up from the conversation: off, auto or on")
    ] = "auto"
    rewrite_translate: Annotated[
        Switch, Field(description="the chat model translates the question for documents in the other language")
    ] = "auto"
    rewrite_hyde: Annotated[
        Switch, Field(description="the chat model imagines a passage that answers, for the dense leg")
    ] = "off"
    rewrite_variants: Annotated[Switch, Field(description="the chat model gives two other wordings")] = "off"
    rewrite_split: Annotated[
        Switch, Field(description="the chat model splits a question that asks several things")
    ] = "off"  # fmt: skip
    rewrite_keywords: Annotated[Switch, Field(description="the chat model adds search words")] = "off"
    rewrite_seconds: Annotated[
        float, Field(gt=0, description="time these steps have together; then the question is searched as it is")
    ] = 30.0
    workers: Annotated[int, Field(ge=1, le=64, description="processes that read files")] = min(4, os.cpu_count() or 1)
    parse_seconds: Annotated[float, Field(gt=0, description="a file that takes longer to read is given up")] = 60.0
    ocr: Annotated[
        Literal["auto", "off", "on"],
        Field(description="pages and pictures without readable text are read by OCR; on: every page, off: none"),
    ] = "auto"
    parse_memory_mb: Annotated[int, Field(ge=256, description="memory a reader may use before it is killed")] = 2048
    url_hosts: Annotated[
        str, Field(description="hosts inside your network whose pages may be ingested (wiki.corp,10.0.0.5:8000)")
    ] = ""
    eval_folder: Annotated[Path, Field(description="folder that keeps test collections and their vectors")] = (
        user_cache_path("shujia", appauthor=False) / "eval"
    )

    keep_chats: Annotated[
        Literal["off", "page", "all"],
        Field(description="whose questions and answers are kept: nobody's, page and `ask --chat`, or the API's too"),
    ] = "page"

    host: Annotated[str, Field(description="address the page is served on")] = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535, description="port the page is served on")] = 8501
    api_host: Annotated[str, Field(description="address the HTTP API is served on")] = "127.0.0.1"
    api_port: Annotated[int, Field(ge=1, le=65535, description="port the HTTP API is served on")] = 8600
    api_hosts: Annotated[
        str, Field(description="names by which the API may be called, separated by commas; without, those of loopback")
    ] = ""
    api_origins: Annotated[
        str, Field(description="web pages that may call the API (https://chat.example.org), separated by commas")
    ] = ""
    api_rate: Annotated[int, Field(ge=0, description="requests a minute for each key; 0 for no limit")] = 120
    api_upload_mb: Annotated[int, Field(ge=1, le=4096, description="largest upload to the API")] = 256
    otel_url: Annotated[
        str, Field(description="OpenTelemetry collector (http://127.0.0.1:4318/v1/traces); without, no traces are sent")
    ] = ""
    login: Annotated[
        Literal["none", "password", "oidc"], Field(description="how people sign in to the page: not at all, or how")
    ] = "none"
    session_hours: Annotated[float, Field(gt=0, le=720, description="how long a sign-in lasts")] = 12.0
    oidc_new_people: Annotated[
        str,
        Field(description="group that people join who sign in by OIDC for the first time; without, they are refused"),
    ] = ""
    behind_proxy: Annotated[
        bool, Field(description="a proxy asks for a login, so the page may serve other machines without one of its own")
    ] = False
    language: Annotated[
        Literal["auto", "zh", "en"], Field(description="language of page and command line; auto follows the system")
    ] = "auto"
