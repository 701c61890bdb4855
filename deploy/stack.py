"""A CloudFormation stack: what would change, the change with its events, the removal.

Its name is fixed, so AWS itself is the journal: whoever comes later finds it by name.
A stack of that name without our tag is left alone.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from deploy.aws import Aws
from deploy.pace import Pace, Patience
from deploy.progress import Progress
from deploy.resources import Described
from deploy.tags import OWNER, tag_value
from falcon.endpoint_list import OUR_TAG
from falcon.errors import DeploymentError

_SERVICE = "cloudformation"
_NO_CHANGES = ("didn't contain changes", "no updates are to be performed")
_OF_NO_USE = (
    "CREATE_FAILED",
    "DELETE_FAILED",
    "ROLLBACK_COMPLETE",
    "ROLLBACK_FAILED",
)
"""The states in which a stack can only be deleted."""
_NEW = "REVIEW_IN_PROGRESS"
"""The state of a stack that has a change set and nothing else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSet:
    """What would change, as AWS worked it out."""

    id: str
    stack_id: str
    changes: tuple[str, ...]
    """In words, such as "Add AWS::Lambda::Function Function"."""
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    aws: Aws
    name: str
    progress: Progress
    pace: Pace

    def describe(self) -> Described | None:
        """Return what AWS says of it; None: there is none, or an empty one."""
        found = self._find(self.name)
        if found is None or found["StackStatus"] == _NEW:
            return None
        tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
        if tags.get(OUR_TAG) != self.name:
            raise DeploymentError(
                f"There is a stack {self.name} in {self.aws.region} that is not tagged "
                "as made by `python -m deploy`. It stays as it is: remove or rename it "
                "first."
            )
        return found

    def is_complete(self) -> bool:
        """Whether it is there and works, of whatever version."""
        found = self.describe()
        works = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")
        return found is not None and found["StackStatus"] in works

    def outputs(self) -> dict[str, str]:
        found = self.describe() or {}
        listed = found.get("Outputs", [])
        return {output["OutputKey"]: output["OutputValue"] for output in listed}

    def prepare(
        self, template: str, *, parameters: Mapping[str, str] | None = None
    ) -> ChangeSet | None:
        """Return what would change to have the stack so; None: it is so already.

        Nothing is changed but for the remains of a stack that failed, which go.
        """
        found = self._settled()
        if found is not None and found["StackStatus"] in _OF_NO_USE:
            self.delete()
            found = None
        made = self._create_change_set(template, parameters or {}, is_new=found is None)
        described = self._await_change_set(made)
        reason = str(described.get("StatusReason", ""))
        if described["Status"] != "FAILED":
            changes = tuple(_in_words(each) for each in described.get("Changes", []))
            return ChangeSet(
                id=made["Id"],
                stack_id=made["StackId"],
                changes=changes,
                is_new=found is None,
            )
        self.aws.find(_SERVICE, "DeleteChangeSet", ChangeSetName=made["Id"])
        if any(words in reason.lower() for words in _NO_CHANGES):
            return None
        raise DeploymentError(
            f"CloudFormation takes no change of {self.name} in {self.aws.region}: "
            f"{reason}"
        )

    def execute(self, change_set: ChangeSet) -> None:
        """Make the changes and wait; AWS goes on with them even if nobody waits."""
        verb = "Creating" if change_set.is_new else "Updating"
        self.progress.phase(f"{verb} stack {self.name}", usual="usually 1 to 3 minutes")
        seen = self._event_ids(change_set.stack_id)
        self.aws.ask(_SERVICE, "ExecuteChangeSet", ChangeSetName=change_set.id)
        until = "CREATE_COMPLETE" if change_set.is_new else "UPDATE_COMPLETE"
        self._follow(change_set.stack_id, seen, until=until)

    def delete(self) -> None:
        """Delete it with all that it made, and wait; nothing to delete is well."""
        # Or an empty one, left when a change was given up.
        found = self._settled() or self._find(self.name)
        if found is None:
            return
        stack_id = found["StackId"]
        self.progress.phase(f"Deleting stack {self.name}", usual="usually 1 minute")
        seen = self._event_ids(stack_id)
        self.aws.find(_SERVICE, "DeleteStack", StackName=stack_id)
        self._follow(stack_id, seen, until="DELETE_COMPLETE")

    def _find(self, name_or_id: str) -> Described | None:
        answer = self.aws.find(_SERVICE, "DescribeStacks", StackName=name_or_id)
        found: Described | None = answer["Stacks"][0] if answer else None
        return found

    def _settled(self) -> Described | None:
        """Return what there is once nothing goes on with it."""
        patience = Patience(self.pace, limit=self.pace.creation)
        while True:
            found = self.describe()
            status = "" if found is None else str(found["StackStatus"])
            if not status.endswith("_IN_PROGRESS"):
                return found
            self.progress.state(status)
            self._check(patience, status)
            patience.sleep()

    # Any: what AWS answers.
    def _create_change_set(
        self, template: str, parameters: Mapping[str, str], *, is_new: bool
    ) -> Any:
        tags = {OUR_TAG: self.name, OWNER: tag_value(self.aws.owner())}
        return self.aws.ask(
            _SERVICE,
            "CreateChangeSet",
            StackName=self.name,
            ChangeSetName=f"falcon-chat-{uuid.uuid4().hex[:12]}",
            ChangeSetType="CREATE" if is_new else "UPDATE",
            TemplateBody=template,
            Capabilities=["CAPABILITY_IAM"],
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value}
                for key, value in parameters.items()
            ],
            Tags=[{"Key": key, "Value": value} for key, value in tags.items()],
            # Of a stack that cannot be made nothing stays.
            **({"OnStackFailure": "DELETE"} if is_new else {}),
        )

    def _await_change_set(self, made: Mapping[str, str]) -> Described:
        patience = Patience(self.pace, limit=self.pace.creation)
        look = partial(
            self.aws.ask, _SERVICE, "DescribeChangeSet", ChangeSetName=made["Id"]
        )
        while True:
            described: Described = patience.try_to(look, otherwise={"Status": "_"})
            if described["Status"] in ("CREATE_COMPLETE", "FAILED"):
                return described
            self._check(patience, described["Status"])
            patience.sleep()

    def _events(self, stack_id: str) -> Sequence[Described]:
        """Return the last hundred events, the oldest first."""
        answer = self.aws.find(_SERVICE, "DescribeStackEvents", StackName=stack_id)
        return answer["StackEvents"][::-1] if answer else []

    def _event_ids(self, stack_id: str) -> set[str]:
        return {event["EventId"] for event in self._events(stack_id)}

    def _follow(self, stack_id: str, seen: set[str], *, until: str) -> None:
        """Show the events as they come; raises DeploymentError if it ends otherwise."""
        patience = Patience(self.pace, limit=self.pace.creation)
        problem = status = ""
        no_events: Sequence[Described] = ()
        look = partial(self._events, stack_id)
        while True:
            for event in patience.try_to(look, otherwise=no_events):
                if event["EventId"] in seen:
                    continue
                seen.add(event["EventId"])
                status, reason = event["ResourceStatus"], _reason(event)
                self.progress.say(
                    f"  {event['LogicalResourceId']} {status}{reason and f': {reason}'}"
                )
                if "FAILED" in status:
                    problem = problem or f"{event['LogicalResourceId']}: {reason}"
                is_whole = event.get("PhysicalResourceId") == stack_id
                if is_whole and not status.endswith("_IN_PROGRESS"):
                    if status == until:
                        return
                    raise self._failure(f"is {status}. {problem}")
            self._check(patience, status)
            patience.sleep()

    def _check(self, patience: Patience, status: str) -> None:
        if patience.is_over:
            raise self._failure(f"is still {status} and counts as stuck.")

    def _failure(self, how: str) -> DeploymentError:
        return DeploymentError(
            f"The stack {self.name} in {self.aws.region} {how} Its events: aws "
            f"cloudformation describe-stack-events --stack-name {self.name} --region "
            f"{self.aws.region}"
        )


def _reason(event: Described) -> str:
    return str(event.get("ResourceStatusReason", ""))


def _in_words(change: Described) -> str:
    resource = change["ResourceChange"]
    action, kind = resource["Action"], resource["ResourceType"]
    return f"{action} {kind} {resource['LogicalResourceId']}"
