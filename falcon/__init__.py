"""Falcon Chat: talk to a Falcon model on Amazon SageMaker, or on this machine."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from falcon.client import FalconClient
    from falcon.endpoint import Endpoint
    from falcon.errors import FalconError
    from falcon.parameters import GenerationParameters

__all__ = ["Endpoint", "FalconClient", "FalconError", "GenerationParameters"]

_HOMES = {
    "Endpoint": "falcon.endpoint",
    "FalconClient": "falcon.client",
    "FalconError": "falcon.errors",
    "GenerationParameters": "falcon.parameters",
}


def __getattr__(name: str) -> object:
    # On first use: importing boto3 takes 0.2 s, and the local endpoint needs none.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)
