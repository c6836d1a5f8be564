"""What a file is: by its content first, by its name only where text leaves the choice open."""

from __future__ import annotations

import io
import re
from pathlib import PurePath

from ingest.archives import open_archive, read_member
from ingest.decode import decode, is_binary
from ingest.errors import EmptyDocument, PasswordNeeded, UnreadableFile, UnsupportedType

HEAD = 65536  # bytes of text that are looked at

PICTURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpg"),
    (b"GIF8", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
)
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "a gzip archive: unpack it first"),
    (b"BZh", "a bzip2 archive: unpack it first"),
    (b"\xfd7zXZ\x00", "an xz archive: unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it first"),
    (b"Rar!\x1a\x07", "a RAR archive: unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive: unpack it first"),
    (b"\x7fELF", "a Linux program"),
    (b"SQLite format 3\x00", "an SQLite database: export its tables as .csv"),
    (b"ID3", "an MP3 sound file: transcribe it first"),
    (b"OggS", "an Ogg sound or video file: transcribe it first"),
    (b"PAR1", "a Parquet table: export it as .csv"),
    (b"%!PS", "PostScript: convert it to PDF first"),
)
_OPC = (("word/", "docx"), ("ppt/", "pptx"), ("xl/", "xlsx"))
_BY_NAME = {
    ".md": "md", ".markdown": "md", ".mdx": "md", ".html": "html", ".htm": "html", ".xhtml": "html", ".csv": "csv",
    ".tsv": "csv", ".eml": "eml", ".json": "json", ".jsonl": "json", ".ipynb": "ipynb", ".xml": "xml", ".rss": "xml",
    ".atom": "xml",
}  # fmt: skip
_PROSE = {"", ".txt", ".text", ".log", ".asc"}
_HTML = re.compile(
    r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_XML = re.compile(r"\s*(<\?xml\b|<(rss|feed)\b)")
_HEADER = re.compile(
    r"(from|to|cc|subject|date|received|mime-version|message-id|return-path|delivered-to|reply-to|content-type|x-[\w-]+)"
    r":[ \t]*\S?",
    re.IGNORECASE,
)
_MAIL_ONLY = re.compile(r"^(from|received|mime-version|message-id|return-path):", re.IGNORECASE | re.MULTILINE)
_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\n(?:[^\n]*\n){0,60}?[\w -]+:[^\n]*\n(?:[^\n]*\n){0,60}?---[ \t]*(?:\n|$)")
_FENCE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.MULTILINE | re.DOTALL)
_ATX = re.compile(r"^ {0,3}#{1,6}[ \t]+\S", re.MULTILINE)
_MARKS = re.compile(
    r"^ {0,3}##|^\s*[-*+] +\S|^\s*\d+\. +\S|^\|.*\|\s*$|^(```|~~~)|\*\*\S.*?\S\*\*|\[[^\]\n]+\]\([^)\n]+\)|^> ",
    re.MULTILINE,
)


def detect(data: bytes, name: str) -> str:
    """The kind of a file: pdf, docx, pptx, xlsx, epub, doc, xls, msg, rtf, html, xml, json, ipynb, eml, csv, md, txt.

    A picture is png, jpg, gif, tiff, webp or bmp, an archive zip.

    Raises UnsupportedType (naming what the file really is), PasswordNeeded (encrypted Office file), EmptyDocument (no
    bytes, or only blanks) or UnreadableFile (damaged archive); nothing else.
    """
    if not data.strip(b" \t\r\n\x00"):
        raise EmptyDocument(f"the file holds no text ({len(data)} bytes)")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):  # before PDF: one may stand uncompressed at its beginning
        return _zip_kind(data, name)
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole_kind(data)
    if data.lstrip().startswith(b"{\\rtf"):
        return "rtf"
    picture = _picture(data)
    if picture:
        return picture
    _refuse_known(data)
    return _text_kind(data, name)


