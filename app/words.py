"""What the faces say, in Chinese and English. One table, so that no language lags behind."""

from __future__ import annotations

import locale
import os
from typing import Literal

from app.word_forms import worded

Language = Literal["zh", "en"]
LANGUAGE_COOKIE = "shujia_language"
"""In the reader's browser: the language that was chosen on the page."""

WORDS: dict[str, tuple[str, str]] = {
    # key: (Chinese, English)
    "changed": ("{changed} 个文件有变化", "{changed} changed"),
    "totals": (
        "{files} 个文件：{changed} 个有变化（新增 {ingested}，更新 {replaced}），{unchanged} 个未变，{skipped} 个跳过，"
        "{failed} 个失败；{chunks} 个段落，向量化 {embedded} 条文本，用时 {seconds:.1f} 秒",
        "{files:# file}: {changed} changed ({ingested} new, {replaced} replaced), {unchanged} unchanged, "
        "{skipped} skipped, {failed} failed; {chunks:# chunk}, {embedded:# text} embedded, {seconds:.1f} s",
    ),
    "ingested": ("已收录", "ingested"),
    "replaced": ("已更新", "replaced"),
    "unchanged": ("未变", "unchanged"),
    "skipped": ("跳过", "skipped"),
    "failed": ("失败", "failed"),
    "moved": ("已移动", "moved"),
    "removed_file": ("已移出", "removed"),
    "waiting": ("等待", "waiting"),
    "working": ("处理中", "working"),
    "queued": ("已排队", "queued"),
    "done": ("完成", "done"),
    "run_progress": (
        "{pages} 页，{chunks} 个段落，{failed} 个失败，每秒 {rate:.1f} 个文件",
        "{pages:# page}, {chunks:# chunk}, {failed} failed, {rate:.1f} files/s",
    ),
    "sync_totals": (
        "新增 {ingested}，更新 {replaced}，移动 {moved}，移出 {removed}，未变 {unchanged}，等待 {waiting}，"
        "跳过 {skipped}，失败 {failed}；保留未移出 {withheld}",
        "{ingested} new, {replaced} replaced, {moved} moved, {removed} removed, {unchanged} unchanged, "
        "{waiting} waiting, {skipped} skipped, {failed} failed; {withheld:# removal} withheld",
    ),
    "sync_dry_totals": (
        "试运行，什么都没有改动：将新增 {ingested}，更新 {replaced}，移动 {moved}，移出 {removed}；未变 {unchanged}，"
        "等待 {waiting}，跳过 {skipped}，失败 {failed}",
        "dry run, nothing was changed: {ingested} new, {replaced} to replace, {moved} to move, {removed} to remove; "
        "{unchanged} unchanged, {waiting} waiting, {skipped} skipped, {failed} failed",
    ),
    "sync_empties": (
        "{folder} 中已有 {gone} 个文件不见了，而书架上来自该文件夹的共 {held} 个。",
        "{gone} of the {held:# file} that the library has of {folder} {gone:= is|are} gone from it.",
    ),
    "sync_withheld": ("未移出；确认无误请加 --yes。", "They stay in the library; if that is right, use --yes."),
    "sync_confirm": ("从书架移出？", "Remove them from the library?"),
    "worker_ready": (
        "等待任务（按 Ctrl-C 在当前文件之后结束，再按一次立即结束）",
        "waiting for files (Ctrl-C ends after the file in hand, twice at once)",
    ),
    "queued_totals": (
        "{queued} 个文件已排队，{skipped} 个跳过，{unchanged} 个未变；正在运行的 worker：{workers}",
        "{queued:# file} queued, {skipped} skipped, {unchanged} unchanged; workers running: {workers}",
    ),
    "job_line": (
        "{state}  {path}  （第 {attempts} 次，自 {since}）{reason}",
        "{state}  {path}  (attempt {attempts}, since {since})  {reason}",
    ),
    "reindexed": (
        "{name}：已切换到新的一代（{embedder}，{chunker}），重读 {documents} 个文件；上一代保留，可用 --rollback 换回",
        "{name}: switched to a new generation ({embedder}, {chunker}), {documents:# file} read; the one before is "
        "kept, --rollback brings it back",
    ),
    "rolled_back": (
        "{name}：已换回上一代（{embedder}，{chunker}），补读 {documents} 个文件；刚才的一代保留，可用 --rollback "
        ""
        "再换回来",
        "{name}: the generation before answers again ({embedder}, {chunker}), {documents:# file} read; the other is "
        "kept, --rollback brings it back",
    ),
    "not_switched": (
        "{name}：没有切换，原来的一代继续回答",
        "{name}: not switched, the generation that answered goes on",
    ),
    "reindex_failed": ("{count} 个文件未能重建", "{count:# file} could not be brought over"),
    "gate_passed": (
        "门槛通过：{cases} 题，640 词元内的答案覆盖率 {before:.3f} → {after:.3f}",
        "gate passed: {cases:# question}, coverage@640 {before:.3f} → {after:.3f}",
    ),
    "gate_failed": (
        "门槛未过：{cases} 题，640 词元内的答案覆盖率 {before:.3f} → {after:.3f}",
        "gate failed: {cases:# question}, coverage@640 {before:.3f} → {after:.3f}",
    ),
    "dropped_old": ("{name}：上一代已删除", "{name}: the generation before is removed"),
    "exported": (
        "{collection}：{documents} 份文档、{chunks} 个段落、{vectors} 个向量写入 {file}（{bytes} 字节）",
        "{collection}: {documents:# document}, {chunks:# chunk} and {vectors:# vector} in {file} ({bytes:# byte})",
    ),
    "imported": (
        "{collection}：从 {file} 收入 {documents} 份文档、{chunks} 个段落、{vectors} 个向量",
        "{collection}: {documents:# document}, {chunks:# chunk} and {vectors:# vector} taken in from {file}",
    ),
    "watching": ("正在跟随 {folder}（按 Ctrl-C 结束）", "following {folder} (Ctrl-C ends it)"),
    "watch_ended": ("已结束。", "ended."),
    "inspected": (
        "{title}  （{kind}，{spoken}，{characters} 字，{chunks} 个段落）",
        "{title}  ({kind}, {spoken}, {characters:# character}, {chunks:# chunk})",
    ),
    "tokens": ("{tokens} 词元", "{tokens:# token}"),
    "items_open": (
        "还有 {count} 条反馈待审：shujia eval feedback review",
        "{count:# item is|items are} open still: shujia eval feedback review",
    ),
    "chunks_of": ("{chunks} 个段落", "{chunks:# chunk}"),
    "reading": ("读取文件", "reading"),
    "embedding": ("向量化 {done}/{total}", "embedding {done}/{total}"),
    "page": ("第 {page} 页", "p. {page}"),
    "sources": ("出处", "Sources"),
    "checked_answer": ("核对后的回答：", "The answer after the check:"),
    "closest": ("最接近的段落", "Closest passages"),
    "supported": ("✓ 已核实", "✓ checked"),
    "supported_by_meaning": ("≈ 另一种语言，含义相符", "≈ in another language, checked by meaning"),
    "refused_by_rule": (
        "按有害问题的规则拒答（设置 harm = false 可关闭这些规则）",
        "refused by the rules for harmful questions (the setting harm = false turns them off)",
    ),
    "unsupported": ("✗ 原文不支持", "✗ not supported by its source"),
    "unchecked": ("– 未核对", "– not checked"),
    "removed": ("已移除错误的引用 {markers}：{reasons}", "removed wrong markers {markers}: {reasons}"),
    "nothing_found": ("没有找到。", "Nothing found."),
    "empty_collection": ("文档集是空的。", "The collection is empty."),
    "deleted": ("已删除《{title}》（{paths}）", "deleted “{title}” ({paths})"),
    "forgotten": ("已忘记 {path}", "forgotten: {path}"),
    "deleted_collection": ("已删除文档集“{name}”", "deleted collection “{name}”"),
    "confirm_delete": (
        "确定删除《{title}》？原文、段落、向量与索引都会移除",
        "Delete “{title}” with its text, chunks and vectors?",
    ),
    "confirm_collection": (
        "确定删除文档集“{name}”及其 {documents} 份文档？",
        "Delete collection “{name}” with its {documents:# document}?",
    ),
    "kept": ("未删除。", "Nothing was deleted."),
    "agrees": (
        "{name}：目录与两个索引一致（{chunks} 个段落）",
        "{name}: catalogue and both indexes agree ({chunks:# chunk})",
    ),
    "disagrees": ("{name}：{count} 处不一致", "{name}: {count:# disagreement}"),
    "repaired": (
        "{name}：已修复能修复的部分，两个索引已重建",
        "{name}: what could be brought back was, both indexes rebuilt",
    ),
    "status_line": ("{documents} 份文档，{chunks} 个段落", "{documents:# document}, {chunks:# chunk}"),
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
    "cases_removed": ("已从文件中取出此后被舍弃的题目：{count} 道", "rejected since, taken out of the file: {count}"),
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
    # The HTTP API
    "serving_api": ("接口地址：{url}（按 Ctrl-C 结束）", "API: {url} (Ctrl-C ends it)"),
    "key_made": (
        "密钥 {id} 只显示这一次；作废：shujia keys revoke {id}",
        "key {id} is shown this once; to revoke it: shujia keys revoke {id}",
    ),
    "key_everywhere": ("所有文档集", "all collections"),
    "key_revoked": ("已作废", "revoked"),
    "no_keys": ("还没有密钥：shujia keys add 名称", "No key yet: shujia keys add NAME"),
    # Evaluations
    "eval_failed": ("{count} 个问题失败，按 0 分计", "{count:# failed question scores|failed questions score} 0"),
    "labels_lost": ("失去着落的标注：{count}", "labels lost: {count}"),
    "aurc": (
        "AURC {aurc:.3f}（随机 {random:.3f}，最佳 {best:.3f}）",
        "AURC {aurc:.3f} (random {random:.3f}, best {best:.3f})",
    ),
    "harm_empty_shelf": (
        "有害问题是对着空书架问的：请用 --collection 指定文档集",
        "harm prompts were asked of an empty shelf: name a library with --collection",
    ),
    "not_asked": ("{count} 条陈述句没有提问", "{count:# statement was|statements were} not asked"),
    "begun_afresh": (
        "此文件夹中有一次中断的运行，配置不同，已重新开始",
        "an interrupted run of another configuration lay in this folder; begun afresh",
    ),
    "baseline_written": ("已将 {count} 个数值写入基准 {file}", "baseline of {count:# value} written to {file}"),
    "limits_met": ("通过：{count} 个数值", "passed: {count:# value}"),
    "generated": ("{written} 个问题，{twins} 个不可答的对照：{file}", "{written:# question}, {twins:# twin}: {file}"),
    "generated_missing": (
        "还缺 {count} 个问题（{language}）：合适的段落太少，或模型不合适",
        "{count:# question} ({language}) {count:= is|are} missing: too few fit passages, or an unfit model",
    ),
    "env_wins": (
        "环境变量 {name} 优先于 {file}：请取消设置",
        "{name} is set in the environment and wins over {file}: unset it",
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
    return worded(WORDS, language, key, values)
