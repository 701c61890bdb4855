"""`list`: everything with our tags in a region, and what it costs together."""

from __future__ import annotations

import typer

from deploy.commands.context import (
    JsonOption,
    ProfileOption,
    RegionOption,
    known_price,
    open_context,
)
from deploy.commands.describe import as_json, as_table, total, total_in_words
from deploy.state import read_all


def list_deployments(
    typed: typer.Context,
    region: RegionOption = None,
    profile: ProfileOption = None,
    json: JsonOption = False,
) -> None:
    """List everything with our tags in a region: age, price so far, last question."""
    context = open_context(typed, region=region, profile=profile, as_json=json)
    context.finish_pending()
    overview = read_all(context.aws, context.journal, known_price(context.aws))
    states = overview.states
    problems = sorted(
        {*overview.problems, *(each for state in states for each in state.problems)}
    )
    nothing = f"Nothing of Falcon Chat in {context.aws.region}."
    context.output.answer(
        {
            "deployments": [as_json(state) for state in states],
            **total(states),
            "problems": problems,
        },
        *((as_table(states), total_in_words(states)) if states else (nothing,)),
        *problems,
    )
