"""What the commands say: people get text, programs get one JSON value.

Answers go to standard output, everything beside them to standard error; colour and
progress only on a terminal.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from rich.console import Console, RenderableType

from deploy.watch import Watch
from falcon.errors import ConfigurationError, DeploymentError

Json = Mapping[str, "Json"] | Sequence["Json"] | str | int | float | bool | None
_WIDTH_OF_A_FILE = 240


class Notes(Console):
    """What is said beside the answers, as long as somebody reads it."""

    def on_broken_pipe(self) -> None:
        """Go on in silence: what was begun is finished, or taken back."""
        self.quiet = True


class Output:
    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._answers = _console(sys.stdout)
        self._notes = Notes(stderr=True, highlight=False, markup=False)

    def answer(self, value: Json, *shown: RenderableType) -> None:
        """Give the command's answer, as JSON or as what is to be shown of it."""
        if self._as_json:
            sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
            sys.stdout.flush()
            return
        for part in shown:
            self._answers.print(part, soft_wrap=isinstance(part, str))

    def show(self, *shown: RenderableType) -> None:
        """Show people what they are to know before the answer."""
        for part in shown:
            self._notes.print(part, soft_wrap=isinstance(part, str))

    def watch(self) -> Watch:
        return Watch(self._notes)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Go on only with a person's yes; raises DeploymentError without."""
        if not self.agrees(question, yes=yes):
            raise DeploymentError("Nothing was done.")

    def agrees(self, question: str, *, yes: bool) -> bool:
        """Return whether a person says yes; raises ConfigurationError if none is
        there to ask."""
        if yes:
            return True
        if not sys.stdin.isatty():
            raise ConfigurationError(
                "There is no terminal to ask at, and no --yes: nothing was done."
            )
        self._notes.print(f"{question} [y/N] ", end="")
        return sys.stdin.readline().strip().lower() in ("y", "yes")

    def have_typed(self, name: str) -> None:
        """Go on only when a person has typed `name`; raises DeploymentError if not."""
        if not sys.stdin.isatty():
            raise ConfigurationError(
                "What is not tagged as ours goes only when a person types its name at "
                "a terminal: nothing was done."
            )
        self._notes.print("Type the endpoint's name to remove all of it: ", end="")
        if sys.stdin.readline().strip() != name:
            raise DeploymentError("That is another name. Nothing was done.")


def _console(file: object) -> Console:
    terminal = getattr(file, "isatty", bool)()
    width = None if terminal else _WIDTH_OF_A_FILE
    return Console(highlight=False, markup=False, width=width)


def format_span(span: timedelta | None) -> str:
    """Return such as 3 h 20 min; an empty text for none."""
    if span is None:
        return ""
    minutes = int(span.total_seconds()) // 60
    days, hours = minutes // 1440, minutes // 60 % 24
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min"


def format_moment(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment.astimezone():%Y-%m-%d %H:%M}"
