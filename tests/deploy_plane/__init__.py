"""An AWS account on loopback, as far as deploying goes; the real botocore speaks to it.

account.py    the account: what it was asked, faults, the clock, who is billed
sagemaker.py  models, configurations, endpoints and their states
faults.py     what can go wrong with a call
listings.py   what is in SageMaker, listed
stacks.py     CloudFormation's stacks
others.py     what the other services answer
wire.py       the protocols of AWS's services

A test adds the answers of another service with `account.answers["GetProducts"] = …`:
a function of the account and the call's arguments that returns the answer or raises
AwsError.
"""

from __future__ import annotations

from tests.deploy_plane.account import REGION, Account, serving
from tests.deploy_plane.faults import ACCOUNT, Fault
from tests.deploy_plane.wire import AwsError

__all__ = ["ACCOUNT", "REGION", "Account", "AwsError", "Fault", "serving"]
