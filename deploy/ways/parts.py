"""What a way to serve is given, and what it makes of that; nothing here calls AWS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.aws import Aws
from deploy.catalogue import Offer
from deploy.deployment import Upload


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What is to be served, and where."""

    offer: Offer
    aws: Aws
    instance_type: str
    bucket: str
    """Where files go that the container is to find."""
    prefix: str
    """How their keys begin, without a slash at the end."""
    folder: Path
    """Where files may be packed on this machine."""
    gguf: Path | None = None
    """A file of one's own, for llama.cpp."""


# Any: the calls' own arguments, as SageMaker names them.
@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What CreateModel and CreateEndpointConfig are told about a way to serve."""

    primary_container: Mapping[str, Any]
    model_options: Mapping[str, Any] = field(default_factory=dict)
    variant_options: Mapping[str, Any] = field(default_factory=dict)
    uploads: tuple[Upload, ...] = ()
