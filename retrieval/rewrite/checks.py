"""Is a reply what was asked for? Small models answer instead of rewriting, change the language, ramble."""

from __future__ import annotations

import re
from collections.abc import Sequence

from store.analyzer import analyze, fold
from store.language import language_of, written_in

MOST = 300  # characters of a question that is still one
NEW_TERMS = 0.34  # share of a standalone question's terms that may come from nowhere: function words, other forms
KEPT_TERMS = 0.5  # share of the question's own telling terms that must still be there
_LABEL = re.compile(
    r"^\s*(?:[-*•]\s*|\(?\d{1,2}[.)、）]\s*)?"
    r"(?:(?:rewritten |standalone |last )?(?:question|query|translation|passage|rewritten)"
    r"|改写后的问题|改写|独立问题|问题|問題|译文|譯文|翻译|文段)\s*[:：]\s*",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*(?:[-*•]|\(?\d{1,2}[.)、）])\s*")
_QUOTES = "\"'“”‘’「」『』`*"
_ASKS = re.compile(
    r"[?？]|[吗嗎呢么麼谁誰哪几幾]|什么|什麼|为何|如何|怎|多少|是否|多久|多大|多长"
    r"|\b(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|can|could|should|will|would|has|have)\b",
    re.IGNORECASE,
)
# Words that a question may lose when what they point at is named.
_POINTING = """it its they them their he him his she her this that these those one other another same more about what
how there then also tell me please can you do does did is was were"""


def lines_of(reply: str) -> list[str]:
    """The lines of a reply without labels, bullets and quotation marks; empty ones left out."""
    bare = (_BULLET.sub("", _LABEL.sub("", line)).strip().strip(_QUOTES).strip() for line in reply.splitlines())
    return [line for line in bare if any(character.isalnum() for character in line)]


def condensed(reply: str, question: str, said: Sequence[str]) -> str | None:
    """The standalone question of a reply; None when it is none, or says what nobody said."""
    found = next(iter(lines_of(reply)), "")
    if not found or len(found) > max(MOST, 2 * len(question)) or language_of(found) != language_of(question):
        return None
    if _ASKS.search(question) and not _ASKS.search(found):
        return None  # an answer
    known = set(analyze(" ".join((*said, question))))
    terms, pointing = set(analyze(found)), set(analyze(_POINTING))
    own = set(analyze(question)) - pointing
    invented = {term for term in terms - known if any(character.isdigit() for character in term)}
    if invented or not terms or len(terms - known - pointing) > NEW_TERMS * len(terms):
        return None
    if len(own & terms) < KEPT_TERMS * len(own):
        return None
    return found


def translated(reply: str, question: str) -> str | None:
    """The translation of a reply; None when it is in the question's own language, or has lost a number."""
    found = next(iter(lines_of(reply)), "")
    if not found or len(found) > max(MOST, 6 * len(question)) or written_in(found) == language_of(question):
        return None
    numbers = re.findall(r"\d{2,}", fold(question))
    return found if all(number in fold(found) for number in numbers) else None


def reworded(reply: str, question: str, most: int) -> tuple[str, ...]:
    """Other wordings, one a line, in the question's language and not the question itself; at most ``most``."""
    asked = fold(question).strip(" ?？。.")
    found = [
        line
        for line in lines_of(reply)
        if len(line) <= max(MOST, 2 * len(question))
        and language_of(line) == language_of(question)
        and fold(line).strip(" ?？。.") != asked
        and set(analyze(line)) & set(analyze(question))
    ]
    return tuple(dict.fromkeys(found))[:most]


def imagined(reply: str, question: str) -> str | None:
    """A passage of a reply; None where it is too short to be one or in another language."""
    found = " ".join(lines_of(reply))
    return found if len(found) >= 20 and written_in(found) == language_of(question) else None


def listed(reply: str, question: str) -> str | None:
    """Search words of a reply as one text; None where they have nothing to do with the question."""
    words = [word.strip() for word in re.split(r"[,，、;；\n]", " ".join(lines_of(reply))) if word.strip()]
    found = " ".join(dict.fromkeys(word for word in words if len(word) <= 40))
    return found if set(analyze(found)) & set(analyze(question)) else None
