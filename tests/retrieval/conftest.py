"""What the tests of the search share."""

from __future__ import annotations

import pytest

from retrieval.search import Retriever


@pytest.fixture
def retriever(library) -> Retriever:
    """Over two documents in Chinese and English, four passages."""
    library.put("/书/江.txt", "长江的源头在唐古拉山", "黄河的源头在巴颜喀拉山")
    library.put("/书/b.txt", "the harbour freezes in winter", "GB/T5972 规定了缆索的检查")
    return Retriever(library.shelf, library.embedder, candidates=10)
