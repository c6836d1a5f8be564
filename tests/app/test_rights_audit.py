"""What a signed-in reader does to a collection over the page stands in the audit log, and nothing of what they say."""

import pytest

from app.rights import LOCAL, Caller
from app.rights_library import Forbidden, seen_by
from app.settings import Settings
from app.wiring import Library
from ingest.files import upload
from models.fakes import HashEmbedder
from store.audit import Audit
from store.errors import UnknownCollection


@pytest.fixture
def library(tmp_path):
    made = Library(Settings(library=tmp_path, workers=1, model="extractive", rewrite_translate="off"))
    made.__dict__["embedder"] = HashEmbedder()
    list(made.ingest([upload("合同.txt", "付款期限为三十天。".encode())], "合同"))
    list(made.ingest([upload("r.txt", b"secret")], "other"))
    yield made
    made.close()


def test_questions_uploads_and_refusals_are_noted_without_their_content(library):
    reader = Caller("berta", "admin", None, {"合同": "reader"}, "id1")
    seen = seen_by(library, lambda: reader)
    list(seen.ask("付款期限是多久？", "合同"))
    with pytest.raises(Forbidden):
        list(seen.ingest([upload("x.txt", b"x")], "合同"))
    with pytest.raises(UnknownCollection):
        seen.delete_document("r.txt", "other")
    entries = list(reversed(Audit(library.catalogue.engine).entries()))
    assert [(one.who, one.verb, one.object, one.outcome) for one in entries] == [
        ("berta", "ask", "合同", "allowed"),
        ("berta", "upload", "合同", "denied"),
        ("berta", "delete", "other", "hidden"),
    ]


def test_the_local_user_of_a_library_without_a_login_is_not_logged(library):
    list(seen_by(library, lambda: LOCAL).ask("付款期限是多久？", "合同"))
    assert Audit(library.catalogue.engine).entries() == ()
