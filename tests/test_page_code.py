"""The request as code, in the page's dialog, without a browser."""

from __future__ import annotations

import json
import re
from ast import literal_eval

import pytest
from streamlit.testing.v1 import AppTest

from falcon.ui import backend as backend_module
from falcon.ui import texts
from tests.slow_endpoint import SlowEndpoint
from tests.test_page import ask, draw
from tests.test_page import fake_aws as fake_aws
from tests.test_page_tuning import aws as aws
from tests.test_page_tuning import environ as environ
from tests.test_page_tuning import one_backend as one_backend
from tests.test_page_tuning import set_to


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
