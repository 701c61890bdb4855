"""Does the network know a question in a wording that it was never shown?

    python -m falcon.local.model.held_out

trains without one wording of each well-worded question, as `train.py` does otherwise,
and prints how many answers to those wordings are right to the last token, at the start
of a dialogue and late in it. The model that ships is trained on all wordings.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from falcon.local.model.corpus import PLACEHOLDER, Corpus, read_corpus
from falcon.local.model.course import Turn
from falcon.local.model.dialogues import Dialogue, DialogueWriter
from falcon.local.model.examples import Example, batch, example
from falcon.local.model.invented import invented_name
from falcon.local.model.network import CONTEXT_LENGTH, logits
from falcon.local.model.phases import PHASES
from falcon.local.model.tokenizer import END_ID
from falcon.local.model.train import SEED, train

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from transformers import FalconForCausalLM

    from falcon.local.model.examples import Encode

FEWEST_WORDINGS = 7
EARLIER_TURNS = (0, 5, 10, 15)
_LATE_CASES = 200


@dataclass(frozen=True, slots=True)
class Case:
    """A question in a wording that training left out."""

    topic: str
    turn: Turn


def hold_out(corpus: Corpus, *, seed: int) -> tuple[Corpus, tuple[Case, ...]]:
    """Take one wording of every question that has seven or more, but no placeholder."""
    rng = random.Random(seed)
    entries, cases = [], []
    for entry in corpus.entries:
        opening = entry.opening
        if len(opening.wordings) >= FEWEST_WORDINGS and not entry.placeholders:
            number = max(1, len(opening.wordings) // 20)
            taken = rng.sample(opening.wordings, number)
            cases += [Case(entry.topic, Turn(w, opening.answer)) for w in taken]
            left = tuple(w for w in opening.wordings if w not in taken)
            opening = replace(opening, wordings=left)
        entries.append(replace(entry, exchanges=(opening, *entry.exchanges[1:])))
    return replace(corpus, entries=tuple(entries)), tuple(cases)


def correct(network: FalconForCausalLM, examples: Sequence[Example]) -> list[bool]:
    """Whether greedy decoding gives each example's last answer, end included."""
    results: dict[int, bool] = {}
    order = sorted(range(len(examples)), key=lambda index: len(examples[index].ids))
    while order:
        longest = len(examples[order[-1]].ids)
        indices = [order.pop() for _ in range(min(len(order), 1 + 8192 // longest))]
        ids, labels, _ = batch([examples[i] for i in indices], pad_id=END_ID)
        with torch.inference_mode():
            right = logits(network, ids).argmax(-1) == labels
        for row, index in enumerate(indices):
            start, end = examples[index].answers[-1]
            results[index] = bool(right[row, start:end].all())
    return [results[index] for index in range(len(examples))]


def after(
    turns: int, turn: Turn, writer: DialogueWriter, encode: Encode
) -> Dialogue | None:
    """Return a dialogue of `turns` turns and then `turn`, or None if it is too long."""
    earlier = writer.write(6000, with_system=False).turns
    # The shortest ones, so that many turns fit into the context.
    chosen = sorted(earlier, key=lambda t: len(t.answer))[:turns]
    kept = tuple(t for t in earlier if t in chosen)[:turns]
    dialogue = Dialogue("", (*kept, turn))
    fits = len(example(dialogue, encode, end_id=END_ID).ids) <= CONTEXT_LENGTH
    return dialogue if len(kept) == turns and fits else None


def _names(
    turns: int, corpus: Corpus, writer: DialogueWriter, encode: Encode, *, seed: int
) -> list[Example]:
    """Return dialogues that tell a made-up name first and ask for it at the end."""
    rng = random.Random(seed)
    entries = [e for e in corpus.entries if e.placeholders == {"name"}]
    entry = next(e for e in entries if PLACEHOLDER.search(e.opening.wordings[0]))
    examples = []
    for _ in range(50):
        name = invented_name(rng)
        told, asked = (
            Turn(
                *(
                    PLACEHOLDER.sub(name, text)
                    for text in (rng.choice(e.wordings), e.answer)
                )
            )
            for e in entry.exchanges[:2]
        )
        between = after(turns, asked, writer, encode)
        if between:
            dialogue = Dialogue("", (told, *between.turns))
            encoded = example(dialogue, encode, end_id=END_ID)
            if len(encoded.ids) <= CONTEXT_LENGTH:
                examples.append(encoded)
    return examples


def _share(results: Iterable[bool]) -> str:
    values = list(results)
    return f"{sum(values)}/{len(values)} ({sum(values) / max(1, len(values)):.3f})"


def report(
    network: FalconForCausalLM, corpus: Corpus, cases: Sequence[Case], encode: Encode
) -> None:
    """Print the tables of the model card."""
    alone = [example(Dialogue("", (c.turn,)), encode, end_id=END_ID) for c in cases]
    results = correct(network, alone)
    print(f"held-out wordings: {_share(results)}")
    topics = Counter(case.topic for case in cases)
    for topic in sorted(topics):
        print(
            f"  {topic}: "
            + _share(r for r, c in zip(results, cases, strict=True) if c.topic == topic)
        )
    for case, right in zip(cases, results, strict=True):
        if not right:
            print(f"  missed: {case.topic}: {case.turn.question}")
    plain = replace(
        corpus, entries=tuple(e for e in corpus.entries if not e.placeholders)
    )
    writer = DialogueWriter(plain, seed=SEED + 1)
    rng = random.Random(SEED)
    seen = [
        Turn(rng.choice(e.opening.wordings), e.opening.answer) for e in plain.entries
    ]
    for number in EARLIER_TURNS:
        for label, turns in (("seen", seen), ("held out", [c.turn for c in cases])):
            asked = rng.sample(turns, min(_LATE_CASES, len(turns)))
            found = [after(number, turn, writer, encode) for turn in asked]
            late = [example(d, encode, end_id=END_ID) for d in found if d]
            print(f"after {number} turns, {label}: {_share(correct(network, late))}")
        names = _names(number, corpus, writer, encode, seed=SEED)
        print(f"a name told {number} turns before: {_share(correct(network, names))}")


def main() -> None:
    corpus, cases = hold_out(read_corpus(), seed=SEED)
    network, tokenizer = train(corpus, phases=PHASES)

    def encode(text: str) -> list[int]:
        return list(tokenizer.encode(text).ids)

    report(network.eval(), corpus, cases, encode)


if __name__ == "__main__":
    main()
