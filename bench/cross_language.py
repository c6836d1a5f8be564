"""How well a sentence is checked against a passage in another language, by words alone and by words and meaning.

    python -m bench.cross_language DATA [--half heldout|tune] [--write]

DATA holds xquad_en/ and xquad_zh/ (development questions; XQuAD, Artetxe et al. 2020, arXiv:1910.11856, CC BY-SA 4.0).
A sentence in one language is checked against the paragraph in the other. ``sentence``: a sentence of the paragraph's
twin; ``statement``: a question with its answer put in. Unsupported are the same against another paragraph (of another
article, of the same one), against the paragraph without the sentence's own twin, with another question's answer of the
same kind (of the same paragraph, of another article), and with planted errors (bench/planted.py, its own generator).
Articles are halved by a hash: --write fits the means of ``generation.meaning`` on the tuning half and prints weights;
the tables are those of the half that is named.
"""

from __future__ import annotations

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from bench.parallel import OTHER, TOGETHER, Asked, asked, paragraphs, statement
from bench.planted import Statement, planted
from bench.verification import passages_of
from generation import meaning
from generation.evidence import prepare
from generation.extractive import extract
from generation.sentences import split, texts
from generation.support import claim_of
from generation.terms import squeeze
from generation.types import Verdict
from generation.verify import verify
from models.embedder import SentenceTransformerEmbedder
from models.fetch import locate
from models.types import TokenCounter, Vectors
from store.language import Language

SHORTEST = 12  # characters of a sentence
KINDS = ("other article", "same article", "twin removed", "invented", "wrong", "number", "entity", "negation")


@dataclass(frozen=True, slots=True)
class Item:
    """A sentence in ``language`` against a passage in the other; ``kind`` "" is one that the passage supports."""

    form: str
    kind: str
    language: Language
    article: int
    text: str
    question: str
    passage: str

    @property
    def tuned(self) -> bool:
        """Whether it belongs to the half that the weights are fitted on."""
        return random.Random(f"article {self.article}").random() < 0.5


@dataclass(slots=True)
class Reader:
    """An embedder that keeps the token vectors of every text."""

    embedder: SentenceTransformerEmbedder
    kept: dict[str, Vectors] = field(default_factory=dict)

    @property
    def tokens(self) -> TokenCounter:
        """The embedder's own tokenizer."""
        return self.embedder.tokens

    def embed_tokens(self, texts: Sequence[str], *, query: bool = False) -> list[Vectors]:
        """As the embedder."""
        missing = [text for text in dict.fromkeys(texts) if text not in self.kept]
        self.kept.update(zip(missing, self.embedder.embed_tokens(missing, query=query), strict=True))
        return [self.kept[text] for text in texts]


def items(data: Path) -> list[Item]:
    """Every sentence and statement, supported and not."""
    both = paragraphs(data)
    found: list[Item] = []
    for language in OTHER:
        theirs = both[OTHER[language]]
        found += _sentences(language, both[language], theirs)
        found += _statements(language, asked(data, language), both[language], theirs)
    return found


