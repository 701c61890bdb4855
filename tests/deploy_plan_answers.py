"""What an account answers to somebody who plans: prices, quotas, roles, buckets.

Prices and quotas have the shape of AWS's own answers; a role's trust policy comes
quoted, as IAM sends it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from deploy.aws import Aws
from deploy.plan import Plan, make_plan
from deploy.roles import DEFAULT_ROLE
from deploy.wanted import Wanted
from tests.deploy_plane import ACCOUNT, Account, AwsError
from tests.deploy_plane.sagemaker import Answer

SPECIFICATIONS = Path(__file__).parent / "jumpstart"
"""JumpStart's manifest with one specification, both of the real shape."""
QUOTA_CODE = "L-9614C779"


def product(
    instance_type: str,
    dollars: str,
    *,
    component: str = "Hosting",
    region: str = "us-east-1",
) -> dict[str, Any]:
    """Return one product of AWS's price list."""
    dimension = {
        "unit": "Hrs",
        "description": f"${dollars} per {component} {instance_type} hour",
        "pricePerUnit": {"USD": dollars},
    }
    return {
        "product": {
            "productFamily": "ML Instance",
            "sku": "8AAJ5JUDTSHWD3WC",
            "attributes": {
                "instanceName": instance_type,
                "component": component,
                "regionCode": region,
                "servicecode": "AmazonSageMaker",
            },
        },
        "terms": {"OnDemand": {"T": {"priceDimensions": {"D": dimension}}}},
    }


def list_prices(account: Account, *products: dict[str, Any]) -> None:
    """Let the Pricing API know these, found by the filters that it is given."""

    def get_products(_: Account, arguments: dict[str, Any]) -> dict[str, Any]:
        wanted = {part["Field"]: part["Value"] for part in arguments["Filters"]}
        found = [
            json.dumps(product)
            for product in products
            if wanted.items() <= product["product"]["attributes"].items()
        ]
        return {"FormatVersion": "aws_v1", "PriceList": found}

    account.answers["GetProducts"] = get_products


def set_quotas(account: Account, **values: float) -> None:
    """Let the account have quotas by instance type, `ml_g5_2xlarge=1`, on two pages."""
    quotas = [{"QuotaName": "Number of notebooks", "QuotaCode": "L-1", "Value": 9.0}]
    quotas += [
        {
            "QuotaName": f"{name.replace('_', '.', 1).replace('_', '.')} for endpoint "
            "usage",
            "QuotaCode": QUOTA_CODE,
            "Value": value,
        }
        for name, value in values.items()
    ]

    def list_quotas(_: Account, arguments: dict[str, Any]) -> dict[str, Any]:
        at = int(arguments.get("NextToken", 0))
        more = {"NextToken": str(at + 1)} if at + 1 < len(quotas) else {}
        return {"Quotas": quotas[at : at + 1], **more}

    account.answers["ListServiceQuotas"] = list_quotas


def set_role(
    account: Account,
    name: str = DEFAULT_ROLE,
    *,
    trusts: str = "sagemaker.amazonaws.com",
    path: str = "/",
) -> str:
    """Let the account have one role; return its ARN."""
    arn = f"arn:aws:iam::{ACCOUNT}:role{path}{name}"
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": trusts},
                "Action": "sts:AssumeRole",
            }
        ],
    }

    def get_role(_: Account, arguments: dict[str, Any]) -> dict[str, Any]:
        if arguments["RoleName"] != name:
            raise AwsError(
                "NoSuchEntity",
                f"The role with name {arguments['RoleName']} cannot be found.",
                status=404,
            )
        role = {
            "RoleName": name,
            "RoleId": "AROALOCALLOCALLOCAL",
            "Arn": arn,
            "Path": path,
            "CreateDate": "2026-01-01T00:00:00Z",
            "AssumeRolePolicyDocument": quote(json.dumps(trust)),
        }
        return {"Role": role}

    account.answers["GetRole"] = get_role
    return arn


def has_buckets(*names: str) -> Answer:
    """Return the answer of an account with these buckets."""

    def head_bucket(_: Account, arguments: dict[str, Any]) -> dict[str, Any]:
        if arguments["Bucket"] not in names:
            raise AwsError("404", "Not Found", status=404)
        return {}

    return head_bucket


def read_jumpstart_from(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for what in ("MANIFEST", "SPECS"):
        variable = f"AWS_JUMPSTART_{what}_LOCAL_ROOT_DIR_OVERRIDE"
        monkeypatch.setenv(variable, str(folder))


def plan(
    wanted: Wanted | None = None,
    *,
    region: str = "us-east-1",
    environ: Mapping[str, str] | None = None,
) -> Plan:
    """Return the plan for what is wanted, far from any Studio space."""
    return make_plan(
        wanted or Wanted(),
        aws=Aws(region=region),
        environ=environ or {},
        metadata=Path("/nonexistent"),
    )


def make_ready(account: Account) -> None:
    """Let the account have all that the default deployment needs."""
    list_prices(account, product("ml.g5.2xlarge", "1.5150000000"))
    set_quotas(account, ml_g5_2xlarge=2)
    set_role(account)
    account.answers["HeadBucket"] = has_buckets(f"sagemaker-us-east-1-{ACCOUNT}")
