"""What a container is to the routes in front of it.

Each container has a module named after its contract: `tgi`, `lmi`, `openai_chat`,
`text_length`. They share the engine and these types and nothing of their wire formats,
which live with the client in `falcon.containers` and here, written twice on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

ContainerName = Literal["tgi", "lmi", "openai_chat", "text_length"]


@dataclass(frozen=True, slots=True)
class ContainerAnswer:
    """What a container answers: all of it, or its events as they come."""

    status: int
    content_type: str
    body: bytes | AsyncGenerator[bytes]
    """A stream ends with StreamFailedError if the model fails between two tokens."""


class Container(Protocol):
    """Answers requests, several at the same time."""

    async def invoke(self, body: bytes, *, content_type: str) -> ContainerAnswer:
        """Answer one request; what is wrong with it is an answer, too."""


class StreamFailedError(Exception):
    """The model failed after the stream had begun; the text says how."""

    def __init__(self, message: str, *, last_event: bytes) -> None:
        super().__init__(message)
        self.last_event = last_event
        """How the container itself tells it to whoever reads the stream."""
