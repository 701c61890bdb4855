"""Ending a request from another thread, whatever it is waiting for.

`Body.close()` waits for the reader (19 s were measured on a stalled stream), and before
the response's headers there is no body. Shutting the socket down ends both at once. It
is reached through private parts of botocore and urllib3: both are pinned, and a test
fails when they move.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from botocore.awsrequest import (
    AWSHTTPConnection,
    AWSHTTPConnectionPool,
    AWSHTTPSConnection,
    AWSHTTPSConnectionPool,
)


class Request:
    """One request to the endpoint, which `abort` ends from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: _TrackedConnection | None = None
        self.aborted = False

    @contextmanager
    def tracked(self) -> Iterator[None]:
        """Follow the connection that is opened or reused within the block."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    def abort(self) -> None:
        """End the request; its reader gets an error at once."""
        with self._lock:
            self.aborted = True
            if self._connection is not None:
                _shut_down(self._connection.sock)

    def release(self) -> None:
        """Forget the connection, which may now serve another request."""
        with self._lock:
            self._connection = None

    def _attach(self, connection: _TrackedConnection) -> None:
        with self._lock:
            self._connection = connection
            if self.aborted:
                _shut_down(connection.sock)


_current: ContextVar[Request | None] = ContextVar("falcon_request", default=None)


def track_connections(client: Any) -> None:  # boto3 makes its clients at run time.
    """Make every request of a boto3 client one that `Request.abort` can end."""
    pools = client._endpoint.http_session._pool_classes_by_scheme
    pools["http"] = _TrackedHTTPConnectionPool
    pools["https"] = _TrackedHTTPSConnectionPool


def _shut_down(sock: socket.socket | None) -> None:
    if sock is None:
        return
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # It is closed already, which is what was wanted.


class _TrackedConnection:
    sock: socket.socket | None

    # Both signatures are botocore's; nothing here looks at the arguments.
    def connect(self) -> None:
        super().connect()  # type: ignore[misc]  # the sibling base class's
        if request := _current.get():
            request._attach(self)

    def request(self, *args: Any, **kwargs: Any) -> Any:
        if self.sock is not None and (request := _current.get()):
            request._attach(self)
        return super().request(*args, **kwargs)  # type: ignore[misc]


# The conflicts between the two bases are botocore's own.
class _TrackedHTTPConnection(_TrackedConnection, AWSHTTPConnection):  # type: ignore[misc]
    pass


class _TrackedHTTPSConnection(_TrackedConnection, AWSHTTPSConnection):  # type: ignore[misc]
    pass


class _TrackedHTTPConnectionPool(AWSHTTPConnectionPool):
    ConnectionCls = _TrackedHTTPConnection


class _TrackedHTTPSConnectionPool(AWSHTTPSConnectionPool):
    ConnectionCls = _TrackedHTTPSConnection
