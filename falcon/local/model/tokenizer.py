"""The tokenizer: byte-level BPE of 2,048 entries, split as llama.cpp splits for Falcon.

Knows nothing about turns. `<|endoftext|>`, the one special token, is entry 0.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tokenizers import Regex, decoders, models, pre_tokenizers, trainers
from tokenizers import Tokenizer as BytePairTokenizer

from falcon.local.model.dialogues import DialogueWriter

if TYPE_CHECKING:
    from falcon.local.model.corpus import Corpus

END = "<|endoftext|>"
END_ID = 0
VOCABULARY = 2048
_DIALOGUES = 4000


def train_tokenizer(corpus: Corpus, *, seed: int) -> BytePairTokenizer:
    """Learn the vocabulary from sample dialogues, so that frequent means often said."""
    tokenizer = BytePairTokenizer(models.BPE())
    # Equals LLAMA_VOCAB_PRE_TYPE_FALCON in llama.cpp's src/llama-vocab.cpp.
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Punctuation("contiguous"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
            pre_tokenizers.Digits(individual_digits=False),
            pre_tokenizers.Split(Regex("[0-9][0-9][0-9]"), "isolated"),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(_texts(corpus, seed=seed), trainer)
    return tokenizer


def _texts(corpus: Corpus, *, seed: int) -> Iterator[str]:
    writer = DialogueWriter(corpus, seed=seed)
    for _ in range(_DIALOGUES):
        dialogue = writer.write(2000)
        turns = [f"{turn.prompt} {turn.answer}" for turn in dialogue.turns]
        yield dialogue.system + "".join(turns)
