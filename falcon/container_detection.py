"""Which wire format a container speaks, as far as its image and environment tell.

Knows the names of the images and what their own start scripts read. Asks nobody, and
cannot look into model data: where that decides, the answer is that nobody knows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from falcon.containers import ContainerName

_REPOSITORIES: Mapping[str, ContainerName] = {
    "huggingface-pytorch-tgi-inference": "tgi",
    "text-generation-inference": "tgi",
    "djl-inference": "lmi",
    "djl-lmi": "lmi",
    "vllm": "openai_chat",
    "huggingface-vllm": "openai_chat",
    "huggingface-vllm-inference-neuronx": "openai_chat",
    "sglang": "openai_chat",
    "huggingface-sglang": "openai_chat",
    "llama-cpp": "openai_chat",
    "llama-cpp-arm64": "openai_chat",
    "huggingface-llamacpp": "openai_chat",
}
"""AWS's own names, in every account and region; /invocations of the last eight is
/v1/chat/completions."""

_TAGS: Mapping[str, ContainerName] = {r"\btgi\d": "tgi", r"\blmi\d": "lmi"}
"""What a tag such as 2.7.0-tgi3.3.6-gpu says of an image under another name."""

_TRUE = ("true", "1")


def image_name(image: str) -> str:
    """Return an image's name and tag without its registry, account and digest."""
    return image.rpartition("/")[2].partition("@")[0]


def detect_container(
    *, image: str, environment: Mapping[str, str], has_model_data: bool
) -> ContainerName | None:
    """Return the wire format; None where image and environment do not tell.

    `has_model_data`: files from S3 lie in the container, which DJL may run as code.
    """
    repository, _, tag = image_name(image).partition(":")
    container = _REPOSITORIES.get(repository) or _of_tag(tag)
    if container == "tgi" and _is_true(environment.get("MESSAGES_API_ENABLED")):
        return "openai_chat"
    if container == "lmi" and not _is_lmi(environment, has_model_data=has_model_data):
        return None
    return container


def _of_tag(tag: str) -> ContainerName | None:
    return next((name for mark, name in _TAGS.items() if re.search(mark, tag)), None)


def _is_lmi(environment: Mapping[str, str], *, has_model_data: bool) -> bool:
    """Whether LMI's own handlers answer in a DJL container.

    DJL runs the entry point that it is told, else a model.py among the model data, and
    only then its own handler for the model that the environment names.
    """
    entry_point = environment.get("OPTION_ENTRYPOINT")
    if entry_point is not None:
        return entry_point.startswith("djl_python.")
    if _batches(environment):
        return True
    model = environment.get("HF_MODEL_ID") or environment.get("OPTION_MODEL_ID") or ""
    # Data beside a model from elsewhere is there for another reason: a handler.
    return model.startswith("/opt/ml/model") if has_model_data else model != ""


def _batches(environment: Mapping[str, str]) -> bool:
    """Whether requests are batched, which only LMI's own handlers can do."""
    rolling_batch = environment.get("OPTION_ROLLING_BATCH", "disable")
    return rolling_batch != "disable" or _is_true(environment.get("OPTION_ASYNC_MODE"))


def _is_true(text: str | None) -> bool:
    return text is not None and text.lower() in _TRUE
