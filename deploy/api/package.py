"""The function's zip: its own file, what it uses of falcon, and boto3 as pinned.

Lambda's runtime has a boto3 too, an older one: falcon/connection.py reaches into
private parts of the pinned one. All of it is Python, so one zip fits every processor;
the same files always make the same zip.
"""

from __future__ import annotations

import ast
import hashlib
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

_ROOT = Path(__file__).parents[2]
_FUNCTION = Path(__file__).with_name("lambda_function.py")
_DISTRIBUTIONS = (
    "boto3",
    "botocore",
    "jmespath",
    "python-dateutil",
    "s3transfer",
    "six",
    "urllib3",
)
"""boto3 and what it imports."""
_DESCRIPTIONS = (
    "botocore/data/_retry.json",
    "botocore/data/endpoints.json",
    "botocore/data/partitions.json",
    "botocore/data/sdk-default-configuration.json",
    "botocore/data/sagemaker-runtime/",
)
"""Of AWS's four hundred services the function may ask one."""
_LONG_AGO = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o100644 << 16


@dataclass(frozen=True, slots=True)
class Package:
    content: bytes
    digest: str
    """Of the files in it: changes when one of them does."""


def make_package() -> Package:
    """Return the zip for Lambda."""
    files = {_FUNCTION.name: _FUNCTION, **_our_modules(), **_distributed()}
    digest, buffer = hashlib.sha256(), io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(files.items()):
            content = path.read_bytes()
            digest.update(f"{name} {len(content)}\n".encode() + content)
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.external_attr = _READABLE
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
    return Package(buffer.getvalue(), digest.hexdigest()[:16])


def _our_modules() -> dict[str, Path]:
    """Return the files of falcon that the function imports, by their names."""
    found: dict[str, Path] = {}
    waiting = list(_imports(_FUNCTION))
    while waiting:
        parts = waiting.pop().split(".")
        # A name may be a package, a module, or what one of them holds.
        for end in range(1, len(parts) + 1):
            place = _ROOT.joinpath(*parts[:end])
            for path in (place.with_suffix(".py"), place / "__init__.py"):
                name = path.relative_to(_ROOT).as_posix()
                if path.exists() and name not in found:
                    found[name] = path
                    waiting += _imports(path)
    return found


def _imports(path: Path) -> Iterator[str]:
    """Yield what a file imports of falcon when it runs."""
    waiting: list[ast.AST] = [ast.parse(path.read_bytes())]
    while waiting:
        match waiting.pop():
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                pass
            case ast.ImportFrom(module=str(home), names=names) if _is_ours(home):
                yield from (f"{home}.{alias.name}" for alias in names)
            case ast.Import(names=names):
                yield from (alias.name for alias in names if _is_ours(alias.name))
            case node:
                waiting += ast.iter_child_nodes(node)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "falcon"


def _distributed() -> dict[str, Path]:
    """Return the files of what is installed that the function uses, by their names."""
    return {
        str(file): Path(str(file.locate()))
        for distribution in _DISTRIBUTIONS
        for file in metadata.files(distribution) or ()
        if _is_used(str(file))
    }


def _is_used(name: str) -> bool:
    if name.startswith("botocore/data/"):
        return name.startswith(_DESCRIPTIONS)
    # The certificates that it trusts.
    return name.endswith(".py") or name == "botocore/cacert.pem"
