from __future__ import annotations

import shlex
from collections.abc import Iterator

import pytest

from deploy.aws import Aws
from deploy.aws_refusals import RefusedError
from deploy.quotas import Quota, find_quota
from tests.deploy_plan_answers import QUOTA_CODE, set_quotas
from tests.deploy_plane import Account, Fault, serving


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with serving(monkeypatch) as account:
        yield account


def test_the_quota_is_found_by_its_name_on_a_later_page(account: Account) -> None:
    set_quotas(account, ml_g5_2xlarge=1)

    found = find_quota(Aws(region="us-east-1"), instance_type="ml.g5.2xlarge")

    assert found == Quota(
        name="ml.g5.2xlarge for endpoint usage", code=QUOTA_CODE, value=1
    )


def test_a_type_without_a_quota_is_none(account: Account) -> None:
    set_quotas(account, ml_g5_2xlarge=1)

    assert find_quota(Aws(region="us-east-1"), instance_type="ml.g9.xlarge") is None


def test_a_refusal_names_the_action(account: Account) -> None:
    account.faults.append(Fault("denied"))

    with pytest.raises(RefusedError, match="may not call"):
        find_quota(Aws(region="us-east-1"), instance_type="ml.g5.2xlarge")


def test_the_command_asks_for_as_many_as_are_wanted() -> None:
    quota = Quota(name="ml.g5.2xlarge for endpoint usage", code="L-1", value=0)

    command = shlex.split(quota.increase_command(wanted=3, region="ap-northeast-2"))

    assert command[:3] == ["aws", "service-quotas", "request-service-quota-increase"]
    assert command[command.index("--quota-code") + 1] == "L-1"
    assert command[command.index("--desired-value") + 1] == "3"
    assert command[command.index("--region") + 1] == "ap-northeast-2"
