"""Numbered, append-only migrations of the catalogue. A migration that has landed is never edited."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import Connection, func, insert, inspect, select

from store import schema, schema_cards, schema_chats, schema_library, schema_people, schema_seals
from store.errors import LibraryUnusable


def m001_first_tables(connection: Connection) -> None:
    """Collections, documents, sources, chunks, vectors, the change log and failures."""
    tables = [schema.collection, schema.document, schema.source, schema.chunk, schema.vector, schema.change]
    schema.metadata.create_all(connection, tables=[*tables, schema.failure], checkfirst=False)


def m002_feedback(connection: Connection) -> None:
    """What readers say about answers, and the documents each of these touches."""
    tables = [schema.feedback, schema.feedback_document]
    schema.metadata.create_all(connection, tables=tables, checkfirst=False)


def m003_jobs_and_generations(connection: Connection) -> None:
    """Files that wait for workers, collections built beside those that answer, and how often a file was tried."""
    tables = [schema.generation, schema.job, schema.worker]
    schema.metadata.create_all(connection, tables=tables, checkfirst=False)
    # In a new library the first migration has made the table as it is today.
    if "attempts" not in {column["name"] for column in inspect(connection).get_columns("failure")}:
        connection.exec_driver_sql("ALTER TABLE failure ADD COLUMN attempts INTEGER DEFAULT '1' NOT NULL")


def m004_api_keys(connection: Connection) -> None:
    """The keys of the HTTP API."""
    schema.metadata.create_all(connection, tables=[schema.api_key], checkfirst=False)


def m005_people(connection: Connection) -> None:
    """People, groups, rights, sessions of the page, the audit log, and whose an API key is."""
    schema.metadata.create_all(connection, tables=schema_people.TABLES, checkfirst=False)
    if "person_id" not in {column["name"] for column in inspect(connection).get_columns("api_key")}:
        connection.exec_driver_sql("ALTER TABLE api_key ADD COLUMN person_id TEXT")


def m006_chats(connection: Connection) -> None:
    """Conversations, their turns, and the documents with which these go."""
    tables = [schema_chats.chat, schema_chats.turn, schema_chats.turn_document, schema_chats.turn_hit]
    schema.metadata.create_all(connection, tables=tables, checkfirst=False)


def m007_cards(connection: Connection) -> None:
    """What reading a document told about it, and what finds those that are nearly the same."""
    schema.metadata.create_all(connection, tables=schema_cards.TABLES, checkfirst=False)


def m008_tags_and_folders(connection: Connection) -> None:
    """Tags of documents, and the folders that collections follow."""
    schema.metadata.create_all(connection, tables=schema_library.TABLES, checkfirst=False)


def m009_seals(connection: Connection) -> None:
    """A checksum of what was committed with each document."""
    schema.metadata.create_all(connection, tables=schema_seals.TABLES, checkfirst=False)


MIGRATIONS: tuple[Callable[[Connection], None], ...] = (
    m001_first_tables,
    m002_feedback,
    m003_jobs_and_generations,
    m004_api_keys,
    m005_people,
    m006_chats,
    m007_cards,
    m008_tags_and_folders,
    m009_seals,
)


def migrate(connection: Connection) -> int:
    """Bring the catalogue to the newest schema inside the caller's transaction; returns how many steps were taken.

    Raises LibraryUnusable when the catalogue was written by a newer Shujia.
    """
    if not inspect(connection).has_table("migration"):
        schema.metadata.create_all(connection, tables=[schema.migration])
    current = connection.scalar(select(func.max(schema.migration.c.number))) or 0
    if current > len(MIGRATIONS):
        raise LibraryUnusable(
            f"this library has schema {current}, this Shujia knows {len(MIGRATIONS)}: install a newer Shujia"
        )
    for number, step in enumerate(MIGRATIONS[current:], start=current + 1):
        step(connection)
        row = {"number": number, "name": step.__name__, "applied_at": time.time()}
        connection.execute(insert(schema.migration).values(row))
    return len(MIGRATIONS) - current
