"""Options of the whole suite."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--all-pythons",
        action="store_true",
        help="install the package for every interpreter from 3.11 on that is found, in an "
        "environment of its own, and run a part of the suite there",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--all-pythons"):
        return
    skip = pytest.mark.skip(reason="runs with --all-pythons")
    for item in items:
        if item.get_closest_marker("all_pythons"):
            item.add_marker(skip)
