"""Writes the text, HTML, EPUB and e-mail files of the sample library."""

from __future__ import annotations

import zipfile
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from html import escape
from io import BytesIO
from itertools import groupby

from source_blocks import Source, SourceBlock

CONTAINER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>\n'
)


def write_txt(source: Source) -> bytes:
    """Plain text in GB18030 with Windows line ends, as older Chinese office tools save it."""
    return source.body.replace("\n", "\r\n").encode("gb18030")


def write_eml(source: Source) -> bytes:
    """An e-mail with one plain text part; Chinese is base64, as mail programs send it."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"] = source.header["author"], source.header["to"]
    mail["Subject"] = source.header["title"]
    mail["Date"] = datetime.fromisoformat(source.header["date"])
    mail["Message-ID"] = f"<{source.header['date'][:10]}@qinghe.example>"
    mail.set_content(source.body, cte="base64" if source.chinese else "quoted-printable")
    return mail.as_bytes()


def write_html(source: Source) -> bytes:
    """A web page with a navigation bar and a footer, which are not part of the text."""
    title = escape(source.header["title"])
    home = "青禾公司内网" if source.chinese else "Qinghe intranet"
    body = _markup(source.blocks)
    return (
        f'<!DOCTYPE html>\n<html lang="{source.header["lang"]}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{title}</title>\n"
        f"<style>body {{ max-width: 44em; margin: 2em auto; font-family: sans-serif }}</style>\n</head>\n<body>\n"
        f'<nav><a href="/">{home}</a></nav>\n<main>\n{body}\n</main>\n'
        f"<footer>{escape(source.header['author'])}</footer>\n</body>\n</html>\n"
    ).encode()


def write_epub(source: Source) -> bytes:
    """An EPUB 3 book with a chapter for each heading of the first level."""
    chapters: list[list[SourceBlock]] = []
    for block in source.blocks:
        if block.level == 1:
            chapters.append([])
        chapters[-1].append(block)
    members = {"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER}
    members["book.opf"] = _package(source, len(chapters))
    links = "".join(f'<li><a href="{n}.xhtml">{escape(c[0].text)}</a></li>' for n, c in enumerate(chapters, 1))
    members["nav.xhtml"] = _xhtml(source, f'<nav epub:type="toc"><ol>{links}</ol></nav>')
    for number, chapter in enumerate(chapters, 1):
        members[f"{number}.xhtml"] = _xhtml(source, _markup(chapter))
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as book:
        for name, text in members.items():
            member = zipfile.ZipInfo(name, (2025, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            book.writestr(member, text.encode())
    return buffer.getvalue()


def _markup(blocks: list[SourceBlock] | tuple[SourceBlock, ...]) -> str:
    lines: list[str] = []
    for kind, group in groupby(blocks, key=lambda block: block.kind):
        for block in (items := list(group)):
            if kind == "heading":
                lines.append(f"<h{block.level}>{escape(block.text)}</h{block.level}>")
            elif kind == "table":
                lines.append(_table(block))
            elif kind == "paragraph":
                lines.append(f"<p>{escape(block.text)}</p>")
        if kind in ("bullet", "number"):
            tag = "ul" if kind == "bullet" else "ol"
            lines.append(f"<{tag}>" + "".join(f"<li>{escape(item.text)}</li>" for item in items) + f"</{tag}>")
    return "\n".join(lines)


def _table(block: SourceBlock) -> str:
    head, *rows = block.rows
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in rows)
    return f"<table>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>"


def _xhtml(source: Source, body: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml" '
        f'xmlns:epub="http://www.idpf.org/2007/ops" lang="{source.header["lang"]}">\n'
        f"<head><title>{escape(source.header['title'])}</title></head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def _package(source: Source, chapters: int) -> str:
    numbers = range(1, chapters + 1)
    kind = 'media-type="application/xhtml+xml"'
    items = "".join(f'<item id="c{n}" href="{n}.xhtml" {kind}/>' for n in numbers)
    spine = "".join(f'<itemref idref="c{n}"/>' for n in numbers)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">\n'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="id">urn:qinghe:{source.header["date"]}</dc:identifier>'
        f"<dc:title>{escape(source.header['title'])}</dc:title><dc:creator>{escape(source.header['author'])}</dc:creator>"
        f"<dc:language>{source.header['lang']}</dc:language>"
        f'<meta property="dcterms:modified">{source.header["date"]}T00:00:00Z</meta></metadata>\n'
        f'<manifest><item id="nav" href="nav.xhtml" {kind} properties="nav"/>{items}</manifest>\n'
        f"<spine>{spine}</spine>\n</package>\n"
    )
