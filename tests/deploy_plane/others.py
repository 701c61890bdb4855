"""What the services around SageMaker answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tests.deploy_plane.wire import AwsError

if TYPE_CHECKING:
    from tests.deploy_plane.account import Account
    from tests.deploy_plane.sagemaker import Answer


def get_caller_identity(account: Account, _: dict[str, Any]) -> dict[str, Any]:
    return {
        "Account": account.number,
        "Arn": f"arn:aws:iam::{account.number}:{account.caller}",
        "UserId": "AIDALOCAL",
    }


def get_resources(account: Account, arguments: dict[str, Any]) -> dict[str, Any]:
    [condition] = arguments["TagFilters"]

    def matches(tags: list[dict[str, str]]) -> bool:
        return any(
            tag["Key"] == condition["Key"]
            and tag["Value"] in condition.get("Values", [tag["Value"]])
            for tag in tags
        )

    return {
        "PaginationToken": "",
        "ResourceTagMappingList": [
            {"ResourceARN": resource.arn, "Tags": resource.tags}
            for resource in account.resources.values()
            if matches(resource.tags)
        ],
    }


def filter_log_events(account: Account, arguments: dict[str, Any]) -> dict[str, Any]:
    endpoint = arguments["logGroupName"].rpartition("/")[2]
    if endpoint not in account.log_lines:
        raise AwsError(
            "ResourceNotFoundException", "The specified log group does not exist."
        )
    return {
        "events": [
            {
                "eventId": str(number),
                "timestamp": int(account.now.timestamp() * 1000),
                "message": line,
                "logStreamName": "AllTraffic/i-0123456789abcdef0",
            }
            for number, line in enumerate(account.log_lines[endpoint])
        ]
    }


def get_metric_data(account: Account, arguments: dict[str, Any]) -> dict[str, Any]:
    def counted(query: dict[str, Any]) -> dict[str, Any]:
        dimensions = query["MetricStat"]["Metric"]["Dimensions"]
        names = {part["Name"]: part["Value"] for part in dimensions}
        counts = account.invocations.get(names.get("EndpointName", ""), [])
        begin = _moment(arguments["StartTime"])
        end = _moment(arguments["EndTime"])
        found = [(moment, count) for moment, count in counts if begin <= moment <= end]
        return {
            "Id": query["Id"],
            "StatusCode": "Complete",
            "Timestamps": [moment for moment, _ in found],
            "Values": [count for _, count in found],
        }

    return {
        "MetricDataResults": [
            counted(query) for query in arguments["MetricDataQueries"]
        ]
    }


def _moment(sent: datetime | float) -> datetime:
    """Return a moment, which CBOR sends as seconds since 1970."""
    return sent if isinstance(sent, datetime) else datetime.fromtimestamp(sent, UTC)


def put_object(account: Account, arguments: dict[str, Any]) -> dict[str, Any]:
    account.objects[arguments["Bucket"], arguments["Key"]] = arguments["Body"]
    return {}


def head_object(account: Account, arguments: dict[str, Any]) -> dict[str, Any]:
    if (arguments["Bucket"], arguments["Key"]) not in account.objects:
        raise AwsError("404", "Not Found", status=404)
    return {}


def delete_object(account: Account, arguments: dict[str, Any]) -> dict[str, Any]:
    account.objects.pop((arguments["Bucket"], arguments["Key"]), None)
    return {}


def register(account: Account, arguments: dict[str, Any]) -> dict[str, Any]:
    account.scaling[arguments["ResourceId"]] = {"target": arguments, "policies": {}}
    return {}


def describe_targets(account: Account, _: dict[str, Any]) -> dict[str, Any]:
    targets = [held["target"] for held in account.scaling.values()]
    return {"ScalableTargets": targets}


def deregister(account: Account, arguments: dict[str, Any]) -> dict[str, Any]:
    _scaled(account, arguments)
    del account.scaling[arguments["ResourceId"]]
    return {}


def put_policy(account: Account, arguments: dict[str, Any]) -> dict[str, Any]:
    _scaled(account, arguments)["policies"][arguments["PolicyName"]] = arguments
    return {"PolicyARN": f"arn:aws:autoscaling::policy/{arguments['PolicyName']}"}


def describe_policies(account: Account, arguments: dict[str, Any]) -> dict[str, Any]:
    held = account.scaling.get(arguments.get("ResourceId", ""), {"policies": {}})
    return {"ScalingPolicies": list(held["policies"].values())}


def delete_policy(account: Account, arguments: dict[str, Any]) -> dict[str, Any]:
    _scaled(account, arguments)["policies"].pop(arguments["PolicyName"], None)
    return {}


def _scaled(account: Account, arguments: dict[str, Any]) -> dict[str, Any]:
    if arguments["ResourceId"] not in account.scaling:
        raise AwsError("ObjectNotFoundException", "No scalable target found.")
    return account.scaling[arguments["ResourceId"]]


ANSWERS: dict[str, Answer] = {
    "GetCallerIdentity": get_caller_identity,
    "GetResources": get_resources,
    "FilterLogEvents": filter_log_events,
    "GetMetricData": get_metric_data,
    "PutObject": put_object,
    "HeadObject": head_object,
    "DeleteObject": delete_object,
    "RegisterScalableTarget": register,
    "DescribeScalableTargets": describe_targets,
    "DeregisterScalableTarget": deregister,
    "PutScalingPolicy": put_policy,
    "DescribeScalingPolicies": describe_policies,
    "DeleteScalingPolicy": delete_policy,
}
