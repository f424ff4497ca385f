"""Single convolutions, forward and backward (data, weights and bias): seven shapes.

PyTorch's time is the sum of its best forward and its best backward, each in its fastest memory format, although a program would
have to convert between them. Ours are the calls of a plan (with preallocated outputs) and, for comparison, the eager functions,
which allocate new arrays as PyTorch's operators do.
"""

from typing import NamedTuple

import numpy as np

from bench.case import Case
from bench.side import TEAMS, options_of, side_name
from bench.worker import Timed


class Shape(NamedTuple):
    """A convolution: N images (C, H, H), F filters (K, K), stride, pad; and the goal for the ratio."""

    n: int
    c: int
    h: int
    f: int
    k: int
    stride: int
    pad: int
    goal: float

    @property
    def name(self) -> str:
        """The name in the tables: N,C,H,F,k,stride,pad."""
        return ",".join(str(size) for size in self[:7])

    @property
    def side(self) -> int:
        """The output's height and width."""
        return 1 + (self.h + 2 * self.pad - self.k) // self.stride

    @property
    def flops(self) -> float:
        """Multiplications and additions of a direct convolution, forward and both gradients."""
        return 3 * 2.0 * self.n * self.f * self.c * self.k**2 * self.side**2


SHAPES = [
    Shape(100, 3, 31, 25, 3, 2, 1, 1.74),
    Shape(50, 3, 32, 32, 7, 1, 3, 1.81),
    Shape(64, 32, 32, 32, 3, 1, 1, 2.94),
    Shape(64, 64, 16, 64, 3, 1, 1, 2.60),
    Shape(64, 128, 16, 128, 3, 1, 1, 2.51),
    Shape(64, 64, 32, 64, 3, 1, 1, 2.33),
    Shape(128, 256, 8, 256, 3, 1, 1, 2.51),
]


def cases(section: str = "convs") -> list[Case]:
    """Return the seven cases."""
    torch = [side_name("torch", memory=memory, **team) for team in TEAMS for memory in ("nchw", "nhwc")]
    return [
        Case(section, shape.name, {"PyTorch": shape.goal}, "native", {"PyTorch": torch}, others=("eager",))
        for shape in SHAPES
    ]


def shape_of(case: str) -> Shape:
    """Return the shape that a case names."""
    return next(shape for shape in SHAPES if shape.name == case)


def arrays_of(shape: Shape) -> tuple[np.ndarray, ...]:
    """Return x, w (He-scaled), b and dout, float32 in NCHW memory."""
    rng = np.random.default_rng(0)
    made = (
        rng.standard_normal((shape.n, shape.c, shape.h, shape.h)),
        rng.standard_normal((shape.f, shape.c, shape.k, shape.k)) * (2 / (shape.c * shape.k**2)) ** 0.5,
        rng.standard_normal(shape.f),
        rng.standard_normal((shape.n, shape.f, shape.side, shape.side)),
    )
    return tuple(array.astype(np.float32) for array in made)


def guard_of(*arrays: np.ndarray) -> list[float]:
    """Return numbers that identify arrays: for each, the projection on a random direction over its norm, and its RMS."""
    guard = []
    for array in arrays:
        flat = np.ascontiguousarray(array).reshape(-1).astype(np.float64)
        direction = np.random.default_rng(flat.size).standard_normal(flat.size)
        guard += [float(flat @ direction / np.linalg.norm(flat)), float(np.linalg.norm(flat) / flat.size**0.5)]
    return guard


def build(case: str, side: str) -> Timed:
    """Return what a side's process runs."""
    shape = shape_of(case)
    if side.startswith("torch"):
        return torch_conv(shape, side)
    return eager_conv(shape) if side == "eager" else planned_conv(shape)


