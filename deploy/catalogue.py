"""What can be deployed: which Falcon, served which way, on which instances.

One row for each model and way to serve it. Knows where the weights come from, at which
revision and under which licence; prices and quotas are AWS's to tell.
"""

from __future__ import annotations

from dataclasses import dataclass

from falcon.errors import ConfigurationError
from falcon.models import FalconModel, find_model

_APACHE = "Apache 2.0"
_FALCON_180B = "Falcon-180B TII License"
_FALCON_2 = "TII Falcon License 2.0"
_FALCON_3 = "TII Falcon-LLM License 2.0"
_FALCON_H1 = "Falcon-LLM License"

_ONE_GPU = ("ml.g5.2xlarge", "ml.g5.4xlarge", "ml.g5.8xlarge", "ml.g5.16xlarge")
_SMALL_GPU = ("ml.g5.2xlarge", "ml.g5.xlarge", "ml.g6.2xlarge")
_FOUR_GPUS = ("ml.g5.12xlarge",)
_CPU = ("ml.c6i.2xlarge", "ml.c6i.4xlarge", "ml.c6i.8xlarge")
"""Where AWS tests its llama.cpp container: the first of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One model, served one way."""

    model: str
    """What a person calls it."""
    way: str
    """A name of deploy/ways/."""
    falcon_model: str
    """Its id in falcon/models.py: how long its context is and how turns are marked."""
    parameters: str
    licence: str
    source: str
    """JumpStart's id, or the repository on the Hugging Face Hub; for llama.cpp the
    file in it as well. Empty: only a file of one's own can be served."""
    revision: str
    """JumpStart's version, or the repository's commit: what runs today runs
    tomorrow."""
    instance_types: tuple[str, ...]
    """Those that it fits, the one that is taken first."""
    gpus: int = 1
    """How many GPUs share its weights."""

    @property
    def described(self) -> FalconModel:
        return find_model(self.falcon_model)


def _offer(
    model: str,
    way: str,
    source: str,
    revision: str,
    *,
    parameters: str,
    instance_types: tuple[str, ...] = _ONE_GPU,
    licence: str = _APACHE,
    falcon_model: str | None = None,
    gpus: int = 1,
) -> Offer:
    return Offer(
        model=model,
        way=way,
        falcon_model=falcon_model or model,
        parameters=parameters,
        licence=licence,
        source=source,
        revision=revision,
        instance_types=instance_types,
        gpus=gpus,
    )


_7B_INSTRUCT = ("tiiuae/falcon-7b-instruct", "8782b5c5d8c9290412416618f36a133653e85285")
_3_1B = ("tiiuae/Falcon3-1B-Instruct", "28ba2251970a01dd1edc7ba7dad2eb71216ccfdf")
_3_3B = ("tiiuae/Falcon3-3B-Instruct", "411bb94318f94f7a5735b77109f456b1e74b42a1")
_3_7B = ("tiiuae/Falcon3-7B-Instruct", "1e57a0ecd176c7c139f289c60a74e57f887c3dfb")
_3_10B = ("tiiuae/Falcon3-10B-Instruct", "8799bc6aec0152757221dc6b272d824642db6202")
_3_1B_GGUF = (
    "tiiuae/Falcon3-1B-Instruct-GGUF/Falcon3-1B-Instruct-q4_k_m.gguf",
    "fc404df7cfbd32eaefbcbeb2079aba684e894d39",
)

