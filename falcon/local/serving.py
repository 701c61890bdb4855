"""uvicorn around the local endpoint: how connections are kept, and how it all ends."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, assert_never

import uvicorn

from falcon.local.server import build_app

if TYPE_CHECKING:
    import socket

    from falcon.local.container import Container, ContainerName
    from falcon.local.engine import Engine


class EngineServer(uvicorn.Server):
    """Serves an engine until it is told to stop, and closes it.

    The engine closes first, so that live streams end with an error event instead of a
    broken connection.
    """

    def __init__(self, engine: Engine, container: ContainerName = "tgi") -> None:
        config = uvicorn.Config(
            build_app(build_container(container, engine)),
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


def build_container(name: ContainerName, engine: Engine) -> Container:
    """The container of this name, importing no other: some are slow to import."""
    match name:
        case "tgi":
            from falcon.local.tgi import TGIContainer

            return TGIContainer(engine)
        case "lmi":
            from falcon.local.lmi import LMIContainer

            return LMIContainer(engine)
        case "openai_chat":
            from falcon.local.openai_chat import OpenAIChatContainer

            return OpenAIChatContainer(engine)
        case "text_length":
            from falcon.local.text_length import TextLengthContainer

            return TextLengthContainer(engine)
        case _:
            assert_never(name)
