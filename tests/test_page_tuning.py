"""Parameters, presets, the context meter and the request as code, without a browser."""

from __future__ import annotations

import json
import re
from ast import literal_eval
from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from falcon.context_window import ContextWindow, FittedPrompt
from falcon.conversation import Conversation
from falcon.parameters import GenerationParameters
from falcon.presets import BUILT_IN, CREATIVE, Preset, export_presets
from falcon.ui import backend as backend_module
from falcon.ui import texts
from falcon.ui.backend import Target
from falcon.ui.context_meter import ContextUse
from falcon.ui.next_request import turns_so_far
from falcon.ui.parameter_values import OFFERED, SET_KEY, WANTED_KEY
from tests.slow_endpoint import SlowEndpoint
from tests.test_page import ask, button, draw
from tests.test_page import fake_aws as fake_aws

HEAD = b'{"format": "falcon-chat-presets", "version": 1, "presets": '
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


def choose(page: AppTest, preset: str) -> AppTest:
    return page.selectbox(key="preset").set_value(preset).run()


def chosen(page: AppTest) -> str | None:
    value: str | None = page.selectbox(key="preset").value
    return value


def save(page: AppTest, name: str, *, with_prompt: bool = False) -> AppTest:
    page.text_input(key="preset_name").set_value(name)
    page.checkbox(key="preset_with_prompt").set_value(with_prompt)
    return button(page, "Save as preset")


def upload(page: AppTest, file: bytes) -> AppTest:
    presets = ("presets.json", file, "application/json")
    return page.file_uploader[0].set_value(presets).run()


def captions(page: AppTest) -> list[str]:
    return [caption.value for caption in page.caption]


# Parameters.


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


# Presets.


def test_a_preset_sets_its_parameters_and_is_then_the_chosen_one(
    aws: SlowEndpoint,
) -> None:
    page = set_to(draw(), "top_k", 5)
    assert chosen(page) is None

    page = choose(page, "Creative")

    assert page.session_state[SET_KEY] == dict(CREATIVE.parameters)
    assert field(page, "temperature").value == 1.0
    ask(page, "One")
    assert chosen(page) == "Creative"
    assert CREATIVE.parameters.items() <= sent(aws).items()
    assert "top_k" not in sent(aws)


def test_every_built_in_preset_is_marked_once_it_is_chosen(aws: SlowEndpoint) -> None:
    page = draw()

    for preset in BUILT_IN:
        assert chosen(choose(page, preset.name)) == preset.name

    assert chosen(set_to(page, "max_new_tokens", 77)) is None
    assert not aws.bodies


def test_the_defaults_are_a_preset_too(aws: SlowEndpoint) -> None:
    page = set_to(draw(), "top_k", 5)

    page = choose(page, "Defaults")

    assert page.session_state[SET_KEY] == {}
    assert chosen(page) == "Defaults"
    assert not aws.bodies


def test_a_saved_preset_brings_back_parameters_and_system_prompt(
    aws: SlowEndpoint,
) -> None:
    page = set_to(draw(), "top_k", 5)
    page.text_area(key="system_prompt").set_value("Like a pirate.").run()

    page = save(page, "Mine", with_prompt=True)
    assert chosen(page) == "Mine"
    page.text_area(key="system_prompt").set_value("").run()
    page = choose(choose(page, "Precise"), "Mine")

    assert page.session_state[SET_KEY] == {"top_k": 5}
    assert page.text_area(key="system_prompt").value == "Like a pirate."
    assert chosen(page) == "Mine"
    assert not aws.bodies


def test_an_own_preset_can_be_deleted(aws: SlowEndpoint) -> None:
    page = save(set_to(draw(), "top_k", 5), "Mine")

    page = page.button(key="delete_preset").click().run()

    assert "Mine" not in page.selectbox(key="preset").options
    assert chosen(page) is None
    assert not aws.bodies


def test_a_name_that_cannot_be_is_refused(aws: SlowEndpoint) -> None:
    page = set_to(draw(), "top_k", 5)

    for name, said in (("Precise", "built"), (" ", "one line of 1 to 60 characters")):
        page = save(page, name)
        assert said in page.error[0].value

    assert not page.session_state["presets_own"]
    assert not aws.bodies


def test_imported_presets_can_be_chosen(aws: SlowEndpoint) -> None:
    mine = Preset(name="![x](http://a.test/b)", parameters={"top_k": 3})

    page = upload(draw(), export_presets([mine]))
    page = choose(page, mine.name)

    assert page.session_state[SET_KEY] == {"top_k": 3}
    assert not page.error
    assert not [caption for caption in captions(page) if "![" in caption]
    assert not aws.bodies


HOSTILE = {
    "not UTF-8": b"\xff\xfe",
    "nested": b"[" * 100_000,
    "empty": b'{"format": "falcon-chat-presets", "version": 1}',
    "newer": b'{"format": "falcon-chat-presets", "version": 9, "presets": []}',
    "taken": export_presets([CREATIVE]),
    "many": export_presets(Preset(name=f"Preset {number}") for number in range(201)),
    "bounds": HEAD + b'[{"name": "A", "parameters": {"temperature": 99}}]}',
    "names": HEAD + b'[{"name": "A", "parameters": {"__class__": "x"}}]}',
}


