"""The page as people start it, drawn without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from falcon.ui import backend as backend_module
from falcon.ui import texts
from falcon.ui.parameters.values import SET_KEY
from tests.slow_endpoint import SlowEndpoint, serving_slowly

PAGE = Path(__file__).parents[1] / "streamlit_app.py"


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The page with no settings but the test's, and a backend of its own."""
    for name in ("FALCON_ENDPOINT", "FALCON_REGION", "FALCON_TEMPERATURE"):
        monkeypatch.delenv(name, raising=False)
    backend_module.environment.cache_clear()
    backend_module.backend.cache_clear()
    yield
    if backend_module.backend.cache_info().currsize:
        backend_module.backend().close()
        backend_module.backend.cache_clear()


@pytest.fixture(scope="module")
def fake_aws() -> Iterator[SlowEndpoint]:
    with serving_slowly() as endpoint:
        yield endpoint


@pytest.fixture
def aws(fake_aws: SlowEndpoint, monkeypatch: pytest.MonkeyPatch) -> SlowEndpoint:
    """AWS as the page's boto3 sees it; an endpoint's name says what it does."""
    for name, value in fake_aws.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FALCON_ENDPOINT", "healthy")
    monkeypatch.setenv("FALCON_REGION", "us-east-1")
    fake_aws.bodies.clear()
    return fake_aws


def draw() -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=30).run()
    assert not page.exception
    return page


def ask(page: AppTest, question: str) -> AppTest:
    return page.chat_input[0].set_value(question).run()


def messages(page: AppTest) -> list[tuple[str, str]]:
    """Who said what; the small print is not part of it."""
    return [
        (message.name, (message.text or message.markdown)[0].value)
        for message in page.chat_message
    ]


def small_print(page: AppTest, at: int) -> str:
    """What stands under the message at this place, with its copy button."""
    said: str = page.chat_message[at].get("html")[0].proto.body
    return said


def button(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def choose_endpoint(page: AppTest, name: str, region: str = "us-east-1") -> AppTest:
    fields = {field.label: field for field in page.text_input}
    fields["Endpoint name"].set_value(name)
    fields["Region"].set_value(region)
    return button(page, "Use this endpoint")


def test_an_empty_page_offers_the_starter_questions() -> None:
    page = draw()

    labels = [button.label for button in page.button]
    assert "Building a website can be done in 10 simple steps" in labels
    assert "Guide me how to travel from New York to LA." in labels
    assert page.subheader[0].value == texts.WELCOME


def test_the_small_model_answers_a_starter_question() -> None:
    page = button(draw(), "Building a website can be done in 10 simple steps")

    (asked, question), (answered, answer) = messages(page)
    assert (asked, question) == ("user", texts.STARTERS[0])
    assert answered == "assistant"
    assert len(answer) > 100
    assert "to the first token" in small_print(page, 1)


def test_the_small_model_remembers_a_name_for_the_second_question() -> None:
    page = ask(draw(), "My name is Anna.")

    page = ask(page, "What is my name?")

    assert "Anna" in messages(page)[3][1]


def test_what_the_small_model_does_not_know_leads_to_a_bigger_one() -> None:
    page = ask(draw(), "Who won the battle of Waterloo?")

    assert messages(page)[1][1].startswith(texts.UNKNOWN_ANSWERS)
    labels = [button.label for button in page.button]
    assert "A bigger Falcon on this machine" in labels
    assert "Connect an endpoint" in labels


def test_the_page_says_that_a_small_network_answers() -> None:
    assert (
        page_of_ready_local_model()
        .caption[0]
        .value.startswith("A small Falcon network on this machine")
    )


def page_of_ready_local_model() -> AppTest:
    page = draw()
    backend_module.backend().local.wait(timeout=30)
    return page.run()


def test_the_largest_answer_follows_the_models_context_window() -> None:
    page = page_of_ready_local_model()

    model = backend_module.backend().local_model()
    assert model is not None
    longest = page.slider(key="parameter_max_new_tokens").max
    assert longest == model.window.max_total_tokens - 1


def test_an_unknown_endpoint_is_one_error_and_the_question_stays(
    aws: SlowEndpoint,
) -> None:
    page = choose_endpoint(draw(), "http-400-ValidationError")

    page = ask(page, "Anybody there?")

    assert messages(page) == [("user", "Anybody there?")]
    assert "http-400-ValidationError" in page.error[0].value
    assert len(page.error) == 1
    assert len(aws.bodies) == 1


def test_retry_asks_the_same_question_again(aws: SlowEndpoint) -> None:
    page = ask(choose_endpoint(draw(), "http-400-ValidationError"), "Anybody there?")

    page = button(choose_endpoint(page, "healthy"), "Retry")

    assert messages(page) == [("user", "Anybody there?"), ("assistant", "Falcon")]
    assert not page.error
    assert len(aws.bodies) == 2


def test_a_cut_answer_stays_and_says_that_it_was_cut(aws: SlowEndpoint) -> None:
    page = ask(choose_endpoint(draw(), "cut-frame"), "Anybody there?")

    assert messages(page)[1] == ("assistant", "Falcon")
    assert texts.CUT in small_print(page, 1)
    assert page.error
    assert aws.bodies


def test_without_credentials_the_page_says_how_to_sign_in(
    aws: SlowEndpoint, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))

    page = ask(draw(), "Anybody there?")

    assert "aws configure" in page.error[0].value
    assert messages(page) == [("user", "Anybody there?")]
    assert not aws.bodies


