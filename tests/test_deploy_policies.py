"""The documented policies allow what the code does, and nothing else."""

from __future__ import annotations

import ast
import fnmatch
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.loaders import create_loader
from cfnlint.decode.cfn_yaml import loads
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from deploy.api.template import TEMPLATE as API_TEMPLATE
from deploy.autostopping import read_template
from deploy.aws import Aws
from deploy.policies import FOLDER, POLICY_NAMES, PolicyName, read_policy
from deploy.roles import DEFAULT_ROLE
from deploy.ways import WAYS
from falcon.container_detection import image_name
from tests.deploy_plane import ACCOUNT, Account, serving

ROOT = Path(__file__).parents[1]
PREFIXES = {
    "application-autoscaling": "application-autoscaling",
    "cloudformation": "cloudformation",
    "cloudwatch": "cloudwatch",
    "iam": "iam",
    "logs": "logs",
    "pricing": "pricing",
    "resourcegroupstaggingapi": "tag",
    "s3": "s3",
    "sagemaker": "sagemaker",
    "sagemaker-runtime": "sagemaker",
    "service-quotas": "servicequotas",
    "sts": "sts",
}
"""The services that are called, and how their IAM actions begin."""
ACTIONS = {
    "s3:HeadBucket": {"s3:ListBucket"},
    "s3:HeadObject": {"s3:GetObject"},
    "s3:ListObjectsV2": {"s3:ListBucket"},
    # Whoever may call at all may ask who they are.
    "sts:GetCallerIdentity": set(),
    # What a call needs besides, because of its arguments.
    "sagemaker:CreateModel": {
        "sagemaker:CreateModel",
        "sagemaker:AddTags",
        "iam:PassRole",
    },
    "application-autoscaling:RegisterScalableTarget": {
        "application-autoscaling:RegisterScalableTarget",
        "iam:CreateServiceLinkedRole",
        "sagemaker:DescribeEndpoint",
        "sagemaker:DescribeEndpointConfig",
        "sagemaker:UpdateEndpointWeightsAndCapacities",
    },
    "application-autoscaling:PutScalingPolicy": {
        "application-autoscaling:PutScalingPolicy",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:PutMetricAlarm",
    },
    "application-autoscaling:DeleteScalingPolicy": {
        "application-autoscaling:DeleteScalingPolicy",
        "cloudwatch:DeleteAlarms",
    },
}
"""The IAM actions of a call, where they are not the one of its name."""
NAMELESS = {
    "application-autoscaling:DescribeScalableTargets",
    "application-autoscaling:DescribeScalingPolicies",
    "cloudwatch:GetMetricData",
    "cloudwatch:PutMetricData",
    "ecr:GetAuthorizationToken",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "pricing:GetProducts",
    "sagemaker:ListEndpoints",
    "sagemaker:ListInferenceComponents",
    "servicequotas:ListServiceQuotas",
    "tag:GetResources",
}
"""The actions for which IAM knows no resource to name."""
STEMS = ("Model", "EndpointConfig", "Endpoint")
"""What deploy/resources.py puts behind Describe and Delete."""


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with serving(monkeypatch) as account:
        yield account


def test_whoever_deploys_may_do_what_the_commands_do_and_nothing_else() -> None:
    files = set((ROOT / "deploy").rglob("*.py")) - {ROOT / "deploy" / "stack.py"}
    files -= set((ROOT / "deploy" / "api").iterdir())
    looks = {"cloudformation:DescribeStacks"}

    assert allowed("deployer") == used_by(files) | client_actions() | looks


def test_whoever_installs_autostop_may_change_its_stack_and_what_it_holds() -> None:
    """What CloudFormation calls for whoever changes a stack, its own schemas say."""
    calls = used_by([ROOT / "deploy" / "stack.py"])
    template = loads(read_template())
    held: dict[str, set[str]] = {"create": set(), "delete": set(), "any": set()}
    for kind in {resource["Type"] for resource in template["Resources"].values()}:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
        for verb, needs in schema["handlers"].items():
            held["any"] |= set(needs["permissions"])
            if verb in held:
                held[verb] |= set(needs["permissions"])

    assert calls <= allowed("autostop") <= calls | held["any"]
    # The rest is for what this template has none of: volumes, keys, networks, S3.
    needed = ("Create", "Delete", "Pass")
    own = {"iam", "lambda", "logs", "scheduler"}
    assert {
        action
        for action in (held["create"] | held["delete"]) - allowed("autostop")
        if action.partition(":")[0] in own
        and action.partition(":")[2].startswith(needed)
    } <= {
        "lambda:PassCapacityProvider",
        "logs:CreateLogDelivery",
        "logs:DeleteDataProtectionPolicy",
    }


def test_whoever_installs_the_api_may_change_its_stack_and_what_it_holds() -> None:
    files = {ROOT / "deploy" / "stack.py", *(ROOT / "deploy" / "api").glob("*.py")}
    # The container of an endpoint is found out by falcon/endpoints.py.
    files.add(ROOT / "falcon" / "deployed_containers.py")
    calls = used_by(files)
    template = loads(API_TEMPLATE.read_text(encoding="utf-8"))
    held: dict[str, set[str]] = {"create": set(), "delete": set(), "any": set()}
    for kind in {resource["Type"] for resource in template["Resources"].values()}:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
        for verb, needs in schema.get("handlers", {}).items():
            held["any"] |= set(needs["permissions"])
            if verb in held:
                held[verb] |= set(needs["permissions"])

    assert calls <= allowed("api") <= calls | held["any"]
    own = {"apigateway", "cloudfront", "iam", "lambda", "logs"}
    assert {
        action
        for action in (held["create"] | held["delete"]) - allowed("api")
        if re.match(f"({'|'.join(own)}):(Create|Delete|Pass|[A-Z]+$)", action)
    } <= {
        # For what this template has none of.
        "cloudfront:CreateConnectionGroup",
        "cloudfront:CreateDistributionWithTags",
        "lambda:PassCapacityProvider",
        "logs:CreateLogDelivery",
        "logs:DeleteDataProtectionPolicy",
    }


