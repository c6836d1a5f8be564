"""What administration says about models, jobs, indexes and storage, and the library page about its errands."""

from __future__ import annotations

from app.word_forms import worded
from app.words import Language

CARE_PAGE_WORDS: dict[str, tuple[str, str]] = {
    # key: (Chinese, English)
    # Models
    "configured": ("现在的设置", "As configured"),
    "embedder": ("向量模型", "Embedder"),
    "chat_model": ("语言模型", "Chat model"),
    "reranker": ("重排序", "Reranker"),
    "at": ("位于 {url}", "at {url}"),
    "on_disk": ("权重在本机，{size}", "weights on this machine, {size}"),
    "not_on_disk": ("权重不在本机", "weights not on this machine"),
    "check_all": ("全面检查", "Examine everything"),
    "check_hint": (
        "和 shujia doctor 相同：机器、权重（逐字节核对）、接口、书架。",
        "The same as shujia doctor: the machine, the weights byte by byte, endpoints, the library.",
    ),
    "checking": ("正在检查…", "Examining…"),
    "all_good": ("没有发现问题。", "Nothing is wrong."),
    "some_bad": ("{bad} 处有问题，{warn} 处要注意。", "{bad:# thing is|things are} wrong, {warn} to look at."),
    # Jobs
    "workers": ("{count} 个工作进程在线", "{count:# worker} at work"),
    "waiting_of": (
        "{waiting} 个等待，{working} 个处理中，{failed} 个失败",
        "{waiting} waiting, {working} at work, {failed} failed",
    ),
    "no_jobs": ("队列是空的，也没有失败的文件。", "Nothing waits and nothing has failed."),
    "waiting": ("等待", "waiting"),
    "working": ("处理中", "at work"),
    "failed": ("失败", "failed"),
    "done": ("完成", "done"),
    "attempts": ("第 {attempts} 次", "attempt {attempts}"),
    "retry": ("再试一次", "Try again"),
    "retry_all": ("全部再试（{count}）", "Try all again ({count})"),
    "remove_job": ("移除", "Remove"),
    "bytes_gone": ("原文件没有保留，请重新上传：{path}", "its bytes are not kept, upload it again: {path}"),
    # Index
    "answers_now": ("正在使用", "answers now"),
    "previous": ("上一代", "answered before"),
    "building": ("没有建完", "unfinished"),
    "made_of": ("{embedder} · {chunker} · {chunks} 个段落", "{embedder} · {chunker} · {chunks:# chunk}"),
    "settings_differ": (
        "设置里现在是 {embedder} · {chunker}：重建后才生效。",
        "The settings say {embedder} · {chunker} now: build it anew to use them.",
    ),
    "reindex": ("重建索引", "Build anew"),
    "reindex_hint": (
        "在旁边重建，完整后才切换；现在的一代会保留，可以退回。",
        "It is built beside the present one and takes its place when it is whole; the present one is kept.",
    ),
    "roll_back": ("退回上一代", "Roll back"),
    "drop_old": ("删除旁边的各代", "Remove those beside it"),
    "fsck": ("核对索引", "Check the indexes"),
    "fsck_repair": ("核对并修复", "Check and repair"),
    "fsck_hint": (
        "比较目录、语义索引和关键词索引。修复会从目录重建不一致的索引。",
        "Compares catalogue, dense and keyword index. A repair builds anew, from the catalogue, what disagrees.",
    ),
    "sure": ("确定？", "Are you sure?"),
    # Storage
    "catalogue": ("目录数据库", "Catalogue"),
    "originals": ("原文件", "Original files"),
    "index": ("索引", "Indexes"),
    "errands": ("评测报告与备份", "Reports and backups"),
    "models": ("模型权重", "Weights"),
    "free": ("磁盘剩余", "Free on the disk"),
    "elsewhere": ("在 PostgreSQL 中", "in PostgreSQL"),
    "backup": ("备份整座书架", "Back up the whole library"),
    "backup_hint": (
        "一个文件，含全部文档、问答、人员与密钥的散列，带校验和；设置与权重不在内。备份期间可以照常使用。",
        "One file with checksums: all documents, chats, people, hashes of keys; not settings and weights. Everybody "
        "can go on meanwhile.",
    ),
    "download": ("下载 {name}（{size}）", "Download {name} ({size})"),
    "too_large": (
        "{size}，太大，不适合经浏览器下载。文件在：{path}",
        "{size} are too much for a browser. The file is {path}",
    ),
    # Errands
    "running": ("正在运行", "running"),
    "stop": ("停止", "Stop"),
    "stopped": ("已停止", "stopped"),
    "remove": ("移除", "Remove"),
    "not_yours": ("你不能在这里这样做。", "You may not do this here."),
}


def care_word(language: Language, key: str, **values: object) -> str:
    """The words for ``key`` in that language, with the values filled in. Raises KeyError."""
    return worded(CARE_PAGE_WORDS, language, key, values)


def size_text(size: float) -> str:
    """Bytes as people read them: 1.4 MB."""
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
