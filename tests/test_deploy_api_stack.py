"""The Chat API's template: what it promises, read from the text that AWS is sent."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from cfnlint.api import lint
from cfnlint.decode.cfn_yaml import loads
from jsonschema import Draft4Validator  # type: ignore[import-untyped]

from deploy.api.installation import NO_ORIGIN, Asked
from deploy.api.lambda_function import GATEWAY_SECONDS, LAMBDA_SECONDS
from deploy.api.template import TEMPLATE, read_template
from falcon.api import PATHS

TEXT = TEMPLATE.read_text(encoding="utf-8")
SENT = read_template(first_origin=NO_ORIGIN)
ASKED = Asked(
    endpoint_name="falcon",
    endpoint_arn="arn:aws:sagemaker:us-east-1:111122223333:endpoint/falcon",
    container="tgi",
    model="falcon-7b-instruct",
)


def test_cfn_lint_finds_nothing_in_what_is_sent() -> None:
    assert [str(match) for match in lint(SENT)] == []


def test_the_function_may_ask_one_endpoint_and_write_its_log_and_nothing_else() -> None:
    [role] = of_type("IAM::Role")
    [policy] = role["Policies"]

    allowed = [
        (statement["Action"], statement["Resource"])
        for statement in policy["PolicyDocument"]["Statement"]
    ]

    assert allowed == [
        (
            ["sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointWithResponseStream"],
            {"Ref": "EndpointArn"},
        ),
        (
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            {"Fn::GetAtt": ["Log", "Arn"]},
        ),
    ]
    assert "ManagedPolicyArns" not in role


def test_no_statement_allows_everything() -> None:
    for statement in statements():
        assert statement["Effect"] == "Allow"
        assert "*" not in json.dumps(statement["Action"])
        assert statement.get("Principal") != "*"
        resource = statement.get("Resource", {})
        # A folder may be open; that of the page is.
        assert resource in (
            {"Ref": "EndpointArn"},
            {"Fn::GetAtt": ["Log", "Arn"]},
            {"Fn::Sub": "${Bucket.Arn}/page/*"},
            {},
        )


@pytest.mark.parametrize(
    "arn",
    [
        "*",
        "arn:aws:sagemaker:us-east-1:111122223333:endpoint/*",
        "arn:aws:sagemaker:*:111122223333:endpoint/falcon",
    ],
)
def test_the_endpoint_must_be_one(arn: str) -> None:
    pattern = template()["Parameters"]["EndpointArn"]["AllowedPattern"]

    assert re.fullmatch(pattern, ASKED.endpoint_arn)
    assert not re.fullmatch(pattern, arn)


def test_the_time_limits_are_the_functions() -> None:
    [function] = of_type("Lambda::Function")
    [distribution] = of_type("CloudFront::Distribution")
    origins = distribution["DistributionConfig"]["Origins"]
    [api] = [origin for origin in origins if origin["Id"] == "api"]

    assert function["Timeout"] == LAMBDA_SECONDS
    assert {m["Integration"]["TimeoutInMillis"] for m in methods()} == {
        GATEWAY_SECONDS * 1000
    }
    assert api["CustomOriginConfig"]["OriginReadTimeout"] > GATEWAY_SECONDS


def test_every_route_of_the_api_is_there_with_its_preflight() -> None:
    served: dict[str, set[str]] = {}
    for method in methods():
        path = path_of(method["ResourceId"]["Ref"])
        served.setdefault(path, set()).add(method["HttpMethod"])

    assert served.pop("/v1/models/{model}") == {"GET", "OPTIONS"}
    assert served == {
        path: {"GET" if path == "/v1/models" else "POST", "OPTIONS"} for path in PATHS
    }


def test_everything_but_a_preflight_needs_the_key() -> None:
    for method in methods():
        is_preflight = method["HttpMethod"] == "OPTIONS"
        assert method["ApiKeyRequired"] is not is_preflight


def test_the_page_reaches_the_routes_and_the_bucket_only_through_cloudfront() -> None:
    [distribution] = of_type("CloudFront::Distribution")
    config = distribution["DistributionConfig"]
    [bucket] = of_type("S3::Bucket")

    paths = [each["PathPattern"] for each in config["CacheBehaviors"]]

    assert paths == ["/chat", "/api/*", "/v1/*"]
    assert {each["TargetOriginId"] for each in config["CacheBehaviors"]} == {"api"}
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    assert config["Origins"][0]["OriginAccessControlId"] == {"Ref": "PageAccess"}


def test_nothing_of_a_request_is_logged() -> None:
    [stage] = of_type("ApiGateway::Stage")
    [settings] = stage["MethodSettings"]

    assert settings["LoggingLevel"] == "OFF"
    assert settings["DataTraceEnabled"] is False
    assert "AccessLogSetting" not in stage


def test_the_log_ends_and_goes_with_the_stack() -> None:
    [log] = of_type("Logs::LogGroup")
    [function] = of_type("Lambda::Function")

    assert log["RetentionInDays"] == 30
    assert function["LoggingConfig"]["LogGroup"] == {"Ref": "Log"}
    assert "CreateLogGroup" not in TEXT


def test_nothing_stays_when_the_stack_goes() -> None:
    for resource in template()["Resources"].values():
        assert resource.get("DeletionPolicy", "Delete") == "Delete"


def test_every_refusal_of_the_gateway_is_json_that_a_page_may_read() -> None:
    responses = of_type("ApiGateway::GatewayResponse")

    kinds = {response["ResponseType"] for response in responses}

    assert {"DEFAULT_4XX", "DEFAULT_5XX", "INVALID_API_KEY", "THROTTLED"} <= kinds
    for response in responses:
        headers = response["ResponseParameters"]
        assert "gatewayresponse.header.Access-Control-Allow-Origin" in headers
        text = response["ResponseTemplates"]["application/json"]
        # This one comes with its quotation marks.
        told = json.loads(text.replace("$context.error.messageString", '"…"'))
        assert {"message", "type", "param", "code", "request_id"} == set(told["error"])


@pytest.mark.parametrize(
    "body",
    [
        {"text": "Hello."},
        {"message": "Hello."},
        {"message": {"Field0": "Hello."}},
        {
            "text": "Hello.",
            "messages": [{"role": "user", "content": "Hi."}],
            "parameters": {"top_k": 1},
        },
    ],
)
def test_the_gateway_passes_each_form(body: object) -> None:
    assert Draft4Validator(schema("ChatBody")).is_valid(body)


@pytest.mark.parametrize(
    "body",
    [[], {}, {"text": ""}, {"text": 7}, {"message": {}}, {"text": "a", "message": "b"}],
)
def test_the_gateway_refuses_what_is_no_form(body: object) -> None:
    assert not Draft4Validator(schema("ChatBody")).is_valid(body)


def test_each_body_is_checked() -> None:
    for method in methods():
        if method["HttpMethod"] == "POST":
            assert method["RequestValidatorId"] == {"Ref": "Validator"}
            assert "application/json" in method["RequestModels"]


def test_a_deployment_waits_for_everything_in_its_snapshot() -> None:
    resources = template()["Resources"]
    kinds = ("AWS::ApiGateway::Method", "AWS::ApiGateway::GatewayResponse")

    [waits] = [
        set(each["DependsOn"])
        for each in resources.values()
        if each["Type"] == "AWS::ApiGateway::Deployment"
    ]

    assert waits == {name for name, each in resources.items() if each["Type"] in kinds}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("ApiKeyRequired: true", "ApiKeyRequired: false"),
        ("minLength: 1", "minLength: 2"),
        ("PathPart: chat", "PathPart: talk"),
        ("Too many requests", "Too many"),
    ],
)
def test_a_change_of_the_api_is_deployed(old: str, new: str) -> None:
    changed = read_template(first_origin=NO_ORIGIN, text=TEXT.replace(old, new))

    assert deployment(changed) != deployment(SENT)


def test_another_origin_is_deployed() -> None:
    changed = read_template(first_origin="https://localhost:3000")

    assert deployment(changed) != deployment(SENT)


def test_a_change_of_anything_else_needs_no_deployment() -> None:
    changed = TEXT.replace("MemorySize: 1024", "MemorySize: 2048")
    assert changed != TEXT

    again = read_template(first_origin=NO_ORIGIN, text=changed)

    assert deployment(again) == deployment(SENT)


def test_the_stage_shows_the_deployment() -> None:
    [stage] = of_type("ApiGateway::Stage")

    assert stage["DeploymentId"] == {"Ref": deployment(SENT)}


def test_every_parameter_is_filled_in() -> None:
    assert set(ASKED.parameters("key")) == set(template()["Parameters"])


# Any: a template is YAML.
def template() -> dict[str, Any]:
    found: dict[str, Any] = loads(SENT)
    return found


def of_type(kind: str) -> list[dict[str, Any]]:
    return [
        resource["Properties"]
        for resource in template()["Resources"].values()
        if resource["Type"] == f"AWS::{kind}"
    ]


def methods() -> list[dict[str, Any]]:
    return of_type("ApiGateway::Method")


def path_of(resource: str) -> str:
    properties = template()["Resources"][resource]["Properties"]
    parent = properties["ParentId"].get("Ref")
    return f"{path_of(parent) if parent else ''}/{properties['PathPart']}"


def statements() -> list[dict[str, Any]]:
    [role] = of_type("IAM::Role")
    [bucket] = of_type("S3::BucketPolicy")
    documents = [policy["PolicyDocument"] for policy in role["Policies"]]
    documents += [role["AssumeRolePolicyDocument"], bucket["PolicyDocument"]]
    return [each for document in documents for each in document["Statement"]]


def schema(name: str) -> dict[str, Any]:
    found: dict[str, Any] = template()["Resources"][name]["Properties"]["Schema"]
    return found


def deployment(text: str) -> str:
    [name] = set(re.findall(r"^  (Deployment\w*):$", text, re.MULTILINE))
    return str(name)
