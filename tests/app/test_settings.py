from __future__ import annotations

from pathlib import Path

import pytest

from app.settings import Settings, SettingsError, config_file, effective, load


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without a shujia.toml."""
    monkeypatch.chdir(tmp_path)


def test_every_setting_has_a_default_and_says_what_it_is_for() -> None:
    assert all(field.description and not field.is_required() for field in Settings.model_fields.values())
    assert load().collection == "default"


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(monkeypatch) -> None:
    Path("shujia.toml").write_text('collection = "文件"\nmodel = "文件"\nembedder = "文件"\n', encoding="utf-8")
    monkeypatch.setenv("SHUJIA_MODEL", "环境")
    monkeypatch.setenv("SHUJIA_EMBEDDER", "环境")
    settings = load(embedder="命令", candidates=None)
    assert (settings.collection, settings.model, settings.embedder) == ("文件", "环境", "命令")


def test_a_file_elsewhere_is_named_by_shujia_config(monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "我的.toml").write_text("candidates = 50\n", encoding="utf-8")
    monkeypatch.setenv("SHUJIA_CONFIG", str(tmp_path / "我的.toml"))
    assert load().candidates == 50
    monkeypatch.setenv("SHUJIA_CONFIG", str(tmp_path / "缺失.toml"))
    with pytest.raises(SettingsError, match=r"缺失\.toml, which is no file"):
        load()


def test_without_a_file_there_is_none() -> None:
    assert config_file() is None


@pytest.mark.parametrize(
    ("wrong", "right"), [("colection", "collection"), ("chunk_token", "chunk_tokens"), ("hosts", "host")]
)
def test_an_unknown_key_is_refused_with_the_nearest_one(monkeypatch, wrong: str, right: str) -> None:
    Path("shujia.toml").write_text(f'{wrong} = "1"\n')
    with pytest.raises(SettingsError, match=f"unknown setting '{wrong}'; did you mean '{right}'"):
        load()
    Path("shujia.toml").unlink()
    monkeypatch.setenv(f"SHUJIA_{wrong.upper()}", "1")
    with pytest.raises(SettingsError, match=f"'SHUJIA_{wrong.upper()}'; did you mean 'SHUJIA_{right.upper()}'"):
        load()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CHUNK_TOKENS", "31"),
        ("CHUNK_TOKENS", "many"),
        ("DENSE_WEIGHT", "1.1"),
        ("PORT", "0"),
        ("WORKERS", "0"),
        ("LANGUAGE", "fr"),
        ("PARSE_SECONDS", "0"),
        ("COLLECTION", ""),
        ("OFFLINE", "perhaps"),
    ],
)
def test_an_impossible_value_is_refused_by_name(monkeypatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"SHUJIA_{name}", value)
    with pytest.raises(SettingsError, match=f"{name.lower()} = '{value}'"):
        load()


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        (
            "CHUNKER",
            "parnt",
            "chunker names 'parnt': no chunker named 'parnt'; there is recursive, balanced, .*, parent",
        ),
        ("CHUNKER", "parent:9", "chunker names 'parent:9': .* from 16 to 480"),
        ("RERANKER", "maxsin", "no reranker 'maxsin': did you mean maxsim"),
    ],
)
def test_a_name_that_there_is_not_is_refused_with_those_there_are(
    monkeypatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(f"SHUJIA_{name}", value)
    with pytest.raises(SettingsError, match=told):
        load()


def test_names_that_there_are_pass(monkeypatch, tmp_path: Path) -> None:
    (tmp_path / "自己的").mkdir()
    for chunker, reranker in (("parent:440", "chat"), ("fixed", "BAAI/bge-reranker-v2-m3"), ("rows", "自己的")):
        assert load(chunker=chunker, reranker=reranker).chunker == chunker


def test_a_file_that_is_no_toml_is_named() -> None:
    Path("shujia.toml").write_text("collection = ")
    with pytest.raises(SettingsError, match=r"shujia\.toml"):
        load()


def test_the_key_is_never_shown(monkeypatch) -> None:
    monkeypatch.setenv("SHUJIA_MODEL_KEY", "geheim-123")
    settings = load()
    assert settings.model_key.get_secret_value() == "geheim-123"
    assert "geheim" not in f"{settings!r} {settings} {effective(settings)}"
    Path("shujia.toml").write_text("model_key = 7654321\n")
    monkeypatch.delenv("SHUJIA_MODEL_KEY")
    with pytest.raises(SettingsError) as told:
        load()
    assert "7654321" not in str(told.value)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load().port = 1  # type: ignore[misc]


def test_the_file_of_this_repository_names_every_setting_and_changes_none(monkeypatch) -> None:
    path = Path(__file__).resolve().parents[2] / "shujia.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    named = {line.removeprefix("# ").split(" = ")[0] for line in lines if line.startswith("# ") and " = " in line}
    assert named == set(Settings.model_fields)
    without = load()
    monkeypatch.setenv("SHUJIA_CONFIG", str(path))
    assert load() == without
