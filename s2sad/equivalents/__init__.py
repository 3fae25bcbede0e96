"""What functions and classes of Python's library do, written in Python.

A call of one of them is lowered as a call of its equivalent here, so that everything about active
values, loops and branches is decided in one place: by the language that s2sad accepts. What is
written here is never run; it belongs to the line that calls it, which comments and errors quote.
"""

from s2sad.equivalents.table import FUNCTIONS, equivalent

__all__ = ["FUNCTIONS", "equivalent"]
