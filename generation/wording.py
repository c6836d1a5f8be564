"""The sentences that this room says itself, in both languages."""

from __future__ import annotations

from store.wording import Wording

say = Wording(
    {
        "zh": {
            "unknown": "文档中没有说明这一点。",
            "nothing_found": "没有找到与这个问题相关的文档。",
            "closest": "最接近的内容在：{places}。",
            "next": "可以换一种说法、写出文档中可能使用的名称，或者补充包含答案的文档后再问。",
            "missing": "找到的段落没有提到{words}。",
            "instead": "例如可以问“{heading}”里写明的内容。",
            "partly": "只能回答一部分：找到的段落没有提到{words}。",
            "conflict": "资料之间不一致：[{number}] {place}：“{said}”；[{other}] {other_place}：“{instead}”。",
            "across": "部分出处与回答的语言不同：这些句子只按含义比对，没有逐词核对，请查看出处。",
            "doubtful": "找到的段落与问题不太相符，请核对出处。",
            "unfit": "找到的段落与问题不符，模型写的回答没有采用：{text}",
            "harmful": "这个请求可能伤害他人或自己，我不能提供帮助。",
            "place": "《{title}》{where}",
            "heading": "“{heading}”一节",
            "page": "第 {page} 页",
            "model_failed": "语言模型没有完成回答（{reason}）。",
            "instead_of_it": "下面是直接摘自文档的原文。",
            "fewer": "上下文超出模型的长度，只使用了前 {used} 段（共 {total} 段）。",
            "repeated": "模型开始重复，回答已在此处截断。",
            "other_language": "文档与问题的语言不同，摘录没有与问题逐词比对。",
            "empty": "模型没有写出任何内容。",
            "unfounded": "模型写的回答在文档中找不到依据，没有采用：{text}",
            "overruled": "模型没有作答，但文档中有与问题相符的句子，下面摘录原文。",
            "truncated": "回答达到长度上限，可能不完整。",
            "withheld": "（标题是写给模型的指令）",
            "obeyed": "{place}里有写给模型的指令；模型写的、没有依据的内容没有采用。",
        },
        "en": {
            "unknown": "The documents do not say.",
            "nothing_found": "No document was found that relates to this question.",
            "closest": "The closest passages are in: {places}.",
            "next": "Try other words, use a name that the documents may use, or add a document that has the answer.",
            "missing": "The passages that were found do not mention {words}.",
            "instead": "You could ask about what “{heading}” states.",
            "partly": "Only a part can be answered: the passages that were found do not mention {words}.",
            "conflict": "The sources disagree: [{number}] {place}: “{said}”; [{other}] {other_place}: “{instead}”.",
            "across": "Some sources are in another language than the answer: those sentences were compared by meaning, "
            "not word by word. Look at the sources.",
            "doubtful": "The passages that were found fit the question only loosely: look at the sources.",
            "unfit": "The passages that were found do not fit the question; what the model wrote was dropped: {text}",
            "harmful": "I can't help with this: it may hurt others or yourself.",
            "place": "“{title}”{where}",
            "heading": "section “{heading}”",
            "page": "page {page}",
            "model_failed": "The language model did not finish ({reason}).",
            "instead_of_it": "What follows is quoted from the documents.",
            "fewer": "The context was too long for the model: only the first {used} of {total} passages were used.",
            "repeated": "The model began to repeat itself; the answer was cut there.",
            "other_language": "The documents are in another language than the question: what is quoted was not "
            "compared with it word by word.",
            "empty": "The model wrote nothing.",
            "unfounded": "What the model wrote has no support in the documents and was dropped: {text}",
            "overruled": "The model found no answer, but sentences of the documents fit the question; they are quoted.",
            "truncated": "The answer reached its length limit and may be incomplete.",
            "withheld": "(its title gives orders to a model)",
            "obeyed": "{place} holds instructions to a model; what the model wrote without support was left out.",
        },
    }
)
