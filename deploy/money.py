"""Dollars in words."""

from __future__ import annotations


def format_dollars(amount: float | None) -> str:
    """Return such as $1.515 or $36.40: a price has tenths of a cent, a sum seldom."""
    return "unknown" if amount is None else f"${amount:.3f}".removesuffix("0")
