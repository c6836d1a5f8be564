"""The child of ``page_picture``: PDF on standard input, number of a page as argument, PNG on standard output."""

from __future__ import annotations

import io
import sys

WIDTH = 1100  # pixels: sharp at twice the width of the column it is shown in
MOST_PIXELS = 4_000_000  # a page as long as a receipt is drawn smaller
MEMORY = 2 * 1024**3  # bytes of address space


def main() -> int:
    """Draw one page; what is wrong is said on standard error."""
    _limit_memory()
    import pypdfium2 as pdfium

    number = int(sys.argv[1])
    try:
        document = pdfium.PdfDocument(sys.stdin.buffer.read())
        if not 1 <= number <= len(document):
            sys.stderr.write(f"the file has {len(document)} pages\n")
            return 1
        page = document[number - 1]
        width, height = page.get_size()
        scale = min(WIDTH / max(width, 1), (MOST_PIXELS / max(width * height, 1)) ** 0.5)
        picture = page.render(scale=scale).to_pil()
    except pdfium.PdfiumError as exc:
        sys.stderr.write(f"{exc}\n")
        return 1
    out = io.BytesIO()
    picture.save(out, "PNG")
    sys.stdout.buffer.write(out.getvalue())
    return 0


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows has no such limit; the time limit holds there too
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    sys.exit(main())
