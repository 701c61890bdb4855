"""The choice of a preset and a session's own ones, without a browser."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

from falcon.presets import BUILT_IN, CREATIVE, Preset, export_presets
from falcon.ui.parameters.values import SET_KEY
from tests.slow_endpoint import SlowEndpoint
from tests.test_page import ask, button, draw
from tests.test_page import fake_aws as fake_aws
from tests.test_page_tuning import aws as aws
from tests.test_page_tuning import captions, field, sent, set_to
from tests.test_page_tuning import environ as environ
from tests.test_page_tuning import one_backend as one_backend

HEAD = b'{"format": "falcon-chat-presets", "version": 1, "presets": '


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
