"""Filters as a request says them."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from store.filters import Filters
from store.tags import tag_of

_MOST = 100
Word = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"[^\s/]")]
DocumentId = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class FilterWish(BaseModel):
    """What may be searched. Values of one field are alternatives, the fields hold together."""

    model_config = ConfigDict(extra="forbid")
    documents: Annotated[list[DocumentId], Field(max_length=_MOST, description="ids of documents")] = []
    kinds: Annotated[list[Word], Field(max_length=_MOST, description="kinds of files: pdf, docx, md, …")] = []
    languages: Annotated[list[Word], Field(max_length=_MOST, description="zh, en")] = []
    folders: Annotated[list[Word], Field(max_length=_MOST, description="a folder, or the last part of its path")] = []
    headings: Annotated[list[Word], Field(max_length=_MOST, description="words of a heading above the passage")] = []
    tags: Annotated[list[Word], Field(max_length=_MOST, description="words that people gave to documents")] = []
    since: Annotated[
        float | None, Field(ge=0, le=1e11, description="files changed from then on, in seconds since 1970")
    ] = None
    until: Annotated[float | None, Field(ge=0, le=1e11, description="files changed before then")] = None

    def filters(self) -> Filters:
        """What the search takes."""
        return Filters(
            documents=tuple(self.documents),
            kinds=tuple(kind.lower().removeprefix(".") for kind in self.kinds),
            languages=tuple(language.lower() for language in self.languages),
            folders=tuple(self.folders),
            headings=tuple(self.headings),
            tags=tuple(tag_of(tag) for tag in self.tags),
            since=self.since,
            until=self.until,
        )
