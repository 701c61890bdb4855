"""The network: Falcon as transformers defines it, in the size of a few million weights.

Knows the architecture of Falcon 7B (multi-query attention, attention and feed-forward
in parallel, rotary positions) and where the checkpoint lies. Knows nothing about
training.
"""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer as BytePairTokenizer
from torch.nn import functional
from transformers import FalconConfig, FalconForCausalLM

from falcon.local.model.tokenizer import END_ID, VOCABULARY

CONTEXT_LENGTH = 1024
ROTARY_BASE = 10000.0
CHECKPOINT = Path(__file__).parents[3] / "build" / "falcon-small"
"""What training writes and export reads; not kept in the repository."""


def new_network() -> FalconForCausalLM:
    """Return a network with random weights, as the seed of torch decides."""
    return FalconForCausalLM(
        FalconConfig(
            vocab_size=VOCABULARY,
            hidden_size=256,
            num_hidden_layers=6,
            num_attention_heads=4,
            multi_query=True,
            parallel_attn=True,
            new_decoder_architecture=False,
            bias=False,
            alibi=False,
            tie_word_embeddings=True,
            max_position_embeddings=CONTEXT_LENGTH,
            bos_token_id=END_ID,
            eos_token_id=END_ID,
            pad_token_id=END_ID,
            use_cache=False,
        )
    )


def save(network: FalconForCausalLM, tokenizer: BytePairTokenizer) -> None:
    CHECKPOINT.mkdir(parents=True, exist_ok=True)
    network.save_pretrained(CHECKPOINT)
    tokenizer.save(str(CHECKPOINT / "tokenizer.json"))


def load() -> tuple[FalconForCausalLM, BytePairTokenizer]:
    """Return the trained network, in 32-bit floats, and its tokenizer."""
    network = FalconForCausalLM.from_pretrained(CHECKPOINT, dtype=torch.float32)
    tokenizer = BytePairTokenizer.from_file(str(CHECKPOINT / "tokenizer.json"))
    return network.eval(), tokenizer


def logits(
    network: FalconForCausalLM, ids: torch.Tensor, *, dtype: torch.dtype = torch.float32
) -> torch.Tensor:
    """Return what `network` itself would, for whole dialogues and 1.5 times faster.

    PyTorch's fast attention on a CPU wants as many key and value heads as query heads;
    the matrices are multiplied in `dtype`, and everything else is in 32 bits.
    """
    config = network.config
    heads, size = config.num_attention_heads, config.head_dim
    cos, sin = (turn.to(dtype) for turn in _rotation(ids.shape[1], size))
    hidden = network.transformer.word_embeddings(ids)
    for layer in network.transformer.h:
        normed = layer.input_layernorm(hidden).to(dtype)
        fused = _multiply(normed, layer.self_attention.query_key_value)
        fused = fused.unflatten(-1, (heads + 2, size)).transpose(1, 2)
        turned = _rotate(fused[:, :-1], cos, sin)
        attended = functional.scaled_dot_product_attention(
            turned[:, :-1],
            turned[:, -1:].expand(-1, heads, -1, -1),
            fused[:, -1:].expand(-1, heads, -1, -1),
            is_causal=True,
        )
        attended = attended.transpose(1, 2).flatten(2)
        wide = functional.gelu(_multiply(normed, layer.mlp.dense_h_to_4h))
        hidden = (
            hidden
            + _multiply(attended, layer.self_attention.dense)
            + _multiply(wide, layer.mlp.dense_4h_to_h)
        )
    return _multiply(
        network.transformer.ln_f(hidden).to(dtype), network.lm_head
    ).float()


def _multiply(inputs: torch.Tensor, layer: torch.nn.Linear) -> torch.Tensor:
    return functional.linear(inputs, layer.weight.to(inputs.dtype))


def _rotation(length: int, size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the cosine and sine of every position's angles."""
    speeds = ROTARY_BASE ** (-torch.arange(0, size, 2) / size)
    angles = torch.outer(torch.arange(length), speeds).repeat(1, 2)
    return angles.cos(), angles.sin()


def _rotate(states: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor) -> torch.Tensor:
    first, second = states.chunk(2, dim=-1)
    return states * cos + torch.cat((-second, first), dim=-1) * sin
