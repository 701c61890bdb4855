"""The tags by which a deployment's parts are known to be ours, in AWS itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from falcon.endpoint_list import OUR_TAG

OWNER = "falcon-chat:owner"
EXPIRES_AT = "falcon-chat:expires-at"
IDLE = "falcon-chat:idle"
_LONGEST_VALUE = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Tags:
    deployment_id: str
    owner: str
    """Who made it, as AWS calls them."""
    expires_at: datetime | None = None
    """When it is to be removed; has a time zone."""
    idle: str = ""
    """After how long without a question it is removed, in autostop's words, such as
    "60 minutes from 2026-08-01T09:30:00Z"; empty: never."""

    def as_list(self) -> list[dict[str, str]]:
        """Return them as CreateModel and its like take them."""
        values = {OUR_TAG: self.deployment_id, OWNER: tag_value(self.owner)}
        if self.expires_at is not None:
            values[EXPIRES_AT] = format_time(self.expires_at)
        return [{"Key": key, "Value": value} for key, value in values.items()]


def read_tags(listed: Iterable[Mapping[str, str]]) -> Tags | None:
    """Return our tags among those of a resource; None: it is not ours."""
    values = {tag["Key"]: tag["Value"] for tag in listed}
    if OUR_TAG not in values:
        return None
    return Tags(
        deployment_id=values[OUR_TAG],
        owner=values.get(OWNER, ""),
        expires_at=_read_time(values.get(EXPIRES_AT, "")),
        idle=values.get(IDLE, ""),
    )


def format_time(moment: datetime) -> str:
    """Return a moment as the tag has it, such as 2026-08-01T09:30:00Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read_time(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def tag_value(text: str) -> str:
    """Return `text` with what AWS takes in no tag left out."""
    return re.sub(r"[^\w .:/=+@-]", "-", text)[:_LONGEST_VALUE]
