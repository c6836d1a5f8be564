"""Reading pictures: rapidocr with the PP-OCRv6 models that its wheel brings along (Apache-2.0, nothing is downloaded).

One set of weights reads Chinese, English and Japanese, 1 to 6 s a page on one core. The detector sees at most 1280
pixels a side, which found the same lines as the full picture in half the time, on six test pages.
"""

from __future__ import annotations

import functools
import importlib.util
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.clean import HAN, clean_line

MISSING = "install the ocr extra (pip install 'shujia[ocr]') and run shujia retry"
OFF = "OCR is switched off (ocr = off): set ocr = auto and run shujia retry"
SURE = 0.75  # mean confidence below which a picture may be the wrong way up
KEPT = 0.5  # a line less sure than this is a smudge, or an ornament
STRIP = 1600  # pixels: a tall screenshot is read in strips, or its letters would shrink to nothing

Picture = NDArray[np.uint8]

_HALF_WIDTH = re.compile(f"(?<=[{HAN}”》）])[,:;?!](?=[{HAN}“《（]|$)")
_FULL = str.maketrans(",:;?!", "，：；？！")


@dataclass(frozen=True, slots=True)
class SeenLine:
    """A line of a picture: its sides in pixels, its confidence from 0 to 1, and how it leans (rise by run)."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    score: float
    slope: float = 0.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands in a picture; ``turns`` quarter turns to the left set it upright, and the sides are those after."""

    lines: tuple[SeenLine, ...]
    width: int
    height: int
    turns: int = 0

    @property
    def score(self) -> float:
        """Mean confidence, each line by its length; 0 without lines."""
        weight = sum(len(line.text) for line in self.lines)
        return sum(line.score * len(line.text) for line in self.lines) / weight if weight else 0.0


def available() -> bool:
    """Whether the packages of the ocr extra are installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("rapidocr", "onnxruntime"))


def recognise(picture: Picture) -> Seen:
    """The lines of a picture (height x width x 3, blue first), from the detector's order: top to bottom.

    A picture that lies on its side or its head is turned: where most lines are tall, or few are sure, the other ways
    are tried and the surest is kept.
    """
    seen = _strips(picture)
    tall = sum(line.bottom - line.top > 1.5 * (line.right - line.left) for line in seen.lines)
    if seen.lines and 2 * tall > len(seen.lines):
        turned = [_turned(picture, turns) for turns in (1, 3)]
    elif seen.lines and seen.score < SURE:
        turned = [_turned(picture, 2)]
    else:
        return seen
    return max([seen, *turned], key=lambda one: one.score * min(sum(len(line.text) for line in one.lines), 200))


def _turned(picture: Picture, turns: int) -> Seen:
    seen = _strips(np.ascontiguousarray(np.rot90(picture, turns)))
    return Seen(seen.lines, seen.width, seen.height, turns)


def _strips(picture: Picture) -> Seen:
    height, width = picture.shape[:2]
    lines: list[SeenLine] = []
    start = 0
    while start < height:
        end = height if height - start <= 1.4 * STRIP or height < 2 * width else _quiet_row(picture, start + STRIP)
        lines.extend(_lines(np.ascontiguousarray(picture[start:end]), start))
        start = end
    return Seen(tuple(lines), width, height)


def _quiet_row(picture: Picture, about: int) -> int:
    """The row near ``about`` where the least is drawn: no letter is cut there."""
    rows = picture[about - STRIP // 5 : about].astype(np.int16)
    return about - STRIP // 5 + int(np.argmin(np.abs(np.diff(rows, axis=1)).sum(axis=(1, 2)))) + 1


def _lines(picture: Picture, below: int) -> list[SeenLine]:
    found = _engine()(picture)
    if found.boxes is None:
        return []
    lines = []
    for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=True):
        cleaned = _HALF_WIDTH.sub(lambda sign: sign[0].translate(_FULL), clean_line(text))
        if cleaned and score >= KEPT:
            lines.append(_line(cleaned, np.asarray(corners, dtype=np.float64), float(score), below))
    return lines


def _line(text: str, corners: NDArray[np.float64], score: float, below: int) -> SeenLine:
    """The line set level: as high as its side, around its middle. ``corners`` run clockwise from the top left."""
    left, right = corners[:, 0].min(), corners[:, 0].max()
    height = float(np.linalg.norm(corners[3] - corners[0]) + np.linalg.norm(corners[2] - corners[1])) / 2
    run = corners[1, 0] - corners[0, 0]
    slope = float((corners[1, 1] - corners[0, 1]) / run) if run > height else 0.0
    if right - left < height and abs(slope) < 1e-9:
        top, bottom = corners[:, 1].min(), corners[:, 1].max()
    else:
        middle = float(corners[:, 1].mean())
        top, bottom = middle - height / 2, middle + height / 2
    return SeenLine(text, float(left), float(top) + below, float(right), float(bottom) + below, score, slope)


@functools.cache
def _engine() -> Callable[[Picture], Any]:
    """The models, loaded once a process (1.3 s)."""
    from rapidocr import RapidOCR

    engine: Callable[[Picture], Any] = RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,  # whole pages are turned here; lines upside down among others are not met
            "Global.text_score": KEPT,
            "Det.limit_side_len": 1280,
            "Det.limit_type": "max",
            "EngineConfig.onnxruntime.intra_op_num_threads": 1,  # a parser child has one core; there are several
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    return engine
