"""What botocore knows of AWS's services, without what this program never asks.

botocore reads one description of all endpoints of all services, and SageMaker's own is
of 400 operations: 25 MB that would stay in memory. Here they are read once for all
clients, and what is not used is dropped at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from botocore.loaders import JSONFileLoader, Loader

_ENDPOINTS_OF = {"runtime.sagemaker", "api.sagemaker", "monitoring", "tagging", "sts"}
_ENDPOINTS_OF |= {"portal.sso", "oidc", "signin"}
"""How endpoints.json calls them, and those that credentials come from."""
_OPERATIONS = {
    "DescribeEndpoint",
    "DescribeEndpointConfig",
    "DescribeInferenceComponent",
    "DescribeModel",
    "DescribeSpace",
    "ListEndpoints",
    "ListInferenceComponents",
}
"""Of SageMaker's control plane."""


@cache
def descriptions() -> Loader:
    """Return what every session is to read its descriptions with."""
    return Loader(file_loader=_UsedOnly())


class _UsedOnly(JSONFileLoader):
    def load_file(self, file_path: str) -> Any:
        said = super().load_file(file_path)
        if said is not None and file_path.endswith("/endpoints"):
            for partition in said["partitions"]:
                services = partition["services"]
                for name in services.keys() - _ENDPOINTS_OF:
                    del services[name]
        if said is not None and "/sagemaker/" in file_path and "operations" in said:
            _keep_used(said)
        return said


def _keep_used(service: dict[str, Any]) -> None:
    """Drop the operations that are never asked for, and their shapes."""
    operations, shapes = service["operations"], service["shapes"]
    for name in operations.keys() - _OPERATIONS:
        del operations[name]
    used: set[str] = set()
    waiting = [name for each in operations.values() for name in _references(each)]
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting += _references(shapes[name])
    for name in shapes.keys() - used:
        del shapes[name]


def _references(said: object) -> Iterator[str]:
    """The names of all shapes that an operation or a shape speaks of."""
    if isinstance(said, Mapping):
        for key, value in said.items():
            if key == "shape" and isinstance(value, str):
                yield value
            else:
                yield from _references(value)
    elif isinstance(said, list):
        for each in said:
            yield from _references(each)
