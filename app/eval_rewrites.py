"""The query layer's steps as switches of the ablation: each question rewritten, searched again, and scored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from app.eval_progress import Start
from app.query_layer import open_layer
from eval.searching import DEPTH
from eval.tuning.variants import Legs, Variant, variant_rows
from eval.types import Question, Row
from models.types import ModelError
from retrieval.rewrite.conversation import conversation
from retrieval.rewrite.layer import QueryLayer
from retrieval.rewrite.legs import keyword_mass
from retrieval.rewrite.replies import Replies
from retrieval.rewrite.signs import ShelfSigns
from retrieval.rewrite.types import Steps
from retrieval.search import EmptyQuestion, Retriever

if TYPE_CHECKING:
    from app.eval_variants import Searched
    from app.wiring import Library

SAMPLE = 150  # questions a dataset where none are named: the chat model takes seconds for each
REPLIES = "replies.sqlite"  # in the evaluation folder
_NONE = Steps("off", "off", "off")
SWITCHES: dict[str, Steps] = {
    "history": replace(_NONE, blend="auto"),
    "condense": replace(_NONE, condense="auto"),
    "history+condense": replace(_NONE, blend="auto", condense="auto"),
    "translate": replace(_NONE, translate="auto"),
    "hyde": replace(_NONE, imagine="on"),
    "variants": replace(_NONE, variants="on"),
    "split": replace(_NONE, split="auto"),
    "keywords": replace(_NONE, keywords="on"),
}


def rewritten_rows(library: Library, one: Searched, configured: Variant, watch: Start) -> Iterator[tuple[Row, ...]]:
    """The rows of every step, one row a question, named ``rewrite-STEP``. Raises ModelError without a chat model.

    Replies are kept in the evaluation's library, so a run that was stopped asks nothing twice.
    """
    if library.chat() is None:
        raise ModelError("the query layer's steps need a chat model: set `model` to one, or leave --rewrite out")
    retriever = replace(one.corpus.retriever, reranker=None)
    replies = Replies(library.settings.library.expanduser() / REPLIES)
    for name, steps in SWITCHES.items():
        layer = replace(
            open_layer(library, steps=steps, replies=replies), seconds=10 * library.settings.rewrite_seconds
        )
        move = watch(f"{one.dataset.name}: rewrite-{name}")
        legs = []
        for number, each in enumerate(one.legs, start=1):
            legs.append(_legs(each.question, retriever, layer))
            move(number, len(one.legs))
        yield variant_rows(replace(configured, name=f"rewrite-{name}"), one.dataset, one.corpus, legs, one.reading)


def _legs(question: Question, retriever: Retriever, layer: QueryLayer) -> Legs:
    try:
        query = layer.rewrite(question.text, conversation(question.history), ShelfSigns(retriever)).query
        stages = {stage.name: stage for stage in retriever.rank(query, depth=DEPTH)}
    except (EmptyQuestion, ModelError) as exc:
        return Legs(question, failed=str(exc))
    mass = keyword_mass(retriever.shelf, query)
    return Legs(question, stages["dense"].ranking, stages["keyword"].ranking, mass)
