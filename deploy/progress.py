"""What `up` and `down` tell while they work; deploy/watch.py shows it to people."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    def phase(self, name: str, *, usual: str = "") -> None:
        """Begin a phase, such as "Endpoint"; `usual`: how long it takes, in words."""

    def state(self, text: str) -> None:
        """Say how the phase stands, in the place of what was said of it before."""

    def log(self, line: str) -> None:
        """Pass on a line of the container's."""

    def say(self, text: str) -> None:
        """Say a sentence that stays."""
