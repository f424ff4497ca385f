"""Convolution and pooling, channels first and last."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from pellucid.checker.recognising.form import Hints, LayerForm, Reading, Role, Sizes, Values, names
from pellucid.shapes import Array

__all__ = ["CONV", "forms"]

CONV = names("conv", "correlat")
Reader = Callable[[Values, Hints], Iterator[Reading]]


def forms(s: Sizes) -> list[LayerForm]:
    """Return the forms of convolution and pooling."""
    size = {"in": s.c, "out": s.f, "kernel": s.k + 1, "stride": s.stride, "pad": s.pad, "height": s.h, "width": s.w}
    window = {"kernel": s.k, "stride": s.stride + 1, "pad": 0}
    first, last = Role("x", ((s.n, s.c, s.h, s.w),)), Role("x", ((s.n, s.h, s.w, s.c),))
    k = s.k + 1
    bias = Role("b", ((s.f,), (s.f, 1), (1, s.f), (1, 1, 1, s.f), (1, s.f, 1, 1)), "weights")
    last_bias = Role("b", ((1, 1, 1, s.f), (s.f,), (1, s.f)), "weights")
    given = {"stride": s.stride, "pad": s.pad}
    w_first, w_last = Role("w", ((s.f, s.c, k, k),), "weights"), Role("w", ((k, k, s.c, s.f),), "weights")
    one = (Role("x", ((s.h, s.w),)), Role("w", ((k, k),), "weights"))
    patch = (Role("x", ((k, k, s.c),)), Role("w", ((k, k, s.c),), "weights"), Role("b", ((1, 1, 1),), "weights"))
    max_names, mean_names = names("max", "pool"), names("av", "mean", "pool")
    pooled = {"size": s.k, "stride": s.stride + 1, "pad": 0}
    overlapping = {"size": s.k + 1, "stride": 2 - (s.stride > 1), "pad": 0}
    tight = {"kernel": s.k + 1, "stride": 2 - (s.stride > 1), "pad": 0}
    even_first, even_last = Role("x", ((s.n, s.c, s.h + 1, s.w + 1),)), Role("x", ((s.n, s.h + 1, s.w + 1, s.c),))
    pools = [
        LayerForm(f"{name} pooling", layout, (role,), _pool(operation, is_last), pattern, window_sizes, settings)
        for window_sizes, settings, roles in (
            (tight, overlapping, (first, last)),
            (window, pooled, (even_first, even_last)),
        )
        for name, operation, pattern in (("max", np.max, max_names), ("average", np.mean, mean_names))
        for layout, role, is_last in (
            ("of images (N, C, H, W)", roles[0], False),
            ("of images (N, H, W, C)", roles[1], True),
        )
    ]
    return [
        LayerForm("convolution", "of images (N, C, H, W)", (first, w_first, bias), _conv(False), CONV, size, given),
        LayerForm("convolution", "of images (N, H, W, C)", (last, w_last, last_bias), _conv(True), CONV, size, given),
        LayerForm(
            "convolution without bias", "of images (N, C, H, W)", (first, w_first), _conv(False), CONV, size, given
        ),
        LayerForm("convolution without bias", "of images (N, H, W, C)", (last, w_last), _conv(True), CONV, size, given),
        LayerForm("convolution", "of one image with one filter", one, _conv_of_one, CONV, {"kernel": k}, given),
        LayerForm("one window of a convolution", "", patch, _single, CONV, {"kernel": k}),
        *pools,
    ]


def _windows(x: Array, k: tuple[int, int], stride: int, pad: int, value: float = 0.0) -> Array | None:
    """Return the windows of images (N, C, H, W) as (N, C, H_out, W_out, k, k)."""
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), constant_values=value)
    if padded.shape[2] < k[0] or padded.shape[3] < k[1]:
        return None
    return sliding_window_view(padded, k, axis=(2, 3))[:, :, ::stride, ::stride]


def _steps(h: Hints, k: int) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    for stride in h.setting("stride", 1, 2, k):
        for pad in h.setting("pad", 0, 1, 2, (k - 1) // 2):
            told = () if "stride" in h.settings and "pad" in h.settings else (f"stride {int(stride)}, pad {int(pad)}",)
            yield int(stride), int(pad), told


def _conv(is_last: bool) -> Reader:
    def read(v: Values, h: Hints) -> Iterator[Reading]:
        x = v["x"].transpose(0, 3, 1, 2) if is_last else v["x"]
        w = v["w"].transpose(3, 2, 0, 1) if is_last else v["w"]
        b = v["b"].reshape(1, -1, 1, 1) if "b" in v else 0.0
        for stride, pad, told in _steps(h, w.shape[-1]):
            windows = _windows(x, w.shape[2:], stride, pad)
            if windows is None:
                continue
            for weights, how in ((w, ()), (w[:, :, ::-1, ::-1], ("with the filter turned (a true convolution)",))):
                out = np.einsum("nchwij,fcij->nfhw", windows, weights) + b
                yield Reading((out.transpose(0, 2, 3, 1) if is_last else out,), (*told, *how))

    return read


def _conv_of_one(v: Values, h: Hints) -> Iterator[Reading]:
    for stride, pad, told in _steps(h, v["w"].shape[-1]):
        windows = _windows(v["x"][None, None], v["w"].shape, stride, pad)
        if windows is not None:
            yield Reading((np.einsum("hwij,ij->hw", windows[0, 0], v["w"]),), told)
            yield Reading(
                (np.einsum("hwij,ij->hw", windows[0, 0], v["w"][::-1, ::-1]),),
                (*told, "with the filter turned (a true convolution)"),
            )


def _single(v: Values, h: Hints) -> Iterator[Reading]:
    yield Reading((np.sum(v["x"] * v["w"]) + v["b"].ravel()[0],))


def _pool(operation: Callable[..., Array], is_last: bool) -> Reader:
    def read(v: Values, h: Hints) -> Iterator[Reading]:
        x = v["x"].transpose(0, 3, 1, 2) if is_last else v["x"]
        for k in h.setting("size", 2, 3):
            for stride in h.setting("stride", k, 1, 2):
                windows = _windows(x, (int(k), int(k)), int(stride), 0)
                if windows is None:
                    continue
                out = operation(windows, axis=(-2, -1))
                told = f"window {int(k)}, stride {int(stride)}"
                yield Reading((out.transpose(0, 2, 3, 1) if is_last else out,), (told,))
                if operation is np.mean and stride != k:
                    other = out * (k / stride) ** 2
                    yield Reading(
                        (other.transpose(0, 2, 3, 1) if is_last else other,),
                        (told,),
                        f"sums are divided by {int(stride)}**2, the stride's square, not by the {int(k)}**2 numbers of a window",
                        "divided-by-stride",
                        "x[window].sum() / k**2",
                    )
                if operation is np.max:
                    floor = np.maximum(out, 0)
                    yield Reading(
                        (floor.transpose(0, 2, 3, 1) if is_last else floor,),
                        (told,),
                        "windows of negative numbers give 0: the maximum starts at 0",
                        "max-from-zero",
                    )

    return read