def test_a_file_that_is_no_presets_is_refused_and_nothing_is_kept(
    aws: SlowEndpoint,
) -> None:
    page = draw()

    for what, file in HOSTILE.items():
        page = upload(page, file)
        assert len(page.error) == 1, what
        assert not page.exception, what

    assert not page.session_state["presets_own"]
    assert not aws.bodies


# The context meter.


def meter(page: AppTest) -> str:
    drawn = [str(getattr(html, "value", "")) for html in page.get("html")]
    return next((html for html in drawn if html.startswith('<div class="con')), "")


def test_the_meter_says_what_the_client_would_fit(aws: SlowEndpoint) -> None:
    page = draw()
    assert not meter(page)
    page = ask(page, "What is a falcon? " * 40)

    target: Target = page.session_state["target"]
    kept: Conversation = page.session_state["conversation"]
    client = backend_module.backend().client(target)
    turns = turns_so_far(kept.path(), system_prompt="")
    fitted = client.fit(turns, GenerationParameters())
    free = 1023 - fitted.tokens
    assert fitted.is_estimate
    assert f"about {fitted.tokens:,} tokens used · 256 for the answer" in meter(page)
    assert f"{free:,} free" in meter(page)
    assert aws.bodies


def test_the_meter_follows_max_new_tokens(aws: SlowEndpoint) -> None:
    page = ask(draw(), "One")

    page = set_to(page, "max_new_tokens", 2000)

    assert "2,000 for the answer" in meter(page)
    assert aws.bodies


def test_the_meter_says_how_many_messages_no_longer_fit(aws: SlowEndpoint) -> None:
    page = ask(draw(), "A falcon is a bird. " * 150)

    page = ask(page, "A falcon is a bird. " * 100)

    assert texts.CONTEXT_DROPPED.format(count=2) in meter(page)
    assert '"context-meter full"' in meter(page)
    assert aws.bodies


def test_a_system_prompt_without_room_for_a_question_is_said(
    aws: SlowEndpoint,
) -> None:
    page = ask(draw(), "One")

    page.text_area(key="system_prompt").set_value("Be kind. " * 1000).run()

    assert texts.CONTEXT_FULL in captions(page)
    assert aws.bodies


@pytest.mark.parametrize(
    ("used", "step"),
    [(699, "low"), (700, "raised"), (850, "high"), (950, "full"), (1000, "full")],
)
def test_the_meter_has_a_colour_for_each_step(used: int, step: str) -> None:
    fitted = FittedPrompt(
        text="",
        max_new_tokens=100,
        dropped=0,
        tokens=used,
        turns=(),
        is_estimate=False,
    )
    window = ContextWindow(max_total_tokens=1100, max_input_tokens=1099)

    assert ContextUse.of(fitted, window).step == step


# The request as code.


def show_code(page: AppTest) -> AppTest:
    return page.button(key="show_code").click().run()


def code(page: AppTest) -> list[str]:
    return [block.value for block in page.code]


def payload(page: AppTest) -> object:
    """The body in the first Python snippet."""
    snippet = next(block for block in code(page) if "payload = " in block)
    found = re.search(r"^payload = (\{.*?^\})", snippet, re.DOTALL | re.MULTILINE)
    assert found is not None
    return literal_eval(found[1])


def test_the_code_sends_what_was_sent(
    aws: SlowEndpoint, environ: pytest.MonkeyPatch
) -> None:
    environ.setenv("AWS_SECRET_ACCESS_KEY", "opensesame")
    page = ask(set_to(draw(), "top_k", 5), "What is a falcon?")

    page = show_code(page)

    assert payload(page) == json.loads(aws.bodies[-1])
    drawn = [str(getattr(html, "value", "")) for html in page.get("html")]
    assert [html for html in drawn if "pip install boto3" in html]
    assert not [block for block in code(page) if "opensesame" in block]
    assert any("aws sagemaker-runtime" in block for block in code(page))


def test_the_code_asks_the_question_that_is_written_in_the_dialog(
    aws: SlowEndpoint,
) -> None:
    page = show_code(ask(draw(), "What is a falcon?"))

    page.text_input(key="code_question").set_value("And an owl?").run()

    written = payload(page)
    assert isinstance(written, dict)
    assert "What is a falcon?" in written["inputs"]
    assert "And an owl?" in written["inputs"]
    assert len(aws.bodies) == 1


def test_while_the_container_is_not_known_the_dialog_says_how_to_choose_it(
    aws: SlowEndpoint, environ: pytest.MonkeyPatch
) -> None:
    environ.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")

    page = show_code(draw())

    assert [info.value for info in page.info] == [
        texts.CODE_NO_CONTAINER.format(name="healthy")
    ]
    assert not aws.bodies


def test_the_code_for_this_machine_has_its_address_and_no_signature(
    environ: pytest.MonkeyPatch,
) -> None:
    environ.delenv("FALCON_ENDPOINT")
    page = draw()
    local = backend_module.backend().local
    local.wait(timeout=30)

    page = show_code(page)
    backend_module.backend().close()

    assert any(f'endpoint_url="{local.url}"' in block for block in code(page))
    assert any("signature_version=UNSIGNED" in block for block in code(page))