def torch_conv(shape: Shape, side: str) -> Timed:
    """PyTorch's operators, called without recording gradients."""
    import torch

    from bench.torch_sides import set_threads

    options = options_of(side)
    set_threads(options)
    x, w, b, dout = (torch.from_numpy(array) for array in arrays_of(shape))
    if options["memory"] == "nhwc":
        x, w, dout = (t.contiguous(memory_format=torch.channels_last) for t in (x, w, dout))
    stride, pad, backward = [shape.stride] * 2, [shape.pad] * 2, torch.ops.aten.convolution_backward

    def forward() -> object:
        return torch.conv2d(x, w, b, stride, pad)

    def gradients() -> object:
        return backward(dout, x, w, [shape.f], stride, pad, [1, 1], False, [0, 0], 1, [True, True, True])

    with torch.inference_mode():
        guard = guard_of(forward().numpy(), *(gradient.numpy() for gradient in gradients()))
    torch.set_grad_enabled(False)
    return Timed({"forward": forward, "backward": gradients}, guard)


def eager_conv(shape: Shape) -> Timed:
    """The eager functions of the table, which allocate new arrays in every call."""
    from pellucid.kernels import NATIVE

    x, w, b, dout = arrays_of(shape)
    x, dout = (a.transpose(0, 2, 3, 1).copy().transpose(0, 3, 1, 2) for a in (x, dout))
    w = w.transpose(2, 3, 1, 0).copy().transpose(3, 2, 0, 1)
    conv = NATIVE.conv
    out, cache = conv.forward(x, w, b, stride=shape.stride, pad=shape.pad)
    return Timed(
        {
            "forward": lambda: conv.forward(x, w, b, stride=shape.stride, pad=shape.pad),
            "backward": lambda: conv.backward(dout, cache),
        },
        guard_of(out, *conv.backward(dout, cache)),
    )


def planned_conv(shape: Shape) -> Timed:
    """The calls that a plan makes, on preallocated buffers."""
    from pellucid.kernels import default_threads
    from pellucid.kernels.declaration import PLANNED
    from pellucid.kernels.planned_layer import Arrays, GradientArrays, LayerContext

    x, w, b, dout = arrays_of(shape)
    x, dout = (np.ascontiguousarray(a.transpose(0, 2, 3, 1)) for a in (x, dout))
    w = np.ascontiguousarray(w.transpose(2, 3, 1, 0))
    out, dx, dw, db = np.empty_like(dout), np.empty_like(x), np.empty_like(w), np.empty_like(b)
    options = {"stride": (shape.stride,) * 2, "pad": (shape.pad,) * 2}
    about = {
        "samples": shape.n,
        "inputs": (x.shape[1:],),
        "output": out.shape[1:],
        "params": (w.shape, b.shape),
        "options": options,
        "relu": False,
        "pixels": 1,
        "dtype": x.dtype,
        "threads": default_threads(),
        "algorithm": None,
        "key": (0, 0),
        "ceiling": np.inf,
    }
    context = LayerContext(**{name: about[name] for name in LayerContext._fields})
    layer = PLANNED["conv"]
    saved = {name: np.empty((shape.n, *size), dtype) for name, (size, dtype) in layer.saved(context).items()}
    held = {
        "inputs": (x,),
        "params": (w, b),
        "output": out,
        "saved": saved,
        "statistics": (),
        "workspace": _aligned(layer.workspace(context)),
        "step": np.zeros(1, np.uint64),
    }
    arrays = Arrays(**{name: held[name] for name in Arrays._fields})
    forward = layer.forward(context, arrays)
    backward = layer.backward(context, arrays, GradientArrays(dout, dout, (dx,), (dw, db)))

    def run(calls: list) -> None:
        for call in calls:
            call(shape.n)

    run(forward)
    run(backward)
    guard = guard_of(out.transpose(0, 3, 1, 2), dx.transpose(0, 3, 1, 2), dw.transpose(3, 2, 0, 1), db)
    return Timed({"forward": lambda: run(forward), "backward": lambda: run(backward)}, guard)


def _aligned(size: int) -> np.ndarray:
    """Return a buffer of this many bytes, aligned to 64."""
    room = np.empty(size + 64, np.uint8)
    start = -room.ctypes.data % 64
    return room[start : start + size]
