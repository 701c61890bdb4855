"""A second judge of what is sent to AWS: moto's account, where all goes well.

In moto an endpoint is in service at once, may be made twice, and no ml.g5 exists.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer

from deploy.aws import Aws
from deploy.names import deployment_id
from tests.deploy_example import NAME, Machine

ACCOUNT = "123456789012"
INSTANCE_TYPE = "ml.g4dn.12xlarge"


@pytest.fixture
def moto(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """moto's account on loopback; botocore asks it, and nobody else."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    for name, value in {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    yield url
    server.stop()


def test_moto_takes_up_status_and_down(moto: str, tmp_path: Path) -> None:
    assert moto
    aws = Aws(region="us-east-1")
    machine = Machine(tmp_path, aws=aws)
    account = aws.account()
    id_ = deployment_id(account=account, region="us-east-1", endpoint_name=NAME)
    role = f"arn:aws:iam::{account}:role/falcon-chat"

    machine.up(id=id_, account=account, role_arn=role, instance_type=INSTANCE_TYPE)
    machine.up(id=id_, account=account, role_arn=role, instance_type=INSTANCE_TYPE)

    [state] = machine.states()
    assert state.status == "InService"
    assert [part.kind for part in state.parts] == [
        "model",
        "endpoint-config",
        "endpoint",
    ]
    assert state.owner

    machine.remove(state)

    assert machine.states() == ()
    assert aws.ask("sagemaker", "ListEndpoints")["Endpoints"] == []
    assert aws.ask("sagemaker", "ListEndpointConfigs")["EndpointConfigs"] == []
    assert aws.ask("sagemaker", "ListModels")["Models"] == []
