"""The examples of the documentation, run: every page from its first command to its last, on files that it could mean.

The embedder is a fake and answers are quoted, so no weights are needed; files, readers, catalogue and indexes are real.
What is not run stands in ELSEWHERE with the reason; ``tests/test_docs.py`` reads those lines all the same.
"""

from __future__ import annotations

import json
import re
import runpy
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app, run
from models.fakes import HashEmbedder

ROOT = Path(__file__).resolve().parents[1]
DOCS = runpy.run_path(str(Path(__file__).with_name("test_docs.py")))
LINE = re.compile(r"^(?:\$ )?((?:SHUJIA_\w+=\S+ )*)(shujia .+)$")
ELSEWHERE = {  # the beginning of a line → why it is not run here
    "shujia ui": "serves until it is ended; tests/browser opens it",
    "shujia serve": "serves until it is ended; tests/app/api asks it",
    "shujia worker": "works until it is ended; tests/app/test_cli_life.py runs it once",
    "shujia models serve": "needs vLLM; tests/vllm starts it",
    "shujia models pull": "fetches weights; tests/models fetches from a folder",
    "shujia models verify": "reads weights, which a machine may not have",
    "shujia doctor": "tells of this machine, which may lack weights; tests/app/test_cli_care.py",
    "shujia eval generate": "needs a chat model",
    "shujia eval answers DATA/": "needs published data",
    "shujia eval chunkers cases.jsonl FILES": "needs published data",
    "shujia ingest ~/books": "needs a Milvus server; .ci/milvus runs it",
    "shujia ingest /mnt/books --ray": "needs Ray and a cluster of machines; .ci/scale runs it",
}
CODES = {  # what does not end with 0, as its page says
    "shujia ingest observatory": 1,  # one of the files is damaged
}
PASSWORD = "correct horse 电池"
INTO_EMPTY = "shujia restore /backup/shujia-monday.backup"  # as its page says
BELOW_ROOT = re.compile(r"(?<=\s)/(backup|srv|mnt)/")
CHINESE = "# 员工手册\n\n满五年的员工每年享有十天带薪年假。\n\n## 恢复演练\n\n恢复演练由王伟负责，每季度一次。\n"
ENGLISH = "# Handbook\n\nEmployees have ten days of leave.\n\n## Restore drills\n\nMary Chen leads the drills.\n"
SAMPLES = (
    "提示词规范.txt",
    "模型選型筆記.md",
    "attention-and-memory.md",
    "gpu-fleet.csv",
)  # of the sample library: it is read often
OBSERVATORY = {
    "值班手册.md": "# 值班手册\n\n## 交接班\n\n值班分两班。备用电源可以支持 3 小时。\n",
    "visitor-guide.md": "# Visitor guide\n\nA ticket costs 9 euros. Class visits are on 14 May.\n",
    "reply-to-school.txt": "A class visit on 14 May is welcome.\n",
    "旧通知.txt": "从二〇二四年九月起，原始观测资料保存 15 年。\n",
    "star-chart.pdf": "%PDF-1.7 broken off",
}


def lines(page: Path) -> list[tuple[str, str]]:
    """The variables and the command of every example on a page, each command once."""
    found: dict[tuple[str, str], None] = {}
    for _, block in DOCS["FENCE"].findall(page.read_text(encoding="utf-8")):
        for line in block.splitlines():
            if at := LINE.match(line):
                found[at[1], at[2]] = None
    return list(found)


def pdf(file: Path, pages: int) -> None:
    """A PDF of so many pages, those of a sample."""
    import pypdfium2

    made, sample = pypdfium2.PdfDocument.new(), pypdfium2.PdfDocument(ROOT / "examples/library/禾问部署手册.pdf")
    for number in range(pages):
        made.import_pages(sample, [number % len(sample)])
    made.save(file)
    made.close()
    sample.close()


