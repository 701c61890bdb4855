"""What the stack's bucket holds: the page, and the function's zip."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deploy.api.package import Package
from deploy.aws import Aws

PAGE = Path(__file__).parents[1] / "web" / "index.html"
_CODE = "code/"


def code_key(package: Package) -> str:
    """Return what the zip is called: CloudFormation sees a new one by its name."""
    return f"{_CODE}{package.digest}.zip"


@dataclass(frozen=True, slots=True)
class Bucket:
    aws: Aws
    name: str

    def put_page(self) -> None:
        self.aws.ask(
            "s3",
            "PutObject",
            Bucket=self.name,
            Key="page/index.html",
            Body=PAGE.read_bytes(),
            ContentType="text/html; charset=utf-8",
            # CloudFront and browsers ask each time whether there is a new one.
            CacheControl="no-cache",
        )

    def put_code(self, package: Package) -> None:
        self.aws.ask(
            "s3",
            "PutObject",
            Bucket=self.name,
            Key=code_key(package),
            Body=package.content,
            ContentType="application/zip",
        )

    def remove_code(self, *, but: str) -> None:
        """Remove the zips of earlier versions; `but` is the key of the present one."""
        self._remove([key for key in self._keys(_CODE) if key != but])

    def empty(self) -> None:
        """Remove everything: CloudFormation deletes only an empty bucket."""
        self._remove(self._keys(""))

    def _keys(self, prefix: str) -> list[str]:
        keys: list[str] = []
        arguments = {"Bucket": self.name, "Prefix": prefix}
        while True:
            # A bucket that is gone has nothing in it.
            found = self.aws.find("s3", "ListObjectsV2", **arguments) or {}
            keys += [each["Key"] for each in found.get("Contents", [])]
            if not found.get("IsTruncated"):
                return keys
            arguments["ContinuationToken"] = found["NextContinuationToken"]

    def _remove(self, keys: list[str]) -> None:
        for key in keys:
            self.aws.ask("s3", "DeleteObject", Bucket=self.name, Key=key)
