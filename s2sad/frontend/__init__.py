"""From a Python function and the types of its arguments to the IR of its primal.

Types, references and control flow are settled in one walk over the syntax tree, because each
needs the others (docs/decisions/0001).
"""

from s2sad.frontend.entry import Lowered, PartlyLowered, lower_function
from s2sad.frontend.rules import lower_rule

__all__ = ["Lowered", "PartlyLowered", "lower_function", "lower_rule"]
