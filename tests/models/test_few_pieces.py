import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Regex, Tokenizer, normalizers
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Metaspace
from tokenizers.processors import TemplateProcessing

from models import few_pieces, tokens
from models.catalogue import DEFAULT_EMBEDDER
from models.checked_files import sha256_of
from models.fetch import installed, locate
from models.few_pieces import FewPieces, keep_pieces
from models.piece_table import table_of, unpacked
from models.tokens import FileTokenCounter, encodable

PIECES = [
    *(("<s>", 0.0), ("<pad>", 0.0), ("</s>", 0.0), ("<unk>", 0.0)),
    *(("▁", -3.25), ("▁the", -2.0000001), ("▁th", -3.5), ("e", -3.0), ("re", -4.0), ("▁there", -7.1), ("r", -5.0)),
    *(("书", -4.5), ("书架", -6.0), ("架", -5.5), ("年假", -5.0), ("年", -4.0), ("h", -6.5), ("t", -6.25)),
    ("<mask>", 0.0),
]  # fmt: skip
TEXTS = [
    "",
    "there the re",
    "书架 there，年假",
    "xyz 书 書架",
    "the" * 40,
    "  two  blanks\nand a line ",
    "\u3000，！架架",
]


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    tokenizer = Tokenizer(Unigram(PIECES, unk_id=3))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")])
    tokenizer.pre_tokenizer = Metaspace()
    tokenizer.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)])
    tokenizer.add_special_tokens(["<s>", "<pad>", "</s>", "<unk>", "<mask>"])
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    tokenizer.save(str(path))
    return path


def checked(path):
    """The record that a pulled model's folder holds."""
    status = path.stat()
    record = {"version": 1, "files": {path.name: [sha256_of(path), status.st_size, status.st_mtime_ns]}}
    (path.parent / ".checked.json").write_text(json.dumps(record))


def same(whole: Tokenizer, few: FewPieces, texts: list[str]) -> None:
    found = few.reading(texts)
    assert found is not None
    small, own = found
    for one, other in zip(whole.encode_batch(texts), small.encode_batch(texts), strict=True):
        assert [own[id_] for id_ in other.ids] == one.ids
        assert other.offsets == one.offsets
        assert other.special_tokens_mask == one.special_tokens_mask


def test_a_few_pieces_cut_as_all_of_them_do(file) -> None:
    table = table_of(file.read_bytes())
    assert table is not None
    table = unpacked(memoryview(table.packed()))
    whole = Tokenizer.from_file(str(file))
    for text in TEXTS:
        same(whole, FewPieces(table), [text])
    same(whole, FewPieces(table), TEXTS)


@given(st.lists(st.text("the r书架年假 ，\n\u3000x", max_size=30), max_size=4))
def test_any_text_is_cut_the_same(file, texts: list[str]) -> None:
    table = table_of(file.read_bytes())
    assert table is not None
    same(Tokenizer.from_file(str(file)), FewPieces(table), texts)


def test_of_a_text_only_its_own_pieces_are_read(file) -> None:
    table = table_of(file.read_bytes())
    assert table is not None
    found = [PIECES[n][0] for n in table.occurring("the 书架")]
    assert found == ["▁", "▁the", "▁th", "e", "书", "书架", "架", "h", "t"]
    assert list(table.occurring("")) == [4]  # the blank before the text
    assert table.fixed[:4] == (0, 1, 2, 3)
    assert {PIECES[n][0] for n in table.fixed[4:]} == {"<mask>", "▁there"}  # and the lowest score, an unknown's measure


def test_a_score_is_read_as_it_is_written(file) -> None:
    data = file.read_bytes().replace(b"-2.0000001", b"-2.00000010000000000001")
    table = table_of(data)
    assert table is not None
    entries = [bytes(table.entries[a:b]) for a, b in pairwise(table.begins.tolist())]
    assert entries[5] == '["▁the",-2.00000010000000000001]'.encode()


