"""What is looked at before a page with login = "oidc" starts, and what doctor says about signing in."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from app.doctor import Finding
from app.doctor_login import check_login
from app.error_words import error_text
from app.oidc_setup import NEEDED, check_oidc
from app.page_server import check
from app.settings import Settings, SettingsError
from store.catalogue import Catalogue
from store.people import People

GOOD = {
    "redirect_uri": "https://books.example.org/oauth2callback",
    "cookie_secret": "s" * 32,
    "client_id": "shujia",
    "client_secret": "…",
    "server_metadata_url": "https://id.example.org/.well-known/openid-configuration",
}


@pytest.fixture
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that Streamlit would read, in a folder that does not exist yet."""
    file = tmp_path / ".streamlit" / "secrets.toml"
    monkeypatch.setattr("app.oidc_setup._files", lambda: (tmp_path / "home" / "secrets.toml", file))
    return file


def write(file: Path, **values: str) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_text("[auth]\n" + "".join(f'{key} = "{value}"\n' for key, value in values.items()), encoding="utf-8")
    file.chmod(0o600)


def refused() -> str:
    with pytest.raises(SettingsError) as caught:
        check(Settings(login="oidc"))
    assert error_text(str(caught.value), "zh") != str(caught.value)
    return str(caught.value)


def test_what_is_missing_is_named_before_the_page_starts(secrets: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(secrets) in refused()
    secrets.parent.mkdir()
    secrets.write_text("[auth", encoding="utf-8")
    assert "TOML" in refused()
    for key in NEEDED:
        write(secrets, **{name: value for name, value in GOOD.items() if name != key})
        assert f"lacks {key}:" in refused()
    write(secrets, **GOOD | {"cookie_secret": "s" * 31})
    assert "cookie_secret" in refused()
    write(secrets, **GOOD | {"redirect_uri": "https://books.example.org/"})
    assert "redirect_uri" in refused()
    write(secrets, **GOOD)
    check(Settings(login="oidc"))
    assert check_oidc() == (secrets,)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert "pip install '.[oidc]'" in refused()


def found(**given: object) -> dict[str, Finding]:
    findings = list(check_login(Settings(**given)))  # type: ignore[arg-type]
    assert all(one.sentence(language) for one in findings for language in ("zh", "en"))  # type: ignore[arg-type]
    return {one.name: one for one in findings}


def test_doctor_tells_of_an_open_page(tmp_path: Path) -> None:
    assert found()["login"].state == "ok"
    assert found(host="0.0.0.0", behind_proxy=True)["login"].state == "ok"  # noqa: S104
    told = found(host="0.0.0.0")["login"]  # noqa: S104
    assert (told.state, "127.0.0.1" in told.next_step("en")) == ("bad", True)


def test_doctor_tells_of_a_login_that_nobody_can_administer(tmp_path: Path) -> None:
    given = {"library": tmp_path / "library", "login": "password"}
    assert "shujia people add" in found(**given)["login"].next_step("zh")
    assert not (tmp_path / "library").exists()
    catalogue = Catalogue(tmp_path / "library" / "catalogue.sqlite")
    people = People(catalogue.engine)
    people.add("li")
    assert found(**given)["login"].state == "bad"
    people.add("wang", admin=True)
    assert found(**given)["login"].state == "ok"
    catalogue.close()


def test_doctor_tells_what_oidc_lacks_and_who_may_read_its_secrets(secrets: Path) -> None:
    assert found(login="oidc")["oidc"].state == "bad"
    write(secrets, **GOOD)
    assert "oidc" not in found(login="oidc")
    secrets.chmod(0o644)
    told = found(login="oidc")["oidc"]
    assert (told.state, told.next_step("en")) == ("warn", f"chmod 600 {secrets}")
