"""Statements with planted errors beside their untouched twins: what a check of answers must flag, and what not.

A statement is a sentence with the passage that carries it. Every error of ``KINDS`` is planted into a copy of it; the
twin is the sentence as it was. All choices hang on the seed and the statement's id.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

KINDS = ("number", "entity", "negation", "source", "invented")
_NUMBER = re.compile(
    r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|[一二三四五六七八九十百千万亿两]{2,}|(?<=第)[一二三四五六七八九十](?=[届次年个])"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|twenty|thirty|fifty|hundred)\b"
)
_LIST_NUMBER = re.compile(r"\s*\d{1,3}[.)、]")
_WORDS = ["two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "twenty"]
_HAN_DIGITS = "一二三四五六七八九"
_LATIN_NAME = re.compile(r"(?<![\w-])[A-Z][a-z]{2,}(?: [A-Z][a-z]+)*(?![\w-])")
_OPENERS = frozenset(
    "The This That These Those However Although While When During After Before Since Because Another Other Many Some "
    "Most Both Each Such There They Their His Her Its And But For From With Where Which Who What How Also Under "
    "According Following Despite Until Unlike Instead Then Thus Today Early Late One Two Three January February March "
    "April May June July August September October November December Monday Tuesday Wednesday Thursday Friday Saturday "
    "Sunday You Your All Any Not Please Yes If As In On At By Of To It He She We An It Other Culturally".split()
)
_NAME_TAGS = frozenset({"nr", "nrt", "ns", "nt", "nz"})
_AUXILIARY = re.compile(
    r"\b(is|was|were|are|has been|have been|had|can|could|will|would|should|must|may|did|does|do)\b"
)
_HAN_AUXILIARY = re.compile(
    r"(?<![不是没就都也还但可只总凡或])(是|能够|可以|位于|属于|需要|应当|具有|会|包括|获得|成为)(?![否不])"
)
_REMOVABLE = re.compile(
    r"(?<=[a-z]) not\b(?! only)|(?<=\bcan)not\b|\bnever |并未|并没有|(?<![除莫从更])没有|不能|不是|不会|不得"
)
_REMOVED = {"不能": "能", "不是": "是", "不会": "会", "不得": "可以", "没有": "有", "并没有": "有", "并未": "已经"}
_OPPOSITES = (
    ("increase", "decrease"), ("increased", "decreased"), ("more", "less"), ("higher", "lower"), ("before", "after"),
    ("above", "below"), ("first", "last"), ("largest", "smallest"), ("highest", "lowest"), ("north", "south"),
    ("east", "west"), ("best", "worst"), ("allowed", "forbidden"), ("rose", "fell"), ("earlier", "later"),
    ("增加", "减少"), ("上升", "下降"), ("高于", "低于"), ("之前", "之后"), ("以上", "以下"), ("最大", "最小"),
    ("最高", "最低"), ("允许", "禁止"), ("增长", "下降"), ("超过", "不足"), ("支持", "反对"), ("开始", "结束"),
)  # fmt: skip
_INVENTED = {
    "en": (
        "{name} also signed a partnership with the harbour authority of Tallinn.",
        "The decision was reversed two years later after protests by the employees.",
        "A museum about {name} was opened in a former railway station.",
        "Experts regard {name} as the cheapest option on the market.",
        "Visitors can rent bicycles at the entrance free of charge.",
        "The software behind {name} was rewritten from scratch by a small team of volunteers.",
    ),
    "zh": (
        "{name}还与塔林港务局签署了合作协议。",
        "两年后，由于员工抗议，这一决定被撤销。",
        "一座关于{name}的博物馆在旧火车站开放。",
        "专家认为{name}是市场上最便宜的选择。",
        "游客可以在入口处免费租用自行车。",
        "{name}的软件由一支志愿者小组从头重写。",
    ),
}


@dataclass(frozen=True, slots=True)
class Statement:
    """A true sentence: ``passages[0]`` carries it, the others do not. ``origin`` names the set it was taken from."""

    id: str
    language: str
    origin: str
    text: str
    passages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Planted:
    """A sentence to check against ``passages``, citing passage ``cited`` (from 1); ``kind`` "" is an untouched twin."""

    statement: Statement
    kind: str
    text: str
    passages: tuple[str, ...]
    cited: int

    @property
    def tuned(self) -> bool:
        """Whether it belongs to the half that thresholds may be chosen on; the other half only confirms."""
        return random.Random(f"half {self.statement.id}").random() < 0.5


def planted(statements: Sequence[Statement], seed: int = 0) -> Iterator[Planted]:
    """Every statement untouched, and with each error that can be planted into it."""
    for statement in statements:
        rng = random.Random(f"{seed} {statement.id}")
        order = list(range(len(statement.passages)))
        rng.shuffle(order)
        passages = tuple(statement.passages[i] for i in order)
        right = order.index(0) + 1
        yield Planted(statement, "", statement.text, passages, right)
        for kind, plant in (("number", _number), ("entity", _entity), ("negation", _negation), ("invented", _invented)):
            text = plant(statement, rng)
            if text is not None and text != statement.text:
                yield Planted(statement, kind, text, passages, right)
        if len(passages) > 1:
            yield Planted(statement, "source", statement.text, passages, right % len(passages) + 1)


def _number(statement: Statement, rng: random.Random) -> str | None:
    found = [m for m in _NUMBER.finditer(statement.text) if not _LIST_NUMBER.match(statement.text, 0, m.end() + 2)]
    if not found:
        return None
    match = rng.choice(found)
    others = [m for m in _NUMBER.findall(statement.passages[0]) if m not in statement.text and _alike(m, match.group())]
    other = rng.choice(others) if others and rng.random() < 0.5 else _other_number(match.group(), rng)
    return statement.text[: match.start()] + other + statement.text[match.end() :]


def _alike(one: str, other: str) -> bool:
    return one[0].isdigit() == other[0].isdigit() and one[0].isascii() == other[0].isascii() and len(one) == len(other)


def _other_number(written: str, rng: random.Random) -> str:
    if written in _WORDS or written in ("thirty", "fifty", "hundred"):
        return rng.choice([word for word in _WORDS if word != written])
    if not written[0].isdigit():
        places = [i for i, c in enumerate(written) if c in _HAN_DIGITS]
        if not places:
            return rng.choice("五七九") + written
        at = rng.choice(places)
        return written[:at] + rng.choice([c for c in _HAN_DIGITS if c != written[at]]) + written[at + 1 :]
    at = rng.choice([i for i, c in enumerate(written) if c.isdigit() and (i or len(written) == 1 or c != "0")])
    return written[:at] + rng.choice([d for d in "123456789" if d != written[at]]) + written[at + 1 :]


def names_of(text: str, language: str) -> list[str]:
    """Names in a text, as a reader would point them out; not the product's own list."""
    if language == "en":
        return [name for name in _LATIN_NAME.findall(text) if name.split()[0] not in _OPENERS]
    import rjieba

    tagged: list[tuple[str, str]] = rjieba.tag(text)
    return [word for word, tag in tagged if tag in _NAME_TAGS and len(word) > 1]


