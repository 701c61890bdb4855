"""What an endpoint's container says, line by line, from CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from deploy.aws import Aws
from deploy.aws_refusals import RefusedError

_MOST_PAGES = 20


class LogTail:
    """Gives each line once. Where these credentials may not read, there are none."""

    def __init__(self, aws: Aws, endpoint_name: str, *, since: datetime) -> None:
        self._aws = aws
        self._group = f"/aws/sagemaker/Endpoints/{endpoint_name}"
        self._since = int(since.timestamp() * 1000)
        self._seen: set[str] = set()
        self.problem = ""
        """Why there are no lines; empty: they may be read."""

    def read(self) -> Sequence[str]:
        """Return the lines that are new; raises RefusedError where AWS fails."""
        if self.problem:
            return ()
        lines: list[str] = []
        token: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            try:
                page = self._aws.find(
                    "logs",
                    "FilterLogEvents",
                    logGroupName=self._group,
                    startTime=self._since,
                    **token,
                )
            except RefusedError as refusal:
                if refusal.kind != "denied":
                    raise
                self.problem = str(refusal)
                return ()
            if page is None:  # Nothing was written yet.
                return ()
            for event in page["events"]:
                if event["eventId"] not in self._seen:
                    self._seen.add(event["eventId"])
                    self._since = max(self._since, event["timestamp"])
                    lines.append(event["message"].rstrip("\n"))
            if not page.get("nextToken"):
                break
            token = {"nextToken": page["nextToken"]}
        return lines
