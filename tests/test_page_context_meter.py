"""How much of the context the page says is used, without a browser."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from falcon.context_window import ContextWindow, FittedPrompt
from falcon.conversation import Conversation
from falcon.parameters import GenerationParameters
from falcon.ui import backend as backend_module
from falcon.ui import texts
from falcon.ui.backend import Target
from falcon.ui.composer.context_meter import ContextUse
from falcon.ui.composer.next_request import turns_so_far
from tests.slow_endpoint import SlowEndpoint
from tests.test_page import ask, draw
from tests.test_page import fake_aws as fake_aws
from tests.test_page_tuning import aws as aws
from tests.test_page_tuning import captions, set_to
from tests.test_page_tuning import environ as environ
from tests.test_page_tuning import one_backend as one_backend


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
