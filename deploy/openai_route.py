"""SageMaker's own OpenAI-compatible address of an endpoint, for other programs.

It passes a chat on as it is, so it reaches containers that speak one. A bearer token
takes the place of a signature; whoever has it needs ACTIONS.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from deploy.aws import Aws
from deploy.ways import find_way

ACTIONS = ("sagemaker:CallWithBearerToken", "sagemaker:InvokeEndpoint")
_TOKEN = (
    "from sagemaker.core.token_generator import generate_token; "
    "print(generate_token({region!r}))"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAIRoute:
    base_url: str
    """What OpenAI's clients call so; they are given an empty `model`."""
    token_command: str
    """Prints a token that is good for up to twelve hours."""


def openai_route(aws: Aws, *, endpoint_name: str, way: str) -> OpenAIRoute | None:
    """Return the address; None: what the way runs does not speak chat."""
    if not find_way(way).has_chat_route:
        return None
    host = aws.client("sagemaker-runtime").meta.endpoint_url
    command = shlex.join(["python", "-c", _TOKEN.format(region=aws.region)])
    profile = f"AWS_PROFILE={shlex.quote(aws.profile)} " if aws.profile else ""
    return OpenAIRoute(
        base_url=f"{host}/endpoints/{endpoint_name}/openai/v1",
        token_command=profile + command,
    )
