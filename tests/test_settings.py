from __future__ import annotations

import pytest

from falcon.endpoint import Endpoint
from falcon.errors import ConfigurationError
from falcon.limits import Limits
from falcon.models import DEFAULT_MODEL
from falcon.parameters import GenerationParameters
from falcon.settings import Settings


def test_nothing_set_means_the_endpoint_on_this_machine() -> None:
    settings = Settings.from_mapping({"PATH": "/bin", "FALCON_ENDPOINT": ""})

    assert settings == Settings()
    assert settings.endpoint is None
    assert settings.model is DEFAULT_MODEL


def test_every_setting_is_read() -> None:
    settings = Settings.from_mapping(
        {
            "FALCON_ENDPOINT": "my-falcon",
            "FALCON_REGION": "ap-northeast-2",
            "FALCON_PROFILE": "work",
            "FALCON_CONTAINER": "lmi",
            "FALCON_MODEL": "falcon3-7b-instruct",
            "FALCON_LOCAL_MODEL": "model.gguf",
            "FALCON_HISTORY": "sqlite:////srv/falcon.sqlite3",
            "FALCON_SYSTEM_PROMPT": "Be brief.",
            "FALCON_MAX_NEW_TOKENS": "400",
            "FALCON_TEMPERATURE": "0.7",
            "FALCON_SEED": "1",
            "FALCON_DO_SAMPLE": "TRUE",
            "FALCON_STOP": "###|END",
            "FALCON_MOST_OPEN_PER_PERSON": "4",
            "FALCON_MOST_OPEN": "80",
            "FALCON_MOST_QUESTIONS_PER_MINUTE": "0",
        }
    )

    assert settings.endpoint == Endpoint(
        name="my-falcon", region="ap-northeast-2", profile="work"
    )
    assert settings.container == "lmi"
    assert settings.model.id == "falcon3-7b-instruct"
    assert settings.local_model == "model.gguf"
    assert settings.history == "sqlite:////srv/falcon.sqlite3"
    assert settings.system_prompt == "Be brief."
    assert settings.parameters == GenerationParameters(
        max_new_tokens=400,
        temperature=0.7,
        seed=1,
        do_sample=True,
        stop=("###", "END"),
    )
    assert settings.limits == Limits(
        open_per_owner=4, open_in_all=80, questions_per_minute=0
    )


def test_the_region_of_the_aws_environment_serves_where_none_is_set() -> None:
    settings = Settings.from_mapping(
        {"FALCON_ENDPOINT": "my-falcon", "AWS_REGION": "eu-west-1"}
    )

    assert settings.endpoint is not None
    assert settings.endpoint.region == "eu-west-1"


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"FALCON_ENDPOINT": "my-falcon"}, "FALCON_REGION"),
        ({"FALCON_ENDPOINT": "my falcon", "AWS_REGION": "eu-west-1"}, "my falcon"),
        ({"FALCON_ENDPOINT": "x", "FALCON_REGION": "Seoul"}, "Seoul"),
        ({"FALCON_CONTAINER": "ollama"}, "FALCON_CONTAINER"),
        ({"FALCON_MODEL": "gpt"}, "FALCON_MODEL"),
        ({"FALCON_TEMPERATURE": "hot"}, "FALCON_TEMPERATURE"),
        ({"FALCON_TOP_K": "1.5"}, "FALCON_TOP_K"),
        ({"FALCON_TOP_P": "7"}, "top_p"),
        ({"FALCON_DO_SAMPLE": "maybe"}, "FALCON_DO_SAMPLE"),
        ({"FALCON_STOP": "a|b|c|d|e"}, "stop"),
        ({"FALCON_MOST_OPEN": "-1"}, "FALCON_MOST_OPEN"),
        ({"FALCON_MOST_OPEN_PER_PERSON": "six"}, "FALCON_MOST_OPEN_PER_PERSON"),
        ({"FALCON_MOST_QUESTIONS_PER_MINUTE": "1.5"}, "QUESTIONS_PER_MINUTE"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(
    values: dict[str, str], named: str
) -> None:
    with pytest.raises(ConfigurationError, match=named) as caught:
        Settings.from_mapping(values)

    assert "\n" not in str(caught.value)
