"""How many instances of a type this account may have behind endpoints.

A quota of its own, apart from those of EC2, training and notebooks, and often 0 at
first. How much of it is in use AWS says only when it refuses.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from deploy.aws import Aws


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    name: str
    """As the Service Quotas console calls it."""
    code: str
    value: int

    def increase_command(self, *, wanted: int, region: str) -> str:
        """Return what a person types to ask for more."""
        return shlex.join(
            [
                *("aws", "service-quotas", "request-service-quota-increase"),
                *("--service-code", "sagemaker", "--quota-code", self.code),
                *("--desired-value", str(wanted), "--region", region),
            ]
        )


def quota_name(instance_type: str) -> str:
    return f"{instance_type} for endpoint usage"


def find_quota(aws: Aws, *, instance_type: str) -> Quota | None:
    """Return the quota; None: AWS lists none of that name.

    Needs servicequotas:ListServiceQuotas; raises RefusedError.
    """
    name = quota_name(instance_type)
    token: dict[str, str] = {}
    while True:
        # By name: the codes of SageMaker's quotas are in no documentation.
        page = aws.ask(
            "service-quotas",
            "ListServiceQuotas",
            ServiceCode="sagemaker",
            MaxResults=100,
            **token,
        )
        for quota in page["Quotas"]:
            if quota["QuotaName"] == name:
                return Quota(
                    name=name, code=quota["QuotaCode"], value=int(quota["Value"])
                )
        if "NextToken" not in page:
            return None
        token = {"NextToken": page["NextToken"]}
