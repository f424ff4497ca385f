"""Convolutions besides the everyday one: of sequences, depthwise, dilated, transposed; channels first and last."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pellucid.checker.recognising.form import Hints, LayerForm, Reading, Role, Sizes, Values, names
from pellucid.checker.recognising.readings.images import CONV
from pellucid.shapes import Array

__all__ = ["forms"]

TRANSPOSED = names("transpos", "deconv", "upconv", "convt")
DEPTHWISE = names("depthwise", "dwconv", "separable")
TURNED = "with the filter turned (a true convolution)"


@dataclass(frozen=True)
class _Form:
    kind: str
    axes: int  # of a window: 1 or 2
    is_last: bool  # channels last
    bias: bool
    is_depthwise: bool = False
    is_transposed: bool = False
    is_dilated: bool = False


def forms(s: Sizes) -> list[LayerForm]:
    """Return the forms of further convolutions, those with a bias first."""
    kinds = []
    for bias, is_last, axes in itertools.product((True, False), (False, True), (1, 2)):
        kinds.append(_Form("transposed convolution", axes, is_last, bias, is_transposed=True))
        kinds.append(_Form("depthwise convolution", axes, is_last, bias, is_depthwise=True))
        kinds.append(_Form("dilated convolution", axes, is_last, bias, is_dilated=True))
        if axes == 1:
            kinds.append(_Form("1-D convolution", axes, is_last, bias))
    return [_layer(s, form) for form in kinds]


def _layer(s: Sizes, form: _Form) -> LayerForm:
    k, c, f = s.k + 1, s.c, s.c if form.is_depthwise else s.f
    sides = (s.h + s.k,) if form.axes == 1 else (s.h, s.w) if not form.is_transposed else (s.k + 1, s.k + 2)
    window = (k,) * form.axes
    x = (s.n, *sides, c) if form.is_last else (s.n, c, *sides)
    shapes: tuple[tuple[int, ...], ...]
    if form.is_depthwise:
        shapes = ((*window, c), (*window, c, 1)) if form.is_last else ((c, 1, *window), (c, *window))
    elif form.is_transposed:
        shapes = ((*window, c, f), (*window, f, c)) if form.is_last else ((c, f, *window), (f, c, *window))
    else:
        shapes = ((*window, c, f),) if form.is_last else ((f, c, *window),)
    roles = [Role("x", (x,)), Role("w", shapes, "weights")]
    if form.bias:
        roles.append(
            Role("b", ((f,), (f, 1), (1, f), (1, *([1] * form.axes), f), (1, f, *([1] * form.axes))), "weights")
        )
    letters = ("L",) if form.axes == 1 else ("H", "W")
    layout = ", ".join(("N", *letters, "C") if form.is_last else ("N", "C", *letters))
    what = "sequences" if form.axes == 1 else "images"
    settings = {"stride": s.stride, "pad": min(s.pad, 1)} | ({"dilation": 2} if form.is_dilated else {})
    size = {"in": c, "out": f, "channels": c, "kernel": k, **settings}
    if form.is_depthwise:
        size = {"channels": c, "kernel": k, **settings}
    pattern = TRANSPOSED if form.is_transposed else DEPTHWISE if form.is_depthwise else CONV
    return LayerForm(
        form.kind,
        f"of {what} ({layout})" + ("" if form.bias else ", without bias"),
        tuple(roles),
        _read(form),
        pattern,
        size,
        settings,
        is_by_name=True,
        needs=r"dilat\w*|dil" if form.is_dilated else "",
    )


def _read(form: _Form) -> Callable[[Values, Hints], Iterator[Reading]]:
    def read(v: Values, h: Hints) -> Iterator[Reading]:
        x = np.moveaxis(v["x"], -1, 1) if form.is_last else v["x"]
        k = v["w"].shape[0] if form.is_last else v["w"].shape[-1]
        for stride, pad, dilation in itertools.product(
            h.setting("stride", 1, 2), h.setting("pad", 0, 1, (k - 1) // 2), h.setting("dilation", 1)
        ):
            told = tuple(
                f"{name} {int(value)}"
                for name, value in (("stride", stride), ("pad", pad))
                if name not in h.settings and value != (name == "stride")
            )
            for w, how in _filters(form, v, x.shape[1]):
                for turned in (False, True):
                    weights = np.flip(w, axis=tuple(range(-form.axes, 0))) if turned else w
                    out = (_transposed if form.is_transposed else _plain)(
                        x, weights, int(stride), int(pad), int(dilation)
                    )
                    if out is None:
                        continue
                    b = v["b"].reshape(1, -1, *([1] * form.axes)) if form.bias else 0.0
                    words = (*told, *how, *((TURNED,) if turned else ()))
                    for sum_, mistake in ((out + b, ""), (out, "the bias is not added")) if form.bias else ((out, ""),):
                        shown = np.moveaxis(sum_, 1, -1) if form.is_last else sum_
                        yield Reading(
                            (shown,), words, mistake, "no-bias" if mistake else "", "out + b" if mistake else ""
                        )

    return read


def _filters(form: _Form, v: Values, channels: int) -> Iterator[tuple[Array, tuple[str, ...]]]:
    """Yield the filters as (F, C, ...); of a transposed convolution as (C, F, ...)."""
    w = v["w"]
    if form.is_depthwise:
        flat = (
            w.reshape(*w.shape[: form.axes], channels) if form.is_last else w.reshape(channels, *w.shape[-form.axes :])
        )
        each = np.moveaxis(flat, -1, 0) if form.is_last else flat
        yield np.eye(channels).reshape(channels, channels, *([1] * form.axes)) * each[:, None], ()
        return
    if form.is_transposed:
        first = np.moveaxis(w, (-2, -1), (0, 1)) if form.is_last else w
        if first.shape[0] == channels:
            yield first, ()
        if first.shape[1] == channels:
            yield np.swapaxes(first, 0, 1), ("filters of shape (out, in, ...)",)
        return
    yield np.moveaxis(w, (-2, -1), (1, 0)) if form.is_last else w, ()


def _places(sides: Sequence[int], k: Sequence[int], stride: int, dilation: int) -> list[int]:
    return [(side - dilation * (width - 1) - 1) // stride + 1 for side, width in zip(sides, k, strict=True)]


def _plain(x: Array, w: Array, stride: int, pad: int, dilation: int) -> Array | None:
    """Return the cross-correlation of (N, C, ...) with (F, C, ...)."""
    k = w.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), *([(pad, pad)] * len(k))))
    places = _places(padded.shape[2:], k, stride, dilation)
    if min(places) < 1:
        return None
    out = np.zeros((x.shape[0], w.shape[0], *places))
    for offsets in itertools.product(*(range(width) for width in k)):
        part = tuple(
            slice(o * dilation, o * dilation + stride * (n - 1) + 1, stride)
            for o, n in zip(offsets, places, strict=True)
        )
        out += np.einsum("nc...,fc->nf...", padded[(slice(None), slice(None), *part)], _at(w, offsets))
    return out


def _at(w: Array, offsets: tuple[int, ...]) -> Array:
    where: Any = (..., *offsets)
    return w[where]


def _transposed(x: Array, w: Array, stride: int, pad: int, dilation: int) -> Array | None:
    """Return what spreads each number of (N, C, ...) over a window (C, F, ...)."""
    k, sides = w.shape[2:], x.shape[2:]
    whole = [stride * (n - 1) + dilation * (width - 1) + 1 for n, width in zip(sides, k, strict=True)]
    out = np.zeros((x.shape[0], w.shape[1], *whole))
    for offsets in itertools.product(*(range(width) for width in k)):
        part = tuple(
            slice(o * dilation, o * dilation + stride * (n - 1) + 1, stride)
            for o, n in zip(offsets, sides, strict=True)
        )
        out[(slice(None), slice(None), *part)] += np.einsum("nc...,cf->nf...", x, _at(w, offsets))
    if min(whole) <= 2 * pad:
        return None
    return out[(slice(None), slice(None), *(slice(pad, side - pad) for side in whole))]
