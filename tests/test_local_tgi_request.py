from __future__ import annotations

import pytest

from falcon.local.tgi_errors import MalformedRequestError
from falcon.local.tgi_request import GenerateParameters, parse_request

NOT_JSON = "Failed to parse the request body as JSON: "
NOT_A_REQUEST = (
    "Failed to deserialize the JSON body into the target type: "
    "data did not match any variant of untagged enum SagemakerRequest"
)


def parse(body: str) -> GenerateParameters:
    return parse_request(body.encode(), content_type="application/json").parameters


def test_what_is_not_said_has_tgis_defaults() -> None:
    request = parse_request(
        b'{"inputs": "Hi", "parameters": {}}',
        content_type="application/json; charset=utf-8",
    )

    assert request.inputs == "Hi"
    assert not request.stream
    assert request.parameters == GenerateParameters()
    assert request.parameters.max_new_tokens == 100


def test_no_parameters_at_all_means_sampling() -> None:
    assert parse('{"inputs": "Hi"}').do_sample
    assert not parse('{"inputs": "Hi", "parameters": {}}').do_sample


def test_null_new_tokens_mean_as_many_as_fit() -> None:
    parameters = parse('{"inputs": "Hi", "parameters": {"max_new_tokens": null}}')

    assert parameters.max_new_tokens is None


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param("", "EOF while parsing a value at line 1 column 1", id="nothing"),
        pytest.param("{", "EOF while parsing a value at line 1 column 2", id="cut"),
        pytest.param("{]", "expected value at line 1 column 2", id="no JSON"),
        pytest.param('{"inputs": NaN}', "expected value at line 1 column 1", id="NaN"),
        pytest.param("\ufeff{}", "expected value at line 1 column 1", id="BOM"),
        pytest.param("[" * 10**5, "expected value at line 1 column 1", id="too deep"),
        pytest.param(
            '{"inputs": "\\ud800"}', "lone leading surrogate in hex escape", id="half"
        ),
    ],
)
def test_a_body_that_is_no_json_is_answered_by_axum(body: str, reason: str) -> None:
    with pytest.raises(MalformedRequestError) as caught:
        parse(body)

    assert caught.value.status == 400
    assert str(caught.value) == NOT_JSON + reason


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("[]", id="a list"),
        pytest.param("{}", id="no inputs"),
        pytest.param('{"inputs": 5}', id="inputs a number"),
        pytest.param('{"inputs": "", "stream": "yes"}', id="stream a word"),
        pytest.param('{"inputs": "", "parameters": null}', id="parameters null"),
        *(
            pytest.param(f'{{"inputs": "", "parameters": {{{wrong}}}}}', id=wrong)
            for wrong in (
                '"max_new_tokens": "100"',
                '"max_new_tokens": 1.5',
                '"max_new_tokens": -1',
                '"max_new_tokens": 4294967296',
                '"seed": -1',
                '"seed": 18446744073709551616',
                '"top_k": 2147483648',
                '"temperature": "hot"',
                '"temperature": true',
                '"do_sample": null',
                '"do_sample": 1',
                '"stop": "User:"',
                '"stop": [1]',
                '"stop": null',
            )
        ),
    ],
)
def test_a_body_of_another_shape_is_answered_by_axum(body: str) -> None:
    with pytest.raises(MalformedRequestError) as caught:
        parse(body)

    assert caught.value.status == 422
    assert str(caught.value) == NOT_A_REQUEST


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/octet-stream"])
def test_only_json_is_taken(content_type: str) -> None:
    with pytest.raises(MalformedRequestError) as caught:
        parse_request(b'{"inputs": "Hi"}', content_type=content_type)

    assert caught.value.status == 415
    expected = "Expected request with `Content-Type: application/json`"
    assert str(caught.value) == expected
