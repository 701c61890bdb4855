from __future__ import annotations

from datetime import UTC, datetime

import pytest

from deploy.names import LONGEST, check_name, default_endpoint_name, deployment_id
from deploy.tags import Tags, read_tags
from falcon.endpoint import Endpoint
from falcon.errors import ConfigurationError

NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)


def test_names_follow_from_model_and_way() -> None:
    name = default_endpoint_name("falcon-7b-instruct", "jumpstart")

    assert name == "falcon-chat-falcon-7b-instruct-jumpstart"


@pytest.mark.parametrize("model", ["x" * 80, "Falcon_H1/0.5B", "팔콘"])
def test_every_default_name_is_one_that_sagemaker_takes(model: str) -> None:
    name = default_endpoint_name(model, "llama_cpp")

    check_name(name, what="an endpoint's name")
    assert Endpoint(name=name, region="us-east-1").name == name


def test_two_long_names_stay_two() -> None:
    names = {default_endpoint_name("x" * 80, way) for way in ("tgi", "lmi")}

    assert len(names) == 2


def test_the_id_differs_by_account_region_and_name() -> None:
    ids = {
        deployment_id(account=account, region=region, endpoint_name=name)
        for account in ("111122223333", "444455556666")
        for region in ("us-east-1", "ap-northeast-2")
        for name in ("falcon", "Falcon")
    }

    assert len(ids) == 8


def test_the_id_tells_the_endpoints_name() -> None:
    found = deployment_id(
        account="111122223333", region="us-east-1", endpoint_name="my-falcon"
    )

    assert found.rpartition("-")[0] == "my-falcon"


@pytest.mark.parametrize(
    "name", ["", "-falcon", "falcon-", "fal_con", "f" * (LONGEST + 1), "팔콘", "a b"]
)
def test_a_name_that_sagemaker_refuses_is_refused_before(name: str) -> None:
    with pytest.raises(ConfigurationError, match="a model's name"):
        check_name(name, what="a model's name")


def test_tags_come_back_as_they_were() -> None:
    tags = Tags(deployment_id="falcon-1", owner="user/Anna", expires_at=NOON)

    assert read_tags([*tags.as_list(), {"Key": "team", "Value": "x"}]) == tags


def test_what_has_no_tag_of_ours_is_not_ours() -> None:
    assert read_tags([{"Key": "Name", "Value": "falcon"}]) is None


def test_a_tag_holds_only_what_aws_takes() -> None:
    tags = Tags(deployment_id="falcon-1", owner="assumed-role/x/a!b" + "c" * 300)

    owner = tags.as_list()[1]["Value"]
    assert owner.startswith("assumed-role/x/a-bccc")
    assert len(owner) == 256


@pytest.mark.parametrize("said", ["", "tomorrow", "2026-13-01T00:00:00Z"])
def test_an_expiry_that_nobody_can_read_is_none(said: str) -> None:
    listed = Tags(deployment_id="falcon-1", owner="user/Anna").as_list()

    tags = read_tags([*listed, {"Key": "falcon-chat:expires-at", "Value": said}])

    assert tags is not None
    assert tags.expires_at is None
