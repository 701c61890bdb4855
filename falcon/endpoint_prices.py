"""What an instance behind an endpoint costs, for the few that are known.

The figures are AWS's list prices for real-time hosting as a reader of its price list
wrote them down; discounts, taxes and data transfer are not in them. Where nothing is
known the answer is None, never a guess.
"""

from __future__ import annotations

PRICED_IN = "2026-08"
"""The month of the price list."""
_DOLLARS_PER_HOUR = {
    ("us-east-1", "ml.g5.xlarge"): 1.408,
    ("us-east-1", "ml.g5.2xlarge"): 1.515,
    ("us-east-1", "ml.g5.12xlarge"): 7.09,
    ("us-east-1", "ml.g6.2xlarge"): 1.222,
}


def dollars_per_hour(*, region: str, instance_type: str) -> float | None:
    """Return an instance's list price in US dollars; None: not known."""
    return _DOLLARS_PER_HOUR.get((region, instance_type))
