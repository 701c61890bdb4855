"""Asks one question in a terminal: the answer goes to standard output as it comes.

Everything else goes to standard error, so that an answer can be piped on. Knows
terminals and pipes; where and how to ask comes as Settings.
"""

from __future__ import annotations

import errno
import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, TextIO

from falcon.conversation import Message
from falcon.endpoint import Endpoint
from falcon.errors import ConfigurationError, FalconError, InvalidInputError
from falcon.events import TokenEvent, WaitEvent
from falcon.local.process import LocalEndpoint
from falcon.local.runtime import REGION
from falcon.models import FalconModel, describe_gguf

if TYPE_CHECKING:
    from falcon.client import FalconClient
    from falcon.parameters import GenerationParameters
    from falcon.settings import Settings
    from falcon.stream import GenerationStream

LONGEST_QUESTION = 4_000_000
"""Bytes of standard input; no Falcon reads a tenth of it."""

_CONTROL_CHARACTERS = {
    code: "\N{REPLACEMENT CHARACTER}"
    for code in (*range(0x20), *range(0x7F, 0xA0))
    if chr(code) not in "\n\t"
}
"""C0, DEL and C1: they move a terminal's cursor, rename its window, type for you."""


class Notes:
    """What is said beside the answer, on standard error."""

    def __init__(self) -> None:
        # None: started with it closed.
        self._file: TextIO | None = sys.stderr
        self._is_terminal = self._file is not None and self._file.isatty()
        self._shown = ""
        self._said: tuple[str, int] | None = None

    def say(self, text: str) -> None:
        """Write one line, whatever is in `text`."""
        self.clear()
        self._write(" ".join(text.split()).translate(_CONTROL_CHARACTERS) + "\n")

    def wait(self, event: WaitEvent) -> None:
        """Say what is waited for: in place on a terminal, elsewhere once a minute."""
        reason = event.reason
        minutes, seconds = divmod(int(event.seconds), 60)
        so_far = f" {minutes} min so far" if minutes else f" {seconds} s so far"
        if self._file is not None and self._is_terminal:
            columns = os.get_terminal_size(self._file.fileno()).columns or 80
            room = max(columns - len(so_far) - 1, 1)
            if len(reason) > room:  # a line that wraps cannot be rewritten
                reason = reason[: room - 1] + "…"
            self.clear()
            self._shown = reason + so_far
            self._write(self._shown)
        elif self._said != (reason, minutes):
            self._said = (reason, minutes)
            self.say(reason + so_far)

    def clear(self) -> None:
        """Take the line about waiting away: something else comes now."""
        if self._shown:
            self._write("\r" + " " * len(self._shown) + "\r")
            self._shown = ""

    def _write(self, text: str) -> None:
        if self._file is not None:
            self._file.write(text)
            self._file.flush()


def read_question(said: str | None, notes: Notes) -> str:
    """Return the question: what is `said`, a blank line, and what is piped in.

    - is what is piped, or typed, alone. Raises ConfigurationError if all is empty.
    """
    parts = [] if said is None or said == "-" else [decode_argument(said)]
    # None: started with it closed, as from cron.
    if sys.stdin is not None and (said == "-" or not sys.stdin.isatty()):
        parts.append(_read(sys.stdin, notes))
    parts = [part for part in parts if part.strip()]
    if not parts:
        raise ConfigurationError(
            'There is no question. Ask as in: python -m falcon ask "What is a falcon?" '
            'or: cat notes.txt | python -m falcon ask "Summarise this:"'
        )
    return "\n\n".join(parts)


