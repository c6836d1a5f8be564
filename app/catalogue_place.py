"""Where the catalogue of a library lies: in its folder, or on the PostgreSQL server that the settings name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.settings import Settings

FILE = "catalogue.sqlite"


def catalogue_place(settings: Settings) -> Path | str:
    """A file path, or a URL with its password.

    The library below ``eval_folder`` stays on this machine: measurements have no place in a catalogue that others use.
    """
    folder, measured = settings.library.expanduser(), settings.eval_folder.expanduser()
    url = settings.catalogue.get_secret_value()
    return url if url and not folder.is_relative_to(measured) else folder / FILE
