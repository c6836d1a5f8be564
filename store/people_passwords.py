"""Passwords: argon2id hashes, and how many wrong ones are let through.

Parameters: argon2-cffi's defaults are RFC 9106's second recommendation (section 4: 64 MiB, 3 passes, 4 lanes). Length
and treatment follow NIST SP 800-63B, 5.1.1.2: at least eight characters (here ten), no rules on their kinds, normalised
by NFKC before hashing, so that 密码 typed on another system's keyboard is the same password.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
import time
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from sqlalchemy import Engine, delete, func, insert, select

from store.engine import writing
from store.people_errors import WeakPassword
from store.schema_people import throttle

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 10, 256  # characters
WINDOW = 15 * 60.0  # seconds in which wrong passwords are counted
MOST_A_NAME = 10  # wrong passwords for one name in that time, from wherever they come
MOST_AN_ADDRESS = 50  # wrong passwords from one address: an office may share one
_AT_ONCE = threading.BoundedSemaphore(2)  # each hash takes 64 MiB: a crowd at the door must not fill the memory


def hashed(password: str, name: str = "") -> str:
    """The argon2id hash of a password, with its salt and parameters. Raises WeakPassword."""
    text = _normal(password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise WeakPassword(f"a password has {SHORTEST} to {LONGEST} characters; this one has {len(text)}")
    if name and hmac.compare_digest(text.casefold().encode(), name.encode()):
        raise WeakPassword("the password is the name itself: choose another")
    with _AT_ONCE:
        return _hasher().hash(text)


def verified(kept: str | None, password: str) -> bool:
    """Whether the password is the one that was hashed; None takes as long as a wrong one and is never right."""
    from argon2.exceptions import InvalidHashError, VerificationError

    text = _normal(password[: LONGEST * 4])
    with _AT_ONCE:
        try:
            _hasher().verify(kept or _nobody(), text)
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


class Throttle:
    """Counts wrong passwords by name and by address, in the catalogue, so that every process counts the same.

    What was typed as a name may be a password: only its sha256 is kept, and for no longer than WINDOW.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def wait(self, name: str, address: str) -> float:
        """Seconds until another try is taken; 0.0 when it is now."""
        now = time.time()
        limits = ((_key("name", name), MOST_A_NAME), (_key("address", address), MOST_AN_ADDRESS))
        return max(self._wait(key, most, now) for key, most in limits)

    def wrong(self, name: str, address: str) -> None:
        """Count a wrong password; what is older than WINDOW is forgotten."""
        now = time.time()
        rows = [{"key": _key("name", name), "at": now}, {"key": _key("address", address), "at": now}]
        with writing(self.engine) as connection:
            connection.execute(delete(throttle).where(throttle.c.at < now - WINDOW))
            connection.execute(insert(throttle), rows)

    def right(self, name: str) -> None:
        """Forget the wrong passwords for a name; those of an address stay, for it may have guessed others."""
        with writing(self.engine) as connection:
            connection.execute(delete(throttle).where(throttle.c.key == _key("name", name)))

    def _wait(self, key: str, most: int, now: float) -> float:
        mine = (throttle.c.key == key) & (throttle.c.at > now - WINDOW)
        with self.engine.connect() as connection:
            count, first = connection.execute(select(func.count(), func.min(throttle.c.at)).where(mine)).one()
        return float(first) + WINDOW - now if count >= most else 0.0


def _normal(password: str) -> str:
    return unicodedata.normalize("NFKC", password)


def _key(kind: str, value: str) -> str:
    return hashlib.sha256(f"{kind}:{value}".encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobody() -> str:
    """A hash that no password has to match: for names that nobody has, so that they take as long as others."""
    return _hasher().hash(hashlib.sha256(str(time.time_ns()).encode()).hexdigest())
