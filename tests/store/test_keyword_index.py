from __future__ import annotations

import json
import math
import shutil
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rank_bm25 import BM25Okapi

from store.analyzer import analyze
from store.errors import LibraryUnusable
from store.keyword_index import KeywordIndex

WORDS = "river mountain 检索 数据库 gpt-4o stone lantern 合同 winter harbour".split()
K1, B = 1.2, 0.75  # Lucene's and tantivy's constants


@pytest.fixture
def index(tmp_path: Path) -> KeywordIndex:
    made = KeywordIndex(tmp_path)
    made.clear()
    return made


def lucene(texts: dict[int, str], question: str) -> dict[int, float]:
    """BM25 as Lucene computes it: the sum of idf · (k1 + 1) · f / (f + k1 (1 - b + b · length / average)).

    The idf is ln(1 + (N - n + .5) / (n + .5)). N and the average length count one document without terms, the index's
    own marker. Lengths up to 39 terms are kept exactly by the one-byte rounding, so texts here stay below that.
    """
    terms = {key: Counter(analyze(text)) for key, text in texts.items()}
    lengths = {key: sum(found.values()) for key, found in terms.items()}
    assert max(lengths.values()) < 40
    total = len(texts) + 1
    average = sum(lengths.values()) / total
    scores: Counter[int] = Counter()
    for term, repeats in Counter(analyze(question)).items():
        holding = sum(term in found for found in terms.values())
        idf = math.log(1 + (total - holding + 0.5) / (holding + 0.5))
        for key, found in terms.items():
            if frequency := found[term]:
                norm = K1 * (1 - B + B * lengths[key] / average)
                scores[key] += repeats * idf * (1 + K1) * frequency / (frequency + norm)
    return dict(scores)


words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=8)


@settings(max_examples=25)
@given(st.lists(words, min_size=1, max_size=15), words)
def test_scores_are_lucenes_bm25(tmp_path_factory, texts, question) -> None:
    index = KeywordIndex(tmp_path_factory.mktemp("k"))
    index.clear()
    stored = {key: " ".join(text) for key, text in enumerate(texts, start=1)}
    index.write([], stored.items(), 1)
    wanted = lucene(stored, " ".join(question))
    found = dict(index.search(" ".join(question), 100))
    assert found.keys() == wanted.keys()
    assert found == pytest.approx(wanted, rel=1e-4)
    assert list(found) == sorted(found, key=lambda key: (-found[key], key))


def test_the_order_is_that_of_rank_bm25_where_both_formulas_agree(index: KeywordIndex) -> None:
    """40 texts of 12 different words each: the length norm is the same for all, every term is rare enough (n < N / 2).

    The scores differ (rank_bm25 has k1 = 1.5 and idf ln((N - n + .5) / (n + .5)), negative above N / 2; Lucene adds 1
    inside the logarithm), but with one asked term a text the order is by term weight in both: the rarer the better.
    """
    filler = [f"filler{n}" for n in range(2000)]
    texts: dict[int, list[str]] = {}
    for key in range(1, 41):
        asked = ["mountain"] if key <= 3 else ["river"] if key <= 10 else ["stone"] if key <= 20 else []
        texts[key] = [*asked, *(filler.pop() for _ in range(12 - len(asked)))]
    index.write([], ((key, " ".join(text)) for key, text in texts.items()), 1)
    question = "mountain river stone"
    oracle = BM25Okapi([analyze(" ".join(text)) for text in texts.values()])
    scores = dict(zip(texts, oracle.get_scores(analyze(question)), strict=True))
    wanted = sorted((key for key in texts if scores[key] > 0), key=lambda key: (-scores[key], key))
    found = [key for key, _ in index.search(question, 40)]
    assert found == wanted == list(range(1, 21))  # n = 3 before n = 7 before n = 10, ties by key


