"""A fuzzer for what reads the containers' bytes; `make fuzz` runs it.

It stops at an input that raises anything but a FalconError, that reads differently when
it is split, that loses text, or that takes a second. Its arguments are libFuzzer's.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import atheris  # type: ignore[import-untyped]  # In an environment of its own.

with atheris.instrument_imports(include=["falcon.containers"]):
    from falcon.containers import CONTAINER_NAMES, ContainerName, find_container
    from falcon.errors import FalconError
    from tests.container_requests import fitted
    from tests.stream_fixtures import FIXTURES, replay
    from tests.stream_lines import LINES

LONGEST_TIME = 1.0


def check_input(given: bytes) -> None:
    """Read bytes: the container, where to split, how, and the rest as it is or as
    texts."""
    if len(given) < 4:
        return
    name = CONTAINER_NAMES[given[0] % len(CONTAINER_NAMES)]
    started = time.process_time()
    if given[3] % 4:
        check_bytes(name, given[4:], cut=given[1], size=given[2] + 1)
    else:
        check_texts(name, given[4:], size=given[2] + 1)
    if time.process_time() - started > LONGEST_TIME:
        raise AssertionError("This input takes too long.")


def check_bytes(name: ContainerName, sent: bytes, *, cut: int, size: int) -> None:
    container = find_container(name)
    try:
        container.decode_answer(sent, prompt=fitted())
    except FalconError:
        pass
    container.translate_refusal(400 + cut, sent.decode("utf-8", "replace"))
    if not container.STREAMS:
        return
    whole = replay(container.stream_decoder(), [sent])
    pieces = [sent[:cut], *_pieces(sent[cut:], size)]
    if replay(container.stream_decoder(), pieces) != whole:
        raise AssertionError("In pieces, it reads differently.")


def check_texts(name: ContainerName, given: bytes, *, size: int) -> None:
    container, lines = find_container(name), LINES[name]
    provider = atheris.FuzzedDataProvider(given)
    texts = []
    while provider.remaining_bytes():
        texts.append(
            provider.ConsumeUnicodeNoSurrogates(provider.ConsumeIntInRange(0, 9))
        )
    answer = "".join(texts)
    finish = container.decode_answer(lines.whole(answer), prompt=fitted(""))
    if finish.generated_text != answer:
        raise AssertionError("A whole answer is not what was sent.")
    if not container.STREAMS:
        return
    sent = b"".join(map(lines.token, texts)) + lines.final(answer)
    outcome = replay(container.stream_decoder(), _pieces(sent, size))
    if (outcome.text, outcome.end) != (answer, "eos_token"):
        raise AssertionError("A stream is not what was sent.")


def _pieces(sent: bytes, size: int) -> list[bytes]:
    return [sent[at : at + size] for at in range(0, len(sent), size)]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for fixture in FIXTURES:
            start = bytes([CONTAINER_NAMES.index(fixture.container), 99, 63, 1])
            file = Path(folder) / fixture.name.replace("/", "-")
            file.write_bytes(start + fixture.sent)
        atheris.Setup([*sys.argv, folder], check_input)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
