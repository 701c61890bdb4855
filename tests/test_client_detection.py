"""The client finds the wire format by itself, once, or says that it cannot."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from falcon import Endpoint, FalconClient
from falcon.errors import ConfigurationError
from tests import control_plane
from tests.control_plane import ControlPlane
from tests.fault_endpoint import FaultEndpoint, serving

TGI = "huggingface-pytorch-tgi-inference:2.4.0-tgi2.4.0-gpu"


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[ControlPlane]:
    with control_plane.serving(monkeypatch) as plane:
        plane.add("Endpoint", "healthy", EndpointConfigName="config")
        variants = [{"VariantName": "AllTraffic", "ModelName": "model"}]
        plane.add("EndpointConfig", "config", ProductionVariants=variants)
        yield plane


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultEndpoint]:
    with serving() as server:
        monkeypatch.setenv("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", server.url)
        yield server


def test_the_format_is_asked_for_once(
    aws: ControlPlane, runtime: FaultEndpoint
) -> None:
    aws.add("Model", "model", PrimaryContainer={"Image": TGI})
    client = FalconClient(Endpoint(name="healthy", region="us-east-1"))

    texts = []
    for _ in range(2):
        stream = client.stream("Hello")
        list(stream)
        texts.append(stream.text)

    assert texts == ["Falcon", "Falcon"]
    assert client.container == "tgi"
    assert [operation for operation, _ in aws.calls].count("DescribeModel") == 1
    assert len(runtime.bodies) == 2


def test_a_format_that_cannot_be_told_is_named_before_anything_is_sent(
    aws: ControlPlane, runtime: FaultEndpoint
) -> None:
    aws.add("Model", "model", PrimaryContainer={"Image": "mine:1"})
    client = FalconClient(Endpoint(name="healthy", region="us-east-1"))

    with pytest.raises(ConfigurationError, match=r"mine:1.*FALCON_CONTAINER"):
        client.generate("Hello")

    assert runtime.bodies == []
