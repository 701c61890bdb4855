"""uvicorn around the local endpoint: how connections are kept, and how it all ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import uvicorn

from falcon.local.container import Container
from falcon.local.server import build_app

if TYPE_CHECKING:
    import socket

    from falcon.local.engine import Engine


class EngineServer(uvicorn.Server):
    """Serves an engine until it is told to stop, and closes it.

    The engine closes first, so that live streams end with an error event instead of a
    broken connection.
    """

    def __init__(self, engine: Engine) -> None:
        config = uvicorn.Config(
            build_app(Container(engine)),
            lifespan="off",
            log_level="warning",
            access_log=False,
            # A client that finds a kept connection closed has lost its request.
            timeout_keep_alive=600,
            timeout_graceful_shutdown=5,
        )
        super().__init__(config)
        self._engine = engine

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await asyncio.to_thread(self._engine.close)
        await super().shutdown(sockets)
