"""check_grads to any order, of any structure, in both modes; the fixture for users' tests."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

import s2sad

ROOT = Path(__file__).parent.parent
X = np.array([0.3, -0.7, 1.1])


class Pair(NamedTuple):
    w: Any
    b: float


def of_arrays(x: Any, k: Any) -> Any:
    return np.outer(np.sin(x), x) * k


def of_containers(p: Any, rows: Any) -> Any:
    total = sum([row * p["k"] for row in rows], np.zeros(3))
    return {"total": np.tanh(total), "pair": (p["pair"].w ** 3 * p["pair"].b, 7)}


def written(x: Any, n: Any) -> Any:
    x = x.copy()
    for i in range(1, n):
        x[i] *= np.exp(-x[i - 1])
    return x


def test_any_order_of_arrays_and_numbers() -> None:
    s2sad.check_grads(of_arrays, (X, 1.5), order=3, rtol=1e-5)
    s2sad.check_grads(written, (X, 3), order=3, wrt=0)


def squares(t: Any) -> Any:
    for _ in range(3):
        t = t * t
    return t


def powers(t: Any, x: Any) -> Any:
    y = x * t
    for i in range(3):
        z = y[i] ** 2
        y[i] = z * z
    return np.sum(y)


def test_third_derivatives_of_loops_by_reverse_mode_alone() -> None:
    """What one loop keeps is read by several loops of its derivatives, which all add to it."""
    third = s2sad.grad(s2sad.grad(s2sad.grad(squares)))
    assert np.isclose(third(0.7), 8 * 7 * 6 * 0.7**5)
    fourth = s2sad.grad(third)
    assert np.isclose(fourth(0.7), 8 * 7 * 6 * 5 * 0.7**4)
    s2sad.check_grads(powers, (0.7, X), order=3, wrt=0, modes=("rev",))


def test_containers() -> None:
    args = ({"k": 1.5, "pair": Pair(X, 0.5)}, [X, X**2])
    s2sad.check_grads(of_containers, args, order=3)


def test_complex_functions() -> None:
    s2sad.check_grads(lambda z: z**3 * np.exp(z), (X * (1.0 + 0.5j),), order=3)


def test_single_precision() -> None:
    s2sad.check_grads(of_arrays, (X.astype(np.float32), np.float32(1.5)), order=2, rtol=1e-2)


@pytest.mark.parametrize("mode", ["fwd", "rev"])
def test_a_second_derivative_that_is_wrong_is_noticed(mode: str) -> None:
    """The rule is right at first order, and forgets that its partial depends on x."""

    def cubed(x: Any) -> Any:
        return x**3

    @s2sad.elementwise(cubed)
    def rule(y: Any, x: Any) -> Any:
        return 3.0 * s2sad.stop_gradient(x) ** 2

    s2sad.check_grads(lambda x: cubed(x), (X,), modes=(mode,))
    with pytest.raises(AssertionError, match=f"derivative 2 of .* \\({mode}\\)"):
        s2sad.check_grads(lambda x: cubed(x), (X,), order=2, modes=(mode,))


def test_fixture(tmp_path: Path) -> None:
    """Where s2sad is installed, pytest has the fixture; importing s2sad doesn't import pytest."""
    text = """
    import numpy as np

    def test_right(check_grads):
        check_grads(lambda x: np.sum(np.sin(x) ** 2), (np.array([0.5, 1.0]),), order=3)
    """
    (tmp_path / "test_it.py").write_text(textwrap.dedent(text))
    command = [sys.executable, "-m", "pytest", "-q", "--rootdir", "."]
    ran = subprocess.run(
        command, cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0 and "1 passed" in ran.stdout, ran.stdout + ran.stderr
    code = "import s2sad, sys; assert 'pytest' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
    assert 's2sad = "s2sad.pytest_plugin"' in (ROOT / "pyproject.toml").read_text()
