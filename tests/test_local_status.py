"""What the endpoint's process tells its parent."""

from __future__ import annotations

import pytest

from falcon.local.status import Status
from falcon.text import Text, text

LOADING = text("Loading {model}", model="falcon")


@pytest.mark.parametrize("reason", ["", "It is busy", LOADING])
def test_a_status_comes_back_from_its_line(reason: str) -> None:
    status = Status("starting", reason)
    assert Status.from_line(status.to_line()) == status


def test_a_reason_can_still_be_translated_behind_its_line() -> None:
    reason = Status.from_line(Status("starting", LOADING).to_line()).reason
    assert isinstance(reason, Text)
    assert (reason.template, reason.values) == (LOADING.template, LOADING.values)
