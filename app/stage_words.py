"""What the stages of a search and an answer are called, in Chinese and English, by the names that traces give them."""

from __future__ import annotations

STAGE_WORDS: dict[str, tuple[str, str]] = {
    # key: (Chinese, English)
    "rewrite:condense": ("补全问题", "Question completed"),
    "rewrite:translate": ("翻译问题", "Question translated"),
    "rewrite:imagine": ("假想答案", "Imagined answer"),
    "rewrite:variants": ("换一种说法", "Other wordings"),
    "rewrite:split": ("拆分问题", "Question split"),
    "rewrite:keywords": ("提取检索词", "Search words"),
    "rewrite:model": ("打开模型", "Opening the model"),
    "dense": ("语义检索", "Meaning"),
    "keyword": ("关键词检索", "Keywords"),
    "fused": ("融合", "Merged"),
    "rerank": ("重排", "Reranked"),
    "languages": ("另一种语言", "Other language"),
    "passages": ("取出段落", "Passages"),
    "prompt": ("组成提示", "Prompt"),
    "first_token": ("首个词元", "First token"),
    "generation": ("撰写", "Writing"),
    "verification": ("逐句核对", "Checking"),
    "extraction": ("摘录", "Quoting"),
    "total": ("共计", "Total"),
}
