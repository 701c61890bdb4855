"""A plan in words and as JSON: what `plan` shows, and `up` before it asks."""

from __future__ import annotations

from deploy.commands.autostop import INSTALLED
from deploy.commands.output import Json, format_moment
from deploy.money import format_dollars
from deploy.plan import Plan
from deploy.resources import address
from deploy.tags import format_time
from falcon.container_detection import image_name


def plan_as_json(plan: Plan) -> dict[str, Json]:
    deployment, quota = plan.deployment, plan.quota
    expires = deployment.expires_at
    return {
        "model": plan.choice.offer.model,
        "way": deployment.way,
        "account": deployment.account,
        "region": deployment.region,
        "id": deployment.id,
        "creates": [{"kind": kind, "name": name} for kind, name in _parts(plan)],
        "instance_type": deployment.instance_type,
        "instance_count": deployment.instance_count,
        "image": deployment.primary_container["Image"],
        "revision": plan.choice.offer.revision,
        "container": deployment.container,
        "dollars_per_hour": plan.dollars_per_hour,
        "dollars_per_month": plan.dollars_per_month,
        "price_source": plan.price_source,
        "quota": None if quota is None else {"name": quota.name, "value": quota.value},
        "role": deployment.role_arn,
        "expires_at": None if expires is None else format_time(expires),
        "is_possible": plan.is_possible,
        "problems": [
            {
                "what": problem.what,
                "command": problem.command,
                "stops": problem.stops,
            }
            for problem in plan.problems
        ],
    }


def plan_in_words(plan: Plan) -> str:
    """Return a plan in some lines, the money among the first."""
    deployment, offer = plan.deployment, plan.choice.offer
    quota = "not known" if plan.quota is None else str(plan.quota.value)
    weights = f"{offer.source or 'your file'} {offer.revision}".rstrip()
    table = {
        "costs": _price(plan),
        "runs on": f"{deployment.instance_count} x {deployment.instance_type}, of "
        f"which this account may have: {quota}",
        "image": image_name(deployment.primary_container["Image"]),
        "weights": f"{weights}, {offer.parameters}, {offer.licence}",
        "context": f"{offer.described.window.max_total_tokens} tokens",
        "role": f"{deployment.role_arn} ({plan.role.source})",
        "expires": _expiry(plan),
    }
    title = (
        f"{offer.model} by {deployment.way}, in {deployment.region} of the account "
        f"{deployment.account}"
    )
    lines = [title, *(f"  {key:<9}{text}" for key, text in table.items())]
    lines += [f"  creates  {kind} {name}" for kind, name in _parts(plan)]
    return "\n".join([*lines, *_problems(plan)])


def _price(plan: Plan) -> str:
    if plan.dollars_per_hour is None:
        return f"unknown: {plan.price_source}"
    return (
        f"{format_dollars(plan.dollars_per_hour)} per hour, "
        f"{format_dollars(plan.dollars_per_month)} per month of 730 hours "
        f"({plan.price_source}), until it is removed"
    )


def _expiry(plan: Plan) -> str:
    moment = format_moment(plan.deployment.expires_at)
    return (
        f"{moment}: AWS removes it, for which it gets {INSTALLED}"
        if moment
        else "never"
    )


def _parts(plan: Plan) -> list[tuple[str, str]]:
    deployment = plan.deployment
    return [
        *(("upload", address(upload)) for upload in deployment.uploads),
        ("model", deployment.model_name),
        ("endpoint-config", deployment.config_name),
        ("endpoint", deployment.endpoint_name),
    ]


def _problems(plan: Plan) -> list[str]:
    lines = []
    for problem in plan.problems:
        mark = "Stops it" if problem.stops else "To know"
        lines.append(f"{mark}: {problem.what}\n  next: {problem.command}")
    return lines
