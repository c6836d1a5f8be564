"""Archives and attachments: documents of their own, that come, change, move and go with the file they are in."""

from __future__ import annotations

import io
import os
import time
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from ingest.archives import member_names
from ingest.errors import PasswordNeeded
from ingest.files import discover
from ingest.folder import list_folder
from ingest.inside import outermost, safe_name
from ingest.limits import Limits
from ingest.pipeline import FileResult
from ingest.readers.choose import read
from ingest.sync import plan, run

OLD = 1_000_000_000


def zipped(files: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def put(runs, name: str, data: bytes, *, age: float = OLD) -> Path:
    path = runs.files / name
    path.write_bytes(data)
    os.utime(path, (age, age))
    return path


def ingest(runs, *, retry: bool = False, **limits: int) -> dict[str, FileResult]:
    limit = Limits(**limits)  # type: ignore[arg-type]
    results = runs.ingestion(limits=limit).run(discover([runs.files]), retry=retry)
    return {os.path.relpath(one.path, runs.files): one for one in results}


def synced(runs) -> dict[str, str]:
    shelf = runs.library.shelf
    made = plan(
        list_folder(runs.files), shelf.read.sources(), shelf.read.failures(), most_bytes=1 << 30, now=time.time()
    )
    return {os.path.relpath(one.path, runs.files): one.status for one in run(made, runs.ingestion())}


def held(runs) -> set[str]:
    return {os.path.relpath(path, runs.files) for path in runs.library.shelf.read.sources()}


def failures(runs) -> dict[str, str]:
    found = runs.library.shelf.read.failures()
    return {os.path.relpath(path, runs.files): one.reason for path, one in found.items()}


@pytest.fixture
def real(runs):
    """Runs whose parser is the real one, in this process."""
    from concurrent.futures import Future

    class InProcess:
        def submit(self, data: bytes, name: str):
            future: Future = Future()
            try:
                future.set_result(read(data, name, Limits()))
            except Exception as error:
                future.set_exception(error)
            return future

    runs.parser = InProcess()
    return runs


def test_members_of_nested_archives_are_documents_before_their_archive(real) -> None:
    inner = zipped({"深/乙.txt": "黄河的源头"})
    put(real, "书.zip", zipped({"甲.txt": "长江的源头", "里/inner.zip": inner, "x.bin": bytes(range(256)) * 9}))
    results = ingest(real)
    assert {path: one.status for path, one in results.items()} == {
        "书.zip!/甲.txt": "ingested",
        "书.zip!/里/inner.zip": "ingested",
        "书.zip!/里/inner.zip!/深/乙.txt": "ingested",
        "书.zip!/x.bin": "failed",
        "书.zip": "ingested",
    }
    order = list(results)
    assert order.index("书.zip") == len(order) - 1
    assert order.index("书.zip!/里/inner.zip!/深/乙.txt") < order.index("书.zip!/里/inner.zip")
    assert {path: one.status for path, one in ingest(real).items()} == {"书.zip": "unchanged"}
    again = ingest(real, retry=True)
    assert again["书.zip!/x.bin"].status == "failed"
    assert real.library.shelf.disagreements() == []


def test_a_changed_archive_forgets_what_is_no_more_in_it(real) -> None:
    put(real, "a.zip", zipped({"甲.txt": "长江的源头", "乙.txt": "黄河的源头"}))
    ingest(real)
    put(real, "a.zip", zipped({"甲.txt": "长江的源头", "丙.txt": "珠江的源头"}), age=OLD + 5)
    results = ingest(real)
    assert results["a.zip!/甲.txt"].status == "unchanged"
    assert held(real) == {"a.zip", "a.zip!/甲.txt", "a.zip!/丙.txt"}


def test_what_is_inside_moves_and_goes_with_the_archive(real) -> None:
    path = put(real, "a.zip", zipped({"甲.txt": "长江的源头"}))
    assert synced(real) == {"a.zip!/甲.txt": "ingested", "a.zip": "ingested"}
    path.rename(real.files / "b.zip")
    assert synced(real) == {"b.zip": "moved", "b.zip!/甲.txt": "moved"}
    assert held(real) == {"b.zip", "b.zip!/甲.txt"}
    (real.files / "b.zip").unlink()
    put(real, "c.txt", "别的文件".encode())
    assert set(synced(real).values()) == {"ingested", "removed"}
    assert held(real) == {"c.txt"}


def test_a_copy_of_an_archive_keeps_its_inside_when_the_first_goes(real) -> None:
    data = zipped({"甲.txt": "长江的源头"})
    first = put(real, "a.zip", data)
    ingest(real)
    put(real, "b.zip", data)
    assert ingest(real)["b.zip"].status == "ingested"
    first.unlink()
    synced(real)
    assert held(real) == {"b.zip", "b.zip!/甲.txt"}


def test_a_member_that_failed_keeps_its_reason_when_the_archive_moves_or_is_copied(real) -> None:
    data = zipped({"甲.txt": "长江的源头", "x.bin": bytes(range(256)) * 9})
    path = put(real, "a.zip", data)
    ingest(real)
    reason = failures(real)["a.zip!/x.bin"]
    path.rename(real.files / "b.zip")
    assert synced(real) == {"b.zip": "moved", "b.zip!/甲.txt": "moved"}
    assert failures(real) == {"b.zip!/x.bin": reason}
    assert synced(real) == {}
    put(real, "c.zip", data)
    ingest(real)
    assert failures(real) == {"b.zip!/x.bin": reason, "c.zip!/x.bin": reason}
    assert ingest(real, retry=True)["b.zip!/x.bin"].status == "failed"


def test_attachments_are_documents_of_their_own(real) -> None:
    message = EmailMessage()
    message["Subject"], message["From"] = "通知", "a@example.com"
    message.set_content("请看附件。")
    message.add_attachment("合同第三条".encode("gbk"), maintype="text", subtype="plain", filename="合同.txt")
    put(real, "信.eml", bytes(message))
    results = ingest(real)
    assert {path: one.status for path, one in results.items()} == {"信.eml!/合同.txt": "ingested", "信.eml": "ingested"}
    document = real.library.shelf.read.document(results["信.eml!/合同.txt"].document)
    assert document.text == "合同第三条"


def test_depth_count_and_size_have_limits_over_all_layers(real) -> None:
    """Three layers, one file each: with a depth of 1 the second archive is listed, but not looked into."""
    third = zipped({"c.txt": "third"})
    put(real, "a.zip", zipped({"b.zip": zipped({"c.zip": third})}))
    results = ingest(real, archive_depth=1)
    assert "deeper than 1" in results["a.zip!/b.zip!/c.zip"].reason
    put(real, "d.zip", zipped({f"{n}.txt": f"number {n}" for n in range(5)}))
    over = [one.code for path, one in ingest(real, archive_entries=3).items() if path.startswith("d.zip!/")]
    assert sorted(over) == ["", "", "", "too_large", "too_large"]
    small = [one.code for path, one in ingest(real, retry=True, decompressed_bytes=10).items() if "d.zip!/" in path]
    assert sorted(small) == ["", "too_large", "too_large", "too_large", "too_large"]  # 8 bytes each


def test_old_names_are_decoded_and_dangerous_ones_stay_inside() -> None:
    """A name in GBK without the UTF-8 flag is what Chinese Windows writes."""
    data = zipped({"placeholder-name": "x"}).replace(
        b"placeholder-name", "项目说明文档a.b".encode("gbk").ljust(16, b"c")
    )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert member_names(archive)[0].startswith("项目说明文档")
    taken: set[str] = set()
    assert [safe_name(name, taken) for name in ("../../etc/passwd", "C:\\a\\b.txt", "/etc/passwd", "")] == [
        "etc/passwd",
        "C:/a/b.txt",
        "etc/passwd (2)",
        "unnamed",
    ]
    assert outermost("/x/a.zip!/b.eml!/c.txt") == "/x/a.zip"
    assert outermost("/x/odd!/c.txt") == "/x/odd!/c.txt"


def test_an_encrypted_archive_needs_a_password() -> None:
    data = bytearray(zipped({"a.txt": "x"}))
    for sign, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(sign) + at] |= 1
    with pytest.raises(PasswordNeeded, match="all 1 members"):
        read(bytes(data), "a.zip", Limits())
