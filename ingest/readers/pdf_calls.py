"""Functions of pdfium for the loops that call them thousands of times a page."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable
from typing import Any, cast


@functools.cache
def fast_call(name: str, *types: type) -> Callable[..., Any]:
    """``name`` called with plain addresses and numbers: a third faster than with the typed pointers of pypdfium2.

    ``types`` are the result's and the arguments' (ctypes); pointers are ``c_void_p``. Unlike pypdfium2's functions it
    keeps the interpreter's lock, because giving it up costs more than the call.
    """
    import pypdfium2.raw as pdfium

    address = ctypes.cast(getattr(pdfium, name), ctypes.c_void_p).value or 0
    return cast(Callable[..., Any], ctypes.PYFUNCTYPE(*types)(address))
