"""How each of the compared clients is told to stream from a TGI endpoint.

Each imports its own library only, as a program that uses it would.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

REGION = "us-east-1"
QUESTION = "Where is Falcon made?"
Ask = Callable[[], Iterator[str]]
"""Asks the question and yields the answer's pieces."""


def botocore(url: str, tokens: int) -> Ask:
    """Nothing but the loop, a dot for each event: what all who build on boto3 pay."""
    client = runtime_client(url)

    def ask() -> Iterator[str]:
        response = client.invoke_endpoint_with_response_stream(
            EndpointName=str(tokens), ContentType="application/json", Body=b"{}"
        )
        for _ in response["Body"]:
            yield "."

    return ask


def falcon_client(url: str, tokens: int) -> Ask:
    from falcon.client import FalconClient
    from falcon.endpoint import Endpoint
    from falcon.events import TokenEvent

    client = FalconClient(
        Endpoint(name=str(tokens), region=REGION, url=url), container="tgi"
    )

    def ask() -> Iterator[str]:
        for event in client.stream(QUESTION):
            if isinstance(event, TokenEvent):
                yield event.text

    return ask


def langchain_llm(url: str, tokens: int) -> Ask:
    from langchain_aws.llms.sagemaker_endpoint import (
        LLMContentHandler,
        SagemakerEndpoint,
    )

    class TGI(LLMContentHandler):  # type: ignore[misc]  # untyped here: a peer's
        content_type = accepts = "application/json"

        def transform_input(
            self, prompt: str, model_kwargs: dict[str, object]
        ) -> bytes:
            body = {"inputs": prompt, "parameters": model_kwargs, "stream": True}
            return json.dumps(body).encode()

        def transform_output(self, output: bytes) -> str:
            return tgi_text(output)

    llm = SagemakerEndpoint(
        endpoint_name=str(tokens),
        client=runtime_client(url),
        content_handler=TGI(),
        streaming=True,
    )
    return lambda: llm.stream(QUESTION)


def langchain_chat(url: str, tokens: int) -> Ask:
    from langchain_aws.chat_models.sagemaker_endpoint import (
        ChatModelContentHandler,
        ChatSagemakerEndpoint,
    )
    from langchain_core.messages import AIMessageChunk

    nothing = AIMessageChunk(content="")

    class TGI(ChatModelContentHandler):  # type: ignore[misc]  # untyped here: a peer's
        content_type = accepts = "application/json"

        def transform_input(self, prompt: object, model_kwargs: object) -> bytes:
            body = {"inputs": prompt, "parameters": model_kwargs, "stream": True}
            return json.dumps(body).encode()

        def transform_output(self, output: bytes) -> object:
            text = tgi_text(output)
            return AIMessageChunk(content=text) if text else nothing

    chat = ChatSagemakerEndpoint(
        endpoint_name=str(tokens),
        client=runtime_client(url),
        content_handler=TGI(),
        streaming=True,
    )

    def ask() -> Iterator[str]:
        for chunk in chat.stream(QUESTION):
            yield chunk.content

    return ask


def litellm(url: str, tokens: int) -> Ask:
    from litellm import completion

    def ask() -> Iterator[str]:
        for chunk in completion(
            model=f"sagemaker/{tokens}",
            messages=[{"role": "user", "content": QUESTION}],
            stream=True,
            sagemaker_base_url=f"{url}/endpoints/{tokens}/invocations-response-stream",
        ):
            yield chunk.choices[0].delta.content or ""

    return ask


def runtime_client(url: str) -> Any:  # boto3 makes its clients at run time.
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    return boto3.client(
        "sagemaker-runtime",
        region_name=REGION,
        endpoint_url=url,
        config=Config(signature_version=UNSIGNED),
    )


def tgi_text(line: bytes) -> str:
    """The token's text in a line of TGI's stream: what a LangChain handler is for."""
    if not line.startswith(b"data:"):
        return ""
    token = json.loads(line.removeprefix(b"data:"))["token"]
    return "" if token["special"] else str(token["text"])


CLIENTS: dict[str, Callable[[str, int], Ask]] = {
    "botocore": botocore,
    "FalconClient": falcon_client,
    "langchain-aws LLM": langchain_llm,
    "langchain-aws chat": langchain_chat,
    "litellm": litellm,
}
