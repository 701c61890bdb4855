"""The comparison, drawn without a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from falcon.comparison import Comparison
from falcon.comparisons import Comparisons
from falcon.ui import backend as backend_module
from falcon.ui import texts
from falcon.ui.compare.export import comparison_json, comparison_markdown
from tests.slow_endpoint import SlowEndpoint, serving_slowly

PAGE = Path(__file__).parents[1] / "streamlit_app.py"


@pytest.fixture(scope="module")
def fake_aws() -> Iterator[SlowEndpoint]:
    with serving_slowly() as endpoint:
        yield endpoint


@pytest.fixture
def aws(
    fake_aws: SlowEndpoint, monkeypatch: pytest.MonkeyPatch
) -> Iterator[SlowEndpoint]:
    """AWS as the page's boto3 sees it; an endpoint's name says what it does."""
    for name, value in fake_aws.environ.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("FALCON_ENDPOINT", "healthy")
    monkeypatch.setenv("FALCON_REGION", "us-east-1")
    monkeypatch.setenv("FALCON_HISTORY", "sqlite://")
    fake_aws.bodies.clear()
    backend_module.environment.cache_clear()
    backend_module.backend.cache_clear()
    yield fake_aws
    backend_module.backend().close()
    backend_module.backend.cache_clear()


def draw(**address: str) -> AppTest:
    page = AppTest.from_file(str(PAGE), default_timeout=30)
    for name, value in address.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def compare() -> AppTest:
    return draw(view="compare")


def address(page: AppTest, name: str) -> str:
    """What the page's address says under this name."""
    said = page.query_params[name]
    return said if isinstance(said, str) else said[0]


def comparisons() -> Comparisons:
    return backend_module.backend().registry.comparisons


def comparison(page: AppTest) -> Comparison:
    found = comparisons().find(address(page, "comparison"))
    assert found is not None
    return found


def ask(page: AppTest, question: str) -> AppTest:
    page.chat_input(key="compare_question").set_value(question).run()
    assert not page.exception
    return page


def press(page: AppTest, key: str) -> AppTest:
    page.button(key=key).click().run()
    assert not page.exception
    return page


def press_label(page: AppTest, label: str) -> AppTest:
    next(button for button in page.button if button.label == label).click().run()
    assert not page.exception
    return page


def field(page: AppTest, column: str, name: str) -> str:
    """The key of a widget in a column's panel."""
    key = f"compare_{comparison(page).id}_{column}_{name}"
    return f"{key}_{page.session_state[f'{key}_drawn'][0]}"


def name_endpoint(page: AppTest, column: str, name: str) -> AppTest:
    """Fill in the column's form for an endpoint that is named by hand."""
    number = [c.name for c in comparison(page).columns].index(column)
    fields = [text for text in page.main.text_input if text.label == "Endpoint name"]
    fields[number].set_value(name)
    regions = [text for text in page.main.text_input if text.label == "Region"]
    regions[number].set_value("us-east-1")
    buttons = [b for b in page.main.button if b.label == "Use this endpoint"]
    buttons[number].click().run()
    assert not page.exception
    return page


def shown(page: AppTest) -> list[str]:
    return [markdown.value for markdown in page.main.markdown]


def test_the_button_leads_to_the_comparison_and_back_to_the_same_chat(
    aws: SlowEndpoint,
) -> None:
    page = draw()
    page.chat_input(key="question").set_value("One").run()
    conversation = address(page, "conversation")

    page = press(page, "compare_view")
    assert page.subheader[0].value == "Compare"
    assert address(page, "view") == "compare"
    page = press(page, "compare_view")

    assert "view" not in page.query_params
    assert address(page, "conversation") == conversation
    assert page.chat_message[0].text[0].value == "One"
    assert len(aws.bodies) == 1


def test_every_column_begins_with_the_settings_of_the_sidebar(
    aws: SlowEndpoint,
) -> None:
    page = draw()
    page.slider(key="parameter_top_p").set_value(0.5).run()
    page.text_area(key="system_prompt").set_value("Speak like a pirate.").run()

    page = press(page, "compare_view")

    for column in comparison(page).columns:
        assert column.settings.parameters.top_p == 0.5
        assert column.settings.system_prompt == "Speak like a pirate."
        assert column.settings.endpoint is not None
        assert column.settings.endpoint.name == "healthy"
    assert not aws.bodies


def test_each_column_asks_with_its_own_settings(aws: SlowEndpoint) -> None:
    page = compare()
    page.number_input(key=field(page, "B", "temperature")).set_value(0.2).run()
    page.text_area(key=field(page, "B", "system_prompt")).set_value("Be brief.").run()

    page = ask(page, "Which falcon?")

    assert sorted(b"0.2" in body for body in aws.bodies) == [False, True]
    assert sorted(b"Be brief." in body for body in aws.bodies) == [False, True]
    assert shown(page).count("Falcon") == 2


def test_a_preset_sets_a_columns_parameters(aws: SlowEndpoint) -> None:
    page = compare()

    page.selectbox(key=field(page, "B", "preset")).set_value("Balanced").run()

    assert page.number_input(key=field(page, "B", "temperature")).value == 0.6
    assert page.number_input(key=field(page, "A", "temperature")).value is None
    assert comparison(page).columns[1].settings.parameters.repetition_penalty == 1.03
    page.number_input(key=field(page, "B", "temperature")).set_value(0.7).run()
    assert page.selectbox(key=field(page, "B", "preset")).value is None
    assert not aws.bodies