# JumpStart's versions, instance types and GPUs: its manifest of us-east-1. vLLM and
# llama.cpp are asked for a chat, which needs a chat template beside the weights: the
# Falcons of 2023 came without one, so those are served by what takes a prompt.
OFFERS = (
    _offer(
        "falcon-7b-instruct",
        "jumpstart",
        "huggingface-llm-falcon-7b-instruct-bf16",
        "4.6.16",
        parameters="7B",
    ),
    _offer("falcon-7b-instruct", "tgi", *_7B_INSTRUCT, parameters="7B"),
    _offer("falcon-7b-instruct", "lmi", *_7B_INSTRUCT, parameters="7B"),
    # Weights that were taught no turns. They go on with a dialogue that is written
    # down as one, and falcon-7b-instruct's way of writing it is the plainest.
    _offer(
        "falcon-7b",
        "djl",
        "tiiuae/falcon-7b",
        "ec89142b67d748a1865ea4451372db8313ada0d8",
        parameters="7B",
        falcon_model="falcon-7b-instruct",
    ),
    _offer(
        "falcon-40b-instruct",
        "jumpstart",
        "huggingface-llm-falcon-40b-instruct-bf16",
        "2.3.22",
        parameters="40B",
        instance_types=(
            "ml.g5.48xlarge",
            "ml.g5.24xlarge",
            "ml.g5.12xlarge",
            "ml.p4d.24xlarge",
        ),
        gpus=8,
    ),
    _offer(
        "falcon-180b-chat",
        "jumpstart",
        "huggingface-llm-falcon-180b-chat-bf16",
        "1.6.17",
        parameters="180B",
        instance_types=("ml.p4de.24xlarge", "ml.p5.48xlarge"),
        licence=_FALCON_180B,
        gpus=8,
    ),
    _offer(
        "falcon2-11b",
        "jumpstart",
        "huggingface-llm-falcon2-11b",
        "1.2.17",
        parameters="11B",
        instance_types=_FOUR_GPUS,
        licence=_FALCON_2,
        gpus=4,
    ),
    _offer(
        "falcon3-1b-instruct",
        "vllm",
        *_3_1B,
        parameters="1B",
        instance_types=_SMALL_GPU,
        licence=_FALCON_3,
    ),
    _offer(
        "falcon3-1b-instruct",
        "llama_cpp",
        *_3_1B_GGUF,
        parameters="1B",
        instance_types=_CPU,
        licence=_FALCON_3,
    ),
    _offer(
        "falcon3-3b-instruct",
        "vllm",
        *_3_3B,
        parameters="3B",
        instance_types=_SMALL_GPU,
        licence=_FALCON_3,
    ),
    _offer(
        "falcon3-3b-instruct",
        "llama_cpp",
        "",
        "",
        parameters="3B",
        instance_types=_CPU,
        licence=_FALCON_3,
    ),
    _offer("falcon3-7b-instruct", "vllm", *_3_7B, parameters="7B", licence=_FALCON_3),
    _offer("falcon3-7b-instruct", "lmi", *_3_7B, parameters="7B", licence=_FALCON_3),
    _offer(
        "falcon3-7b-instruct",
        "llama_cpp",
        "",
        "",
        parameters="7B",
        instance_types=_CPU,
        licence=_FALCON_3,
    ),
    _offer(
        "falcon3-10b-instruct",
        "vllm",
        *_3_10B,
        parameters="10B",
        instance_types=_FOUR_GPUS,
        licence=_FALCON_3,
        gpus=4,
    ),
    _offer(
        "falcon-h1-instruct",
        "vllm",
        "tiiuae/Falcon-H1-7B-Instruct",
        "41e72f27effbab80cd45b6e884688452253a3686",
        parameters="7B",
        licence=_FALCON_H1,
    ),
)

DEFAULT_OFFER = OFFERS[0]


def find_offer(model: str, way: str | None = None) -> Offer:
    """Return a model's offer; `way` None: the first.

    Raises ConfigurationError naming what there is.
    """
    of_model = [offer for offer in OFFERS if offer.model == model]
    if not of_model:
        known = ", ".join(dict.fromkeys(offer.model for offer in OFFERS))
        raise ConfigurationError(
            f"There is no model {model!r} to deploy. Known are: {known}. "
            "`python -m deploy models` tells of each."
        )
    for offer in of_model:
        if way in (None, offer.way):
            return offer
    known = ", ".join(offer.way for offer in of_model)
    raise ConfigurationError(
        f"{model} is not served by {way!r}. Its ways (--way) are: {known}."
    )
