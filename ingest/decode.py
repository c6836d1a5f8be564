"""Bytes → text, by evidence: byte order marks, validity, then how common the characters are that a table gives.

charset-normalizer is asked only where none of the East Asian or Western candidates explains the bytes; alone it reads
short GBK files as cp949 or UTF-16. The levels are those of the standards themselves: GB 2312 and Big5 put the frequent
half
of their characters into a first level, JIS X 0208 too, so text read by the wrong table falls mostly outside of it.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from ingest.errors import UnsupportedType

SAMPLE = 20_000  # characters that are scored; more changes no decision

# Very frequent Chinese characters, simplified and traditional, and those of file headers (软件, 测试, 文件).
_COMMON = frozenset(
    "的一是不了在人有我他这個个中大来來上国國和地们們到说說时時要就出会會可也你对對生能而子那得于於着著下自之年过過发發"
    "后後作里裡用道行所然家种種事成方多经經么麼去法学學如都同现現当當没沒动動面起看定天分还還进進好小部其些主样樣理心她本"
    "前开開但因只从從想实實日军軍者意无無力它与與长長把机機十民第公此已工使情明性知全三又关關点點正业業外将將两兩高间間由"
    "问問很最重并並物手应應战戰向头頭文体體政美相见見被利什二等产產或新己制身果加西斯月话話合回特代内內信表化老给給世位次"
    "度门門任常先海通教儿兒原东東声聲提立及比员員解水名真论論处處走义義各入几幾口认認条條平系气氣题題活尔爾更别別打女变變"
    "四神总總何电電数數安少报報才结結反受目太量再感建务務做接必场場件计計管期市直德资資命山金指克许許统統区區保至队隊形社"
    "便空决決治展马馬科司五基眼书書非则則听聽白却卻界达達光放强強即像难難且权權思王象完设設式色路记記南品住告类類求据據程"
    "北边邊死张張该該交规規万萬取拉格望觉覺术術领領共确確传傳师師观觀清今切院让讓识識候带帶导導争爭运運笔文件软軟测測试試"
)
_LEVEL_ONE = {"gb18030": ("gb2312", 0xB0, 0xD7), "big5hkscs": ("big5", 0xA4, 0xC6), "cp932": ("shift_jis", 0x88, 0x97)}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARY = re.compile(rb"[\x00-\x06\x0e-\x1a\x1c-\x1f]")
_HIGH_RUN = re.compile("[\u0080-\u00ff]{3,}")
_HIGH = re.compile("[^\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text, the name of the encoding that gave it, and what was lost, in sentences."""

    text: str
    encoding: str
    warnings: tuple[str, ...] = ()


