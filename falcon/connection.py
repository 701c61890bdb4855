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
    """One request to the endpoint, which `abort` ends from any thread.

    It may be sent several times, one after the other.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: _TrackedConnection | None = None
        self._aborted = threading.Event()
        self.expired = False
        """Whether it was ended because it took longer than it may."""
        self.request_id: str | None = None
        """AWS's own name for it, once it has answered."""
        self.variant: str | None = None
        """The production variant that answered."""

    @property
    def aborted(self) -> bool:
        return self._aborted.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait this long, or until it is aborted; return whether it was."""
        return self._aborted.wait(seconds)

    @contextmanager
    def tracked(self) -> Iterator[None]:
        """Follow the connection that is opened or reused within the block."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    @contextmanager
    def limited(self, seconds: float) -> Iterator[None]:
        """End the request if the block takes longer than this.

        A timer does it: a socket's timeout begins again with every byte.
        """
        self.expired = False
        timer = threading.Timer(seconds, self._expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            self.release()

    def abort(self) -> None:
        """End the request; its reader gets an error at once."""
        with self._lock:
            self._aborted.set()
            if self._connection is not None:
                _shut_down(self._connection.sock)

    def release(self) -> None:
        """Forget the connection, which may now serve another request."""
        with self._lock:
            self._connection = None

    def _expire(self) -> None:
        with self._lock:
            self.expired = True
            if self._connection is not None:
                _shut_down(self._connection.sock)

    def _attach(self, connection: _TrackedConnection) -> None:
        with self._lock:
            self._connection = connection
            connection.user = self
            if self.aborted or self.expired:
                _shut_down(connection.sock)

    def _detach(self, connection: _TrackedConnection) -> None:
        with self._lock:
            if self._connection is connection:
                self._connection = None


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
    user: Request | None = None

    # Both signatures are botocore's; nothing here looks at the arguments.
    def connect(self) -> None:
        super().connect()  # type: ignore[misc]  # the sibling base class's
        if request := _current.get():
            request._attach(self)

    def request(self, *args: Any, **kwargs: Any) -> Any:
        if self.sock is not None and (request := _current.get()):
            request._attach(self)
        # The sibling base class's, as in `connect`.
        return super().request(*args, **kwargs)  # type: ignore[misc]


# The conflicts between the two bases are botocore's own.
class _TrackedHTTPConnection(_TrackedConnection, AWSHTTPConnection):  # type: ignore[misc]
    pass


class _TrackedHTTPSConnection(_TrackedConnection, AWSHTTPSConnection):  # type: ignore[misc]
    pass


class _TrackedConnectionPool:
    # urllib3's signature: a _TrackedConnection, or None in place of one.
    def _put_conn(self, conn: Any) -> None:
        """Take a connection back; whoever used it can no longer shut it down."""
        if conn is not None and conn.user is not None:
            conn.user._detach(conn)
        super()._put_conn(conn)  # type: ignore[misc]  # the sibling base class's


class _TrackedHTTPConnectionPool(_TrackedConnectionPool, AWSHTTPConnectionPool):
    ConnectionCls = _TrackedHTTPConnection


class _TrackedHTTPSConnectionPool(_TrackedConnectionPool, AWSHTTPSConnectionPool):
    ConnectionCls = _TrackedHTTPSConnection
