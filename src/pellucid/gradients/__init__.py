"""Derivatives of any function, without a layer's help: what the layers are checked against.

What lives here: central differences and `gradcheck`, which compares a backward with them. What does not: layers, or the
recognition of known mistakes. The function is also `pellucid.gradcheck`; the room has another name so that neither hides the
other.
"""

from pellucid.gradients.gradcheck import GradcheckReport, GradientReport, gradcheck
from pellucid.gradients.numerical import numerical_gradient, relative_error

__all__ = ["GradcheckReport", "GradientReport", "gradcheck", "numerical_gradient", "relative_error"]
