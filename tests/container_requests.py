"""Requests of the containers' codecs as JSON, and the prompts that go into them."""

from __future__ import annotations

import json
from typing import Any

from falcon.containers import Container
from falcon.context_window import FittedPrompt
from falcon.conversation import Message
from falcon.parameters import GenerationParameters


def fitted(text: str = "Hi", *turns: Message, tokens: int = 7) -> FittedPrompt:
    return FittedPrompt(
        text=text,
        max_new_tokens=256,
        dropped=0,
        tokens=tokens,
        turns=turns,
        is_estimate=True,
    )


def request(
    container: Container,
    *,
    prompt: FittedPrompt | None = None,
    stream: bool = True,
    **parameters: Any,
) -> dict[str, Any]:
    """Return the body that these parameters make."""
    body: dict[str, Any] = json.loads(
        container.encode_request(
            prompt or fitted(), GenerationParameters(**parameters), stream=stream
        )
    )
    return body
