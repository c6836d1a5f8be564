"""Why a file could not be ingested.

IngestError
├── UnsupportedType    nothing here reads this kind of file
├── PasswordNeeded     the file is encrypted
├── UnreadableFile     the parser refused it: truncated, damaged, not what its name says
├── EmptyDocument      read without error, but there is no text in it (a scan, a blank file)
├── TooLarge           over a limit on bytes, pages, cells or decompressed size
├── ParserTimeout      the reader ran past its time and was killed
└── ParserCrashed      the reader died or ran past its memory and was killed
"""

from __future__ import annotations


class IngestError(Exception):
    """A file that was not ingested; the message says why, for people. ``code`` is the stable name of the reason."""

    code = "failed"


class UnsupportedType(IngestError):
    """Nothing here reads this kind of file."""

    code = "unsupported"


class PasswordNeeded(IngestError):
    """The file is encrypted."""

    code = "password"


class UnreadableFile(IngestError):
    """The parser refused the file: truncated, damaged, or not what its name says."""

    code = "unreadable"


class EmptyDocument(IngestError):
    """The file was read without error, but holds no text."""

    code = "empty"


class TooLarge(IngestError):
    """The file is over a limit on bytes, pages, cells or decompressed size."""

    code = "too_large"


class ParserTimeout(IngestError):
    """The reader ran past its time limit and was killed."""

    code = "timeout"


class ParserCrashed(IngestError):
    """The reader died, or ran past its memory limit and was killed."""

    code = "crashed"
