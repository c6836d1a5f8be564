"""What why-not says, in Chinese and English: one sentence for every way in which a passage can be lost."""

from __future__ import annotations

WHY_WORDS: dict[str, tuple[str, str]] = {
    # key: (Chinese, English)
    # Verdicts
    "unknown": (
        "未收录：文档集里没有“{document}”这份文档。",
        "Not in the library: the collection holds no document “{document}”.",
    ),
    "others": ("是不是指：{names}？", "Did you mean: {names}?"),
    "in_collection": ("它在文档集“{name}”里。", "It is in the collection “{name}”."),
    "failed_file": ("未解析：{path} 没有读成：{reason}", "Not parsed: {path} could not be read: {reason}"),
    "empty_document": ("未解析：{place}没有读出任何文字。", "Not parsed: no text was read of {place}."),
    "absent": ("未解析：{place}的文字里没有这段话。", "Not parsed: these words are not in the text of {place}."),
    "near": ("最接近的是（相似度 {likeness:.0f}%）：“{text}”", "What comes nearest ({likeness:.0f} % alike): “{text}”"),
    "elsewhere": ("这段话在另外的文档里：{paths}", "These words are in other documents: {paths}"),
    "split": (
        "切分：这段话被切开了，没有一个段落完整包含它，上下文也没有凑齐各部分。",
        "Chunking: these words are cut apart; no passage holds them whole, and the context does not hold all parts.",
    ),
    "piece": ("第 {start}–{end} 字的段落：{fate}", "passage of characters {start}–{end}: {fate}"),
    "piece_there": ("在上下文里", "in the context"),
    "filter": (
        "筛选：这个段落不在筛选范围内，没有参加检索。",
        "Filter: the search was narrowed, and the passage is not among what was searched.",
    ),
    "recall": (
        "召回：语义和关键词两路都没有把它列入前 {cut} 名候选。",
        "Recall: neither the dense nor the keyword search has it among its first {cut:# candidate}.",
    ),
    "ranking": (
        "排序：它是候选，但没有一个步骤把它排进前 {most} 名。",
        "Ranking: it is a candidate, but no stage ranks it among the first {most}.",
    ),
    "fusion": (
        "融合：{leg}把它排在第 {leg_rank} 名，融合后跌到第 {fused} 名，而上下文至多取 {most} 段。",
        "Fusion: {leg} ranks it {leg_rank}, after fusing it is {fused}, and the context takes at most {most}.",
    ),
    "rerank": (
        "重排：融合后第 {fused} 名，重排后跌到第 {reranked} 名，而上下文至多取 {most} 段。",
        "Reranking: {fused} when fused, {reranked} when reranked, and the context takes at most {most}.",
    ),
    "context_budget": (
        "上下文：排第 {rank} 名，但词元用完了：{passages} 段共 {tokens} 个词元，上限 {budget}。",
        "Context: it ranks {rank}, but the tokens were spent: {passages:# passage}, {tokens} of {budget:# token}.",
    ),
    "context_copy": (
        "上下文：排第 {rank} 名，但同样的文字已在其中，见第 [{number}] 段（{path}）。",
        "Context: it ranks {rank}, but the same text is there already, as [{number}] ({path}).",
    ),
    "context_language": (
        "上下文：排第 {rank} 名，但位置留给了另一种语言的段落 [{number}]（{path}）。",
        "Context: it ranks {rank}, but its place was kept for a passage in the other language, [{number}] ({path}).",
    ),
    "context_other": (
        "上下文：排第 {rank} 名，但上下文没有取它（取了 {passages} 段，至多 {most} 段）。",
        "Context: it ranks {rank}, but the context did not take it ({passages:# passage}, at most {most}).",
    ),
    "present": (
        "检索没有丢：它在上下文里，第 {place} 段（共 {passages} 段）。"
        "如果回答没有用它或引用了别处，原因在写答案的一步，不在检索。",
        "The search did not lose it: it is number {place} of {passages} in the context. If the answer did not use it, "
        "or cited another, the writing of the answer was the cause.",
    ),
    "present_pieces": (
        "检索没有丢：它被切开了，但上下文的前 {place} 段合起来完整包含它。",
        "The search did not lose it: it is cut apart, but the first {place:# passage} of the context "
        "{place:= holds|hold} it together.",
    ),
    "document_place": ("《{title}》", "“{title}”"),
    "page_place": ("《{title}》第 {page} 页", "“{title}”, page {page}"),
    "newer_failed": (
        "注意：{path} 的新内容没有读成（{reason}），书架上是旧的。",
        "Note: {path} could not be read again ({reason}); the library holds what it was before.",
    ),
    # The numbers
    "best_passage": ("这个段落：“{text}”", "The passage: “{text}”"),
    "stage_ranked": ("第 {rank} / {ranked} 名，得分 {score:.3f}", "rank {rank} of {ranked}, score {score:.3f}"),
    "stage_without": ("没有（共 {ranked} 段）", "not there ({ranked:# passage})"),
    "stage_cut": ("取前 {cut} 名，第 {cut} 名得分 {at_cut:.3f}", "takes {cut}; number {cut} scores {at_cut:.3f}"),
    "stage_cut_all": ("取前 {cut} 名", "takes {cut}"),
    "trace_found": ("{found} 条", "{found:# hit}"),
    "leg_dense": ("语义检索", "the dense search"),
    "leg_keyword": ("关键词检索", "the keyword search"),
    "matched": ("问题中它有的词：{words}", "words of the question that it holds: {words}"),
    "missing": ("问题中它没有的词：{words}", "words of the question that it lacks: {words}"),
    "no_match": ("它没有问题中的任何一个词", "it holds no word of the question"),
    "word_matched": ("{word}（权重 {weight:.1f}，贡献 {score:.2f}）", "{word} (weight {weight:.1f}, gave {score:.2f})"),
    "word_missing": ("{word}（权重 {weight:.1f}）", "{word} (weight {weight:.1f})"),
    "word_nowhere": ("{word}（全库没有）", "{word} (stands nowhere)"),
    "shares": ("融合得分 {score:.3f} = {parts}", "fused score {score:.3f} = {parts}"),
    "share": ("{leg} {value:.3f}（{percent:.0f}%）", "{leg} {value:.3f} ({percent:.0f} %)"),
    # Remedies
    "remedies": ("这样就会在上下文里：", "It would be in the context with:"),
    "no_remedy": (
        "试过的办法（候选数、融合权重、重排、上下文大小、换说法）单独一个都不够。",
        "None of what was tried helps by itself: candidates, fusion weight, reranking, a larger context, other words.",
    ),
    "remedy_at": ("{changes}（第 {place} 段）", "{changes} (number {place})"),
    "remedy_setting": ("设置 {name} = {value}（现在 {now}）", "{name} = {value} (now {now})"),
    "remedy_passages": (
        "上下文取 {value} 段（现在至多 {now} 段）",
        "a context of {value:# passage} (at most {now} now)",
    ),
    "remedy_question": ("这样问：{value}", "asking: {value}"),
    "remedy_filters": ("去掉筛选“{value}”", "without the filter on {value}"),
    "filter_all": ("全部", "everything"),
    "filter_documents": ("文档", "documents"),
    "filter_kinds": ("类型", "kinds"),
    "filter_languages": ("语言", "languages"),
    "filter_folders": ("文件夹", "folders"),
    "filter_headings": ("标题", "headings"),
    "filter_since": ("起始日期", "the first day"),
    "filter_until": ("截止日期", "the last day"),
    # The page
    "why_page": ("为什么没找到", "Why"),
    "why_title": ("这段话为什么没有被找到？", "Why was this passage not found?"),
    "why_hint": (
        "写下问题，指明应当找到的文档、页或原话；检索会重走一遍，说出是哪一步丢了它，怎样才不会丢。",
        "Give the question and the document, page or words that should have been found; the search runs again and says "
        "which stage lost them, and what would have saved them.",
    ),
    "why_question": ("问题", "Question"),
    "why_document": ("应当找到的文档", "Document that should have been found"),
    "why_number": ("页码（0 表示不限）", "Page (0 for any)"),
    "why_text": ("文档里的原话（可以不写）", "Words of the document (optional)"),
    "why_passage": ("页上的第几个段落（不选则整页）", "Passage on the page (none for the whole page)"),
    "why_picture": (
        "第 {page} 页，框里是段落，旁边是编号",
        "Page {page}, the passages framed, their numbers beside them",
    ),
    "why_answer": ("上一个回答是怎么找到的：{question}", "How the last answer was found: {question}"),
    "why_this_answer": ("这个回答是怎么找到的：{question}", "How this answer was found: {question}"),
    "why_look": ("看看丢在哪一步", "Find where it was lost"),
    "why_looking": ("正在重走检索的每一步…", "Going through the search again…"),
    "why_stages": ("各步骤对这个问题的结果", "What each stage made of the question"),
    "why_rank": ("名次", "Rank"),
    "why_score": ("得分", "Score"),
    "why_goes_on": ("往下取", "Goes on"),
    "why_no_documents": ("先放上文档，再来这里。", "Put documents on the shelf first."),
}
