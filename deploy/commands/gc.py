"""`gc`: removes what carries our tag and no journal here knows of."""

from __future__ import annotations

import typer

from deploy.commands.autostop import remove_unused
from deploy.commands.context import (
    JsonOption,
    ProfileOption,
    RegionOption,
    YesOption,
    known_price,
    open_context,
)
from deploy.commands.describe import as_json, in_words
from deploy.commands.down import remove
from deploy.commands.output import Json
from deploy.resources import console_links
from deploy.state import read_all


def gc(
    typed: typer.Context,
    region: RegionOption = None,
    profile: ProfileOption = None,
    yes: YesOption = False,
    json: JsonOption = False,
) -> None:
    """Find by tag what no journal here knows, and remove it.

    Each is asked about. With --yes all that these credentials' owner made goes, and
    what others made stays.
    """
    context = open_context(typed, region=region, profile=profile, as_json=json)
    context.finish_pending()
    aws, output = context.aws, context.output
    found = [
        state
        for state in read_all(aws, context.journal, known_price(aws)).states
        if not state.is_in_journal
    ]
    removed, kept = [], []
    for state in found:
        output.show(in_words(state))
        # A colleague's endpoint is unknown here as well.
        is_own = state.owner == aws.owner()
        if yes and not is_own:
            output.show(f"Made by {state.owner}, so it stays.")
            kept.append(state)
            continue
        if output.agrees(f"Remove {state.record.endpoint_name} for good?", yes=yes):
            remove(context, state.record)
            removed.append(state)
        else:
            kept.append(state)
    links = console_links(aws.region)
    told = f"{len(found)} found in {aws.region}, {len(removed)} removed."
    autostop = remove_unused(context, but="")
    value: Json = {
        "removed": [as_json(state) for state in removed],
        "kept": [as_json(state) for state in kept],
        "console": links,
    }
    lines = [told, *([autostop] if autostop else [])]
    output.answer(value, *lines, "A look afterwards:", *links)
