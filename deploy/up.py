"""Makes a deployment: uploads, model, configuration, endpoint, and the wait for it.

What is there with our tag and as planned is adopted; what is there without it, or
otherwise than planned, is a reason to stop before anything is made. On an error or a
signal what was made is removed again, or put on the pending list.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime

from deploy.aws import Aws
from deploy.aws_refusals import RefusedError
from deploy.create_calls import Arguments, create_calls, differences
from deploy.deployment import Deployment, Upload
from deploy.interrupts import Interrupts, Terminated
from deploy.journal import Entry, Journal, Kind, Record
from deploy.pace import Pace
from deploy.progress import Progress
from deploy.removal import Removal, tell_left
from deploy.resources import (
    Described,
    address,
    describe,
    read_resource_tags,
    write_resource_tags,
)
from deploy.starting import await_service
from deploy.tags import Tags
from falcon.errors import DeploymentError

_OF_NO_USE = ("Failed", "Deleting")
"""The states of an endpoint that cannot come into service any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Creation:
    """One deployment that is to be."""

    aws: Aws
    deployment: Deployment
    record: Record
    journal: Journal
    progress: Progress
    pace: Pace
    interrupts: Interrupts

    def run(self) -> None:
        """Make what is missing and wait until the endpoint is in service.

        Raises FalconError or KeyboardInterrupt; what is left then is in the journal,
        and an endpoint that was not there before is gone or on the pending list.
        """
        there = self.survey()
        held = self.journal.read(self.record.id)
        # What was to be removed anyway is, if this does not come to a good end either.
        stays = "endpoint" in there and not (held and held.is_removing)
        self.journal.begin(self.record)
        is_done = False
        try:
            self._adopt(there)
            self._make(there)
            await_service(
                self.aws, self.deployment, progress=self.progress, pace=self.pace
            )
            is_done = True
        finally:
            # Whatever it was, a mistake of this program's included.
            if not is_done:
                self._take_back(sys.exception(), stays=stays)

    def _names(self) -> dict[Kind, str]:
        return {
            "model": self.deployment.model_name,
            "endpoint-config": self.deployment.config_name,
            "endpoint": self.deployment.endpoint_name,
        }

    def survey(self) -> dict[Kind, Described]:
        """Return what is there already; raises DeploymentError if it is in the way."""
        there = {
            kind: described
            for kind, name in self._names().items()
            if (described := self._find(kind, name)) is not None
        }
        calls = create_calls(self.deployment)
        found = [
            difference
            for kind, described in there.items()
            for difference in differences(calls[kind][1], described)
        ]
        if found:
            raise DeploymentError(
                f"{self.deployment.endpoint_name} is in {self.aws.region} already and "
                f"not as planned: {'; '.join(found)}. Remove it first, or choose "
                f"another name (--name). To remove it: {self._down()}"
            )
        return there

    def _find(self, kind: Kind, name: str) -> Described | None:
        """Return a part that is ours and of use; an endpoint that failed is not."""
        described = describe(self.aws, kind, name)
        if described is None:
            return None
        tags = read_resource_tags(self.aws, kind, described)
        if tags is None or tags.deployment_id != self.deployment.id:
            raise DeploymentError(
                f"There is a {kind} {name} in {self.aws.region} that is not tagged as "
                "this deployment's. It stays as it is: choose another name (--name), "
                f"or, if it may go: {self._down()} --untagged"
            )
        is_of_use = described.get("EndpointStatus") not in _OF_NO_USE
        return described if is_of_use else None

    def _adopt(self, there: Mapping[Kind, Described]) -> None:
        for kind, described in there.items():
            name = self._names()[kind]
            self.progress.say(f"The {kind} {name} is there already.")
            self.journal.made(self.record, kind, name)
            if self.deployment.expires_at is not None:
                write_resource_tags(self.aws, kind, described, self._tags())

    def _tags(self) -> Tags:
        return Tags(
            deployment_id=self.deployment.id,
            owner=self.aws.owner(),
            expires_at=self.deployment.expires_at,
        )

    def _make(self, there: Mapping[Kind, Described]) -> None:
        if "model" not in there:
            for upload in self.deployment.uploads:
                self._upload(upload)
        tags = self._tags().as_list()
        for kind, (operation, arguments) in create_calls(self.deployment).items():
            if kind in there:
                continue
            name = self._names()[kind]
            if kind == "endpoint":
                self._remove_failed(name)
            self.progress.phase(f"Creating {kind} {name}")
            tagged = {**arguments, "Tags": tags}
            self._create(kind, name, "sagemaker", operation, tagged)

    def _upload(self, upload: Upload) -> None:
        self.progress.phase(f"Uploading {upload.path.name} to {address(upload)}")
        try:
            file = upload.path.open("rb")
        except OSError as error:
            raise DeploymentError(
                f"{upload.path} cannot be read: {error.strerror}."
            ) from error
        with file:
            place = {"Bucket": upload.bucket, "Key": upload.key, "Body": file}
            self._create("upload", address(upload), "s3", "PutObject", place)

    def _create(
        self, kind: Kind, name: str, service: str, operation: str, arguments: Arguments
    ) -> None:
        # Half an upload is none; the other calls take a moment.
        may_defer = self.interrupts.deferred() if kind != "upload" else nullcontext()
        with may_defer:
            self.journal.expect(self.record, kind, name)
            try:
                self.aws.ask(service, operation, **arguments)
            except RefusedError as refusal:
                # An earlier attempt of this very call, or an `up` elsewhere, made it.
                if refusal.kind != "exists" or kind not in self.survey():
                    raise
            self.journal.made(self.record, kind, name)

    def _remove_failed(self, name: str) -> None:
        """Remove an endpoint of ours that failed: it can only be made anew."""
        described = describe(self.aws, "endpoint", name)
        if described is None or described["EndpointStatus"] not in _OF_NO_USE:
            return
        self.journal.made(self.record, "endpoint", name)
        entry = Entry(kind="endpoint", name=name, at=datetime.now(UTC), is_made=True)
        if not self._removal().remove(entry):
            raise DeploymentError(
                f"The endpoint {name} failed and could not be removed yet."
            )

    def _take_back(self, error: BaseException | None, *, stays: bool) -> None:
        """Remove what was made; raises DeploymentError where something is left."""
        if stays:
            self.progress.say(
                f"The endpoint was there before and stays. To remove it: {self._down()}"
            )
            return
        if self.journal.read(self.record.id) is None:
            return
        # Removing can take minutes: the reason comes first.
        reason = f"{error}\n" if isinstance(error, DeploymentError) else ""
        self.progress.say(
            f"{reason}Stopped: removing what was made. Ctrl-C leaves the rest to the "
            "next `python -m deploy` command."
        )
        problem: BaseException | None = None
        try:
            self._removal(waits=not isinstance(error, Terminated)).run()
        except (DeploymentError, KeyboardInterrupt) as second:
            problem = second
        left = self.journal.read(self.record.id)
        if left is None:
            self.progress.say("What was made is removed again.")
            return
        told = tell_left(left)
        if isinstance(error, DeploymentError):
            raise DeploymentError(f"{error} {told}") from problem
        self.progress.say(told)

    def _removal(self, *, waits: bool = True) -> Removal:
        return Removal(
            aws=self.aws,
            record=self.record,
            journal=self.journal,
            progress=self.progress,
            pace=self.pace,
            waits=waits,
        )

    def _down(self) -> str:
        name = self.deployment.endpoint_name
        return f"python -m deploy down {name} --region {self.aws.region}"
