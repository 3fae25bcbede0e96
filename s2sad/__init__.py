"""s2sad: the derivative of a Python function as another Python function, in source.

>>> import s2sad
>>> s2sad.grad(lambda x: x * x)(3.0)
6.0
"""

from s2sad.api import Gradient, grad, hvp, jvp, source, stop_gradient, value_and_grad, vjp
from s2sad.errors import (
    CompileError,
    Diagnostic,
    GradientTypeError,
    InternalError,
    NotCalledError,
    SpecialisationWarning,
    UnsupportedError,
    UnsupportedSyntaxError,
)
from s2sad.jacobians import hessian, jacfwd, jacobian, jacrev
from s2sad.rules.registry import adjoint, elementwise, linear, nondifferentiable, tangent
from s2sad.testing import check_grads
from s2sad.tree import ravel

__all__ = [
    "CompileError",
    "Diagnostic",
    "Gradient",
    "GradientTypeError",
    "InternalError",
    "NotCalledError",
    "SpecialisationWarning",
    "UnsupportedError",
    "UnsupportedSyntaxError",
    "adjoint",
    "check_grads",
    "elementwise",
    "grad",
    "hessian",
    "hvp",
    "jacfwd",
    "jacobian",
    "jacrev",
    "jvp",
    "linear",
    "nondifferentiable",
    "ravel",
    "source",
    "stop_gradient",
    "tangent",
    "value_and_grad",
    "vjp",
]

nondifferentiable(stop_gradient, result="view")
