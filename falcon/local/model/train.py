"""Trains the small Falcon network on the corpus.

    python -m falcon.local.model.train

writes the checkpoint to build/falcon-small/, which export.py makes the GGUF file of.
The seed and the number of steps are fixed; floating-point sums still differ a little
from processor to processor: another machine's file is as good, but not the same bytes.
"""

from __future__ import annotations

import math
import time
from functools import lru_cache
from typing import TYPE_CHECKING

import torch
from torch.nn import functional

from falcon.local.model.corpus import Corpus, read_corpus
from falcon.local.model.dialogues import DialogueWriter
from falcon.local.model.examples import batch, example
from falcon.local.model.network import logits, new_network, save
from falcon.local.model.phases import PHASES, Phase
from falcon.local.model.tokenizer import END_ID, train_tokenizer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokenizers import Tokenizer as BytePairTokenizer
    from transformers import FalconForCausalLM

    from falcon.local.model.examples import Example

SEED = 2023
BATCH_TOKENS = 2560
LONGEST_DRILL_ANSWER = 10
"""Tokens, enough to tell one answer from another."""
WARM_UP = 60
WEIGHT_DECAY = 0.1
REPORT_EVERY = 50


def train(
    corpus: Corpus, *, phases: Sequence[Phase]
) -> tuple[FalconForCausalLM, BytePairTokenizer]:
    """Return the trained network and its tokenizer; print how the training goes."""
    torch.manual_seed(SEED)
    tokenizer = train_tokenizer(corpus, seed=SEED)
    network = new_network().train()
    print(f"{sum(p.numel() for p in network.parameters())} parameters")
    for phase in phases:
        train_phase(network, tokenizer, corpus, phase)
    return network, tokenizer


def train_phase(
    network: FalconForCausalLM,
    tokenizer: BytePairTokenizer,
    corpus: Corpus,
    phase: Phase,
) -> None:
    optimizers = _optimizers(network)
    start, tokens, losses = time.monotonic(), 0, list[float]()
    for step, examples in enumerate(_batches(corpus, tokenizer, phase), 1):
        losses.append(_step(network, *batch(examples, pad_id=END_ID)))
        rate = phase.learning_rate * _rate(step, phase.steps)
        _update(network, optimizers, rate=rate)
        tokens += sum(len(e.ids) for e in examples)
        if step % REPORT_EVERY == 0 or step == phase.steps:
            recent = losses[-REPORT_EVERY:]
            print(
                f"step {step} of {phase.steps}: loss of answers "
                f"{sum(recent) / len(recent):.4f}, {tokens} tokens, "
                f"{time.monotonic() - start:.0f} s",
                flush=True,
            )


def _batches(
    corpus: Corpus, tokenizer: BytePairTokenizer, phase: Phase
) -> Iterator[list[Example]]:
    @lru_cache(maxsize=200_000)
    def encode(text: str) -> list[int]:
        return list(tokenizer.encode(text).ids)

    longest = {False: None, True: LONGEST_DRILL_ANSWER}
    weight = {False: phase.placeholder_weight, True: phase.drill_placeholder_weight}
    writers = {
        drills: DialogueWriter(
            corpus,
            seed=phase.seed,
            measure=lambda text: len(encode(text)),
            longest_answer=longest[drills],
            placeholder_weight=weight[drills],
            invented=phase.invented,
        )
        for drills in (False, True)
    }
    for step in range(1, phase.steps + 1):
        kinds = phase.kinds if step < 0.7 * phase.steps else phase.late_kinds
        kind = kinds[step % len(kinds)]
        writer, number = writers[kind.drills], BATCH_TOKENS // kind.size
        yield [
            example(
                writer.write(kind.size),
                encode,
                end_id=END_ID,
                longest_answer=longest[kind.drills],
            )
            for _ in range(number)
        ]


def _update(
    network: FalconForCausalLM,
    optimizers: Iterable[torch.optim.Optimizer],
    *,
    rate: float,
) -> None:
    torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        optimizer.zero_grad()


def _step(
    network: FalconForCausalLM,
    ids: torch.Tensor,
    labels: torch.Tensor,
    weights: torch.Tensor,
) -> float:
    """Run forward and back; return the mean loss of the answers' tokens alone."""
    dtype = torch.bfloat16 if _has_bfloat16() else torch.float32
    each = functional.cross_entropy(
        logits(network, ids, dtype=dtype).flatten(0, 1),
        labels.flatten(),
        reduction="none",
    )
    weights = weights.flatten()
    ((each * weights).sum() / weights.sum()).backward()
    return float(each.detach()[weights == 1].mean())


def _optimizers(network: FalconForCausalLM) -> tuple[torch.optim.Optimizer, ...]:
    """Muon for the matrices inside the layers, which it learns in fewer steps."""
    embedding = network.get_input_embeddings().weight
    matrices: list[torch.nn.Parameter] = []
    others: list[torch.nn.Parameter] = []
    for parameter in network.parameters():
        inner = parameter.dim() == 2 and parameter is not embedding
        (matrices if inner else others).append(parameter)
    return (
        torch.optim.Muon(
            matrices,
            weight_decay=WEIGHT_DECAY,
            adjust_lr_fn="match_rms_adamw",
        ),
        torch.optim.AdamW(others, betas=(0.9, 0.98), weight_decay=0.0, fused=True),
    )


def _rate(step: int, steps: int) -> float:
    """Return the share of the learning rate: a warm-up, then half a cosine down."""
    if step < WARM_UP:
        return step / WARM_UP
    done = (step - WARM_UP) / max(1, steps - WARM_UP)
    return 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * done))


def _has_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 itself; emulation would be slower."""
    return bool(
        torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    )


def main() -> None:
    save(*train(read_corpus(), phases=PHASES))


if __name__ == "__main__":
    main()
