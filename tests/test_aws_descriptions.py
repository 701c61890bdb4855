"""botocore's descriptions of AWS, made small: all that is asked for is still there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from botocore.loaders import create_loader
from botocore.session import Session

from falcon.aws_descriptions import descriptions

FALCON = Path(__file__).parents[1] / "falcon"
ASKED = re.compile(r'\.ask\(\s*"(\w+)"')
SERVICES = ("sagemaker", "cloudwatch", "resourcegroupstaggingapi")


def test_every_operation_that_is_asked_for_is_described() -> None:
    described = {
        operation
        for service in SERVICES
        for operation in descriptions().load_service_model(service, "service-2")[
            "operations"
        ]
    }
    asked = {
        operation
        for file in FALCON.rglob("*.py")
        for operation in ASKED.findall(file.read_text(encoding="utf-8"))
    }
    assert "DescribeEndpoint" in asked
    assert asked - described == set()


def test_an_operation_is_described_as_botocore_has_it() -> None:
    whole = create_loader().load_service_model("sagemaker", "service-2")
    small = descriptions().load_service_model("sagemaker", "service-2")
    assert len(small["shapes"]) < len(whole["shapes"]) / 10
    for kind in ("operations", "shapes"):
        assert {name: whole[kind][name] for name in small[kind]} == small[kind]


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "us-gov-west-1"])
@pytest.mark.parametrize("service", [*SERVICES, "sagemaker-runtime", "sts"])
def test_a_service_is_found_where_botocore_finds_it(service: str, region: str) -> None:
    small = Session()
    small.register_component("data_loader", descriptions())
    found = [
        session.create_client(
            service,
            region_name=region,
            aws_access_key_id="nobody",
            aws_secret_access_key="nothing",
        ).meta.endpoint_url
        for session in (small, Session())
    ]
    assert found[0] == found[1]
