"""Does a sentence deny what its source says, or say what its source denies: a cheap test, not a proof.

The words right behind a negator are what it denies. Where the source denies a word and says it nowhere plainly, and the
sentence says it plainly, the two disagree. A sentence that denies something needs a source that denies, refuses,
excludes or limits something. A small list of opposites (允许/禁止, increase/decrease) is compared the same way.
"""

from __future__ import annotations

import re

from generation.terms import content
from store.analyzer import fold, is_han
from store.language import letters

_HAN_NEGATOR = re.compile(
    r"不得(?!不)|不能(?!不)|不可(?!不|或缺)|不会(?!不)|不允许|不应|不须|不需|不必|没有|没(?!收)|未能|未(?!来|必|免)|无法|无需|无须"
    r"|严禁|禁止|切勿|请勿|勿|并非|绝非|不再|不是|不予"
    r"|不(?!同|仅|但|断|过|少|管|论|久|锈|足|止|得不|能不|可不|可或缺|会不|如|只|由|禁|愧|妨|外|良|等|满|大于|小于|超过|低于|迟于|晚于"
    r"|高于|多于|早于|稳定|安|幸|利|明|详|定)|(?<![除莫若])非(?!常|洲|凡|法|典|议|遗|正式|金属)"
    r"|无(?!论|线|疑|数|比|人机|限|锡|烟|障碍|机)"
)
_ENGLISH_NEGATOR = re.compile(
    r"\b(?:not(?!\s+(?:only|just|later\s+than|more\s+than|less\s+than|exceed))|cannot|never|without|neither|nor|unable"
    r"|no(?!\s*\.?\s*\d|\s+(?:later|more|less|fewer|longer)\s+than)|prohibited|forbidden)\b|n['’]t\b"
)
_WEAK = re.compile(
    r"除外|例外|拒绝|避免|缺[乏少]|停止|取消|免除|免于|防止|排除|反对|否[认决]|不[足满宜利同]|无[效机脊]|非法|违[反法规]|很少|至少|不超过"
    r"|\b(?:except|exclud|refus|reject|avoid|lack|fail|ceas|prevent|den(?:y|ied)|hardly|rarely|instead|rather|unlikely|unnecessary"
    r"|unavailable|unpaid|invalid|incapable|ineligible|insufficient|inability|impossible|non-|at most|at least)"
)
"""Words in which a source may express a denial without a negator proper."""
_HAN_SURE = re.compile(
    r"没有|从未|从不|并不|并非|并没|不是|不会|不能(?!不)|不得(?!不)|无法|未能|禁止|不允许|不再|不可以"
)
"""Chinese denials that English hardly says without one; 不 alone is often a prefix there (不相等, unequal)."""
_ENGLISH_TRACE = re.compile(
    r"\b(?:un|dis|non-?|mis|mal)[a-z]{3,}|\b(?:in|im|ir|il)(?:equal|valid|cap|elig|suff|abil|poss|prac|probab|regul|respons|leg)"
    r"|\w+less\b|\b(?:few|little|unlike|only|free|absence|absent|lost|loss|rather|barely|scarcely|stop|block|no)\b"
)
_ALIKE = 1.5
"""How much longer than a sentence its source may be for a denial that is missing in the sentence to count."""

_PIVOT = re.compile(r"[，。；：！？、,.;:!?\n（）()]|\b(?:but|except|because|and)\b|但是|但|除非|除了|因为|而是")
_HAN_REACH = 6
"""Characters behind a Chinese negator that it may deny."""
_ENGLISH_REACH = 4
"""Words behind an English negator that it may deny."""

