"""Reverse mode: from the primal's IR to the IR of its adjoint."""

from s2sad.reverse.differentiate import reverse

__all__ = ["reverse"]
