"""What is to exist in AWS, as a value: nothing here calls anything.

The ways to serve make it (deploy/ways/); up, status and down go by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from falcon.containers import ContainerName


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that must be in S3 before the model is created."""

    path: Path
    bucket: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One endpoint with its configuration and its model."""

    id: str
    """The same for the same account, region and endpoint name: the value of the tag
    falcon-chat:deployment-id, and what the journal calls it."""
    account: str
    region: str
    endpoint_name: str
    config_name: str
    model_name: str
    variant_name: str = "AllTraffic"
    instance_type: str
    instance_count: int = 1
    role_arn: str
    """SageMaker's execution role."""
    way: str
    """How it is served: a name of deploy/ways/."""
    falcon_model: str
    """The model's id in falcon/models.py."""
    container: ContainerName
    primary_container: Mapping[str, Any]
    """CreateModel's PrimaryContainer."""
    model_options: Mapping[str, Any] = field(default_factory=dict)
    """CreateModel's further arguments, such as EnableNetworkIsolation."""
    variant_options: Mapping[str, Any] = field(default_factory=dict)
    """The production variant's further arguments: timeouts, InferenceAmiVersion."""
    uploads: tuple[Upload, ...] = ()
    expires_at: datetime | None = None
    """When autostop removes it; None: nobody asked for that."""
