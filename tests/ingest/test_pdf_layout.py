from __future__ import annotations

import pytest

from ingest.limits import Limits
from ingest.readers.pdf_hyphens import with_hyphens
from ingest.readers.pdf_layer import noise
from ingest.readers.pdf_layout import arrange
from ingest.readers.pdf_lines import Line, PageLines
from ingest.readers.pdf_margins import without_margins
from ingest.readers.pdf_paragraphs import page_blocks
from ingest.readers.pdf_rules import Rules
from ingest.types import BlockKind

ENGLISH = [
    "Rivers carry the finest silt",
    "down to the plain and leave",
    "it where the water is slow",
    "and the banks are wide.",
]
OTHERS = [
    "Mountains wear away more",
    "slowly than the valleys do",
    "because the rock is harder",
    "at the top than below it.",
]
CHINESE = ["河流把最细的泥沙带到平原，", "留在水流缓慢而岸边宽阔的", "地方，年复一年地堆积起来", "成为肥沃的土地。"]
CHINESE_OTHERS = [
    "山峰的磨损比山谷更慢，因",
    "为顶上的岩石比下面的更硬",
    "，风和雨都难以把它们带走",
    "，只有冰才能做到。",
]


def line(text: str, left: float, top: float, right: float, *, glued: bool = False, size: float = 10) -> Line:
    return Line(text, left, top, right, top + 0.014, size, glued=glued)


def page(*lines: Line, rules: Rules | None = None) -> PageLines:
    return PageLines(tuple(lines), 600, 800, 1, rules=rules or Rules((), ()))


def two_columns(left: list[str], right: list[str], top: float = 0.3) -> list[Line]:
    """Row by row, as programs write that set a page line by line."""
    rows: list[Line] = []
    for n, (one, other) in enumerate(zip(left, right, strict=True)):
        rows.append(line(one, 0.1, top + 0.02 * n, 0.46))
        rows.append(line(other, 0.54, top + 0.02 * n, 0.9, glued=True))
    return rows


def texts(shown: PageLines) -> list[str]:
    return [block.text for block in page_blocks(arrange(shown), 1, {})]


def test_two_columns_are_read_one_after_the_other() -> None:
    assert texts(page(*two_columns(ENGLISH, OTHERS))) == [" ".join(ENGLISH), " ".join(OTHERS)]
    assert texts(page(*two_columns(CHINESE, CHINESE_OTHERS))) == ["".join(CHINESE), "".join(CHINESE_OTHERS)]


def test_three_columns_and_a_heading_across_them_keep_their_places() -> None:
    def rows(top: float) -> list[Line]:
        made = []
        for n in range(4):
            made.append(line(f"first column, line {n}", 0.05, top + 0.02 * n, 0.31))
            made.append(line(f"second column, line {n}", 0.37, top + 0.02 * n, 0.63, glued=True))
            made.append(line(f"third column, line {n}", 0.69, top + 0.02 * n, 0.95, glued=True))
        return made

    heading = line("A heading that stands across all three columns of the page", 0.05, 0.5, 0.95, size=10)
    shown = [one.text for one in arrange(page(*rows(0.1), heading, *rows(0.6))).lines]
    first = [f"{name} column, line {n}" for name in ("first", "second", "third") for n in range(4)]
    assert shown == [*first, heading.text, *first]


def test_a_table_is_rows_of_cells_with_its_header_first() -> None:
    cells = [("城市", "人口", "面积"), ("北京", "2189", "16410"), ("上海", "2487", "6340")]
    rows = [
        line(text, 0.1 + 0.25 * column, 0.3 + 0.02 * n, 0.15 + 0.25 * column, glued=column > 0)
        for n, row in enumerate(cells)
        for column, text in enumerate(row)
    ]
    before, after = (
        line("下面是一个表格，列出了城市。", 0.1, 0.2, 0.6),
        line("表格到此结束，以下是正文。", 0.1, 0.5, 0.6),
    )
    blocks = list(page_blocks(arrange(page(before, *rows, after)), 7, {}))
    assert [block.kind for block in blocks] == [BlockKind.PARAGRAPH, BlockKind.TABLE, BlockKind.PARAGRAPH]
    assert blocks[1].text == "城市 | 人口 | 面积\n北京 | 2189 | 16410\n上海 | 2487 | 6340"
    assert [blocks[1].text[box.start : box.end] for box in blocks[1].boxes] == [text for row in cells for text in row]


