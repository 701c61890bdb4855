"""What vLLM takes in a request, and the order and words in which it refuses values.

Types are checked as vLLM checks them, by pydantic, which takes "5" for 5 and ignores
names that it does not know. Source: vLLM, vllm/sampling_params.py and
vllm/entrypoints/openai/{completion,chat_completion}/protocol.py.

What differs: one answer to a request (`n`), and none of the parameters that the project
has no use for: they are ignored like unknown names.
"""

from __future__ import annotations

import math
import secrets
from typing import TYPE_CHECKING, Annotated

from pydantic import AliasChoices, BaseModel, Field

from falcon.local.sampling import Sampling
from falcon.local.vllm_errors import ModelNotFoundError, VLLMError

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFAULT_TEMPERATURE = 1.0
LEAST_TEMPERATURE = 0.01
"""A lower one above 0 is raised to it."""

RANDOM_SEED = -1
LARGEST_TOP_K = 2**31 - 1

Seed = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]


class VLLMRequest(BaseModel):
    """What both kinds of request have in common."""

    model: str | None = None
    n: int | None = 1
    stream: bool | None = False
    stop: str | list[str] | None = None
    seed: Seed | None = None
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    frequency_penalty: float | None = None
    repetition_penalty: float | None = Field(
        None,  # llama.cpp's name is the second
        validation_alias=AliasChoices("repetition_penalty", "repeat_penalty"),
    )

    @property
    def stop_strings(self) -> list[str]:
        """The texts that end an answer and do not belong to it."""
        return [self.stop] if isinstance(self.stop, str) else self.stop or []

    def check(self, *, served_name: str) -> None:
        """Raise VLLMError for the first value that vLLM refuses."""
        if self.model and self.model != served_name:
            raise ModelNotFoundError(self.model)
        for error in self._objections():
            raise error

    def choose_sampling(self) -> Sampling:
        """The engine's sampling for these values, which have been checked."""
        temperature = DEFAULT_TEMPERATURE
        if self.temperature is not None:
            temperature = self.temperature and max(self.temperature, LEAST_TEMPERATURE)
        is_random = self.seed is None or self.seed == RANDOM_SEED
        return Sampling(
            temperature=temperature,
            top_p=1.0 if self.top_p is None else self.top_p,
            top_k=min(max(self.top_k or 0, 0), LARGEST_TOP_K),
            frequency_penalty=self.frequency_penalty or 0.0,
            repetition_penalty=self.repetition_penalty or 1.0,
            seed=secrets.randbits(64) if is_random else self.seed or 0,
        )

    def _objections(self) -> Iterator[VLLMError]:
        if (self.n or 1) != 1:
            yield VLLMError(f"n must be 1 on this machine, got {self.n}.")
        frequency = self.frequency_penalty
        if frequency is not None and not -2 <= frequency <= 2:
            yield VLLMError(f"frequency_penalty must be in [-2, 2], got {frequency}.")
        repetition = self.repetition_penalty
        if repetition is not None:
            if not math.isfinite(repetition):
                reason = f"must be a finite number, got {repetition}."
                yield VLLMError(f"repetition_penalty {reason}")
            if repetition <= 0:
                reason = f"must be greater than zero, got {repetition}."
                yield VLLMError(f"repetition_penalty {reason}")
        yield from self._objections_to_temperature()
        top_p = self.top_p
        if top_p is not None and not 0 < top_p <= 1:
            reason = f"top_p must be in (0, 1], got {top_p}."
            yield VLLMError(reason, param="top_p", value=top_p)
        if self.top_k is not None and self.top_k < -1:
            reason = f"must be 0 (disable), or at least 1, got {self.top_k}."
            yield VLLMError(f"top_k {reason}")
        if not all(self.stop_strings):
            yield VLLMError("stop cannot contain an empty string.")

    def _objections_to_temperature(self) -> Iterator[VLLMError]:
        given = self.temperature
        if given is None or 0 <= given <= 2:
            return
        bounds = "must be in [0, 2]"
        if not math.isfinite(given):
            bounds = "must be a finite number"
        elif given < 0:
            bounds = "must be non-negative"
        reason = f"temperature {bounds}, got {given}."
        yield VLLMError(reason, param="temperature", value=given)
