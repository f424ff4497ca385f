"""Cases of the fusion of an affine layer, a normalization, ReLU and dropout."""

from tests.cases.affine import connected
from tests.layer_cases import LayerCases, Part

from pellucid.layers import REFERENCE, Pair

# A pair of its own: a table may replace its layer norm, this fusion's argument stays.
NORM = Pair(REFERENCE.layernorm.forward, REFERENCE.layernorm.backward)
SAMPLES = [((1, 5), 7), ((31, 33), 17), ((33, 2, 3), 32)]


def fused(x, m, **settings):
    return connected("affine_norm_relu_dropout", x, m, (m,), (m,), **settings)


def parts(layers, args, settings):
    _, w, b, gamma, beta = args
    return [
        Part(layers.affine, (w, b)),
        Part(settings.get("norm", layers.batchnorm), (gamma, beta)),
        Part(layers.relu),
        Part(layers.dropout, (settings["keep"], settings["key"])),
    ]


CASES = LayerCases(
    kind="affine_norm_relu_dropout",
    calls=[
        *(fused(x, outputs, keep=0.7, key=(1, 2, 3)) for x, outputs in SAMPLES),
        fused((4, 3), 5, keep=1.0, key=(0, 0, 0), norm=NORM),
    ],
    parts=parts,
)
