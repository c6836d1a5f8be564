"""What the query layer is told and what it gives back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from retrieval.types import Query

Switch = Literal["off", "auto", "on"]
"""``auto`` asks the step's gate first, ``on`` runs it for every question that it can be run for."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Which steps run. ``blend`` weighs the conversation in without a model, the others ask the chat model."""

    blend: Switch = "auto"
    condense: Switch = "auto"
    translate: Switch = "auto"
    imagine: Switch = "off"
    variants: Switch = "off"
    split: Switch = "off"
    keywords: Switch = "off"

    @property
    def asked(self) -> bool:
        """Whether any step may ask the chat model."""
        names = (self.condense, self.translate, self.imagine, self.variants, self.split, self.keywords)
        return any(each != "off" for each in names)


@dataclass(frozen=True, slots=True)
class Done:
    """One step that ran: how long, and what came of it; ``reply`` is what it added, empty where it added nothing."""

    step: str
    seconds: float
    reply: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A question after the query layer.

    ``question`` is standalone, for whoever answers it; ``query`` is what the legs are asked. ``notices`` are for the
    reader: what failed and what was done instead.
    """

    question: str
    query: Query
    done: tuple[Done, ...] = field(default=())
    notices: tuple[str, ...] = field(default=())