def _entity(statement: Statement, rng: random.Random) -> str | None:
    """Two names change places, or one is replaced by another of the passage or of a foreign passage."""
    own = list(dict.fromkeys(names_of(statement.text, statement.language)))
    own = [name for name in own if not any(name in other for other in own if other != name)]
    if not own:
        return None
    way = rng.choice(("swap", "near", "far"))
    if way == "swap" and len(own) > 1:
        one, other = rng.sample(own, 2)
        if _listed(statement.text, one, other):
            return None  # "A and B" is "B and A"
        return statement.text.replace(one, "\0").replace(other, one).replace("\0", other)
    places = statement.passages[:1] if way == "near" else statement.passages[1:]
    others = [n for p in places for n in names_of(p, statement.language) if n not in statement.text]
    others = [n for n in others if not any(n in name or name in n for name in own)]
    if not others:
        return None
    return statement.text.replace(rng.choice(own), rng.choice(others))


def _listed(text: str, one: str, other: str) -> bool:
    """Whether nothing but a conjunction or a comma stands between two names."""
    first, last = sorted((text.find(one), text.find(other)))
    between = text[first:last]
    between = between.removeprefix(one).removeprefix(other)
    return re.fullmatch(r"[\s,，、·•/和与及&-]*(?:and|or)?\s*", between) is not None


def _negation(statement: Statement, rng: random.Random) -> str | None:
    """A negation is taken away, a word turned into its opposite, or a negation added."""
    text = statement.text
    match = _REMOVABLE.search(text)
    if match:
        return text[: match.start()] + _REMOVED.get(match.group(), "") + text[match.end() :]
    for pair in rng.sample(_OPPOSITES, len(_OPPOSITES)):
        for old, new in (pair, pair[::-1]):
            found = re.search(rf"\b{old}\b" if old.isascii() else old, text)
            if found and rng.random() < 0.7:
                return text[: found.start()] + new + text[found.end() :]
    added = list((_AUXILIARY if statement.language == "en" else _HAN_AUXILIARY).finditer(text))
    if not added:
        return None
    place = rng.choice(added)
    if statement.language == "en":
        first = place.group().split()[0]
        return text[: place.start() + len(first)] + " not" + text[place.start() + len(first) :]
    return text[: place.start()] + ("没有" if place.group() in ("获得", "成为") else "不") + text[place.start() :]


def _invented(statement: Statement, rng: random.Random) -> str:
    names = names_of(statement.text, statement.language) or names_of(statement.passages[0], statement.language)
    fallback = "the project" if statement.language == "en" else "该项目"
    return rng.choice(_INVENTED[statement.language]).format(name=rng.choice(names) if names else fallback)
