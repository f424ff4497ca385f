"""The course's convolution: x (100, 3, 31, 31), w (25, 3, 3, 3), stride 2, pad 1, forward and backward.

Against nested Python loops over images, filters and places, and against NumPy's im2col with a compiled col2im. In float64 the
elementwise error is the largest of |a - b| / max(1e-8, |a| + |b|), the course's measure.
"""

import ctypes
from typing import Any

import numpy as np

from bench.case import Case
from bench.compiled import compiled
from bench.convs import guard_of
from bench.worker import Timed

STRIDE, PAD = 2, 1
GOALS = {"float32": {"loops": 5000.0, "im2col": 3.0}, "float64": {"loops": 2000.0, "im2col": 2.0}}


def cases(section: str = "course") -> list[Case]:
    """Return the two cases."""
    return [
        Case(section, dtype, goals, "native", {"loops": ["loops"], "im2col": ["im2col"]}, maximum_rounds=5)
        for dtype, goals in GOALS.items()
    ]


def arrays_of(dtype: str) -> tuple[np.ndarray, ...]:
    """Return x, w, b, dout."""
    rng = np.random.default_rng(0)
    shapes = (100, 3, 31, 31), (25, 3, 3, 3), (25,), (100, 25, 16, 16)
    return tuple(rng.standard_normal(shape).astype(dtype) for shape in shapes)


def loops(x: np.ndarray, w: np.ndarray, b: np.ndarray, dout: np.ndarray) -> tuple[np.ndarray, ...]:
    """Forward and backward as a beginner writes them: a loop for each axis of the output."""
    padded = np.pad(x, ((0, 0), (0, 0), (PAD, PAD), (PAD, PAD)))
    out, dpadded, dw, db = np.zeros_like(dout), np.zeros_like(padded), np.zeros_like(w), np.zeros_like(b)
    images, filters, height, width = dout.shape
    size_h, size_w = w.shape[2:]
    for n in range(images):
        for f in range(filters):
            for i in range(height):
                for j in range(width):
                    top, left = i * STRIDE, j * STRIDE
                    window = padded[n, :, top : top + size_h, left : left + size_w]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    for n in range(images):
        for f in range(filters):
            for i in range(height):
                for j in range(width):
                    top, left = i * STRIDE, j * STRIDE
                    gradient = dout[n, f, i, j]
                    db[f] += gradient
                    dw[f] += gradient * padded[n, :, top : top + size_h, left : left + size_w]
                    dpadded[n, :, top : top + size_h, left : left + size_w] += gradient * w[f]
    return out, dpadded[:, :, PAD:-PAD, PAD:-PAD], dw, db


def im2col(x: np.ndarray, w: np.ndarray, b: np.ndarray, dout: np.ndarray) -> tuple[np.ndarray, ...]:
    """Forward and backward by matrix products; windows by strides, col2im in C."""
    (n, c, h, width), (f, _, r, s), (_, _, oh, ow) = x.shape, w.shape, dout.shape
    padded = np.pad(x, ((0, 0), (0, 0), (PAD, PAD), (PAD, PAD)))
    step_n, step_c, step_h, step_w = padded.strides
    strides = step_c, step_h, step_w, step_n, STRIDE * step_h, STRIDE * step_w
    windows = np.lib.stride_tricks.as_strided(padded, (c, r, s, n, oh, ow), strides)
    cols = np.ascontiguousarray(windows).reshape(c * r * s, n * oh * ow)
    flat = w.reshape(f, -1)
    out = (flat @ cols + b[:, None]).reshape(f, n, oh, ow).transpose(1, 0, 2, 3)
    by_filter = dout.transpose(1, 0, 2, 3).reshape(f, -1)
    dw, db = (by_filter @ cols.T).reshape(w.shape), by_filter.sum(axis=1)
    dcols = flat.T @ by_filter
    dpadded = np.zeros_like(padded)
    add_back = getattr(compiled("col2im"), f"col2im_{x.dtype.name}")
    sizes = (n, c, h + 2 * PAD, width + 2 * PAD, r, s, oh, ow, STRIDE)
    add_back(ctypes.c_void_p(dcols.ctypes.data), ctypes.c_void_p(dpadded.ctypes.data), *map(ctypes.c_long, sizes))
    return np.ascontiguousarray(out), dpadded[:, :, PAD:-PAD, PAD:-PAD], dw, db


def native(x: np.ndarray, w: np.ndarray, b: np.ndarray, dout: np.ndarray) -> tuple[np.ndarray, ...]:
    """The eager functions of the native table."""
    from pellucid.kernels import NATIVE

    out, cache = NATIVE.conv.forward(x, w, b, stride=STRIDE, pad=PAD)
    return out, *NATIVE.conv.backward(dout, cache)


WAYS: dict[str, Any] = {"native": native, "loops": loops, "im2col": im2col}


def build(case: str, side: str) -> Timed:
    """Return what a side's process runs."""
    arrays = arrays_of(case)

    def run() -> tuple[np.ndarray, ...]:
        return WAYS[side](*arrays)

    warm_up = 0 if side == "loops" else 10
    return Timed({"forward+backward": run}, guard_of(*run()), 1e-3 if case == "float32" else 1e-9, warm_up)


def elementwise_error() -> float:
    """Return the largest elementwise relative error of the native functions in float64 against the loops."""
    arrays = arrays_of("float64")
    pairs = zip(native(*arrays), loops(*arrays), strict=True)
    return max(float((np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b))).max()) for a, b in pairs)
