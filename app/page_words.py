"""What the page says, in Chinese and English; words that the command line says too stand in ``app.words``."""

from __future__ import annotations

from dataclasses import dataclass

from app.chat_words import CHAT_WORDS
from app.stage_words import STAGE_WORDS
from app.word_forms import worded
from app.words import WORDS, Language, say

_SHARED = CHAT_WORDS | STAGE_WORDS
PAGE_WORDS: dict[str, tuple[str, str]] = _SHARED | {
    # key: (Chinese, English)
    "ask_page": ("提问", "Ask"),
    "library_page": ("书架", "Library"),
    "tagline": (
        "只根据你的文档回答，逐句注明出处并核对",
        "Answers from your documents, every sentence cited and checked",
    ),
    "collection": ("文档集", "Collection"),
    "answer_with": ("回答方式", "Answers"),
    "by_model": ("模型撰写（{model}）", "Written by {model}"),
    "by_extract": ("直接摘录原文，不用模型", "Quoted from the documents, no model"),
    "ask_here": ("用中文或英文提问", "Ask in Chinese or English"),
    "clear": ("清空对话", "Clear this chat"),
    # Asking
    "searching": ("正在查找…", "Searching…"),
    "reading_model": ("段落已找到，模型正在阅读…", "Passages found, the model is reading them…"),
    "reading_quotes": ("段落已找到，正在挑选原文…", "Passages found, choosing what to quote…"),
    "writing": ("正在撰写，尚未核对…", "Writing, not checked yet…"),
    "stopped": ("已停止，没有回答。", "Stopped before it was answered."),
    "again": ("重新回答", "Answer again"),
    "quote_instead": ("改为直接摘录原文", "Answer with quotes instead"),
    "weights_missing": (
        "语言模型还不在本机：{reason}。不用模型也可以回答，直接摘录文档原文。",
        "The chat model is not on this machine: {reason}. Without it, answers can be quoted from the documents.",
    ),
    "abstained": ("文档中没有答案", "Not in the documents"),
    "refused": ("不予回答", "Refused"),
    "no_question_yet": ("问问你的书架", "Ask your bookshelf"),
    "hint_ask": (
        "答案只来自书架上的文档。点 [1] 这样的编号，旁边就会打开它的出处。",
        "Answers come only from the documents on the shelf. A number like [1] opens its source beside the answer.",
    ),
    "try": ("可以试试：", "For example:"),
    # The checked answer
    "mark_supported": ("与出处一致", "agrees with its source"),
    "mark_meaning": (
        "出处是另一种语言：含义相符，没有逐词核对",
        "its source is in another language: checked by meaning",
    ),
    "mark_unsupported": ("出处不支持这句话", "not supported by its source"),
    "mark_removed": ("已移除", "removed"),
    "how": ("这个答案是怎么找到的", "How this was found"),
    "stage": ("步骤", "Stage"),
    "time": ("用时", "Time"),
    "found": ("命中", "Hits"),
    "passage": ("段落", "Passage"),
    "ranks": ("各步骤给出的名次", "Rank given by each stage"),
    "answered_by": ("{model} · {seconds:.1f} 秒", "{model} · {seconds:.1f} s"),
    "answered_by_extract": ("直接摘录原文 · {seconds:.1f} 秒", "quoted from the documents · {seconds:.1f} s"),
    # A source
    "close": ("关闭", "Close"),
    "source_gone": ("这份文档已不在书架上。", "This document is no longer on the shelf."),
    "no_picture": ("第 {page} 页的图像无法显示：{reason}", "No picture of page {page}: {reason}"),
    "picture": ("第 {page} 页，框出的是被引用的行", "Page {page}, the cited lines are framed"),
    "whole_page": ("整页", "The whole page"),
    "not_cited": ("答案没有引用这一段。", "The answer does not cite this passage."),
    # What the reader says about an answer
    "thumb_up": ("答得好", "A good answer"),
    "thumb_down": ("答得不好", "Not a good answer"),
    "what_is_wrong": ("哪里不好？", "What is wrong?"),
    "comment": ("还想说的话（可以不写）", "Anything to add (optional)"),
    "keep_word": ("保存", "Save"),
    "reason_kept": ("原因已记下。", "Your reason is kept."),
    "say_reason": ("说说哪里不好", "Say what is wrong"),
    "change_reason": ("修改原因", "Change the reason"),
    "word_kept": ("已记下。", "Noted."),
    "word_withdrawn": ("已撤回。", "Taken back."),
    "right_one": ("这一段才是正确的出处", "This passage would have been the right one"),
    "is_right_one": ("已标为正确的出处", "Marked as the right passage"),
    # Library
    "add": ("添加文档", "Add documents"),
    "into": ("放入哪个文档集（可以输入新名称）", "Into which collection (type a name to make a new one)"),
    "drop": ("选择文件，或拖到这里", "Choose files or drop them here"),
    "put": ("放上书架", "Put on the shelf"),
    "folder": ("读取这台机器上的文件夹", "Read a folder of this machine"),
    "folder_path": ("文件夹或文件的路径", "Path of a folder or file"),
    "read_folder": ("读取", "Read"),
    "no_files": ("{path} 中没有文件。", "There are no files in {path}."),
    "progress": ("第 {done} / {total} 个文件", "{done} of {total:# file}"),
    "starting": ("正在启动读取程序…", "Starting the readers…"),
    "documents": ("文档", "Documents"),
    "filter": ("按标题或文件名筛选", "Filter by title or file name"),
    "no_match": ("没有标题或文件名含有“{words}”的文档。", "No document has “{words}” in its title or file name."),
    "failures": ("{count} 个文件没有读成", "{count:# file} could not be read"),
    "document_line": (
        "{kind} · {language}{pages} · {chunks} 个段落",
        "{kind} · {language}{pages} · {chunks:# chunk}",
    ),
    "pages": (" · {pages} 页", " · {pages:# page}"),
    "zh": ("中文", "Chinese"),
    "en": ("英文", "English"),
    "delete": ("删除", "Delete"),
    "delete_collection": ("删除整个文档集", "Delete the whole collection"),
    "keep": ("保留", "Keep"),
    "empty": ("书架还是空的", "The shelf is empty"),
    "hint_empty": (
        "放上 PDF、Word、Excel、PowerPoint、网页、邮件、Markdown 等文件，就可以提问了。文件只留在这台机器上。",
        "Put PDF, Word, Excel, PowerPoint, HTML, e-mail or Markdown files on it, then ask. They stay on this machine.",
    ),
    "nothing_shared": ("还没有与你共享的文档集", "No collection is shared with you"),
    "hint_shared": (
        "请文档集的主人或管理员给你读者的权限；之后刷新这个页面就可以提问。",
        "Ask the owner of a collection or an administrator to make you a reader; then reload this page.",
    ),
    "sample": ("放上示例文档（{count} 份）", "Put {count:# sample document} on it"),
    "own_files": ("添加自己的文件", "Add your own files"),
}

QUESTIONS: dict[Language, tuple[str, str, str]] = {
    # Questions the sample library answers; the last one of each crosses to a document in the other language.
    "zh": (
        "最近一次恢复演练总共用了多长时间？",
        "台北办公室选型以后，总书架使用哪个向量模型？",
        "2025 年 10 月，95% 的问题在多少秒之内收到首个词元？",
    ),
    "en": (
        "Up to how many concurrent users does the latency objective hold with one card?",
        "How many questions may a person ask Hewen in a day?",
        "At what time of day does the automatic backup of the Hewen catalogue run?",
    ),
}


@dataclass(frozen=True, slots=True)
class PageVoice:
    """Says things in the reader's language."""

    language: Language

    def __call__(self, key: str, **values: object) -> str:
        """The words for ``key`` with the values filled in. Raises KeyError for a key that neither table has."""
        if key in PAGE_WORDS:
            return worded(PAGE_WORDS, self.language, key, values)
        return say(self.language, key, **values)

    def known(self, key: str) -> str:
        """The words for ``key`` where there are any, else the key itself (a stage that has no name here)."""
        return self(key) if key in PAGE_WORDS or key in WORDS else key
