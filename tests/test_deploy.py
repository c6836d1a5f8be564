"""The files of a deployment against the code: valid, pinned, confined, and naming only settings that exist."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from app.cli import app
from app.settings import PREFIX, Settings, load

ROOT = Path(__file__).resolve().parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
UNITS = sorted((ROOT / "deploy").glob("*.service"))
PROFILES = sorted({profile for service in SERVICES.values() for profile in service.get("profiles", [])})
FOR_COMPOSE = {"SHUJIA_DOCUMENTS"}  # what compose mounts; it does not reach a container
VARIABLE = re.compile(r"\$\{(\w+)(?::[-?]([^}]*))?\}")
COMMANDS = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def environment(service: dict[str, Any]) -> dict[str, str]:
    """The variables of a service with the defaults that the file gives."""
    given = service.get("environment", {})
    pairs = given.items() if isinstance(given, dict) else (one.split("=", 1) for one in given)
    return {name: VARIABLE.sub(lambda found: found[2] or "", str(value)) for name, value in pairs}


def unit(path: Path) -> configparser.ConfigParser:
    parsed = configparser.ConfigParser(strict=False, interpolation=None)
    parsed.optionxform = str  # type: ignore[assignment,method-assign]
    parsed.read_string(path.read_text(encoding="utf-8"))
    return parsed


def test_every_profile_of_the_design_is_there() -> None:
    profiles = {profile for service in SERVICES.values() for profile in service.get("profiles", [])}
    assert {"gpu", "postgres", "worker"} <= profiles
    assert [name for name, service in SERVICES.items() if not service.get("profiles")] == ["app"]


@pytest.mark.parametrize("profile", ["", *PROFILES])
def test_a_profile_stands_by_itself(profile: str) -> None:
    started = {name for name, one in SERVICES.items() if profile in one.get("profiles", [profile])}
    for name in started:
        waits = SERVICES[name].get("depends_on", {})
        needed = {other for other in waits if isinstance(waits, list) or waits[other].get("required", True)}
        assert needed <= started, f"{name} waits for what the profile {profile!r} does not start"


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_pinned_confined_and_says_how_it_is(name: str) -> None:
    service = SERVICES[name]
    image, _, tag = service["image"].rpartition(":")
    assert image
    assert re.search(r"\d", tag)
    assert "latest" not in tag
    assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    if not name.startswith("milvus"):  # images of others that start as root, one with a looser filter of system calls
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service["cap_drop"] == ["ALL"]
    published = [str(port) for port in service.get("ports", [])]
    assert [port for port in published if not port.startswith("127.0.0.1:")] == []
    for network in service.get("networks", []):
        assert network == "default" or network in COMPOSE["networks"]
    for volume in service.get("volumes", []):
        source = str(volume).split(":")[0]
        assert source.startswith((".", "/", "$", "~")) or source in COMPOSE["volumes"]
    for other in service.get("depends_on", {}):
        assert other in SERVICES


@pytest.mark.parametrize(
    "name", [name for name in SERVICES if SERVICES[name]["image"].startswith("shujia")] + ["postgres"]
)
def test_our_services_write_to_nothing_but_their_volumes(name: str) -> None:
    assert SERVICES[name]["read_only"] is True
    assert "/tmp" in SERVICES[name]["tmpfs"]  # noqa: S108
    assert SERVICES[name].get("user") == "postgres" or "\nUSER shujia\n" in (ROOT / "Dockerfile").read_text()


@pytest.mark.parametrize("name", SERVICES)
def test_the_variables_of_a_service_are_settings_and_its_defaults_are_accepted(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ours = {key: value for key, value in environment(SERVICES[name]).items() if key.startswith(PREFIX)}
    assert sorted(key for key in ours if key.removeprefix(PREFIX).lower() not in Settings.model_fields) == []
    monkeypatch.chdir(tmp_path)
    for key, value in ours.items():
        monkeypatch.setenv(key, value)
    load()


def test_the_example_names_every_variable_and_no_other() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    told = set(re.findall(r"^#? ?([A-Z_]+)=", example, re.MULTILINE)) | {"COMPOSE_PROFILES"}
    used = {name for name, _ in VARIABLE.findall((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))}
    assert told - {"COMPOSE_PROFILES"} == used
    ours = {name for name in told if name.startswith(PREFIX)} - FOR_COMPOSE
    assert sorted(name for name in ours if name.removeprefix(PREFIX).lower() not in Settings.model_fields) == []
    assert (
        re.findall(r"^\w*(?:KEY|PASSWORD|CATALOGUE)=(?!change-me)\S+", example, re.MULTILINE) == []
    )  # no secret in the example


def test_the_image_of_the_dockerfile_is_pinned() -> None:
    images = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert [image for image in images if not re.search(r":\d+\.\d+\.\d+-", image)] == []


def test_the_image_holds_what_profiles_and_sign_in_need() -> None:
    found = re.search(r"^ARG EXTRAS=(.+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert found is not None
    extras = set(found[1].split(","))
    known = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert extras <= set(known)
    assert {"cpu", "oidc", *({"milvus", "postgres"} & set(PROFILES))} <= extras


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_a_unit_runs_a_command_that_exists_as_a_user_of_its_own(path: Path) -> None:
    service = unit(path)["Service"]
    words = service["ExecStart"].split()
    assert words[0].endswith("/bin/shujia")
    assert words[1] in COMMANDS
    assert service["User"] not in ("", "root")
    assert service["KillSignal"] == "SIGTERM"
    assert (service["ProtectSystem"], service["NoNewPrivileges"], service["UMask"]) == ("strict", "yes", "0077")
    names = re.findall(rf"({PREFIX}\w+)=", path.read_text(encoding="utf-8"))
    known = {f"{PREFIX}{key.upper()}" for key in Settings.model_fields} | {"SHUJIA_CONFIG"}
    assert sorted(set(names) - known) == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine")
@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.stem)
def test_systemd_finds_nothing_wrong_with_a_unit(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    copy = tmp_path / path.name
    copy.write_text(re.sub("^ExecStart=/opt/\\S+", f"ExecStart={shutil.which('true')}", text, flags=re.MULTILINE))
    program = str(shutil.which("systemd-analyze"))
    said = subprocess.run([program, "verify", "--man=no", str(copy)], capture_output=True, text=True)
    mine = [line for line in (said.stdout + said.stderr).splitlines() if path.name in line]
    assert (said.returncode, mine) == (0, [])


def test_page_worker_and_api_have_a_unit() -> None:
    assert {unit(path)["Service"]["ExecStart"].split()[1] for path in UNITS} == {"ui", "worker", "serve"}
