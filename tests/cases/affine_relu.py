"""Cases of the fusion of an affine layer and ReLU."""

from tests.cases.affine import SAMPLES, connected
from tests.layer_cases import LayerCases, Part, normal, plant

from pellucid.layers import affine_backward, affine_relu_forward

INPUTS = (affine_relu_forward, normal((4, 3), (3, 3), (3,)))


def parts(layers, args, settings):
    _, w, b = args
    return [Part(layers.affine, (w, b)), Part(layers.relu)]


CASES = LayerCases(
    kind="affine_relu",
    calls=[connected("affine_relu", x, outputs) for x, outputs in SAMPLES],
    parts=parts,
    planted={"affine-relu: relu forgotten": plant(INPUTS, lambda d, c: affine_backward(d, c.affine), 0, 1, 2)},
)
