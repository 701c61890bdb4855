"""The parameters in the sidebar, without a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from falcon.parameters import GenerationParameters
from falcon.ui import backend as backend_module
from falcon.ui import texts
from falcon.ui.messages.wanted import KEY as WANTED_ANSWER_KEY
from falcon.ui.parameters.values import OFFERED, SET_KEY, WANTED_KEY
from tests.slow_endpoint import SlowEndpoint
from tests.test_page import ask, draw
from tests.test_page import fake_aws as fake_aws

ALWAYS_SENT = {"max_new_tokens", "do_sample", "stop"}


def forget_backend() -> None:
    backend_module.environment.cache_clear()
    backend_module.backend.cache_clear()


@pytest.fixture(scope="module", autouse=True)
def one_backend(fake_aws: SlowEndpoint) -> Iterator[None]:
    """One process in front of an endpoint, for many people: each test is one."""
    settings = {
        **fake_aws.environ,
        "FALCON_ENDPOINT": "healthy",
        "FALCON_REGION": "us-east-1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        forget_backend()
        yield
    forget_backend()


@pytest.fixture
def aws(fake_aws: SlowEndpoint) -> SlowEndpoint:
    fake_aws.bodies.clear()
    return fake_aws


@pytest.fixture
def environ() -> Iterator[pytest.MonkeyPatch]:
    """The environment of a process of its own."""
    forget_backend()
    with pytest.MonkeyPatch.context() as patch:
        yield patch
    forget_backend()


def sent(aws: SlowEndpoint) -> dict[str, Any]:
    """The parameters of the newest request."""
    parameters: dict[str, Any] = json.loads(aws.bodies[-1])["parameters"]
    return parameters


def field(page: AppTest, name: str) -> Any:  # a widget of any kind
    return page.get_by_key(f"parameter_{name}")


def set_to(page: AppTest, name: str, value: object) -> AppTest:
    changed: AppTest = field(page, name).set_value(value).run()
    return changed


def use(page: AppTest, parameters: GenerationParameters) -> AppTest:
    page.session_state[WANTED_KEY] = parameters
    return page.run()


def captions(page: AppTest) -> list[str]:
    return [caption.value for caption in page.caption]


def test_what_is_not_set_is_not_sent(aws: SlowEndpoint) -> None:
    ask(draw(), "One")

    assert {name for name in OFFERED if name in sent(aws)} == ALWAYS_SENT
    assert sent(aws)["do_sample"] is False


def test_everything_that_is_set_is_sent(aws: SlowEndpoint) -> None:
    page = draw()
    values: dict[str, object] = {
        "max_new_tokens": 99,
        "truncate": 500,
        "temperature": 0.5,
        "top_p": 0.9,
        "top_k": 7,
        "typical_p": 0.8,
        "repetition_penalty": 1.2,
        "frequency_penalty": 0.4,
        "seed": 2**64 - 1,
    }

    for name, value in values.items():
        page = set_to(page, name, str(value) if name == "seed" else value)
    for name in ("do_sample", "watermark"):
        page = set_to(page, name, "on")
    page = set_to(page, "stop", [r"\nUser:", "END"])
    ask(page, "One")

    assert values.items() <= sent(aws).items()
    assert sent(aws)["do_sample"] is True
    assert sent(aws)["watermark"] is True
    assert sent(aws)["stop"][:2] == ["\nUser:", "END"]


def test_an_explicit_zero_is_sent(aws: SlowEndpoint) -> None:
    page = set_to(draw(), "frequency_penalty", 0.5)
    page = set_to(page, "frequency_penalty", 0.0)
    page = set_to(page, "seed", "0")

    ask(page, "One")

    assert sent(aws)["frequency_penalty"] == 0
    assert sent(aws)["seed"] == 0


def test_what_is_no_seed_is_said_and_not_sent(aws: SlowEndpoint) -> None:
    page = draw()
    for written in ("18446744073709551616", "-1", "1.5", "seven"):
        page = set_to(page, "seed", written)
        assert f":red[{texts.NO_SEED}]" in captions(page)

    ask(page, "One")

    assert "seed" not in sent(aws)


def test_a_parameter_that_is_emptied_goes_back_to_its_default(
    aws: SlowEndpoint,
) -> None:
    page = set_to(set_to(draw(), "truncate", 500), "seed", "7")

    page = set_to(set_to(page, "truncate", None), "seed", "")

    assert page.session_state[SET_KEY] == {}
    assert not aws.bodies


def test_a_container_without_parameters_offers_none_but_the_length(
    aws: SlowEndpoint, environ: pytest.MonkeyPatch
) -> None:
    environ.setenv("FALCON_CONTAINER", "text_length")

    page = draw()

    usable = [name for name in OFFERED if not field(page, name).disabled]
    assert usable == ["max_new_tokens", "stop"]
    missing = ", ".join(name for name in OFFERED if name not in usable)
    said = texts.MISSING_PARAMETERS.format(container="text_length", names=missing)
    assert said in captions(page)
    assert not aws.bodies


def test_a_chat_container_offers_what_vllm_has_in_its_range(
    aws: SlowEndpoint, environ: pytest.MonkeyPatch
) -> None:
    environ.setenv("FALCON_CONTAINER", "openai_chat")

    page = draw()

    missing = [name for name in OFFERED if field(page, name).disabled]
    assert missing == ["truncate", "typical_p", "watermark"]
    assert field(page, "temperature").max == 2.0
    assert not aws.bodies


def test_a_container_that_is_told_by_aws_is_known_after_the_first_answer(
    aws: SlowEndpoint,
) -> None:
    page = ask(draw(), "One")

    known = backend_module.backend().known_container(page.session_state["target"])

    assert known == "tgi"
    assert aws.bodies


def test_used_parameters_are_just_those(
    aws: SlowEndpoint, environ: pytest.MonkeyPatch
) -> None:
    environ.setenv("FALCON_TEMPERATURE", "0.3")
    page = set_to(draw(), "top_p", 0.5)

    page = use(page, GenerationParameters(top_k=5, stop=("END",), best_of=2))

    assert page.session_state[SET_KEY] == {
        "temperature": None,
        "top_k": 5,
        "stop": ("END",),
    } | ({"do_sample": True} if page.session_state[SET_KEY].get("do_sample") else {})
    assert field(page, "top_k").value == 5
    assert field(page, "stop").value == ["END"]
    ask(page, "One")
    assert "temperature" not in sent(aws)
    assert "top_p" not in sent(aws)
    assert sent(aws)["top_k"] == 5


def test_the_settings_stay_where_nothing_was_asked_after_all(aws: SlowEndpoint) -> None:
    page = set_to(draw(), "temperature", 0.5)

    page.session_state[WANTED_ANSWER_KEY] = "the id of no message"
    page.run()

    assert field(page, "temperature").value == 0.5
    assert not aws.bodies
