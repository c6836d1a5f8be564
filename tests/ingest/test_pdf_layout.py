from __future__ import annotations

from ingest.limits import Limits
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


def test_letters_without_a_meaning_are_noise_and_words_are_not() -> None:
    assert noise("\ue001\ue002\ue003 \ue004\ue005") > 0.5
    assert noise("ɐƃʇԱ ᎠᏆ ጀሁ Ⰰⰱ ꓐꓑ") > 0.5
    assert noise("普通的中文句子，没有问题。") == 0.0
    assert noise("An ordinary sentence with naïve café.") == 0.0
    assert Limits().ocr == "auto"
