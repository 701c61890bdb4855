"""What is said of a column: its settings and its answer's figures. Draws nothing."""

from __future__ import annotations

from dataclasses import dataclass

from falcon.compare_run import ColumnAnswer, ColumnSettings, CompareRun
from falcon.events import FinishReason
from falcon.ui import texts
from falcon.ui.language import say
from falcon.ui.messages.figures import format_seconds, format_speed

LONGEST_PROMPT = 40
"""Characters of a system prompt in a line about the settings."""

_ALONE = "{value}"
_ENDS: dict[FinishReason | None, str] = {
    "eos_token": texts.COMPARE_ENDED,
    "stop_sequence": texts.COMPARE_STOP_SEQUENCE,
    "length": texts.COMPARE_LENGTH,
    "stopped": texts.COMPARE_STOPPED,
    "interrupted": texts.COMPARE_CUT,
}


@dataclass(frozen=True, slots=True)
class Figures:
    """One answer's figures as short texts; what is not known is empty."""

    first_token: str = ""
    seconds: str = ""
    speed: str = ""
    tokens: str = ""
    end: str = ""


def figures(answer: ColumnAnswer) -> Figures:
    progress = answer.generation.progress
    first, about = progress.seconds_to_first_token, "" if answer.is_counted else "~"
    return Figures(
        first_token="" if first is None else format_seconds(first),
        seconds=format_seconds(progress.seconds) if progress.tokens else "",
        speed=format_speed(progress.record),
        tokens=f"{about}{progress.tokens:,}" if progress.tokens else "",
        end=say(_ENDS.get(progress.reason, "")),
    )


def describe_figures(answer: ColumnAnswer, *, is_fastest: bool) -> str:
    """Return the figures as one line."""
    found = figures(answer)
    said = (
        (texts.COMPARE_FIRST_TOKEN, found.first_token),
        (_ALONE, found.seconds),
        (texts.COMPARE_FASTEST if is_fastest else _ALONE, found.speed),
        (texts.COMPARE_TOKENS, found.tokens),
        (_ALONE, found.end),
    )
    parts = [say(words, value=value) for words, value in said if value]
    if names := answer.generation.progress.record.unsupported:
        parts.append(say(texts.NOT_SENT, names=", ".join(names)))
    return " · ".join(parts)


def fastest(run: CompareRun) -> ColumnAnswer | None:
    """Return the answer of the most tokens per second, once there are two to tell."""
    records = {answer: answer.generation.progress.record for answer in run.answers}
    speeds = {
        answer: record.tokens_per_second or 0.0
        for answer, record in records.items()
        if format_speed(record)
    }
    return max(speeds, key=speeds.__getitem__) if len(speeds) > 1 else None


def describe_settings(settings: ColumnSettings) -> str:
    """Return what was set, as one line of plain text."""
    where = settings.endpoint.name if settings.endpoint else say(texts.COMPARE_HERE)
    parameters = settings.parameters
    said = [where, *(_set(name, parameters) for name in parameters.changed)]
    if prompt := " ".join(settings.system_prompt.split()):
        is_long = len(prompt) > LONGEST_PROMPT
        said.append(f"“{prompt[:LONGEST_PROMPT]}{'…' if is_long else ''}”")
    return " · ".join(said)


def _set(name: str, parameters: object) -> str:
    value = getattr(parameters, name)
    if isinstance(value, bool):
        value = say("on") if value else say("off")
    shown = " ".join(map(repr, value)) if isinstance(value, tuple) else value
    return f"{name} {shown}"
