"""First values of parameters: random weights whose outputs neither grow nor shrink from layer to layer.

    he      standard deviation sqrt(2 / fan_in)               for relu and similar layers; He et al. 2015
    xavier  standard deviation sqrt(2 / (fan_in + fan_out))   for tanh and sigmoid; Glorot & Bengio 2010
    x       standard deviation x

All normal, all from a counter-based generator keyed by the seed and the parameter's number, drawn in float64: the same network
and seed give the same weights in any dtype and on any machine.
"""

import numpy as np

from pellucid.layers import Init, Parameter
from pellucid.shapes import Array

__all__ = ["first_value", "standard_deviation"]


def standard_deviation(parameter: Parameter, init: Init) -> float:
    """Return the standard deviation of a parameter's first values; the layer's own `init` wins over the network's."""
    chosen = init if parameter.init is None else parameter.init
    if chosen == "he":
        return float(np.sqrt(2 / parameter.fan_in))
    if chosen == "xavier":
        return float(np.sqrt(2 / (parameter.fan_in + parameter.fan_out)))
    assert isinstance(chosen, (int, float))
    return float(chosen)


def first_value(parameter: Parameter, init: Init, *, seed: int, number: int) -> Array:
    """Return the first value of parameter `number` of a network, float64."""
    if parameter.start is not None:
        return np.broadcast_to(np.asarray(parameter.start, dtype=np.float64), parameter.shape)
    # A counter that dropout, which uses such keys too, never reaches: it counts from (0, 0, step, 0).
    counter, key = np.array([0, 0, 0, 1], dtype=np.uint64), np.array([seed, number], dtype=np.uint64)
    generator = np.random.Generator(np.random.Philox(counter=counter, key=key))
    return generator.standard_normal(parameter.shape) * standard_deviation(parameter, init)
