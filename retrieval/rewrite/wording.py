"""The sentences that the query layer says itself, in both languages."""

from __future__ import annotations

from store.wording import Wording

say = Wording(
    {
        "zh": {
            "failed": "没有用语言模型改写问题（{step}：{reason}），按原来的问题检索。",
            "condense": "结合对话补全问题",
            "translate": "译成资料的语言",
            "imagine": "假想答案",
            "variants": "换一种说法",
            "split": "拆分问题",
            "keywords": "提取检索词",
            "model": "打开模型",
        },
        "en": {
            "failed": "The question was not rewritten by the language model ({step}: {reason}); "
            "it was searched as it is.",
            "condense": "completing it from the conversation",
            "translate": "translating it",
            "imagine": "imagining an answer",
            "variants": "other wordings",
            "split": "splitting it",
            "keywords": "search words",
            "model": "opening the model",
        },
    }
)
