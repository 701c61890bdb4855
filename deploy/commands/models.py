"""`models`: which Falcons can be deployed, how, and on what."""

from __future__ import annotations

from rich.table import Table

from deploy.catalogue import OFFERS, Offer
from deploy.commands.context import JsonOption
from deploy.commands.output import Json, Output
from deploy.ways import WAYS, find_way


def models(json: JsonOption = False) -> None:
    """List the models with their ways to serve, instance types and licences."""
    ways: dict[str, Json] = {way.name: way.title for way in WAYS}
    words = "\n".join(f"{name:<10} {title}" for name, title in ways.items())
    Output(as_json=json).answer(
        {"models": [_as_json(offer) for offer in OFFERS], "ways": ways},
        _as_table(),
        f"\nWays to serve (--way), a model's first one if none is named:\n{words}",
    )


def _as_json(offer: Offer) -> dict[str, Json]:
    way = find_way(offer.way)
    return {
        "id": offer.model,
        "way": offer.way,
        "parameters": offer.parameters,
        "context_tokens": offer.described.window.max_total_tokens,
        "container": way.container,
        "image": f"{way.image.framework} {way.image.version}" if way.image else None,
        "instance_types": list(offer.instance_types),
        "licence": offer.licence,
        "weights": offer.source,
        "revision": offer.revision,
    }


def _as_table() -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("id", "parameters", "context", "way", "container"):
        table.add_column(heading, no_wrap=True)
    table.add_column("instance types")
    table.add_column("licence")
    for offer in OFFERS:
        table.add_row(
            offer.model,
            offer.parameters,
            str(offer.described.window.max_total_tokens),
            offer.way,
            find_way(offer.way).container,
            ", ".join(offer.instance_types),
            offer.licence,
        )
    return table
