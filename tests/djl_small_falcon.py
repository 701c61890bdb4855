"""deploy/djl/model.py with the small Falcon in transformers, as a program of its own.

    python -m tests.djl_small_falcon < requests

needs what training the small Falcon needs: falcon/local/model/requirements.txt. The
weights are those of the GGUF file in the repository. Reads one request a line and
writes one answer a line: its status and its body.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import gguf
import torch
from tokenizers import Regex, Tokenizer, decoders, models
from tokenizers.pre_tokenizers import (
    ByteLevel,
    Digits,
    Punctuation,
    Sequence,
    Split,
)
from transformers import PreTrainedTokenizerFast

from falcon.local.model.files import GGUF
from falcon.local.model.network import new_network
from falcon.local.model.tokenizer import END
from tests.djl_container import container


def write_checkpoint(folder: Path) -> None:
    """Write the small Falcon as a folder such as those on the Hugging Face Hub."""
    reader = gguf.GGUFReader(GGUF)
    network = new_network()
    names = gguf.get_tensor_name_map(
        gguf.MODEL_ARCH.FALCON, network.config.num_hidden_layers
    )
    stored = {tensor.name: tensor for tensor in reader.tensors}
    for name, weights in network.state_dict().items():
        if name != "lm_head.weight":  # The same tensor as the embedding.
            tensor = stored[names.get_name(name, try_suffixes=(".weight", ".bias"))]
            numbers = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
            weights.copy_(torch.from_numpy(numbers.copy()).view_as(weights))
    network.save_pretrained(folder)
    tokenizer(reader).save_pretrained(folder)


def tokenizer(reader: gguf.GGUFReader) -> PreTrainedTokenizerFast:
    """Return the tokenizer of the GGUF file, which splits as Falcon's own does."""
    tokens = reader.get_field("tokenizer.ggml.tokens").contents()
    merges = reader.get_field("tokenizer.ggml.merges").contents()
    model = models.BPE(
        vocab={token: number for number, token in enumerate(tokens)},
        merges=[tuple(merge.split(" ")) for merge in merges],
    )
    pairs = Tokenizer(model)
    pairs.pre_tokenizer = Sequence(
        [
            Punctuation("contiguous"),
            ByteLevel(add_prefix_space=False, use_regex=True),
            Digits(individual_digits=False),
            Split(Regex("[0-9][0-9][0-9]"), "isolated"),
        ]
    )
    pairs.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=pairs, eos_token=END, clean_up_tokenization_spaces=False
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, container() as djl:
        write_checkpoint(Path(folder))
        djl.start({"model_id": folder, "tensor_parallel_degree": "1"})
        for line in sys.stdin.buffer:
            answer = djl.invoke(line)
            written = {"status": answer.code, "body": json.loads(answer.body)}
            sys.stdout.write(json.dumps(written) + "\n")


if __name__ == "__main__":
    main()
