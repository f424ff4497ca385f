"""A stand-in for what layers use of SciPy, which a worker cannot read: correlations, and functions of each number.

Whatever else is asked of SciPy raises ImportError where it is called, as for any module that is missing.
"""

import math
import types
from typing import Any

import numpy as np

__all__ = ["KNOWN"]

PADS = {"fill": "constant", "wrap": "wrap", "symm": "symmetric"}
MODES = ("full", "same", "valid")


def correlate(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    """Return the cross-correlation of two real arrays with as many axes."""
    return _correlated(in1, in2, mode, {"mode": "constant"})


def convolve(in1: Any, in2: Any, mode: str = "full", method: str = "auto") -> Any:
    """Return the convolution: the cross-correlation with the second array turned around."""
    return _correlated(in1, np.flip(in2), mode, {"mode": "constant"})


def correlate2d(in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: float = 0) -> Any:
    """Return the cross-correlation of two images."""
    return _correlated(in1, in2, mode, _padding(boundary, fillvalue), is_2d=True)


def convolve2d(in1: Any, in2: Any, mode: str = "full", boundary: str = "fill", fillvalue: float = 0) -> Any:
    """Return the convolution of two images."""
    return _correlated(in1, np.flip(in2), mode, _padding(boundary, fillvalue))


def _padding(boundary: str, fillvalue: float) -> dict[str, Any]:
    if boundary not in PADS:
        raise ValueError("Acceptable boundary flags are 'fill', 'circular' (or 'wrap'), and 'symmetric' (or 'symm').")
    return {"mode": PADS[boundary], **({"constant_values": fillvalue} if boundary == "fill" else {})}


def _correlated(in1: Any, in2: Any, mode: str, padding: dict[str, Any], *, is_2d: bool = False) -> Any:
    """Return a cross-correlation. is_2d: of even sizes, "same" begins one place later, as SciPy's correlate2d does."""
    image, kernel = np.asarray(in1), np.asarray(in2)
    if image.ndim != kernel.ndim:
        raise ValueError("in1 and in2 should have the same dimensionality")
    if mode not in MODES:
        raise ValueError("acceptable mode flags are 'valid', 'same', or 'full'")
    sizes = kernel.shape
    before = [{"full": k - 1, "same": (k - 1) // 2 if is_2d else k // 2, "valid": 0}[mode] for k in sizes]
    after = [{"full": k - 1, "same": k - 1 - b, "valid": 0}[mode] for k, b in zip(sizes, before, strict=True)]
    padded = np.pad(image, list(zip(before, after, strict=True)), **padding)
    windows = np.lib.stride_tricks.sliding_window_view(padded, sizes)
    return np.tensordot(windows, kernel, axes=kernel.ndim)


def expit(x: Any) -> Any:
    """Return the sigmoid."""
    return 0.5 * (1 + np.tanh(0.5 * np.asarray(x)))


def logit(p: Any) -> Any:
    """Return the inverse of the sigmoid."""
    return np.log(p) - np.log1p(-np.asarray(p))


def logsumexp(a: Any, axis: Any = None, b: Any = None, keepdims: bool = False) -> Any:
    """Return log(sum(b * exp(a)))."""
    largest = np.max(a, axis=axis, keepdims=True)
    summed = np.sum(np.exp(a - largest) * (1 if b is None else b), axis=axis, keepdims=True)
    found = np.log(summed) + largest
    return found if keepdims else np.squeeze(found, axis=axis)[()]


def softmax(x: Any, axis: Any = None) -> Any:
    """Return exp(x) over its sum."""
    return np.exp(log_softmax(x, axis))


def log_softmax(x: Any, axis: Any = None) -> Any:
    """Return the logarithm of the softmax."""
    return np.asarray(x) - logsumexp(x, axis=axis, keepdims=True)


def xlogy(x: Any, y: Any) -> Any:
    """Return x * log(y), 0 where x is 0."""
    return np.where(np.asarray(x) == 0, 0.0, x * np.log(np.where(np.asarray(x) == 0, 1.0, y)))


def erf(x: Any) -> Any:
    """Return the error function."""
    return np.vectorize(math.erf, otypes=[float])(x)[()]


norm = types.SimpleNamespace(
    cdf=lambda x: 0.5 * (1 + erf(np.asarray(x) / math.sqrt(2))),
    pdf=lambda x: np.exp(-0.5 * np.asarray(x) ** 2) / math.sqrt(2 * math.pi),
)

KNOWN: dict[str, dict[str, Any]] = {
    "scipy": {},
    "scipy.signal": {one.__name__: one for one in (correlate, convolve, correlate2d, convolve2d)},
    "scipy.special": {one.__name__: one for one in (expit, logit, logsumexp, softmax, log_softmax, xlogy, erf)},
    "scipy.stats": {"norm": norm},
}
