"""What stands behind an endpoint, as a few lines: container, size, age, cost, use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from falcon.endpoint import Endpoint
from falcon.endpoint_prices import PRICED_IN
from falcon.errors import FalconError
from falcon.ui import texts
from falcon.ui.labels import plain
from falcon.ui.spans import span

if TYPE_CHECKING:
    from falcon.endpoint_details import EndpointDetails


def draw_details(
    endpoint: Endpoint, details: EndpointDetails | FalconError | None
) -> None:
    """Draw what is known; what is not is said to be so, and why."""
    if details is None:
        st.caption(texts.ASKING_AWS)
    elif isinstance(details, FalconError):
        st.caption(plain(str(details)))
    else:
        _draw_facts(details)
        if details.is_unused:
            st.caption(texts.UNUSED)
            draw_removal(endpoint)


def draw_removal(endpoint: Endpoint) -> None:
    """Show the command that deletes the endpoint; nothing here runs it."""
    from falcon.endpoint_details import removal_command

    st.code(removal_command(endpoint), language="bash", wrap_lines=True)


def _draw_facts(details: EndpointDetails) -> None:
    unknown = texts.NOT_KNOWN
    instances = ", ".join(f"{each.count} × {each.type}" for each in details.instances)
    asked = unknown if details.questions is None else str(details.questions)
    facts = {
        "Container": details.container or unknown,
        "Instances": instances or unknown,
        "Created": texts.AGO.format(time=span(details.age)),
        "Price": _price(details),
        "Cost so far": _cost(details),
        "Questions in the last hour": asked,
    }
    lines = [f"{name}: **{plain(fact)}**" for name, fact in facts.items()]
    st.markdown("  \n".join(lines))
    for problem in details.problems:
        st.caption(plain(problem))
    if details.dollars_per_hour is not None:
        st.caption(texts.PRICED.format(month=PRICED_IN))


def _price(details: EndpointDetails) -> str:
    price = details.dollars_per_hour
    return texts.NOT_KNOWN if price is None else texts.PER_HOUR.format(price=price)


def _cost(details: EndpointDetails) -> str:
    cost = details.dollars_so_far
    return texts.NOT_KNOWN if cost is None else texts.ABOUT.format(cost=cost)
