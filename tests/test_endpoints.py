from __future__ import annotations

import pytest

from falcon.endpoint import Endpoint
from falcon.endpoints import read_state
from falcon.errors import ConfigurationError
from tests.fault_endpoint import serving


@pytest.mark.parametrize("name", ["a", "my-falcon-7b", "A1", "x" * 63])
def test_a_name_that_sagemaker_allows_is_allowed(name: str) -> None:
    assert Endpoint(name=name, region="us-east-1").name == name


@pytest.mark.parametrize(
    "name",
    ["", "-a", "a-", "a/b", "a b", "a\r\nb", "../x", "x" * 64, "팔콘", "a" * 62 + "-b"],
)
def test_a_name_that_sagemaker_refuses_never_leaves(name: str) -> None:
    with pytest.raises(ConfigurationError):
        Endpoint(name=name, region="us-east-1")


@pytest.mark.parametrize("region", ["", "us", "Seoul", "us-east-1.evil.example", "../"])
def test_a_region_that_is_none_is_refused(region: str) -> None:
    with pytest.raises(ConfigurationError):
        Endpoint(name="a", region=region)


@pytest.mark.parametrize("region", ["us-east-1", "ap-northeast-2", "us-gov-west-1"])
def test_real_regions_are_allowed(region: str) -> None:
    assert Endpoint(name="a", region=region).region == region


def test_nothing_listening_on_this_machine_is_starting() -> None:
    with serving() as gone:
        url = gone.url

    state = read_state(Endpoint(name="a", region="us-east-1", url=url))

    assert state.status == "starting"


def test_without_credentials_the_state_is_unknown_and_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")

    state = read_state(Endpoint(name="a", region="us-east-1"))

    assert state.status == "unknown"
    assert "credentials" in state.meaning


def test_a_profile_that_does_not_exist_is_said() -> None:
    state = read_state(Endpoint(name="a", region="us-east-1", profile="nobody's"))

    assert state.status == "unknown"
    assert "nobody's" in state.meaning
