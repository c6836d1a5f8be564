"""The catalogue on a PostgreSQL server: one writer at a time, readers that see one moment, errors that say what to do.

The numbers of the change log must become visible in their order, or an index would pass by a number that is committed
late. A sequence alone does not promise that, so every writing transaction first takes one advisory lock, which the
server lets go of after the commit is visible. Outside of it a session is read-only: no write can go by the lock.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Mapping
from typing import Any

from sqlalchemy import URL, Connection, Engine, ExceptionContext, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, IntegrityError

from store.errors import LibraryUnusable

CONNECT_SECONDS = 10.0
WRITER = 0x5348554A4941  # the key of the lock: "SHUJIA" in ASCII
_BEGIN = (
    "SET TRANSACTION ISOLATION LEVEL READ COMMITTED READ WRITE; "
    "SET LOCAL idle_in_transaction_session_timeout = '60s'; "  # of a writer that hangs, the lock comes free
    f"SELECT pg_advisory_xact_lock({WRITER})"
)
_SESSION = {
    "default_transaction_isolation": "repeatable read",  # all statements of one read see one moment
    "default_transaction_read_only": "on",
    "lock_timeout": "30s",  # another process may be committing a large document
    "tcp_keepalives_idle": "30",  # the lock of a machine that lost its power comes free after a minute
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
_TLS = ("disable", "prefer", "require", "verify-ca", "verify-full")
_FORM = "postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
# SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html) → what to do. Two letters: a whole class.
_NEXT = {
    "28": "the user or its password is wrong: look at the setting catalogue",
    "3D": "there is no such database: createdb makes it, with encoding UTF8",
    "42501": "the user may not do that: make it the owner of the database",
    "53": "the server has no room, memory or connections left: what was committed is kept; give it more, try again",
    "57": "the server was stopped or ended the connection: what was committed is kept; try again",
    "58": "the server's disk failed: what was committed is kept; look at its log",
    "55P03": "another process has been writing for 30 s: what was committed is kept; try again",
    "25P03": "the transaction stood still for a minute: what was committed is kept; try again",
    "25006": "the server is read-only (a standby?): name its primary in the setting catalogue",
    "XX": "the server says that its data are damaged: restore a backup",
}
_AGAIN = "what was committed is kept; see that the server runs, then try again"


def open_postgresql(location: str) -> Engine:
    """An engine for a URL ``postgresql://user:password@host:port/database[?sslmode=…&sslrootcert=FILE]``.

    Raises LibraryUnusable for another URL, never with the password in it, and when no server answers there.
    """
    url = _url(location)
    try:
        import pg8000  # noqa: F401
    except ImportError as exc:
        raise LibraryUnusable("a catalogue on PostgreSQL needs the extra: pip install 'shujia[postgres]'") from exc
    arguments = {"startup_params": dict(_SESSION), "application_name": "shujia", "ssl_context": _tls(url.query)}
    _knock(url)
    engine = create_engine(
        url.set(drivername="postgresql+pg8000", query={}), connect_args=arguments, hide_parameters=True
    )
    engine.dialect.use_insertmanyvalues_wo_returning = True  # hundreds of rows a round trip instead of one
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _name_failure)
    event.listen(engine, "connect", _require_utf8)
    event.listen(engine, "checkout", _ping)
    return engine


def shown(location: str) -> str:
    """The URL as it may stand in a message: without the password."""
    return _url(location).set(query={}).render_as_string(hide_password=True)


def vacuum(engine: Engine) -> None:
    """Give back the room of deleted rows at once, so that later rows overwrite what they held."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("VACUUM source, chunk, document, vector, feedback, job")


def _url(location: str) -> URL:
    try:
        url = make_url(location)
    except (ArgumentError, ValueError):
        raise LibraryUnusable(f"the setting catalogue is no URL; its form is {_FORM}, or nothing") from None
    if url.get_backend_name() not in ("postgresql", "postgres") or not (url.database and url.username):
        raise LibraryUnusable(
            f"the setting catalogue names {url.get_backend_name()!r}, or lacks a user or a database: its form is "
            f"{_FORM}; leave it empty for SQLite in the library's folder"
        )
    unknown = sorted(set(url.query) - {"sslmode", "sslrootcert"})
    if unknown:
        raise LibraryUnusable(f"the setting catalogue has {unknown[0]!r} behind the '?': only sslmode, sslrootcert")
    return url


def _tls(query: Mapping[str, Any]) -> Any:
    """What pg8000 takes for the meanings that libpq gives to sslmode: None takes TLS where the server offers it."""
    mode, roots = query.get("sslmode", "prefer"), query.get("sslrootcert")
    if mode not in _TLS:
        raise LibraryUnusable(f"the setting catalogue has sslmode={mode!r}: one of {', '.join(_TLS)}")
    if not mode.startswith("verify"):
        return {"disable": False, "prefer": None, "require": True}[mode]
    try:
        context = ssl.create_default_context(cafile=roots)
    except OSError as exc:
        raise LibraryUnusable(f"the setting catalogue has sslrootcert={roots!r}, which cannot be read: {exc}") from exc
    context.check_hostname = mode == "verify-full"
    return context


def _knock(url: URL) -> None:
    """See within seconds that a server is there: the driver's own limit would also end statements that take long."""
    where = (url.host or "localhost", url.port or 5432)
    try:
        socket.create_connection(where, CONNECT_SECONDS).close()
    except OSError as exc:
        raise LibraryUnusable(f"no PostgreSQL server answers at {where[0]}:{where[1]} ({exc}): {_AGAIN}") from exc


def _ping(dbapi_connection: Any, _record: Any, _proxy: Any) -> None:
    """A connection that died while it lay in the pool is replaced by a new one.

    SQLAlchemy's own ping would leave a transaction open, in which no VACUUM and no other isolation can begin.
    """
    dbapi_connection.autocommit = True
    try:
        dbapi_connection.cursor().execute("SELECT 1")
    except Exception as exc:
        raise DisconnectionError from exc
    dbapi_connection.autocommit = False


def _begin(connection: Connection) -> None:
    if connection.get_execution_options().get("writes", False):
        connection.exec_driver_sql(_BEGIN)


def _require_utf8(dbapi_connection: Any, _record: Any) -> None:
    told = {_text(name): _text(value) for name, value in dict(dbapi_connection.parameter_statuses).items()}
    if told.get("server_encoding") not in (None, "UTF8"):
        raise LibraryUnusable(
            f"the database has the encoding {told['server_encoding']}: make one with encoding UTF8 (createdb -E UTF8)"
        )


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _name_failure(context: ExceptionContext) -> None:
    """Turn what the server or the network says into LibraryUnusable with the next step; other errors stay."""
    error = context.original_exception
    details = error.args[0] if error.args else ""
    if isinstance(details, Mapping):
        state = str(details.get("C", ""))
        if state.startswith("23"):  # pg8000 knows 23505 alone
            raise IntegrityError(context.statement, None, error) from error
        hint = _NEXT.get(state) or _NEXT.get(state[:2])
        if hint:
            raise LibraryUnusable(f"PostgreSQL says: {details.get('M')} ({state}); {hint}") from error
    elif context.is_disconnect or type(error).__name__ == "InterfaceError":
        raise LibraryUnusable(f"the connection to PostgreSQL was lost ({error}): {_AGAIN}") from error
