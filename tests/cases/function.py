"""Cases of the layer of any pair that someone wrote; it has no entry in a table of layers, and no ONNX operator."""

import numpy as np
from tests.layer_cases import LayerCases

from pellucid.nets import Affine, Conv, Flatten, Function, ReLU


def doubled_forward(x):
    return 2 * x, None


def doubled_backward(dout, cache):
    return 2 * dout


def _bend_forward(x, scale):
    along = scale.reshape(-1, *[1] * (x.ndim - 2))
    return x + along * x**2, (x, along)


def _bend_backward(dout, cache):
    x, along = cache
    dscale = (dout * x**2).sum(axis=(0, *range(2, x.ndim)))
    return dout * (1 + 2 * along * x), dscale


def bend(channels):
    """x + scale x**2, a scale for each channel or feature: a Function with a parameter that does not decay."""
    return Function(_bend_forward, _bend_backward, {"scale": np.linspace(-0.2, 0.2, channels)}, name="bend")


def _mix_forward(x, weight):
    out = np.tanh(x.reshape(len(x), -1) @ weight)
    return out, (x, weight, out)


def _mix_backward(dout, cache):
    x, weight, out = cache
    dsum = dout * (1 - out**2)
    return (dsum @ weight.T).reshape(x.shape), x.reshape(len(x), -1).T @ dsum


def mix(shape, out):
    """tanh(x weight): a Function with a parameter that decays and another shape going out than in."""
    features = int(np.prod(shape))
    weight = np.sin(np.arange(features * out)).reshape(features, out)
    return Function(_mix_forward, _mix_backward, {"weight": weight}, output_shape=(out,), name="mix")


def drawn(draw, shape):
    return draw.either(bend(shape[0]), mix(shape, draw.size())) if len(shape) == 1 else bend(shape[0])


CASES = LayerCases(
    kind="function",
    networks={
        "a function": (
            [Conv(4, 3), Function(doubled_forward, doubled_backward), ReLU(), Flatten(), Affine(3)],
            (2, 6, 6),
        )
    },
    drawn=drawn,
    often=2,
    bridges=("torch",),
)
