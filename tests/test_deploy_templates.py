"""What CloudFormation would say of the templates, and whether their roles fit."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.loaders import create_loader
from cfnlint.api import lint
from cfnlint.decode.cfn_yaml import loads

from deploy import autostopping
from deploy.autostopping import read_template

FOLDER = Path(autostopping.__file__).parent
CODE = FOLDER / "autostop" / "lambda_function.py"
TEMPLATES = {
    path.name: path.read_text("utf-8")
    for path in sorted((FOLDER / "templates").glob("*.yaml"))
} | {"autostop.yaml": read_template()}
"""Each as it is sent to AWS."""
LONGEST_BODY = 51_200
"""Bytes of a template that CloudFormation takes without a bucket."""
SERVICES = {
    "application-autoscaling": "application-autoscaling",
    "cloudwatch": "cloudwatch",
    "resourcegroupstaggingapi": "tag",
    "sagemaker": "sagemaker",
}
NAMELESS = {
    "application-autoscaling:DescribeScalableTargets",
    "cloudwatch:GetMetricData",
    "sagemaker:ListEndpointConfigs",
    "sagemaker:ListEndpoints",
    "sagemaker:ListModels",
    "tag:GetResources",
}
"""The actions for which IAM knows no resource to name."""


@pytest.mark.parametrize("name", TEMPLATES)
def test_cfn_lint_finds_nothing(name: str) -> None:
    assert [str(match) for match in lint(TEMPLATES[name])] == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_it_is_sent_as_it_is(name: str) -> None:
    assert len(TEMPLATES[name].encode()) <= LONGEST_BODY


def test_the_function_is_the_file_that_the_tests_run() -> None:
    code = resources()["Function"]["Properties"]["Code"]["ZipFile"]

    assert code == CODE.read_text("utf-8")


def test_the_function_may_do_what_it_does_and_nothing_else() -> None:
    log = {"logs:CreateLogStream", "logs:PutLogEvents"}
    # A scaling policy's alarms go with it, on behalf of whoever removes it.
    alarms = {"cloudwatch:DeleteAlarms"}

    assert {a for s in statements() for a in actions(s)} == called() | log | alarms


def test_it_changes_only_what_is_tagged_as_ours() -> None:
    for statement in statements():
        if any(action.startswith("sagemaker:") for action in actions(statement)):
            if statement["Resource"] == "*":
                continue
            tags = statement["Condition"]["Null"]
            assert tags["aws:ResourceTag/falcon-chat:deployment-id"] == "false"


def test_everything_is_named_that_can_be() -> None:
    for statement in statements():
        assert (statement["Resource"] == "*") == (set(actions(statement)) <= NAMELESS)


def test_it_sets_no_tag_but_the_end() -> None:
    [statement] = [s for s in statements() if "sagemaker:AddTags" in actions(s)]

    keys = statement["Condition"]["ForAllValues:StringEquals"]["aws:TagKeys"]
    assert keys == ["falcon-chat:expires-at"]


# Any: a template is YAML.
def resources() -> dict[str, Any]:
    found: dict[str, Any] = loads(read_template())["Resources"]
    return found


def statements() -> list[dict[str, Any]]:
    [policy] = resources()["FunctionRole"]["Properties"]["Policies"]
    return list(policy["PolicyDocument"]["Statement"])


def actions(statement: dict[str, Any]) -> list[str]:
    value = statement["Action"]
    return [value] if isinstance(value, str) else list(value)


def called() -> set[str]:
    """The IAM actions of the methods that the function's code names."""
    named = set()
    for node in ast.walk(ast.parse(CODE.read_text("utf-8"))):
        if isinstance(node, ast.Attribute):
            named.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            named |= set(re.findall(r"\w+", node.value))
    return {
        f"{prefix}:{operation}"
        for service, prefix in SERVICES.items()
        for operation in create_loader().load_service_model(service, "service-2")[
            "operations"
        ]
        if xform_name(operation) in named
    }
