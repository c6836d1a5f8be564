"""What the quality page says, in Chinese and English."""

from __future__ import annotations

from app.word_forms import worded
from app.words import Language

QUALITY_WORDS: dict[str, tuple[str, str]] = {
    # key: (Chinese, English)
    "quality_page": ("质量", "Quality"),
    "measure": ("评测", "Measure"),
    "reports": ("报告", "Reports"),
    "review": ("反馈审阅", "Review feedback"),
    "not_for_you": (
        "评测要有编辑以上的权限；这座书架上还没有一个文档集给了你这个权限。",
        "Measuring needs the rights of an editor, and no collection here has given them to you.",
    ),
    # What is measured
    "what": ("测什么", "What to measure"),
    "eval answers": ("回答：用问题集检查答案、出处和拒答", "Answers: right, cited, and silent where nothing is known"),
    "eval retrieval": ("检索：用 BEIR 数据集检查找得准不准", "Retrieval: what is found, on a data set in BEIR form"),
    "eval ablate": ("消融：检索的每个部分各值多少", "Ablation: what each part of the search is worth"),
    "tune": ("调参：更好的检索设置，经过检验才算数", "Tuning: settings of the search that are proven to be better"),
    "kind_eval answers": ("回答", "Answers"),
    "kind_eval retrieval": ("检索", "Retrieval"),
    "kind_eval ablate": ("消融", "Ablation"),
    "kind_tune": ("调参", "Tuning"),
    "kind_eval compare": ("对比", "Comparison"),
    "questions": ("问题", "Questions"),
    "sample": ("示例文档的 20 个问题", "The 20 questions about the sample documents"),
    "own": ("自己的问题文件", "A file of your own"),
    "reviewed": ("审阅过的读者反馈", "What readers said, once reviewed"),
    "questions_file": (
        "每行一个 JSON 对象：id、question、answers，或 gold",
        "One JSON object a line: id, question, and answers or gold",
    ),
    "no_reviewed": (
        "文档集“{name}”还没有审阅过的反馈。",
        "No feedback on “{name}” has been reviewed yet.",
    ),
    "limit": ("最多几个问题（0 为全部）", "At most so many questions (0 for all)"),
    "folder": ("这台机器上的数据集文件夹", "Folder of this machine with the data sets"),
    "split": ("问题的划分", "Split of the questions"),
    "rerank": ("也测重排序（慢得多）", "Reranking too (much slower)"),
    "start": ("开始", "Start"),
    "one_at_a_time": (
        "同类的评测一次只能跑一个。它在自己的进程里运行：可以离开这一页，也可以随时停止。",
        "One of a kind at a time. It runs in a process of its own: leave the page, or stop it, whenever you like.",
    ),
    "running": ("正在运行", "Running"),
    "starting": ("正在启动…", "Starting…"),
    "stop": ("停止", "Stop"),
    "so_far": ("已用 {minutes} 分 {seconds} 秒", "{minutes} min {seconds} s so far"),
    # Reports
    "no_reports": ("还没有报告。", "There are no reports yet."),
    "state_done": ("完成", "done"),
    "state_failed": ("失败", "failed"),
    "state_stopped": ("已停止", "stopped"),
    "state_running": ("运行中", "running"),
    "open": ("打开", "Open"),
    "open_report": ("打开报告", "Open the report"),
    "close": ("合上", "Close"),
    "remove": ("删除这份报告", "Delete this report"),
    "confirm_remove": ("确定删除？", "Really delete it?"),
    "download_page": ("下载报告（HTML）", "Download the report (HTML)"),
    "download_rows": ("下载逐题结果（JSONL）", "Download each question's result (JSONL)"),
    "why_failed": ("为什么没有完成", "Why it did not finish"),
    "measures": ("指标", "Measure"),
    "value": ("值", "Value"),
    "interval": ("95% 区间", "95 % interval"),
    "risk": ("风险与覆盖率", "Risk and coverage"),
    "risk_hint": (
        "只回答最有把握的一部分问题时，其中答错的比例。"
        "面积（AURC）{aurc:.3f}，排序毫无信息时 {random:.3f}，最好可能 {best:.3f}。",
        "The share of wrong answers if only the surest are given. Area (AURC) {aurc:.3f}; {random:.3f} for an order "
        "that knows nothing, {best:.3f} for the best one.",
    ),
    "coverage": ("回答的比例", "Share answered"),
    "wrong": ("其中答错的比例", "Share wrong among them"),
    # Gate
    "gate": ("基准", "Baseline"),
    "gate_none": ("这批数据还没有基准。", "There is no baseline for these data."),
    "gate_set": ("把这份报告设为基准", "Make this report the baseline"),
    "gate_ok": ("没有一项比基准差（容差 0.01）", "Nothing is worse than the baseline (tolerance 0.01)"),
    "gate_bad": ("{count} 项比基准差", "{count:# value is|values are} worse than the baseline"),
    # Compare
    "compare": ("对比两份报告", "Compare two reports"),
    "compare_a": ("基线 A", "A, the baseline"),
    "compare_b": ("与它相比的 B", "B, held against it"),
    "compare_one": (
        "这里只有一份报告，而且只有一种检索方式：再做一次评测，就可以对比。",
        "There is only this report, of one way of searching: measure once more, then compare the two.",
    ),
    "compare_two": (
        "两边是同一份报告，而且只有一种检索方式：请选另一份。",
        "Both are the same report, of one way of searching: choose another one.",
    ),
    "mode": ("检索方式", "Way of searching"),
    "mode_auto": ("自动", "automatic"),
    "compare_now": ("对比", "Compare"),
    "partial": ("只比两者都有的问题", "Only the questions that both have"),
    # Feedback
    "open_items": ("{count} 条待审阅", "{count} to review"),
    "nothing_open": ("没有待审阅的反馈。", "No feedback waits for a review."),
    "owners_only": ("审阅要有这个文档集所有者的权限。", "Reviewing needs the rights of an owner of the collection."),
    "question": ("问题", "Question"),
    "answer": ("答案", "Answer"),
    "comment": ("读者的话", "What the reader wrote"),
    "retrieved": ("当时找到的段落", "The passages that were found"),
    "suggested": ("建议的正确出处（{why}）", "Suggested source of the right answer ({why})"),
    "why_corrected": ("读者指出的", "named by the reader"),
    "why_cited": ("答案引用过的", "cited by the answer"),
    "why_passage": ("排名第一的，仅为猜测", "the best passage: only a guess"),
    "why_unanswerable": ("文档中没有答案", "the documents do not answer"),
    "why_none": ("没有建议", "nothing to suggest"),
    "accept": ("采用建议", "Accept"),
    "reject": ("不作为案例", "Reject"),
    "edit": ("改用下面的出处", "Use this instead"),
    "span": ("文档里的原话，或 文档:起-止", "Words of a document, or DOCUMENT:START-END"),
    "unanswerable": ("文档中没有答案", "The documents do not answer"),
    "export_cases": ("下载案例（{count} 条）", "Download the cases ({count})"),
    "gone": ("这段文字所在的文档已不在书架上。", "The document of this passage is no longer on the shelf."),
}


def quality_word(language: Language, key: str, **values: object) -> str:
    """The words for ``key`` in that language, with the values filled in. Raises KeyError."""
    return worded(QUALITY_WORDS, language, key, values)
