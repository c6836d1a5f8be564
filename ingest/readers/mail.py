"""E-mail (.eml) with the standard library; every body and attachment is decoded by this room's own evidence.

unstructured reads the attachment of a Chinese mail as UTF-8 whatever its charset says and turned a GBK text into
U+FFFD. Attachments become documents of their own; messages that are forwarded inside the message stay part of it, down
to a limited depth.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.errors import MessageError
from email.message import EmailMessage

from ingest.clean import clean_line
from ingest.decode import decode
from ingest.errors import PasswordNeeded
from ingest.inside import safe_name
from ingest.limits import Limits
from ingest.readers.text import text_blocks
from ingest.readers.web import decode_html, html_blocks
from ingest.types import Block, BlockKind, Parsed, Part

_ENCRYPTED = ("multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted")
_SHOWN = (("From", "From"), ("To", "To"), ("Cc", "Cc"), ("Date", "Date"))


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """Subject as title and heading, sender and date, the body, the names of what is attached. Raises PasswordNeeded."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in data[:200]:
        data = decode(data).text.encode()
    letter = _Letter(limits)
    message = email.message_from_bytes(data.lstrip(), policy=email.policy.default)
    blocks = tuple(letter.blocks(message, 0))
    attached = tuple(letter.attached.parts)
    return Parsed("eml", letter.subject(message) or None, blocks, warnings=tuple(letter.warnings), parts=attached)


class _Letter:
    """One mail being read; ``warnings`` collects what could not be."""

    def __init__(self, limits: Limits) -> None:
        self.warnings: list[str] = []
        self._limits = limits
        self.attached = Attached(limits, self.warnings)

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
        if part.get("Content-ID") and part.get_content_maintype() == "image":
            return  # a picture of the body: a logo, a smiley
        yield from self.attached.note(part.get_filename() or "attachment", _payload(part))


class Attached:
    """The attachments of a message, as files for documents of their own."""

    def __init__(self, limits: Limits, warnings: list[str]) -> None:
        self.parts: list[Part] = []
        self._most, self._warnings = limits.attachments, warnings
        self._names: set[str] = set()

    def note(self, name: str, data: bytes) -> Iterator[Block]:
        """Keep an attachment, and name it in the message."""
        if not data:
            return
        if len(self.parts) == self._most:
            self._warnings.append(f"only the first {self._most} attachments were read")
        if len(self.parts) >= self._most:
            self._most = -1
            return
        shown = safe_name(clean_line(name), self._names)
        self.parts.append(Part(shown, len(data), data))
        yield Block(BlockKind.NOTE, f"Attachment: {shown}")


def _payload(part: EmailMessage) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""
