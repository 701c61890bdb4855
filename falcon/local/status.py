"""What the endpoint's process tells its parent: a JSON line for each change.

Both ends import this, so it knows neither the engine nor how processes are started.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Literal

from falcon.text import Text

State = Literal["starting", "downloading", "ready", "unavailable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What the loaded model is."""

    name: str
    context_tokens: int
    """Prompt and answer together."""
    chat_template: str | None
    """Jinja; None if the file brings none."""
    parameter_count: int
    is_shipped_model: bool
    """It is the small network of this project."""


@dataclass(frozen=True, slots=True)
class Status:
    """Whether the endpoint answers, and why not."""

    state: State
    reason: str = ""
    """One line for a person, unless the state is "ready"."""
    facts: ModelFacts | None = None
    """Known once the endpoint has been ready."""

    def to_line(self) -> str:
        """The status on one line."""
        reason = self.reason
        said = (reason.template, reason.values) if isinstance(reason, Text) else reason
        return json.dumps({**asdict(self), "reason": said})

    @classmethod
    def from_line(cls, line: str) -> Status:
        """Read a line that `to_line` wrote."""
        document = json.loads(line)
        facts, reason = document["facts"], document["reason"]
        return cls(
            document["state"],
            reason if isinstance(reason, str) else Text(*reason),
            None if facts is None else ModelFacts(**facts),
        )
