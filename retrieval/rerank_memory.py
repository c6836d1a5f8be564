"""What a reranker said is remembered, so that the same question over the same passages costs nothing again."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence

from models.types import ModelUnavailable
from retrieval.rerank import Reranker
from store.types import text_id

KEPT = 20_000  # scores, about 4 MB


class Remembering:
    """A Reranker that asks another one only about passages it has not judged for this question.

    A score is known by question and text, not by a chunk's name, so it is never stale; the memory belongs to one
    engine. Sound for engines that judge a passage by itself. May be used from several threads.
    """

    def __init__(self, engine: Reranker, *, kept: int = KEPT) -> None:
        self._engine = engine
        self._room = kept
        self._kept: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The engine's own name."""
        return self._engine.name

    def score(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """The engine's scores, one a text. Raises what the engine raises; nothing is remembered then."""
        names = [(question, text_id(text)) for text in texts]
        with self._lock:
            known = {name: self._kept[name] for name in names if name in self._kept}
        missing = {name: text for name, text in zip(names, texts, strict=True) if name not in known}
        if missing:
            scores = self._engine.score(question, list(missing.values()))
            if len(scores) != len(missing):
                raise ModelUnavailable(f"{self.name} gave {len(scores)} scores for {len(missing)} passages")
            known |= zip(missing, scores, strict=True)
        with self._lock:
            for name in names:
                self._kept[name] = known[name]
                self._kept.move_to_end(name)
            while len(self._kept) > self._room:
                self._kept.popitem(last=False)
        return [known[name] for name in names]
