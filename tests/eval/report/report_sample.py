"""Two pages with every kind of section: one as a report might be, one with hostile text in every place.

Tests load this file by its path (folders of tests are no packages).
"""

from __future__ import annotations

import hashlib
import random

from eval.report.sections import (
    Bars,
    Case,
    Cases,
    Differences,
    Facts,
    Interval,
    Intervals,
    Lines,
    Page,
    Section,
    Series,
    Table,
    Verdict,
    Words,
    same,
)

MODES = (
    (same("dense"), (0.48, 0.71, 0.83, 0.90, 0.93, 0.96)),
    (same("keyword"), (0.41, 0.62, 0.74, 0.82, 0.87, 0.91)),
    (Words("混合", "hybrid"), (0.53, 0.76, 0.87, 0.93, 0.96, 0.98)),
    (Words("混合 + 重排", "hybrid + rerank"), (0.61, 0.82, 0.90, 0.94, 0.96, 0.98)),
)
DEPTHS = (1, 3, 5, 20, 50, 100)


def sample_page() -> Page:
    """Every kind of section, with made-up numbers; the browser test opens it too."""
    return Page(
        Words("检索质量：样例集", "Retrieval quality: sample set"),
        Words("180 个问题 · 4 种方式 · 2026-03-14", "180 questions · 4 modes · 2026-03-14"),
        (
            Verdict(
                Words(
                    "混合检索优于向量检索：nDCG@10 高 0.031，95 % 置信区间 0.008–0.055，n = 180。",
                    "Hybrid beats dense by 0.031 nDCG@10, 95 % CI 0.008–0.055, n = 180.",
                ),
                "good",
            ),
            Verdict(
                Words(
                    "英文问题找中文文档时，关键词检索落后 0.214（0.150–0.281）。",
                    "For English questions on Chinese documents keyword search falls behind by 0.214 (0.150–0.281).",
                ),
                "bad",
            ),
            Verdict(
                Words(
                    "重排是否有益尚不能断定：差 0.006（−0.011–0.023）；要看出这样的差别约需 1,900 个问题。",
                    "Whether reranking helps cannot be told: 0.006 (−0.011–0.023); that takes about 1,900 questions.",
                ),
            ),
        ),
        (*_figures(), _table(), _worst(), _facts()),
    )


def _figures() -> tuple[Section, ...]:
    chance = random.Random(7)
    effects = [
        round(max(-1.0, min(1.0, chance.gauss(0.03, 0.2))), 3) if chance.random() < 0.7 else 0 for _ in range(180)
    ]
    risk = [
        (name, tuple((step / 60, start + (end - start) * (step / 60) ** 2) for step in range(3, 61)))
        for name, start, end in (
            (Words("混合", "hybrid"), 0.02, 0.18),
            (Words("向量", "dense"), 0.05, 0.25),
            (Words("随机放弃", "chance"), 0.21, 0.22),
        )
    ]
    return (
        Lines(
            Words("各深度的召回率", "Recall by depth"),
            Words("深度 k（对数）", "depth k (logarithmic)"),
            Words("召回率", "recall"),
            tuple(Series(name, tuple(zip(map(float, DEPTHS), values, strict=True))) for name, values in MODES),
            log_x=True,
            note=Words(
                "每个问题同等权重；没有结果的问题按 0 计。",
                "Every question weighs the same; one without results counts as 0.",
            ),
        ),
        Intervals(
            Words("与向量检索相比，nDCG@10", "Against dense, nDCG@10"),
            (
                Interval(same("keyword"), -0.062, -0.091, -0.034),
                Interval(Words("混合", "hybrid"), 0.031, 0.008, 0.055),
                Interval(Words("混合 + 重排", "hybrid + rerank"), 0.006, -0.011, 0.023),
            ),
            zero=True,
        ),
        Intervals(
            Words("各方式的 nDCG@10", "nDCG@10 by mode"),
            tuple(
                Interval(name, value, value - 0.031, value + 0.028)
                for (name, _), value in zip(MODES, (0.702, 0.64, 0.733, 0.739), strict=True)
            ),
        ),
        Differences(
            Words("逐题差值：混合 − 向量", "Per question: hybrid − dense"),
            tuple((f"问题 {number:03}", value) for number, value in enumerate(effects)),
            Words("nDCG@10 的差值。", "Differences of nDCG@10."),
        ),
        Lines(
            Words("风险与覆盖率", "Risk and coverage"),
            Words("覆盖率", "coverage"),
            Words("风险", "risk"),
            tuple(Series(name, points) for name, points in risk),
            note=Words("AURC：混合 0.062，向量 0.109。", "AURC: hybrid 0.062, dense 0.109."),
        ),
        Bars(
            Words("在哪一步丢失", "Where the answer was lost"),
            (
                (Words("未能召回", "not recalled by either leg"), 12),
                (Words("融合时丢失", "lost in fusion"), 4),
                (Words("重排时丢失", "lost in reranking"), 3),
                (Words("未进上下文", "cut from the context"), 1),
            ),
        ),
        Bars(
            Words("耗时", "Latency"),
            (
                (same("dense p50"), 21.4),
                (same("dense p95"), 38.9),
                (same("hybrid p50"), 24.0),
                (same("hybrid p95"), 44.7),
            ),
            "ms",
        ),
    )


