"""Does llama.cpp with the shipped file say what transformers says with the checkpoint?

    python -m falcon.local.model.parity

prints a table: prompts for which greedy decoding gives the same tokens, end included,
and strings for which both tokenizers give the same ids.
"""

from __future__ import annotations

import random
import tempfile
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import gguf
import torch

from falcon.local.model.corpus import read_corpus
from falcon.local.model.dialogues import DialogueWriter
from falcon.local.model.export import export
from falcon.local.model.files import GGUF
from falcon.local.model.invented import gibberish
from falcon.local.model.llama import loaded
from falcon.local.model.network import load
from falcon.local.model.tokenizer import END_ID
from falcon.local.model.train import SEED
from falcon.local.model.wordings import is_korean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from transformers import FalconForCausalLM

    from falcon.local.model.llama import Llama

LONGEST_ANSWER = 96
FREE_TEXTS = (
    "Once upon a time",
    "The quick brown fox",
    "Falcon is",
    "def main():",
    "Dear Sir or Madam,",
    "1. ",
    "In 2023",
    "옛날 옛적에",
)
STRINGS = (
    "3.14159 + 42 = 45.14159",
    "1234567890 12 345 6789",
    "Was?! Nein... (doch) — „so“",
    "🦅 팔콘 🦅 falcon 👩‍💻",
    "tabs\tand  two spaces\n\nand blank lines \n",
    "naïve café Ångström Ελλάδα Москва 東京",
    "`pip install -r requirements.txt`",
    "snake_case camelCase it's don't we'll",
)


def prompts() -> dict[str, list[str]]:
    """Return prompts by kind; every one has room for an answer in the context."""
    writer = DialogueWriter(read_corpus(), seed=SEED + 2)
    kinds: dict[str, list[str]] = {"English": [], "Korean": [], "many turns": []}
    while min(map(len, kinds.values())) < 24:
        turns = writer.write(1600).turns
        last = turns[-1].prompt
        kinds["Korean" if is_korean(last) else "English"].append(last)
        before = "".join(f"{turn.prompt} {turn.answer}" for turn in turns[:-1])
        kinds["many turns"].append(before + last)
    return {kind: texts[:24] for kind, texts in kinds.items()} | {
        "free text": list(FREE_TEXTS)
    }


def strings() -> Iterator[str]:
    """Yield texts of all sorts for the tokenizers."""
    rng = random.Random(SEED)
    yield from (*STRINGS, *FREE_TEXTS)
    writer = DialogueWriter(read_corpus(), seed=SEED + 3)
    for _ in range(200):
        dialogue = writer.write(1000)
        yield dialogue.system + "".join(
            f"{t.prompt} {t.answer}" for t in dialogue.turns
        )
        yield gibberish(rng, korean=rng.random() < 0.3)
        yield "".join(
            chr(rng.choice([rng.randint(32, 0x24F), 0xAC00 + rng.randint(0, 11171)]))
            for _ in range(rng.randint(1, 40))
        )


def greedy(network: FalconForCausalLM, ids: list[int]) -> list[int]:
    """Return the likeliest continuation without its end token."""
    network.generation_config.use_cache = True
    output = network.generate(
        torch.tensor([ids]), do_sample=False, max_new_tokens=LONGEST_ANSWER
    )
    answer: list[int] = output[0, len(ids) :].tolist()
    return answer[:-1] if answer[-1:] == [END_ID] else answer


def main() -> None:
    network, tokenizer = load()
    asked = prompts()
    expected = {
        prompt: greedy(network, tokenizer.encode(prompt).ids)
        for texts in asked.values()
        for prompt in texts
    }

    def same(llama: Llama, prompt: str) -> bool:
        completion = llama.complete(prompt, max_tokens=LONGEST_ANSWER)
        ids: list[int] = [i for i in completion.ids if i != END_ID]
        return ids == expected[prompt]

    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "f32.gguf"
        export(network, tokenizer, whole, gguf.GGMLQuantizationType.F32)
        print("| file | MB | " + " | ".join(asked) + " | all |")
        print("|---|---|" + "---|" * (len(asked) + 1))
        for name, path in (("f32", whole), ("q8_0 (shipped)", GGUF)):
            with loaded(path) as llama:
                rows = [[same(llama, p) for p in texts] for texts in asked.values()]
            cells = [f"{sum(row)}/{len(row)}" for row in [*rows, list(chain(*rows))]]
            megabytes = path.stat().st_size / 1e6
            print(f"| {name} | {megabytes:.2f} | " + " | ".join(cells) + " |")
    with loaded(GGUF) as llama:
        texts = list(strings())
        equal = sum(tokenizer.encode(t).ids == llama.tokenize(t) for t in texts)
    print(f"\ntokenizer ids identical: {equal}/{len(texts)} strings")


if __name__ == "__main__":
    main()
