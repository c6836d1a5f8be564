"""Zip archives looked at before anything unpacks them: members, real sizes, hidden entity definitions.

Every member is inflated once in 1 MiB pieces, because the sizes a zip declares are only claims.
"""

from __future__ import annotations

import io
import zipfile
import zlib

from ingest.decode import decode
from ingest.errors import PasswordNeeded, TooLarge, UnreadableFile
from ingest.limits import MIB, Limits

_XML_ENDINGS = (".xml", ".rels", ".opf", ".ncx", ".xhtml", ".html", ".htm", ".vml", ".svg")
_UTF8 = 0x800  # flag of a member: its name is UTF-8
_PROLOGUE = 64 * 1024  # entity definitions stand before the root element


def open_archive(data: bytes) -> zipfile.ZipFile:
    """The archive; raises UnreadableFile when its directory cannot be read (cut off, damaged)."""
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError) as error:
        raise UnreadableFile(
            f"the archive is damaged or cut off ({error}): open it in its program and save it again"
        ) from error


def check_archive(data: bytes, limits: Limits) -> None:
    """Raise TooLarge for a bomb, UnreadableFile for damage or entity definitions, PasswordNeeded for encryption."""
    with open_archive(data) as archive:
        check_members(archive, len(data), limits)
        total = 0
        for member in archive.infolist():
            if member.flag_bits & 1:
                raise PasswordNeeded(f"member {member.filename!r} is encrypted: save the file without a password")
            total += _inflate(archive, member, total, len(data), limits)


def read_member(archive: zipfile.ZipFile, name: str) -> bytes | None:
    """The bytes of a member, None when there is none of that name or it is damaged."""
    try:
        return archive.read(name)
    except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError):
        return None


def read_locked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, most: int) -> bytes:
    """The bytes of a member, ``most`` at most. Raises PasswordNeeded, TooLarge, or UnreadableFile for damage."""
    if member.flag_bits & 1:
        raise PasswordNeeded("it is encrypted in its archive: unpack it with the password first")
    try:
        with archive.open(member) as stream:
            data = stream.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise UnreadableFile(f"the member of the archive is damaged ({error}): pack it again") from error
    if len(data) > most:
        raise TooLarge(f"it unpacks to more than the limit of {most // MIB} MiB: split the file")
    return data


def member_names(archive: zipfile.ZipFile) -> list[str]:
    """The members' names as their author wrote them.

    Old programs store names in the encoding of their machine without saying which (GBK in China); zipfile reads them
    as code page 437. All such names are looked at together, because one alone is too short to tell.
    """
    members = archive.infolist()
    unsaid = [n for n, member in enumerate(members) if not member.flag_bits & _UTF8 and not member.filename.isascii()]
    names = [member.filename for member in members]
    if unsaid:
        raw = b"\n".join(names[n].encode("cp437", "replace") for n in unsaid)
        texts = decode(raw).text.split("\n")
        if len(texts) == len(unsaid):
            for n, text in zip(unsaid, texts, strict=True):
                names[n] = text
    return names


def check_members(archive: zipfile.ZipFile, packed: int, limits: Limits) -> None:
    """Raise TooLarge for an archive that holds too many members, or that claims to unpack to too much."""
    members = archive.infolist()
    if len(members) > limits.archive_entries:
        raise TooLarge(f"the archive has {len(members)} members, the limit is {limits.archive_entries}: split it")
    _check_size(sum(member.file_size for member in members), packed, limits)


def _check_size(unpacked: int, packed: int, limits: Limits) -> None:
    if unpacked > limits.decompressed_bytes:
        raise TooLarge(
            f"unpacks to {unpacked // MIB} MiB or more, the limit is {limits.decompressed_bytes // MIB} MiB: split it"
        )
    if unpacked > limits.ratio_from_bytes and unpacked > limits.ratio * packed:
        raise TooLarge(
            f"unpacks to {unpacked // max(packed, 1)} times its size, the limit is {limits.ratio:g}: a bomb?"
        )


def _inflate(archive: zipfile.ZipFile, member: zipfile.ZipInfo, before: int, packed: int, limits: Limits) -> int:
    size = 0
    try:
        with archive.open(member) as stream:
            head = stream.read(_PROLOGUE)
            if member.filename.lower().endswith(_XML_ENDINGS) and b"<!ENTITY" in head.replace(b"\x00", b""):
                raise UnreadableFile(
                    f"part {member.filename!r} defines XML entities, which documents do not need: refused"
                )
            piece = head
            while piece:
                size += len(piece)
                _check_size(before + size, packed, limits)
                piece = stream.read(MIB)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError) as error:
        raise UnreadableFile(
            f"member {member.filename!r} of the archive is damaged ({error}): pack it again"
        ) from error
    return size
