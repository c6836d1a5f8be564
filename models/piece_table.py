"""The pieces of a Unigram tokenizer.json as a table that is ready in milliseconds, and a tokenizer of a few of them.

Reading 250,000 pieces takes the tokenizers library half a second and more, whatever is tokenized. Which pieces a text
is cut into depends on those alone that occur in it (Kudo 2018, arXiv:1804.10959, section 3.2: the best path is searched
among the substrings that are pieces), and on the lowest score of all, which an unknown character is given. So a
tokenizer of these pieces cuts the text exactly as the whole one does; the ids are translated back.

Substrings are found by their hashes. Two that share one put a piece too many into the small tokenizer, which then does
not occur in the text: nothing depends on it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FORMAT = b"pieces-1"
_FEW = 64  # ids that may be named in the file beside its pieces: <s>, </s>, <unk> and the like
_BASE = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no character's part of a hash is lost
_HOLE = "\ue000pieces\ue000"  # where the frame takes its pieces

Codes = NDArray[np.uint64]
Whole = NDArray[np.int64]


class _Score(float):
    """A number that remembers how it was written: another parser may read other digits of the same number."""

    written: str

    def __new__(cls, written: str) -> _Score:
        made = super().__new__(cls, written)
        made.written = written
        return made


@dataclass(frozen=True, slots=True)
class PieceTable:
    """``frame`` is the file without its pieces; ``fixed`` are the ids that every small tokenizer begins with.

    ``hashes`` ascend and ``owners`` are the ids of their pieces; the entry of piece n, as JSON, stands in ``entries``
    between ``begins[n]`` and ``begins[n + 1]``. ``marks`` are the texts that are tokens without being pieces of words.
    """

    frame: str
    fixed: tuple[int, ...]
    blank: str
    marks: tuple[str, ...]
    longest: int
    hashes: Codes
    owners: NDArray[np.int32]
    begins: NDArray[np.uint32]
    entries: memoryview

    def occurring(self, text: str) -> Whole:
        """The ids of all pieces that are substrings of a normalized text, ascending."""
        codes = _codes(self.blank + text.replace(" ", self.blank))
        rolled, found = np.zeros(len(codes), np.uint64), []
        for length in range(1, min(self.longest, len(codes)) + 1):
            last = len(codes) - length + 1
            rolled = rolled[:last] * _BASE + codes[length - 1 :]
            seen = np.unique(rolled)
            place = np.minimum(np.searchsorted(self.hashes, seen), len(self.hashes) - 1)
            found.append(self.owners[place[self.hashes[place] == seen]])
        return np.unique(np.concatenate(found)).astype(np.int64) if found else np.empty(0, np.int64)

    def small(self, pieces: Whole) -> tuple[Tokenizer, list[int]]:
        """A tokenizer of these pieces and the fixed ones; which id of the whole one each of its ids stands for."""
        from tokenizers import Tokenizer

        own = [*self.fixed, *np.setdiff1d(pieces, self.fixed).tolist()]
        listed = b",".join(bytes(self.entries[self.begins[n] : self.begins[n + 1]]) for n in own).decode()
        return Tokenizer.from_str(self.frame.replace(json.dumps(_HOLE), f"[{listed}]")), own

    def packed(self) -> bytes:
        """The table as bytes; see ``unpacked``."""
        head: dict[str, Any] = {"frame": self.frame, "fixed": self.fixed, "blank": self.blank, "marks": self.marks}
        head |= {"longest": self.longest, "count": len(self.owners)}
        first = json.dumps(head).encode()
        first += b" " * (-(len(first) + 1) % 8) + b"\n"
        arrays = (self.hashes, self.owners, self.begins)
        return b"".join((first, *(each.tobytes() for each in arrays), bytes(self.entries)))


def unpacked(data: memoryview) -> PieceTable:
    """The table that ``packed`` gave; the bytes are taken as they are, so they must be checked before."""
    first = bytes(data[: 1 << 20]).partition(b"\n")[0]
    head = json.loads(first)
    at, count = len(first) + 1, head["count"]
    hashes = np.frombuffer(data, np.uint64, count, at)
    owners = np.frombuffer(data, np.int32, count, at := at + hashes.nbytes)
    begins = np.frombuffer(data, np.uint32, count + 1, at := at + owners.nbytes)
    marks, fixed = tuple(head["marks"]), tuple(head["fixed"])
    return PieceTable(
        head["frame"], fixed, head["blank"], marks, head["longest"], hashes, owners, begins, data[at + begins.nbytes :]
    )


def table_of(file: bytes) -> PieceTable | None:
    """The table of a tokenizer.json; None for one that is not built as this module thinks."""
    try:
        whole = json.loads(file, parse_float=_Score)
    except ValueError:
        return None
    needed = _named_ids(whole)
    if needed is None:
        return None
    pieces = whole["model"]["vocab"]
    scores = np.array([score for _, score in pieces], np.float64)
    marks = tuple(each["content"] for each in whole["added_tokens"])
    places = {each["content"]: each["id"] for each in whole["added_tokens"]}
    fixed = tuple(dict.fromkeys([*range(needed + 1), *places.values(), int(scores.argmin())]))
    for each in whole["added_tokens"]:
        each["id"] = fixed.index(each["id"])
    whole["model"]["vocab"] = _HOLE
    texts = [text for text, _ in pieces]
    entries = [
        f"[{json.dumps(text, ensure_ascii=False)},{getattr(score, 'written', score)}]".encode()
        for text, score in pieces
    ]
    hashes = np.array([_hashed(text) for text in texts], np.uint64)
    order = np.argsort(hashes, kind="stable")
    begins = np.cumsum([0, *map(len, entries)]).astype(np.uint32)
    return PieceTable(
        json.dumps(whole | {"truncation": None, "padding": None}), fixed, whole["pre_tokenizer"]["replacement"], marks,
        max(map(len, texts)), hashes[order], order.astype(np.int32), begins, memoryview(b"".join(entries)),
    )  # fmt: skip


def _named_ids(whole: dict[str, Any]) -> int | None:
    """The highest id that the file names outside of its pieces and added tokens; None where it is built otherwise."""
    try:
        model, added, pieces = whole["model"], whole["added_tokens"], whole["model"]["vocab"]
        plain = model["type"] == "Unigram" and not model.get("byte_fallback")
        plain = (
            plain and whole["pre_tokenizer"]["type"] == "Metaspace" and len(whole["pre_tokenizer"]["replacement"]) == 1
        )
        special = whole["post_processor"]["special_tokens"] if whole["post_processor"] else {}
        ids = [model["unk_id"], *(id_ for each in special.values() for id_ in each["ids"])]
        listed = all(pieces[each["id"]][0] == each["content"] and not each["normalized"] for each in added)
        once = len({text for text, _ in pieces}) == len(pieces)
        few = all(0 <= id_ < _FEW for id_ in ids)
    except (KeyError, TypeError, IndexError):
        return None
    return max(ids) if plain and listed and once and few else None


def _codes(text: str) -> Codes:
    """The characters' numbers, each one more: a hash of none is none."""
    return np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.uint64) + np.uint64(1)


def _hashed(text: str) -> int:
    value = 0
    for character in text:
        value = (value * int(_BASE) + ord(character) + 1) & 0xFFFFFFFFFFFFFFFF
    return value