def test_text_that_wraps_in_a_ruled_cell_stays_in_it() -> None:
    """Rules at .295, .325 and .37: the second row of the table has two lines in its last cell."""
    across = tuple((y, 0.1, 0.9) for y in (0.295, 0.319, 0.358, 0.38))
    down = tuple((x, 0.295, 0.38) for x in (0.1, 0.3, 0.9))
    lines = [
        line("Key", 0.11, 0.3, 0.2), line("Meaning", 0.31, 0.3, 0.4, glued=True),
        line("alpha", 0.11, 0.322, 0.2), line("the first letter of", 0.31, 0.322, 0.6, glued=True),
        line("the alphabet", 0.31, 0.34, 0.5),
        line("beta", 0.11, 0.361, 0.2), line("the second", 0.31, 0.361, 0.5, glued=True),
    ]  # fmt: skip
    (block,) = page_blocks(arrange(page(*lines, rules=Rules(across, down))), 1, {})
    assert block.text == "Key | Meaning\nalpha | the first letter of the alphabet\nbeta | the second"


def test_numbered_items_and_contents_are_no_tables() -> None:
    items = [
        one
        for n in range(5)
        for one in (line(f"{n}.", 0.1, 0.3 + 0.02 * n, 0.12), line(f"item {n}", 0.16, 0.3 + 0.02 * n, 0.3, glued=True))
    ]
    assert texts(page(*items)) == [f"{n}. item {n}" for n in range(5)]


def test_page_numbers_and_running_headers_are_left_out_and_counted() -> None:
    """Five pages: the header is kept once (4 left out), the page numbers never (5): 9 lines."""
    pages = [
        page(
            line("年度报告", 0.4, 0.03, 0.6),
            line(f"正文第{n}段", 0.1, 0.5, 0.6),
            line(f"第 {n} 页 共 5 页", 0.4, 0.95, 0.6),
        )
        for n in range(1, 6)
    ]
    kept, removed = without_margins(pages)
    assert removed == 9
    assert [len(one.lines) for one in kept] == [2, 1, 1, 1, 1]


def test_two_pages_lose_what_both_say_word_for_word_and_their_numbers() -> None:
    """The header is kept once and both numbers go: 3 lines. Lines that differ in a number stay on so few pages."""
    pages = [
        page(
            line("2026/11/22 打印", 0.1, 0.03, 0.3),
            line(f"金额：{n}00 元", 0.1, 0.06, 0.3),
            line(f"正文第{n}段", 0.1, 0.5, 0.6),
            line(f"{n}/2", 0.8, 0.95, 0.9),
        )
        for n in (1, 2)
    ]
    kept, removed = without_margins(pages)
    assert removed == 3
    assert [[one.text for one in shown.lines] for shown in kept] == [
        ["2026/11/22 打印", "金额：100 元", "正文第1段"],
        ["金额：200 元", "正文第2段"],
    ]
    assert without_margins(pages[:1]) == (pages[:1], 0)


@pytest.mark.parametrize(
    "top",
    [
        "Invoice no. 8{n}131", "Invoice – 8{n}131", "第{n}章 设备编号 D-00{n}7", "Chapter {n}", "{n}. 检修记录",
        "Total of case {n}: {n}50.00", "2025-0{n}-17",
    ],
)  # fmt: skip
def test_a_line_that_differs_in_a_number_that_is_no_page_number_stays(top: str) -> None:
    pages = [page(line(top.format(n=n), 0.1, 0.03, 0.6), line(f"正文第{n}段", 0.1, 0.5, 0.6)) for n in range(2, 8)]
    assert without_margins(pages) == (pages, 0)


@pytest.mark.parametrize(
    "top", ["年度报告 2024 | {n}", "{n} · Handbook", "Handbook    {n}", "手册 第 {n} 页", "Page {n} of 9, draft"]
)
def test_a_running_header_with_its_page_number_goes_after_the_first_page(top: str) -> None:
    pages = [page(line(top.format(n=n), 0.1, 0.03, 0.6), line(f"正文第{n}段", 0.1, 0.5, 0.6)) for n in range(2, 8)]
    kept, removed = without_margins(pages)
    assert removed == 5
    assert [one.lines[0].text for one in kept[1:]] == [f"正文第{n}段" for n in range(3, 8)]


