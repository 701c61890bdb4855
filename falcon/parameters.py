"""GenerationParameters: what a person may ask of a generation, checked once.

Names are the names on the wire. Bounds are those that Text Generation Inference (TGI)
enforces in router/src/validation.rs; where TGI refuses a neutral value (top_p 1,
top_k 0), it is allowed here and left out on the wire. None means "not said": the
container's own default applies.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Literal

from falcon.errors import ConfigurationError
from falcon.text import text

ParameterName = Literal[
    "max_new_tokens",
    "temperature",
    "top_p",
    "top_k",
    "typical_p",
    "repetition_penalty",
    "frequency_penalty",
    "seed",
    "best_of",
    "truncate",
]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The values a numeric parameter may have, both ends included."""

    minimum: float
    maximum: float
    step: float
    is_integer: bool = False


BOUNDS: MappingProxyType[ParameterName, Bounds] = MappingProxyType(
    {
        "max_new_tokens": Bounds(1, 32768, 1, is_integer=True),
        "temperature": Bounds(0.01, 5.0, 0.01),
        "top_p": Bounds(0.01, 1.0, 0.01),
        "top_k": Bounds(0, 1000, 1, is_integer=True),
        "typical_p": Bounds(0.01, 1.0, 0.01),
        "repetition_penalty": Bounds(0.1, 5.0, 0.01),
        "frequency_penalty": Bounds(-2.0, 2.0, 0.01),
        "seed": Bounds(0, 2**64 - 1, 1, is_integer=True),
        "best_of": Bounds(1, 2, 1, is_integer=True),
        "truncate": Bounds(1, 32768, 1, is_integer=True),
    }
)
"""TGI sets no upper end for temperature, top_k and repetition_penalty; past these
ends an answer is noise. The context window bounds max_new_tokens further."""

MAX_STOP_SEQUENCES = 4
"""TGI's launcher default, max_stop_sequences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationParameters:
    """One set of parameters; raises ConfigurationError if a value is out of range."""

    max_new_tokens: int = 256
    """The longest answer, in tokens. Always sent: containers differ in their default
    (20, 30, 100 or all that fits)."""
    do_sample: bool | None = None
    """True draws each token at random, False takes the likeliest one. None: sample if
    temperature, top_p, top_k or typical_p is set."""
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    typical_p: float | None = None
    repetition_penalty: float | None = None
    frequency_penalty: float | None = None
    seed: int | None = None
    best_of: int | None = None
    """How many answers the container makes to give the likeliest; whole answers only,
    and neither with a seed nor without sampling."""
    truncate: int | None = None
    """The prompt's last tokens, this many, are all the model reads."""
    return_full_text: bool | None = None
    """Whether a whole answer begins with its prompt."""
    watermark: bool | None = None
    """Whether the model marks its text as generated (Kirchenbauer et al., 2023)."""
    details: bool | None = None
    """False: without finish reason, counts and seed, which are asked for otherwise."""
    stop: tuple[str, ...] = ()
    """Texts at which the answer ends, besides those of the prompt template."""

    def __post_init__(self) -> None:
        for name, bounds in BOUNDS.items():
            _check_number(name, getattr(self, name), bounds)
        for switch in ("do_sample", "return_full_text", "watermark", "details"):
            if not isinstance(getattr(self, switch), bool | None):
                raise ConfigurationError(
                    text("{name} must be true or false.", name=switch)
                )
        _check_stop(self.stop)
        if (self.best_of or 1) > 1 and (self.seed is not None or not self.samples):
            raise ConfigurationError(
                text(
                    "best_of above 1 needs sampling and no seed: set do_sample, leave "
                    "seed out."
                )
            )

    @property
    def samples(self) -> bool:
        """Whether tokens are drawn at random rather than taken greedily."""
        if self.do_sample is not None:
            return self.do_sample
        return any(
            value is not None
            for value in (self.temperature, self.top_p, self.top_k, self.typical_p)
        )

    @property
    def changed(self) -> tuple[str, ...]:
        """The names of the parameters that a person has set."""
        return tuple(
            field.name
            for field in fields(self)
            if getattr(self, field.name) != field.default
        )


def _check_number(name: str, value: object, bounds: Bounds) -> None:
    if value is None and name != "max_new_tokens":
        return
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ConfigurationError(
            text("{name} must be a number, not {value!r}.", name=name, value=value)
        )
    if bounds.is_integer and not isinstance(value, int):
        raise ConfigurationError(
            text(
                "{name} must be a whole number, not {value!r}.", name=name, value=value
            )
        )
    if not bounds.minimum <= value <= bounds.maximum:
        raise ConfigurationError(
            text(
                "{name} must be from {minimum} to {maximum}, not {value}.",
                name=name,
                minimum=bounds.minimum,
                maximum=bounds.maximum,
                value=value,
            )
        )


def _check_stop(stop: tuple[str, ...]) -> None:
    if not isinstance(stop, tuple) or not all(
        isinstance(one, str) and one for one in stop
    ):
        raise ConfigurationError(
            text("stop must be a list of texts, none of them empty.")
        )
    if len(stop) > MAX_STOP_SEQUENCES:
        raise ConfigurationError(
            text(
                "stop may hold {most} texts at most, not {count}.",
                most=MAX_STOP_SEQUENCES,
                count=len(stop),
            )
        )
