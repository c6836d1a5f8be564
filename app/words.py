"""What the faces say, in Chinese and English. One table, so that no language lags behind."""

from __future__ import annotations

import locale
import os
from typing import Literal

Language = Literal["zh", "en"]

WORDS: dict[str, tuple[str, str]] = {
    # key: (Chinese, English)
    "changed": ("{changed} 个文件有变化", "{changed} changed"),
    "totals": (
        "{files} 个文件：{changed} 个有变化（新增 {ingested}，更新 {replaced}），{unchanged} 个未变，{skipped} 个跳过，"
        "{failed} 个失败；{chunks} 个段落，向量化 {embedded} 条文本，用时 {seconds:.1f} 秒",
        "{files} files: {changed} changed ({ingested} new, {replaced} replaced), {unchanged} unchanged, "
        "{skipped} skipped, {failed} failed; {chunks} chunks, {embedded} texts embedded, {seconds:.1f} s",
    ),
    "ingested": ("已收录", "ingested"),
    "replaced": ("已更新", "replaced"),
    "unchanged": ("未变", "unchanged"),
    "skipped": ("跳过", "skipped"),
    "failed": ("失败", "failed"),
    "chunks_of": ("{chunks} 个段落", "{chunks} chunks"),
    "reading": ("读取文件", "reading"),
    "embedding": ("向量化 {done}/{total}", "embedding {done}/{total}"),
    "page": ("第 {page} 页", "p. {page}"),
    "sources": ("出处", "Sources"),
    "checked_answer": ("核对后的回答：", "The answer after the check:"),
    "closest": ("最接近的段落", "Closest passages"),
    "supported": ("✓ 已核实", "✓ checked"),
    "unsupported": ("✗ 原文不支持", "✗ not supported by its source"),
    "unchecked": ("– 未核对", "– not checked"),
    "removed": ("已移除错误的引用 {markers}：{reasons}", "removed wrong markers {markers}: {reasons}"),
    "nothing_found": ("没有找到。", "Nothing found."),
    "deleted": ("已删除《{title}》（{paths}）", "deleted “{title}” ({paths})"),
    "deleted_collection": ("已删除文档集“{name}”", "deleted collection “{name}”"),
    "confirm_delete": (
        "确定删除《{title}》？原文、段落、向量与索引都会移除",
        "Delete “{title}” with its text, chunks and vectors?",
    ),
    "confirm_collection": (
        "确定删除文档集“{name}”及其 {documents} 份文档？",
        "Delete collection “{name}” with its {documents} documents?",
    ),
    "kept": ("未删除。", "Nothing was deleted."),
    "agrees": (
        "{name}：目录与两个索引一致（{chunks} 个段落）",
        "{name}: catalogue and both indexes agree ({chunks} chunks)",
    ),
    "disagrees": ("{name}：{count} 处不一致", "{name}: {count} disagreements"),
    "repaired": ("{name}：两个索引已由目录重建", "{name}: both indexes rebuilt from the catalogue"),
    "status_line": ("{documents} 份文档，{chunks} 个段落", "{documents} documents, {chunks} chunks"),
    "empty_library": (
        "书架是空的。放上第一批文件：shujia ingest 文件夹",
        "The shelf is empty. Put files on it: shujia ingest FOLDER",
    ),
    "serving": ("页面地址：{url}（按 Ctrl-C 结束）", "page: {url} (Ctrl-C ends it)"),
    "model_ready": (
        "{name} 就绪：{megabytes:.0f} MB，{seconds:.0f} 秒，来自 {source}",
        "{name} is ready: {megabytes:.0f} MB in {seconds:.0f} s from {source}",
    ),
    "model_present": ("{name} 已在本机", "{name} is already here"),
    "model_good": ("{name} 校验通过", "{name} verified"),
    # What readers say about answers
    "reason_": ("（不说明原因）", "(no reason)"),
    "reason_wrong": ("答案有误", "It is wrong"),
    "reason_incomplete": ("答案不完整", "It is incomplete"),
    "reason_citation": ("出处不对", "Its source is not the right one"),
    "reason_missed": ("文档里有，却没有找到", "The documents say it, it was not found"),
    "reason_language": ("语言或写法不对", "Wrong language or style"),
    "reason_other": ("其他", "Something else"),
    "state_open": ("待审", "open"),
    "state_accepted": ("已采纳", "accepted"),
    "state_edited": ("已修改后采纳", "accepted with another span"),
    "state_rejected": ("已舍弃", "rejected"),
    "gold": ("审定的出处", "gold"),
    "suggested_corrected": ("建议：读者指出的段落", "suggested: the passage that the reader named"),
    "suggested_cited": ("建议：答案引用并已核实的原文", "suggested: what the answer cited and the check supported"),
    "suggested_passage": ("建议（只是猜测）：名次最高的段落", "suggested (only a guess): the best passage"),
    "suggested_unanswerable": ("文档中没有答案", "the documents do not answer it"),
    "suggested_none": ("没有可建议的段落", "nothing to suggest"),
    "no_open_feedback": ("没有待审的反馈。", "No feedback is open for review."),
    "review_keys": ("a 采纳  e 修改  r 舍弃  s 跳过  q 结束", "a accept  e edit  r reject  s skip  q quit"),
    "review_span": (
        "原文中的话，或 文档:起点-终点；文档中没有答案就输入 -",
        "Words of a document, or DOCUMENT:START-END; - where the documents do not answer",
    ),
    "not_pulled": ("未下载", "not here"),
    "pulled": ("已下载", "here"),
}


def language_of(setting: str) -> Language:
    """The language of the faces: the setting, or the system's for ``auto``."""
    if setting == "zh":
        return "zh"
    if setting == "en":
        return "en"
    system = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "zh" if (system or locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"


def say(language: Language, key: str, **values: object) -> str:
    """The words for ``key``, values filled in. Raises KeyError for a key that is not in the table."""
    chinese, english = WORDS[key]
    return (chinese if language == "zh" else english).format(**values)
