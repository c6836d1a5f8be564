"""Sentences that a room says itself, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from store.language import Language


@dataclass(frozen=True, slots=True)
class Wording:
    """Templates by language and key."""

    texts: Mapping[Language, Mapping[str, str]]

    def __call__(self, key: str, language: Language, **values: object) -> str:
        """The text ``key`` in ``language`` with ``values`` filled in; KeyError for an unknown key."""
        return self.texts[language][key].format(**values)