def looks_like_markdown(text: str) -> bool:
    """Whether plain text is Markdown: front matter, or ATX headings together with another mark of Markdown."""
    if _FRONT_MATTER.match(text):
        return True
    outside = _FENCE.sub("", text)
    return _ATX.search(outside) is not None and (
        _MARKS.search(text) is not None or _ATX.match(outside.lstrip()) is not None
    )


def _picture(data: bytes) -> str | None:
    for magic, kind in PICTURES:
        if data.startswith(magic) and (magic[0] > 0x7E or is_binary(data)):
            return kind
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return "bmp" if data.startswith(b"BM") and is_binary(data) else None


def _refuse_known(data: bytes) -> None:
    for magic, what in _MAGIC:
        if data.startswith(magic) and (magic[-1] > 0x7E or is_binary(data) or magic == b"\x1f\x8b"):
            raise UnsupportedType(f"this is {what}")
    if data[4:8] == b"ftyp":
        raise UnsupportedType("this is an MP4 video or HEIC picture: transcribe it or export its text first")
    if data.startswith(b"MZ") and is_binary(data):
        raise UnsupportedType("this is a Windows program")


def _zip_kind(data: bytes, name: str) -> str:
    try:
        archive = open_archive(data)
    except UnreadableFile:
        for folder, kind in _OPC:
            if folder.encode() in data:
                raise UnreadableFile(
                    f"this {kind} file is damaged or cut off: open it in its program and save it again"
                ) from None
        raise
    with archive:
        names = archive.namelist()
        if "[Content_Types].xml" in names:
            for folder, kind in _OPC:
                if any(member.startswith(folder) for member in names):
                    return kind
        mimetype = (
            (read_member(archive, "mimetype") or b"")[:100] if "mimetype" in names and len(names) < 100_000 else b""
        )
    if b"epub+zip" in mimetype or "META-INF/container.xml" in names:
        return "epub"
    if b"opendocument" in mimetype:
        raise UnsupportedType("this is an OpenDocument file: save it as .docx, .xlsx or .pptx")
    return "zip"


def _ole_kind(data: bytes) -> str:
    import olefile

    try:
        with olefile.OleFileIO(io.BytesIO(data)) as ole:
            streams = {"/".join(path) for path in ole.listdir(streams=True, storages=False)}
    except Exception as error:  # olefile leaks struct, index and recursion errors on damaged files
        raise UnreadableFile(f"the Office file is damaged: {type(error).__name__}: {error}") from error
    if streams & {"EncryptedPackage", "EncryptionInfo"}:
        raise PasswordNeeded("the Office file is encrypted: save it without a password")
    if "WordDocument" in streams:
        return "doc"
    if streams & {"Workbook", "Book"}:
        return "xls"
    if "PowerPoint Document" in streams:
        raise UnsupportedType("this is a PowerPoint 97-2003 file: save it as .pptx")
    if any(stream.startswith("__properties_version1.0") for stream in streams):
        return "msg"
    raise UnsupportedType("this is an OLE file of an unknown program: save it in a current format")


def _text_kind(data: bytes, name: str) -> str:
    text = decode(data[:HEAD] if len(data) > HEAD else data).text.replace("\r\n", "\n").replace("\r", "\n")
    ending = PurePath(name).suffix.lower()
    if _looks_like_mail(text, ending):
        return "eml"
    if _HTML.match(text):
        return "html"
    if _XML.match(text):
        return "html" if ending in (".html", ".htm", ".xhtml") else "xml"
    if ending in _BY_NAME:
        return _BY_NAME[ending]
    if ending in _PROSE or not re.fullmatch(r"\.[a-z]{1,5}\d?", ending):
        return "md" if looks_like_markdown(text) else "txt"
    return "txt"


def _looks_like_mail(text: str, ending: str) -> bool:
    if ending == ".eml":
        return True
    lines = text.lstrip("\n").split("\n", 8)[:8]
    headers = sum(1 for line in lines if _HEADER.match(line))
    return (
        ending in _PROSE
        and headers >= 3
        and _HEADER.match(lines[0]) is not None
        and _MAIL_ONLY.search(text) is not None
    )
