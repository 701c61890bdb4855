"""The request that would be sent, as code that sends it.

Made from the very body that the container's format encodes. Nothing secret is in it:
AWS's libraries find credentials by themselves, and curl is told where they stand. Only
the endpoint's name, its region and its address on this machine are real.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from falcon.containers import ContainerName
from falcon.endpoint import Endpoint
from falcon.models import FalconModel
from falcon.parameters import GenerationParameters
from falcon.prompt import Turn
from falcon.show_code.client import client_code
from falcon.show_code.openai import openai_code
from falcon.show_code.python import stream_code, whole_code
from falcon.show_code.shell import cli_code, curl_code


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRequest:
    """One question as it would be sent."""

    endpoint: Endpoint
    container: ContainerName
    model: FalconModel
    turns: Sequence[Turn]
    """The conversation, its system prompt first."""
    parameters: GenerationParameters
    whole: bytes
    """The body that asks for a whole answer."""
    streamed: bytes | None
    """The body that asks for a stream; None where the container has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snippet:
    """One way to send it."""

    title: str
    language: Literal["python", "bash"]
    code: str
    installs: str = ""
    """What to install first."""


def show_code(request: ShownRequest) -> tuple[Snippet, ...]:
    """Return every way there is to send this request."""
    endpoint, container = request.endpoint, request.container
    snippets = []
    if request.streamed is not None:
        code = stream_code(endpoint, container, request.streamed)
        snippets.append(_python("boto3, streaming", code, "pip install boto3"))
    code = whole_code(endpoint, container, request.whole)
    snippets.append(_python("boto3", code, "pip install boto3"))
    code = client_code(
        endpoint,
        container,
        request.model,
        request.turns,
        request.parameters,
        streams=request.streamed is not None,
    )
    snippets.append(_python("FalconClient", code))
    if container == "openai_chat" and endpoint.url is None:
        code = openai_code(endpoint, request.streamed or request.whole)
        snippets.append(_python("OpenAI", code, "pip install openai sagemaker-core"))
    for title, shell_code in (("AWS CLI", cli_code), ("curl", curl_code)):
        code = shell_code(endpoint, request.whole)
        snippets.append(Snippet(title=title, language="bash", code=code))
    return tuple(snippets)


def _python(title: str, code: str, installs: str = "") -> Snippet:
    return Snippet(title=title, language="python", code=code, installs=installs)
