from __future__ import annotations

import pytest

from falcon.errors import ConfigurationError
from falcon.models import DEFAULT_MODEL, MODELS, describe_gguf, find_model
from falcon.prompt import FALCON_3


def test_the_default_is_what_jumpstart_serves_on_ml_g5_2xlarge() -> None:
    assert DEFAULT_MODEL.id == "falcon-7b-instruct"
    assert DEFAULT_MODEL.window.max_total_tokens == 2048
    assert DEFAULT_MODEL.window.max_input_tokens == 1024


def test_every_model_is_found_by_its_id() -> None:
    assert [find_model(model.id) for model in MODELS] == list(MODELS)


def test_an_unknown_model_is_refused_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match="falcon-7b-instruct"):
        find_model("falcon-9000b")


def test_a_gguf_is_asked_in_the_way_its_own_template_shows() -> None:
    model = describe_gguf(
        name="x", context_tokens=4096, chat_template="{{ '<|user|>' }}"
    )

    assert model.template is FALCON_3
    assert model.window.max_total_tokens == 4096
    assert model.tokenizer is None


def test_a_model_of_one_vocabulary_is_counted_by_its_own_tokenizer() -> None:
    assert DEFAULT_MODEL.tokenizer == "tiiuae/falcon-7b-instruct"
    assert [model.id for model in MODELS if model.tokenizer is None] == [
        "falcon-h1-instruct"
    ]
