"""How the next token is chosen: the engine's side of the generation parameters."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """What is left out has no effect."""

    temperature: float = 1.0
    """0 takes the likeliest token."""
    top_k: int = 0
    top_p: float = 1.0
    typical_p: float = 1.0
    repetition_penalty: float = 1.0
    frequency_penalty: float = 0.0
    seed: int = 0
    ignores_end: bool = False
    """The model cannot end its answer: its end-of-text tokens are never chosen."""
    alternatives: int = 0
    """How many of the likeliest tokens to report beside each chosen one."""
