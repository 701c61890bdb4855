"""When an endpoint was last asked anything, as CloudWatch counted it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from deploy.aws import Aws

LOOKED_BACK = timedelta(days=14)
_PERIOD = timedelta(hours=1)


def last_invocation(
    aws: Aws, endpoint_name: str, *, variants: Sequence[str]
) -> datetime | None:
    """Return the beginning of the last hour with a question; None: none in 14 days.

    Needs cloudwatch:GetMetricData.
    """
    now = datetime.now(UTC)
    answer = aws.ask(
        "cloudwatch",
        "GetMetricData",
        StartTime=now - LOOKED_BACK,
        EndTime=now,
        MetricDataQueries=[
            {
                "Id": f"q{number}",
                "MetricStat": {
                    "Metric": {
                        "Namespace": "AWS/SageMaker",
                        "MetricName": "Invocations",
                        "Dimensions": [
                            {"Name": "EndpointName", "Value": endpoint_name},
                            {"Name": "VariantName", "Value": variant},
                        ],
                    },
                    "Period": int(_PERIOD.total_seconds()),
                    "Stat": "Sum",
                },
            }
            for number, variant in enumerate(variants)
        ],
    )
    asked = [
        moment
        for found in answer["MetricDataResults"]
        for moment, count in zip(found["Timestamps"], found["Values"], strict=True)
        if count > 0
    ]
    return max(asked, default=None)
