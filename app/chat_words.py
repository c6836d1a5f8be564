"""What chats, replays and exports say, in Chinese and English; ``app.page_words`` and the command line read them."""

from __future__ import annotations

from app.word_forms import worded

CHAT_WORDS: dict[str, tuple[str, str]] = {
    # key: (Chinese, English)
    # Chats beside the page
    "chats": ("对话", "Chats"),
    "new_chat": ("新对话", "New chat"),
    "search_chats": ("搜索对话", "Search chats"),
    "no_chats": ("还没有对话。", "No chats yet."),
    "no_chat_found": ("没有对话含有“{words}”。", "No chat holds “{words}”."),
    "more_chats": ("显示更多", "Show more"),
    "untitled": ("（空对话）", "(empty chat)"),
    "this_chat": ("当前对话", "This chat"),
    "rename": ("名称", "Name"),
    "delete_chat": ("删除这个对话", "Delete this chat"),
    "chat_deleted": ("已删除“{name}”。", "Deleted “{name}”."),
    "undo": ("撤销", "Undo"),
    "earlier_turns": ("显示更早的 {count} 轮", "Show {count:# earlier turn}"),
    "not_kept": ("这个问题没有保存：{reason}", "This question is not kept: {reason}"),
    # The answer's own tools
    "stop": ("停止", "Stop"),
    "evidence": ("文档中找到的原文，回答正在撰写：", "Found in the documents, while the answer is written:"),
    "elsewhere": (
        "这个问题在另一个窗口里回答，或者页面在回答中途离开了。",
        "This question is being answered in another window, or the page was left in the middle.",
    ),
    "answer_quotes": ("改用原文摘录", "Answer with quotes"),
    "why_these": ("为什么是这些段落？", "Why these passages?"),
    "copy_export": ("复制与导出", "Copy and export"),
    "copy_hint": ("连同出处复制：点右上角的按钮。", "Copy with its sources: the button in the corner."),
    "as_markdown": ("Markdown 文件", "Markdown file"),
    "as_docx": ("Word 文件", "Word file"),
    "export_chat": ("导出整个对话", "Export the whole chat"),
    "ask_on": ("接着问：", "Ask on:"),
    "follow_title": ("“{title}”中关于“{heading}”是怎么说的？", "What does “{title}” say about “{heading}”?"),
    "follow_heading": ("关于“{heading}”，文档是怎么说的？", "What do the documents say about “{heading}”?"),
    "moved_quote": (
        "文档重新读取过，原来的引文已不在原处：“{quote}”",
        "The document was read anew and the quoted words are not where they were: “{quote}”",
    ),
    "text_around": ("文中上下文，标出的是被引用的话", "In its context, the cited words are marked"),
    # An export
    "export_question": ("问题", "Question"),
    "export_sources": ("出处", "Sources"),
    "export_made": ("{model} · {day}", "{model} · {day}"),
    "export_head": (
        "由书架 Shujia 根据文档集“{collection}”回答",
        "Answered by Shujia from the collection “{collection}”",
    ),
    # The command line
    "chat_line": ("{id}  {day}  {turns} 轮  {collection}  {name}", "{id}  {day}  {turns:# turn}  {collection}  {name}"),
    "chat_removed": ("已删除对话 {id}（{turns} 轮）", "Deleted chat {id} ({turns:# turn})"),
    "turn_waiting": ("（没有回答）", "(not answered)"),
    "kept_in": ("保存在对话 {name}（{id}）", "Kept in the chat {name} ({id})"),
    # A replay
    "replay_title": ("重放：旧问题，现在的设置", "Replay: kept questions under today's settings"),
    "replay_none": ("没有可以重放的问题。", "There is no kept question to replay."),
    "replay_line": (
        "{mark} {question}\n    {stage}；前十重合 {overlap}；引用 +{gained} −{lost}",
        "{mark} {question}\n    {stage}; top ten shared {overlap}; citations +{gained} −{lost}",
    ),
    "replay_same": ("没有变化", "nothing changed"),
    "replay_first": ("从“{stage}”开始不同", "differs from “{stage}” on"),
    "replay_total": (
        "{count} 个问题：{same} 个完全相同，{answers} 个回答不同，{failed} 个失败",
        "{count:# question}: {same} quite the same, {answers} answered otherwise, {failed} failed",
    ),
    "replay_settings": ("设置变化：{changes}", "Settings that changed: {changes}"),
    "replay_library": ("文档库在此之后有变化", "the library has changed since"),
    "replay_written": ("报告：{path}", "Report: {path}"),
}


def chat_words(language: str, key: str, **values: object) -> str:
    """The words for ``key`` with the values filled in. Raises KeyError."""
    return worded(CHAT_WORDS, language, key, values)
