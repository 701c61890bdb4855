"""An endpoint that fails in the way its name says: chunked HTTP over loopback.

A name is a fault of tests/fault_modes.py or a refusal such as http-503. "early-" before
a fault lets it come before any text; "-then-2" after it means that the third question
is answered, "-while-cold" that those are which come after the endpoint has started. It
counts the requests and notices when a client leaves, which is what a GPU bill depends
on.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from http.server import ThreadingHTTPServer
from typing import Any

from falcon.containers import ContainerName
from tests.fault_modes import FaultModes
from tests.fault_wire import REFUSAL
from tests.serving import running
from tests.stream_lines import LINES
from tests.stream_lines import TEXT as TEXT
from tests.stream_lines import error_line as error_line
from tests.stream_lines import final_line as final_line
from tests.stream_lines import token_line as token_line


class Connection(FaultModes):
    def do_POST(self) -> None:  # noqa: N802  # http.server's name
        self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.server.counted(self.body), contextlib.suppress(ConnectionError):
            try:
                self.fail(self.path.split("/")[2])
            except ConnectionError:
                self.server.leaves()
                raise

    def do_GET(self) -> None:  # noqa: N802
        self.server.pings += 1
        self.reply(503 if self.server.is_cold else 200, b"{}")

    def fail(self, name: str) -> None:
        """Do what an endpoint of this name does now."""
        fault, _, times = name.partition("-then-")
        if times and len(self.server.bodies) > int(times):
            fault = "healthy"
        if fault.endswith("-while-cold"):
            fault = fault.removesuffix("-while-cold")
            fault = fault if self.server.is_cold else "healthy"
        if refusal := REFUSAL.fullmatch(fault):
            self.refuse(**refusal.groupdict())
            return
        self.is_early = fault.startswith("early-")
        getattr(self, fault.removeprefix("early-").replace("-", "_"))()


class FaultEndpoint(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def __init__(self, container: ContainerName = "tgi", *, cold: float = 0.0) -> None:
        """It speaks like `container`; its first question starts it for `cold` seconds.

        An endpoint that is scaled to zero does so.
        """
        super().__init__(("127.0.0.1", 0), Connection)
        self.container: ContainerName = container
        self.lines = LINES[container]
        self.recorded = b""
        """What the fault recorded-… answers."""
        self.bodies: list[bytes] = []
        """The request bodies, in order: one for each generation."""
        self.times: list[float] = []
        """When they came."""
        self.answers = 0
        """How many answers began: those requests that were not refused."""
        self.connections = 0
        self.open = 0
        """How many requests are being answered now."""
        self.pings = 0
        self.asked = threading.Event()
        self.left = threading.Event()
        """Set when a client leaves before its answer has ended."""
        self.left_at = 0.0
        self._cold = cold
        self._counting = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def is_cold(self) -> bool:
        if self._cold and self.times:
            return time.monotonic() < self.times[0] + self._cold
        return self._cold > 0

    @contextlib.contextmanager
    def counted(self, body: bytes) -> Iterator[None]:
        with self._counting:
            self.bodies.append(body)
            self.times.append(time.monotonic())
            self.open += 1
        try:
            yield
        finally:
            with self._counting:
                self.open -= 1

    def began(self) -> None:
        with self._counting:
            self.answers += 1

    def leaves(self) -> None:
        self.left_at = time.monotonic()
        self.left.set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.connections += 1
        super().process_request(request, client_address)

    def handle_error(self, *_: object) -> None:
        """Say nothing: clients leave on purpose here."""


def serving(
    container: ContainerName = "tgi", *, cold: float = 0.0
) -> contextlib.AbstractContextManager[FaultEndpoint]:
    return running(FaultEndpoint(container, cold=cold))
