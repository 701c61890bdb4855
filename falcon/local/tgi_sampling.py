"""How TGI's model side reads the sampling parameters, which is not how its router does.

Sampling is on if it is asked for or if a warper is set; a temperature of exactly 1 is
no warper, so without `do_sample` it takes the likeliest token.
Source: server/text_generation_server/utils/tokens.py.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from falcon.local.sampling import Sampling

if TYPE_CHECKING:
    from falcon.local.tgi_request import GenerateParameters

GREEDY = 0.0
LARGEST_TEMPERATURE = 1e30
"""Beyond it, single precision overflows; long before it, every token is as likely."""


def choose_sampling(parameters: GenerateParameters) -> Sampling:
    """The engine's sampling for these parameters, with a random seed if none is set."""
    temperature = 1.0 if parameters.temperature is None else parameters.temperature
    samples = (
        parameters.do_sample
        or temperature != 1.0
        or parameters.top_k is not None
        or parameters.top_p is not None
        or parameters.typical_p is not None
    )
    seed = parameters.seed
    return Sampling(
        temperature=min(temperature, LARGEST_TEMPERATURE) if samples else GREEDY,
        top_k=parameters.top_k or 0,
        top_p=1.0 if parameters.top_p is None else parameters.top_p,
        typical_p=1.0 if parameters.typical_p is None else parameters.typical_p,
        repetition_penalty=parameters.repetition_penalty or 1.0,
        frequency_penalty=parameters.frequency_penalty or 0.0,
        seed=secrets.randbits(64) if seed is None else seed,
        alternatives=parameters.top_n_tokens or 0,
    )
