"""PromptTemplate: a conversation as the one text that the model continues.

Knows the turn markers of each Falcon family and keeps a person's text from opening a
turn of its own or spelling a special token. Does not know how long a prompt may be:
see falcon/context_window.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

from falcon.conversation import Role


class Turn(Protocol):
    """What a template needs of a message."""

    @property
    def role(self) -> Role: ...
    @property
    def text(self) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptTemplate:
    """How one Falcon family marks its turns."""

    name: str
    before: Mapping[Role, str]
    after: Mapping[Role, str] = field(default_factory=lambda: MappingProxyType({}))
    cue: str
    """What stands before the answer that the model is to write."""
    stop: tuple[str, ...]
    """Texts with which the model would begin somebody else's turn."""
    blank_lines_separate_turns: bool = False

    def render(self, turns: Iterable[Turn]) -> str:
        """Return the prompt that asks for the answer to the last of `turns`."""
        rendered = [
            self.before[turn.role]
            + self._clean(turn.text)
            + self.after.get(turn.role, "")
            for turn in turns
        ]
        return "".join(rendered) + self.cue

    def _clean(self, text: str) -> str:
        text = neutralise(text)
        if self.blank_lines_separate_turns:
            text = _BLANK_LINES.sub("\n", text)
        return text


def neutralise(text: str) -> str:
    """Return `text` without anything a model could take for a turn or special token.

    Every kind of line break becomes a newline, "User:" at the start of a line becomes
    "User :", and the brackets of special tokens are parted by a space.
    """
    # A lone surrogate cannot be sent as UTF-8.
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = "\n".join(text.splitlines()).strip()
    text = _ROLE_MARKER.sub(r"\1 :", text)
    text = text.replace("<|", "< |").replace("|>", "| >")
    return _FALCON_SPECIAL_TOKEN.sub(r">> \1 <<", text)


_BLANK_LINES = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")
_ROLE_MARKER = re.compile(
    r"^([^\w\n]*(?:User|Assistant|Falcon|System))[^\w\n:\uff1a]*[:\uff1a]",
    re.IGNORECASE | re.MULTILINE,
)
# The special tokens of Falcon 7B, 40B and 180B: >>TITLE<<, >>QUESTION<<, …
_FALCON_SPECIAL_TOKEN = re.compile(r">>([A-Z]+)<<")


# Each marks its turns as the chat template in the model's own tokenizer does.
FALCON_INSTRUCT = PromptTemplate(
    name="falcon-instruct",
    before={"system": "", "user": "\n\nUser: ", "assistant": "\n\nAssistant: "},
    cue="\n\nAssistant:",
    stop=("\nUser:",),
    blank_lines_separate_turns=True,
)
FALCON_180B_CHAT = PromptTemplate(
    name="falcon-180b-chat",
    before={"system": "System: ", "user": "User: ", "assistant": "Falcon: "},
    after={"system": "\n", "user": "\n", "assistant": "\n"},
    cue="Falcon:",
    stop=("\nUser:",),
)
FALCON_3 = PromptTemplate(
    name="falcon3",
    before={
        "system": "<|system|>\n",
        "user": "<|user|>\n",
        "assistant": "<|assistant|>\n",
    },
    after={"system": "\n", "user": "\n", "assistant": "<|endoftext|>\n"},
    cue="<|assistant|>\n",
    stop=("<|user|>",),
)
FALCON_H1 = PromptTemplate(
    name="falcon-h1",
    before={
        "system": "<|im_start|>system\n",
        "user": "<|im_start|>user\n",
        "assistant": "<|im_start|>assistant\n",
    },
    after={
        "system": "<|im_end|>\n",
        "user": "<|im_end|>\n",
        "assistant": "<|im_end|>\n",
    },
    cue="<|im_start|>assistant\n",
    stop=("<|im_end|>",),
)


def template_like(chat_template: str) -> PromptTemplate:
    """Return the template whose markers occur in a tokenizer's Jinja chat template."""
    if "<|im_start|>" in chat_template:
        return FALCON_H1
    if "<|user|>" in chat_template:
        return FALCON_3
    if "Falcon:" in chat_template:
        return FALCON_180B_CHAT
    return FALCON_INSTRUCT
