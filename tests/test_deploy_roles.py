from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.roles import VARIABLE
from deploy.wanted import Wanted
from tests.deploy_plan_answers import (
    SPECIFICATIONS,
    make_ready,
    plan,
    read_jumpstart_from,
    set_role,
)
from tests.deploy_plane import ACCOUNT, Account, Fault, serving

STUDIO = {"SAGEMAKER_APP_TYPE_LOWERCASE": "jupyterlab"}


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    read_jumpstart_from(SPECIFICATIONS, monkeypatch)
    with serving(monkeypatch) as account:
        make_ready(account)
        yield account


def test_a_role_that_is_not_there_stops_with_how_to_make_one(account: Account) -> None:
    set_role(account, "another")

    [problem] = plan().problems

    assert "It does not exist." in problem.what
    assert "aws iam create-role --role-name falcon-chat-execution" in problem.command
    assert "aws iam put-role-policy" in problem.command


def test_a_role_that_does_not_trust_sagemaker_stops(account: Account) -> None:
    set_role(account, trusts="ec2.amazonaws.com")

    [problem] = plan().problems

    assert "sagemaker.amazonaws.com" in problem.what


@pytest.mark.parametrize(
    ("role", "words"),
    [
        ("arn:aws:iam::999999999999:role/x", "belongs to the account 999999999999"),
        ("no role!", "is not a role's name or ARN"),
        ("arn:aws:iam::111122223333:user/Anna", "is not a role's name or ARN"),
    ],
)
def test_a_role_that_cannot_be_is_said(role: str, words: str) -> None:
    [problem] = plan(Wanted(role=role)).problems

    assert words in problem.what


def test_a_role_is_found_by_its_name_where_it_lies(account: Account) -> None:
    arn = set_role(account, "mine", path="/team/")

    assert plan(Wanted(role="mine")).role.arn == arn
    assert plan(environ={VARIABLE: "mine"}).role.arn == arn
    assert plan(Wanted(role=arn)).role.arn == arn


def test_in_studio_the_role_is_the_spaces_own(account: Account) -> None:
    account.caller = "assumed-role/AmazonSageMaker-ExecutionRole-1/SageMaker"
    account.faults.append(Fault("denied", "GetRole"))

    role = plan(environ=STUDIO).role

    assert role.source == "this Studio space"
    assert role.arn == (
        f"arn:aws:iam::{ACCOUNT}:role/service-role/AmazonSageMaker-ExecutionRole-1"
    )
