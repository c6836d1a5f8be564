"""Outlook messages (.msg) with python-oxmsg, in the same shape as .eml."""

from __future__ import annotations

import io

from ingest.clean import clean_line
from ingest.errors import PasswordNeeded
from ingest.limits import Limits
from ingest.readers.mail import Attached
from ingest.readers.text import text_blocks
from ingest.readers.web import html_blocks
from ingest.types import Block, BlockKind, Parsed


def read(data: bytes, name: str, limits: Limits) -> Parsed:
    """Subject as title and heading, sender and date, body, names of attachments. Raises PasswordNeeded."""
    import oxmsg

    message = oxmsg.Message.load(io.BytesIO(data))
    form = (message.message_class or "").lower()
    sealed = any((part.file_name or "").endswith((".pgp-encrypted", ".p7m")) for part in message.attachments)
    if sealed or ("smime" in form and "multipartsigned" not in form):
        raise PasswordNeeded("the message is encrypted: decrypt it in the mail program and save it again")
    warnings: list[str] = []
    blocks: list[Block] = []
    subject = clean_line(message.subject or "")
    if subject:
        blocks.append(Block(BlockKind.HEADING, subject, level=1))
    heads = (("From", message.sender), ("Date", message.sent_date and message.sent_date.isoformat(" ", "minutes")))
    shown = [f"{label}: {clean_line(value)}" for label, value in heads if value]
    html = message.html_body
    body = html_blocks(html)[1] if html else list(text_blocks(message.body or ""))
    if shown and (subject or body):
        blocks.append(Block(BlockKind.PARAGRAPH, "\n".join(shown)))
    blocks.extend(body)
    attached = Attached(limits, warnings)
    for attachment in message.attachments:
        if attachment.file_bytes:
            blocks.extend(attached.note(attachment.file_name or "attachment", attachment.file_bytes))
    return Parsed("msg", subject or None, tuple(blocks), warnings=tuple(warnings), parts=tuple(attached.parts))
