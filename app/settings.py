"""The settings: shujia.toml, then SHUJIA_* variables, then the command line; each overrides the one before."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from platformdirs import user_cache_path, user_data_path
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

Switch = Literal["off", "auto", "on"]  # auto: where a cheap look at the question says that it pays
CONFIG_FILE = "shujia.toml"
PREFIX = "SHUJIA_"
_NOT_SETTINGS = frozenset({"SHUJIA_CONFIG"})  # variables of ours that name no setting


class SettingsError(ValueError):
    """A setting that is unknown or has an impossible value; the message names it and what would be right."""


class Settings(BaseSettings):
    """Every setting with its default. Frozen: one run, one configuration."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="forbid")

    library: Annotated[Path, Field(description="folder that holds everything: catalogue, indexes, originals")] = (
        user_data_path("shujia", appauthor=False) / "library"
    )
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
        str, Field(description="how documents are cut: recursive, balanced, section, sentence or fixed")
    ] = "recursive"
    chunk_tokens: Annotated[int, Field(ge=32, le=480, description="largest chunk, in the embedder's tokens")] = 220

    model: Annotated[
        str, Field(description="chat model: a name from `shujia models list`, a GGUF file, or `extractive` for none")
    ] = "qwen2.5-coder-1.5b-instruct"
    model_url: Annotated[
        str, Field(description="OpenAI-compatible endpoint, such as http://127.0.0.1:8000/v1; `model` is its model")
    ] = ""
    model_key: Annotated[SecretStr, Field(description="key for model_url and embedder_url")] = SecretStr("")
    model_context: Annotated[int, Field(ge=1024, description="tokens of prompt and answer together")] = 4096
    answer_tokens: Annotated[int, Field(ge=16, le=4096, description="longest answer")] = 256
    abstain: Annotated[
        float, Field(ge=0, le=1, description="how likely the passages must hold an answer; below it none is given")
    ] = 0.28
    harm: Annotated[bool, Field(description="refuse questions that ask for a way to do harm")] = True
    context_tokens: Annotated[int, Field(ge=128, description="most tokens of passages in a prompt")] = 640
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
    parse_memory_mb: Annotated[int, Field(ge=256, description="memory a reader may use before it is killed")] = 2048
    eval_folder: Annotated[Path, Field(description="folder that keeps test collections and their vectors")] = (
        user_cache_path("shujia", appauthor=False) / "eval"
    )

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
    language: Annotated[
        Literal["auto", "zh", "en"], Field(description="language of page and command line; auto follows the system")
    ] = "auto"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Command line over environment over file."""
        file = TomlConfigSettingsSource(settings_cls, toml_file=config_file())
        return init_settings, env_settings, file


def config_file() -> Path | None:
    """The settings file in use: SHUJIA_CONFIG, else shujia.toml of the current folder, None without either."""
    named = os.environ.get("SHUJIA_CONFIG")
    if named and not Path(named).is_file():
        raise SettingsError(f"SHUJIA_CONFIG names {named}, which is no file")
    path = Path(named) if named else Path(CONFIG_FILE)
    return path if path.is_file() else None


def load(**overrides: Any) -> Settings:
    """The effective settings; overrides that are None are left out.

    Raises SettingsError for an unknown key, naming the nearest valid one, and for a value out of range.
    """
    unknown = [name for name in os.environ if name.startswith(PREFIX) and name not in _NOT_SETTINGS]
    unknown = [name for name in unknown if name.removeprefix(PREFIX).lower() not in Settings.model_fields]
    if unknown:
        raise SettingsError(_unknown(unknown[0], unknown[0].removeprefix(PREFIX).lower(), PREFIX))
    try:
        settings = Settings(**{name: value for name, value in overrides.items() if value is not None})
    except ValidationError as exc:
        raise SettingsError("; ".join(_sentence(error) for error in exc.errors())) from None
    except ValueError as exc:  # the file is no TOML
        raise SettingsError(f"{config_file()}: {exc}") from exc
    if settings.embedder.startswith("langchain:") and not _meant(overrides):
        raise SettingsError(
            "a shujia.toml that lies in the current folder may not name code (embedder = 'langchain:…'): say it by "
            "SHUJIA_EMBEDDER, or name the file by SHUJIA_CONFIG"
        )
    return settings


def _meant(overrides: Mapping[str, Any]) -> bool:
    """Whether the embedder was named by the caller, a variable, or a file that a variable names."""
    said = overrides.get("embedder") or os.environ.get(f"{PREFIX}EMBEDDER") or os.environ.get("SHUJIA_CONFIG")
    return bool(said)


def effective(settings: Settings) -> dict[str, Any]:
    """Every setting as plain JSON values; secrets as stars."""
    return settings.model_dump(mode="json")


def _sentence(error: Any) -> str:
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return _unknown(name, name, "")
    shown = "…" if name == "model_key" else repr(error["input"])
    return f"{name} = {shown}: {error['msg'].lower()}"


def _unknown(shown: str, name: str, prefix: str) -> str:
    near = difflib.get_close_matches(name, list(Settings.model_fields), n=1, cutoff=0.0)[0]
    near = f"{prefix}{near.upper()}" if prefix else near
    return f"unknown setting {shown!r}; did you mean {near!r}? All of them: shujia settings"