def _sentences(language: Language, ours: Sequence[str], theirs: Sequence[str]) -> Iterator[Item]:
    for place, paragraph in enumerate(ours):
        rng = random.Random(f"sentence {language} {place}")
        said, other = texts(paragraph), split(theirs[place])
        number = rng.randrange(len(said))
        if len(said[number]) < SHORTEST:
            continue
        twins = len(said) == len(other) >= 3
        yield from _variants("sentence", language, place, said[number], "", ours, theirs)
        if twins:
            gone = other[number]
            passage = theirs[place][: gone.start] + theirs[place][gone.end :]
            yield Item("sentence", "twin removed", language, place // TOGETHER, said[number], "", passage)


def _statements(
    language: Language, questions: Sequence[Asked], ours: Sequence[str], theirs: Sequence[str]
) -> Iterator[Item]:
    for one in questions:
        text = statement(language, one.question, one.answer)
        if text is None:
            continue
        place, rng = one.paragraph, random.Random(f"statement {one.id}")
        yield from _variants("statement", language, place, text, one.question, ours, theirs)
        alike = [q for q in questions if q.kind == one.kind and not _within(q.answer, one.answer)]
        near = [q for q in alike if q.paragraph == place]
        far = [q for q in alike if q.paragraph // TOGETHER != place // TOGETHER and q.answer not in ours[place]]
        for kind, pool in (("wrong", near), ("invented", far)):
            if pool:
                false = statement(language, one.question, rng.choice(pool).answer)
                yield Item("statement", kind, language, place // TOGETHER, false or "", one.question, theirs[place])


def _variants(
    form: str, language: Language, place: int, text: str, question: str, ours: Sequence[str], theirs: Sequence[str]
) -> Iterator[Item]:
    """The text against its paragraph, against two others, and with planted errors."""
    article, rng = place // TOGETHER, random.Random(f"{form} {language} {text}")
    same = rng.choice([n for n in range(article * TOGETHER, (article + 1) * TOGETHER) if n != place])
    other = rng.choice([n for n in range(len(ours)) if n // TOGETHER != article])
    for kind, against in (("", place), ("same article", same), ("other article", other)):
        yield Item(form, kind, language, article, text, question, theirs[against])
    if form == "sentence":
        twin = Statement(f"{language} {place}", language, "xquad", text, (ours[place], ours[other]))
        for one in planted([twin]):
            if one.kind in ("number", "entity", "negation"):
                yield Item(form, one.kind, language, article, one.text, question, theirs[place])


def _within(one: str, other: str) -> bool:
    return one.lower() in other.lower() or other.lower() in one.lower()


def supported(item: Item, witness: meaning.Witness | None) -> bool:
    """Whether the check lets the sentence pass with the passage as its only source."""
    checked = verify(f"{item.text} [1]", passages_of([item.passage]), item.question, witness)
    return bool(checked.sentences) and all(one.verdict is Verdict.SUPPORTED for one in checked.sentences)


def write_means(chosen: Sequence[Item], reader: Reader) -> None:
    """The mean of unit token vectors by language, over the sentences that are true and their passages."""
    rows: dict[str, list[Vectors]] = {"zh": [], "en": []}
    true = [item for item in chosen if not item.kind]
    for language in OTHER:
        said = [item.text for item in true if item.language == language]
        said += [line for item in true if item.language != language for line in texts(item.passage)]
        rows[language] = reader.embed_tokens(list(dict.fromkeys(said)))
    means = {language: np.concatenate(found).mean(axis=0).astype(np.float16) for language, found in rows.items()}
    np.savez(meaning.MEANS, **means)
    meaning.means.cache_clear()


def fit(chosen: Sequence[Item], witness: meaning.MeaningWitness) -> None:
    """Logistic regression of "supported" on the three measures; statements only, as answers are, each kind alike."""
    from sklearn.linear_model import LogisticRegression

    rows, right, weight = [], [], []
    told = [item for item in chosen if item.form == "statement"]
    kinds = [item.kind for item in told]
    for item in told:
        claim, evidence = claim_of(item.text, item.question), prepare(passages_of([item.passage])[0])
        found = witness.measured(claim.text, claim.question, evidence)
        if found is not None:
            rows.append((found[0].together, found[0].here, found[0].elsewhere))
            right.append(not item.kind)
            weight.append((1.0 if item.kind else len(set(kinds)) - 1.0) / kinds.count(item.kind))
    scaled = np.array(weight) * len(weight) / sum(weight)
    model = LogisticRegression(C=100.0, max_iter=2000).fit(rows, right, sample_weight=scaled)
    print("WEIGHTS =", tuple(round(float(w), 2) for w in (*model.intercept_, *model.coef_[0])))


def main() -> None:
    """Fit where asked, then print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--half", choices=("heldout", "tune"), default="heldout")
    parser.add_argument(
        "--write", action="store_true", help="fit on the tuning half, write the means, print the weights"
    )
    args = parser.parse_args()
    reader = Reader(SentenceTransformerEmbedder(locate(meaning.EMBEDDER), meaning.EMBEDDER))
    witness = meaning.MeaningWitness(reader)
    every = items(args.data)
    every = [item for item in every if item.tuned == (args.write or args.half == "tune")]
    reader.embed_tokens([text for item in every for text in (item.text, *texts(item.passage))])  # in large batches
    if args.write:
        write_means(every, reader)
        fit(every, witness)
    else:
        table(every, witness)
        quotes(every, witness, args.data)


def quotes(chosen: Sequence[Item], witness: meaning.MeaningWitness, data: Path) -> None:
    """How often what is quoted without a model, from the right passage before two of its article, holds the answer."""
    both = paragraphs(data)
    articles = {item.article for item in chosen}
    print("\n| question | first sentences | nearest by meaning | questions |\n| --- | --- | --- | --- |")
    for language in OTHER:
        theirs, held, asks = both[OTHER[language]], defaultdict[bool, list[bool]](list), asked(data, language)
        answers = {one.id: one.answer for one in asked(data, OTHER[language])}
        for one in asks:
            place = one.paragraph
            if place // TOGETHER not in articles or one.id not in answers:
                continue
            around = [n for n in range(place // TOGETHER * TOGETHER, (place // TOGETHER + 1) * TOGETHER) if n != place]
            passages = passages_of([theirs[place], *(theirs[n] for n in around[:2])])
            for way in (None, witness):
                said = " ".join(sentence.text for sentence in extract(one.question, passages, witness=way).sentences)
                held[way is not None].append(squeeze(answers[one.id]) in squeeze(said))
        cells = f"{np.mean(held[False]):.3f} | {np.mean(held[True]):.3f} | {len(held[True])}"
        print(f"| {language}→{OTHER[language]} | {cells} |")


def table(chosen: Sequence[Item], witness: meaning.MeaningWitness) -> None:
    """The share that passes, by words alone and with the witness, and the precision against other paragraphs."""
    passed: dict[tuple[str, Language, str, str], list[bool]] = defaultdict(list)
    started = time.process_time()
    for item in chosen:
        for means, way in (("words", None), ("meaning", witness)):
            passed[item.form, item.language, means, item.kind].append(supported(item, way))
    seconds = time.process_time() - started
    print("| sentences | by | right | " + " | ".join(KINDS) + " | precision |\n| --- |" + " --- |" * (len(KINDS) + 3))
    for form in ("statement", "sentence"):
        for language in OTHER:
            for means in ("words", "meaning"):
                found = {kind: passed[form, language, means, kind] for kind in ("", *KINDS)}
                cells = [f"{np.mean(f):.3f} (n={len(f)})" if (f := found[kind]) else "–" for kind in ("", *KINDS)]
                right, false = np.mean(found[""]), np.mean(found["same article"] + found["other article"])
                sure = f"{right / (right + false):.3f}" if right else "–"
                print(f"| {form} {language}→{OTHER[language]} | {means} | " + " | ".join([*cells, sure]) + " |")
    print(
        f"\n{len(chosen)} sentences, {seconds / len(chosen) * 1000:.0f} ms of processor time each, both ways together"
    )


if __name__ == "__main__":
    main()