def test_texts_that_name_a_special_token_and_many_texts_are_left_to_the_whole(file, monkeypatch) -> None:
    table = table_of(file.read_bytes())
    assert table is not None
    assert FewPieces(table).reading(["a <mask> there"]) is None
    monkeypatch.setattr(few_pieces, "CHARACTERS", 10)
    few = FewPieces(table)
    assert few.reading(["0123456789"]) is not None
    assert few.reading(["0"]) is None
    monkeypatch.setattr(few_pieces, "CHARACTERS", 1000)
    monkeypatch.setattr(few_pieces, "REBUILDS", 1)
    few = FewPieces(table)
    assert few.reading(["the"]) is not None
    assert few.reading(["the"]) is not None  # nothing new in it
    assert few.reading(["年假"]) is None


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one["model"].update(type="BPE"),
        lambda one: one["model"].update(byte_fallback=True),
        lambda one: one["pre_tokenizer"].update(type="Whitespace"),
        lambda one: one.update(pre_tokenizer=None),
        lambda one: one["model"]["vocab"].append(["▁the", -1.0]),
        lambda one: one["added_tokens"].append(dict(one["added_tokens"][0], id=99, content="<new>")),
        lambda one: one["added_tokens"][4].update(normalized=True),
        lambda one: one["model"].update(unk_id=None),
    ],
)
def test_a_file_that_is_built_otherwise_has_no_table(file, change) -> None:
    whole = json.loads(file.read_bytes())
    change(whole)
    assert table_of(json.dumps(whole).encode()) is None
    assert table_of(b"{no json") is None


def test_a_process_that_reads_much_keeps_the_table_for_those_that_read_little(file, tmp_path, monkeypatch) -> None:
    path = tmp_path / "tokenizer.json"
    path.write_bytes(file.read_bytes())
    first = FileTokenCounter(path)
    expected = first.ids_of(TEXTS), first.count(TEXTS), [first.offsets(text) for text in TEXTS]
    assert few_pieces.few_pieces(path) is None  # nobody has checked the file
    checked(path)
    monkeypatch.setattr(tokens, "_LARGE", 10)
    assert FileTokenCounter(path).count(["there " * 10]) == [21]  # ▁the and re ten times, and the last blank
    monkeypatch.setattr(tokens, "_LARGE", 10**6)
    assert not keep_pieces(path)  # it is there

    def never(_: object) -> None:
        raise AssertionError("the whole tokenizer was read")

    monkeypatch.setattr(FileTokenCounter, "_load", never)
    little = FileTokenCounter(path)
    assert (little.ids_of(TEXTS), little.count(TEXTS), [little.offsets(text) for text in TEXTS]) == expected
    path.write_bytes(file.read_bytes() + b"\n")  # another file than the one that was checked
    with pytest.raises(AssertionError, match="whole"):
        FileTokenCounter(path).count(["x"])


@pytest.mark.real
def test_the_real_tokenizer_cuts_chinese_english_and_oddities_the_same() -> None:
    if not installed(DEFAULT_EMBEDDER):
        pytest.skip(f"the weights of {DEFAULT_EMBEDDER} are not here: shujia models pull {DEFAULT_EMBEDDER}")
    path = locate(DEFAULT_EMBEDDER) / "tokenizer.json"
    table = table_of(path.read_bytes())
    assert table is not None
    whole = Tokenizer.from_file(str(path))
    odd = [
        "圖書館週日閉館，ＦＵＬＬ　ｗｉｄｔｈ",
        "e\u0301 ﬁ ½ ① \u200b\ufeff x\u00a0y",
        "😀👩‍👩‍👧 \t\r\n",
        "ก็ ᄒ ﷺ",
        encodable("\ud800a"),
    ]
    same(whole, FewPieces(table), [f"passage: {text}" for text in [*TEXTS, *odd]])
