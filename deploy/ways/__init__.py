"""The ways to serve a Falcon on SageMaker, as one table.

Each is a value: what it is, what it speaks, which image runs and what its deployment
consists of. What calls AWS goes by the parts alone and knows none of the ways.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from deploy.ways import djl, environments, jumpstart
from deploy.ways.containers import from_gguf, from_hub
from deploy.ways.images import Image
from deploy.ways.parts import Parts, Site
from falcon.containers import ContainerName
from falcon.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    name: str
    title: str
    container: ContainerName
    """The wire format that the endpoint speaks."""
    parts: Callable[[Site], Parts]
    image: Image | None = None
    """None: JumpStart's specification names it."""
    has_chat_route: bool = False
    """Whether SageMaker's own OpenAI-compatible address reaches a chat in it."""
    endpoint_name: str | None = None
    """What it is called unless somebody chooses; None: after the model and the way."""
    config_name: str | None = None
    variant_name: str = "AllTraffic"


_TGI = Image(framework="huggingface-llm", version="3.3.6")
_LMI = Image(framework="djl-lmi", version="0.38.0")
_VLLM = Image(framework="vllm", version="0.30.0")
_LLAMA_CPP = Image(framework="llama-cpp", version="1.0.1")

WAYS = (
    Way(
        name="jumpstart",
        title="JumpStart: AWS's copy of the weights, in Hugging Face's TGI",
        container="tgi",
        parts=jumpstart.parts,
    ),
    Way(
        name="tgi",
        title="Hugging Face's TGI, weights from the Hub",
        container="tgi",
        image=_TGI,
        parts=partial(from_hub, _TGI, environments.tgi),
    ),
    Way(
        name="lmi",
        title="DJL's LMI (vLLM inside), weights from the Hub",
        container="lmi",
        image=_LMI,
        parts=partial(from_hub, _LMI, environments.lmi),
    ),
    # The names are those of the article that this way comes from.
    Way(
        name="djl",
        title="DJL with a model.py of its own: {text, text_length}",
        container="text_length",
        image=_LMI,
        parts=partial(djl.parts, _LMI),
        endpoint_name="falcon7b-model-ds-endpt",
        config_name="falcon7b-model-ds-cf",
        variant_name="falcon7",
    ),
    Way(
        name="vllm",
        title="vLLM, weights from the Hub",
        container="openai_chat",
        image=_VLLM,
        parts=partial(from_hub, _VLLM, environments.vllm),
        has_chat_route=True,
    ),
    Way(
        name="llama_cpp",
        title="llama.cpp on a CPU instance: a GGUF file",
        container="openai_chat",
        image=_LLAMA_CPP,
        parts=partial(from_gguf, _LLAMA_CPP),
        has_chat_route=True,
    ),
)


def find_way(name: str) -> Way:
    """Return the way of this name; raises ConfigurationError naming those there are."""
    for way in WAYS:
        if way.name == name:
            return way
    known = ", ".join(way.name for way in WAYS)
    raise ConfigurationError(f"There is no way {name!r} to serve. Known are: {known}.")
