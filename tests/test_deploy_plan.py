from __future__ import annotations

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import create_loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from deploy.catalogue import DEFAULT_OFFER, OFFERS, Offer
from deploy.create_calls import create_calls
from deploy.wanted import Wanted
from falcon.errors import ConfigurationError
from tests.deploy_plan_answers import (
    SPECIFICATIONS,
    has_buckets,
    list_prices,
    make_ready,
    plan,
    product,
    read_jumpstart_from,
    set_quotas,
)
from tests.deploy_plane import ACCOUNT, Account, AwsError, Fault, serving

CHANGING = ("Create", "Delete", "Put", "Update", "Add", "Register", "Deregister")

SPECIFIED = [o for o in OFFERS if o.way != "jumpstart" or o is DEFAULT_OFFER]
"""The tests have one of JumpStart's specifications."""


@pytest.fixture(autouse=True)
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Account]:
    read_jumpstart_from(SPECIFICATIONS, monkeypatch)
    # Where packed files go.
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with serving(monkeypatch) as account:
        make_ready(account)
        yield account


def test_a_plan_says_what_would_exist_and_what_it_costs() -> None:
    made = plan()

    deployment = made.deployment
    assert deployment.endpoint_name == "falcon-chat-falcon-7b-instruct-jumpstart"
    assert deployment.config_name == deployment.endpoint_name
    assert deployment.model_name == deployment.endpoint_name
    assert deployment.instance_type == "ml.g5.2xlarge"
    assert deployment.role_arn.endswith("role/falcon-chat-execution")
    assert deployment.container == "tgi"
    assert made.dollars_per_hour == 1.515
    assert made.dollars_per_month == pytest.approx(1105.95)
    assert "Pricing API" in made.price_source
    assert made.problems == ()


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(),
        Wanted(model="falcon-7b"),
        Wanted(model="falcon3-7b-instruct", way="vllm"),
        Wanted(model="falcon3-1b-instruct", way="llama_cpp"),
    ],
)
def test_a_plan_changes_nothing(account: Account, wanted: Wanted) -> None:
    plan(wanted)

    assert [o for o in account.operations() if o.startswith(CHANGING)] == []


def test_the_same_names_come_out_each_time() -> None:
    assert plan().deployment == plan().deployment


def test_every_instance_counts() -> None:
    made = plan(Wanted(instance_count=2))

    assert made.dollars_per_hour == pytest.approx(3.03)


def test_the_djl_way_uses_its_articles_names() -> None:
    deployment = plan(Wanted(model="falcon-7b")).deployment

    assert deployment.endpoint_name == "falcon7b-model-ds-endpt"
    assert deployment.config_name == "falcon7b-model-ds-cf"
    assert deployment.variant_name == "falcon7"
    assert deployment.falcon_model == "falcon-7b-instruct"
    assert [upload.bucket for upload in deployment.uploads] == [
        f"sagemaker-us-east-1-{ACCOUNT}"
    ]


def test_names_can_be_chosen() -> None:
    deployment = plan(
        Wanted(
            model="falcon-7b",
            endpoint_name="e",
            model_name="m",
            variant_name="v",
        )
    ).deployment

    assert deployment.endpoint_name == "e"
    assert deployment.config_name == "e"
    assert deployment.model_name == "m"
    assert deployment.variant_name == "v"


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        (Wanted(endpoint_name="a_b"), "endpoint's name"),
        (Wanted(variant_name="-"), "variant's name"),
        (Wanted(instance_type="g5.2xlarge"), "instance types"),
        (Wanted(instance_count=0), "At least one"),
        (Wanted(gguf=Path("x.gguf")), "--way llama_cpp"),
    ],
)
def test_what_cannot_be_is_refused(wanted: Wanted, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        plan(wanted)


def test_a_quota_that_is_too_small_stops_with_the_command(account: Account) -> None:
    set_quotas(account, ml_g5_2xlarge=0)

    made = plan()

    [problem] = made.problems
    assert not made.is_possible
    assert "'ml.g5.2xlarge for endpoint usage'" in problem.what
    assert "request-service-quota-increase" in problem.command


@pytest.mark.parametrize(
    ("operation", "words"),
    [("ListServiceQuotas", "quota"), ("GetRole", "iam:GetRole")],
)
def test_what_may_not_be_looked_at_is_said_and_stops_nobody(
    account: Account, operation: str, words: str
) -> None:
    account.faults.append(Fault("denied", operation))

    made = plan()

    [problem] = made.problems
    assert made.is_possible
    assert words in problem.what
    assert shlex.split(problem.command)[0] == "aws"


def test_a_price_that_nobody_knows_stops_until_somebody_says_it(
    account: Account,
) -> None:
    set_quotas(account, ml_g5_2xlarge=1)

    unknown = plan(region="ap-northeast-2")
    said = plan(Wanted(price=1.9), region="ap-northeast-2")

    [problem] = unknown.problems
    assert not unknown.is_possible
    assert unknown.dollars_per_hour is None
    assert unknown.dollars_per_month is None
    assert "ap-northeast-2" in unknown.price_source
    assert "--price" in problem.command
    assert said.is_possible
    assert said.dollars_per_hour == 1.9


def test_an_expiry_is_a_moment() -> None:
    made = plan(Wanted(expires=timedelta(hours=8)))

    assert made.deployment.expires_at is not None
    left = made.deployment.expires_at - datetime.now(UTC)
    assert timedelta(hours=7, minutes=59) < left <= timedelta(hours=8)


def test_a_bucket_that_is_not_there_stops_only_what_uploads(account: Account) -> None:
    account.answers["HeadBucket"] = has_buckets("another")

    assert plan().is_possible
    [problem] = plan(Wanted(model="falcon-7b")).problems
    assert problem.command == (
        f"aws s3 mb s3://sagemaker-us-east-1-{ACCOUNT} --region us-east-1"
    )
    assert plan(Wanted(model="falcon-7b", bucket="another")).is_possible


def test_the_price_of_another_type_is_asked_for_that_type(account: Account) -> None:
    list_prices(account, product("ml.g5.4xlarge", "2.03"))
    set_quotas(account, ml_g5_4xlarge=1)

    assert plan(Wanted(instance_type="ml.g5.4xlarge")).dollars_per_hour == 2.03


def test_a_bucket_that_may_not_be_looked_at_is_said(account: Account) -> None:
    def forbid(_: Account, __: dict[str, Any]) -> dict[str, Any]:
        raise AwsError("403", "Forbidden", status=403)

    account.answers["HeadBucket"] = forbid

    made = plan(Wanted(model="falcon-7b"))

    [problem] = made.problems
    assert made.is_possible
    assert "s3:ListBucket" in problem.what


@pytest.mark.parametrize("offer", SPECIFIED, ids=lambda o: f"{o.model}-{o.way}")
def test_sagemaker_takes_the_arguments_of_each_offer(
    offer: Offer, account: Account, small_model: Path
) -> None:
    set_quotas(account, **{offer.instance_types[0].replace(".", "_"): 1})
    gguf = None if offer.source else small_model
    model = load_service_model("sagemaker")

    deployment = plan(Wanted(model=offer.model, way=offer.way, gguf=gguf)).deployment

    for operation, arguments in create_calls(deployment).values():
        shape = model.operation_model(operation).input_shape
        assert shape is not None
        report = ParamValidator().validate(arguments, shape)
        assert not report.has_errors(), report.generate_report()


def load_service_model(service: str) -> ServiceModel:
    return ServiceModel(create_loader().load_service_model(service, "service-2"))