def test_the_page_may_do_what_the_chat_does_and_nothing_else() -> None:
    # The page's own files, in falcon/ui, ask nobody by themselves.
    used = used_by((ROOT / "falcon").glob("*.py")) | client_actions()

    assert allowed("page") == used


@pytest.mark.parametrize("name", ["deployer", "api", "autostop", "page", "execution"])
def test_everything_is_named_that_can_be(name: PolicyName) -> None:
    for statement in statements(name):
        for resource in as_list(statement["Resource"]):
            if resource == "*":
                assert set(as_list(statement["Action"])) <= NAMELESS
            else:
                assert resource.startswith("arn:${Partition}:")


@pytest.mark.parametrize("name", POLICY_NAMES)
def test_no_action_is_a_pattern(name: PolicyName) -> None:
    for statement in statements(name):
        for action in as_list(statement["Action"]):
            assert re.fullmatch(r"[a-z-]+[0-9]?:[A-Z]\w+", action), action


def test_only_the_execution_role_is_given_and_only_to_sagemaker() -> None:
    [statement] = [s for s in statements("deployer") if "iam:PassRole" in s["Action"]]

    assert statement["Action"] == "iam:PassRole"
    assert statement["Resource"].endswith(f":role/{DEFAULT_ROLE}")
    assert statement["Condition"] == {
        "StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}
    }


def test_the_execution_role_may_pull_every_image() -> None:
    images = {
        image_name(
            way.image.uri(region="us-east-1", instance_type="ml.g5.2xlarge")
        ).partition(":")[0]
        for way in WAYS
        if way.image
    }
    [statement] = [s for s in statements("execution") if s["Sid"] == "PullImages"]

    pulled = {resource.rpartition("/")[2] for resource in statement["Resource"]}

    assert pulled == images


def test_default_names_are_the_policys() -> None:
    names = {way.endpoint_name for way in WAYS} - {None}
    names |= {way.config_name for way in WAYS} - {None}

    for name in {str(name) for name in names} | {"falcon-chat-x"}:
        assert fnmatch.fnmatch(name, "falcon*")


@pytest.mark.usefixtures("account")
def test_a_policy_is_about_one_account_and_region() -> None:
    text = json.dumps(read_policy("deployer", aws=Aws(region="ap-northeast-2")))

    assert "${" not in text
    assert f"arn:aws:sagemaker:ap-northeast-2:{ACCOUNT}:endpoint/falcon*" in text


def test_no_policy_is_longer_than_iam_takes() -> None:
    for name in POLICY_NAMES:
        # White space is not counted.
        assert len(json.dumps(read(name), separators=(",", ":"))) <= 6144


def read(name: PolicyName) -> dict[str, Any]:
    policy: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text("utf-8"))
    return policy


def statements(name: PolicyName) -> list[dict[str, Any]]:
    return list(read(name)["Statement"])


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def allowed(name: PolicyName) -> set[str]:
    return {
        action
        for statement in statements(name)
        for action in as_list(statement["Action"])
    }


def used_by(files: Iterable[Path]) -> set[str]:
    """The IAM actions of the calls in these files, and those that they name."""
    actions: set[str] = set()
    for file in files:
        for text in texts(ast.parse(file.read_text(encoding="utf-8"))):
            if re.fullmatch(r"(s3|sagemaker):[A-Z]\w+", text):
                actions.add(text)
            for call in calls_named(text):
                actions |= ACTIONS.get(call, {call})
    return actions - bearer_actions()


def texts(tree: ast.AST) -> Iterator[str]:
    """Yield every text in a program; a name with a gap as each that it can be."""
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)):
                yield text
            case ast.JoinedStr(values=[ast.Constant(value=str(start)), _]):
                yield from (start + stem for stem in STEMS)


def calls_named(text: str) -> Iterator[str]:
    for service, prefix in PREFIXES.items():
        if text in operations(service):
            yield f"{prefix}:{text}"


def operations(service: str) -> frozenset[str]:
    if service not in _OPERATIONS:
        model = create_loader().load_service_model(service, "service-2")
        _OPERATIONS[service] = frozenset(model["operations"])
    return _OPERATIONS[service]


_OPERATIONS: dict[str, frozenset[str]] = {}


def client_actions() -> set[str]:
    """The actions of FalconClient, whose calls are methods of botocore's client."""
    tree = ast.parse((ROOT / "falcon" / "runtime.py").read_text(encoding="utf-8"))
    methods = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return {
        f"sagemaker:{operation}"
        for operation in operations("sagemaker-runtime")
        if xform_name(operation) in methods
    }


def bearer_actions() -> set[str]:
    """What other programs need, and is only told of."""
    return {"sagemaker:CallWithBearerToken"}
