"""What an hour of an instance costs, and who says so.

AWS's Pricing API is asked first; where it may not be or does not know, a dated table
answers; where that does not know either, nobody does, and that is said. List prices
for real-time hosting in US dollars: no discounts, taxes or data transfer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from deploy.aws import Aws
from falcon.endpoint_prices import PRICED_IN, dollars_per_hour
from falcon.errors import FalconError

HOURS_PER_MONTH = 730
_PRICING_REGION = "us-east-1"
"""One of the few regions where the API answers, and it answers for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """Of one instance."""

    dollars_per_hour: float
    source: str
    """Who says so, with the date: to be shown beside the number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownPrice:
    reason: str
    """Why nobody knows, as a sentence."""


def find_price(aws: Aws, *, instance_type: str) -> Price | UnknownPrice:
    """Return what AWS asks for one `instance_type` in the account's region."""
    try:
        found = _ask(aws, instance_type)
        problem = f"AWS's Pricing API names no single price for {instance_type}"
    except FalconError as error:
        found, problem = set(), f"AWS's Pricing API did not answer ({error})"
    if len(found) == 1:
        today = datetime.now(UTC).date().isoformat()
        return Price(dollars_per_hour=found.pop(), source=f"AWS's Pricing API, {today}")
    known = dollars_per_hour(region=aws.region, instance_type=instance_type)
    if known is not None:
        return Price(dollars_per_hour=known, source=f"AWS's price list of {PRICED_IN}")
    return UnknownPrice(
        reason=f"{problem}, and the table of {PRICED_IN} has none for {aws.region}."
    )


def _ask(aws: Aws, instance_type: str) -> set[float]:
    """Return every different price that the API names.

    The names of fields and attributes are those that programs in public repositories
    use; here they were tried against no AWS. A wrong one finds nothing.
    """
    answer = aws.in_region(_PRICING_REGION).ask(
        "pricing",
        "GetProducts",
        ServiceCode="AmazonSageMaker",
        Filters=[
            {"Type": "TERM_MATCH", "Field": field, "Value": value}
            for field, value in (
                ("regionCode", aws.region),
                ("instanceName", instance_type),
            )
        ],
        MaxResults=100,
    )
    products = [json.loads(product) for product in answer["PriceList"]]
    return {price for product in products for price in _hosting_prices(product)}


def _hosting_prices(product: dict[str, Any]) -> Iterator[float]:
    """Yield the prices of a product, if it is real-time hosting."""
    attributes = product.get("product", {}).get("attributes", {})
    # Training, notebooks and batch transform have an instance's name, too.
    is_hosting = attributes.get("component") == "Hosting"
    if not is_hosting and "-Host:" not in attributes.get("usagetype", ""):
        return
    for term in product.get("terms", {}).get("OnDemand", {}).values():
        for dimension in term.get("priceDimensions", {}).values():
            price = float(dimension.get("pricePerUnit", {}).get("USD", 0))
            # Free tiers are listed as well.
            if price > 0:
                yield price
