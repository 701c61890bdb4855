"""Gradio's own guide of a streaming chat page, open to more than one chat at a time."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import gradio as gr  # type: ignore[import-not-found]  # in its own environment

from benchmarks.page.peer_stream import history, stream


def answer(message: str, history: list[dict[str, str]]) -> Iterator[str]:  # noqa: ARG001
    text = ""
    for piece in stream(message):
        text += piece
        yield text


# By itself Gradio answers one chat at a time, in forty threads at most.
gr.ChatInterface(
    answer, chatbot=gr.Chatbot(value=history()), concurrency_limit=None
).launch(server_port=int(sys.argv[1]), max_threads=200)
