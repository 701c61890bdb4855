"""What a person can do with a message, on the page drawn without a browser."""

from __future__ import annotations

import json

import pytest
from streamlit.testing.v1 import AppTest

from falcon.conversation import Conversation, Message
from falcon.ui import backend as backend_module
from falcon.ui import texts
from falcon.ui.messages.actions import MORE_KEY
from falcon.ui.parameters.values import SET_KEY
from tests.slow_endpoint import SlowEndpoint
from tests.test_page import (
    PAGE,
    ask,
    button,
    choose_endpoint,
    draw,
    messages,
    small_print,
)
from tests.test_page import aws as aws
from tests.test_page import fake_aws as fake_aws
from tests.test_page import own_settings as own_settings


def conversation(page: AppTest) -> Conversation:
    kept: Conversation = page.session_state["conversation"]
    found = backend_module.backend().registry.load(kept.id)
    assert found is not None
    return found


def last(page: AppTest) -> Message:
    return conversation(page).path()[-1]


def open_more(page: AppTest, at: int) -> AppTest:
    """Draw every action of the message at this place, as its button More does."""
    page.session_state[MORE_KEY] = conversation(page).path()[at].id
    return page.run()


def choose(page: AppTest, action: str, at: int) -> AppTest:
    """Choose one of the actions of the message at this place."""
    shown = conversation(page).path()[at]
    return open_more(page, at).button(key=f"{action}_{shown.id}").click().run()


def html(page: AppTest) -> str:
    return "\n".join(element.proto.body for element in page.get("html"))


def sent(aws: SlowEndpoint, at: int = -1) -> str:
    prompt: str = json.loads(aws.bodies[at])["inputs"]
    return prompt


def test_regenerate_adds_a_version_and_overwrites_nothing(aws: SlowEndpoint) -> None:
    page = ask(draw(), "One")
    first = last(page)

    page = button(page, "Regenerate")

    assert conversation(page).versions(first.id)[0].id == first.id
    assert "Version 2 of 2" in html(page)
    assert sent(aws, 0) == sent(aws, 1)
    assert messages(page) == [("user", "One"), ("assistant", "Falcon")]


def test_the_arrows_show_another_version_and_end_at_the_ends(
    aws: SlowEndpoint,
) -> None:
    page = ask(draw(), "One")
    first = last(page)
    page = button(page, "Regenerate")
    assert page.button(key=f"chevron_right_{last(page).id}").disabled

    page = button(page, "Previous version")

    assert last(page).id == first.id
    assert "Version 1 of 2" in html(page)
    assert page.button(key=f"chevron_left_{first.id}").disabled
    assert not page.button(key=f"chevron_right_{first.id}").disabled
    assert len(aws.bodies) == 2


def test_an_older_answer_is_made_again_from_its_own_question(
    aws: SlowEndpoint,
) -> None:
    page = ask(ask(draw(), "One"), "Two")

    page = choose(page, "refresh", 1)

    assert messages(page) == [("user", "One"), ("assistant", "Falcon")]
    assert "Two" not in sent(aws)
    page = button(page, "Previous version")
    assert [text for _, text in messages(page)] == ["One", "Falcon", "Two", "Falcon"]


def test_an_edited_question_is_a_version_and_the_old_branch_stays(
    aws: SlowEndpoint,
) -> None:
    page = ask(ask(draw(), "One"), "Two")
    question = conversation(page).path()[0]
    page = choose(page, "edit", 0)
    editor = page.text_area(key=f"edit_{question.id}")
    assert editor.value == "One"

    editor.set_value("Other")
    page = button(page, "Send")

    assert messages(page) == [("user", "Other"), ("assistant", "Falcon")]
    assert "Other" in sent(aws)
    assert "One" not in sent(aws)
    page = button(page, "Previous version")
    assert [text for _, text in messages(page)] == ["One", "Falcon", "Two", "Falcon"]


def test_a_cancelled_edit_changes_nothing(aws: SlowEndpoint) -> None:
    page = choose(ask(draw(), "One"), "edit", 0)

    page = button(page, "Cancel")

    assert messages(page) == [("user", "One"), ("assistant", "Falcon")]
    assert len(aws.bodies) == 1


def test_continue_sends_the_answer_so_far_and_the_text_grows_on(
    aws: SlowEndpoint,
) -> None:
    page = choose_endpoint(ask(choose_endpoint(draw(), "cut-frame"), "One"), "healthy")
    assert texts.CUT in small_print(page, 1)

    page = button(page, "Continue")

    assert sent(aws).endswith("Assistant: Falcon")
    assert messages(page) == [("user", "One"), ("assistant", "Falcon Falcon")]
    assert texts.CUT not in small_print(page, 1)
    assert len(conversation(page).messages) == 2


