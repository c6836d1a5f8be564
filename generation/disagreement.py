"""Where a sentence that keeps its source's wording says something else in one place: a number, a name, a denial.

Only for sentences of which most words stand in the source in the same order (``CLOSE``): there a single word in
another's place is an error; in a free wording it is a choice of words.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from generation.alignment import Alignment, Difference, Word
from generation.negation import denies, weakly_denies
from generation.opposites import opposite
from generation.quantities import stated
from generation.terms import squeeze
from store.analyzer import fold, is_han

CLOSE = 0.6
"""Share of a sentence's words that its source must have in the same order."""
VERBATIM = 0.8
"""From this share on the sentence is a quotation, and a foreign noun in a noun's place counts like a name."""
QUOTED = 0.88
"""From this share on any word of the passage that stands in another's place is an error, not a choice of words."""
_TURNING = frozenset("by and or with between among 被 由 受 遭 与 和 及 跟 同 、 为 对 向".split())
"""Words that let two names change places without a change of sense."""
_LONG = 6
"""Words of a difference: beyond it the sentence left something out rather than said it otherwise."""


def disagreement(found: Alignment, passage: str) -> str | None:
    """What a sentence has in another's place, in words, None where nothing speaks against it.

    Args:
        found: the sentence laid beside its source.
        passage: the whole passage, folded and squeezed (``terms.squeeze``).
    """
    if found.share < CLOSE:
        return None
    moved = _exchanged(found)
    if moved is not None:
        return moved
    elsewhere = {word.key for word in found.theirs} if found.share < VERBATIM else set()
    for place in found.differences:
        for reason in (
            _denial(place),
            _number(place, elsewhere),
            _opposite(place),
            _name(place, found, passage, elsewhere),
        ):
            if reason is not None:
                return reason
    return None


def _exchanged(found: Alignment) -> str | None:
    """Two names that stand the other way round, with a verb between them and no sign of a passive or a list."""
    ours = [w.key for w in found.ours if w.kind == "name"]
    theirs = [w.key for w in found.theirs if w.kind == "name"]
    both = [key for key in ours if ours.count(key) == theirs.count(key) == 1]
    turned = [(a, b) for a, b in pairwise(both) if theirs.index(a) > theirs.index(b)]
    changed = {word.key for place in found.differences for word in (*place.ours, *place.theirs)}
    if not turned or len(changed) > 2 * _LONG or changed & _TURNING:
        return None
    a, b = turned[0]
    return f"has “{b} … {a}” where the sentence has “{a} … {b}”"


def _number(place: Difference, elsewhere: Collection[str]) -> str | None:
    """Another number in its place; in a free wording one that only stands elsewhere in the source is no error."""
    ours, theirs = _of(place.ours, "number"), _of(place.theirs, "number")
    if not ours or not theirs or len(place.theirs) > len(place.ours) + _LONG:
        return None
    values = [
        {number.value for number in stated(_written(side), loose=True).numbers} for side in (place.ours, place.theirs)
    ]
    if values[0] <= values[1] or all(word.key in elsewhere for word in ours):
        return None
    return f"has “{_written(theirs)}” where the sentence has “{_written(ours)}”"


def _name(place: Difference, found: Alignment, passage: str, elsewhere: Collection[str]) -> str | None:
    ours, theirs = _of(place.ours, "name"), _of(place.theirs, "name")
    known = {word.key for word in place.theirs}.union(elsewhere)
    ours = tuple(word for word in ours if word.key not in known and not _within(word, place.theirs))
    if len(place.theirs) > len(place.ours) + _LONG:
        return None
    if found.share >= VERBATIM:
        theirs = theirs or _of(place.theirs, "noun")
        ours = ours or (_moved(place, passage) if found.share >= QUOTED else ())
        theirs = theirs or (_content(place.theirs) if ours else ())
    if not ours or not theirs:
        return None
    return f"has “{_written(theirs)}” where the sentence has “{_written(ours)}”"


def _moved(place: Difference, passage: str) -> tuple[Word, ...]:
    """The sentence's words in this place that the passage has, but elsewhere: its own words in a wrong relation."""
    known = {word.key for word in place.theirs}
    content = _content(place.ours)
    moved = tuple(word for word in content if word.key not in known and squeeze(word.shown) in passage)
    return moved if place.inner and len(moved) == len(content) and len(content) <= _LONG else ()


def _content(words: Sequence[Word]) -> tuple[Word, ...]:
    return tuple(word for word in words if word.kind != "number" and len(word.key) > (1 if is_han(word.key) else 3))


def _within(word: Word, others: Sequence[Word]) -> bool:
    """Whether a Han word is part of what stands there: the segmenter cuts the same name in several ways."""
    return is_han(word.key) and word.key in "".join(other.key for other in others)


def _denial(place: Difference) -> str | None:
    ours, theirs = _folded(place.ours), _folded(place.theirs)
    mine, other = denies(ours), denies(theirs)
    if mine and not other and not weakly_denies(theirs) and len(place.ours) <= _LONG:
        return f"says the opposite about “{mine}”"
    if other and not mine and not weakly_denies(ours) and place.inner and len(place.theirs) <= _LONG:
        return f"says the opposite about “{other}”"
    return None


def _opposite(place: Difference) -> str | None:
    if len(place.ours) > _LONG or len(place.theirs) > _LONG:
        return None
    word = opposite(_spaced(place.ours), _spaced(place.theirs))
    return None if word is None else f"says the opposite about “{word}”"


def _of(words: Sequence[Word], kind: str) -> tuple[Word, ...]:
    return tuple(word for word in words if word.kind == kind)


def _written(words: Sequence[Word]) -> str:
    return ("" if any(is_han(word.shown) for word in words) else " ").join(word.shown for word in words)


def _folded(words: Sequence[Word]) -> str:
    return fold(_written(words))


def _spaced(words: Sequence[Word]) -> str:
    return fold(" ".join(word.shown for word in words))