def judged(folder: Path) -> None:
    """A data set in BEIR form."""
    folder.mkdir(parents=True)
    texts = (
        "长江的源头在唐古拉山脉。",
        "The harbour freezes in winter.",
        "黄河流经九个省区。",
        "A ferry leaves at noon.",
    )
    asked = (
        "长江的源头在哪里？",
        "When does the harbour freeze?",
        "哪条河流经九个省区？",
        "When does the ferry leave?",
    )
    corpus = [{"_id": f"d{number}", "title": "", "text": text} for number, text in enumerate(texts)]
    questions = [{"_id": str(number), "text": text} for number, text in enumerate(asked)]
    for name, rows in (("corpus.jsonl", corpus), ("queries.dev.jsonl", questions)):
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (folder / name).write_text(text, encoding="utf-8")
    pairs = "".join(f"{number}\td{number}\t1\n" for number in range(4))
    (folder / "qrels.dev.tsv").write_text("query-id\tcorpus-id\tscore\n" + pairs, encoding="utf-8")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which a reader types, with a home, and the files that the pages name."""
    made = tmp_path_factory.mktemp("docs")
    here, documents = made / "here", made / "home" / "Documents"
    (here / "examples" / "library").mkdir(parents=True)
    for name in SAMPLES:
        shutil.copy(ROOT / "examples" / "library" / name, here / "examples" / "library")
    for name in ("beir/sample", "beir/observatory", "DATA", "DATASET"):
        judged(here / name)
    for name, text in OBSERVATORY.items():
        (here / "observatory").mkdir(exist_ok=True)
        (here / "observatory" / name).write_text(text, encoding="gbk" if name == "旧通知.txt" else "utf-8")
    for folder in ("handbooks", "contracts", "scans"):
        (documents / folder).mkdir(parents=True)
    shelf = documents / "handbooks"
    for name in ("handbook.pdf", "手册.pdf", "员工手册.pdf", "部署手册.pdf", "Deployment manual.pdf"):
        pdf(shelf / name, 12 + len(list(shelf.iterdir())))  # another number of pages is another document
    for name, text in (("harbour.md", ENGLISH), ("员工.md", CHINESE), ("提示词规范.txt", "温度固定为 0.2。\n")):
        (shelf / name).write_text(text, encoding="utf-8")
    (shelf / "annual.md").write_text("# Annual report 2024\n\nSales rose.\n", encoding="utf-8")
    (shelf / "年报.md").write_text("# 2024 年度报告\n\n收入增长。\n", encoding="utf-8")
    (documents / "contracts" / "lease.md").write_text("# Lease\n\nThe director may sign a lease.\n", encoding="utf-8")
    for name in ("documents", "文档"):
        (here / name).mkdir()
        (here / name / "a.md").write_text(ENGLISH + CHINESE, encoding="utf-8")
    (documents / "scans" / "letter.txt").write_text("A letter.\n", encoding="utf-8")
    (made / "backup").mkdir()
    (made / "srv").mkdir()
    cases = [json.loads(line) for line in (ROOT / "examples/questions.jsonl").read_text("utf-8").splitlines()]
    ours = [one for one in cases if {gold["file"] for gold in one["gold"]} <= set(SAMPLES)]
    for file in (here / "examples" / "questions.jsonl", here / "questions.jsonl"):
        file.write_text("".join(json.dumps(one) + "\n" for one in ours), encoding="utf-8")
    return made


@pytest.fixture
def typed(world: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Types a line where the reader is; what went wrong, "" where it ended as it should."""
    monkeypatch.chdir(world / "here")
    monkeypatch.setattr("app.wiring.Library.embedder", HashEmbedder())
    settings = {"LANGUAGE": "en", "WORKERS": "1", "MODEL": "extractive", "LIBRARY": world / "library"}
    for name, value in {**settings, "EVAL_FOLDER": world / "eval", "OCR": "off"}.items():
        monkeypatch.setenv(f"SHUJIA_{name}", str(value))
    monkeypatch.setenv("HOME", str(world / "home"))

    def enter(variables: str, line: str) -> str:
        words = shlex.split(BELOW_ROOT.sub(rf"{world}/\1/", line), comments=True)[1:]
        words = [word.replace("~/", f"{world}/home/", 1) if word.startswith("~/") else word for word in words]
        outcome: list[Any] = []

        def command() -> None:
            answers = f"{PASSWORD}\n" * 2 if words[:2] == ["people", "add"] else "y\n" * 3
            outcome.append(CliRunner().invoke(app, words, input=answers, prog_name="shujia"))
            if (error := outcome[0].exception) and not isinstance(error, SystemExit):
                raise error

        with monkeypatch.context() as given:
            for pair in variables.split():
                given.setenv(*pair.split("=", 1))
            code = run(command) or outcome[0].exit_code
        return "" if code == CODES.get(line.split("  ")[0], 0) else f"{line!r} ended with {code}: {outcome[0].output}"

    return enter


@pytest.fixture
def filled(world: Path, typed: Any) -> Iterator[None]:
    """A library of what the pages take for granted; a new one for each page."""
    kept = world / "filled"
    if not kept.exists():
        ready = [f"ingest ~/Documents/handbooks -c {name}" for name in ("default", "handbooks", "手册")]
        ready += [
            f"ingest ~/Documents/contracts -c {name}" for name in ("contracts", "合同", "old-contracts", "旧合同")
        ]
        assert [wrong for line in ready if (wrong := typed("", f"shujia {line}"))] == []
        (world / "library").rename(kept)
    shutil.copytree(kept, world / "library")
    yield
    for folder in (
        world / "library",
        world / "restored",
        world / "srv" / "shujia",
        world / "here" / "second",
        world / "here" / "runs",
    ):
        shutil.rmtree(folder, ignore_errors=True)
    for file in (*(world / "backup").iterdir(), *(world / "here").glob("*.backup"), *(world / "here").glob("*.shujia")):
        file.unlink()


@pytest.mark.parametrize("page", [page for page in DOCS["PAGES"] if lines(page)], ids=DOCS["named"])
def test_every_example_runs(
    page: Path, world: Path, filled: None, typed: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    here = [one for one in lines(page) if not one[1].startswith(tuple(ELSEWHERE))]
    if ("", "shujia rights grant li handbooks editor") in here:
        here.insert(0, ("", "shujia people add li"))  # whom another page has added
    wrong = []
    for variables, line in here:
        if line == INTO_EMPTY:
            variables = f"SHUJIA_LIBRARY={world / 'restored'}"
        told = typed(variables, line)
        error = capsys.readouterr().err.strip()
        wrong += [f"{told} {error}"] if told else []
    assert wrong == []


def test_nothing_stands_aside_that_no_page_shows_any_more() -> None:
    shown = [line for page in DOCS["PAGES"] for _, line in lines(page)]
    assert [begin for begin in ELSEWHERE if not any(line.startswith(begin) for line in shown)] == []
    assert [code for code in CODES if not any(line.startswith(code) for line in shown)] == []
