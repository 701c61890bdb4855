from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from falcon.containers import find_container
from falcon.errors import ConfigurationError
from falcon.models import DEFAULT_MODEL
from falcon.parameters import GenerationParameters
from falcon.presets import (
    BUILT_IN,
    CHAT_API,
    HUGGINGCHAT_FALCON,
    PRECISE,
    Preset,
    export_presets,
    find_equal,
    import_presets,
    preset_of,
)
from tests.container_requests import request

MINE = Preset(
    name="내 것",
    description='Mine, with "quotes"',
    parameters={"temperature": 0.3, "stop": ("\nUser:",), "seed": 2**64 - 1},
    system_prompt="한국어로.",
)


def document(*presets: object, **changes: object) -> bytes:
    whole = {"format": "falcon-chat-presets", "version": 1, "presets": presets}
    return json.dumps({**whole, **changes}).encode()


def test_huggingchat_falcon_asks_as_huggingchat_did() -> None:
    parameters: dict[str, Any] = dict(HUGGINGCHAT_FALCON.parameters)

    asked = request(find_container("tgi"), **parameters)

    sent = {"details": True, "return_full_text": False, "do_sample": True}
    assert asked["parameters"] == {
        **sent,
        "temperature": 0.1,
        "top_p": 0.95,
        "repetition_penalty": 1.2,
        "top_k": 50,
        "truncate": 1024,
        "max_new_tokens": 1024,
        "stop": ["User:"],
    }


def test_the_chat_api_changes_the_length_alone() -> None:
    assert CHAT_API.applied_to(GenerationParameters()) == GenerationParameters(
        max_new_tokens=200
    )


@pytest.mark.parametrize("preset", BUILT_IN, ids=lambda preset: preset.name)
def test_a_built_in_preset_leaves_room_for_a_question(preset: Preset) -> None:
    parameters = preset.applied_to(GenerationParameters())
    window = DEFAULT_MODEL.window

    assert parameters.max_new_tokens <= window.max_total_tokens // 2
    assert (parameters.truncate or 0) <= window.max_input_tokens
    assert preset.description
    assert preset.system_prompt is None


@pytest.mark.parametrize("preset", BUILT_IN, ids=lambda preset: preset.name)
def test_the_current_parameters_tell_which_preset_they_are(preset: Preset) -> None:
    parameters = preset.applied_to(GenerationParameters())

    assert find_equal(BUILT_IN, parameters) is preset
    assert find_equal(BUILT_IN, replace(parameters, seed=1)) is None


def test_parameters_that_nobody_set_are_no_preset() -> None:
    assert find_equal(BUILT_IN, GenerationParameters()) is None


def test_a_preset_with_a_system_prompt_equals_only_with_it() -> None:
    parameters = MINE.applied_to(GenerationParameters())

    assert find_equal([MINE], parameters) is None
    assert find_equal([MINE], parameters, system_prompt="한국어로.") is MINE


def test_a_preset_changes_only_what_it_names() -> None:
    base = GenerationParameters(seed=3, top_p=0.5)

    assert PRECISE.applied_to(base) == replace(
        base, do_sample=False, repetition_penalty=1.03
    )
    assert find_equal([PRECISE], PRECISE.applied_to(base), base=base) is PRECISE


def test_a_preset_that_a_base_does_not_allow_is_not_found() -> None:
    best = Preset(name="Best", parameters={"best_of": 2, "top_k": 5})
    seeded = GenerationParameters(seed=1)

    assert find_equal([best], seeded, base=seeded) is None
    with pytest.raises(ConfigurationError, match="best_of"):
        best.applied_to(seeded)


def test_what_was_set_becomes_a_preset() -> None:
    parameters = GenerationParameters(top_k=5, stop=("a",))

    made = preset_of(parameters, name="Mine")

    assert dict(made.parameters) == {"top_k": 5, "stop": ("a",)}
    assert made.applied_to(GenerationParameters()) == parameters


def test_presets_that_were_exported_come_back() -> None:
    presets = (*BUILT_IN, MINE)

    assert import_presets(export_presets(presets)) == presets


def test_an_exported_preset_reads_well() -> None:
    assert (
        export_presets([CHAT_API]).decode()
        == f"""\
{{
  "format": "falcon-chat-presets",
  "version": 1,
  "presets": [
    {{
      "name": "Chat API",
      "description": "{CHAT_API.description}",
      "parameters": {{
        "max_new_tokens": 200
      }}
    }}
  ]
}}"""
    )


@pytest.mark.parametrize(
    ("file", "why"),
    [
        pytest.param(b"\x80\x04", "UTF-8", id="a pickle"),
        pytest.param(b"[" * 100_000, "deep", id="depth"),
        pytest.param(document(version=2), "newer", id="a newer version"),
        pytest.param(document(format="falcon-chat"), "format", id="conversations"),
        pytest.param(document(presets={}), "a list", id="no list"),
        pytest.param(document(endpoint="mine"), "no more", id="something beside"),
        pytest.param(document(*[{"name": "a"}] * 201), "200", id="too many"),
        pytest.param(document({"name": "a"}, {"name": "a"}), "same name", id="twice"),
        pytest.param(document({}), "name", id="no name"),
        pytest.param(document({"name": ""}), "name", id="an empty name"),
        pytest.param(document({"name": "a\nb"}), "name", id="two lines"),
        pytest.param(document({"name": "a\u202eb"}), "name", id="a turned name"),
        pytest.param(document({"name": "x" * 61}), "name", id="a long name"),
        pytest.param(document({"name": 1}), "'name'", id="a number for a name"),
        pytest.param(document({"name": "a", "endpoint": "e"}), "'endpoint'", id="e"),
        pytest.param(
            document({"name": "a", "description": "x" * 20_001}), "20000", id="long"
        ),
        pytest.param(
            document({"name": "a", "system_prompt": "x" * 20_001}), "20000", id="prompt"
        ),
        pytest.param(
            document({"name": "a", "parameters": {"stop": ["x" * 20_001]}}),
            "20000",
            id="a long stop",
        ),
        pytest.param(
            document({"name": "a", "parameters": {"top_p": 9}}), "top_p", id="range"
        ),
        pytest.param(
            document({"name": "a", "parameters": {"top_p": "1"}}), "top_p", id="a word"
        ),
        pytest.param(
            document({"name": "a", "parameters": {"url": "x"}}), "not", id="unknown"
        ),
        pytest.param(
            document({"name": "a", "parameters": {"stop": "x"}}), "stop", id="one stop"
        ),
    ],
)
def test_presets_that_are_not_wholly_right_are_refused(file: bytes, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why) as refusal:
        import_presets(file)

    assert str(refusal.value).startswith("These presets cannot be imported, and none")
