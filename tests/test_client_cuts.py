"""An answer cut at any byte is never taken for a whole one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from falcon import FalconClient
from falcon.containers import CONTAINER_NAMES, ContainerName
from falcon.errors import FalconError, IncompleteGenerationError
from falcon.local.event_stream import encode_payload_part
from tests.fault_client import client_for
from tests.fault_endpoint import TEXT, serving
from tests.stream_lines import LINES

PIECES = [" 팔", "콘 is", " a ", "fam", "ily", " of", " models", ". 👩‍👩", "‍👧"]
ALL = "".join(PIECES)


class Recording:
    """A whole answer's event stream: one part a token, and two for its end."""

    def __init__(self, container: ContainerName) -> None:
        lines = LINES[container]
        final = lines.final(ALL)
        half = len(final) // 2
        self.lines = [lines.token(piece) for piece in PIECES]
        self.lines += [final[:half], final[half:]]
        self.frames = [encode_payload_part(line) for line in self.lines]
        self.marker = lines.marker(ALL)
        self.bytes = b"".join(self.frames)

    def offsets(self) -> Iterator[int]:
        """Every byte of the stream's end, every seventh before."""
        end = len(b"".join(self.frames[: len(PIECES)]))
        yield from range(0, end, 7)
        yield from range(end, len(self.bytes) + 1)

    def is_whole(self, size: int) -> bool:
        """Whether the first `size` bytes hold all that marks an answer's end."""
        arrived = b""
        for line, frame in zip(self.lines, self.frames, strict=True):
            size -= len(frame)
            if size < 0:
                break
            arrived += line
        return self.marker in arrived


@pytest.mark.parametrize("framing", ["chunked", "closed"])
@pytest.mark.parametrize("container", ["tgi", "lmi", "openai_chat"])
def test_a_stream_is_complete_only_with_its_end(
    container: ContainerName, framing: str
) -> None:
    recording = Recording(container)
    with serving(container) as server:
        client = client_for(server, f"recorded-{framing}")
        for size in recording.offsets():
            server.recorded = recording.bytes[:size]

            text, is_complete = ask(client)

            assert TEXT.startswith(text), size
            if is_complete:
                assert recording.is_whole(size), size
                assert text == TEXT

        assert is_complete
        assert len(server.bodies) == len(list(recording.offsets()))


def ask(client: FalconClient) -> tuple[str, bool]:
    """Return the text that came, and whether the client took it for all of it."""
    stream = client.stream("Hello")
    try:
        for _ in stream:
            pass
    except IncompleteGenerationError as error:
        return error.text, False
    return stream.text, stream.finish is not None


@pytest.mark.parametrize("container", CONTAINER_NAMES)
def test_a_whole_answer_that_is_cut_is_an_error(container: ContainerName) -> None:
    with serving(container) as server:
        client = client_for(server, "recorded-whole")
        whole = server.lines.whole(f" {TEXT}")
        for size in range(len(whole)):
            server.recorded = whole[:size]

            with pytest.raises(FalconError):
                client.generate("Hello")
