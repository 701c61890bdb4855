"""The page on a machine of one's own: the template, the unit and what installs them.

The template is created on moto, which has instances; nothing here starts one.
"""

from __future__ import annotations

import ast
import base64
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from cfnlint.api import lint
from cfnlint.config import ManualArgs
from cfnlint.decode.cfn_yaml import loads
from moto.server import ThreadedMotoServer

from tests.browser_fixtures import ROOT

TEMPLATE = (ROOT / "deploy/templates/ec2.yaml").read_text(encoding="utf-8")
FILES = ROOT / "deploy" / "ec2"
UNIT = (FILES / "falcon-chat.service").read_text(encoding="utf-8")
MOST_EXPOSED = 20
"""Tenths, of the 100 that systemd gives a unit that may do everything."""
IMAGE = "/images/ubuntu"
UBUNTU = loads(TEMPLATE)["Parameters"]["ImageId"]["Default"]
ENDPOINT = "falcon-chat-7b"

# moto does not do two of the parts: the address's association and the waiting.
pytestmark = pytest.mark.filterwarnings("ignore:Tried to parse")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


class Stack:
    """The stack in an account of its own, as moto makes it."""

    def __init__(self, url: str, name: str, **parameters: str) -> None:
        self._session = boto3.Session("local", "local", region_name="us-east-1")
        self._url = url
        ec2 = self.client("ec2")
        vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        image = ec2.describe_images()["Images"][0]["ImageId"]
        self.client("ssm").put_parameter(
            Name=IMAGE, Value=image, Type="String", Overwrite=True
        )
        given = {
            "EndpointName": ENDPOINT,
            "ProgramBucket": "programs",
            "VpcId": vpc,
            "SubnetId": subnet,
            **parameters,
        }
        cloud = self.client("cloudformation")
        cloud.create_stack(
            StackName=name,
            # moto has no images of Ubuntu's.
            TemplateBody=TEMPLATE.replace(UBUNTU, IMAGE),
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in given.items()
            ],
            Capabilities=["CAPABILITY_IAM"],
        )
        [made] = cloud.describe_stacks(StackName=name)["Stacks"]
        self.outputs = {one["OutputKey"]: one["OutputValue"] for one in made["Outputs"]}
        self.parts = {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for one in cloud.list_stack_resources(StackName=name)[
                "StackResourceSummaries"
            ]
        }

    # Any: a client of boto3, of whichever API.
    def client(self, api: str) -> Any:
        return self._session.client(api, endpoint_url=self._url)  # type: ignore[call-overload]

    def open_ports(self) -> dict[int, list[str]]:
        [group] = self.client("ec2").describe_security_groups(
            GroupIds=[self.parts["SecurityGroup"]]
        )["SecurityGroups"]
        return {
            rule["FromPort"]: [one["CidrIp"] for one in rule["IpRanges"]]
            for rule in group["IpPermissions"]
        }

    def user_data(self) -> str:
        said = self.client("ec2").describe_instance_attribute(
            InstanceId=self.parts["Machine"], Attribute="userData"
        )
        return base64.b64decode(said["UserData"]["Value"]).decode()


@pytest.fixture(scope="module")
def inside(url: str) -> Stack:
    return Stack(url, "inside")


@pytest.fixture(scope="module")
def public(url: str) -> Stack:
    return Stack(url, "public", DomainName="chat.example.com", OpenTo="203.0.113.0/24")


def test_cfn_lint_has_nothing_to_say() -> None:
    found = lint(TEMPLATE, config=ManualArgs(regions=["us-east-1"]))

    assert [str(match) for match in found] == []


def test_without_a_domain_nothing_comes_in(inside: Stack) -> None:
    assert inside.open_ports() == {}
    assert "Page" not in inside.outputs


def test_with_a_domain_only_https_comes_in_and_what_certificates_need(
    public: Stack,
) -> None:
    assert public.open_ports() == {443: ["203.0.113.0/24"], 80: ["0.0.0.0/0"]}
    assert public.outputs["Page"] == "https://chat.example.com/"


def test_the_port_forward_names_the_machine(inside: Stack) -> None:
    command = inside.outputs["PortForward"]

    assert f"--target {inside.parts['Machine']} " in command
    assert "portNumber=8501,localPortNumber=8501" in command


