"""The table and the goals, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.page.figures import ROWS, Figures, Row
from benchmarks.page.goals import verdicts

LEGEND = """\
Medians. A token is on the screen when it stands in the document; its way begins when
the endpoint sends it. Bytes are what the page received while the answer grew (Gradio,
by HTTP: for the whole turn). Memory and CPU are the server's, all its processes; each
session has asked one question, the first one three. "To client": websocket clients
(Gradio: HTTP) that draw nothing, all asked in the same moment. Gradio's queue and the
thread pools of Gradio and Chainlit are opened for more chats than they usually are."""
_WORDS = {True: "reached", False: "MISSED", None: "seen"}


def table(figures: Figures, pages: Sequence[str]) -> Iterator[str]:
    """The lines of the table, and of why some of its cells are empty."""
    yield f"{'':46}" + "".join(f"{page:>14}" for page in pages)
    reasons: list[str] = []
    for row in ROWS:
        if row.key in figures.values or row.key in figures.reasons:
            cells = (_cell(figures, row, page, reasons) for page in pages)
            yield f"{row.title + ', ' + row.unit:46}" + "".join(cells)
    yield from (f"[{number}] {reason}" for number, reason in enumerate(reasons, 1))


def _cell(figures: Figures, row: Row, page: str, reasons: list[str]) -> str:
    found = figures.value(row.key, page)
    if found is not None:
        return f"{found:>14,.{row.digits}f}"
    reason = figures.reasons.get(row.key, {}).get(page)
    if reason is None:
        return f"{'':>14}"
    reason = f"{page}: {reason}"
    if reason not in reasons:
        reasons.append(reason)
    return f"{f'[{reasons.index(reason) + 1}]':>14}"


def goals(figures: Figures) -> Iterator[str]:
    """A line for each goal."""
    for verdict in verdicts(figures):
        yield f"{_WORDS[verdict.is_reached]:8} {verdict.text}"