_OPPOSITES = tuple(
    (re.compile(left), re.compile(right))
    for left, right in (
        (r"增加|上升|提高|增长|上涨|升高", r"减少|下降|降低|缩减|下跌|下滑"),
        (r"允许|准许|可以", r"禁止|不得|严禁"),
        (r"\b(?:increas|grew|grow|rose|rising)", r"\b(?:decreas|declin|fell\b|fall|drop|shr[iau]nk|reduc)"),
        (r"\b(?:allow|permit)", r"\b(?:forbid|forbad|forbidden|prohibit|banned\b)"),
        (r"\b(?:required|mandatory)\b", r"\boptional\b"),
    )
)


def contradicts(sentence: str, source: str) -> str | None:
    """Why the sentence and its source disagree, None where no disagreement was found.

    Args:
        sentence: a sentence of the answer.
        source: the sentences of the passage that support it best, in the same language.

    Returns:
        The denied or opposite word, for the reader.
    """
    ours, theirs = fold(sentence), fold(source)
    our_negators, their_negators = _negators(ours), _negators(theirs)
    if our_negators and not their_negators and not _WEAK.search(theirs):
        return our_negators[0].group()
    if not our_negators and their_negators:
        flipped = _denied_only(theirs, their_negators) & content(ours)
        if flipped:
            return max(sorted(flipped), key=len)
    if not our_negators and not their_negators:
        return _opposite(ours, theirs)
    return None


def denied_across(sentence: str, source: str) -> str | None:
    """Which denial one of two texts in different languages has and the other shows no trace of; None for none.

    A denial of the source counts only where the sentence is about as long: a shorter one may have left it out. In the
    803 pairs of XQuAD's parallel paragraphs that have as many sentences in Chinese as in English this flags 7, of 138
    that deny.
    """
    ours, theirs = fold(sentence), fold(source)
    denied = _denied_alone(ours, theirs)
    if denied is None and _size(theirs) <= _ALIKE * _size(ours):
        denied = _denied_alone(theirs, ours)
    return denied


def _denied_alone(text: str, other: str) -> str | None:
    han = is_han(text)
    found = _HAN_SURE.search(text) if han else _ENGLISH_NEGATOR.search(text)
    if found is None or _negators(other) or _WEAK.search(other) or (han and _ENGLISH_TRACE.search(other)):
        return None
    return found.group()


def _size(text: str) -> float:
    """Length in English words; a word weighs about 1.7 Han characters."""
    han, latin = letters(text)
    return han / 1.7 + latin


def denies(folded: str) -> str | None:
    """The first negator of a folded text, None where it has none."""
    found = _negators(folded)
    return found[0].group() if found else None


def weakly_denies(folded: str) -> bool:
    """Whether a folded text refuses, excludes or limits something without a negator proper."""
    return _WEAK.search(folded) is not None


def _negators(text: str) -> list[re.Match[str]]:
    return [*_HAN_NEGATOR.finditer(text), *_ENGLISH_NEGATOR.finditer(text)]


def _denied_only(text: str, negators: list[re.Match[str]]) -> frozenset[str]:
    """The content terms that stand behind a negator and nowhere else in the text."""
    denied: set[str] = set()
    plain = list(text)
    for negator in negators:
        start, end = negator.end(), negator.end() + _reach(text[negator.end() :], han=not negator.group()[-1].isascii())
        denied |= content(text[start:end])
        plain[start:end] = "\n" * (end - start)
    return frozenset(denied) - content("".join(plain))


def _reach(text: str, *, han: bool) -> int:
    """How many characters of ``text`` the negator before it denies."""
    cut = _PIVOT.search(text)
    limit = len(text) if cut is None else cut.start()
    if han:
        return min(_HAN_REACH, limit)
    words = list(re.finditer(r"\S+", text[:limit]))[:_ENGLISH_REACH]
    return words[-1].end() if words else 0


def _opposite(ours: str, theirs: str) -> str | None:
    for one, other in _OPPOSITES:
        for left, right in ((one, other), (other, one)):
            found = right.search(theirs)
            if found and left.search(ours) and not right.search(ours) and not left.search(theirs):
                return found.group()
    return None
