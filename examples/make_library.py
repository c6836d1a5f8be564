"""Writes examples/library from examples/sources, or with --check compares the two.

``sources/NAME.FORMAT.md`` becomes ``library/NAME.FORMAT``. The Markdown and CSV files of the library are written by
hand and have no source. Needs reportlab and Debian's fonts-wqy-microhei besides Shujia's own dependencies.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from source_blocks import Source, read_source
from write_office import write_docx, write_pptx, write_xlsx
from write_pdf import write_pdf
from write_plain import write_eml, write_epub, write_html, write_txt

HERE = Path(__file__).resolve().parent
WRITERS: dict[str, Callable[[Source], bytes]] = {
    ".docx": write_docx,
    ".eml": write_eml,
    ".epub": write_epub,
    ".html": write_html,
    ".pdf": write_pdf,
    ".pptx": write_pptx,
    ".txt": write_txt,
    ".xlsx": write_xlsx,
}


def main() -> int:
    """Write every file that has a source; 1 when --check finds a file that differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=HERE / "library", help="folder to write to")
    parser.add_argument("--check", action="store_true", help="write nothing, say which files differ")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    differing = 0
    for path in sorted((HERE / "sources").glob("*.md")):
        target = options.out / path.stem
        data = WRITERS[target.suffix](read_source(path))
        same = target.exists() and target.read_bytes() == data
        differing += not same
        print(f"{'same' if same else 'differs' if options.check else 'written':8} {len(data):8,} bytes  {target.name}")
        if not options.check:
            target.write_bytes(data)
    return int(options.check and differing > 0)


if __name__ == "__main__":
    sys.exit(main())
