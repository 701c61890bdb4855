"""What can go wrong with a call, and what AWS says then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tests.deploy_plane.wire import AwsError

ACCOUNT = "111122223333"

FaultKind = Literal[
    "throttled",
    "denied",
    "limit",
    "expired",
    "failed",
    "unanswered, not done",
    "unanswered, done",
]


@dataclass(frozen=True)
class Fault:
    kind: FaultKind
    operation: str = ""
    """Empty: whatever is asked."""

    def refusal(self) -> AwsError | None:
        """Return what AWS says; None: it says nothing and hangs up."""
        action = f"sagemaker:{self.operation or 'Something'}"
        match self.kind:
            case "throttled":
                return AwsError("ThrottlingException", "Rate exceeded")
            case "denied":
                return AwsError(
                    "AccessDeniedException",
                    f"User: arn:aws:iam::{ACCOUNT}:user/Anna is not authorized to "
                    f"perform: {action} on resource: x",
                )
            case "limit":
                return AwsError(
                    "ResourceLimitExceeded",
                    "The account-level service limit 'ml.g5.2xlarge for endpoint "
                    "usage' is 0 Instances, with current utilization of 0 Instances "
                    "and a request delta of 1 Instances. Please contact AWS support.",
                )
            case "expired":
                return AwsError(
                    "ExpiredTokenException",
                    "The security token included in the request is expired",
                )
            case "failed":
                return AwsError("InternalFailure", "Try later.", status=500)
        return None
