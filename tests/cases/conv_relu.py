"""Cases of the fusion of a convolution and ReLU."""

from tests.cases.conv import WINDOWS, convolved
from tests.layer_cases import LayerCases, Part


def convolution(layers, args, settings):
    """The first part of every fusion that starts with a convolution."""
    _, w, b, *_ = args
    return Part(layers.conv, (w, b), {key: settings[key] for key in ("stride", "pad") if key in settings})


CASES = LayerCases(
    kind="conv_relu",
    calls=[convolved("conv_relu", x, w, **settings) for x, w, settings in WINDOWS],
    parts=lambda layers, args, settings: [convolution(layers, args, settings), Part(layers.relu)],
)