def decode_argument(text: str) -> str:
    """Return an argument of the command line as the UTF-8 it was typed in.

    Under a locale such as C, Python keeps the bytes of other letters as surrogates.
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return _decode(os.fsencode(text), "The command line")
    return text


def ask(question: str, settings: Settings, notes: Notes) -> None:
    """Stream the answer to standard output; raises the FalconErrors of FalconClient."""
    if sys.stdout is None:
        raise ConfigurationError("Standard output is closed: no answer can be shown.")
    output = _Output(sys.stdout)
    turns = [Message("user", question)]
    if settings.system_prompt:
        turns.insert(0, Message("system", settings.system_prompt))
    with (
        _open_client(settings, notes) as client,
        client.stream(turns, settings.parameters) as stream,
    ):
        try:
            for event in stream:
                if isinstance(event, WaitEvent):
                    notes.wait(event)
                elif isinstance(event, TokenEvent):
                    notes.clear()
                    output.write(event.text)
        finally:
            notes.clear()
            output.end()
    _tell_circumstances(stream, settings.parameters, notes)


class _Output:
    """Standard output: exact UTF-8 in a pipe or file, harmless on a terminal."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._is_terminal = file.isatty()
        self._last = "\n"
        if isinstance(file, io.TextIOWrapper):
            encoding = None if self._is_terminal else "utf-8"
            file.reconfigure(encoding=encoding, errors="replace")

    def write(self, text: str) -> None:
        if self._is_terminal:
            text = text.translate(_CONTROL_CHARACTERS)
        self._last = text or self._last
        try:
            self._file.write(text)
            self._file.flush()
        except OSError as error:
            # What is left in the buffer would fail once more when Python ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._file.fileno())
            if isinstance(error, BrokenPipeError):
                raise
            problem = f"The answer could not be written: {error.strerror}."
            raise FalconError(problem) from error

    def end(self) -> None:
        if not self._last.endswith("\n"):
            self.write("\n")


@contextmanager
def _open_client(settings: Settings, notes: Notes) -> Iterator[FalconClient]:
    """The client of the endpoint in `settings`, else of one started for this."""
    local = None if settings.endpoint else LocalEndpoint(settings.local_model)
    with local or nullcontext():
        # Here, since boto3 takes a while, in which the local endpoint can start.
        from falcon.client import FalconClient

        if local is None:
            assert settings.endpoint is not None
            yield FalconClient(
                settings.endpoint, container=settings.container, model=settings.model
            )
        else:
            model = _await_model(local, notes)
            endpoint = Endpoint(name=local.name, region=REGION, url=local.url)
            yield FalconClient(endpoint, container="tgi", model=model)


def _await_model(local: LocalEndpoint, notes: Notes) -> FalconModel:
    """Wait until `local` answers, and say so if that takes a while."""
    said = ""
    while local.wait(timeout=1.0) in ("starting", "downloading"):
        if said != local.reason:
            said = local.reason
            notes.say(f"{said}.")
    if local.facts is None:
        # It never will: this is no EndpointUnavailableError, which means "later".
        raise ConfigurationError(f"{local.reason}.")
    return describe_gguf(
        name=local.facts.name,
        context_tokens=local.facts.context_tokens,
        chat_template=local.facts.chat_template or "",
    )


def _tell_circumstances(
    stream: GenerationStream, parameters: GenerationParameters, notes: Notes
) -> None:
    if stream.unsupported:
        names = ", ".join(stream.unsupported)
        notes.say(f"Not sent, as the endpoint's container lacks it: {names}.")
    if not stream.text.strip():
        notes.say("The model answered nothing.")
    if stream.finish is None or stream.finish.reason != "length":
        return
    limit = stream.prompt.max_new_tokens
    remedy = "--max-new-tokens allows more"
    if limit < parameters.max_new_tokens:
        remedy = "a shorter question leaves room for more"
    notes.say(f"The answer reached max_new_tokens, {limit}; {remedy}.")


def _read(file: TextIO, notes: Notes) -> str:
    """Read all of standard input."""
    notice = threading.Timer(1.0, notes.say, ["Reading standard input to its end."])
    notice.daemon = True
    notice.start()
    try:
        content = file.buffer.read(LONGEST_QUESTION + 1)
    except OSError as error:
        if error.errno != errno.EBADF:
            raise
        return ""  # open for writing only, as nohup leaves it
    finally:
        notice.cancel()
    if len(content) > LONGEST_QUESTION:
        raise InvalidInputError("Standard input is too long for any Falcon to read.")
    return _decode(content, "Standard input")


def _decode(content: bytes, source: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        wrong = f"byte {error.start} is 0x{content[error.start]:02x}"
        raise ConfigurationError(f"{source} is not UTF-8 text: {wrong}.") from error