@pytest.mark.parametrize(
    ("name", "region", "said"),
    [
        pytest.param("not a name", "us-east-1", "'not a name'", id="name"),
        pytest.param("falcon", "Paris", "'Paris'", id="region"),
    ],
)
def test_a_wrong_endpoint_is_refused_in_one_line(
    aws: SlowEndpoint, name: str, region: str, said: str
) -> None:
    page = choose_endpoint(draw(), name, region)

    assert [error.value for error in page.error if said in error.value]
    assert page.caption[0].value == "Endpoint healthy in us-east-1"
    assert not aws.bodies


def test_a_wrong_setting_is_one_line_that_names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("FALCON_TEMPERATURE", "hot")

    page = draw()

    assert len(page.error) == 1
    assert "FALCON_TEMPERATURE is 'hot'" in page.error[0].value


def test_a_parameter_is_sent_only_once_it_was_set(aws: SlowEndpoint) -> None:
    page = ask(draw(), "One")
    page.slider(key="parameter_top_p").set_value(0.5).run()
    page = ask(page, "Two")

    assert b"top_p" not in aws.bodies[0]
    assert b'"top_p": 0.5' in aws.bodies[1].replace(b'":0', b'": 0')
    assert b"temperature" not in aws.bodies[1]


def test_a_parameter_goes_back_to_its_default(aws: SlowEndpoint) -> None:
    page = draw()
    page.slider(key="parameter_temperature").set_value(0.5).run()
    assert page.session_state[SET_KEY] == {"temperature": 0.5}

    page.button(key="reset_temperature").click().run()

    assert page.slider(key="parameter_temperature").value == 1.0
    assert page.session_state[SET_KEY] == {}
    ask(page, "One")
    assert b"temperature" not in aws.bodies[0]


def test_reset_all_returns_every_parameter_to_its_default(aws: SlowEndpoint) -> None:
    page = draw()
    page.slider(key="parameter_temperature").set_value(0.5).run()
    page.text_input(key="parameter_seed").set_value("7").run()

    page = button(page, "Reset all")

    assert page.slider(key="parameter_temperature").value == 1.0
    assert page.text_input(key="parameter_seed").value == ""
    ask(page, "One")
    assert b"seed" not in aws.bodies[0]
    assert b"temperature" not in aws.bodies[0]


def test_a_set_value_survives_a_model_with_another_context_window(
    aws: SlowEndpoint,
) -> None:
    page = draw()
    longest = page.slider(key="parameter_max_new_tokens")
    assert (longest.value, longest.max) == (256, 2047)

    page.selectbox[0].set_value("falcon3-3b-instruct")
    page = button(page, "Use this endpoint")
    longest = page.slider(key="parameter_max_new_tokens")
    assert (longest.value, longest.max) == (256, 32767)
    longest.set_value(4000).run()
    page.selectbox[0].set_value("falcon-7b-instruct")
    page = button(page, "Use this endpoint")
    assert page.slider(key="parameter_max_new_tokens").value == 2047
    page.selectbox[0].set_value("falcon3-3b-instruct")
    page = button(page, "Use this endpoint")

    assert page.slider(key="parameter_max_new_tokens").value == 4000
    assert not aws.bodies


