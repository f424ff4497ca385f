"""The names that expressions of a graph may use besides the names of its nodes."""

from typing import Any

import numpy as np

from pellucid.derive.tracing import scatter
from pellucid.layers.activations.gelu import normal_below

__all__ = ["NAMESPACE"]

NAMESPACE: dict[str, Any] = {"np": np, "normal_below": normal_below} | {
    name: getattr(scatter, name) for name in scatter.__all__
}
