"""What is called how: the names of a deployment's parts, and its id.

Each follows from account, region, model and way alone, so that a second `up` finds what
the first one made. Asks nobody.
"""

from __future__ import annotations

import hashlib
import re

from falcon.errors import ConfigurationError

LONGEST = 63
PREFIX = "falcon-chat-"
"""Every name that nobody chose begins so; the policies are about such names."""
# SageMaker's own rule for endpoints, configurations, models and variants.
_NAME = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")


def default_endpoint_name(falcon_model: str, way: str) -> str:
    """Return the endpoint's name unless somebody chose one; config and model have the
    same."""
    text = re.sub(r"[^a-z0-9]+", "-", f"{falcon_model}-{way}".lower()).strip("-")
    name = PREFIX + text
    if len(name) <= LONGEST:
        return name
    # Two long names must not become one.
    return f"{name[: LONGEST - 9].rstrip('-')}-{_digest(name)}"


def deployment_id(*, account: str, region: str, endpoint_name: str) -> str:
    """Return what all parts of a deployment are tagged with."""
    return f"{endpoint_name}-{_digest(f'{account}/{region}/{endpoint_name}')}"


def check_name(name: str, *, what: str) -> None:
    """Raise ConfigurationError if SageMaker would refuse `name`; `what` it is to be."""
    if len(name) > LONGEST or not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"{name!r} cannot be {what}: 1 to {LONGEST} letters, digits and hyphens, "
            "a letter or digit first and last."
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]
