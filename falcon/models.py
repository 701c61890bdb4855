"""The catalogue of Falcon models: how long their context is and how they mark turns."""

from __future__ import annotations

from dataclasses import dataclass

from falcon.context_window import ContextWindow
from falcon.errors import ConfigurationError
from falcon.prompt import (
    FALCON_3,
    FALCON_180B_CHAT,
    FALCON_H1,
    FALCON_INSTRUCT,
    PromptTemplate,
    template_like,
)
from falcon.text import text


@dataclass(frozen=True, slots=True, kw_only=True)
class FalconModel:
    """What the client must know of the model behind an endpoint."""

    id: str
    window: ContextWindow
    template: PromptTemplate
    tokenizer: str | None = None
    """The repository on the Hugging Face Hub whose tokenizer counts as the model does;
    None: its tokens are estimated."""


def _window(total: int, longest_input: int) -> ContextWindow:
    return ContextWindow(max_total_tokens=total, max_input_tokens=longest_input)


# Windows are those of the endpoints that JumpStart creates (MAX_TOTAL_TOKENS and
# MAX_INPUT_LENGTH of its specs); Falcon3 and Falcon-H1: the lengths of the weights.
MODELS = (
    FalconModel(
        id="falcon-7b-instruct",
        window=_window(2048, 1024),
        template=FALCON_INSTRUCT,
        tokenizer="tiiuae/falcon-7b-instruct",
    ),
    FalconModel(
        id="falcon-40b-instruct",
        window=_window(2048, 1024),
        template=FALCON_INSTRUCT,
        tokenizer="tiiuae/falcon-40b-instruct",
    ),
    FalconModel(
        id="falcon-180b-chat",
        window=_window(2048, 1024),
        template=FALCON_180B_CHAT,
        tokenizer="tiiuae/falcon-180B-chat",
    ),
    FalconModel(
        id="falcon2-11b",
        window=_window(4096, 4095),
        template=FALCON_INSTRUCT,
        tokenizer="tiiuae/falcon-11B",
    ),
    FalconModel(
        id="falcon3-1b-instruct",
        window=_window(8192, 8191),
        template=FALCON_3,
        tokenizer="tiiuae/Falcon3-1B-Instruct",
    ),
    FalconModel(
        id="falcon3-3b-instruct",
        window=_window(32768, 32767),
        template=FALCON_3,
        tokenizer="tiiuae/Falcon3-3B-Instruct",
    ),
    FalconModel(
        id="falcon3-7b-instruct",
        window=_window(32768, 32767),
        template=FALCON_3,
        tokenizer="tiiuae/Falcon3-7B-Instruct",
    ),
    FalconModel(
        id="falcon3-10b-instruct",
        window=_window(32768, 32767),
        template=FALCON_3,
        tokenizer="tiiuae/Falcon3-10B-Instruct",
    ),
    # No tokenizer: from 0.5B to 34B the vocabulary grows from 32K to 261K tokens.
    FalconModel(
        id="falcon-h1-instruct", window=_window(8192, 8191), template=FALCON_H1
    ),
)

DEFAULT_MODEL = MODELS[0]
"""What JumpStart's huggingface-llm-falcon-7b-instruct-bf16 serves."""


def find_model(model_id: str) -> FalconModel:
    """Return the model of this id; raises ConfigurationError naming those there are."""
    for model in MODELS:
        if model.id == model_id:
            return model
    known = ", ".join(model.id for model in MODELS)
    raise ConfigurationError(
        text(
            "There is no model {model!r}. Known are: {known}.",
            model=model_id,
            known=known,
        )
    )


def describe_gguf(*, name: str, context_tokens: int, chat_template: str) -> FalconModel:
    """Return the model that a GGUF file describes in its own metadata."""
    return FalconModel(
        id=name,
        window=_window(context_tokens, context_tokens - 1),
        template=template_like(chat_template),
    )
