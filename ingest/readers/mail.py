"""E-mail (.eml) with the standard library; every body and attachment is decoded by this room's own evidence.

unstructured reads the attachment of a Chinese mail as UTF-8 whatever its charset says and turned a GBK text into
U+FFFD. Attachments get no file: their bytes go straight to the reader of their kind, down to a limited depth.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.errors import MessageError
from email.message import EmailMessage

from ingest.clean import clean_line
from ingest.decode import decode
from ingest.errors import IngestError, PasswordNeeded
from ingest.limits import Limits
from ingest.readers.text import text_blocks
from ingest.readers.web import decode_html, html_blocks
from ingest.types import Block, BlockKind, Parsed

_ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted")
_SHOWN = (("From", "From"), ("To", "To"), ("Cc", "Cc"), ("Date", "Date"))


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """Subject as title and heading, sender and date, the body, then what is attached. Raises PasswordNeeded."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:200]:
        data = decode(data).text.encode()
    letter = _Letter(limits)
    message = email.message_from_bytes(data.lstrip(), policy=email.policy.default)
    blocks = tuple(letter.blocks(message, 0))
    return Parsed("eml", letter.subject(message) or None, blocks, warnings=tuple(letter.warnings))


class _Letter:
    """One mail being read; ``warnings`` collects what could not be."""

    def __init__(self, limits: Limits) -> None:
        self.warnings: list[str] = []
        self._limits = limits
        self._attached = 0

    def subject(self, message: EmailMessage) -> str:
        return self._header(message, "Subject")

    def blocks(self, message: EmailMessage, depth: int) -> Iterator[Block]:
        if message.get_content_type() in _ENCRYPTED:
            raise PasswordNeeded("the message is encrypted: decrypt it in the mail program and save it again")
        subject = self.subject(message)
        if subject:
            yield Block(BlockKind.HEADING, subject, level=min(depth + 1, 6))
        heads = [f"{label}: {value}" for label, key in _SHOWN if (value := self._header(message, key))]
        bodies = list(self._parts(message, depth))
        if heads and (subject or bodies):
            yield Block(BlockKind.PARAGRAPH, "\n".join(heads))
        yield from bodies

    def _header(self, message: EmailMessage, key: str) -> str:
        try:
            return clean_line(str(message.get(key) or ""))
        except (MessageError, ValueError, IndexError, AttributeError, LookupError, UnicodeError, TypeError):
            return ""  # the standard library's header parser fails on some broken headers

    def _parts(self, message: EmailMessage, depth: int) -> Iterator[Block]:
        kind = message.get_content_type()
        if kind == "multipart/alternative":
            yield from self._alternative(message, depth)
        elif kind == "message/rfc822":
            yield from self._inner(message, depth)
        elif message.is_multipart():
            for part in message.iter_parts():
                if isinstance(part, EmailMessage):
                    yield from self._parts(part, depth)
        elif message.is_attachment() or message.get_filename():
            yield from self._attachment(message)
        elif kind in ("text/plain", "text/html"):
            yield from self._body(message, kind)

    def _alternative(self, message: EmailMessage, depth: int) -> Iterator[Block]:
        """The richest form that has text: the last one, as RFC 2046 section 5.1.4 orders them."""
        for part in reversed([part for part in message.iter_parts() if isinstance(part, EmailMessage)]):
            blocks = list(self._parts(part, depth))
            if blocks:
                yield from blocks
                return

    def _inner(self, message: EmailMessage, depth: int) -> Iterator[Block]:
        if depth >= self._limits.attachment_depth:
            self.warnings.append(f"messages inside messages deeper than {self._limits.attachment_depth} were not read")
            return
        for inner in message.iter_parts():
            if isinstance(inner, EmailMessage):
                yield from self.blocks(inner, depth + 1)

    def _body(self, part: EmailMessage, kind: str) -> Iterator[Block]:
        payload = _payload(part)
        hint = part.get_content_charset()
        if not payload.strip():
            return
        decoded = decode_html(payload) if kind == "text/html" and not hint else decode(payload, hint)
        self.warnings.extend(decoded.warnings)
        yield from html_blocks(decoded.text)[1] if kind == "text/html" else text_blocks(decoded.text)

    def _attachment(self, part: EmailMessage) -> Iterator[Block]:
        self._attached += 1
        name = clean_line(part.get_filename() or "attachment")
        if self._attached > self._limits.attachments:
            return
        yield from attachment_blocks(name, _payload(part), self._limits, self.warnings)


def attachment_blocks(name: str, data: bytes, limits: Limits, warnings: list[str]) -> Iterator[Block]:
    """A heading with the attachment's name and its blocks; a warning in their place when it cannot be read."""
    from ingest.readers.choose import read as read_any  # this module is one of those that it chooses from

    try:
        parsed = read_any(data, name, limits)
    except IngestError as error:
        warnings.append(f"attachment {name!r} was not read: {error}")
        return
    except Exception as error:  # noqa: BLE001  # a broken attachment must not cost the message itself
        warnings.append(f"attachment {name!r} was not read: {type(error).__name__}: {error}")
        return
    warnings.extend(f"attachment {name!r}: {warning}" for warning in parsed.warnings)
    yield Block(BlockKind.HEADING, name, level=2)
    for block in parsed.blocks:  # pages and boxes of an attachment are not pages of the message
        yield Block(block.kind, block.text, level=min(block.level + 2, 6) if block.level else 0)


def _payload(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
