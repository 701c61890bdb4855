"""Choosing an endpoint on the page, before an AWS account on loopback."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element, Selectbox

from falcon.conversation import Conversation, Message
from falcon.ui import texts
from tests import control_plane
from tests.control_plane import ControlPlane
from tests.slow_endpoint import SlowEndpoint
from tests.test_page import ask, button, choose_endpoint, draw, messages
from tests.test_page import fake_aws as fake_aws
from tests.test_page import own_settings as own_settings


def ago(**time: float) -> datetime:
    return datetime.now(UTC) - timedelta(**time)


@pytest.fixture
def account(
    fake_aws: SlowEndpoint, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ControlPlane]:
    """What there is in AWS; an endpoint's name says how it answers."""
    with control_plane.serving(monkeypatch) as plane:
        monkeypatch.setenv("AWS_ENDPOINT_URL", fake_aws.url)
        monkeypatch.setenv("FALCON_ENDPOINT", "healthy")
        monkeypatch.setenv("FALCON_REGION", "us-east-1")
        plane.add_endpoint("healthy", created=ago(hours=3))
        fake_aws.bodies.clear()
        yield plane


def listed(region: str = "us-east-1") -> AppTest:
    """The page after "List endpoints"."""
    page = draw()
    fields = {field.label: field for field in page.text_input}
    fields["Region"].set_value(region)
    return button(page, "List endpoints")


def picker(page: AppTest) -> Selectbox[str]:
    return page.selectbox(key="sidebar_endpoint_listed")


def field(page: AppTest, label: str) -> str | None:
    return next(each.value for each in page.text_input if each.label == label)


def path(page: AppTest) -> tuple[Message, ...]:
    """The messages of the open conversation."""
    kept: Conversation = page.session_state["conversation"]
    return kept.path()


def said(page: AppTest) -> str:
    """Everything the page says in text."""
    return "\n".join(each.value for each in (*page.markdown, *page.caption))


def until(page: AppTest, is_shown: Callable[[AppTest], bool]) -> AppTest:
    """The page once its threads have read what it is to show."""
    end = time.monotonic() + 15
    while not is_shown(page):
        assert time.monotonic() < end, said(page)
        time.sleep(0.2)
        page = page.run()
    return page


def test_the_list_has_what_serves_and_names_the_rest_with_their_state(
    account: ControlPlane,
) -> None:
    account.add_endpoint("new", created=ago(minutes=20))
    account.add_endpoint("broken", created=ago(), status="Failed")

    page = listed()

    assert picker(page).label == "Endpoints in us-east-1"
    assert picker(page).options == ["new · 20 min", "healthy · 3 h"]
    assert f"{texts.NOT_SERVING}  \nbroken: Failed" in said(page)


def test_choosing_from_the_list_fills_the_form_and_shows_what_it_is(
    account: ControlPlane,
) -> None:
    account.add_endpoint("other", created=ago(hours=10))
    account.invocations["other-all"] = [12.0]

    page = picker(listed()).select("other").run()

    assert field(page, "Endpoint name") == "other"
    shown = said(page)
    for fact in (
        "Container: **tgi**",
        "Instances: **1 × ml\\.g5\\.2xlarge**",
        "Created: **10 h ago**",
        "Price: **\\$1\\.515 an hour**",
        "Cost so far: **about \\$15\\.15**",
        "Questions in the last hour: **12**",
    ):
        assert fact in shown
    assert texts.PRICED.format(month="2026-08") in shown


def test_the_next_question_goes_to_the_endpoint_that_was_chosen(
    account: ControlPlane, fake_aws: SlowEndpoint
) -> None:
    account.add_endpoint("turns", created=ago(hours=1))
    page = ask(draw(), "One")
    page = picker(button(page, "List endpoints")).select("turns").run()

    page = ask(button(page, "Use turns"), "Two")

    assert messages(page) == [
        ("user", "One"),
        ("assistant", "Falcon"),
        ("user", "Two"),
        ("assistant", "2 questions, the first was One"),
    ]
    assert len(fake_aws.bodies) == 2


def test_a_name_can_be_typed_without_a_list(account: ControlPlane) -> None:
    page = choose_endpoint(draw(), "code", "eu-west-1")

    assert "Endpoint code in eu-west-1" in said(page)
    assert (field(page, "Endpoint name"), field(page, "Region")) == (
        "code",
        "eu-west-1",
    )
    assert not any(operation == "ListEndpoints" for operation, _ in account.calls)


