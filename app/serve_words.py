"""What `shujia models serve` says, in Chinese and English."""

from __future__ import annotations

from app.word_forms import worded
from app.words import Language

WORDS: dict[str, tuple[str, str]] = {
    # key: (Chinese, English)
    "converting": (
        "把 {name} 转换成 vLLM 能读的权重（只做这一次）",
        "converting {name} to weights that vLLM reads (once)",
    ),
    "starting": (
        "正在启动 vLLM {version}（{build} 版）……日志：{log}",
        "starting vLLM {version} ({build} build); log: {log}",
    ),
    "waiting": ("已等待 {seconds:.0f} 秒：{line}", "{seconds:.0f} s: {line}"),
    "ready": (
        "{name} 已就绪，用时 {seconds:.0f} 秒。要让书架使用它，在另一个终端里：\n"
        "  export SHUJIA_MODEL_URL={urls} SHUJIA_MODEL={name} SHUJIA_MODEL_CONTEXT={length}\n"
        "按 Ctrl-C 结束。",
        "{name} is ready after {seconds:.0f} s. To let Shujia use it, in another terminal:\n"
        "  export SHUJIA_MODEL_URL={urls} SHUJIA_MODEL={name} SHUJIA_MODEL_CONTEXT={length}\n"
        "Ctrl-C ends it.",
    ),
    "open": (
        "注意：它监听 {host}，没有设置密钥，能连到本机的人都能使用它。请设置 SHUJIA_MODEL_KEY。",
        "Note: it listens on {host} without a key, so whoever reaches this machine can use it. Set SHUJIA_MODEL_KEY.",
    ),
    "ended": ("vLLM 已结束", "vLLM has ended"),
}


def say(language: Language, key: str, **values: object) -> str:
    """The words for ``key`` in a language, with the values filled in."""
    return worded(WORDS, language, key, values)
