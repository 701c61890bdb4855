"""SageMaker's control plane on loopback, as far as describing and listing goes.

Speaks AWS JSON 1.1 to the real boto3. It holds what a test adds, says that it could not
find the rest, and records what it was asked.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.serving import running

ACCOUNT = "111122223333"


class _Request(BaseHTTPRequestHandler):
    server: ControlPlane

    def do_POST(self) -> None:
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, answer = self.server.answer(operation, json.loads(body))
        payload = json.dumps(answer, default=datetime.timestamp).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
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

    def add(self, kind: str, name: str, **fields: object) -> None:
        """Hold a resource; `fields` are those of its Describe answer."""
        self.resources[kind, name] = {f"{kind}Name": name, **fields}

    @property
    def environment(self) -> dict[str, str]:
        """What makes boto3 talk to this control plane and to nobody else."""
        return {
            "AWS_ENDPOINT_URL_SAGEMAKER": f"http://127.0.0.1:{self.server_port}",
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
                f"perform: sagemaker:{operation} on resource: y",
            )
        if operation == "ListInferenceComponents":
            endpoint = arguments["EndpointNameEquals"]
            components = [
                fields
                for (kind, _), fields in self.resources.items()
                if kind == "InferenceComponent" and fields["EndpointName"] == endpoint
            ]
            return 200, {"InferenceComponents": components}
        kind = operation.removeprefix("Describe")
        name = arguments[f"{kind}Name"]
        if (kind, name) not in self.resources:
            arn = f"arn:aws:sagemaker:us-east-1:{ACCOUNT}:{kind.lower()}/{name}"
            return 400, _error(
                "ValidationException", f'Could not find {kind.lower()} "{arn}".'
            )
        return 200, self.resources[kind, name]


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
