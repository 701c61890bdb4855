"""A loopback endpoint whose answers have the length and the speed a question asks for.

It speaks as SageMaker's runtime in front of TGI, one token in one part, and remembers
when it sent each: a token's way to the screen begins there. Clocks are CLOCK_MONOTONIC,
which every process of a machine shares. Prints its address when it is ready.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
import urllib.request
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from benchmarks.stream_server import token_event
from falcon.local.event_stream import encode_payload_part

PARAGRAPH = 50
"""Tokens between two blank lines."""
TOKEN = re.compile(rb"t(\d{4})(?!\d)")
"""One token, wherever it is carried as it is."""
QUESTION = re.compile(r"Answer (\w+) with (\d+) tokens at (\d+) a second")
_DESCRIPTIONS = {
    "DescribeEndpoint": {
        "EndpointStatus": "InService",
        "EndpointConfigName": "any",
        "CreationTime": 1_790_000_000,
    },
    "DescribeEndpointConfig": {
        "ProductionVariants": [{"VariantName": "any", "ModelName": "any"}]
    },
    "DescribeModel": {
        "PrimaryContainer": {"Image": "huggingface-pytorch-tgi-inference:2.4-tgi2.4.0"}
    },
}
"""What the control plane says of every name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a page is asked."""

    name: str
    """Begins with the letter of its tokens: "t" for those that are measured."""
    tokens: int
    rate: int
    """Tokens a second; 0: all at once."""

    def __str__(self) -> str:
        return f"Answer {self.name} with {self.tokens} tokens at {self.rate} a second"

    @classmethod
    def newest(cls, prompt: str) -> Question | None:
        """Return the last question of a prompt; None: there is none."""
        found = QUESTION.findall(prompt)
        if not found:
            return None
        name, tokens, rate = found[-1]
        return cls(name=name, tokens=int(tokens), rate=int(rate))


def token(index: int, letter: str = "t") -> str:
    """Seven characters that name their place."""
    end = "\n\n" if index % PARAGRAPH == PARAGRAPH - 1 else ", "
    return f"{letter}{index:04d}{end}"


def chunks(question: Question) -> Iterator[bytes]:
    """The HTTP chunks of an answer: one for each token, and the last one."""
    tokens = question.tokens
    told = [token(index, question.name[0]) for index in range(tokens)]
    for index, text in enumerate(told, start=1):
        yield _chunk(token_event(index, text))
    last = token_event(tokens + 1, "<|endoftext|>", special=True, whole="".join(told))
    yield _chunk(last) + b"0\r\n\r\n"


def _chunk(event: bytes) -> bytes:
    part = encode_payload_part(event)
    return b"%x\r\n%b\r\n" % (len(part), part)


class TokenServer:
    """Answers, and remembers when it sent what."""

    def __init__(self) -> None:
        self._sent: dict[str, list[float]] = {}

    async def serve(self) -> None:
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        print(f"http://127.0.0.1:{port}", flush=True)
        async with server:
            await server.serve_forever()

    async def _talk(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                found = re.search(r"(?i)^content-length: *(\d+)", head, re.MULTILINE)
                body = await reader.readexactly(int(found[1]) if found else 0)
                await self._answer(head, body, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # Whoever asked has gone.
        finally:
            writer.close()

    async def _answer(self, head: str, body: bytes, writer: StreamWriter) -> None:
        path = head.split(" ", 2)[1]
        if path.startswith("/sent/"):
            _send_json(writer, self._sent.get(path.removeprefix("/sent/"), []))
        elif path.startswith("/endpoints/"):
            question = Question.newest(json.loads(body)["inputs"])
            if question is None:
                _send_json(writer, {"message": "No question."}, status=400)
            else:
                await self._stream(question, writer)
        else:
            target = re.search(r"(?i)^x-amz-target: *\w+\.(\w+)", head, re.MULTILINE)
            said = _DESCRIPTIONS.get(target[1] if target else "")
            _send_json(writer, said or {}, status=200 if said else 403)
        await writer.drain()

    async def _stream(self, question: Question, writer: StreamWriter) -> None:
        sent = self._sent[question.name] = []
        prepared = list(chunks(question))
        writer.write(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
            b"Content-Type: application/vnd.amazon.eventstream\r\n\r\n"
        )
        if not question.rate:
            sent += [time.monotonic()] * question.tokens
            writer.write(b"".join(prepared))
            return
        start = time.monotonic()
        for index, chunk in enumerate(prepared[:-1]):
            due = start + index / question.rate
            if (wait := due - time.monotonic()) > 0:
                await asyncio.sleep(wait)
            sent.append(time.monotonic())
            writer.write(chunk)
            await writer.drain()
        writer.write(prepared[-1])


def _send_json(writer: StreamWriter, said: object, *, status: int = 200) -> None:
    body = json.dumps(said).encode()
    writer.write(
        b"HTTP/1.1 %d Said\r\nContent-Type: application/x-amz-json-1.1\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (status, len(body), body)
    )


@dataclass(frozen=True, slots=True)
class TokenSource:
    """The near end of the server's process."""

    url: str

    def sent(self, name: str) -> list[float]:
        """When each token of an answer was sent, in seconds of CLOCK_MONOTONIC."""
        with urllib.request.urlopen(f"{self.url}/sent/{name}") as response:
            sent: list[float] = json.load(response)
        return sent


@contextmanager
def token_source() -> Iterator[TokenSource]:
    """A server for as long as the block lasts."""
    command = [sys.executable, "-m", "benchmarks.page.token_source"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield TokenSource(process.stdout.readline().strip())
        finally:
            process.kill()


if __name__ == "__main__":
    asyncio.run(TokenServer().serve())
