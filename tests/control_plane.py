"""AWS's control plane on loopback, as far as describing and listing endpoints goes.

SageMaker's, and what is asked of CloudWatch and of the tagging service. Speaks to the
real boto3. It holds what a test adds, says that it could not find the rest, and
records what it was asked.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import struct
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.parsers import RpcV2CBORParser

from tests.serving import running

ACCOUNT = "111122223333"


class _Request(BaseHTTPRequestHandler):
    server: ControlPlane

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "X-Amz-Target" not in self.headers:
            self.answer_in_cbor(body)
            return
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        status, answer = self.server.answer(operation, json.loads(body))
        payload = json.dumps(answer, default=datetime.timestamp).encode()
        self.reply(status, "application/x-amz-json-1.1", payload)

    def answer_in_cbor(self, body: bytes) -> None:
        """CloudWatch, to which botocore speaks CBOR."""
        operation = self.path.rpartition("/")[2]
        asked = RpcV2CBORParser().parse_data_item(io.BufferedReader(io.BytesIO(body)))
        status, answer = self.server.answer(operation, asked)
        self.reply(status, "application/cbor", _cbor(answer))

    def reply(self, status: int, content_type: str, payload: bytes) -> None:
        self.send_response(status)
        self.send_header("smithy-protocol", "rpc-v2-cbor")
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_: object) -> None:
        """Say nothing: the tests' output is for the tests."""


class ControlPlane(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.resources: dict[tuple[str, str], dict[str, Any]] = {}
        """What there is, by kind (such as EndpointConfig) and name."""
        self.refused: set[str] = set()
        """The operations that the caller's IAM policy does not allow."""
        self.calls: list[tuple[str, dict[str, Any]]] = []
        """Each operation that was asked for and its arguments, in order."""
        self.page_size = 100
        """How many endpoints ListEndpoints names at once."""
        self.ours: set[str] = set()
        """The endpoints that carry the tag that is asked for."""
        self.invocations: dict[str, list[float]] = {}
        """What CloudWatch counted, by variant or inference component."""

    def add(self, kind: str, name: str, **fields: object) -> None:
        """Hold a resource; `fields` are those of its Describe answer."""
        self.resources[kind, name] = {f"{kind}Name": name, **fields}

    def add_endpoint(
        self,
        name: str,
        *,
        created: datetime,
        status: str = "InService",
        instance_type: str = "ml.g5.2xlarge",
        count: int = 1,
    ) -> None:
        """Hold an endpoint that runs TGI, with what is behind it."""
        self.add(
            "Endpoint",
            name,
            EndpointArn=arn("endpoint", name),
            EndpointConfigName=name,
            EndpointStatus=status,
            CreationTime=created,
            LastModifiedTime=created,
            ProductionVariants=[
                {"VariantName": f"{name}-all", "CurrentInstanceCount": count}
            ],
        )
        variant = {
            "VariantName": f"{name}-all",
            "ModelName": name,
            "InstanceType": instance_type,
            "InitialInstanceCount": count,
        }
        self.add("EndpointConfig", name, ProductionVariants=[variant])
        image = "huggingface-pytorch-tgi-inference:2.4-tgi2.4.0"
        self.add("Model", name, PrimaryContainer={"Image": image})

    @property
    def environment(self) -> dict[str, str]:
        """What makes boto3 talk to this control plane and to nobody else."""
        url = f"http://127.0.0.1:{self.server_port}"
        return {
            "AWS_ENDPOINT_URL_SAGEMAKER": url,
            "AWS_ENDPOINT_URL_CLOUDWATCH": url,
            "AWS_ENDPOINT_URL_RESOURCE_GROUPS_TAGGING_API": url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def answer(
        self, operation: str, arguments: dict[str, Any]
    ) -> tuple[int, dict[str, Any]]:
        self.calls.append((operation, arguments))
        if operation in self.refused:
            return 400, _error(
                "AccessDeniedException",
                f"User: arn:aws:sts::{ACCOUNT}:assumed-role/x is not authorized to "
                f"perform: {_SERVICES.get(operation, 'sagemaker')}:{operation} on "
                "resource: y",
            )
        if operation in _LISTINGS:
            return 200, _LISTINGS[operation](self, arguments)
        kind = operation.removeprefix("Describe")
        name = arguments[f"{kind}Name"]
        if (kind, name) not in self.resources:
            missing = arn(kind.lower(), name)
            return 400, _error(
                "ValidationException", f'Could not find {kind.lower()} "{missing}".'
            )
        return 200, self.resources[kind, name]

    def list_inference_components(self, arguments: dict[str, Any]) -> dict[str, Any]:
        endpoint = arguments["EndpointNameEquals"]
        components = [
            fields
            for fields in self.all("InferenceComponent")
            if fields["EndpointName"] == endpoint
        ]
        return {"InferenceComponents": components}

    def list_endpoints(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """A page of the endpoints, the newest first as is always asked for."""
        newest = sorted(
            self.all("Endpoint"),
            key=lambda fields: fields["CreationTime"],
            reverse=True,
        )
        begin = int(arguments.get("NextToken", 0))
        end = begin + min(self.page_size, arguments["MaxResults"])
        more = {"NextToken": str(end)} if end < len(newest) else {}
        return {"Endpoints": newest[begin:end], **more}

    def get_resources(self, _: dict[str, Any]) -> dict[str, Any]:
        tagged = [{"ResourceARN": arn("endpoint", name)} for name in sorted(self.ours)]
        return {"PaginationToken": "", "ResourceTagMappingList": tagged}

    def get_metric_data(self, arguments: dict[str, Any]) -> dict[str, Any]:
        def values(query: dict[str, Any]) -> list[float]:
            dimensions = query["MetricStat"]["Metric"]["Dimensions"]
            return self.invocations.get(dimensions[-1]["Value"], [])

        return {
            "MetricDataResults": [
                {"Id": query["Id"], "Values": values(query)}
                for query in arguments["MetricDataQueries"]
            ]
        }

    def all(self, kind: str) -> list[dict[str, Any]]:
        return [fields for (of, _), fields in self.resources.items() if of == kind]


_SERVICES = {"GetResources": "tag", "GetMetricData": "cloudwatch"}
_LISTINGS = {
    "ListInferenceComponents": ControlPlane.list_inference_components,
    "ListEndpoints": ControlPlane.list_endpoints,
    "GetResources": ControlPlane.get_resources,
    "GetMetricData": ControlPlane.get_metric_data,
}


def arn(kind: str, name: str) -> str:
    return f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:{kind}/{name}"


def _cbor(value: object) -> bytes:
    """Return the few kinds of values that an answer here is made of, in CBOR."""
    match value:
        case float():
            return b"\xfb" + struct.pack(">d", value)
        case str():
            return b"\x79" + struct.pack(">H", len(value.encode())) + value.encode()
        case list():
            return b"\x99" + struct.pack(">H", len(value)) + b"".join(map(_cbor, value))
        case dict():
            parts = (_cbor(part) for item in value.items() for part in item)
            return b"\xb9" + struct.pack(">H", len(value)) + b"".join(parts)
    raise TypeError(value)


def _error(code: str, message: str) -> dict[str, str]:
    return {"__type": code, "message": message}


@contextlib.contextmanager
def serving(monkeypatch: pytest.MonkeyPatch) -> Iterator[ControlPlane]:
    """A control plane in which nothing exists yet; boto3 asks it, and nobody else."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with running(ControlPlane()) as plane:
        for name, value in plane.environment.items():
            monkeypatch.setenv(name, value)
        yield plane
