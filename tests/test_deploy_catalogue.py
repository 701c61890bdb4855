from __future__ import annotations

import json
import re

import pytest

from deploy.catalogue import DEFAULT_OFFER, OFFERS, find_offer
from deploy.commands.app import main
from deploy.ways import WAYS
from falcon.errors import ConfigurationError


def test_the_default_is_jumpstarts_falcon_7b_instruct_on_a_g5_2xlarge() -> None:
    assert DEFAULT_OFFER.way == "jumpstart"
    assert DEFAULT_OFFER.source == "huggingface-llm-falcon-7b-instruct-bf16"
    assert DEFAULT_OFFER.instance_types[0] == "ml.g5.2xlarge"
    assert find_offer("falcon-7b-instruct") is DEFAULT_OFFER


def test_each_way_serves_something_and_nothing_else_does() -> None:
    assert {offer.way for offer in OFFERS} == {way.name for way in WAYS}


def test_a_model_is_offered_once_each_way() -> None:
    pairs = [(offer.model, offer.way) for offer in OFFERS]

    assert len(pairs) == len(set(pairs))


def test_the_page_knows_each_model() -> None:
    for offer in OFFERS:
        assert offer.described.window.max_total_tokens >= 2048


def test_every_revision_is_pinned() -> None:
    for offer in OFFERS:
        if offer.way == "jumpstart":
            assert re.fullmatch(r"\d+\.\d+\.\d+", offer.revision), offer
        elif offer.source:
            assert re.fullmatch(r"[0-9a-f]{40}", offer.revision), offer


def test_an_unknown_model_is_said_with_those_there_are() -> None:
    with pytest.raises(ConfigurationError, match="falcon-7b-instruct, falcon-7b, "):
        find_offer("gpt-2")


def test_a_way_that_the_model_lacks_is_said_with_those_it_has() -> None:
    with pytest.raises(ConfigurationError, match="jumpstart, tgi, lmi"):
        find_offer("falcon-7b-instruct", "vllm")


def test_the_command_lists_every_offer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert len(told["models"]) == len(OFFERS)
    first = told["models"][0]
    assert first["id"] == "falcon-7b-instruct"
    assert first["parameters"] == "7B"
    assert first["context_tokens"] == 2048
    assert first["container"] == "tgi"
    assert first["instance_types"][0] == "ml.g5.2xlarge"
    assert first["licence"] == "Apache 2.0"
    assert set(told["ways"]) == {way.name for way in WAYS}


def test_the_list_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"]) == 0

    shown = capsys.readouterr().out
    assert "falcon3-10b-instruct" in shown
    assert "llama.cpp on a CPU instance" in shown
    assert max(map(len, shown.splitlines())) <= 240
