"""Chainlit's own guide of a streaming chat page; threads read boto3's stream."""

from __future__ import annotations

import anyio.to_thread
import chainlit as cl  # type: ignore[import-not-found]  # in its own environment

from benchmarks.page.peer_stream import history, stream


@cl.on_chat_start  # type: ignore[untyped-decorator]  # as above
async def start() -> None:
    # Forty by itself, and every chat's stream waits in one.
    anyio.to_thread.current_default_thread_limiter().total_tokens = 200
    for message in history():
        kind = "user_message" if message["role"] == "user" else "assistant_message"
        await cl.Message(content=message["content"], type=kind).send()


@cl.on_message  # type: ignore[untyped-decorator]  # as above
async def main(message: cl.Message) -> None:
    answer = cl.Message(content="")
    pieces = stream(message.content)
    while (piece := await cl.make_async(next)(pieces, None)) is not None:
        await answer.stream_token(piece)
    await answer.update()
