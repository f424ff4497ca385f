"""Batch, layer, instance and RMS normalization."""

from collections.abc import Callable, Iterator

import numpy as np

from pellucid.checker.recognising.form import Hints, LayerForm, Reading, Role, Sizes, Values, names
from pellucid.shapes import Array

__all__ = ["BATCH", "LAYER", "Reader", "forms", "normalized"]

BATCH = names("batchnorm", "^bn", "bn$", "batchn")
LAYER = names("layernorm", "^ln", "ln$")
Reader = Callable[[Values, Hints], Iterator[Reading]]


def forms(s: Sizes) -> list[LayerForm]:
    """Return the forms of normalizations, with and without gamma and beta."""
    size = {"features": s.d, "batch": s.n}
    rows, columns, images = Role("x", ((s.n, s.d),)), Role("x", ((s.d, s.n),)), Role("x", ((s.n, s.c, s.h, s.w),))
    last = Role("x", ((s.n, s.h, s.w, s.c),))
    of_rows, of_columns, of_images = ((s.d,), (1, s.d)), ((s.d, 1),), ((s.c,), (1, s.c, 1, 1))
    of_last = ((s.c,), (1, 1, 1, s.c))
    channels = {"features": s.c}

    def both(x: Role, shapes: tuple[tuple[int, ...], ...]) -> tuple[Role, ...]:
        return x, Role("gamma", shapes, "positive"), Role("beta", shapes, "weights")

    return [
        LayerForm("batch norm", "over the rows", both(rows, of_rows), normalized((0,), (1, -1)), BATCH, size),
        LayerForm("batch norm", "over the columns", both(columns, of_columns), normalized((1,), (-1, 1)), BATCH, size),
        LayerForm(
            "batch norm",
            "of images (N, C, H, W)",
            both(images, of_images),
            normalized((0, 2, 3), (1, -1, 1, 1)),
            BATCH,
            channels,
        ),
        LayerForm(
            "batch norm",
            "of images (N, H, W, C)",
            both(last, of_last),
            normalized((0, 1, 2), (1, 1, 1, -1)),
            BATCH,
            channels,
        ),
        LayerForm("layer norm", "over each row", both(rows, of_rows), normalized((1,), (1, -1)), LAYER, size),
        LayerForm(
            "batch norm without gamma and beta",
            "over the rows",
            (rows,),
            normalized((0,), (1, -1)),
            BATCH,
            size,
        ),
        LayerForm(
            "layer norm without gamma and beta", "over each row", (rows,), normalized((1,), (1, -1)), LAYER, size
        ),
        LayerForm("RMS norm", "over each row", (rows, Role("gamma", of_rows, "positive")), _rms, "rms(?!prop)", size),
    ]


def normalized(axes: tuple[int, ...], spread: tuple[int, ...]) -> Reader:
    """Return the readings of a norm over axes. spread: the shape of gamma and beta in the input's axes."""

    def read(v: Values, h: Hints) -> Iterator[Reading]:
        x = v["x"]
        count = int(np.prod([x.shape[axis] for axis in axes]))
        centered = x - x.mean(axis=axes, keepdims=True)
        var = (centered**2).mean(axis=axes, keepdims=True)
        unbiased = var * count / max(count - 1, 1)

        def scaled(y: Array) -> tuple[Array, ...]:
            return (y * v["gamma"].reshape(spread) + v["beta"].reshape(spread) if "gamma" in v else y,)

        def readings(eps: float) -> Iterator[Reading]:
            told = (f"eps {eps:g}",)
            yield Reading(scaled(centered / np.sqrt(var + eps)), told)
            outside = "eps stands outside the square root: sqrt(var) + eps"
            for spread_of, more, id in (
                (var, "", ""),
                (unbiased, ", and the variance is the unbiased one", "-and-unbiased"),
            ):
                yield _mistaken(
                    scaled(centered / (np.sqrt(spread_of) + eps)),
                    f"eps-outside-root{id}",
                    told,
                    outside + more,
                    "1 / sqrt(var + eps)",
                )
            yield _mistaken(
                scaled(centered / np.sqrt(unbiased + eps)),
                "unbiased-variance",
                told,
                "the variance is the unbiased one (divides by N - 1, ddof=1)",
                "var = ((x - mean)**2).mean(...)",
            )
            yield _mistaken(
                scaled(centered / (var + eps)),
                "no-root",
                told,
                "the square root of the variance is missing",
                "1 / sqrt(var + eps)",
            )

        for eps in h.eps():
            yield from readings(eps)
        yield _mistaken(
            scaled(centered / np.sqrt(var)),
            "no-eps",
            (),
            "there is no eps: a feature without spread gives NaN",
            "1 / sqrt(var + eps)",
        )

    return read


def _mistaken(outputs: tuple[Array, ...], id: str, told: tuple[str, ...], mistake: str, correct: str) -> Reading:
    return Reading(outputs, told, mistake, id, correct)


def _rms(v: Values, h: Hints) -> Iterator[Reading]:
    x = v["x"]
    square = (x**2).mean(axis=-1, keepdims=True)
    for eps in h.eps():
        yield Reading((x / np.sqrt(square + eps) * v["gamma"].ravel(),), (f"eps {eps:g}",))
        outputs = (x / (np.sqrt(square) + eps) * v["gamma"].ravel(),)
        mistake = "eps stands outside the square root: sqrt(mean(x**2)) + eps"
        yield _mistaken(outputs, "eps-outside-root", (f"eps {eps:g}",), mistake, "x / sqrt(mean(x**2) + eps)")
