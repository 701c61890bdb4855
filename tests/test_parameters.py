from __future__ import annotations

from typing import Any

import pytest

from falcon.errors import ConfigurationError
from falcon.parameters import BOUNDS, GenerationParameters


@pytest.mark.parametrize("name", BOUNDS)
def test_both_ends_of_each_range_are_allowed(name: str) -> None:
    bounds = BOUNDS[name]  # type: ignore[index]  # the names are the keys
    for value in (bounds.minimum, bounds.maximum):
        values: dict[str, Any] = {name: int(value) if bounds.is_integer else value}
        parameters = GenerationParameters(do_sample=True, **values)
        assert getattr(parameters, name) == value


@pytest.mark.parametrize("name", BOUNDS)
@pytest.mark.parametrize("offset", [-1, 1])
def test_past_either_end_the_error_names_the_parameter(name: str, offset: int) -> None:
    bounds = BOUNDS[name]  # type: ignore[index]  # the names are the keys
    end = bounds.minimum if offset < 0 else bounds.maximum
    value = (int(end) if bounds.is_integer else end) + offset
    values: dict[str, Any] = {name: value}

    with pytest.raises(ConfigurationError, match=name):
        GenerationParameters(**values)


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"max_new_tokens": None}, id="an answer without a limit"),
        pytest.param({"max_new_tokens": 1.5}, id="half a token"),
        pytest.param({"max_new_tokens": True}, id="a truth for a number"),
        pytest.param({"temperature": "hot"}, id="a word for a number"),
        pytest.param({"temperature": float("nan")}, id="not a number"),
        pytest.param({"top_p": float("inf")}, id="infinity"),
        pytest.param({"do_sample": "yes"}, id="a word for a truth"),
        pytest.param({"watermark": 1}, id="a number for a truth"),
        pytest.param({"best_of": 2}, id="best_of without sampling"),
        pytest.param({"best_of": 2, "top_k": 5, "seed": 1}, id="best_of with a seed"),
        pytest.param({"stop": "User:"}, id="one text for a list"),
        pytest.param({"stop": ("",)}, id="an empty stop sequence"),
        pytest.param({"stop": ("a", "b", "c", "d", "e")}, id="five stop sequences"),
    ],
)
def test_a_wrong_value_is_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        GenerationParameters(**values)


@pytest.mark.parametrize("name", ["temperature", "top_p", "top_k", "typical_p"])
def test_touching_a_sampling_parameter_samples(name: str) -> None:
    values: dict[str, Any] = {name: 1}

    assert GenerationParameters(**values).samples
    assert not GenerationParameters().samples


def test_saying_no_to_sampling_wins_over_a_temperature() -> None:
    assert not GenerationParameters(do_sample=False, temperature=0.7).samples


def test_only_what_was_touched_counts_as_changed() -> None:
    assert GenerationParameters().changed == ()
    assert GenerationParameters(top_k=5, seed=0).changed == ("top_k", "seed")
