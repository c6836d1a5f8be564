"""What quality cards and the view of chunks say, in Chinese and English."""

from __future__ import annotations

CARD_WORDS: dict[str, tuple[str, str]] = {
    # key: (Chinese, English)
    # Remarks: only what a reader should know before asking
    "thin_pages": ("{count} 页几乎没有文字（第 {pages} 页）", "{count:# page} with hardly any text ({pages})"),
    "mojibake": (
        "{share} 的字符像是乱码：换个编码或用原件重新导出",
        "{share} of the characters look garbled: export it anew, in another encoding",
    ),
    "ocr_read": ("{count} 页由 OCR 识别，置信度 {confidence}", "{count:# page} read by OCR, confidence {confidence}"),
    "ocr_unsure": (
        "{count} 页由 OCR 识别，置信度只有 {confidence}：请与原件核对",
        "{count:# page} read by OCR with a confidence of only {confidence}: check them against the original",
    ),
    "near_one": ("与《{title}》几乎相同（{file}，{likeness}）", "nearly the same as “{title}” ({file}, {likeness})"),
    "no_remarks": ("没有发现问题", "nothing to remark"),
    # The whole card
    "card_title": ("质量卡", "Quality card"),
    "card_pages": ("页数", "Pages"),
    "card_thin": ("文字很少的页", "Pages with little text"),
    "card_mojibake": ("乱码字符", "Garbled characters"),
    "card_ocr": ("OCR 识别的页", "Pages read by OCR"),
    "card_repeated": ("去掉的重复页眉页脚行", "Repeated headers and footers left out"),
    "card_tables": ("表格", "Tables"),
    "card_languages": ("语言", "Languages"),
    "card_near": ("几乎相同的文档", "Nearly the same documents"),
    "card_none": ("无", "none"),
    "card_unknown": ("不详：收录时还没有质量卡，可用 shujia reindex 补上", "not known before a shujia reindex"),
    "card_confidence": ("{pages}，置信度 {confidence}", "{pages}, confidence {confidence}"),
    "card_lines": ("{count} 行", "{count:# line}"),
    "share_zh": ("中文 {share}", "Chinese {share}"),
    "share_en": ("拉丁字母 {share}", "Latin script {share}"),
    "share_other": ("其他 {share}", "other {share}"),
    # The view of chunks on the page
    "show_chunks": ("查看切分", "Show its chunks"),
    "chunks_title": ("《{title}》的切分", "How “{title}” was cut"),
    "chunks_line": (
        "{chunks} 个段落，切分方式 {chunker}；每段的数字与下面的列表对应",
        "{chunks:# chunk} by {chunker}; the numbers are those of the list below",
    ),
    "chunks_page": ("页", "Page"),
    "chunks_part": ("第 {first}–{last} 段，共 {total} 段", "chunks {first}–{last} of {total}"),
    "chunk_line": ("#{ordinal} · {tokens} 词元 · 字符 {start}–{end}", "#{ordinal} · {tokens:# token} · {start}–{end}"),
    "chunk_given_window": ("回答时连同前后各三句给出", "an answer is given three sentences on either side too"),
    "chunk_given_parent": ("回答时给出它所在的整块", "an answer is given the whole parent it stands in"),
    "chunks_picture": ("第 {page} 页，每个段落一种颜色", "Page {page}, a colour for each chunk"),
    "no_chunks_here": ("这一页没有段落。", "There is no chunk on this page."),
}