def test_metadata_needs_a_session_and_the_disk_is_encrypted(inside: Stack) -> None:
    [version] = inside.client("ec2").describe_launch_template_versions(
        LaunchTemplateId=inside.parts["LaunchTemplate"]
    )["LaunchTemplateVersions"]
    made = version["LaunchTemplateData"]

    assert made["MetadataOptions"]["HttpTokens"] == "required"
    assert made["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True


@pytest.mark.parametrize(
    ("stack", "option"), [("inside", ""), ("public", "--domain 'chat.example.com'")]
)
def test_the_first_start_is_bash_that_names_everything(
    request: pytest.FixtureRequest, stack: str, option: str
) -> None:
    script = request.getfixturevalue(stack).user_data()

    assert "'programs' 'falcon-chat.tar.gz'" in script
    assert f"--endpoint '{ENDPOINT}' --region 'us-east-1' {option}\n" in script
    checked = subprocess.run(["bash", "-n"], input=script, text=True, check=False)
    assert checked.returncode == 0


# Any: a policy is JSON.
def policy(stack: Stack) -> list[dict[str, Any]]:
    role = stack.parts["Role"]
    said = stack.client("iam").get_role_policy(RoleName=role, PolicyName="falcon-chat")
    # What moto makes of a policy within a role is Python, not JSON.
    document = ast.literal_eval(said["PolicyDocument"])
    statements: list[dict[str, Any]] = document["Statement"]
    return statements


def test_the_machine_may_ask_one_endpoint_and_fetch_one_file(inside: Stack) -> None:
    sagemaker = "arn:aws:sagemaker:us-east-1:123456789012:"
    allowed = {
        (action, resource)
        for statement in policy(inside)
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }
    endpoint = f"{sagemaker}endpoint/{ENDPOINT}"
    described = {
        endpoint,
        f"{sagemaker}endpoint-config/{ENDPOINT}",
        f"{sagemaker}model/{ENDPOINT}",
    }

    assert allowed == {
        ("sagemaker:InvokeEndpoint", endpoint),
        ("sagemaker:InvokeEndpointWithResponseStream", endpoint),
        ("s3:GetObject", "arn:aws:s3:::programs/falcon-chat.tar.gz"),
        *(
            (f"sagemaker:{action}", resource)
            for action in (
                "DescribeEndpoint",
                "DescribeEndpointConfig",
                "DescribeModel",
            )
            for resource in described
        ),
    }


def test_a_configuration_and_a_model_of_other_names_are_the_only_ones(url: str) -> None:
    stack = Stack(url, "named", EndpointConfigName="one-config", ModelName="one-model")
    resources = {
        r for statement in policy(stack) for r in listed(statement["Resource"])
    }

    named = {resource.rpartition(":")[2] for resource in resources}
    assert {"endpoint-config/one-config", "model/one-model"} <= named
    assert f"model/{ENDPOINT}" not in named


def test_beside_it_the_role_has_session_manager_alone() -> None:
    [policy] = loads(TEMPLATE)["Resources"]["Role"]["Properties"]["ManagedPolicyArns"]

    assert policy["Fn::Sub"].endswith(":iam::aws:policy/AmazonSSMManagedInstanceCore")


def test_no_policy_has_a_star() -> None:
    role = loads(TEMPLATE)["Resources"]["Role"]["Properties"]
    text = str(role["Policies"])

    assert "*" not in text
    assert "PassRole" not in text


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_a_domain_needs_somebody_it_is_open_to() -> None:
    template = loads(TEMPLATE)
    nobody = template["Parameters"]["OpenTo"]["Default"]
    [rule] = template["Rules"].values()

    assert nobody == "127.0.0.1/32"
    assert nobody in str(rule["Assertions"])


# The unit, and what installs it.


def need(command: str) -> str:
    found = shutil.which(command)
    if found is None:
        pytest.skip(f"no {command} on this machine: the unit was not looked at")
    return found


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    analyze = need("systemd-analyze")
    unit = tmp_path / "falcon-chat.service"
    unit.write_text(
        # The program is not installed here.
        UNIT.replace("/opt/falcon-chat/.venv/bin/python", "/bin/true"),
        encoding="utf-8",
    )
    said = subprocess.run(
        [analyze, "verify", "--recursive-errors=no", unit],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_systemd_calls_the_unit_safe() -> None:
    analyze = need("systemd-analyze")
    said = subprocess.run(
        [
            *(analyze, "security", "--offline=true", "--no-pager"),
            f"--threshold={MOST_EXPOSED}",
            FILES / "falcon-chat.service",
        ],
        capture_output=True,
        text=True,
        check=False,
    )

    assert said.returncode == 0, said.stdout[-300:]


def test_the_unit_keeps_conversations_in_its_own_folder() -> None:
    assert "StateDirectory=falcon-chat\n" in UNIT
    assert "FALCON_HISTORY=sqlite:////var/lib/falcon-chat/" in UNIT


def test_the_page_listens_on_this_machine_alone_with_every_guard_on() -> None:
    settings = (ROOT / ".streamlit/config.toml").read_text(encoding="utf-8")

    assert "--server.port 8501" in UNIT
    assert "server.address" not in UNIT
    for line in (
        'address = "127.0.0.1"',
        "enableCORS = true",
        "enableXsrfProtection = true",
        "maxUploadSize = 20",
        "maxMessageSize = 5",
    ):
        assert line in settings.splitlines()


def test_the_installation_refuses_what_it_does_not_understand() -> None:
    for arguments in (["--endpoint"], ["--password", "x"]):
        said = run_install(*arguments)
        assert said.returncode == 1
        assert said.stderr.startswith("install.sh: ")


def test_all_that_the_installation_copies_is_there() -> None:
    script = (FILES / "install.sh").read_text(encoding="utf-8")
    named = set(re.findall(r"deploy/ec2/[\w.-]+", script)) | {"falcon/install.py"}

    assert [name for name in named if not (ROOT / name).is_file()] == []


def run_install(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", FILES / "install.sh", *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"]},
    )
