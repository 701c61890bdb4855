"""PromptTemplate: a conversation as the one text that the model continues.

Knows the turn markers of each Falcon family and keeps everybody's text from opening a
turn of its own or spelling a special token. Does not know how long a prompt may be:
see falcon/context_window.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
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
    speakers: tuple[str, ...] = ()
    """The words that open a turn where one begins a line and a colon follows."""
    blank_lines_separate_turns: bool = False

    def render(self, turns: Iterable[Turn]) -> str:
        """Return the prompt that asks for the answer to the last of `turns`."""
        return self.join([(turn.role, self.clean(turn.text)) for turn in turns])

    def join(self, turns: Sequence[tuple[Role, str]]) -> str:
        """Return the prompt for turns whose texts are clean.

        An answer at the end is left open, so that the model goes on with it.
        """
        marked = [self.mark(role, text) for role, text in turns]
        if turns and turns[-1][0] == "assistant":
            role, text = turns[-1]
            return "".join(marked[:-1]) + self.before[role] + text
        return "".join(marked) + self.cue

    def mark(self, role: Role, clean_text: str) -> str:
        """Return a turn, its text already clean, as it stands in the prompt."""
        return self.before[role] + clean_text + self.after.get(role, "")

    def clean(self, text: str) -> str:
        """Return `text` without anything that could be taken for a turn or a token.

        Every kind of line break becomes a newline, "User:" at the start of a line
        becomes "User :", and spaces part the brackets of what looks like a special
        token: "< |user| >". Clean text stays as it is.
        """
        # A lone surrogate cannot be sent as UTF-8.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        lines = text.strip().splitlines()
        if self.blank_lines_separate_turns:
            lines = [line for line in lines if line.strip()]
        return "\n".join(map(self._disarm, lines)).strip()

    def _disarm(self, line: str) -> str:
        line = self._part(line)
        # To a tokenizer that normalises (some runtimes' do), full-width letters, or
        # invisible ones between, would spell a marker after all.
        seen = line.translate(_SEEN)
        parted = self._part(seen)
        return line if parted == seen else parted

    def _part(self, line: str) -> str:
        if self.speakers:
            speakers = "|".join(self.speakers)
            line = re.sub(_SPEAKER.format(speakers), r"\1 \2", line, flags=re.I)
        line = _SPECIAL_TOKEN.sub(r"< |\1| >", line)
        return _UPPERCASE_TOKEN.sub(r">> \1 <", line)


# "User:", also as "**User**:" and behind a list's dash; "User :" is harmless.
_SPEAKER = r"^([\W_]*(?:{})(?:(?:[^\w:：]|_)*(?:[^\w\s:：]|_))?)([:：])"
# <|endoftext|> in every family, <|user|>, <|im_start|>, …
_SPECIAL_TOKEN = re.compile(r"<\|([^\s<>|]+)\|>")
# >>TITLE<<, >>IP_ADDRESS_0<<, >>UNUSED_261<<, …; at the end of a text one bracket is
# enough, since what follows may begin with the other one: <|im_end|>.
_UPPERCASE_TOKEN = re.compile(r">>([A-Z0-9_]+)<(?=<|\s*$)")
# Control characters and Unicode's Default_Ignorable_Code_Point.
_INVISIBLE = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    r"\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0"
    r"\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


class _Seen(dict[int, str]):
    """What is seen of each character, found out once.

    Character by character: normalising a whole line takes a time that grows with the
    square of the number of accents on one letter.
    """

    def __missing__(self, code: int) -> str:
        seen = unicodedata.normalize("NFKC", chr(code))
        self[code] = _INVISIBLE.sub("", seen)
        return self[code]


_SEEN = _Seen()


# Each marks its turns as the chat template in the model's own tokenizer does.
FALCON_INSTRUCT = PromptTemplate(
    name="falcon-instruct",
    before={"system": "", "user": "\n\nUser: ", "assistant": "\n\nAssistant: "},
    cue="\n\nAssistant:",
    stop=("\nUser:",),
    speakers=("User", "Assistant"),
    blank_lines_separate_turns=True,
)
FALCON_180B_CHAT = PromptTemplate(
    name="falcon-180b-chat",
    before={"system": "System: ", "user": "User: ", "assistant": "Falcon: "},
    after={"system": "\n", "user": "\n", "assistant": "\n"},
    cue="Falcon:",
    stop=("\nUser:",),
    speakers=("System", "User", "Falcon"),
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
