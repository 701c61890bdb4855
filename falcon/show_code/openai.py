"""A request as Python with OpenAI's client, on SageMaker's own OpenAI route.

For containers that speak chat: SageMaker hands /openai/v1/chat/completions through as
it is. A short-lived token, made from AWS credentials, takes the place of a signature.
"""

from __future__ import annotations

import json

from falcon.endpoint import Endpoint
from falcon.show_code.literals import INDENT, python_literal, python_text
from falcon.show_code.shell import runtime_url

_ARGUMENTS = frozenset(
    {
        "frequency_penalty",
        "max_tokens",
        "messages",
        "seed",
        "stop",
        "stream",
        "stream_options",
        "temperature",
        "top_p",
    }
)
"""What OpenAI's client has an argument for; the rest goes into extra_body."""

_CODE = """\
from openai import OpenAI
from sagemaker.core.token_generator import generate_token

client = OpenAI(
    base_url={url},
    # From your AWS credentials; they need sagemaker:CallWithBearerToken and
    # sagemaker:InvokeEndpoint.
    api_key=generate_token(region={region}),
    max_retries=0,
)
answer = client.chat.completions.create(
    model="",  # The address names the endpoint; vLLM refuses its name here.
{arguments})
"""
_READ_STREAM = """\
for chunk in answer:
    for choice in chunk.choices:
        print(choice.delta.content or "", end="", flush=True)
"""
_READ_WHOLE = "print(answer.choices[0].message.content)\n"


def openai_code(endpoint: Endpoint, payload: bytes) -> str:
    """Return the code that asks the endpoint with OpenAI's client."""
    body: dict[str, object] = json.loads(payload)
    arguments = {name: body[name] for name in body if name in _ARGUMENTS}
    if extra := {name: body[name] for name in body if name not in _ARGUMENTS}:
        arguments["extra_body"] = extra
    url = f"{runtime_url(endpoint.region)}/endpoints/{endpoint.name}/openai/v1"
    code = _CODE.format(
        url=python_text(url),
        region=python_text(endpoint.region),
        arguments="".join(
            f"{INDENT}{name}={python_literal(value, indent=INDENT)},\n"
            for name, value in arguments.items()
        ),
    )
    return code + (_READ_STREAM if body.get("stream") else _READ_WHOLE)
