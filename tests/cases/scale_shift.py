"""Cases of a learned factor and shift."""

from tests.layer_cases import IMAGE, ROW, LayerCases, Output, call, edit, normal, plant

from pellucid.layers import scale_shift_backward, scale_shift_forward
from pellucid.nets import Affine, Conv, Flatten, Network, ReLU, ScaleShift

CHANNELS = (scale_shift_forward, normal((2, 3, 4), (3,), (3,)))
SHARED = (scale_shift_forward, normal((4, 5), (1,), (1,)))

CASES = LayerCases(
    kind="scale_shift",
    calls=[
        *(
            call("scale_shift", shape, shape[1:2], shape[1:2])
            for shape in [(1, 1), (1, 32), (33, 17), (2, 3, 5, 4), (3, 17, 2, 31)]
        ),
        *(call("scale_shift", shape, (1,), (1,)) for shape in [(4, 7), (2, 3, 5, 4)]),
        *(call("scale_shift", shape, shape[1:], shape[1:]) for shape in [(2, 3, 5, 4), (3, 4, 6)]),
    ],
    with_channels=lambda c: [call("scale_shift", (2, c, 5, 4), (c,), (c,)), call("scale_shift", (3, c), (c,), (c,))],
    planted={
        "scale: factor left out": plant(CHANNELS, edit(scale_shift_backward, g0=lambda g, dout, c: dout), 0),
        "scale: dscale averaged": plant(CHANNELS, edit(scale_shift_backward, g1=lambda g, dout, c: g / len(dout)), 1),
        "scale: dshift times x": plant(
            CHANNELS, edit(scale_shift_backward, g2=lambda g, dout, c: (dout * c.x).sum((0, 2))), 2
        ),
        "scale: shared dscale of one feature": plant(
            SHARED, edit(scale_shift_backward, g1=lambda g, dout, c: (dout * c.x)[:, :1].sum().reshape(1)), 1
        ),
    },
    networks={
        "scale of an image": ([Conv(4, 3), ScaleShift(), ReLU(), ScaleShift("sample"), Flatten(), Affine(3)], IMAGE),
        "scale of entries": ([Conv(4, 3), ScaleShift("entry"), Flatten(), Affine(3), ScaleShift()], IMAGE),
        "scale of features": ([Affine(5), ScaleShift("entry"), ReLU(), ScaleShift("sample"), Affine(3)], ROW),
    },
    descriptions=[ScaleShift("entry"), ScaleShift("sample")],
    outputs=[Output(ScaleShift(), (3, 7, 2), (3, 7, 2), 0)],
    refused={
        "another part": (lambda: ScaleShift("pixel"), ["ScaleShift: each must be one of 'channel'", "got 'pixel'"]),
        "without channels": (lambda: Network([ScaleShift()], ()), ["shape"]),
    },
    drawn=lambda draw, shape: ScaleShift(draw.either("channel", draw.either("entry", "sample"))),
)
