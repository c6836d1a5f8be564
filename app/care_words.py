"""What `backup`, `restore` and `doctor` say, in Chinese and English."""

from __future__ import annotations

from app.word_forms import worded
from app.words import Language

WORDS: dict[str, tuple[str, str]] = {
    # key: (Chinese, English)
    "backed_up": (
        "已备份：{collection} 个文档集、{document} 份文档、{chunk} 个段落、{feedback} 条反馈、{chat} 个对话、"
        "{original} 个原件，"
        "写入 {file}（{bytes} 字节）",
        "backed up: {collection:# collection}, {document:# document}, {chunk:# chunk}, {feedback} feedback, "
        "{chat:# chat} and {original:# original} in {file} ({bytes:# byte})",
    ),
    "backup_good": (
        "{file} 完好：{made} 的备份，{collection} 个文档集、{document} 份文档、{original} 个原件",
        "{file} is sound: made {made}, {collection:# collection}, {document:# document}, {original:# original}",
    ),
    "restored": (
        "已从 {file}（{made}）恢复：{collection} 个文档集、{document} 份文档、{chunk} 个段落、{original} 个原件",
        "restored from {file} of {made}: {collection:# collection}, {document:# document}, {chunk:# chunk}, "
        "{original:# original}",
    ),
}


def told(language: Language, key: str, **values: object) -> str:
    """The words for ``key``, values filled in. Raises KeyError for a key that is not in the table."""
    return worded(WORDS, language, key, values)
