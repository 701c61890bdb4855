"""A chat completion request as vLLM reads it, and the prompt that it stands for.

Source: vLLM, vllm/entrypoints/openai/chat_completion/protocol.py and serving.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, model_validator

from falcon.local.chat_template import ChatTemplate, ChatTemplateError
from falcon.local.vllm_errors import VLLMError
from falcon.local.vllm_generation import Task, fit_length, tokenize
from falcon.local.vllm_request import VLLMRequest

if TYPE_CHECKING:
    from typing import Self

    from falcon.local.engine import Engine

NO_TEMPLATE = (
    "As of transformers v4.44, default chat template is no longer allowed, so you must "
    "provide a chat template if the tokenizer does not define one."
)


class TextPart(BaseModel):
    """One part of a content that is written as a list; only text is understood."""

    type: Literal["text"]
    text: str


class ChatMessage(BaseModel):
    """One message."""

    role: str
    content: str | list[TextPart] | None = None

    @property
    def text(self) -> str:
        """The content as templates want it."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content)
        return self.content or ""


class StreamOptions(BaseModel):
    """What a stream tells besides the text."""

    include_usage: bool | None = True


class ChatCompletionRequest(VLLMRequest):
    """The body of a chat completion request."""

    messages: list[ChatMessage]
    max_tokens: int | None = None
    max_completion_tokens: int | None = None
    """The newer name, which wins. None of both: as many as fit."""
    stream_options: StreamOptions | None = None

    @model_validator(mode="after")
    def _check_stream_options(self) -> Self:
        if self.stream_options is not None and not self.stream:
            raise ValueError("Stream options can only be defined when `stream=True`.")
        return self

    @property
    def wants_usage(self) -> bool:
        """A stream ends with the number of its tokens."""
        return bool(self.stream_options and self.stream_options.include_usage)


async def accept_chat(
    engine: Engine, request: ChatCompletionRequest, *, served_name: str
) -> Task:
    """Render the messages. Raises VLLMError if anything is wrong with the request."""
    request.check(served_name=served_name)
    prompt = await tokenize(engine, _render(engine, request))
    max_tokens = request.max_completion_tokens
    if max_tokens is None:
        max_tokens = request.max_tokens
    return Task(
        prompt=prompt,
        sampling=request.choose_sampling(),
        stop=request.stop_strings,
        max_tokens=fit_length(
            len(prompt), max_tokens, context_tokens=engine.context_tokens
        ),
    )


def _render(engine: Engine, request: ChatCompletionRequest) -> str:
    if engine.chat_template is None:
        raise VLLMError(NO_TEMPLATE)
    messages = [
        {"role": message.role, "content": message.text} for message in request.messages
    ]
    try:
        template = ChatTemplate(
            engine.chat_template,
            bos_token=engine.bos_token,
            eos_token=engine.eos_token,
        )
        return template.render(messages)
    except ChatTemplateError as error:
        raise VLLMError(str(error)) from error
