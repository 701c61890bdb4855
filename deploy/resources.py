"""A deployment's parts in AWS: what describes, owns and deletes each kind.

Deleting what is not there is done. Nothing here decides what may be deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deploy.aws import Aws
from deploy.aws_refusals import RefusedError
from deploy.deployment import Upload
from deploy.journal import Kind
from deploy.tags import Tags, read_tags

Described = Mapping[str, Any]
"""What AWS answers to Describe: its words differ from kind to kind."""


@dataclass(frozen=True, slots=True)
class _SageMakerNames:
    stem: str
    """What stands in Describe…, Delete…, …Name and …Arn."""
    console: str
    """The page of SageMaker's console that lists them."""


_SAGEMAKER: Mapping[Kind, _SageMakerNames] = {
    "model": _SageMakerNames("Model", "models"),
    "endpoint-config": _SageMakerNames("EndpointConfig", "endpointConfig"),
    "endpoint": _SageMakerNames("Endpoint", "endpoints"),
}


def describe(aws: Aws, kind: Kind, name: str) -> Described | None:
    """Return what AWS says of a resource; None: there is none."""
    found: Described | None
    if kind == "upload":
        bucket, key = split_address(name)
        found = aws.find("s3", "HeadObject", Bucket=bucket, Key=key)
    else:
        stem = _SAGEMAKER[kind].stem
        found = aws.find("sagemaker", f"Describe{stem}", **{f"{stem}Name": name})
    return found


def read_resource_tags(aws: Aws, kind: Kind, described: Described) -> Tags | None:
    """Return our tags on a SageMaker resource; None: it is not ours."""
    arn = _arn(kind, described)
    listed: list[Mapping[str, str]] = []
    token: dict[str, str] = {}
    while True:
        page = aws.find("sagemaker", "ListTags", ResourceArn=arn, **token)
        if page is None:  # Deleted in the meantime.
            return None
        listed += page["Tags"]
        if not page.get("NextToken"):
            return read_tags(listed)
        token = {"NextToken": page["NextToken"]}


def write_resource_tags(aws: Aws, kind: Kind, described: Described, tags: Tags) -> None:
    """Give a SageMaker resource these tags in the place of the former ones of ours."""
    arn = _arn(kind, described)
    aws.ask("sagemaker", "AddTags", ResourceArn=arn, Tags=tags.as_list())


def _arn(kind: Kind, described: Described) -> str:
    arn: str = described[f"{_SAGEMAKER[kind].stem}Arn"]
    return arn


def delete(aws: Aws, kind: Kind, name: str) -> bool:
    """Ask that a resource be deleted; False: in its present state AWS does not."""
    try:
        if kind == "upload":
            bucket, key = split_address(name)
            aws.find("s3", "DeleteObject", Bucket=bucket, Key=key)
        else:
            stem = _SAGEMAKER[kind].stem
            aws.find("sagemaker", f"Delete{stem}", **{f"{stem}Name": name})
    except RefusedError as refusal:
        if refusal.kind == "busy":
            return False
        raise
    return True


def address(upload: Upload) -> str:
    return f"s3://{upload.bucket}/{upload.key}"


def split_address(name: str) -> tuple[str, str]:
    """Return bucket and key of s3://bucket/key."""
    bucket, _, key = name.removeprefix("s3://").partition("/")
    return bucket, key


def kind_of(arn: str) -> tuple[Kind, str] | None:
    """Return what a SageMaker ARN names; None: nothing that we make."""
    word, _, name = arn.rpartition(":")[2].partition("/")
    for kind in _SAGEMAKER:
        if kind == word:
            return kind, name
    return None


def console_links(region: str) -> tuple[str, ...]:
    """Return where a person looks whether anything is left."""
    # Other partitions have other hosts; their consoles have the same paths.
    host = {"cn": "console.amazonaws.cn", "us-gov": "console.amazonaws-us-gov.com"}
    part = next((word for word in host if region.startswith(f"{word}-")), None)
    base = f"https://{region}.{host[part] if part else 'console.aws.amazon.com'}"
    return tuple(
        f"{base}/sagemaker/home?region={region}#/{names.console}"
        for names in reversed(tuple(_SAGEMAKER.values()))
    )
