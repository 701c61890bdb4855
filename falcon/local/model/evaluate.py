"""Asks the shipped file the questions of evaluation/questions.txt and prints a table.

    python -m falcon.local.model.evaluate

The questions were written after the training and never trained on. An answer is exact
if it begins as the first `A:` line of its case says, acceptable if as any of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from falcon.conversation import Message
from falcon.local.model.files import EVALUATION, GGUF
from falcon.local.model.llama import Llama, loaded
from falcon.local.model.questions import Case, parse
from falcon.prompt import FALCON_INSTRUCT

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST_ANSWER = 400


@dataclass(frozen=True, slots=True)
class Result:
    case: Case
    answer: str

    @property
    def exact(self) -> bool:
        return self.answer.startswith(self.case.beginnings[0])

    @property
    def acceptable(self) -> bool:
        return self.answer.startswith(self.case.beginnings)


def ask(llama: Llama, case: Case) -> Result:
    """Hold the dialogue, each answer being the model's own, and keep the last one."""
    turns: list[Message] = []
    answer = ""
    for question in case.questions:
        turns.append(Message("user", question))
        prompt = FALCON_INSTRUCT.render(turns)
        answer = llama.complete(prompt, max_tokens=LONGEST_ANSWER).text.strip()
        turns.append(Message("assistant", answer))
    return Result(case, answer)


def table(results: Sequence[Result]) -> str:
    """Return the results by group, as a table in Markdown."""
    groups = list(dict.fromkeys(result.case.group for result in results))
    lines = ["| group | questions | exact | acceptable |", "|---|---|---|---|"]
    for group in [*groups, ""]:
        rows = [r for r in results if not group or r.case.group == group]
        exact = sum(result.exact for result in rows)
        acceptable = sum(result.acceptable for result in rows)
        name = group or "**all**"
        lines.append(
            f"| {name} | {len(rows)} | {exact} ({exact / len(rows):.0%}) | "
            f"{acceptable} ({acceptable / len(rows):.0%}) |"
        )
    return "\n".join(lines)


def main() -> None:
    cases = list(parse(EVALUATION.read_text(encoding="utf-8")))
    with loaded(GGUF) as llama:
        results = [ask(llama, case) for case in cases]
    print(table(results))
    for result in results:
        if not result.acceptable:
            print(f"\nQ: {' / '.join(result.case.questions)}")
            print(f"expected: {result.case.beginnings[0]}\nanswered: {result.answer}")


if __name__ == "__main__":
    main()
