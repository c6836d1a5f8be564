"""Answer and accepted answer → the tokens that are compared: one a Han character, one a word of other scripts.

As CMRC 2018 does for Chinese (Cui et al. 2019, arXiv:1810.07366, section 4: characters, mixed with words of other
scripts) and SQuAD for English (Rajpurkar et al. 2016, arXiv:1606.05250, section 6.1: lower case, no punctuation, no
articles), with what they leave open decided here:

- NFKC, lower case, Traditional folded to Simplified, ``1,000`` as ``1000``: width and script are not knowledge;
- punctuation of either width goes, between words too; ``. ' -`` inside a word join its parts (U.S. is us),
  between digits the point stays (3.5 is not 35) and the hyphen separates (2019-2020 is two years);
- ``++`` and ``#`` stay behind a word (C++, F#);
- a, an, the go only where a further word of such a script follows: vitamin A, 维生素A and A股 keep their letter;
- a text of symbols alone (√, →) is one token as it stands.
"""

from __future__ import annotations

import re
from itertools import pairwise

from store.analyzer import UNSPACED, fold

_TOKEN = re.compile(
    rf"[{UNSPACED}]|[^\W_{UNSPACED}]+(?:(?:[.'’]|(?<!\d)[-‐‑]|[-‐‑](?!\d))[^\W_{UNSPACED}]+)*(?:\+\+|#)?"
)
_JOINT = re.compile(r"(?<!\d)\.|\.(?!\d)|['’‐‑-]")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_ARTICLES = frozenset({"a", "an", "the"})


def tokens(text: str) -> list[str]:
    """All tokens in reading order, articles kept; empty only for a blank text.

    >>> tokens("《紅樓夢》，共120回")
    ['红', '楼', '梦', '共', '120', '回']
    """
    folded = fold(text).strip()
    found = [_JOINT.sub("", match.group()) for match in _TOKEN.finditer(folded)]
    return found or ([folded] if folded else [])


def answer_tokens(text: str) -> list[str]:
    """The tokens without English articles.

    >>> answer_tokens("The U.S. of an A.")
    ['us', 'of', 'a']
    """
    found = tokens(text)
    followed = [not _UNSPACED.match(after) for _, after in pairwise(found)] + [False]
    return [token for token, more in zip(found, followed, strict=False) if token not in _ARTICLES or not more]
