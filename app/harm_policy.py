"""Which policy turns harmful questions away: rules and vector where the default embedder is in use, rules elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from generation.harm import Policy, harmful
from generation.harm_learned import EMBEDDER, LearnedHarm

if TYPE_CHECKING:
    from app.wiring import Library


def harm_policy(library: Library) -> Policy | None:
    """The policy of a library; None where the setting ``harm`` is off. Raises WeightsMissing."""
    if not library.settings.harm:
        return None
    embedder = library.embedder
    return LearnedHarm(embedder.embed_queries) if embedder.name == EMBEDDER else harmful