@pytest.mark.parametrize(
    ("region", "refused", "line"),
    [
        pytest.param(
            "us-east-1",
            {"ListEndpoints"},
            "These AWS credentials may not call sagemaker:ListEndpoints in us-east-1.",
            id="refused",
        ),
        pytest.param("Paris", set(), "'Paris' is not an AWS region", id="no-region"),
    ],
)
def test_a_list_that_does_not_come_is_one_line(
    account: ControlPlane, region: str, refused: set[str], line: str
) -> None:
    account.refused = refused

    page = listed(region)

    (error,) = page.error
    assert line in error.value


def test_an_account_without_endpoints_is_said(account: ControlPlane) -> None:
    account.resources.clear()

    assert texts.NO_ENDPOINTS.format(region="us-east-1") in said(listed())


def test_what_is_ours_and_unused_is_shown_with_what_removes_it(
    account: ControlPlane,
) -> None:
    for name in ("ours-idle", "ours-busy", "theirs-idle"):
        account.add_endpoint(name, created=ago(hours=2))
    account.ours = {"ours-idle", "ours-busy"}
    account.invocations["ours-busy-all"] = [1.0]
    account.invocations["healthy-all"] = [1.0]

    page = listed()

    assert [code.value for code in page.code if "delete-endpoint" in code.value] == [
        "aws sagemaker delete-endpoint --endpoint-name ours-idle --region us-east-1"
    ]
    assert texts.OURS_UNUSED.format(name="ours-idle") in said(page)


def test_the_endpoint_in_use_says_its_age_and_cost(account: ControlPlane) -> None:
    account.invocations["healthy-all"] = [1.0]

    page = until(draw(), lambda page: "Created: **3 h ago**" in said(page))

    assert "Cost so far: **about \\$4\\.55**" in said(page)
    assert account.resources


def test_an_unknown_price_is_said_to_be_unknown(account: ControlPlane) -> None:
    account.add_endpoint("healthy", created=ago(), instance_type="ml.unheard.large")

    page = until(draw(), lambda page: "ml\\.unheard" in said(page))

    assert f"Price: **{texts.NOT_KNOWN}**" in said(page)
    assert f"Cost so far: **{texts.NOT_KNOWN}**" in said(page)
    assert "List price" not in said(page)


def test_an_endpoint_that_is_starting_shows_how_long_it_has(
    account: ControlPlane,
) -> None:
    account.add_endpoint("healthy", created=ago(minutes=3), status="Creating", count=0)

    page = until(draw(), lambda page: bool(page.get("progress")))

    (progress,) = page.get("progress")
    assert isinstance(progress, Element)
    assert progress.proto.text == "3 min so far; 5 to 15 min are usual"
    assert progress.proto.value == pytest.approx(20, abs=5)


def test_a_failed_endpoint_says_why_and_since_when(account: ControlPlane) -> None:
    account.add_endpoint("healthy", created=ago(hours=5), status="Failed")
    account.resources["Endpoint", "healthy"]["FailureReason"] = "No *capacity*."

    page = until(draw(), lambda page: "Failed" in said(page))

    assert "Failed: No \\*capacity\\*\\. For 5 h now" in said(page).replace("\\:", ":")


def test_a_failed_answer_offers_another_endpoint(
    account: ControlPlane, fake_aws: SlowEndpoint
) -> None:
    page = ask(choose_endpoint(draw(), "http-400-ValidationError"), "Anybody there?")

    page = button(page, "Change endpoint")
    fields = [each for each in page.text_input if each.label == "Endpoint name"]
    fields[-1].set_value("healthy")
    used = [each for each in page.button if each.label == "Use this endpoint"]
    page = used[-1].click().run()
    page = button(page, "Retry")

    assert messages(page) == [("user", "Anybody there?"), ("assistant", "Falcon")]
    assert account.resources
    assert len(fake_aws.bodies) == 1


def test_each_answer_keeps_the_name_of_the_endpoint_that_gave_it(
    account: ControlPlane,
) -> None:
    account.add_endpoint("turns", created=ago())
    page = ask(draw(), "One")

    page = ask(choose_endpoint(page, "turns"), "Two")

    records = [message.record for message in path(page) if message.record]
    assert [record.endpoint for record in records] == ["healthy", "turns"]