def test_a_word_asked_twice_counts_twice(index: KeywordIndex) -> None:
    index.write([], [(1, "river stone"), (2, "mountain stone")], 1)
    once, twice = dict(index.search("river mountain", 9)), dict(index.search("river river mountain", 9))
    assert once[1] == pytest.approx(once[2])
    assert twice[1] == pytest.approx(2 * once[1], rel=1e-5)
    assert twice[2] == pytest.approx(once[2], rel=1e-5)


def test_deleted_keys_are_gone_at_once(index: KeywordIndex) -> None:
    index.write([], [(key, f"river {key}") for key in range(1, 12)], 1)
    index.write(range(1, 11), [], 2)
    assert (index.keys(), len(index), index.sequence) == ([11], 1, 2)
    assert [key for key, _ in index.search("river", 99)] == [11]


def test_keys_beyond_32_bits_are_kept_and_deleted(index: KeywordIndex) -> None:
    big = 2**62 + 3
    index.write([], [(big, "river"), (big + 1, "river")], 1)
    index.write([big], [], 2)
    assert index.keys() == [big + 1]


def test_the_mass_is_the_score_of_a_text_of_average_length_with_each_term_once(
    tmp_path: Path,
) -> None:
    """Texts of one word, N = 400, n = 4: ln(1 + 396.5 / 4.5) = 4.49; the marker moves N and the average by 1/400."""
    index = KeywordIndex(tmp_path)
    index.clear()
    index.write([], [(key, "river" if key <= 4 else chr(0x4E00 + key)) for key in range(1, 401)], 1)
    assert index.mass("river") == pytest.approx(math.log(1 + 396.5 / 4.5)) == pytest.approx(4.4898, abs=1e-4)
    assert index.search("river", 1)[0][1] == pytest.approx(index.mass("river"), rel=0.01)
    assert index.mass("river river") == pytest.approx(2 * index.mass("river"))
    assert index.mass("unheard") > index.mass("river")
    assert index.mass("") == 0.0


def test_the_mass_stays_positive_after_most_of_the_holders_were_deleted(index: KeywordIndex) -> None:
    """tantivy counts deleted texts until their segment is merged: without care 11 of 1 would hold the term."""
    index.write([], [(key, "river") for key in range(1, 12)], 1)
    index.write(range(1, 11), [], 2)
    assert index.mass("river") > 0


def test_text_and_number_are_committed_together(index: KeywordIndex) -> None:
    index.write([], [(1, "river")], 5)

    def breaks():
        yield 2, "mountain"
        raise RuntimeError("the machine stopped")

    with pytest.raises(RuntimeError):
        index.write([1], breaks(), 6)
    other = KeywordIndex(index.folder.parent)
    assert other.load()
    assert (other.sequence, other.keys()) == (5, [1])
    index.write([1], [(2, "mountain")], 6)
    assert (index.sequence, index.keys()) == (6, [2])


def test_a_committed_index_is_seen_by_another_process_after_reload(index: KeywordIndex) -> None:
    index.write([], [(1, "river")], 1)
    other = KeywordIndex(index.folder.parent)
    assert other.load()
    index.write([], [(2, "river")], 2)
    assert other.keys() == [1]
    assert other.reload()
    assert (other.keys(), other.sequence) == ([1, 2], 2)


def segment_files(index: KeywordIndex) -> list[Path]:
    used = [
        one["segment_id"].replace("-", "") for one in json.loads((index.folder / "meta.json").read_bytes())["segments"]
    ]
    return sorted(path for path in index.folder.iterdir() if path.name.split(".")[0] in used)


