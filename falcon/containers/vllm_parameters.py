"""The parameters that vLLM has, by its names: it stands behind LMI and behind chats.

Its bounds are in vllm/sampling_params.py; values that change nothing are left out.
"""

from __future__ import annotations

from falcon.errors import InvalidInputError
from falcon.parameters import GenerationParameters
from falcon.text import text

PARAMETERS = frozenset(
    {
        "max_new_tokens",
        "do_sample",
        "temperature",
        "top_p",
        "top_k",
        "repetition_penalty",
        "frequency_penalty",
        "seed",
        "stop",
    }
)
"""All that it has; max_new_tokens and do_sample are said in the caller's own words."""

_NEUTRAL = {
    "top_p": 1.0,
    "top_k": 0,
    "repetition_penalty": 1.0,
    "frequency_penalty": 0.0,
}
_SAMPLING = ("temperature", "top_p", "top_k")
_PENALTIES = ("repetition_penalty", "frequency_penalty")
HIGHEST_TEMPERATURE = 2
_SEEDS = 2**63
"""It refuses larger ones."""


def encode_parameters(parameters: GenerationParameters) -> dict[str, object]:
    """Return the values to send; raises InvalidInputError for one it would refuse."""
    if parameters.samples and (parameters.temperature or 0) > HIGHEST_TEMPERATURE:
        raise InvalidInputError(
            text(
                "This endpoint's container takes a temperature of {most} at most, not "
                "{value}.",
                most=HIGHEST_TEMPERATURE,
                value=parameters.temperature,
            )
        )
    wire: dict[str, object] = {}
    for name in [*_SAMPLING, *_PENALTIES] if parameters.samples else _PENALTIES:
        value = getattr(parameters, name)
        if value is not None and value != _NEUTRAL.get(name):
            wire[name] = value
    if parameters.seed is not None:
        wire["seed"] = parameters.seed % _SEEDS
    if parameters.stop:
        wire["stop"] = list(parameters.stop)
    return wire
