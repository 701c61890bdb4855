"""Imports the SageMaker Python SDK, which takes two seconds, when first needed."""

from __future__ import annotations

import warnings
from functools import cache


@cache
def load() -> None:
    """Import what the SDK is made of; called before any part of it is imported.

    Python compiles it at its first import, and says of its source that it holds
    invalid escape sequences: nothing to bother a person with.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import sagemaker.core.image_uris
        import sagemaker.core.jumpstart.accessors  # noqa: F401
