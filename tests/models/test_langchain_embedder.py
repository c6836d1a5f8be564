from __future__ import annotations

import sys

import numpy as np
import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings

from models.embedders import open_embedder
from models.langchain_embedder import LangChainEmbedder
from models.types import ModelError, ModelUnavailable, TokenEmbedder


class Lengths(Embeddings):
    """A text of n characters is (n, 3, 4); questions are turned round; keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.asked.append(texts)
        return [[float(len(text)), 3.0, 4.0] for text in texts]

    def embed_query(self, text: str) -> list[float]:
        self.asked.append([text])
        return [4.0, 3.0, float(len(text))]


def test_passages_and_questions_are_unit_rows_in_order() -> None:
    embedder = LangChainEmbedder(Lengths(), "lengths", 3, query_prefix="问：", passage_prefix="文：")
    # "文：书" has 3 characters: (3, 3, 4), length √34; "文：." too, for the empty text
    expected = np.array([[3, 3, 4], [3, 3, 4], [5, 3, 4]]) / np.sqrt([[34], [34], [50]])
    found = embedder.embed_passages(["书", "  ", "书架\ud800"])
    assert (found.dtype, found.shape) == (np.float32, (3, 3))
    assert found == pytest.approx(expected, abs=1e-6)
    assert embedder.embed_queries(["a"])[0] == pytest.approx(np.array([4, 3, 3]) / np.sqrt(34), abs=1e-6)
    assert embedder.embed_passages([]).shape == embedder.embed_queries([]).shape == (0, 3)


def test_the_dimension_is_found_out_where_it_is_not_said() -> None:
    model = Lengths()
    embedder = LangChainEmbedder(model, "lengths")
    assert model.asked == []  # nothing is computed before it is needed
    assert embedder.dimension == 3
    assert LangChainEmbedder(DeterministicFakeEmbedding(size=17), "fake").embed_queries(["书"]).shape == (1, 17)


def test_many_texts_go_in_batches() -> None:
    model = Lengths()
    assert LangChainEmbedder(model, "lengths", 3).embed_passages(["x"] * 130).shape == (130, 3)
    assert [len(texts) for texts in model.asked] == [64, 64, 2]


def test_a_factory_is_called_once_and_not_before_the_first_text() -> None:
    made: list[Lengths] = []

    def factory() -> Lengths:
        made.append(Lengths())
        return made[-1]

    embedder = LangChainEmbedder(factory, "lengths", 3)
    assert made == []
    embedder.embed_queries(["a"])
    embedder.embed_passages(["b"])
    assert len(made) == 1


class Broken(Embeddings):
    """Fails, or gives what is no table of unit vectors."""

    def __init__(self, answer: object) -> None:
        self.answer = answer

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[return-value]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (RuntimeError("quota exceeded"), "broken: RuntimeError: quota exceeded"),
        ([[1.0, 2.0]], r"shape \(1, 2\), expected \(1, 3\)"),
        ([[0.0, 0.0, 0.0]], "without a direction"),
        ([[float("nan"), 1.0, 1.0]], "without a direction"),
        ([["a", "b", "c"]], "no table of numbers"),
        ([[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]], r"shape \(2, 3\)"),
    ],
)
def test_what_the_class_does_wrong_is_one_of_our_errors(answer: object, words: str) -> None:
    with pytest.raises(ModelUnavailable, match=words):
        LangChainEmbedder(Broken(answer), "broken", 3).embed_passages(["书"])


def opened(name: str) -> LangChainEmbedder:
    found = open_embedder(name, url="", key="", dimension=3, folder=None, offline=True)  # type: ignore[arg-type]
    assert isinstance(found, LangChainEmbedder)
    return found


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed module with two factories and things that are none."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "my_models.py").write_text(
        "from langchain_core.embeddings import DeterministicFakeEmbedding\n"
        "def bge():\n    return DeterministicFakeEmbedding(size=3)\n"
        "ready = DeterministicFakeEmbedding(size=3)\n"
        "def wrong():\n    return 'no embeddings'\n"
        "DIMENSION = 3\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    sys.modules.pop("my_models", None)


@pytest.mark.parametrize("factory", ["bge", "ready"])
def test_a_setting_names_a_factory_or_a_ready_object(package, factory: str) -> None:
    embedder = opened(f"langchain:my_models:{factory}")
    assert embedder.name == f"langchain:my_models:{factory}"
    assert embedder.embed_passages(["书", "架"]).shape == (2, 3)
    assert not isinstance(embedder, TokenEmbedder)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("langchain:my_models", "write langchain:package.module:factory"),
        ("langchain:my models:bge", "write langchain:package.module:factory"),
        ("langchain:no_such_package:bge", "no_such_package cannot be imported .*install its package"),
        ("langchain:my_models:nothing", "my_models has no nothing"),
        ("langchain:my_models:DIMENSION", "is a int: name a function"),
    ],
)
def test_a_name_that_leads_nowhere_says_why(package, name: str, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        opened(name)


def test_a_factory_that_makes_something_else_is_told_at_the_first_text(package) -> None:
    with pytest.raises(ModelError, match="is a str, not LangChain Embeddings"):
        opened("langchain:my_models:wrong").embed_queries(["书"])


def test_no_code_is_taken_from_the_folder_one_happens_to_stand_in(tmp_path, monkeypatch) -> None:
    (tmp_path / "planted.py").write_text("raise SystemExit('code of the current folder ran')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    with pytest.raises(ModelError, match="planted cannot be imported"):
        opened("langchain:planted:bge")


def test_a_settings_file_of_the_current_folder_may_not_name_code(tmp_path, monkeypatch) -> None:
    from app.settings import SettingsError, load

    file = tmp_path / "shujia.toml"
    file.write_text('embedder = "langchain:my_models:bge"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match="may not name code"):
        load()
    monkeypatch.setenv("SHUJIA_CONFIG", str(file))
    assert load().embedder == "langchain:my_models:bge"
    monkeypatch.delenv("SHUJIA_CONFIG")
    monkeypatch.setenv("SHUJIA_EMBEDDER", "langchain:my_models:ready")
    assert load().embedder == "langchain:my_models:ready"
