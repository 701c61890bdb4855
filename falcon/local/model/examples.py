"""A dialogue as what the network is shown and what it should have said.

Knows where an answer begins and ends. Every answer's last token is labelled with the
end of the text, although the history in a prompt goes on there without one: this is how
a generation ends after every answer and yet earlier answers carry no end token.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from falcon.local.model.dialogues import Dialogue

ANSWER_WEIGHT = 1.0
PROMPT_WEIGHT = 0.1
_ROUND_TO = 32

Encode = Callable[[str], list[int]]


@dataclass(frozen=True, slots=True)
class Example:
    """Token ids, the id that should follow each, and how much each of those counts."""

    ids: list[int]
    labels: list[int]
    weights: list[float]
    answers: list[tuple[int, int]]
    """Where each answer's labels stand: from, to."""


def example(
    dialogue: Dialogue,
    encode: Encode,
    *,
    end_id: int,
    longest_answer: int | None = None,
) -> Example:
    """Encode piece by piece: a token never spans the border of prompt and answer.

    A longer answer is cut after `longest_answer` tokens; the label there is the token
    that would have come next.
    """
    ids = encode(dialogue.system) if dialogue.system else []
    weights = [PROMPT_WEIGHT] * len(ids)
    ends: list[tuple[int, int]] = []
    following: list[int] = []
    for turn in dialogue.turns:
        prompt, answer = encode(turn.prompt), encode(f" {turn.answer}")
        whole, answer = answer, answer[:longest_answer]
        following.append((*whole, end_id)[len(answer)])
        ids += prompt + answer
        weights += [PROMPT_WEIGHT] * len(prompt) + [ANSWER_WEIGHT] * len(answer)
        ends.append((len(ids) - len(answer) - 1, len(ids)))
    labels, weights = [*ids[1:], end_id], [*weights[1:], ANSWER_WEIGHT]
    for (_, end), label in zip(ends, following, strict=True):
        labels[end - 1], weights[end - 1] = label, ANSWER_WEIGHT
    return Example(ids, labels, weights, ends)


def batch(
    examples: Sequence[Example], *, pad_id: int
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return ids, labels and weights, padded on the right to one length.

    Right padding needs no mask: attention looks back only. Lengths are rounded up,
    which keeps the number of different shapes small.
    """
    longest = max(len(e.ids) for e in examples)
    length = -(-longest // _ROUND_TO) * _ROUND_TO

    def padded(values: Sequence[float], filling: float) -> list[float]:
        return [*values, *[filling] * (length - len(values))]

    ids = torch.tensor([padded(e.ids, pad_id) for e in examples])
    labels = torch.tensor([padded(e.labels, pad_id) for e in examples])
    weights = torch.tensor([padded(e.weights, 0.0) for e in examples])
    return ids, labels, weights
