"""The type of every text column: the same characters in the same order on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect, Text, TypeDecorator

# PostgreSQL refuses U+0000 in text. The noncharacter U+FFFF stands for it there: the cleaning of documents removes
# both, so that only a collection's name or a reader's comment can hold one.
_NUL, _STAND_IN = "\x00", "\uffff"


class KeptText(TypeDecorator[str]):
    """Text that sorts by code point, as SQLite does it, whatever the locale of the database."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        """The collation C on PostgreSQL; plain TEXT elsewhere."""
        return dialect.type_descriptor(Text(collation="C") if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """What is sent."""
        return value.replace(_NUL, _STAND_IN) if value else value

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """What comes back."""
        return value.replace(_STAND_IN, _NUL) if value else value

    def bind_processor(self, dialect: Dialect) -> Any:
        """None on SQLite, where nothing is to be done: a call for every value of every row would cost."""
        return super().bind_processor(dialect) if dialect.name == "postgresql" else None

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """None on SQLite."""
        return super().result_processor(dialect, coltype) if dialect.name == "postgresql" else None