def test_a_setting_is_the_sidebars_default(
    aws: SlowEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FALCON_TEMPERATURE", "0.3")

    page = draw()

    assert page.slider(key="parameter_temperature").value == 0.3
    ask(page, "One")
    assert b"0.3" in aws.bodies[0]


def test_a_browser_that_missed_the_sessions_values_begins_with_the_same(
    aws: SlowEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("SYSTEM_PROMPT", "Be brief."), ("STOP", "END")):
        monkeypatch.setenv(f"FALCON_{name}", value)

    page = draw()

    assert page.text_area(key="system_prompt").proto.default == "Be brief."
    assert page.text_input(key="sidebar_endpoint_name").proto.default == "healthy"
    assert page.text_input(key="sidebar_endpoint_region").proto.default == "us-east-1"
    assert page.slider(key="parameter_max_new_tokens").proto.default == [256]
    assert page.multiselect(key="parameter_stop").proto.default == [0]
    assert page.selectbox(key="sidebar_endpoint_model").proto.default == 0
    assert not aws.bodies


def test_an_endpoint_needs_a_name(aws: SlowEndpoint) -> None:
    page = choose_endpoint(draw(), " ")
    assert [error.value for error in page.error] == [texts.NO_ENDPOINT_NAME]

    page = choose_endpoint(page, "turns")

    assert not page.error
    assert not aws.bodies


def test_the_system_prompt_is_sent_and_not_shown(aws: SlowEndpoint) -> None:
    page = draw()
    page.text_area(key="system_prompt").set_value("Speak like a pirate.").run()

    page = ask(page, "One")

    assert b"Speak like a pirate." in aws.bodies[0]
    assert messages(page)[0] == ("user", "One")


def test_the_look_changes_and_the_conversation_stays(aws: SlowEndpoint) -> None:
    page = ask(draw(), "One")
    assert len(page.chat_message) == 2

    page.segmented_control(key="look").set_value("bubbles").run()

    assert not page.exception
    assert not page.chat_message
    page.segmented_control(key="look").set_value("native").run()
    assert messages(page) == [("user", "One"), ("assistant", "Falcon")]
    assert len(aws.bodies) == 1


def test_a_new_chat_is_empty(aws: SlowEndpoint) -> None:
    page = ask(draw(), "One")
    assert page.query_params["conversation"]

    page = button(page, "New chat")

    assert not page.chat_message
    assert "conversation" not in page.query_params
    assert aws.bodies


def test_only_the_newest_twenty_messages_are_drawn_until_more_are_wanted(
    aws: SlowEndpoint,
) -> None:
    page = draw()
    for number in range(11):
        page = ask(page, f"Question {number}")
    assert messages(page)[0] == ("user", "Question 1")

    page = button(page, "Show older")

    assert messages(page)[0] == ("user", "Question 0")
    assert len(aws.bodies) == 11


def test_inside_studio_the_share_button_gives_the_proxys_address(
    aws: SlowEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAGEMAKER_APP_TYPE_LOWERCASE", "jupyterlab")

    page = draw()

    assert page.code[0].value.endswith("/jupyterlab/default/proxy/8501/")
    assert not aws.bodies


def test_under_an_unknown_answer_two_ways_on_are_offered(aws: SlowEndpoint) -> None:
    page = ask(choose_endpoint(draw(), "unknown"), "What is the tallest tree?")

    page = button(page, "A bigger Falcon on this machine")

    assert texts.BIGGER_MODEL_COMMAND in [code.value for code in page.code]
    assert any(button.label == "Connect an endpoint" for button in page.button)
    assert aws.bodies


def test_an_address_of_a_forgotten_conversation_opens_a_new_one() -> None:
    page = AppTest.from_file(str(PAGE), default_timeout=30)
    page.query_params["conversation"] = "gone"

    page.run()

    assert page.toast[0].value == texts.GONE
    assert not page.chat_message
