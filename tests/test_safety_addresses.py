"""What a page's address, a form or an import may name: reliability rows S10 and S14."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from falcon.conversation import Conversation, Message
from falcon.endpoint import Endpoint
from falcon.errors import ConfigurationError
from falcon.interchange import export_json, import_json
from falcon.ui import backend as backend_module
from tests.slow_endpoint import SlowEndpoint
from tests.test_page import PAGE, ask, choose_endpoint, draw
from tests.test_page import aws as aws
from tests.test_page import fake_aws as fake_aws
from tests.test_page import own_settings as own_settings

NAMES = [
    "",
    "x" * 64,
    "../",
    "..%2f..",
    "a/b",
    "a\r\nHost: evil.example",
    "a\n",
    "a b",
    "a?b=c",
    "a#b",
    "-a",
    "a-",
    "a_b",
    "팔콘",
    "ａ",
    "a\u2028",
    "a\x00",
    "169.254.169.254",
    "http://evil.example",
    "file:///etc/passwd",
    "user:word@evil.example",
    "arn:aws:sagemaker:us-east-1:123456789012:endpoint/a",
]
REGIONS = [
    "",
    "us-east-1.evil.example",
    "us-east-1/",
    "us-east-1@evil.example",
    "us-east-1#",
    "us-east-1\r\n",
    "us-east-1\n",
    "US-EAST-1",
    "us-east-١",
    "localhost",
    "169.254.169.254",
    "a" * 10_000,
]
VALUES = [
    "",
    "x" * 100_000,
    "../../etc/passwd",
    "..\\..",
    "%00",
    "\x00",
    "팔콘",
    "\u202e\u2066\ufeff",
    "' OR 1=1 --",
    "<script>alert(1)</script>",
    "a" * 22,
]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_endpoints_name_is_refused_before_the_network(name: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be an endpoint's name"):
        Endpoint(name=name, region="us-east-1")


@pytest.mark.parametrize("region", REGIONS)
def test_what_is_no_region_is_refused_before_it_becomes_a_host(region: str) -> None:
    with pytest.raises(ConfigurationError, match="is not an AWS region"):
        Endpoint(name="falcon", region=region)


def test_no_packet_is_sent_for_what_the_form_refuses(aws: SlowEndpoint) -> None:
    page = draw()
    for name in ("../", "169.254.169.254", "user:word@evil.example"):
        page = choose_endpoint(page, name)
        assert not page.exception
    page = choose_endpoint(page, "falcon", "us-east-1.evil.example")

    assert page.caption[0].value == "Endpoint healthy in us-east-1"
    assert not aws.bodies


def test_an_imported_record_sends_nothing_anywhere_else(aws: SlowEndpoint) -> None:
    """Its endpoint is a word to read, not an address to ask."""
    document = json.loads(export_json([an_answered_conversation()]))
    (conversation,) = document["conversations"]
    conversation["messages"][1]["record"] = {
        "endpoint": "user:word@evil.example",
        "region": "us-east-1.evil.example",
    }
    (imported,) = import_json(json.dumps(document).encode())
    backend_module.backend().registry.save(imported)

    page = ask(begin(conversation=imported.id), "More?")

    assert len(page.chat_message) == 4
    assert len(aws.bodies) == 1


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.usefixtures("aws", "other")
def test_no_value_in_the_address_crashes_the_page_or_shows_anothers_words(
    value: str,
) -> None:
    for address in (
        {"conversation": value, "view": value, "nothing": value},
        {"view": "compare", "comparison": value},
    ):
        page = begin(**address)

        assert "canary" not in str(page.main)
        assert "canary" not in str(page.sidebar)


def an_answered_conversation(text: str = "Hi") -> Conversation:
    asked = Conversation(owner="b" * 22).add(Message("user", text), after=None)
    answer = Message("assistant", text, finish_reason="eos_token")
    return asked.add(answer, after=asked.leaf_id)


@pytest.fixture
def other() -> Conversation:
    """Somebody else's conversation."""
    conversation = an_answered_conversation("canary")
    backend_module.backend().registry.save(conversation)
    return conversation


def begin(**address: str) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=30)
    for name, value in address.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page
