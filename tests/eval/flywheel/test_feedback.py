"""Feedback to reviewed cases, on the command line as a person walks it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from app.cli_feedback_review import feedback
from app.console import Voice
from app.feedback_walk import walk
from eval.cases import read_cases, write_cases
from eval.errors import EvalInputError
from eval.flywheel.feedback import Library, export_cases, suggest
from eval.rows import write_rows
from eval.types import Ranked, Row
from store.errors import UnknownDocument, UnknownFeedback
from store.feedback import FeedbackLog
from store.feedback_rows import Cited, Feedback, Quoted, Retrieved

DRILL = ("恢复演练每个季度做一次。", "最近一次演练总共用了 38 分钟。")
ENGLISH = ("The automatic backup runs at 2:30 in the morning.", "It keeps fourteen copies.")


class Desk:
    """A library with two documents, its feedback, and the command line on it."""

    def __init__(self, library, folder: Path) -> None:
        self.library, self.folder = library, folder
        self.drill = library.put("/文件/手册.txt", *DRILL)
        self.backup = library.put("/files/backup.txt", *ENGLISH)
        self.log = FeedbackLog(library.catalogue.engine, library.collection)
        self.shelf = Library(library.shelf.read)

    def say(self, identity: str, **values: Any) -> Feedback:
        """A thumb up for an answer that cites the second paragraph of the manual."""
        text = self.drill.text
        start = text.index(DRILL[1])
        places = (
            Retrieved("c0", self.drill.id, 0, len(DRILL[0]), 0.9, {"fused": 1}),
            Retrieved("c1", self.drill.id, start, len(text), 0.8, {"fused": 2}),
            Retrieved("c2", self.backup.id, 0, len(ENGLISH[0]), 0.1, {"dense": 9}),
        )
        base: dict[str, Any] = {
            "question": "最近一次演练用了多久？",
            "answer": f"{DRILL[1]}[2]",
            "abstained": False,
            "model": "qwen",
            "rating": "up",
            "retrieved": places,
            "citations": (Cited(self.drill.id, start, len(text), DRILL[1], "supported"),),
            "created_at": 1.7e9 + len(self.log.items()),
        }
        item = Feedback(id=identity, **{**base, **values})
        self.log.add(item)
        return item

    def __call__(self, *arguments: str, answers: str = "") -> Any:
        app = typer.Typer()
        app.add_typer(feedback, name="feedback")
        command = ["feedback", *arguments, "--collection", "文档", "--library", str(self.library.folder)]
        result = CliRunner().invoke(app, command, input=answers)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments: str) -> dict[str, Any]:
        payload: dict[str, Any] = json.loads(self(*arguments, "--json"))
        assert payload["version"] == 1
        return payload


@pytest.fixture
def desk(library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SHUJIA_LANGUAGE", "zh")
    return Desk(library, tmp_path)


def quotes(gold: tuple[Quoted, ...]) -> list[str]:
    return [span.quote for span in gold]


def test_a_good_answer_suggests_what_it_cited_and_a_bad_one_the_best_passage(desk: Desk) -> None:
    good, bad = desk.say("a"), desk.say("b", rating="down", reason="wrong")
    assert (suggest(good, desk.shelf).why, quotes(suggest(good, desk.shelf).gold)) == ("cited", [DRILL[1]])
    assert (suggest(bad, desk.shelf).why, quotes(suggest(bad, desk.shelf).gold)) == ("passage", [DRILL[0]])


def test_the_passage_that_the_reader_named_goes_before_all_others(desk: Desk) -> None:
    named = Quoted(desk.backup.id, 0, len(ENGLISH[0]), ENGLISH[0])
    assert suggest(desk.say("a", corrected=named), desk.shelf).gold == (named,)


def test_a_refusal_found_right_is_a_question_that_the_documents_do_not_answer(desk: Desk) -> None:
    item = desk.say("a", abstained=True, citations=())
    assert (suggest(item, desk.shelf).why, suggest(item, desk.shelf).gold) == ("unanswerable", ())


def test_a_citation_that_the_check_did_not_support_is_not_suggested(desk: Desk) -> None:
    item = desk.say("a", citations=(Cited(desk.drill.id, 0, 3, "恢复演", "unsupported"),))
    assert suggest(item, desk.shelf).why == "passage"


def test_nothing_retrieved_suggests_nothing_and_cannot_be_accepted(desk: Desk) -> None:
    desk.say("a", rating="down", retrieved=(), citations=())
    with pytest.raises(EvalInputError, match="nothing is suggested"):
        desk("review", "a", "--accept")


def test_the_list_shows_question_rating_reason_passages_and_suggestion(desk: Desk) -> None:
    desk.say("a1b2", rating="down", reason="missed", comment="见第 2 段")
    text = desk("list")
    for part in ("最近一次演练用了多久？", "👎", "文档里有，却没有找到", "见第 2 段", DRILL[0], "只是猜测"):
        assert part in text
    (item,) = desk.json("list")["items"]
    assert [passage["rank"] for passage in item["retrieved"]] == [1, 2, 3]
    assert item["retrieved"][2]["text"] == ENGLISH[0]
    assert item["suggested"]["gold"][0]["quote"] == DRILL[0]


def test_an_empty_list_says_so(desk: Desk) -> None:
    assert "没有待审的反馈" in desk("list")
    assert desk.json("list")["items"] == []


def test_accepted_and_edited_items_become_cases_that_the_reader_of_cases_takes(desk: Desk) -> None:
    for name in ("a1", "b2", "c3", "d4", "e5"):
        desk.say(name, question=f"问题 {name}？")
    desk("review", "a1", "--accept")
    start = desk.drill.text.index("38")
    desk("review", "b2", "--edit", "--span", f"手册.txt:{start}-{start + 5}")
    desk("review", "c3", "--edit", "--quote", "It keeps fourteen copies.", "--quote", "每个 季度做一次")
    desk("review", "d4", "--reject")
    assert desk.json("review", "e5", "--edit", "--unanswerable")["item"]["state"] == "edited"
    counts = desk.json("export", "--out", "用例/cases.jsonl")["cases"]
    assert counts == {"written": 4, "new": 4, "kept": 0, "repeated": 0, "removed": 0}
    cases = {case.id: case for case in read_cases(Path("用例/cases.jsonl"))}
    assert [gold.quote for gold in cases["feedback-a1"].gold] == [DRILL[1]]
    assert [gold.quote for gold in cases["feedback-b2"].gold] == ["38 分钟"]
    assert [gold.quote for gold in cases["feedback-c3"].gold] == ["It keeps fourteen copies.", "每个季度做一次"]
    assert (cases["feedback-e5"].answerable, cases["feedback-e5"].gold) == (False, ())
    for case in cases.values():
        assert (case.language, case.source, case.answers) == ("zh", "feedback", ())
        for gold in case.gold:
            document = desk.shelf.document(gold.document)
            assert document.text[gold.start : gold.end] == gold.quote
            assert gold.path in ("手册.txt", "backup.txt")
    line = json.loads(Path("用例/cases.jsonl").read_text(encoding="utf-8").split("\n")[0])
    assert line["created"].startswith("2023-11-14T")
    assert "没有待审" in desk("list")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("a1",), "choose one"),
        (("a1", "--accept", "--reject"), "choose one"),
        (("a1", "--edit"), "needs --span"),
        (("a1", "--edit", "--unanswerable", "--quote", "x"), "needs --span"),
        (("a1", "--edit", "--span", "手册.txt"), "DOCUMENT:START-END"),
        (("a1", "--edit", "--span", "手册.txt:5-5"), "characters"),
        (("a1", "--edit", "--span", "手册.txt:0-99999"), "characters"),
        (("a1", "--edit", "--quote", "没有写在任何文件里的一句话，谁也找不到"), "no document holds"),
        (("a1", "--edit", "--quote", "  "), "empty"),
        (("--accept",), "name the item"),
    ],
)
def test_a_mistake_in_a_review_is_named_and_changes_nothing(desk: Desk, arguments, message) -> None:
    desk.say("a1")
    with pytest.raises(EvalInputError, match=message):
        desk("review", *arguments)
    assert desk.log.get("a1").state == "open"


def test_a_document_or_item_that_is_unknown_is_named(desk: Desk) -> None:
    desk.say("a1")
    with pytest.raises(UnknownDocument, match=r"别处\.txt"):
        desk("review", "a1", "--edit", "--span", "别处.txt:0-5")
    with pytest.raises(UnknownFeedback, match="zz"):
        desk("review", "zz", "--accept")


def test_a_second_export_adds_to_the_file_and_keeps_what_the_library_has_forgotten(desk: Desk) -> None:
    desk.say("a1", question="第一个问题？")
    desk("review", "a1", "--accept")
    desk("export", "--out", "cases.jsonl")
    first = Path("cases.jsonl").read_bytes()
    desk("export", "--out", "cases.jsonl")
    assert Path("cases.jsonl").read_bytes() == first, "the same reviews write the same bytes"
    desk.library.remove("/文件/手册.txt")  # the feedback goes with its document
    place = (Retrieved("c2", desk.backup.id, 0, len(ENGLISH[0]), 0.1),)
    desk.say("b2", question="When does it run?", retrieved=place, citations=())
    desk("review", "b2", "--accept")
    counts = desk.json("export", "--out", "cases.jsonl")["cases"]
    assert counts == {"written": 2, "new": 1, "kept": 1, "repeated": 0, "removed": 0}
    assert [case.language for case in read_cases(Path("cases.jsonl"))] == ["zh", "en"]


def test_a_case_that_is_rejected_after_its_export_leaves_the_file_and_what_was_written_by_hand_stays(
    desk: Desk,
) -> None:
    for name in ("a1", "b2"):
        desk.say(name, question=f"问题 {name}？")
        desk("review", name, "--accept")
    desk("export", "--out", "cases.jsonl")
    first, _ = read_cases(Path("cases.jsonl"))
    by_hand = [replace(first, id="自己写的", source=""), replace(first, id="feedback-d4", question="也是？", source="")]
    write_cases(Path("cases.jsonl"), [*read_cases(Path("cases.jsonl")), *by_hand])
    desk.say("d4")
    for name in ("a1", "d4"):  # an equal id that no export wrote is not its case
        desk("review", name, "--reject")
    said = desk("export", "--out", "cases.jsonl")
    assert "written 3, new 0, kept 2, repeated 0, removed 1" in said
    assert "已从文件中取出此后被舍弃的题目：1 道" in said
    assert {case.id for case in read_cases(Path("cases.jsonl"))} == {"feedback-b2", "自己写的", "feedback-d4"}
    desk("review", "b2", "--reject")
    assert desk.json("export", "--out", "cases.jsonl")["cases"]["removed"] == 1
    assert "被舍弃" not in desk("export", "--out", "cases.jsonl"), "told once"


def test_two_readers_with_the_same_question_and_gold_make_one_case(desk: Desk, tmp_path: Path) -> None:
    for name in ("a1", "b2"):
        desk.say(name)
        desk("review", name, "--accept")
    done = export_cases(tmp_path / "cases.jsonl", desk.log.items(), desk.shelf.file_names())
    assert (done.written, done.repeated) == (1, 1)


def test_triplets_are_exported_with_the_count_of_every_drop(desk: Desk) -> None:
    desk.say("a1")
    desk.say("b2", rating="down", reason="wrong")
    counts = desk.json("export", "--pairs", "pairs.jsonl")["pairs"]
    assert counts["no positive: thumb down that names no passage"] == 1
    assert counts["passage cut anew since"] == 3, "the chunk ids of this feedback are no longer there"
    assert counts["written"] == 0


def test_triplets_of_a_judged_run_join_those_of_the_readers(desk: Desk, tmp_path: Path) -> None:
    data = tmp_path / "集合"
    data.mkdir()
    documents = {"d1": DRILL[1], "d2": "访客证在前台领取。", "d3": ENGLISH[0]}
    lines = [json.dumps({"_id": name, "title": "", "text": text}) + "\n" for name, text in documents.items()]
    (data / "corpus.jsonl").write_text("".join(lines), encoding="utf-8")
    (data / "queries.dev.jsonl").write_text('{"_id": "q1", "text": "演练用了多久？"}\n', encoding="utf-8")
    (data / "qrels.dev.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\n", encoding="utf-8")
    ranking = tuple(Ranked(name, 1.0) for name in ("d2", "d1", "d3"))
    write_rows(tmp_path / "per_query.jsonl", [Row("q1", "hybrid", "演练用了多久？", "zh→zh", {}, ranking)])
    chunks = desk.library.shelf.read.chunks(desk.drill.id)
    seen = tuple(Retrieved(c.id, desk.drill.id, c.start, c.end, 0.5) for c in chunks)
    desk.say("a1", retrieved=seen)
    options = ("--rows", "per_query.jsonl", "--data", "集合", "--mode", "hybrid")
    counts = desk.json("export", "--pairs", "pairs.jsonl", *options)["pairs"]
    assert counts == {"written": 3, "holds the gold span": 1}
    rows = [json.loads(line) for line in Path("pairs.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["negative"] for row in rows] == [DRILL[0], documents["d2"], documents["d3"]]
    assert {row["positive"] for row in rows} == {DRILL[1]}


def test_an_export_of_nothing_and_half_a_run_are_mistakes(desk: Desk) -> None:
    with pytest.raises(EvalInputError, match="say what to write"):
        desk("export")
    with pytest.raises(EvalInputError, match="belong together"):
        desk("export", "--pairs", "p.jsonl", "--rows", "per_query.jsonl")


def test_the_walk_accepts_edits_rejects_skips_and_quits(desk: Desk) -> None:
    for name in ("a1", "b2", "c3", "d4", "e5", "f6"):
        desk.say(name)
    typed = ["a\n", "x\n", "e\n", "nirgends zu finden\n", "e\n", "keeps fourteen copies\n", "r\n", "s\n", "e\n", "-\n"]
    text = desk("review", answers="".join([*typed, "q\n"]))
    states = {item.id: (item.state, quotes(item.gold or ())) for item in desk.log.items()}
    assert states == {
        "a1": ("accepted", [DRILL[1]]),
        "b2": ("edited", ["keeps fourteen copies"]),
        "c3": ("rejected", []),
        "d4": ("open", []),
        "e5": ("edited", []),
        "f6": ("open", []),
    }
    assert "没有文档含有" in text
    assert "6/6" in text


def test_the_walk_speaks_english_too(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.say("a1", question="When does the backup run?")
    walk(desk.log, desk.shelf, Voice("en"), lambda prompt: "q" if "a accept" in prompt else "?")
    assert "suggested: what the answer cited" in capsys.readouterr().out
    assert desk.log.get("a1").state == "open"
