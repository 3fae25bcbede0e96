"""Documentation is executed: every block, every output, every link."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
FIRST = (
    "python3 -m venv .venv && .venv/bin/pip install -q -e . "
    "&& .venv/bin/s2sad show examples/quickstart.py:loss --check"
)
SECOND = (
    "python3 -m venv .venv && .venv/bin/pip install -q -e '.[test]' "
    "&& .venv/bin/python -m pytest -q"
)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)")


def tool(name: str) -> ModuleType:
    """A module of docs/, which is no package."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


refresh, make_pages = tool("refresh"), tool("make_pages")
PAGES = [str(page.relative_to(ROOT)) for page in refresh.pages()]


@pytest.mark.parametrize("page", PAGES)
def test_outputs_are_what_is_printed(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    text = (ROOT / page).read_text(encoding="utf8")
    assert refresh.refreshed(text, Path(page).name) == text


@pytest.mark.parametrize("name", make_pages.PAGES)
def test_made_pages_are_up_to_date(name: str) -> None:
    assert make_pages.PAGES[name]() == (ROOT / "docs" / name).read_text(encoding="utf8")


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf8")
    for link in LINK.findall(text):
        assert (ROOT / page).parent.joinpath(link).exists(), link


def test_every_page_is_reached_from_the_index() -> None:
    linked = set(LINK.findall((ROOT / "docs" / "index.md").read_text(encoding="utf8")))
    assert {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"} <= linked


@pytest.mark.parametrize("command", [FIRST, SECOND])
def test_the_commands_stand_alone_in_code_blocks(command: str) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf8")
    assert text.count(f"```sh\n{command}\n```\n") == 1
    assert text.count("python3 -m venv") == 2


def test_outputs_that_are_wrong_are_noticed() -> None:
    page = "```python\nprint(6 * 7)\n```\n\n```text\n41\n```\n"
    assert refresh.refreshed(page, "page") == page.replace("41", "42")
    page = "```console\n$ s2sad rules np.nothing_like_this\nfine\n```\n"
    assert "exit code 2" in refresh.refreshed(page, "page")


def test_blocks_share_their_names_and_may_raise() -> None:
    page = "```python\nx = 1\n```\n\n```python\nprint(x)\n```\n```text\n```\n"
    assert "```text\n1\n```" in refresh.refreshed(page, "page")
    with pytest.raises(ZeroDivisionError):
        refresh.refreshed("```python\n1 / 0\n```\n", "page")


def test_counts_of_functions_are_up_to_date() -> None:
    coverage = tool("coverage")
    assert coverage.counts(coverage.of_s2sad()) == coverage.committed()["s2sad"]


def test_more_functions_have_derivatives_than_elsewhere() -> None:
    data = tool("coverage").committed()
    for column in ("autograd reverse", "autograd forward", "JAX"):
        for module in ("numpy", "numpy.linalg", "numpy.fft"):
            assert data["s2sad"][module] >= data[column].get(module, 0), (column, module)
