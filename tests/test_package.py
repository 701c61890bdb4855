from __future__ import annotations

import subprocess
import sys

import pytest

import falcon


def test_everything_exported_is_there_and_sorted() -> None:
    assert falcon.__all__ == sorted(falcon.__all__)
    for name in falcon.__all__:
        assert getattr(falcon, name).__name__ == name


def test_a_name_that_is_not_exported_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = falcon.nonsense


def test_importing_the_package_imports_no_aws_sdk() -> None:
    code = "import falcon, sys; sys.exit('boto3' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
