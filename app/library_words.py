"""What the library page says beyond the list of documents, in Chinese and English."""

from __future__ import annotations

from app.word_forms import worded
from app.words import Language

LIBRARY_WORDS: dict[str, tuple[str, str]] = {
    # key: (Chinese, English)
    "queued_hint": (
        "文件放好以后由后台读取：可以刷新、离开，或者接着提问。",
        "Files are kept at once and read in the background: reload, leave, or go on asking.",
    ),
    "whole_folder": ("整个文件夹", "A whole folder"),
    "drop_folder": ("选择一个文件夹，或拖到这里", "Choose a folder or drop it here"),
    "address": ("网页地址", "Web address"),
    "fetch": ("读取网页", "Read the page"),
    # Manage
    "more": ("更多", "More"),
    "manage": ("管理文档集“{name}”", "Manage “{name}”"),
    "new_name": ("新名称", "New name"),
    "rename": ("改名", "Rename"),
    "rename_hint": (
        "权限、等待中的文件、密钥、问答和反馈都跟着走。",
        "Rights, waiting files, keys, chats and feedback go with it.",
    ),
    "rename_default": (
        "设置里的默认文档集还叫“{name}”，请一并修改 shujia.toml。",
        "The settings still name “{name}” as the collection to use: change shujia.toml too.",
    ),
    "export": ("导出成一个文件", "Export into one file"),
    "import": ("导入一个文件", "Import a file"),
    "import_file": ("由“导出”得到的文件", "A file that an export has made"),
    "import_name": ("名称（留空则用原名）", "Name (its old one if empty)"),
    # Folders
    "folders": ("跟随的文件夹", "Followed folders"),
    "folders_hint": (
        "文档集随文件夹增减：新的、改过的、移动的、删掉的文件。",
        "The collection becomes as the folder is: new, changed, moved and deleted files.",
    ),
    "no_folders": ("还没有跟随任何文件夹。", "It follows no folder."),
    "folder": ("文件夹路径", "Path of a folder"),
    "follow": ("跟随", "Follow"),
    "sync": ("现在同步", "Sync now"),
    "sync_anyway": ("删掉一半以上也同步", "Sync even if more than half goes"),
    "unfollow": ("不再跟随", "Follow no more"),
    # Tags
    "tags": ("标签", "Tags"),
    "tags_of": ("《{title}》的标签", "Tags of “{title}”"),
    "tags_hint": (
        "输入一个标签按回车，再输入下一个；也可以从列表里选别的文档用过的。点 × 去掉一个。"
        "保存以后，这份文档的标签就是上面这些。每个最多 {longest} 个字符，最多 {most} 个。",
        "Type a tag and press Enter, then the next one, or choose from those of other documents; × takes one off. "
        "Saving gives the document exactly the tags above. A tag has at most {longest:# character}, a document at most "
        "{most:# tag}.",
    ),
    "tag_filter": ("只看有这个标签的", "Only those with the tag"),
    "save": ("保存", "Save"),
    "no_tags": ("还没有标签。", "There are no tags."),
    # Undo
    "gone": ("《{title}》已删除。", "“{title}” is deleted."),
    "deleted": (
        "已删除《{title}》：目录、索引和原文件里都没有了。{minutes} 分钟内，只有这个页面的内存还留着一份，可以撤销；"
        "相关的反馈和问答不会恢复。",
        "“{title}” is deleted: it is gone from catalogue, indexes and kept files. For {minutes:# minute} the memory of "
        "this page alone holds a copy, so it can be undone; feedback and chats about it do not come back.",
    ),
    "undo": ("撤销删除", "Undo"),
    "for_good": ("立即彻底丢弃", "Discard it now"),
    "no_undo": (
        "这份文档太大或没有保留原文件，删除后不能撤销。",
        "This document is too large, or its file is not kept: deleting it cannot be undone.",
    ),
}


def library_word(language: Language, key: str, **values: object) -> str:
    """The words for ``key`` in that language, with the values filled in. Raises KeyError."""
    return worded(LIBRARY_WORDS, language, key, values)