def test_a_continued_answer_reads_as_if_it_had_never_been_cut() -> None:
    question = "Building a website can be done in 10 simple steps"
    page = draw()
    page = button(page, question)
    whole = messages(page)[1][1]
    page = button(page, "New chat")
    page.slider(key="parameter_max_new_tokens").set_value(16).run()
    page = button(page, question)
    assert texts.REACHED_LENGTH in small_print(page, 1)
    assert messages(page)[1][1] == whole[: len(messages(page)[1][1])]

    page.slider(key="parameter_max_new_tokens").set_value(256).run()
    page = button(page, "Continue")

    assert messages(page)[1][1] == whole


def test_a_finished_answer_is_not_to_be_continued(aws: SlowEndpoint) -> None:
    page = ask(draw(), "One")

    assert "Continue" not in [button.label for button in page.button]
    assert aws.bodies


def test_a_deleted_message_takes_what_follows_with_it_and_comes_back(
    aws: SlowEndpoint,
) -> None:
    page = ask(ask(draw(), "One"), "Two")

    page = choose(page, "delete", 2)
    assert messages(page) == [("user", "One"), ("assistant", "Falcon")]
    assert texts.MESSAGES_DELETED.format(count=2) in [
        caption.value for caption in page.caption
    ]
    page = button(page, "Undo")

    assert [text for _, text in messages(page)] == ["One", "Falcon", "Two", "Falcon"]
    assert len(aws.bodies) == 2


def test_a_question_whose_answer_was_deleted_shows_the_way_back(
    aws: SlowEndpoint,
) -> None:
    page = ask(draw(), "One")
    page = choose_endpoint(page, "http-400-ValidationError")
    page = button(page, "Regenerate")
    assert messages(page) == [("user", "One")]
    assert page.error

    page = button(page, "Show the answer that was there")

    assert messages(page) == [("user", "One"), ("assistant", "Falcon")]
    assert len(aws.bodies) == 2


def test_a_rating_and_its_comment_are_saved(aws: SlowEndpoint) -> None:
    page = ask(draw(), "One")
    rated = last(page)

    page.feedback(key=f"rating_{rated.id}").set_value(0).run()
    page.text_area(key=f"comment_{rated.id}").set_value("Too short. ").run()

    assert (last(page).rating, last(page).comment) == ("bad", "Too short.")
    page.feedback(key=f"rating_{rated.id}").set_value(None).run()
    assert last(page).rating is None
    assert aws.bodies


def test_an_older_answer_can_be_rated(aws: SlowEndpoint) -> None:
    page = ask(ask(draw(), "One"), "Two")
    older = conversation(page).path()[1]

    page = open_more(page, 1)
    page.feedback(key=f"rating_{older.id}").set_value(1).run()

    assert conversation(page).messages[older.id].rating == "good"
    assert aws.bodies


def test_what_was_sent_tells_parameters_figures_and_the_prompt(
    aws: SlowEndpoint,
) -> None:
    page = draw()
    page.text_area(key="system_prompt").set_value("Speak like a pirate.").run()
    page.slider(key="parameter_temperature").set_value(0.5).run()
    page = ask(page, "One <b>")

    page = choose(page, "info", 1)

    said = html(page)
    for fact in ("healthy", "us-east-1", "tgi", "falcon-7b-instruct", "0.5", "~"):
        assert f"{fact}" in said
    assert "Variant" not in said
    codes = [code.value for code in page.code]
    assert "Speak like a pirate." in codes
    assert sent(aws) in codes


def test_the_same_parameters_are_used_again(aws: SlowEndpoint) -> None:
    page = draw()
    page.text_area(key="system_prompt").set_value("Speak like a pirate.").run()
    page.slider(key="parameter_temperature").set_value(0.5).run()
    page = ask(page, "One")
    page.slider(key="parameter_temperature").set_value(1.5).run()
    page.text_area(key="system_prompt").set_value("").run()

    page = choose(page, "tune", 1)

    assert page.session_state[SET_KEY] == {"temperature": 0.5}
    assert page.text_area(key="system_prompt").value == "Speak like a pirate."
    assert len(aws.bodies) == 1


def test_the_figures_come_back_with_the_conversation(aws: SlowEndpoint) -> None:
    page = ask(draw(), "One")
    again = AppTest.from_file(str(PAGE), default_timeout=30)
    again.query_params["conversation"] = page.query_params["conversation"]

    again.run()

    assert "to the first token" in small_print(again, 1)
    assert aws.bodies


@pytest.mark.parametrize("look", ["native", "bubbles"])
def test_every_message_has_its_actions_in_either_look(
    aws: SlowEndpoint, look: str
) -> None:
    page = ask(draw(), "One")

    page.segmented_control(key="look").set_value(look).run()

    assert not page.exception
    assert html(page).count('falcon-more" ') == 2
    assert aws.bodies
