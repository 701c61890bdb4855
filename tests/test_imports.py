"""Imports point one way: the design, as a test."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MODULES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(
        ".__init__"
    ): file
    for folder in ("falcon", "deploy")
    for file in sorted((ROOT / folder).rglob("*.py"))
} | {"streamlit_app": ROOT / "streamlit_app.py"}

LAYERS = [
    ("streamlit_app", "falcon.ui", "falcon.__main__"),
    ("falcon.routes",),
    ("falcon.api",),
    ("falcon.registry", "falcon.open_conversation"),
    ("falcon.generation", "falcon.history"),
    ("falcon.client",),
    ("falcon.containers",),
    ("falcon.events", "falcon.parameters", "falcon.conversation", "falcon.prompt"),
    ("falcon.errors",),
]
"""From the top down; a module imports none from a line above its own."""


def imports(module: str) -> set[str]:
    """The full names that a module imports, inside functions too."""
    return set(_imports(ast.parse(MODULES[module].read_text(encoding="utf-8"))))


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(source), names=names):
                yield from (f"{source}.{alias.name}" for alias in names)


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


def importers(*packages: str) -> set[str]:
    """The modules that import any of these packages."""
    return {
        module
        for module in MODULES
        if any(
            within(name, package) for name in imports(module) for package in packages
        )
    }


def outside(modules: set[str], *homes: str) -> set[str]:
    return {
        module for module in modules if not any(within(module, home) for home in homes)
    }


@pytest.mark.parametrize(
    ("package", "homes"),
    [
        ("streamlit", ("streamlit_app", "falcon.ui")),
        ("streamlit_chat", ("falcon.ui",)),
        ("boto3", ("falcon.runtime", "deploy")),
        (
            "botocore",
            (
                "falcon.aws_descriptions",
                "falcon.aws_errors",
                "falcon.connection",
                "falcon.control_plane",
                "falcon.runtime",
                "deploy",
            ),
        ),
        ("sagemaker", ("deploy",)),
        ("xllamacpp", ("falcon.local.engine", "falcon.local.model")),
        ("torch", ("deploy.djl", "falcon.local.model")),
        ("transformers", ("deploy.djl", "falcon.local.model")),
        ("huggingface_hub", ("falcon.local", "falcon.tokenizer_file")),
        ("tokenizers", ("falcon.local.model", "falcon.tokenizer")),
        ("sqlalchemy", ("falcon.history",)),
        ("alembic", ("falcon.history",)),
        ("platformdirs", ("falcon.history", "deploy")),
        ("pypdf", ("falcon.documents",)),
    ],
)
def test_a_package_is_imported_at_home_only(
    package: str, homes: tuple[str, ...]
) -> None:
    assert outside(importers(package), *homes) == set()


def test_both_ends_of_the_wire_share_no_codec() -> None:
    assert outside(importers("falcon.containers"), "falcon.local") == importers(
        "falcon.containers"
    )
    assert outside(importers("falcon.local"), "falcon.containers") == importers(
        "falcon.local"
    )
    assert outside(importers("falcon.event_stream"), "falcon.local") == importers(
        "falcon.event_stream"
    )


@pytest.mark.parametrize("above", range(len(LAYERS) - 1))
def test_no_module_imports_from_above(above: int) -> None:
    below = [module for layer in LAYERS[above + 1 :] for module in layer]

    climbing = {
        module
        for module in importers(*LAYERS[above])
        if any(within(module, home) for home in below)
    }

    assert climbing == set()


@pytest.mark.parametrize("module", ["falcon.conversation", "falcon.prompt"])
def test_values_know_only_values(module: str) -> None:
    ours = {name for name in imports(module) if within(name, "falcon")}
    values = (
        "falcon.conversation",
        "falcon.errors",
        "falcon.events",
        "falcon.record",
    )

    assert outside(ours, *values) == set()


def test_errors_import_nothing() -> None:
    assert imports("falcon.errors") == {"__future__.annotations"}


def test_deployment_knows_no_page() -> None:
    assert outside(importers("falcon.ui"), "falcon", "streamlit_app") == set()
