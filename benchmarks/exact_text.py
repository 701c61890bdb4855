"""Whether the text arrives exactly as sent, wherever a stream is cut in two.

    python -m benchmarks.exact_text

Feeds each parser the parts that an endpoint could send: no network. What a parser
makes of them is exact, wrong without an error, an error, or a hang.
"""

from __future__ import annotations

import asyncio
import json
import logging
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from types import FrameType
from typing import Any

from langchain_aws.chat_models.sagemaker_endpoint import (
    ChatLineIterator,
)
from langchain_aws.llms.sagemaker_endpoint import (
    LineIterator,
)
from litellm.llms.sagemaker.common_utils import (
    AWSEventStreamDecoder,
)

from benchmarks.recordings import (
    RECORDINGS,
    TEXT,
    Recording,
    one_event_cut,
    two_parts,
)
from falcon.containers import find_container
from falcon.events import FinishEvent, TokenEvent
from falcon.local.event_stream import encode_payload_part

FIRST_HANG_SECONDS = 2.0
"""Of CPU time, after which a parser is said to hang: others need a thousandth of it."""
NEXT_HANG_SECONDS = 0.02
"""The same for a parser that has hung on another cut of the same stream."""
Parser = Callable[[Recording, list[bytes]], str]


class Hang(BaseException):
    """Not an Exception: some parsers catch those and go on."""


def falcon_client(recording: Recording, parts: list[bytes]) -> str:
    decoder = find_container(recording.container).stream_decoder()
    events = [event for part in parts for event in decoder.decode(part)]
    events += decoder.flush()
    if not isinstance(events[-1], FinishEvent):
        raise ValueError("The answer does not end.")
    return "".join(event.text for event in events if isinstance(event, TokenEvent))


def json_of_a_part(_: Recording, parts: list[bytes]) -> str:
    """The loop of most examples: each part is taken for one whole event."""
    return "".join(text_of(part) for part in parts)


def langchain_llm(_: Recording, parts: list[bytes]) -> str:
    return "".join(text_of(line) for line in LineIterator(payload_parts(parts)))


def langchain_chat(_: Recording, parts: list[bytes]) -> str:
    return "".join(text_of(line) for line in ChatLineIterator(payload_parts(parts)))


def litellm_sync(recording: Recording, parts: list[bytes]) -> str:
    chunks = litellm_decoder(recording).iter_bytes(map(encode_payload_part, parts))
    return "".join(map(litellm_text, chunks))


def litellm_async(recording: Recording, parts: list[bytes]) -> str:
    async def framed() -> AsyncIterator[bytes]:
        for part in parts:
            yield encode_payload_part(part)

    async def read() -> str:
        chunks = litellm_decoder(recording).aiter_bytes(framed())
        return "".join([litellm_text(chunk) async for chunk in chunks])

    return asyncio.run(read())


PARSERS: dict[str, Parser] = {
    "FalconClient": falcon_client,
    "json.loads of each part": json_of_a_part,
    "langchain-aws LLM": langchain_llm,
    "langchain-aws chat": langchain_chat,
    "litellm": litellm_sync,
    "litellm, async": litellm_async,
}


def payload_parts(parts: list[bytes]) -> Iterator[dict[str, dict[str, bytes]]]:
    return ({"PayloadPart": {"Bytes": part}} for part in parts)


def text_of(line: bytes) -> str:
    """What a LangChain handler is written for: the text in a line, in any format."""
    line = line.strip().removeprefix(b"data:").strip()
    if line in (b"", b"[DONE]"):
        return ""
    event = json.loads(line)
    if "choices" in event:
        return str(event["choices"][0]["delta"].get("content", ""))
    return "" if event["token"].get("special") else str(event["token"]["text"])


def litellm_decoder(recording: Recording) -> AWSEventStreamDecoder:
    is_chat = recording.container == "openai_chat"
    return AWSEventStreamDecoder(model="", is_messages_api=is_chat)


def litellm_text(chunk: Any) -> str:  # litellm's types are not installed elsewhere.
    if chunk is None:
        return ""
    if isinstance(chunk, dict):
        return str(chunk["text"])
    return chunk.choices[0].delta.content or ""


def outcome(
    parser: Parser, recording: Recording, parts: list[bytes], *, seconds: float
) -> str:
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        text = parser(recording, parts)
    except Hang:
        return "hang"
    except Exception:  # noqa: BLE001  # the parsers are other people's
        return "error"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return "exact" if text == TEXT else "wrong"


def counted(parser: Parser, recording: Recording, cuts: Iterable[list[bytes]]) -> str:
    counts: Counter[str] = Counter()
    for parts in cuts:
        seconds = NEXT_HANG_SECONDS if counts["hang"] else FIRST_HANG_SECONDS
        counts[outcome(parser, recording, parts, seconds=seconds)] += 1
    faults = (kind for kind in ("wrong", "error", "hang") if counts[kind])
    total = f"{counts['exact']}/{counts.total()}"
    return ", ".join([total, *(f"{counts[kind]} {kind}" for kind in faults)])


def cut_short(_: int, __: FrameType | None) -> None:
    raise Hang


def main() -> None:
    logging.disable()
    signal.signal(signal.SIGVTALRM, cut_short)
    print(
        "\nExact texts of all, by where the stream is cut in two; langchain-aws by its"
    )
    print("LineIterator and its ChatLineIterator.\n")
    print(f"{'':26}{'two parts':38}one event a part, one of them in two parts")
    for format_name, make in RECORDINGS.items():
        recording = make()
        print(f"{format_name}, {sum(map(len, recording.events))} bytes")
        for name, parser in PARSERS.items():
            whole = counted(parser, recording, two_parts(recording))
            kind = counted(parser, recording, one_event_cut(recording))
            print(f"  {name:24}{whole:38}{kind}", flush=True)


if __name__ == "__main__":
    main()
