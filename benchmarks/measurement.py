"""What one answer costs one client, measured in a fresh process of its own.

    python -m benchmarks.measurement CLIENT ADDRESS TOKENS

asks once for each line of its input and prints what that took.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass

from benchmarks.clients import CLIENTS, Ask
from benchmarks.stream_server import answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """Of one whole answer, in seconds."""

    first: float
    """Until the first text."""
    wall: float
    cpu: float
    """Of the client's process, threads and all."""


class Client:
    """The near end of one client's process."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self) -> Measurement:
        """Raises ChildProcessError if the process has ended: its output says why."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise ChildProcessError("A client has failed.")
        return Measurement(**json.loads(line))


@contextmanager
def started(
    name: str, *, url: str, tokens: int, environment: Mapping[str, str]
) -> Iterator[Client]:
    """A client in a process of its own for as long as the block lasts."""
    command = [sys.executable, "-m", "benchmarks.measurement", name, url, str(tokens)]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=dict(environment),
    ) as process:
        try:
            yield Client(process)
        finally:
            process.kill()


def measure(ask: Ask, expected: str) -> Measurement:
    """Ask once; raises ValueError if the text is not the expected one."""
    first = None
    pieces = []
    cpu, wall = time.process_time(), time.perf_counter()
    for piece in ask():
        if first is None and piece:
            first = time.perf_counter() - wall
        pieces.append(piece)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    # Some clients take the white space off an answer's ends.
    if first is None or "".join(pieces).strip() != expected.strip():
        raise ValueError("The answer is not the one that was sent.")
    return Measurement(first=first, wall=wall, cpu=cpu)


def main() -> None:
    name, url, tokens = sys.argv[1], sys.argv[2], int(sys.argv[3])
    expected = "." * (tokens + 1) if name == "botocore" else answer(tokens)
    ask = CLIENTS[name](url, tokens)
    for _ in sys.stdin:
        print(json.dumps(asdict(measure(ask, expected))), flush=True)


if __name__ == "__main__":
    main()
