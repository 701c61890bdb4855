"""The socket on which the local endpoint listens, on this machine only."""

from __future__ import annotations

import errno
import os
import socket

HOST = "127.0.0.1"
BACKLOG = 128


def listen(port: int) -> socket.socket:
    """Listen on `port`; 0 is any free one. Raises OSError if it is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        # POSIX keeps a port for a minute after its server has gone; on Windows the
        # option would let two servers share it.
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


def listen_from(port: int) -> socket.socket:
    """Listen on `port` or the next free one."""
    for candidate in range(port, min(port + 100, 65536)):
        try:
            return listen(candidate)
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    raise OSError(errno.EADDRINUSE, f"no free port from {port} on")
