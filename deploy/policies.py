"""The least that each needs to be allowed: who deploys, who chats, SageMaker.

The policies are the files in deploy/policies; ${Partition}, ${Region} and ${Account}
in them are filled in here. They are about names that begin with "falcon": whoever
chooses other names changes them.
"""

from __future__ import annotations

import json
from pathlib import Path
from string import Template
from typing import Any, Literal, get_args

from deploy.aws import Aws

PolicyName = Literal["deployer", "api", "autostop", "page", "execution", "trust"]
POLICY_NAMES: tuple[PolicyName, ...] = get_args(PolicyName)
"""deployer runs `python -m deploy`, and with autostop installs that in a region, once;
api runs `python -m deploy api`; page runs the chat; SageMaker takes the execution role,
whose trust policy the last one is."""
FOLDER = Path(__file__).parent / "policies"


# Any: a policy is JSON.
def read_policy(name: PolicyName, *, aws: Aws) -> dict[str, Any]:
    """Return a policy for the account and the region of `aws`."""
    template = Template((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    # IAM's own variables, such as ${aws:username}, stay as they are.
    filled = template.safe_substitute(
        Partition=aws.partition(), Region=aws.region, Account=aws.account()
    )
    policy: dict[str, Any] = json.loads(filled)
    return policy


def role_commands(name: str, *, region: str) -> str:
    """Return what an administrator types to make the execution role."""
    show = f"python -m deploy policies --region {region}"
    return (
        f"aws iam create-role --role-name {name} "
        f'--assume-role-policy-document "$({show} trust)" && '
        f"aws iam put-role-policy --role-name {name} --policy-name falcon-chat "
        f'--policy-document "$({show} execution)"'
    )
