"""The account's endpoints, to choose one from, and which of ours nobody uses.

AWS is asked in threads. A run waits for them as the chat's own loop does, so that a
click goes first and the next run waits on; an answer in progress is not touched.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from falcon.endpoint import Endpoint
from falcon.errors import FalconError
from falcon.ui import texts
from falcon.ui.backend import Backend
from falcon.ui.endpoint.details import draw_details, draw_removal
from falcon.ui.labels import plain
from falcon.ui.language import say
from falcon.ui.making_way import make_way
from falcon.ui.many_chats import end_turn
from falcon.ui.spans import span

if TYPE_CHECKING:
    from falcon.endpoint_list import EndpointList, ListedEndpoint

CHOICE = "listed"
SECONDS_TO_WAIT = 10.0
SECONDS_BETWEEN_YIELDS = 0.05
MOST_OTHERS = 10
"""How many that cannot be chosen are named."""
MOST_OURS = 10
"""How many of ours are looked at for use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One list that was asked for."""

    region: str
    profile: str | None
    answer: Future[EndpointList]

    def endpoint(self, name: str) -> Endpoint:
        return Endpoint(name=name, region=self.region, profile=self.profile)


def list_in_thread(key: str) -> None:
    """Ask for the endpoints of the region and profile in the form `key`."""
    region = st.session_state[f"{key}_region"].strip()
    profile = st.session_state[f"{key}_profile"].strip() or None
    threads = ThreadPoolExecutor(1, "endpoint list")
    answer = threads.submit(_list, region, profile)
    threads.shutdown(wait=False)
    st.session_state[f"{key}_listing"] = Listing(
        region=region, profile=profile, answer=answer
    )
    forget_choice(key)


def forget_choice(key: str) -> None:
    """Let nothing be chosen in the list of the form `key`."""
    # A key that is only removed leaves the browser's own choice as it is.
    st.session_state[f"{key}_{CHOICE}"] = None


def _list(region: str, profile: str | None) -> EndpointList:
    # boto3 takes 0.2 s to import: the first page is painted without it.
    from falcon.endpoint_list import list_endpoints

    return list_endpoints(region=region, profile=profile)


def draw_picker(key: str, backend: Backend, *, use: Callable[[str], None]) -> bool:
    """Draw the list that was asked for last, if any; `use` takes the form's fields.

    Returns whether one was chosen to be used.
    """
    listing: Listing | None = st.session_state.get(f"{key}_listing")
    if listing is None or not _wait_for(listing.answer.done):
        return False
    try:
        listed = listing.answer.result()
    except FalconError as error:
        st.error(say(error))
        return False
    if not listed.endpoints:
        st.caption(say(texts.NO_ENDPOINTS, region=listing.region))
        return False
    serving = [endpoint for endpoint in listed.endpoints if endpoint.is_serving]
    is_used = bool(serving) and _draw_choice(key, backend, listing, serving, use)
    _draw_others([each for each in listed.endpoints if not each.is_serving])
    if not listed.is_complete:
        st.caption(say(texts.NEWEST_ENDPOINTS, count=len(listed.endpoints)))
    _draw_unused(backend, listing, [each for each in serving if each.is_ours])
    return is_used


def _draw_choice(
    key: str,
    backend: Backend,
    listing: Listing,
    serving: Sequence[ListedEndpoint],
    use: Callable[[str], None],
) -> bool:
    labels = {each.name: _label(each) for each in serving}
    name = st.selectbox(
        say(texts.ENDPOINTS_IN, region=listing.region),
        labels,
        index=None,
        key=f"{key}_{CHOICE}",
        placeholder=say(texts.CHOOSE_ENDPOINT),
        format_func=labels.__getitem__,
        on_change=_take,
        args=(key, listing),
    )
    if name is None:
        return False
    is_used = st.button(
        say("Use {name}", name=name),
        type="primary",
        on_click=use,
        args=(key,),
        width="stretch",
    )
    endpoint = listing.endpoint(name)
    if _wait_for(lambda: backend.endpoints.details(endpoint) is not None):
        draw_details(endpoint, backend.endpoints.details(endpoint))
    return is_used


def _take(key: str, listing: Listing) -> None:
    """Put what was chosen from the list into the form's fields."""
    name = st.session_state[f"{key}_{CHOICE}"]
    if name is not None:
        st.session_state[f"{key}_name"] = name
        st.session_state[f"{key}_region"] = listing.region
        st.session_state[f"{key}_profile"] = listing.profile or ""


def _label(endpoint: ListedEndpoint) -> str:
    age = span(datetime.now(UTC) - endpoint.created)
    return f"{endpoint.name} · {age}"


def _draw_others(others: Sequence[ListedEndpoint]) -> None:
    """Name those that cannot be chosen, each with SageMaker's word for its state."""
    if not others:
        return
    lines = [f"{each.name}: {plain(each.status)}" for each in others[:MOST_OTHERS]]
    if len(others) > MOST_OTHERS:
        lines.append(say(texts.MORE_ENDPOINTS, count=len(others) - MOST_OTHERS))
    st.caption("  \n".join([say(texts.NOT_SERVING), *lines]))


def _draw_unused(
    backend: Backend, listing: Listing, ours: Sequence[ListedEndpoint]
) -> None:
    """Say which of ours were asked nothing for an hour, and what removes them."""
    endpoints = [listing.endpoint(each.name) for each in ours[:MOST_OURS]]
    read = backend.endpoints.details
    _wait_for(lambda: all(read(endpoint) is not None for endpoint in endpoints))
    for endpoint in endpoints:
        details = read(endpoint)
        if not isinstance(details, FalconError) and details and details.is_unused:
            st.caption(say(texts.OURS_UNUSED, name=endpoint.name))
            draw_removal(endpoint)


def _wait_for(is_ready: Callable[[], bool]) -> bool:
    """Wait a few seconds at most; False: it is not ready yet."""
    if is_ready():
        return True
    end_turn()
    until = time.monotonic() + SECONDS_TO_WAIT
    with st.spinner(say(texts.ASKING_AWS)):
        while not is_ready() and time.monotonic() < until:
            time.sleep(SECONDS_BETWEEN_YIELDS)
            make_way()
    return is_ready()
