"""GELU: x times the share of a standard normal distribution below x."""

from pellucid.derive.by_hand import pair_by_hand
from pellucid.derive.derivation import Derivation
from pellucid.derive.examples import arrays
from pellucid.derive.explanation import Explanation
from pellucid.derive.tracing.trace import normal_below
from pellucid.shapes import Array

__all__ = ["DERIVATIONS", "EXPLANATION", "gelu"]


def gelu(x: Array) -> Array:
    """x times the share of a standard normal below x."""
    share = normal_below(x)
    return x * share


DERIVATIONS = (Derivation("gelu", gelu, "x=N,D", pair_by_hand("gelu"), numbers=arrays([[0, 1], [-1, 2]])),)
EXPLANATION = Explanation(
    name="gelu",
    title="GELU",
    formula=("out = x * Phi(x)    Phi: the normal distribution function", "dx = dout * (Phi(x) + x * phi(x))"),
    shapes="any; x and out are equal in shape",
    why="x reaches the output on two paths, as a factor and through Phi; the gradients of both are added. phi is "
    "the normal density, the derivative of Phi.",
    mistakes=(
        "one of the two paths forgotten: dx = dout * Phi(x)",
        "the derivative of the tanh approximation used for the exact function",
    ),
    source="Hendrycks & Gimpel 2016",
)
