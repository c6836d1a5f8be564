"""Cheap looks at a question that decide which step of the query layer may pay. No model, well under a millisecond."""

from __future__ import annotations

import re
from collections.abc import Sequence

from models.types import Message
from store.analyzer import analyze, fold, is_han
from store.language import language_of

SHORT = 3  # content terms of an English question below which it hardly stands alone ("Regional differences?")
SHORT_HAN = 6  # characters of a Chinese one
LONG = 25  # content terms above which a question brings what it points at with it
LONG_HAN = 45  # characters of a Chinese one
NAMED = 3  # content terms before a pointer: it points at one of them ("How did Tesla finance his work?")
NAMED_HAN = 7  # characters before one

# Words that point back: pronouns, demonstratives, and openings that go on from something said.
_POINTING = re.compile(
    r"\b(?:it|its|itself|they|them|their|theirs|he|him|his|she|her|hers|this|these|those|former|latter|both|either"
    r"|neither|others?|another|ones?|same|such|else|there|then|aforementioned|mentioned|(?:the|as) above)\b"
    r"|^\W*that\b|\b(?:of|about|like|to|for|with|in|is|was|do|does|did|can|on|by|from|after|than) that\b|\bthat\W*$",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^\W*(?:and|or|but|so|also|ok(?:ay)?|well|then|really|still|yet|instead|(?:what|how) about|what if|how so|why not"
    r"|anything|any (?:other|more)|tell me more|more|i (?:mean|meant)|you (?:said|mention))\b",
    re.IGNORECASE,
)
_BARE = re.compile(r"^\W*(?:why|how|when|where|who|which|really|how come|how much|how many|such as)\W*$", re.IGNORECASE)
# "there is", "is it true that", "such as": words of the same look that point at nothing.
_EMPTY = re.compile(
    r"\b(?:is|are|was|were) there\b|\bthere (?:is|are|was|were)\b|\b(?:is|was) it (?=\w+ (?:to|that|for)\b)"
    r"|\bsuch as\b|\bone of\b|\bno one\b",
    re.IGNORECASE,
)
_ASKING = "what which who when where why how do does did can could should would i you we me tell about"
_NAME = re.compile(r"(?<=[a-z,] )(?!I\b)[A-Z][\w-]+")  # a capital inside the sentence
# Of a text in Simplified characters, as ``fold`` gives it.
_POINTING_HAN = re.compile(r"[它他她牠祂其彼这那该此]|上述|前者|后者|上面|刚才|之前提到|同样|另外|别的|其余")
_OPENING_HAN = re.compile(r"^\W*(?:还有|然后|所以|但是?|可是|而且|并且|如果是|换成|比如|还)")
_TAIL_HAN = re.compile(r"呢\W*$")
_EMPTY_HAN = re.compile(
    r"其中|其实|其他|其它|其次|尤其|极其|吉他|他国|他人|因此|此外|如此|该不该|应该|活该|那霸|那曲|彼得|彼此|这样"
)
_COMPOUND_HAN = re.compile(
    r"[?？].*[?？]|以及|并且|,(?:又|还|同时)|，(?:又|还|同时)|分别|[和与跟].{1,20}(?:区别|不同|异同|相比|差异)"
)
_COMPOUND = re.compile(
    r"\?.*\?|\b(?:and|or) (?:what|who|when|where|why|how|which|is|are|does|do|did|can)\b|\bdifferences? between\b"
    r"|\bcompared? (?:to|with)\b|\bversus\b|\bvs\b|\brespectively\b",
    re.IGNORECASE | re.DOTALL,
)


def leans(question: str, history: Sequence[Message]) -> bool:
    """Whether a question seems to need the conversation: it points back, goes on, or is too short to stand alone.

    False without a history. Wrong guesses cost little: a step that is let through for nothing repeats the question.
    """
    if not any(turn.content.strip() for turn in history):
        return False
    return _leans_han(question) if language_of(question) == "zh" else _leans_latin(question)


def brief(question: str) -> bool:
    """Whether an English question names so little that it may go on from what was said ("What was the second album?").

    A Chinese one that names little is short, and ``leans``.
    """
    if language_of(question) == "zh":
        return False
    return len(set(analyze(question)) - set(analyze(_ASKING))) < NAMED and not _NAME.search(question)


def compound(question: str) -> bool:
    """Whether a question seems to ask several things."""
    return bool((_COMPOUND_HAN if is_han(question) else _COMPOUND).search(fold(question)))


def _leans_latin(question: str) -> bool:
    terms = set(analyze(question))
    if _OPENING.search(question) or _BARE.search(question) or len(terms) < SHORT:
        return True
    pointer = _POINTING.search(_EMPTY.sub(" ", question))
    if pointer is None or len(terms) > LONG:
        return False
    ahead = _EMPTY.sub(" ", question)[: pointer.start()]
    return len(set(analyze(ahead)) - set(analyze(_ASKING))) < NAMED and not _NAME.search(ahead)


def _leans_han(question: str) -> bool:
    folded = fold(question)
    if _OPENING_HAN.search(folded) or _TAIL_HAN.search(folded) or len(re.findall(r"\w", folded)) < SHORT_HAN:
        return True
    pointer = _POINTING_HAN.search(_EMPTY_HAN.sub("", folded))
    return pointer is not None and pointer.start() < NAMED_HAN and len(folded) <= LONG_HAN
