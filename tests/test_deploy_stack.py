from __future__ import annotations

import os
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from moto.server import ThreadedMotoServer

from deploy.autostopping import read_template
from deploy.aws import Aws
from deploy.stack import Stack
from falcon.errors import DeploymentError
from tests.deploy_example import PACE, Told, same_aws
from tests.deploy_plane import REGION, Account, Fault
from tests.serving import running

TEMPLATE = """
Resources:
  Role: {Type: "AWS::IAM::Role"}
  Function: {Type: "AWS::Lambda::Function"}
"""
LARGER = TEMPLATE + '  Log: {Type: "AWS::Logs::LogGroup"}\n'


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def stack(account: Account, told: Told) -> Stack:
    assert account.url
    return Stack(aws=same_aws(), name="falcon-chat-x", progress=told, pace=PACE)


def apply(stack: Stack, template: str = TEMPLATE) -> None:
    change_set = stack.prepare(template)
    assert change_set is not None
    stack.execute(change_set)


def test_what_would_change_is_known_before_anything_does(
    account: Account, stack: Stack
) -> None:
    change_set = stack.prepare(TEMPLATE)

    assert change_set is not None
    assert change_set.changes == (
        "Add AWS::IAM::Role Role",
        "Add AWS::Lambda::Function Function",
    )
    assert account.stacks.resources() == []
    assert stack.describe() is None


def test_it_is_made_and_each_event_shown(
    account: Account, stack: Stack, told: Told
) -> None:
    apply(stack)

    assert account.stacks.resources() == ["Role", "Function"]
    assert told.said == [
        "  falcon-chat-x CREATE_IN_PROGRESS: User Initiated",
        "  Role CREATE_COMPLETE",
        "  Function CREATE_COMPLETE",
        "  falcon-chat-x CREATE_COMPLETE",
    ]
    assert stack.is_complete()


def test_again_there_is_nothing_to_change(account: Account, stack: Stack) -> None:
    apply(stack)

    assert stack.prepare(TEMPLATE) is None

    assert account.stacks.change_sets == {}


def test_another_template_updates_it(
    account: Account, stack: Stack, told: Told
) -> None:
    apply(stack)
    told.said.clear()

    apply(stack, LARGER)

    assert account.stacks.resources() == ["Role", "Function", "Log"]
    assert told.said[-1] == "  falcon-chat-x UPDATE_COMPLETE"


def test_it_is_deleted_with_its_events(
    account: Account, stack: Stack, told: Told
) -> None:
    apply(stack)

    stack.delete()

    assert account.stacks.named(stack.name) is None
    assert told.said[-1] == "  falcon-chat-x DELETE_COMPLETE"


def test_deleting_nothing_is_well(account: Account, stack: Stack) -> None:
    stack.delete()

    assert "DeleteStack" not in account.operations()


def test_a_change_that_was_given_up_is_taken_up_or_removed(
    account: Account, stack: Stack
) -> None:
    stack.prepare(TEMPLATE)

    apply(stack)
    stack.delete()
    stack.prepare(TEMPLATE)
    stack.delete()

    assert account.stacks.named(stack.name) is None


def test_what_fails_is_told_and_leaves_nothing(account: Account, stack: Stack) -> None:
    account.stacks.failing = {"Function": "Runtime is not supported."}

    with pytest.raises(DeploymentError, match=r"Function: Runtime is not.*aws cloudf"):
        apply(stack)

    assert account.stacks.named(stack.name) is None


def test_an_update_that_fails_leaves_what_was(account: Account, stack: Stack) -> None:
    apply(stack)
    account.stacks.failing = {"Log": "Limit exceeded."}

    with pytest.raises(DeploymentError, match=r"ROLLBACK_COMPLETE\. Log: Limit"):
        apply(stack, LARGER)

    assert stack.is_complete()


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "DELETE_FAILED"])
def test_the_remains_of_a_failure_make_room(
    account: Account, stack: Stack, status: str
) -> None:
    apply(stack)
    account.stacks.find(stack.name).status = status

    apply(stack)

    assert account.stacks.find(stack.name).status == "CREATE_COMPLETE"


def test_a_stack_of_somebody_elses_stays(account: Account, stack: Stack) -> None:
    apply(stack)
    account.stacks.find(stack.name).tags.clear()

    with pytest.raises(DeploymentError, match="stays as it is"):
        stack.delete()
    with pytest.raises(DeploymentError, match="stays as it is"):
        stack.prepare(LARGER)

    assert account.stacks.resources() == ["Role", "Function"]


def test_aws_failing_for_a_moment_is_overlooked(account: Account, stack: Stack) -> None:
    change_set = stack.prepare(TEMPLATE)
    assert change_set is not None
    number = len(account.calls)
    account.fault_at = {number + 3: Fault("failed")}

    stack.execute(change_set)

    assert stack.is_complete()


class _Proxy(BaseHTTPRequestHandler):
    """What stands in front of the network and has a page of its own to show."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_error(502)

    def log_message(self, *_: object) -> None:
        """Say nothing: the tests' output is for the tests."""


@pytest.mark.usefixtures("account")
def test_a_proxys_page_is_not_aws(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(ThreadingHTTPServer(("127.0.0.1", 0), _Proxy)) as proxy:
        url = f"http://127.0.0.1:{proxy.server_port}"
        monkeypatch.setenv("AWS_ENDPOINT_URL_CLOUDFORMATION", url)
        stack = Stack(aws=Aws(region=REGION), name="x", progress=told, pace=PACE)

        with pytest.raises(DeploymentError, match="is not AWS"):
            stack.describe()


@pytest.fixture
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """moto's account on loopback; botocore asks it, and nobody else."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    yield
    server.stop()


@pytest.mark.filterwarnings("ignore:Tried to parse AWS..Scheduler..Schedule")
@pytest.mark.usefixtures("moto")
def test_moto_takes_autostops_stack(told: Told) -> None:
    """It makes roles, function and log; a schedule it passes over."""
    aws = Aws(region="us-east-1")
    stack = Stack(aws=aws, name="falcon-chat-autostop", progress=told, pace=PACE)

    apply(stack, read_template())

    [function] = boto3.client("lambda").list_functions()["Functions"]
    assert function["FunctionName"].startswith("falcon-chat-autostop-")
    assert function["Handler"] == "index.handler"
    roles = boto3.client("iam").list_roles()["Roles"]
    assert len([r for r in roles if r["RoleName"].startswith("falcon-chat-a")]) == 2

    stack.delete()

    assert boto3.client("lambda").list_functions()["Functions"] == []
    assert stack.describe() is None
