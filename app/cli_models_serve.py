"""`shujia models serve`: a model under vLLM, in vLLM's own environment, until Ctrl-C."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.console import err, label_column, out, session
from app.serve_words import say
from app.words import Language, language_of

if TYPE_CHECKING:
    from app.settings import Settings
    from models.vllm_command import Serving
    from models.vllm_environment import VllmEnvironment
    from models.vllm_server import VllmServer
    from models.vllm_weights import Weights

_LOOK_EVERY = 1.0  # seconds between two looks at servers that run
_LINE = 100  # characters of a log's line that are shown


def serve_model(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A name of `models list`, a GGUF file, a folder, or a hub name.")],
    host: Annotated[str, typer.Option(help="Address to listen on; without, this machine alone.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port; further replicas take the next ones.")] = 8000,
    served_as: Annotated[str, typer.Option("--name", help="Name that clients ask for; by default the model's.")] = "",
    replicas: Annotated[
        int, typer.Option(min=1, max=64, help="So many servers, on a GPU each or a share of cores.")
    ] = 1,
    max_length: Annotated[
        int | None, typer.Option(min=256, help="Tokens of prompt and answer together; by default model_context.")
    ] = None,
    dtype: Annotated[
        str, typer.Option(help="Numbers: auto, bfloat16, float16, float32; auto is float32 on a CPU without bf16.")
    ] = "auto",
    quantization: Annotated[
        str, typer.Option(help="A method of vLLM (fp8, awq, gptq); by default the weights' own.")
    ] = "",
    prefix_caching: Annotated[bool, typer.Option(help="Keep what prompts open with, so that it is read once.")] = True,
    chunked_prefill: Annotated[
        bool, typer.Option(help="Read long prompts in pieces, between the words of others.")
    ] = True,
    speculate: Annotated[
        int, typer.Option(min=0, max=16, help="Words guessed ahead by looking them up in the prompt; 0 for none.")
    ] = 0,
    tensor_parallel: Annotated[int, typer.Option(min=1, help="GPUs that share each layer of the model.")] = 1,
    data_parallel: Annotated[int, typer.Option(min=1, help="Copies of the model within one server.")] = 1,
    gpu_memory: Annotated[float, typer.Option(min=0.1, max=1.0, help="Share of a GPU's memory it may take.")] = 0.9,
    wait: Annotated[float, typer.Option(min=1, help="Seconds it has to become ready.")] = 900.0,
    environment: Annotated[
        Path | None, typer.Option(help="vLLM's environment; by default that of `make vllm`.")
    ] = None,
) -> None:
    """Serve a chat model with vLLM until Ctrl-C. `make vllm` installs it. Exit code 1 when it fails."""
    from models.vllm_command import Serving
    from models.vllm_environment import find_vllm

    settings = session(context).settings(None)
    language = language_of(settings.language)
    vllm = find_vllm(environment)
    weights = _weights(name, settings, vllm, language)
    servings = [
        Serving(
            weights.model, served_as or weights.name, port + number, max_length or settings.model_context,
            dtype, quantization, prefix_caching, chunked_prefill, speculate,
            tensor_parallel, data_parallel, gpu_memory, host,
        )
        for number in range(replicas)
    ]  # fmt: skip
    with _ended_by_signals(), _running(servings, vllm, settings, language) as servers:
        seconds = _all_ready(servers, wait, language)
        out().print(_ready_words(servings, seconds, language), markup=False)
        while True:
            time.sleep(_LOOK_EVERY)
            for server in servers:
                server.check()


def _ready_words(servings: Sequence[Serving], seconds: float, language: Language) -> str:
    first, urls = servings[0], ",".join(each.url for each in servings)
    return say(language, "ready", name=first.name, urls=urls, length=first.max_length, seconds=seconds)


def _weights(name: str, settings: Settings, vllm: VllmEnvironment, language: Language) -> Weights:
    """The weights, converted under a bar when they have to be."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    from models.vllm_weights import weights_for

    columns = (label_column(), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err(), transient=True) as bars:
        task = bars.add_task(say(language, "converting", name=name), total=None, visible=False)

        def said(done: int, total: int) -> None:
            bars.update(task, completed=done, total=total, visible=True)

        return weights_for(name, settings.models.expanduser(), vllm, said)


@contextmanager
def _running(
    servings: Sequence[Serving], vllm: VllmEnvironment, settings: Settings, language: Language
) -> Iterator[list[VllmServer]]:
    """Start all; whatever happens within the block, all of their processes are ended after it."""
    from models.processor import cores
    from models.vllm_command import LOOPBACK
    from models.vllm_server import VllmServer

    key = settings.model_key.get_secret_value()
    if servings[0].host not in LOOPBACK and not key:
        err().print(say(language, "open", host=servings[0].host), markup=False)
    started: list[VllmServer] = []
    try:
        for number, serving in enumerate(servings):
            log = settings.models.expanduser() / ".logs" / f"vllm-{serving.port}.log"
            err().print(say(language, "starting", version=vllm.version, build=vllm.build, log=log), markup=False)
            server = VllmServer.start(
                vllm, serving, log, key=key, offline=settings.offline, threads=max(1, cores() // len(servings)),
                first_device=number * serving.devices if len(servings) > 1 else None,
            )  # fmt: skip
            started.append(server)
        yield started
    finally:
        for server in started:
            server.stop()
        err().print(say(language, "ended"), markup=False)


def _all_ready(servers: Sequence[VllmServer], wait: float, language: Language) -> float:
    """Wait for every server, under a line that shows the newest words of its log; the seconds it took."""
    began = time.monotonic()
    with err().status("") as status:
        for server in servers:

            def said(line: str) -> None:
                seconds = time.monotonic() - began
                status.update(say(language, "waiting", seconds=seconds, line=_plain(line)))

            server.wait_healthy(max(1.0, wait - (time.monotonic() - began)), said)
    return time.monotonic() - began


def _plain(line: str) -> str:
    """A log's line as text: square brackets would be taken for markup."""
    from rich.markup import escape

    return escape(line[:_LINE])


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Within the block, being told to end (Ctrl-C, SIGTERM, a closed terminal) ends it in order.

    Ctrl-C too: a shell that starts a program in the background lets it ignore that, and Python would keep to it.
    """

    def end(number: int, _: object) -> None:
        raise SystemExit(0)

    kept: dict[int, Callable[..., object] | int | None] = {}
    for each in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):
        kept.setdefault(each, signal.signal(each, end))
    try:
        yield
    finally:
        for each, before in kept.items():
            signal.signal(each, before)
