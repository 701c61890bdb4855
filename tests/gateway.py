"""A reverse proxy as small as can be: it passes bytes on and may change the head.

One request per connection, so that only the first head needs reading; an upgraded
connection is passed on as it is.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gateway:
    host: str | None = None
    """What the Host header becomes; None keeps it."""
    keeps_cookies: bool = True

    @contextmanager
    def in_front_of(self, target: int) -> Iterator[int]:
        """The port it listens on, on 127.0.0.1, until the block ends."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            accepting = threading.Thread(target=self._accept, args=(listener, target))
            accepting.start()
            try:
                yield listener.getsockname()[1]
            finally:
                # Closing alone would leave accept() waiting.
                listener.shutdown(socket.SHUT_RDWR)
                accepting.join()

    def _accept(self, listener: socket.socket, target: int) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(
                target=self._serve, args=(client, target), daemon=True
            ).start()

    def _serve(self, client: socket.socket, target: int) -> None:
        with client, socket.create_connection(("127.0.0.1", target)) as upstream:
            head, body = read_head(client)
            if not head:
                return
            upstream.sendall(self._change(head) + body)
            onward = threading.Thread(target=pump, args=(client, upstream), daemon=True)
            onward.start()
            pump(upstream, client)
            onward.join()

    def _change(self, head: bytes) -> bytes:
        request, *headers = head.decode("latin-1").split("\r\n")
        named = [(line, line.partition(":")[0].lower()) for line in headers]
        is_upgrade = any(name == "upgrade" for _, name in named)
        dropped = set() if is_upgrade else {"connection"}
        if self.host:
            dropped.add("host")
        if not self.keeps_cookies:
            dropped.add("cookie")
        kept = [line for line, name in named if name not in dropped]
        added = [] if is_upgrade else ["Connection: close"]
        if self.host:
            added.append(f"Host: {self.host}")
        return ("\r\n".join([request, *kept, *added]) + "\r\n\r\n").encode("latin-1")


def read_head(client: socket.socket) -> tuple[bytes, bytes]:
    """The request line and headers, and what came after them."""
    received = b""
    while b"\r\n\r\n" not in received:
        part = client.recv(65536)
        if not part:
            return b"", b""
        received += part
    head, _, body = received.partition(b"\r\n\r\n")
    return head, body


def pump(source: socket.socket, sink: socket.socket) -> None:
    """Until the source ends; then the sink is told so."""
    try:
        while part := source.recv(65536):
            sink.sendall(part)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        # The other side went away first.
        return
