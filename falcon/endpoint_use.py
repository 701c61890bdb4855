"""Whether anybody asks an endpoint anything: its invocations, counted by CloudWatch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from falcon.control_plane import ControlPlane
from falcon.deployed_containers import Ask
from falcon.endpoint import Endpoint

UNUSED_AFTER = timedelta(hours=1)
_MINUTES = 5
"""How long a period is; CloudWatch keeps this one for two months."""


def count_questions(endpoint: Endpoint, config: Mapping[str, Any], ask: Ask) -> int:
    """Return how often `endpoint` was asked in the last hour, everybody together.

    `config` is DescribeEndpointConfig's answer. Needs cloudwatch:GetMetricData, and
    for an endpoint of inference components sagemaker:ListInferenceComponents.
    """
    cloudwatch = ControlPlane(
        region=endpoint.region,
        profile=endpoint.profile,
        service="cloudwatch",
        endpoint=endpoint.name,
    )
    now = datetime.now(UTC)
    answer = cloudwatch.ask(
        "GetMetricData",
        StartTime=now - UNUSED_AFTER,
        EndTime=now,
        MetricDataQueries=[
            _query(number, dimensions)
            for number, dimensions in enumerate(_counted(endpoint, config, ask))
        ],
    )
    # What was not asked has no values at all.
    return int(sum(sum(found["Values"]) for found in answer["MetricDataResults"]))


def _counted(
    endpoint: Endpoint, config: Mapping[str, Any], ask: Ask
) -> Iterator[Mapping[str, str]]:
    """Yield the dimensions under which invocations of the endpoint are counted."""
    variants = config["ProductionVariants"]
    for variant in variants:
        yield {"EndpointName": endpoint.name, "VariantName": variant["VariantName"]}
    if any("ModelName" in variant for variant in variants):
        return
    listed = ask("ListInferenceComponents", EndpointNameEquals=endpoint.name)
    for component in listed["InferenceComponents"]:
        yield {"InferenceComponentName": component["InferenceComponentName"]}


def _query(number: int, dimensions: Mapping[str, str]) -> Mapping[str, object]:
    return {
        "Id": f"q{number}",
        "MetricStat": {
            "Metric": {
                "Namespace": "AWS/SageMaker",
                "MetricName": "Invocations",
                "Dimensions": [
                    {"Name": name, "Value": value} for name, value in dimensions.items()
                ],
            },
            "Period": _MINUTES * 60,
            "Stat": "Sum",
        },
    }
