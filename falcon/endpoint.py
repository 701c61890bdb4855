"""Endpoint: where a model answers. Knows names and addresses, and asks nobody."""

from __future__ import annotations

import re
from dataclasses import dataclass

from falcon.errors import ConfigurationError
from falcon.text import text

# The service model's own rules; botocore enforces neither.
_ENDPOINT_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-[0-9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where a model answers; raises ConfigurationError if it cannot be a real place."""

    name: str
    region: str
    profile: str | None = None
    """The AWS profile whose credentials sign; None: boto3's own choice."""
    url: str | None = None
    """The address of an endpoint on this machine; None: SageMaker's."""

    def __post_init__(self) -> None:
        if not _ENDPOINT_NAME.fullmatch(self.name) or len(self.name) > 63:
            raise ConfigurationError(
                text(
                    "{name!r} cannot be an endpoint's name: 1 to 63 letters, digits "
                    "and hyphens, a letter or digit first and last.",
                    name=self.name,
                )
            )
        check_region(self.region)


def check_region(region: str) -> None:
    """Raise ConfigurationError if `region` is none; botocore makes a host of it."""
    if not _REGION.fullmatch(region):
        raise ConfigurationError(
            text("{region!r} is not an AWS region such as us-east-1.", region=region)
        )
