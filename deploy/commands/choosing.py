"""What `plan` and `up` are told: the same options, read into the same value."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from deploy.catalogue import DEFAULT_OFFER
from falcon.errors import ConfigurationError

ModelArgument = Annotated[
    str,
    typer.Argument(help="A model of `models`.", metavar="[MODEL]"),
]
DEFAULT_MODEL = DEFAULT_OFFER.model
WayOption = Annotated[
    str | None, typer.Option("--way", help="How it is served; `models` lists the ways.")
]
InstanceTypeOption = Annotated[
    str | None, typer.Option(help="SageMaker's instance type.")
]
InstanceCountOption = Annotated[
    int, typer.Option("--instances", min=1, help="How many of them.")
]
NameOption = Annotated[str | None, typer.Option("--name", help="The endpoint's name.")]
ConfigNameOption = Annotated[
    str | None, typer.Option(help="The configuration's name; else the endpoint's.")
]
ModelNameOption = Annotated[
    str | None, typer.Option(help="The SageMaker model's name; else the endpoint's.")
]
VariantNameOption = Annotated[str | None, typer.Option(help="The variant's name.")]
RoleOption = Annotated[
    str | None, typer.Option(help="SageMaker's execution role, an ARN or a name.")
]
BucketOption = Annotated[
    str | None, typer.Option(help="Where model files are uploaded.")
]
GgufOption = Annotated[
    Path | None, typer.Option(help="A GGUF file of yours, for llama.cpp.")
]
PriceOption = Annotated[
    float | None,
    typer.Option(
        min=0, help="Dollars an hour for one instance, where AWS does not say."
    ),
]
ExpiresOption = Annotated[
    str | None,
    typer.Option(help="After how long it is removed, such as 8h.", metavar="SPAN"),
]

_SPAN = re.compile(r"(\d+)\s*([mhd])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def read_span(text: str) -> timedelta:
    """Return the time that is meant by such as 90m, 8h or 2d.

    Raises ConfigurationError for all else, and for no time at all.
    """
    match = _SPAN.fullmatch(text.strip().lower())
    if match is None or int(match[1]) == 0:
        raise ConfigurationError(
            f"{text!r} is no span of time. Write minutes, hours or days, such as 90m, "
            "8h or 2d."
        )
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
