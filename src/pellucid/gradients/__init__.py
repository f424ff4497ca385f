"""Numerical and exact derivatives of any function: what backward passes are checked against.

What lives here: central differences, the complex step, differentiation through the code by dual numbers, and `gradcheck`, which
compares a backward with central differences. What does not: layers, and the recognition of known mistakes (`checker`). The
function is also available as `pellucid.gradcheck`; the package has a different name so that neither hides the other.
"""

from pellucid.gradients.comparison import GradientReport
from pellucid.gradients.complex_step import DifferentiationError, complex_step_gradient
from pellucid.gradients.dual import Dual, exact_gradient
from pellucid.gradients.gradcheck import gradcheck
from pellucid.gradients.numerical import numerical_gradient, numerical_slope, relative_error
from pellucid.gradients.report import GradcheckReport

__all__ = [
    "DifferentiationError",
    "Dual",
    "GradcheckReport",
    "GradientReport",
    "complex_step_gradient",
    "exact_gradient",
    "gradcheck",
    "numerical_gradient",
    "numerical_slope",
    "relative_error",
]
