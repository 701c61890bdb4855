"""CloudFormation's stacks: change sets, events, and what a template may not be.

What a stack would make is not made: only that it would be is remembered. A stack takes
some seconds of the account's clock, of which each look takes one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cfnlint.decode.cfn_yaml import loads

from tests.deploy_plane.wire import AwsError

if TYPE_CHECKING:
    from tests.deploy_plane.account import Account
    from tests.deploy_plane.sagemaker import Answer

LOOKS = 2
"""How often a stack is looked at until something new happens to it."""


@dataclass
class Stack:
    id: str
    name: str
    tags: dict[str, str]
    status: str = "REVIEW_IN_PROGRESS"
    template: str = ""
    parameters: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    to_come: list[tuple[str, str, str]] = field(default_factory=list)
    """Events: resource, status, reason."""

    def say(self, account: Account, resource: str, status: str, reason: str) -> None:
        is_whole = resource == self.name
        self.status = status if is_whole else self.status
        self.events.append(
            {
                "EventId": f"{self.id}/{len(self.events)}",
                "StackId": self.id,
                "StackName": self.name,
                "LogicalResourceId": resource,
                "PhysicalResourceId": self.id if is_whole else resource,
                "ResourceStatus": status,
                "ResourceStatusReason": reason,
                "Timestamp": account.now,
            }
        )


class Stacks:
    """Those of one account; `failing` is what cannot be made, and why."""

    def __init__(self) -> None:
        self.all: list[Stack] = []
        self.change_sets: dict[str, tuple[Stack, str, dict[str, str], str]] = {}
        self.failing: dict[str, str] = {}

    def named(self, name: str) -> Stack | None:
        """Return a stack by its id, or one that is there by its name."""
        for stack in self.all:
            is_there = stack.status != "DELETE_COMPLETE"
            if stack.id == name or (stack.name == name and is_there):
                return stack
        return None

    def find(self, name: str) -> Stack:
        stack = self.named(name)
        if stack is None:
            raise AwsError("ValidationError", f"Stack with id {name} does not exist")
        return stack

    def resources(self) -> list[str]:
        """What the stacks that are there hold, by logical name."""
        return [
            name
            for stack in self.all
            if stack.status in ("CREATE_COMPLETE", "UPDATE_COMPLETE")
            for name in loads(stack.template)["Resources"]
        ]

    def answers(self) -> dict[str, Answer]:
        return {
            "DescribeStacks": self._describe,
            "CreateChangeSet": self._create_change_set,
            "DescribeChangeSet": self._describe_change_set,
            "ExecuteChangeSet": self._execute,
            "DeleteChangeSet": self._delete_change_set,
            "DescribeStackEvents": self._events,
            "DeleteStack": self._delete,
        }

    def _describe(self, _: Account, asked: dict[str, Any]) -> dict[str, Any]:
        stack = self.find(asked["StackName"])
        return {
            "Stacks": [
                {
                    "StackId": stack.id,
                    "StackName": stack.name,
                    "StackStatus": stack.status,
                    "CreationTime": stack.events[0]["Timestamp"],
                    "Tags": [{"Key": k, "Value": v} for k, v in stack.tags.items()],
                }
            ]
        }

    def _create_change_set(
        self, account: Account, asked: dict[str, Any]
    ) -> dict[str, Any]:
        template = asked["TemplateBody"]
        if len(template.encode()) > 51200:
            raise AwsError("ValidationError", "templateBody is longer than 51200")
        if asked.get("Capabilities.member.1") != "CAPABILITY_IAM":
            raise AwsError("InsufficientCapabilitiesException", "Requires capabilities")
        name = asked["StackName"]
        stack = self.named(name)
        is_new = stack is None or stack.status == "REVIEW_IN_PROGRESS"
        if is_new != (asked["ChangeSetType"] == "CREATE"):
            raise AwsError("ValidationError", f"Stack [{name}] is in another state")
        if stack is None:
            region, number = "us-east-1", len(self.all)
            arn = f"arn:aws:cloudformation:{region}:{account.number}:stack/{name}"
            stack = Stack(id=f"{arn}/{number}", name=name, tags={})
            stack.say(account, name, "REVIEW_IN_PROGRESS", "User Initiated")
            self.all.append(stack)
        id_ = f"{stack.id}/{asked['ChangeSetName']}"
        reason = "The submitted information didn't contain changes."
        reason = "" if template != stack.template else reason
        tags = {
            asked[f"Tags.member.{n}.Key"]: asked[f"Tags.member.{n}.Value"]
            for n in range(1, 9)
            if f"Tags.member.{n}.Key" in asked
        }
        self.change_sets[id_] = (stack, template, tags, reason)
        return {"Id": id_, "StackId": stack.id}

    def _describe_change_set(self, _: Account, asked: dict[str, Any]) -> dict[str, Any]:
        stack, template, _tags, reason = self.change_sets[asked["ChangeSetName"]]
        action = "Modify" if stack.template else "Add"
        changes = [
            {
                "Type": "Resource",
                "ResourceChange": {
                    "Action": action,
                    "LogicalResourceId": name,
                    "ResourceType": resource["Type"],
                },
            }
            for name, resource in loads(template)["Resources"].items()
        ]
        if reason:
            return {"Status": "FAILED", "StatusReason": reason}
        return {"Status": "CREATE_COMPLETE", "Changes": changes}

    def _execute(self, account: Account, asked: dict[str, Any]) -> dict[str, Any]:
        stack, template, tags, _ = self.change_sets.pop(asked["ChangeSetName"])
        verb = "UPDATE" if stack.template else "CREATE"
        names = list(loads(template)["Resources"])
        failed = next((name for name in names if name in self.failing), None)
        stack.say(account, stack.name, f"{verb}_IN_PROGRESS", "User Initiated")
        if failed:
            ending = ("DELETE" if verb == "CREATE" else "UPDATE_ROLLBACK") + "_COMPLETE"
            stack.to_come = [
                (failed, f"{verb}_FAILED", self.failing[failed]),
                (stack.name, ending, ""),
            ]
            return {}
        stack.template, stack.tags = template, tags
        stack.to_come = [(name, f"{verb}_COMPLETE", "") for name in names]
        stack.to_come.append((stack.name, f"{verb}_COMPLETE", ""))
        return {}

    def _delete_change_set(self, _: Account, asked: dict[str, Any]) -> dict[str, Any]:
        self.change_sets.pop(asked["ChangeSetName"], None)
        return {}

    def _events(self, account: Account, asked: dict[str, Any]) -> dict[str, Any]:
        stack = self.find(asked["StackName"])
        for event in stack.to_come[:LOOKS]:
            stack.say(account, *event)
        stack.to_come = stack.to_come[LOOKS:]
        return {"StackEvents": stack.events[::-1]}

    def _delete(self, account: Account, asked: dict[str, Any]) -> dict[str, Any]:
        stack = self.named(asked["StackName"])
        if stack is None:
            return {}
        stack.say(account, stack.name, "DELETE_IN_PROGRESS", "User Initiated")
        names = list(loads(stack.template)["Resources"]) if stack.template else []
        stack.to_come = [(name, "DELETE_COMPLETE", "") for name in names[::-1]]
        stack.to_come.append((stack.name, "DELETE_COMPLETE", ""))
        return {}