def decode(data: bytes, hint: str | None = None) -> Decoded:
    """The text of ``data``; ``hint`` is the encoding its container names (a mail header, a meta tag), tried first.

    Broken UTF-8 comes back with U+FFFD and a warning. Raises UnsupportedType for bytes that are no text at all.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _lenient(data, encoding)
    wide = _wide(data)
    if wide:
        return Decoded(data.decode(wide, "replace"), wide)
    if is_binary(data):
        raise UnsupportedType("this is binary data, not text: convert it to a supported format first")
    for encoding in ("utf-8", *([hint] if hint and _known(hint) else ())):
        text = _strict(data, encoding)
        if text is not None:
            return Decoded(text, encoding)
    return _by_evidence(data)


def is_binary(data: bytes) -> bool:
    """Whether more than 1 byte in 100 of the first 64 KiB is a control byte that no text encoding here uses."""
    head = data[:65536]
    return len(_BINARY.findall(head)) > max(len(head) // 100, 4 if b"\x00" not in head else 0)


def _known(encoding: str) -> bool:
    try:
        return codecs.lookup(encoding).name not in {"utf-7", "idna", "punycode", "undefined"}
    except (LookupError, ValueError):
        return False


def _strict(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except (UnicodeError, LookupError, ValueError, AttributeError):
        return None


def _lenient(data: bytes, encoding: str) -> Decoded:
    text = data.decode(encoding, "replace")
    lost = text.count("\ufffd")
    warnings = (f"{lost} bytes or sequences are not valid {encoding} and were replaced by U+FFFD",) if lost else ()
    return Decoded(text, encoding, warnings)


def _wide(data: bytes) -> str | None:
    """utf-16-le or utf-16-be when there is no mark but every second byte says so."""
    head = data[: SAMPLE * 2]
    head = head[: len(head) // 2 * 2]
    if len(head) < 4 or len(data) % 2 or b"\x00" not in head:
        return None
    best: tuple[float, str] = (0.0, "")
    for encoding in ("utf-16-le", "utf-16-be"):
        text = _strict(head, encoding) or _strict(head[:-2], encoding)
        if text is None or "\x00" in text:
            continue
        plain = sum(1 for c in text if c in _COMMON or " " <= c <= "~" or c in "\r\n\t，。、：；？！“”（）《》") / len(
            text
        )
        best = max(best, (plain, encoding))
    return best[1] if best[0] > 0.4 else None  # about half of running Chinese is among the common characters


def _by_evidence(data: bytes) -> Decoded:
    loose = data.decode("utf-8", "replace")
    bad = loose.count("\ufffd")
    good = sum(1 for _ in _HIGH.finditer(loose)) - bad
    found = [
        (_score(text, name), name, text)
        for name in ("gb18030", "big5hkscs", "cp932", "euc_kr")
        if (text := _strict(data, name))
    ]
    western = _strict(data, "cp1252") or data.decode("latin-1")
    found.append((_score(western, "cp1252"), "cp1252", western))
    score, name, text = max(found, key=lambda one: one[0])
    if good and (good >= bad or score < 0.5):
        return _by_lines(data, loose, bad)
    if score >= 0.5:
        return Decoded(text, name)
    return _second_opinion(data) or Decoded(text, name, (f"the encoding is uncertain: read as {name}",))


def _by_lines(data: bytes, loose: str, bad: int) -> Decoded:
    """Mostly UTF-8: lines that are not may be GBK, as when two logs were put into one file; else U+FFFD stays."""
    lines: list[str] = []
    mended = 0
    for line in data.split(b"\n"):
        text = _strict(line, "utf-8")
        if text is None:
            text = _strict(line, "gb18030")
            if text is None or _score(text, "gb18030") < 1.0:
                warning = f"{bad} bytes or sequences are not valid UTF-8 and were replaced by U+FFFD"
                return Decoded(loose, "utf-8", (warning,))
            mended += 1
        lines.append(text)
    return Decoded("\n".join(lines), "utf-8", (f"{mended} lines were not UTF-8 and were read as GB18030",))


def _second_opinion(data: bytes) -> Decoded | None:
    import charset_normalizer

    best = charset_normalizer.from_bytes(data[: SAMPLE * 2]).best()
    if best is None or not _known(best.encoding):
        return None
    text = _strict(data, best.encoding)
    return None if text is None else Decoded(text, best.encoding, (f"the encoding was guessed: {best.encoding}",))


def _score(text: str, encoding: str) -> float:
    """How likely ``text`` is what was written, per character outside ASCII: about 1.5 for right, below 0 for wrong."""
    high = _HIGH.findall(text[:SAMPLE])
    if not high:
        return 0.0
    if encoding == "cp1252":
        runs = sum(len(run) for run in _HIGH_RUN.findall(text[:SAMPLE]) if not (run.isalpha() and run.islower()))
        letters = sum(1 for c in high if c.isalpha() or c in "«»–—‘’“”„…©®°§€£")  # words like "können", "naïve"
        return (letters - 2.0 * runs) / len(high)
    return sum(_weight(c, encoding) for c in high) / len(high)


def _weight(character: str, encoding: str) -> float:
    if character in _COMMON:
        return 2.0
    point = ord(character)
    if 0x4E00 <= point <= 0x9FFF:
        return 1.0 if _frequent(character, encoding) else -1.0
    if 0x3040 <= point <= 0x30FF:
        return 1.0 if encoding == "cp932" else 0.0
    if 0xAC00 <= point <= 0xD7A3:
        return 1.0 if encoding == "euc_kr" else -1.0
    if 0x3000 <= point <= 0x303F or 0xFF01 <= point <= 0xFF60 or point in (0x201C, 0x201D, 0x2014, 0x2026, 0x00B7):
        return 1.0
    return -3.0 if 0xE000 <= point <= 0xF8FF else -0.5


def _frequent(character: str, encoding: str) -> bool:
    if encoding not in _LEVEL_ONE:
        return False
    table, low, high = _LEVEL_ONE[encoding]
    try:
        return low <= character.encode(table)[0] <= high
    except UnicodeEncodeError:
        return False
