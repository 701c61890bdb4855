"""The account: what there is, what it was asked, faults, the clock, who is billed."""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

import pytest

from tests.deploy_plane import listings, others, sagemaker
from tests.deploy_plane.faults import ACCOUNT, Fault
from tests.deploy_plane.sagemaker import Answer, Behaviour, Resource
from tests.deploy_plane.stacks import Stacks
from tests.deploy_plane.wire import AwsError, Call, decode
from tests.serving import running

REGION = "us-east-1"
SECONDS_A_CALL = 1.0
SECONDS_A_LOOK = 30.0
"""How far the clock goes when an endpoint is described: between two looks."""

Moment = Literal["before", "done", "answered"]
"""Of a call: before it is done, when it is done and not yet answered, and after."""


class _Request(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # An answer in one piece: in two, TCP waits 40 ms.
    server: Account

    def answer(self) -> None:
        body = self._body()
        call = decode(self.command, self.path, dict(self.headers.items()), body)
        encoded = self.server.answer(call)
        self.close_connection = encoded is None
        if encoded is None:
            return
        status, content_type, payload = encoded
        self.send_response(status)
        self.send_header("smithy-protocol", "rpc-v2-cbor")
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        with contextlib.suppress(ConnectionError):  # The client may have been killed.
            if self.command != "HEAD":
                self.wfile.write(payload)
            self.wfile.flush()
        self.server.tell("answered", call)

    def do_POST(self) -> None:
        self.answer()

    def do_PUT(self) -> None:
        self.answer()

    def do_HEAD(self) -> None:
        self.answer()

    def do_GET(self) -> None:
        self.answer()

    def do_DELETE(self) -> None:
        self.answer()

    def handle_expect_100(self) -> bool:
        super().handle_expect_100()
        self.wfile.flush()  # Else the client waits a second for it.
        return True

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline().split(b";")[0], 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):  # The client may have been killed.
            super().handle()

    def log_message(self, *_: object) -> None:
        """Say nothing: the tests' output is for the tests."""


class Account(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self._lock = threading.Lock()
        self.reset()

    def reset(self) -> None:
        """Let nothing exist and nothing have been asked."""
        self.number = ACCOUNT
        self.caller = "user/Anna"
        self.now = datetime.now(UTC)
        self.behaviour = Behaviour()
        self.resources: dict[tuple[str, str], Resource] = {}
        """What there is in SageMaker, by kind (such as EndpointConfig) and name."""
        self.creations: list[tuple[str, str]] = []
        """What was ever created in SageMaker, in order."""
        self.objects: dict[tuple[str, str], bytes] = {}
        """What there is in S3, by bucket and key."""
        self.scaling: dict[str, dict[str, Any]] = {}
        """Scalable targets with their policies, by the id of the resource."""
        self.log_lines: dict[str, list[str]] = {}
        """What containers said, by endpoint; none: there is no log group."""
        self.invocations: dict[str, list[tuple[datetime, float]]] = {}
        """What CloudWatch counted, by endpoint."""
        self.billed_seconds = 0.0
        """Of all endpoints together, by the account's clock."""
        self.stacks = Stacks()
        """What there is in CloudFormation."""
        self.answers: dict[str, Answer] = {
            **sagemaker.ANSWERS,
            **listings.ANSWERS,
            **others.ANSWERS,
            **self.stacks.answers(),
        }
        self.calls: list[tuple[str, dict[str, Any]]] = []
        """Each operation that was asked for and its arguments, in order."""
        self.fault_at: dict[int, Fault] = {}
        """What goes wrong at which call, counted from 1."""
        self.faults: list[Fault] = []
        """What goes wrong at every call of an operation, or at every call."""
        self.on_call: Callable[[Moment, int, Call], None] = lambda *_: None
        """Told of each call three times: see Moment. The number counts from 1."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def environment(self) -> dict[str, str]:
        """What makes botocore talk to this account and to nobody else."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_MAX_ATTEMPTS": "1",
        }

    def arn(self, word: str, name: str) -> str:
        return f"arn:aws:sagemaker:{REGION}:{self.number}:{word}/{name.lower()}"

    def operations(self) -> list[str]:
        return [operation for operation, _ in self.calls]

    def names(self, kind: str) -> list[str]:
        """The names of what there is of a kind, such as Endpoint."""
        return [name for held, name in self.resources if held == kind]

    def pass_time(self, seconds: float) -> None:
        """Move the clock, and bill whoever runs."""
        running_now = len(self.names("Endpoint"))
        self.billed_seconds += seconds * running_now
        self.now += timedelta(seconds=seconds)
        sagemaker.settle(self)

    def answer(self, call: Call) -> tuple[int, str, bytes] | None:
        with self._lock:
            self.calls.append((call.operation, call.arguments))
            call.number = len(self.calls)
            fault = self._fault(len(self.calls), call.operation)
        self.tell("before", call)
        with self._lock:
            answer = self._do(call, fault)
        self.tell("done", call)
        return None if answer is None else call.encode(answer)

    def tell(self, moment: Moment, call: Call) -> None:
        self.on_call(moment, call.number, call)

    def _fault(self, number: int, operation: str) -> Fault | None:
        lasting = (f for f in self.faults if f.operation in ("", operation))
        return self.fault_at.get(number) or next(lasting, None)

    def _do(self, call: Call, fault: Fault | None) -> dict[str, Any] | AwsError | None:
        is_look = call.operation == "DescribeEndpoint"
        self.pass_time(SECONDS_A_LOOK if is_look else SECONDS_A_CALL)
        if fault is not None and fault.kind != "unanswered, done":
            return fault.refusal()
        try:
            answer = self.answers[call.operation](self, call.arguments)
        except AwsError as refused:
            answer_or_refusal: dict[str, Any] | AwsError = refused
        else:
            answer_or_refusal = answer
        return None if fault is not None else answer_or_refusal


@contextlib.contextmanager
def serving(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account in which nothing exists yet; botocore asks it, and nobody else."""
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    account = _start()
    account.reset()
    for name, value in account.environment.items():
        monkeypatch.setenv(name, value)
    yield account


@functools.cache
def _start() -> Account:
    """Start the one account of this process: making clients anew takes long."""
    stack = contextlib.ExitStack()
    atexit.register(stack.close)
    return stack.enter_context(running(Account()))
