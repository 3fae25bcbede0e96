"""Forward mode: a tangent beside each value, carried along in the order of the program."""

from s2sad.forward.differentiate import forward

__all__ = ["forward"]
