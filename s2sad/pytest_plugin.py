"""The fixture `check_grads` for users' tests; pytest finds this module by its entry point, and
nothing else imports it.

    def test_energy(check_grads):
        check_grads(energy, (x, 3.0), order=2)
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from s2sad.testing import check_grads as check


@pytest.fixture
def check_grads() -> Callable[..., None]:
    """`s2sad.check_grads`: derivatives of a function against differences, to any order."""
    return check
