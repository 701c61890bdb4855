"""What stands behind an endpoint, as a few lines: container, size, age, cost, use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from falcon.endpoint import Endpoint
from falcon.endpoint_prices import PRICED_IN
from falcon.errors import FalconError
from falcon.ui import texts
from falcon.ui.labels import plain
from falcon.ui.language import say
from falcon.ui.spans import span

if TYPE_CHECKING:
    from falcon.endpoint_details import EndpointDetails


def draw_details(
    endpoint: Endpoint, details: EndpointDetails | FalconError | None
) -> None:
    """Draw what is known; what is not is said to be so, and why."""
    if details is None:
        st.caption(say(texts.ASKING_AWS))
    elif isinstance(details, FalconError):
        st.caption(plain(say(details)))
    else:
        _draw_facts(details)
        if details.is_unused:
            st.caption(say(texts.UNUSED))
            draw_removal(endpoint)


def draw_removal(endpoint: Endpoint) -> None:
    """Show the command that deletes the endpoint; nothing here runs it."""
    from falcon.endpoint_details import removal_command

    st.code(removal_command(endpoint), language="bash", wrap_lines=True)


def _draw_facts(details: EndpointDetails) -> None:
    unknown = say(texts.NOT_KNOWN)
    instances = ", ".join(
        f"{each.count} × {say(each.type)}" for each in details.instances
    )
    asked = unknown if details.questions is None else str(details.questions)
    facts = (
        (say("Container"), details.container or unknown),
        (say("Instances"), instances or unknown),
        (say("Created"), say(texts.AGO, time=span(details.age))),
        (say("Price"), _price(details)),
        (say("Cost so far"), _cost(details)),
        (say("Questions in the last hour"), asked),
    )
    lines = [f"{name}: **{plain(fact)}**" for name, fact in facts]
    st.markdown("  \n".join(lines))
    for problem in details.problems:
        st.caption(plain(say(problem)))
    if details.dollars_per_hour is not None:
        st.caption(say(texts.PRICED, month=PRICED_IN))


def _price(details: EndpointDetails) -> str:
    price = details.dollars_per_hour
    return say(texts.NOT_KNOWN) if price is None else say(texts.PER_HOUR, price=price)


def _cost(details: EndpointDetails) -> str:
    cost = details.dollars_so_far
    return say(texts.NOT_KNOWN) if cost is None else say(texts.ABOUT, cost=cost)
