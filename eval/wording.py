"""What reports say in both languages: names of measures, modes and stages, and the sentences of verdicts."""

from __future__ import annotations

from collections.abc import Mapping

from eval.report.sections import Words, same

MODE = {
    "dense": Words("语义检索", "dense"),
    "keyword": Words("关键词检索", "keyword"),
    "hybrid": Words("混合检索", "hybrid"),
    "hybrid+rerank": Words("混合检索加重排", "hybrid with reranking"),
}
STAGE = {
    "dense": Words("语义检索", "dense leg"),
    "keyword": Words("关键词检索", "keyword leg"),
    "fused": Words("融合", "fusion"),
    "rerank": Words("重排", "reranking"),
    "total": Words("合计", "in all"),
}
MEASURE = {
    "recall@5": Words("召回率@5", "Recall@5"),
    "recall@20": Words("召回率@20", "Recall@20"),
    "recall@100": Words("召回率@100", "Recall@100"),
    "hit@5": Words("命中率@5", "Hit rate@5"),
    "mrr@10": same("MRR@10"),
    "ndcg@10": same("nDCG@10"),
    "map": same("MAP"),
    "span_hit@5": Words("答案命中@5", "answer hit@5"),
    "span_mrr@10": Words("答案 MRR@10", "answer MRR@10"),
    "coverage@5": Words("答案覆盖率@5", "answer coverage@5"),
    "coverage@640": Words("答案覆盖率@640 词元", "answer coverage@640 tokens"),
    "density@640": Words("答案占比@640 词元", "answer density@640 tokens"),
    "context_coverage": Words("上下文覆盖率", "context coverage"),
    "context_density": Words("上下文中答案占比", "context density"),
    "whole": Words("答案未切断", "answers not cut apart"),
}


def name(table: Mapping[str, Words], key: str) -> Words:
    """The words for a key; a key without words stands as it is."""
    return table.get(key, same(key))


def number(value: float) -> str:
    """A measure as reports write it: three digits behind the point."""
    return f"{value:.3f}"


def estimate(value: Mapping[str, float]) -> Words:
    """A mean with its interval."""
    return same(f"{value['value']:.3f} ({value['low']:.3f}–{value['high']:.3f})")


def milliseconds(seconds: float | None) -> Words:
    """A time in milliseconds; a dash where nothing was timed."""
    return same("–" if seconds is None else f"{seconds * 1000:.1f}")
