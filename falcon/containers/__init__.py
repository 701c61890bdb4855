"""The wire formats of the containers behind endpoints, one module each, without I/O.

A request becomes bytes, an answer's bytes become events; nobody here knows where they
travel. Each module is a Container.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol, get_args

from falcon.containers import lmi, openai_chat, text_length, tgi

if TYPE_CHECKING:
    from falcon.context_window import FittedPrompt
    from falcon.errors import FalconError
    from falcon.events import Event, FinishEvent
    from falcon.parameters import GenerationParameters

ContainerName = Literal["tgi", "lmi", "openai_chat", "text_length"]
CONTAINER_NAMES: tuple[ContainerName, ...] = get_args(ContainerName)


class StreamDecoder(Protocol):
    """Turns one stream's bytes, split anywhere, into events."""

    def decode(self, chunk: bytes) -> list[Event]:
        """Return the events that `chunk` completes.

        Raises DecodingError if it is not the container's format, and the error that
        the container reports inside its stream.
        """
        ...

    def flush(self) -> list[Event]:
        """Return what the end of the stream completes."""
        ...


class Container(Protocol):
    """One wire format."""

    @property
    def PARAMETERS(self) -> frozenset[str]:  # noqa: N802  # a module's constant
        """The GenerationParameters that it has."""
        ...

    @property
    def STREAMS(self) -> bool:  # noqa: N802  # a module's constant
        """Whether it can answer token by token."""
        ...

    def encode_request(
        self, prompt: FittedPrompt, parameters: GenerationParameters, *, stream: bool
    ) -> bytes:
        """Return the request body; parameters that it does not have are left out."""
        ...

    def decode_answer(self, body: bytes, *, prompt: FittedPrompt) -> FinishEvent:
        """Return a whole answer. Raises as StreamDecoder.decode does."""
        ...

    def stream_decoder(self) -> StreamDecoder: ...

    def translate_refusal(self, status: int, body: str) -> FalconError:
        """Return the typed error for an HTTP error of the container."""
        ...


def find_container(name: ContainerName) -> Container:
    """Return the wire format of this name."""
    return _CONTAINERS[name]


_CONTAINERS: dict[ContainerName, Container] = {
    "tgi": tgi,
    "lmi": lmi,
    "openai_chat": openai_chat,
    "text_length": text_length,
}
