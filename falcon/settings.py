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
from falcon.models import DEFAULT_MODEL, FalconModel, find_model
from falcon.parameters import BOUNDS, GenerationParameters, ParameterName

# The page streams, and containers make only one answer in a stream.
_NUMBERS = tuple(name for name in BOUNDS if name != "best_of")
_TRUTH = {"true": True, "1": True, "false": False, "0": False}
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
        )


def _endpoint(said: Mapping[str, str], aws_region: str | None) -> Endpoint | None:
    if "FALCON_ENDPOINT" not in said:
        return None
    region = said.get("FALCON_REGION") or aws_region
    if not region:
        raise ConfigurationError(
            "FALCON_ENDPOINT is set and FALCON_REGION is not. Name the endpoint's "
            "region, such as us-east-1."
        )
    try:
        return Endpoint(
            name=said["FALCON_ENDPOINT"],
            region=region,
            profile=said.get("FALCON_PROFILE"),
        )
    except ConfigurationError as error:
        raise ConfigurationError(
            f"FALCON_ENDPOINT or FALCON_REGION is wrong: {error}"
        ) from error


def _container(said: Mapping[str, str]) -> ContainerName | None:
    wanted = said.get("FALCON_CONTAINER")
    for name in CONTAINER_NAMES:
        if name == wanted:
            return name
    if wanted is None:
        return None
    raise ConfigurationError(
        f"FALCON_CONTAINER is {wanted!r}; it may be {', '.join(CONTAINER_NAMES)}."
    )


def _model(said: Mapping[str, str]) -> FalconModel:
    if "FALCON_MODEL" not in said:
        return DEFAULT_MODEL
    try:
        return find_model(said["FALCON_MODEL"])
    except ConfigurationError as error:
        raise ConfigurationError(f"FALCON_MODEL is wrong: {error}") from error


def _parameters(said: Mapping[str, str]) -> GenerationParameters:
    changes: dict[str, int | float | bool | tuple[str, ...]] = {
        name: _number(name, said[key])
        for name in _NUMBERS
        if (key := f"FALCON_{name.upper()}") in said
    }
    if "FALCON_DO_SAMPLE" in said:
        text = said["FALCON_DO_SAMPLE"]
        if text.lower() not in _TRUTH:
            raise ConfigurationError(
                f"FALCON_DO_SAMPLE is {text!r}; it may be true or false."
            )
        changes["do_sample"] = _TRUTH[text.lower()]
    if "FALCON_STOP" in said:
        changes["stop"] = tuple(said["FALCON_STOP"].split("|"))
    try:
        return GenerationParameters(**changes)  # type: ignore[arg-type]  # by name
    except ConfigurationError as error:
        raise ConfigurationError(f"A FALCON_ setting is wrong: {error}") from error


def _number(name: ParameterName, text: str) -> int | float:
    is_integer = BOUNDS[name].is_integer
    try:
        return int(text) if is_integer else float(text)
    except ValueError:
        raise ConfigurationError(
            f"FALCON_{name.upper()} is {text!r}; it must be a "
            f"{'whole number' if is_integer else 'number'}."
        ) from None
