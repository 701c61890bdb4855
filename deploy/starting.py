"""Waits until an endpoint is in service; tells what its container says meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from deploy.aws import Aws
from deploy.aws_refusals import explain_failure
from deploy.deployment import Deployment
from deploy.log_tail import LogTail
from deploy.pace import Pace, Patience
from deploy.progress import Progress
from deploy.resources import Described, describe
from falcon.errors import DeploymentError

USUAL_START = "usually 5 to 15 minutes"


def await_service(
    aws: Aws, deployment: Deployment, *, progress: Progress, pace: Pace
) -> None:
    """Return when the endpoint answers.

    Raises DeploymentError if it failed, is gone, or takes longer than `pace` allows.
    """
    name = deployment.endpoint_name
    progress.phase(f"Starting endpoint {name}", usual=USUAL_START)
    patience = Patience(pace, limit=pace.creation)
    tail = LogTail(aws, name, since=datetime.now(UTC))
    no_lines: Sequence[str] = ()
    look = partial(describe, aws, "endpoint", name)
    unknown: Described | None = {"EndpointStatus": "not to be reached"}
    while True:
        described = patience.try_to(look, otherwise=unknown)
        if described is None:
            raise DeploymentError(
                f"The endpoint {name} was deleted while it was starting."
            )
        status = described["EndpointStatus"]
        progress.state(status)
        for line in patience.try_to(tail.read, otherwise=no_lines):
            progress.log(line)
        if status == "InService":
            return
        if status == "Failed":
            raise explain_failure(
                described.get("FailureReason", ""),
                endpoint=name,
                region=aws.region,
                instance_type=deployment.instance_type,
            )
        if patience.is_over:
            raise DeploymentError(
                f"The endpoint {name} is {status} after {pace.creation / 60:.0f} "
                "minutes and counts as stuck."
            )
        patience.sleep()