@pytest.mark.parametrize("suffix", ["store", "term", "idx", "fieldnorm", "fast"])
@pytest.mark.parametrize("how", ["flipped", "truncated", "missing"])
def test_a_damaged_segment_is_not_loaded(index: KeywordIndex, suffix: str, how: str) -> None:
    index.write([], [(key, f"river {key} 检索") for key in range(1, 30)], 1)
    (path,) = [path for path in segment_files(index) if path.suffix == f".{suffix}"]
    data = bytearray(path.read_bytes())
    if how == "missing":
        path.unlink()
    elif how == "truncated":
        path.write_bytes(data[: len(data) // 2])
    else:
        data[len(data) // 4] ^= 0x10
        path.write_bytes(data)
    assert not KeywordIndex(index.folder.parent).load()


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"[]", b'{"segments": [{}]}'])
def test_damaged_meta_data_is_not_loaded(index: KeywordIndex, content: bytes) -> None:
    index.write([], [(1, "river")], 1)
    (index.folder / "meta.json").write_bytes(content)
    assert not KeywordIndex(index.folder.parent).load()


def test_whatever_bit_of_the_meta_data_is_flipped_the_index_answers_as_before_or_is_not_loaded(index) -> None:
    index.write([], [(key, f"river {key} 检索") for key in range(1, 4)], 1)
    meta = index.folder / "meta.json"
    whole, wanted = meta.read_bytes(), index.search("river", 9)
    refused = 0
    for place in range(len(whole)):
        data = bytearray(whole)
        data[place] ^= 1 << place % 8
        meta.write_bytes(data)
        other = KeywordIndex(index.folder.parent)
        if other.load() and len(other) == 3:  # the shelf compares the count with the catalogue
            assert other.search("river", 9) == wanted
        else:
            refused += 1
    assert refused > len(whole) / 2


def test_an_index_made_by_another_version_of_the_analyzer_is_not_loaded(index: KeywordIndex, monkeypatch) -> None:
    index.write([], [(1, "river")], 1)
    monkeypatch.setattr("store.keyword_index.FORMAT", "1-0")
    assert not KeywordIndex(index.folder.parent).load()


def test_nothing_is_loaded_where_nothing_was_written(tmp_path: Path) -> None:
    assert not KeywordIndex(tmp_path).load()
    assert len(KeywordIndex(tmp_path)) == 0


@pytest.mark.parametrize("question", ["", "   ", "？！", "the of and", "🎉", "nothing-like-it"])
def test_a_question_without_a_known_term_finds_nothing(index: KeywordIndex, question: str) -> None:
    index.write([], [(1, "river"), (2, "检索")], 1)
    assert index.search(question, 10) == []


def test_a_disk_that_refuses_is_named_and_the_index_stands_where_it_stood(index: KeywordIndex) -> None:
    index.write([], [(1, "river")], 1)
    shutil.rmtree(index.folder)
    with pytest.raises(LibraryUnusable, match="what was committed is kept: look at disk space"):
        index.write([], [(2, "stone")], 2)
    assert index.sequence == 1


def test_a_file_that_a_killed_commit_left_behind_does_not_stop_the_next(index: KeywordIndex, tmp_path: Path) -> None:
    index.write([], [(1, "river"), (2, "stone")], 1)
    ahead = tmp_path / "ahead"
    shutil.copytree(index.folder, ahead / "keyword")
    copy = KeywordIndex(ahead)
    assert copy.load()
    copy.write([1], [], 2)
    [left] = [path.name for path in copy.folder.glob("*.del")]  # what tantivy will call its file, here too
    managed = index.folder / ".managed.json"
    managed.write_text(json.dumps([*json.loads(managed.read_text()), left]))
    shutil.copy(copy.folder / left, index.folder / left)  # written whole, but meta.json was not
    later = KeywordIndex(tmp_path)
    assert later.load()
    later.write([1], [], 2)
    assert later.keys() == [2]


def test_a_search_counts_the_terms_of_its_question_once_and_anew_after_a_change(index, monkeypatch) -> None:
    index.write((), [(1, "river stone"), (2, "长江 源头")], 1)
    index.languages = {"en": 1, "zh": 1}
    counted, holding = [], KeywordIndex._holding
    monkeypatch.setattr(
        KeywordIndex, "_holding", lambda self, terms, count: counted.append(1) or holding(self, terms, count)
    )
    before = index.search("river", 5)[0][1]
    assert index.mass("river") > 0
    assert len(counted) == 1
    index.write((), [(3, "river"), (4, "river"), (5, "lake")], 2)
    index.languages = {"en": 4, "zh": 1}
    assert index.mass("river") < before
    index.languages = {}
    index.search("river", 5)
    assert len(counted) == 3
