"""An unmodified boto3 client against the local endpoint, and what it is asked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.config import Config

from falcon.local.process import LocalEndpoint
from falcon.local.runtime import ENDPOINT_NAME

PROMPT = "\n\nUser: Hello\n\nAssistant:"
KOREAN_PROMPT = "\n\nUser: 팔콘이 뭔가요?\n\nAssistant:"


@dataclass(frozen=True, slots=True)
class RuntimeClient:
    """Sends TGI requests and reads what comes back, both as they are on the wire."""

    # Any: boto3 makes its clients, and TGI its answers, at run time.
    boto3: Any
    endpoint_name: str

    def whole(self, inputs: str = PROMPT, /, **parameters: object) -> dict[str, Any]:
        """The whole answer to `inputs`."""
        body = json.dumps({"inputs": inputs, "parameters": parameters})
        [answer] = json.loads(self.invoke(body))
        assert isinstance(answer, dict)
        return answer

    def invoke(self, body: str | bytes) -> bytes:
        """The bytes that InvokeEndpoint answers with."""
        response = self.boto3.invoke_endpoint(
            EndpointName=self.endpoint_name, ContentType="application/json", Body=body
        )
        content = response["Body"].read()
        assert isinstance(content, bytes)
        return content

    def stream(self, inputs: str = PROMPT, /, **parameters: object) -> list[Any]:
        """All events of a stream."""
        return [json.loads(part[5:]) for part in self.parts(inputs, **parameters)]

    def parts(self, inputs: str = PROMPT, /, **parameters: object) -> Iterator[bytes]:
        """The payload parts of a stream as they come."""
        with closing(self.open_stream(inputs, **parameters)["Body"]) as events:
            for event in events:
                yield event["PayloadPart"]["Bytes"]

    def open_stream(self, inputs: str = PROMPT, /, **parameters: object) -> Any:
        """The response to a request for a stream, its body unread."""
        body = {"inputs": inputs, "parameters": parameters, "stream": True}
        return self.boto3.invoke_endpoint_with_response_stream(
            EndpointName=self.endpoint_name,
            ContentType="application/json",
            Body=json.dumps(body),
        )


@contextmanager
def connect(url: str) -> Iterator[RuntimeClient]:
    """A client of the local endpoint at this address."""
    client = boto3.client(
        "sagemaker-runtime",
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=16),
    )
    with closing(client):
        yield RuntimeClient(client, ENDPOINT_NAME)


@pytest.fixture(scope="session")
def runtime(local_endpoint: LocalEndpoint) -> Iterator[RuntimeClient]:
    """A client of the local endpoint."""
    with connect(local_endpoint.url) as client:
        yield client
