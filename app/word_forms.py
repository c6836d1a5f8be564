"""How every face takes words out of its table: the language chosen, the values filled in, nouns in their form.

A table holds ``key: (Chinese, English)``. English has two forms where things are counted, and both stand in the text:

- ``{chunks:# chunk}`` → "1 chunk", "3 chunks", "0 chunks"
- ``{bad:# thing is|things are}`` → "1 thing is", "3 things are": where an s is not enough
- ``{held:= is|are}`` → "is", "are": the form alone, where the number stands elsewhere
"""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any

Table = Mapping[str, tuple[str, str]]


class _Forms(Formatter):
    """As ``str.format``, with the specifications above."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        if not format_spec.startswith(("# ", "= ")):
            return super().format_field(value, format_spec)
        one, _, many = format_spec[2:].partition("|")
        form = one if value == 1 else many or f"{one}s"
        return f"{value} {form}" if format_spec[0] == "#" else form


_FORMS = _Forms()


def filled(text: str, values: Mapping[str, object]) -> str:
    """A text with its values. Raises KeyError for a value that is missing."""
    return _FORMS.vformat(text, (), values)


def worded(table: Table, language: str, key: str, values: Mapping[str, object]) -> str:
    """The words for ``key`` in that language, the values filled in. Raises KeyError."""
    chinese, english = table[key]
    return filled(chinese if language == "zh" else english, values)
