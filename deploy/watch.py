"""Shows a person at a terminal, or a log file, how `up` and `down` get on.

On a terminal the present phase is redrawn in place, with the time it has taken; in a
pipe or file each thing is one line. All of it goes to standard error.
"""

from __future__ import annotations

import time
from collections import deque
from contextlib import suppress
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

_LINES_IN_VIEW = 5
_CONTROL_CHARACTERS = {
    code: "\N{REPLACEMENT CHARACTER}"
    for code in (*range(0x20), *range(0x7F, 0xA0))
    if chr(code) not in "\n\t"
}
"""C0, DEL and C1: what a container says must not steer a terminal."""


class Watch:
    """A Progress for as long as its block lasts."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._phase = ""
        self._usual = ""
        self._state = ""
        self._began = 0.0
        self._lines: deque[str] = deque(maxlen=_LINES_IN_VIEW)
        self._spinner = Spinner("dots")
        self._live: Live | None = None
        if console.is_terminal:
            self._live = Live(
                get_renderable=self._render,
                console=console,
                refresh_per_second=4,
                transient=True,
            )

    def __enter__(self) -> Self:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._finish(is_done=kind is None)
        if self._live is not None:
            with suppress(OSError):
                self._live.stop()

    def phase(self, name: str, *, usual: str = "") -> None:
        self._finish(is_done=True)
        self._phase, self._usual, self._state = name, usual, ""
        self._began = time.monotonic()
        if self._live is None:
            self.say(f"{name} ({usual})" if usual else name)

    def state(self, text: str) -> None:
        if self._live is None and text != self._state:
            self.say(f"  {text} after {_spell(time.monotonic() - self._began)}")
        self._state = text

    def log(self, line: str) -> None:
        self._lines.append(line)
        if self._live is None:
            self.say(f"  | {line}")

    def say(self, text: str) -> None:
        # Work goes on when the terminal was closed.
        with suppress(OSError):
            self._console.print(_harmless(text), soft_wrap=True)

    def _finish(self, *, is_done: bool) -> None:
        """Leave one line of the phase that ends."""
        if self._phase and self._live is not None:
            mark = Text("✓ ", "green") if is_done else Text("✗ ", "red")
            took = _spell(time.monotonic() - self._began)
            with suppress(OSError):
                self._console.print(mark + _harmless(f"{self._phase}  {took}"))
        self._phase = ""
        self._lines.clear()

    def _render(self) -> RenderableType:
        if not self._phase:
            return Text("")
        parts = [self._phase, _spell(time.monotonic() - self._began), self._usual]
        told = "  ".join(part for part in (*parts, self._state) if part)
        self._spinner.update(text=_harmless(told))
        lines = (_harmless(f"  {line}", style="dim", cut=True) for line in self._lines)
        return Group(self._spinner, *lines)


def _harmless(text: str, *, style: str = "", cut: bool = False) -> Text:
    shown = text.translate(_CONTROL_CHARACTERS)
    return Text(shown, style, no_wrap=cut, overflow="ellipsis" if cut else "fold")


def _spell(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
