"""Rankings and judgments → recall, hit rate, MRR, nDCG and MAP a question, computed by ir_measures.

Our own order is what counts: the engines behind ir_measures sort by score and break ties by id, each in its own way
(trec_eval: higher id first), so they are handed scores that fall with the rank and never tie.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from eval.errors import EvalInputError
from eval.types import Judgments

MEASURES = ("recall@5", "recall@20", "recall@100", "hit@5", "mrr@10", "ndcg@10", "map")
"""Keys of ``Row.measures`` in a retrieval run.

recall@k: share of the relevant documents among the first k. hit@k: 1 when one of them is there. mrr@10: 1/rank of the
first relevant document, 0 beyond rank 10. ndcg@10: gain = grade, discount log2(rank + 1) (Järvelin & Kekäläinen 2002,
doi:10.1145/582415.582418, as trec_eval's ndcg_cut), over that of the best possible ranking. map: precision at the ranks
of relevant documents, summed and divided by the number of relevant documents, found or not.
"""

_IR_NAMES = {
    "recall@5": "R@5",
    "recall@20": "R@20",
    "recall@100": "R@100",
    "hit@5": "Success@5",
    "mrr@10": "RR@10",
    "ndcg@10": "nDCG@10",
    "map": "AP",
}


def score_rankings(judgments: Judgments, rankings: Mapping[str, Sequence[str]]) -> dict[str, dict[str, float]]:
    """Question id → measure → value in 0…1, for every judged question, in the order of ``judgments``.

    ``rankings`` holds document ids, best first, each once; ranks start at 1. A question without a ranking has 0 in all
    measures, and so has one without a relevant document (as in trec_eval). A grade below 0 counts as 0.
    Raises EvalInputError for a ranking of a question that nobody judged and for a document ranked twice.
    """
    _check(judgments, rankings)
    values = {question: dict.fromkeys(_IR_NAMES, 0.0) for question in judgments}
    # What stands below the last relevant document changes no measure, and is most of a ranking.
    told = {question: _up_to_relevant(ranking, judgments[question]) for question, ranking in rankings.items()}
    _score(values, judgments, told)
    return values


def recall_curve(judgments: Judgments, rankings: Mapping[str, Sequence[str]], depths: Sequence[int]) -> list[float]:
    """Mean recall over all judged questions at each depth, a missing ranking counting 0. Raises as score_rankings."""
    if any(depth < 1 for depth in depths):
        raise ValueError(f"depths are {list(depths)}; recall needs a depth of 1 or more")
    if not judgments:
        raise EvalInputError("no question is judged, so there is nothing to average")
    _check(judgments, rankings)
    sums = [0.0] * len(depths)
    for question, grades in judgments.items():
        relevant = {document for document, grade in grades.items() if int(grade) > 0}
        ranks = [rank for rank, document in enumerate(rankings.get(question, ()), 1) if document in relevant]
        for place, depth in enumerate(depths):
            sums[place] += bisect_right(ranks, depth) / len(relevant) if relevant else 0.0
    return [total / len(judgments) for total in sums]


def _up_to_relevant(ranking: Sequence[str], grades: Mapping[str, int]) -> Sequence[str]:
    last = max((rank for rank, document in enumerate(ranking, 1) if grades.get(document, 0) > 0), default=0)
    return ranking[:last]


def _score(values: Mapping[str, dict[str, float]], judgments: Judgments, rankings: Mapping[str, Sequence[str]]) -> None:
    """Write into ``values`` what ir_measures says of every measure; what it says nothing of stays."""
    import ir_measures

    grades = {question: {doc: max(0, int(grade)) for doc, grade in row.items()} for question, row in judgments.items()}
    scores = {
        question: {document: float(-rank) for rank, document in enumerate(ranking)}
        for question, ranking in rankings.items()
        if ranking
    }
    names = {written: name for name, written in _IR_NAMES.items()}
    for found in ir_measures.iter_calc([ir_measures.parse_measure(written) for written in names], grades, scores):
        values[found.query_id][names[str(found.measure)]] = float(found.value)


def _check(judgments: Judgments, rankings: Mapping[str, Sequence[str]]) -> None:
    unjudged = [question for question in rankings if question not in judgments]
    if unjudged:
        raise EvalInputError(f"{len(unjudged)} ranked questions have no judgment, the first is {unjudged[0]!r}")
    for question, ranking in rankings.items():
        if len(set(ranking)) != len(ranking):
            twice = next(document for rank, document in enumerate(ranking) if document in ranking[:rank])
            raise EvalInputError(f"question {question!r} ranks document {twice!r} twice; a document belongs there once")
