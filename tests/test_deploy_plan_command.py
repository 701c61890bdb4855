from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from deploy.commands.app import main
from deploy.commands.choosing import read_span
from falcon.errors import ConfigurationError
from tests.deploy_plan_answers import (
    SPECIFICATIONS,
    list_prices,
    make_ready,
    read_jumpstart_from,
    set_quotas,
)
from tests.deploy_plane import ACCOUNT, Account, serving


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Account]:
    read_jumpstart_from(SPECIFICATIONS, monkeypatch)
    # Where packed files go.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with serving(monkeypatch) as account:
        make_ready(account)
        yield account


def test_the_command_shows_the_money_and_what_would_be_created(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["plan", "--region", "us-east-1"]) == 0

    shown = capsys.readouterr().out
    assert "$1.515 per hour, $1105.95 per month of 730 hours" in shown
    assert "endpoint falcon-chat-falcon-7b-instruct-jumpstart" in shown
    assert ACCOUNT in shown


def test_the_command_answers_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["plan", "falcon-7b", "--expires", "8h", "--region", "us-east-1"]

    assert main([*command, "--json"]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["dollars_per_hour"] == 1.515
    assert told["quota"] == {"name": "ml.g5.2xlarge for endpoint usage", "value": 2}
    assert [part["kind"] for part in told["creates"]] == [
        "upload",
        "model",
        "endpoint-config",
        "endpoint",
    ]
    assert told["expires_at"].endswith("Z")


def test_the_command_fails_where_something_stops_it(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    set_quotas(account, ml_g5_2xlarge=0)

    assert main(["plan", "--region", "us-east-1"]) == 1

    shown = capsys.readouterr().out
    assert "Stops it: This account may have 0 of 'ml.g5.2xlarge for endpoint" in shown
    assert "next: aws service-quotas request-service-quota-increase" in shown


def test_an_unknown_price_is_said_first(
    account: Account, capsys: pytest.CaptureFixture[str]
) -> None:
    list_prices(account)

    assert main(["plan", "--region", "ap-northeast-2"]) == 1

    assert "costs    unknown: AWS's Pricing API names no" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90m", timedelta(minutes=90)),
        ("8h", timedelta(hours=8)),
        (" 2 D ", timedelta(days=2)),
    ],
)
def test_a_span_of_time_is_read(text: str, span: timedelta) -> None:
    assert read_span(text) == span


@pytest.mark.parametrize("text", ["", "8", "h", "0h", "-1h", "1.5h", "8h 5m", "soon"])
def test_what_is_no_span_of_time_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="90m, 8h or 2d"):
        read_span(text)
