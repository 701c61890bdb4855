"""Which parts of a deployment exist, whoever tells of them: reading only.

Three sources, since each may lack something: this machine's journal, the tags in AWS,
and what an endpoint itself names as its configuration and model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from deploy.aws import Aws
from deploy.find import Tagged
from deploy.journal import KINDS, Kind, Record
from deploy.resources import Described, describe, read_resource_tags
from deploy.tags import Tags

Named = tuple[Kind, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One resource, as AWS has it."""

    kind: Kind
    name: str
    described: Described
    tags: Tags | None
    """None: it carries none of ours; an upload cannot."""


def find_parts(
    aws: Aws, record: Record, tagged: Iterable[Tagged] = ()
) -> tuple[Part, ...]:
    """Return all that exists under the names that any source knows, ours or not."""
    names: list[Named] = [
        ("endpoint", record.endpoint_name),
        # Unless somebody chose others.
        ("endpoint-config", record.endpoint_name),
        ("model", record.endpoint_name),
        *((entry.kind, entry.name) for entry in record.entries),
    ]
    # An ARN has a name in small letters.
    known = {(kind, name.lower()) for kind, name in names}
    names += [(t.kind, t.name) for t in tagged if (t.kind, t.name) not in known]
    found = _describe_all(aws, names)
    return tuple(sorted(found, key=lambda part: KINDS.index(part.kind)))


def behind(aws: Aws, endpoint_name: str) -> tuple[Part, ...]:
    """Return an endpoint, its configuration and its models, whoever's they are."""
    found = _describe_all(aws, [("endpoint", endpoint_name)])
    return tuple(sorted(found, key=lambda part: KINDS.index(part.kind)))


def _describe_all(aws: Aws, names: list[Named]) -> Iterator[Part]:
    """Yield what there is of `names`, and what is behind it."""
    seen: set[Named] = set()
    while names:
        kind, name = names.pop(0)
        if (kind, name) in seen:
            continue
        seen.add((kind, name))
        described = describe(aws, kind, name)
        if described is None:
            continue
        names += _behind(kind, described)
        tags = None if kind == "upload" else read_resource_tags(aws, kind, described)
        yield Part(kind=kind, name=name, described=described, tags=tags)


def _behind(kind: Kind, described: Described) -> Iterator[Named]:
    if kind == "endpoint":
        yield "endpoint-config", described["EndpointConfigName"]
    if kind == "endpoint-config":
        for variant in described["ProductionVariants"]:
            if "ModelName" in variant:
                yield "model", variant["ModelName"]
