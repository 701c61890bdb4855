"""A comparison's results: a table, Markdown for people and JSON. Draws nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import astuple

from falcon.compare_run import ColumnAnswer, CompareRun
from falcon.comparison import Comparison
from falcon.conversation import Conversation, Message
from falcon.interchange.document import write_document
from falcon.interchange.markdown import export_markdown
from falcon.interchange.values import to_plain
from falcon.ui.compare.figures import describe_settings, figures
from falcon.ui.language import mark, say

FORMAT = "falcon-chat-comparison"
VERSION = 1
LONGEST_QUESTION = 60
"""Characters of a question in the table."""

_HEADINGS = (
    mark("Question"),
    mark("Column"),
    mark("Settings"),
    mark("First token"),
    mark("Time"),
    mark("Speed"),
    mark("Tokens"),
    mark("End"),
)
# What could be Markdown, LaTeX or one of Streamlit's directives.
_MARKS = re.compile(r"([\\`*_~\[\]<>!#|&$:])")


def results_table(runs: tuple[CompareRun, ...]) -> str:
    """Return every answer's figures as a Markdown table."""
    lines = [tuple(map(say, _HEADINGS)), ("---",) * len(_HEADINGS)]
    for number, run in enumerate(runs, 1):
        asked = _plain(f"{number}. {_shortened(run.question)}")
        lines += [(asked, *_cells(answer)) for answer in run.answers]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def comparison_markdown(comparison: Comparison) -> str:
    """Return the table, and then every question with its answers."""
    head = f"# {say('Comparison')}\n\n{results_table(comparison.runs)}\n"
    return "\n".join([head, *_questions(comparison.runs)])


def comparison_json(comparison: Comparison) -> bytes:
    """Return the questions with all that is known of their answers."""
    questions = [
        {
            "question": run.question,
            "asked": run.started,
            "answers": [_to_plain(answer) for answer in run.answers],
        }
        for run in comparison.runs
    ]
    return write_document(FORMAT, VERSION, {"questions": questions}, indent=2)


def _to_plain(answer: ColumnAnswer) -> dict[str, object]:
    progress = answer.generation.progress
    return {
        "column": answer.column.name,
        "text": progress.text,
        "finish_reason": progress.reason,
        "error": str(progress.error) if progress.error else None,
        "tokens_are_estimated": not answer.is_counted,
        "tokens_per_second": progress.tokens_per_second,
        "record": to_plain(progress.record),
    }


def _cells(answer: ColumnAnswer) -> Iterator[str]:
    yield answer.column.name
    yield _plain(describe_settings(answer.column.settings))
    yield from map(_plain, astuple(figures(answer)))


def _questions(runs: tuple[CompareRun, ...]) -> Iterator[str]:
    for number, run in enumerate(runs, 1):
        asked = Message("user", run.question, created=run.started)
        yield _one(say("Question {number}", number=number), asked)
        for answer in run.answers:
            progress = answer.generation.progress
            settings = describe_settings(answer.column.settings)
            said = Message(
                "assistant",
                progress.text,
                finish_reason=progress.reason,
                created=run.started,
                record=progress.record,
            )
            yield _one(f"{number} {answer.column.name}: {settings}", said)
            if progress.error:
                yield f"{_plain(say(progress.error))}\n"


def _one(title: str, message: Message) -> str:
    return export_markdown([Conversation(title=title).add(message, after=None)])


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_QUESTION else f"{text[:LONGEST_QUESTION]}…"


def _plain(text: str) -> str:
    """Return a text on one line in which nothing is Markdown."""
    return _MARKS.sub(r"\\\1", " ".join(text.split()))
