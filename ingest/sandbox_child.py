"""The inside of a parser child: reads jobs until its input ends, without network, programs or foreign files.

The rules are an audit hook, so they hold for Python code; native code is held by the memory limit and the parent's
watch.
"""

from __future__ import annotations

import logging
import os
import shutil
import sys
from typing import IO, Any, NoReturn

from ingest.errors import IngestError, ParserCrashed, UnreadableFile
from ingest.limits import MIB, Limits
from ingest.patience import listen
from ingest.wire import decode_job, decode_limits, encode_error, encode_parsed, encode_wish, read_frame, write_frame

ADDRESS_SPARE = 3072 * MIB  # libraries map far more than they use; resident memory is what the parent watches

_REFUSED = frozenset(
    {
        "socket.connect", "socket.bind", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr",
        "socket.sendto", "socket.sendmsg", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn",
        "os.fork", "os.forkpty", "pty.spawn", "os.startfile", "webbrowser.open", "os.kill", "os.killpg",
    }
)  # fmt: skip
_WRITES = frozenset(
    {
        "os.remove",
        "os.rename",
        "os.mkdir",
        "os.rmdir",
        "os.link",
        "os.symlink",
        "os.truncate",
        "os.chmod",
        "shutil.rmtree",
    }
)
_FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def main() -> None:
    """Serve until the parent closes the input."""
    source, sink = _own_streams()
    logging.disable(logging.CRITICAL)
    folder = os.path.realpath(os.getcwd())
    try:
        limits = decode_limits(read_frame(source))
        _limit_memory(limits)
        sys.addaudithook(_guard(folder))
        listen(lambda seconds: write_frame(sink, encode_wish(seconds)))
        while True:
            data, name = decode_job(read_frame(source))
            write_frame(sink, _answer(data, name, limits))
    except (EOFError, BrokenPipeError):
        pass
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    os._exit(0)  # no library's exit hook may hold the child back


def _own_streams() -> tuple[IO[bytes], IO[bytes]]:
    """The two pipes, moved away from descriptors 0 and 1 so that a library that prints cannot disturb them."""
    source = os.fdopen(os.dup(0), "rb")
    sink = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, 0)
    os.dup2(nowhere, 1)
    return source, sink


def _answer(data: bytes, name: str, limits: Limits) -> bytes:
    from ingest.readers.choose import read

    try:
        return encode_parsed(read(data, name, limits))
    except IngestError as error:
        return encode_error(error)
    except MemoryError:
        return encode_error(
            ParserCrashed(f"the parser needs more than {limits.memory_bytes // MIB} MiB of memory: split the file")
        )
    except RecursionError:
        return encode_error(UnreadableFile("the file is nested too deeply to be read: simplify it, or save it as .txt"))
    except Exception as error:  # noqa: BLE001  # parsers raise anything on damaged files; the parent gets its name
        return encode_error(UnreadableFile(f"the parser refused the file: {type(error).__name__}: {str(error)[:500]}"))


def _limit_memory(limits: Limits) -> None:
    try:
        import resource
    except ImportError:  # not on Windows: there the parent's watch alone holds
        return
    ceiling = limits.memory_bytes + ADDRESS_SPARE
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or hard > ceiling:
        resource.setrlimit(resource.RLIMIT_AS, (ceiling, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _guard(folder: str) -> Any:
    inside = folder + os.sep

    def allowed(path: Any) -> bool:
        if isinstance(path, int):  # a descriptor: opened before, or judged when it was
            return True
        real = os.path.realpath(os.fsdecode(path))
        return real == os.devnull or real == folder or real.startswith(inside)

    def refuse(event: str, what: Any) -> NoReturn:
        raise PermissionError(f"{event} is not allowed while a file is parsed: {what!r:.200}")

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _REFUSED:
            refuse(event, arguments[:2])
        if event == "open":
            path, mode, flags = arguments
            writes = (isinstance(flags, int) and flags & _FLAGS) or (isinstance(mode, str) and set(mode) & set("wax+"))
            if writes and not allowed(path):
                refuse("writing", path)
        elif event in _WRITES and not allowed(arguments[0]):
            refuse(event, arguments[0])

    return hook