def test_a_seed_that_no_browser_can_count_to_is_kept(aws: SlowEndpoint) -> None:
    page = draw()
    page.text_input(key="parameter_seed").set_value(str(2**64 - 1)).run()

    page = press(page, "compare_view")

    assert "Also set: seed." in [caption.value for caption in page.main.caption]
    assert comparison(page).columns[0].settings.parameters.seed == 2**64 - 1
    assert not aws.bodies


def test_same_settings_everywhere_shows_them_everywhere(aws: SlowEndpoint) -> None:
    page = compare()
    page.number_input(key=field(page, "A", "top_p")).set_value(0.3).run()

    page = press_label(page, "Same settings everywhere")

    assert page.number_input(key=field(page, "B", "top_p")).value == 0.3
    assert not aws.bodies


def test_columns_are_added_and_taken_out(aws: SlowEndpoint) -> None:
    page = press_label(press_label(compare(), "Add a column"), "Add a column")
    add = next(button for button in page.button if button.label == "Add a column")
    assert add.disabled

    page = press(page, "compare_remove_B")

    assert [column.name for column in comparison(page).columns] == ["A", "C", "D"]
    assert not aws.bodies


def test_an_error_stands_in_its_own_column_and_never_in_a_conversation(
    aws: SlowEndpoint,
) -> None:
    page = name_endpoint(compare(), "B", "http-400-ValidationError")

    page = ask(page, "Which falcon?")

    assert len(page.main.error) == 1
    assert "http-400-ValidationError" in page.main.error[0].value.replace("\\", "")
    assert shown(page).count("Falcon") == 1
    page = ask(page, "And now?")
    assert all(b"ValidationError" not in body for body in aws.bodies)


def test_a_wrong_endpoint_is_refused_in_one_line(aws: SlowEndpoint) -> None:
    page = name_endpoint(compare(), "B", "not a name")

    assert ["'not a name'" in error.value for error in page.error] == [True]
    assert not aws.bodies


def test_a_reload_finds_the_comparison_with_its_answers(aws: SlowEndpoint) -> None:
    page = ask(compare(), "Which falcon?")

    again = draw(view="compare", comparison=address(page, "comparison"))

    assert shown(again).count("Falcon") == 2
    assert len(aws.bodies) == 2


def test_an_address_of_a_forgotten_comparison_opens_a_new_one(
    aws: SlowEndpoint,
) -> None:
    page = draw(view="compare", comparison="gone")

    assert page.toast[0].value == texts.COMPARE_GONE
    assert comparison(page).runs == ()
    assert not aws.bodies


def test_a_column_goes_on_as_a_chat_with_its_settings(aws: SlowEndpoint) -> None:
    page = compare()
    page.number_input(key=field(page, "B", "temperature")).set_value(0.2).run()
    page = ask(page, "Which falcon?")

    page = press(page, "compare_continue_B")

    assert "view" not in page.query_params
    said = [
        (message.text or message.markdown)[0].value for message in page.chat_message
    ]
    assert said == ["Which falcon?", "Falcon"]
    page.chat_input(key="question").set_value("And then?").run()
    assert b"0.2" in aws.bodies[-1]
    assert b"Assistant: Falcon" in aws.bodies[-1]


def test_a_question_is_asked_again_and_a_new_comparison_is_empty(
    aws: SlowEndpoint,
) -> None:
    page = ask(compare(), "Which falcon?")

    page = press_label(page, "Ask again")
    assert len(comparison(page).runs) == 2
    assert all(body.count(b"Which falcon?") == 1 for body in aws.bodies)
    page = press_label(page, "New comparison")

    assert comparison(page).runs == ()
    assert len(aws.bodies) == 4


def test_a_new_chat_leaves_the_comparison(aws: SlowEndpoint) -> None:
    page = press_label(compare(), "New chat")

    assert "view" not in page.query_params
    assert page.chat_input(key="question")
    assert not aws.bodies


def test_table_and_export_hold_questions_answers_settings_and_errors(
    aws: SlowEndpoint,
) -> None:
    page = name_endpoint(compare(), "B", "cut-frame")
    page.number_input(key=field(page, "A", "temperature")).set_value(0.2).run()
    page = ask(page, "Is a | b **the** same?")

    table = next(text for text in shown(page) if text.startswith("| Question |"))
    assert r"1. Is a \| b \*\*the\*\* same?" in table
    assert table.count("\n") == 3
    document = json.loads(comparison_json(comparison(page)))
    written = comparison_markdown(comparison(page))

    assert document["format"] == "falcon-chat-comparison"
    first, second = document["questions"][0]["answers"]
    assert first["text"] == second["text"] == "Falcon"
    assert first["record"]["parameters"] == {"temperature": 0.2}
    assert (first["error"], second["finish_reason"]) == (None, "interrupted")
    assert "cut" in second["error"]
    assert written.count("> Falcon\n") == 2
    assert "> Is a | b **the** same?" in written
    assert aws.bodies
