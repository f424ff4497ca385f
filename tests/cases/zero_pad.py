"""Cases of zeros around a sample."""

from tests.layer_cases import IMAGE, ROW, LayerCases, Output, call, normal, plant

from pellucid.layers import zero_pad_forward
from pellucid.nets import Affine, Conv, Flatten, MaxPool, Network, ReLU, ZeroPad

INPUTS = (lambda x: zero_pad_forward(x, pad=((1, 2), (0, 1))), normal((2, 3, 3, 3)))

CASES = LayerCases(
    kind="zero_pad",
    calls=[
        call("zero_pad", (1, 1, 1, 1), pad=1),
        call("zero_pad", (2, 3, 5, 4), pad=((0, 2), (3, 1))),
        call("zero_pad", (3, 17, 31), pad=((2, 0),)),
        call("zero_pad", (2, 3, 5, 4), pad=((1, 2), (0, 0), (0, 1))),
        call("zero_pad", (33, 6), pad=((1, 1),)),
    ],
    planted={
        "zero pad: cut at the other end": plant(INPUTS, lambda d, c: d[:, :, 2:5, 1:], 0),
        "zero pad: cut at the end alone": plant(INPUTS, lambda d, c: d[:, :, :3, :3], 0),
    },
    networks={
        "zeros around an image": (
            [ZeroPad(1), Conv(4, 3), ReLU(), ZeroPad(((0, 1), (2, 0))), MaxPool(2), Affine(3)],
            IMAGE,
        ),
        "channels of zeros": ([Conv(4, 3), ZeroPad(((1, 2), (0, 0), (0, 0))), Conv(2, 3), Flatten(), Affine(3)], IMAGE),
        "features of zeros": ([Affine(4), ZeroPad(((1, 2),)), Affine(3)], ROW),
    },
    descriptions=[ZeroPad(2), ZeroPad(((1, 2), (0, 3)))],
    outputs=[
        Output(ZeroPad(1), (3, 7, 2), (3, 9, 4), 0),
        Output(ZeroPad(((0, 2),)), (3, 7), (3, 9), 0),
        Output(ZeroPad(1), (5,), (5,), 0),
    ],
    refused={
        "zeros of less than none": (lambda: ZeroPad(-1), ["ZeroPad: pad must be a whole number of at least 0; got -1"]),
        "zeros of numbers": (lambda: ZeroPad((1, 2)), ["ZeroPad: pad must be a number, or (before, behind)"]),
        "zeros of too many axes": (
            lambda: Network([ZeroPad(((1, 1), (1, 1)))], (4,)),
            ["zeropad1 does not fit its input", "at most a pair for each axis of a sample of shape (4,)"],
        ),
    },
    drawn=lambda draw, shape: ZeroPad(draw.between(0, 1)),
    torch_modules=lambda nn: [
        (nn.ZeroPad2d((1, 2, 0, 3)), (3, 5, 4)),
        (nn.Sequential(nn.ZeroPad1d(2), nn.Flatten()), (3, 5)),
    ],
)