def test_the_header_row_of_a_table_stays_on_every_page_and_a_running_header_above_it_goes() -> None:
    def shown(n: int) -> PageLines:
        rows = [("设备编号", "数量", "检修日期"), *((f"阀门{n}-{m}", f"{m}7", f"2025-0{n}-1{m}") for m in range(6))]
        cells = [
            line(text, 0.1 + 0.2 * column, 0.06 + 0.015 * m, 0.2 + 0.2 * column, glued=column > 0)
            for m, row in enumerate(rows)
            for column, text in enumerate(row)
        ]
        return page(line("设备", 0.1, 0.02, 0.2), line("内部资料", 0.7, 0.02, 0.9, glued=True), *cells)

    kept, removed = without_margins([shown(n) for n in range(1, 6)])
    assert removed == 8  # two parts of the running header on the four pages after the first
    assert [one.lines[0].text for one in kept] == ["设备", *["设备编号"] * 4]
    assert all(any(one.text == "检修日期" for one in each.lines) for each in kept)


def test_running_text_beside_a_box_is_no_table() -> None:
    text = [
        "河流把最细的泥沙带到平原，留在水流缓慢而岸边",
        "宽阔的地方，年复一年地堆积起来，成为肥沃的土",
        "地，城市就在这样的土地上建立起来，并且不断扩",
    ]
    box = ["要点", "夜班从二十二时开始，次日六时结束", "交接须双方签字"]
    rows = [
        one
        for n, (left, right) in enumerate(zip(text, box, strict=True))
        for one in (
            line(left, 0.1, 0.3 + 0.02 * n, 0.55),
            line(right, 0.6, 0.3 + 0.02 * n, 0.6 + 0.02 * len(right), glued=True),
        )
    ]
    assert not any(one.rows for one in arrange(page(*rows)).lines)


def test_chinese_that_flows_around_a_box_keeps_no_line_breaks_and_equal_lines_of_a_program_keep_theirs() -> None:
    narrow = [
        "河流把最细的泥沙带到平原，留在水流缓",
        "慢而岸边宽阔的地方，年复一年地堆积起",
        "来，成为肥沃的土地，城市就建立在上面",
    ]
    wide = [
        "而且还在扩大。山峰的磨损比山谷更慢，因为顶上的岩石比下面的更硬，",
        "风和雨都难以把它们带走，只有冰才能做到。",
    ]
    flowing = [line(text, 0.1, 0.3 + 0.02 * n, 0.5) for n, text in enumerate(narrow)]
    flowing += [line(text, 0.1, 0.36 + 0.02 * n, 0.9 - 0.25 * n) for n, text in enumerate(wide)]
    flowing += [line(wide[0], 0.1, 0.5, 0.9)]
    assert "".join(narrow) in texts(page(*flowing))[0]
    code = ["alias one = ls -l --color=always", "alias two = ls -a --color=always", "alias six = ls -t --color=always"]
    program = [line(text, 0.1, 0.3 + 0.02 * n, 0.5) for n, text in enumerate(code)]
    program += [line("a line that is far wider than those of the program", 0.1, 0.36 + 0.02 * n, 0.9) for n in (0, 1)]
    assert "\n".join(code) in texts(page(*program))[0]


def test_a_hyphen_at_a_lines_end_stays_where_it_belongs_to_the_word() -> None:
    """One that only divides goes; a name's, a number's, one before a capital, and one the document writes elsewhere."""
    pairs = [
        ("the dis", "tribution of packages"),
        ("install fonts-sil", "gentium first"),
        ("as UTF", "8 or older"),
        ("the Challenge", "Response method"),
        ("with apt", "pinning set to"),
        ("MAP", "PING of keys"),
    ]
    lines = [
        Line(text, 0.1, 0.1 + 0.05 * n + 0.02 * half, 0.9, 0.114 + 0.05 * n + 0.02 * half, 10, hyphen=half == 0)
        for n, pair in enumerate(pairs)
        for half, text in enumerate(pair)
    ]
    (first, _) = with_hyphens([page(*lines), page(line("Apt-pinning is explained here", 0.1, 0.3, 0.6))])
    joined = " ".join(block.text for block in page_blocks(first, 1, {}))
    for wanted in ("distribution", "fonts-sil-gentium", "UTF-8", "Challenge-Response", "apt-pinning", "MAPPING"):
        assert wanted in joined


def test_letters_without_a_meaning_are_noise_and_words_are_not() -> None:
    assert noise("\ue001\ue002\ue003 \ue004\ue005") > 0.5
    assert noise("ɐƃʇԱ ᎠᏆ ጀሁ Ⰰⰱ ꓐꓑ") > 0.5
    assert noise("普通的中文句子，没有问题。") == 0.0
    assert noise("An ordinary sentence with naïve café.") == 0.0
    assert Limits().ocr == "auto"
