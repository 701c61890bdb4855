"""Settings: what the environment and secrets.toml say, checked once.

Reads a mapping and nothing else; the page decides where the mapping comes from. Each
name is listed in the README's table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from falcon.containers import CONTAINER_NAMES, ContainerName
from falcon.endpoint import Endpoint
from falcon.errors import ConfigurationError
from falcon.limits import DEFAULT_LIMITS, Limits
from falcon.models import DEFAULT_MODEL, FalconModel, find_model
from falcon.parameters import BOUNDS, GenerationParameters, ParameterName
from falcon.text import text

# The page streams, and containers make only one answer in a stream.
_NUMBERS = tuple(name for name in BOUNDS if name != "best_of")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
_LIMITS = {
    "FALCON_MOST_OPEN_PER_PERSON": "open_per_owner",
    "FALCON_MOST_OPEN": "open_in_all",
    "FALCON_MOST_QUESTIONS_PER_MINUTE": "questions_per_minute",
}
_NAMES = {
    "FALCON_ENDPOINT",
    "FALCON_REGION",
    "FALCON_PROFILE",
    "FALCON_CONTAINER",
    "FALCON_MODEL",
    "FALCON_LOCAL_MODEL",
    "FALCON_HISTORY",
    "FALCON_SYSTEM_PROMPT",
    "FALCON_DO_SAMPLE",
    "FALCON_STOP",
    *_LIMITS,
    *(f"FALCON_{name.upper()}" for name in _NUMBERS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the page starts with; everything here can be changed in the sidebar."""

    endpoint: Endpoint | None = None
    """None: the endpoint on this machine."""
    container: ContainerName | None = None
    """The wire format of `endpoint`; None: what SageMaker says of it."""
    model: FalconModel = DEFAULT_MODEL
    """The model behind `endpoint`."""
    local_model: str | None = None
    """A GGUF's path or hub id for the endpoint on this machine; None: the small one."""
    history: str | None = None
    """The database of the conversations, as a URL; None: a file in the user's data
    folder."""
    system_prompt: str = ""
    parameters: GenerationParameters = field(default_factory=GenerationParameters)
    limits: Limits = DEFAULT_LIMITS
    """How much one person, and all together, may have answered."""

    @classmethod
    def from_mapping(cls, values: Mapping[str, str]) -> Settings:
        """Return the settings in `values`; a ConfigurationError names the wrong one.

        An empty text counts as not set. Names that begin otherwise are ignored.
        """
        said = {name: values[name].strip() for name in _NAMES if values.get(name)}
        return cls(
            endpoint=_endpoint(
                said, values.get("AWS_REGION") or values.get("AWS_DEFAULT_REGION")
            ),
            container=_container(said),
            model=_model(said),
            local_model=said.get("FALCON_LOCAL_MODEL"),
            history=said.get("FALCON_HISTORY"),
            system_prompt=said.get("FALCON_SYSTEM_PROMPT", ""),
            parameters=_parameters(said),
            limits=_limits(said),
        )


def _endpoint(said: Mapping[str, str], aws_region: str | None) -> Endpoint | None:
    if "FALCON_ENDPOINT" not in said:
        return None
    region = said.get("FALCON_REGION") or aws_region
    if not region:
        raise ConfigurationError(
            text(
                "FALCON_ENDPOINT is set and FALCON_REGION is not. Name the endpoint's "
                "region, such as us-east-1."
            )
        )
    try:
        return Endpoint(
            name=said["FALCON_ENDPOINT"],
            region=region,
            profile=said.get("FALCON_PROFILE"),
        )
    except ConfigurationError as error:
        raise ConfigurationError(
            text(
                "FALCON_ENDPOINT or FALCON_REGION is wrong: {problem}",
                problem=str(error),
            )
        ) from error


def _container(said: Mapping[str, str]) -> ContainerName | None:
    wanted = said.get("FALCON_CONTAINER")
    for name in CONTAINER_NAMES:
        if name == wanted:
            return name
    if wanted is None:
        return None
    raise ConfigurationError(
        text(
            "{name} is {value!r}; it may be {allowed}.",
            name="FALCON_CONTAINER",
            value=wanted,
            allowed=", ".join(CONTAINER_NAMES),
        )
    )


def _model(said: Mapping[str, str]) -> FalconModel:
    if "FALCON_MODEL" not in said:
        return DEFAULT_MODEL
    try:
        return find_model(said["FALCON_MODEL"])
    except ConfigurationError as error:
        raise ConfigurationError(
            text("FALCON_MODEL is wrong: {problem}", problem=str(error))
        ) from error


def _parameters(said: Mapping[str, str]) -> GenerationParameters:
    changes: dict[str, int | float | bool | tuple[str, ...]] = {
        name: _number(name, said[key])
        for name in _NUMBERS
        if (key := f"FALCON_{name.upper()}") in said
    }
    if "FALCON_DO_SAMPLE" in said:
        wanted = said["FALCON_DO_SAMPLE"]
        if wanted.lower() not in _TRUTH:
            raise ConfigurationError(
                text(
                    "{name} is {value!r}; it may be true or false.",
                    name="FALCON_DO_SAMPLE",
                    value=wanted,
                )
            )
        changes["do_sample"] = _TRUTH[wanted.lower()]
    if "FALCON_STOP" in said:
        changes["stop"] = tuple(said["FALCON_STOP"].split("|"))
    try:
        return GenerationParameters(**changes)  # type: ignore[arg-type]  # by name
    except ConfigurationError as error:
        raise ConfigurationError(
            text("A FALCON_ setting is wrong: {problem}", problem=str(error))
        ) from error


def _limits(said: Mapping[str, str]) -> Limits:
    figures: dict[str, int] = {}
    for variable, name in _LIMITS.items():
        if variable not in said:
            continue
        if not said[variable].isascii() or not said[variable].isdecimal():
            raise ConfigurationError(
                text(
                    "{name} is {value!r}; it must be a whole number, and 0 is no "
                    "limit.",
                    name=variable,
                    value=said[variable],
                )
            )
        figures[name] = int(said[variable])
    return Limits(**figures)


def _number(name: ParameterName, said: str) -> int | float:
    is_integer = BOUNDS[name].is_integer
    variable = f"FALCON_{name.upper()}"
    try:
        return int(said) if is_integer else float(said)
    except ValueError:
        raise ConfigurationError(
            text(
                "{name} is {value!r}; it must be a whole number.",
                name=variable,
                value=said,
            )
            if is_integer
            else text(
                "{name} is {value!r}; it must be a number.", name=variable, value=said
            )
        ) from None
