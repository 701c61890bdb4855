"""What a person asks to be deployed, and what follows from it without asking AWS."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from deploy.catalogue import DEFAULT_OFFER, Offer, find_offer
from deploy.names import check_name, default_endpoint_name
from deploy.ways import Way, find_way
from falcon.errors import ConfigurationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """None everywhere: what the catalogue and the way say."""

    model: str = DEFAULT_OFFER.model
    way: str | None = None
    instance_type: str | None = None
    instance_count: int = 1
    endpoint_name: str | None = None
    config_name: str | None = None
    model_name: str | None = None
    variant_name: str | None = None
    role: str | None = None
    """SageMaker's execution role, an ARN or a name."""
    bucket: str | None = None
    """Where files are uploaded."""
    gguf: Path | None = None
    price: float | None = None
    """Dollars an hour for one instance, where the person knows better than AWS."""
    expires: timedelta | None = None
    """After how long autostop removes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was asked for, with nothing left open; raises ConfigurationError if it
    cannot be."""

    offer: Offer
    way: Way
    instance_type: str
    instance_count: int
    endpoint_name: str
    config_name: str
    model_name: str
    variant_name: str

    def __post_init__(self) -> None:
        check_name(self.endpoint_name, what="an endpoint's name")
        check_name(self.config_name, what="a configuration's name")
        check_name(self.model_name, what="a model's name")
        check_name(self.variant_name, what="a variant's name")
        if self.instance_count < 1:
            raise ConfigurationError("At least one instance has to run.")
        if not self.instance_type.startswith("ml."):
            raise ConfigurationError(
                f"{self.instance_type!r} is not one of SageMaker's instance types, "
                f"such as {self.offer.instance_types[0]}."
            )


def choose(wanted: Wanted) -> Choice:
    """Return what is to be deployed."""
    offer = find_offer(wanted.model, wanted.way)
    way = find_way(offer.way)
    if wanted.gguf is not None and way.name != "llama_cpp":
        raise ConfigurationError(
            f"A GGUF file is served by llama.cpp, not by {way.name}. "
            "Add: --way llama_cpp"
        )
    endpoint = (
        wanted.endpoint_name
        or way.endpoint_name
        or default_endpoint_name(offer.model, way.name)
    )
    # A name of one's own is the name of everything that has none.
    config = None if wanted.endpoint_name else way.config_name
    return Choice(
        offer=offer,
        way=way,
        instance_type=wanted.instance_type or offer.instance_types[0],
        instance_count=wanted.instance_count,
        endpoint_name=endpoint,
        config_name=wanted.config_name or config or endpoint,
        model_name=wanted.model_name or endpoint,
        variant_name=wanted.variant_name or way.variant_name,
    )
