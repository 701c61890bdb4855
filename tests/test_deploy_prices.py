from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.aws import Aws
from deploy.prices import Price, UnknownPrice, find_price
from falcon.endpoint_prices import PRICED_IN
from tests.deploy_plan_answers import list_prices, product
from tests.deploy_plane import Account, Fault, serving


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with serving(monkeypatch) as account:
        yield account


def price(instance_type: str, *, region: str = "us-east-1") -> Price | UnknownPrice:
    return find_price(Aws(region=region), instance_type=instance_type)


def test_aws_says_the_price_of_hosting(account: Account) -> None:
    list_prices(
        account,
        product("ml.g5.2xlarge", "1.9000", component="Training"),
        product("ml.g5.2xlarge", "0.0000"),
        product("ml.g5.2xlarge", "1.6000"),
        product("ml.g5.xlarge", "1.4000"),
    )

    found = price("ml.g5.2xlarge")

    assert isinstance(found, Price)
    assert found.dollars_per_hour == 1.6
    assert found.source.startswith("AWS's Pricing API, 20")


def test_the_price_is_the_regions_own(account: Account) -> None:
    list_prices(
        account,
        product("ml.g5.2xlarge", "1.5"),
        product("ml.g5.2xlarge", "1.9", region="ap-northeast-2"),
    )

    found = price("ml.g5.2xlarge", region="ap-northeast-2")

    assert isinstance(found, Price)
    assert found.dollars_per_hour == 1.9


@pytest.mark.parametrize("kind", ["denied", "throttled", "unanswered, not done"])
def test_the_dated_table_answers_where_aws_does_not(
    account: Account, kind: str
) -> None:
    account.faults.append(Fault(kind, "GetProducts"))  # type: ignore[arg-type]

    found = price("ml.g5.2xlarge")

    assert found == Price(
        dollars_per_hour=1.515, source=f"AWS's price list of {PRICED_IN}"
    )


def test_two_different_prices_are_none(account: Account) -> None:
    list_prices(
        account, product("ml.c6i.2xlarge", "0.4"), product("ml.c6i.2xlarge", "0.5")
    )

    found = price("ml.c6i.2xlarge")

    assert isinstance(found, UnknownPrice)
    assert "no single price for ml.c6i.2xlarge" in found.reason


def test_what_nobody_knows_is_said_with_the_reason(account: Account) -> None:
    account.faults.append(Fault("denied", "GetProducts"))

    found = price("ml.g5.2xlarge", region="ap-northeast-2")

    assert isinstance(found, UnknownPrice)
    assert "did not answer" in found.reason
    assert "ap-northeast-2" in found.reason