def _table() -> Table:
    measures = ("recall@5", "recall@20", "recall@100", "hit@5", "mrr@10", "ndcg@10", "map")
    rows = (("zh→zh", 90, 0.81), ("en→en", 60, 0.77), ("zh→en", 18, 0.64), ("en→zh", 12, 0.59))
    return Table(
        Words("按语言方向", "By direction of language"),
        (Words("方向", "Direction"), same("n"), *(same(name) for name in measures)),
        tuple(
            (same(name), same(str(n)), *(same(f"{base + step / 100:.3f}") for step in range(len(measures))))
            for name, n, base in rows
        ),
        Words(
            "方式：混合。方向是问题的语言与相关文档的语言。",
            "Mode: hybrid. A direction is the question's language and the documents'.",
        ),
    )


def _worst() -> Cases:
    told = (
        (Words("期望", "Expected"), "运维手册.pdf，第 12 页：演练共用 38 分钟。"),
        (Words("检索到", "Found"), "1. 值班表.xlsx  0.71\n2. 运维手册.pdf  0.69\n3. release-notes.md  0.52"),
    )
    headings = ("最近一次恢复演练总共用了多长时间？", "Which reranking depth does production use?", "誰批准了預算？")
    marks = (Words("融合时丢失", "lost in fusion"), same("nDCG@10 0.000"))
    return Cases(
        Words("最差的问题", "Worst questions"),
        tuple(Case(heading, marks, told) for heading in headings),
        Words("按 nDCG@10 从低到高。", "Lowest nDCG@10 first."),
    )


def _facts() -> Facts:
    return Facts(
        Words("由什么得出", "What made these numbers"),
        (
            (Words("嵌入模型", "Embedder"), "multilingual-e5-small"),
            (Words("模型哈希", "Model hash"), "sha256:" + hashlib.sha256(b"model").hexdigest()),
            (Words("数据哈希", "Data hash"), "sha256:" + hashlib.sha256(b"data").hexdigest()),
            (Words("随机种子", "Seed"), "0"),
            (Words("命令", "Command"), "shujia eval retrieval data/sample --modes dense,keyword,hybrid,hybrid+rerank"),
        ),
    )


EVIL = '<script>alert("1")</script>"\'><img src=x onerror=alert(1)>&amp;\x00\u202e反转\u2066\ud800</style></title>'
EVIL += "长" * 200 + "w" * 300


def evil_page() -> Page:
    words = Words(EVIL, EVIL + "en")
    point = ((1.0, 1.0), (2.0, 0.5))
    return Page(
        words,
        words,
        (Verdict(words),),
        (
            Facts(words, ((words, EVIL),)),
            Table(words, (words, words), ((words, words),), words),
            Lines(words, words, words, (Series(words, point), Series(words, point)), note=words),
            Intervals(words, (Interval(words, 1, 0, 2),), note=words),
            Differences(words, ((EVIL, 1.0), (EVIL, -1.0)), words),
            Bars(words, ((words, 1.0),), EVIL, words),
            Cases(words, (Case(EVIL, (words,), ((words, EVIL),)),), words),
        ),
    )
