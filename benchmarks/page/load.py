"""Many chats at once, all asked in the same moment, in a process of their own.

    python -m benchmarks.page.load TRANSPORT HOST CHATS TOKENS RATE SECONDS

prints, for each chat, when each of its tokens came to the client, in seconds of
CLOCK_MONOTONIC. Nothing is drawn: eighty browsers would need a bigger machine.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import cast

from benchmarks.page.pages import PageError, Server, Transport
from benchmarks.page.process_cost import cpu_seconds
from benchmarks.page.token_source import TOKEN, Question, TokenSource

SECONDS_TO_CONNECT = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What many chats at once saw."""

    lags: Sequence[Sequence[float]]
    """Of each chat: seconds from sending to receiving, of each token that came."""
    firsts: Sequence[float]
    """Of each chat: seconds from the start of all to its first token."""
    cores: float
    """Processors that the server kept busy."""
    lost: int
    """Tokens that did not come in time."""


def put_under_load(
    server: Server,
    source: TokenSource,
    *,
    chats: int,
    tokens: int,
    rate: int,
    most_seconds: float,
) -> Load:
    """Ask with so many chats at once; PageError says why they could not."""
    run = f"l{time.monotonic_ns()}"
    command = [sys.executable, "-m", "benchmarks.page.load", server.page.transport]
    command += [server.host, run, *map(str, (chats, tokens, rate, most_seconds))]
    cpu, start = cpu_seconds(server.group), time.monotonic()
    try:
        ended = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=most_seconds + SECONDS_TO_CONNECT + 30,
        )
    except subprocess.TimeoutExpired:
        raise PageError("the chats did not end") from None
    if ended.returncode:
        raise PageError(ended.stderr.strip().splitlines()[-1][:200])
    asked, received = json.loads(ended.stdout)
    cores = (cpu_seconds(server.group) - cpu) / (time.monotonic() - start)
    lags = []
    for index, came in enumerate(received):
        sent = source.sent(f"t{index}{run}")
        lags.append([there - at for at, there in zip(sent, came, strict=False)])
    return Load(
        lags=lags,
        firsts=[came[0] - asked for came in received if came],
        cores=cores,
        lost=chats * tokens - sum(map(len, lags)),
    )


async def _chat(
    transport: Transport,
    host: str,
    question: Question,
    start: asyncio.Barrier,
    came: list[float],
) -> None:
    """Keep in `came` when each token came."""
    from benchmarks.page.transports import TRANSPORTS

    async def ready() -> None:
        await start.wait()

    async with aclosing(TRANSPORTS[transport](host, str(question), ready)) as frames:  # type: ignore[type-var]  # generators, all of them
        async for frame in frames:
            now = time.monotonic()
            if found := TOKEN.findall(frame):
                came += [now] * (int(found[-1]) + 1 - len(came))
            if len(came) >= question.tokens:
                break


async def _chats(
    transport: Transport, host: str, questions: list[Question], most: float
) -> None:
    start = asyncio.Barrier(len(questions) + 1)
    came: list[list[float]] = [[] for _ in questions]
    chats = [
        asyncio.create_task(_chat(transport, host, question, start, times))
        for question, times in zip(questions, came, strict=True)
    ]
    async with asyncio.timeout(SECONDS_TO_CONNECT):
        await start.wait()
    asked = time.monotonic()
    ended, _ = await asyncio.wait(chats, timeout=most)
    for chat in ended:
        chat.result()
    for chat in chats:
        chat.cancel()
    print(json.dumps([asked, came]))


def main() -> None:
    transport, host, run, chats, tokens, rate, most = sys.argv[1:]
    questions = [
        Question(name=f"t{index}{run}", tokens=int(tokens), rate=int(rate))
        for index in range(int(chats))
    ]
    asyncio.run(_chats(cast(Transport, transport), host, questions, float(most)))


if __name__ == "__main__":
    main()
