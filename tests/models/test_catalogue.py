import re

import pytest

from models.catalogue import DEFAULT_CHAT, DEFAULT_EMBEDDER, MODELS, UnknownModel, find_model


def test_every_file_and_wheel_member_is_pinned_by_a_sha256_and_a_size():
    for model in MODELS.values():
        assert model.files
        for pinned in (*model.files, *model.wheels):
            assert re.fullmatch(r"[0-9a-f]{64}", pinned.sha256)
            assert pinned.size > 0


def test_the_parts_of_the_chat_model_add_up_to_its_file():
    model = MODELS[DEFAULT_CHAT]
    # 21 parts of 50 MiB and the rest: 21 * 52,428,800 + 16,315,968 = 1,117,320,768
    assert len(model.wheels) == 22
    assert sum(member.size for member in model.wheels) == model.main_file.size == 1_117_320_768
    assert len({member.sha256 for member in model.wheels}) == 22


def test_the_defaults_are_an_embedder_and_a_chat_model_with_free_licences():
    assert (MODELS[DEFAULT_EMBEDDER].role, MODELS[DEFAULT_EMBEDDER].licence) == ("embedder", "MIT")
    assert (MODELS[DEFAULT_CHAT].role, MODELS[DEFAULT_CHAT].licence) == ("chat", "Apache-2.0")


def test_the_one_model_with_terms_says_where_they_stand_and_is_no_default():
    (model,) = [model for model in MODELS.values() if model.terms]
    assert (model.name, model.licence) == ("embeddinggemma-300m", "Gemma")
    assert model.terms.startswith("https://")
    assert model.name not in (DEFAULT_EMBEDDER, DEFAULT_CHAT)
    # 24 parts of 45 MiB and the rest
    assert sum(member.size for member in model.wheels) == 24 * 47_185_920 + 14_841_609


def test_an_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(UnknownModel, match="multilingual-e5-small"):
        find_model("multilingual-e5-smal")
    with pytest.raises(UnknownModel, match="no chat model called 'multilingual-e5-small'"):
        find_model("multilingual-e5-small", role="chat")
