"""An endpoint that was made by hand, with its configuration and its models.

What another endpoint uses as well is left out: it would break that one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from deploy.aws import Aws
from deploy.discovery import behind
from deploy.journal import Entry, Record
from deploy.names import deployment_id
from deploy.state import HourlyPrice


def read_untagged(aws: Aws, endpoint_name: str, price: HourlyPrice) -> Record:
    """Return what would be removed with the endpoint; without entries: there is none.

    Needs sagemaker:ListEndpoints.
    """
    parts = behind(aws, endpoint_name)
    others = {
        (part.kind, part.name)
        for other in (_other_endpoints(aws, endpoint_name) if parts else ())
        for part in behind(aws, other)
    }
    now = datetime.now(UTC)
    variants = [
        variant
        for part in parts
        if part.kind == "endpoint-config"
        for variant in part.described["ProductionVariants"]
    ]
    types = sorted({v.get("InstanceType", "serverless") for v in variants})
    count = sum(variant.get("InitialInstanceCount", 0) for variant in variants)
    each = price(types[0]) if len(types) == 1 else None
    return Record(
        id=deployment_id(
            account=aws.account(), region=aws.region, endpoint_name=endpoint_name
        ),
        account=aws.account(),
        region=aws.region,
        endpoint_name=endpoint_name,
        is_untagged=True,
        instance_type=", ".join(types),
        instance_count=count,
        dollars_per_hour=None if each is None else each * count,
        entries=tuple(
            Entry(kind=part.kind, name=part.name, at=now, is_made=True)
            for part in parts
            if (part.kind, part.name) not in others
        ),
    )


def _other_endpoints(aws: Aws, endpoint_name: str) -> Iterator[str]:
    token: dict[str, str] = {}
    while True:
        page = aws.ask("sagemaker", "ListEndpoints", MaxResults=100, **token)
        for endpoint in page["Endpoints"]:
            if endpoint["EndpointName"] != endpoint_name:
                yield endpoint["EndpointName"]
        if not page.get("NextToken"):
            return
        token = {"NextToken": page["NextToken"]}
