"""Calls of the compiled module, and the correct results: the reference in float64.

Arrays lie as the module wants them: images (N, H, W, C), weights (R, S, C, F).
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pellucid.layers import REFERENCE
from pellucid.optim import REFERENCE_RULES, AdamState

LOGICAL, IMAGES = (0, 3, 1, 2), (0, 2, 3, 1)
FILTERS_FIRST, TAPS_FIRST = (3, 2, 0, 1), (2, 3, 1, 0)


class Answer(NamedTuple):
    """What an output should be, and the size its error is measured against."""

    value: np.ndarray
    scale: np.ndarray | float


class Call(NamedTuple):
    """One call of a function of the module: all of its arguments but the last, the number of threads."""

    kernel: str
    arguments: dict[
        str, Any
    ]  # in the order the function takes them; outputs are filled with NaN (or 255) until it is called
    outputs: tuple[str, ...]  # those it writes
    answers: Callable[[], dict[str, Answer]]


def run(module, call, threads):
    """Make the call with outputs of its own; return them by name, and "returned" if it returns something."""
    arguments = {k: v.copy() if k in call.outputs else v for k, v in call.arguments.items()}
    returned = getattr(module, call.kernel)(*arguments.values(), threads)
    written = {name: arguments[name] for name in call.outputs}
    return written if returned is None else written | {"returned": np.float64(returned)}


def errors(found, answers):
    """The largest error of each output, as a share of its scale; infinite where it is NaN or has another shape."""
    assert found.keys() == answers.keys()
    worst = {}
    for name, (value, scale) in answers.items():
        same = np.shape(found[name]) == np.shape(value)
        error = np.abs(found[name] - value) / np.maximum(scale, 1e-300) if same else np.inf
        worst[name] = float(np.max(np.where(np.isnan(error), np.inf, error), initial=0))
    return worst


def plain(value):
    """Measured against the largest entry."""
    return Answer(value, float(np.max(np.abs(value), initial=0)))


def summed(terms, axis):
    """A sum whose terms cancel: measured against the sum of their sizes."""
    return Answer(terms.sum(axis=axis), np.abs(terms).sum(axis=axis))


def normal(rng, shape, dtype, scale=1.0):
    return (scale * rng.standard_normal(shape)).astype(dtype)


def unwritten(shape, dtype):
    return np.full(shape, np.nan if np.dtype(dtype).kind == "f" else 255, dtype)


def in_float64(*arrays):
    return tuple(np.asarray(array, np.float64) for array in arrays)


def affine(rng, dtype, n, d, m, *, relu=False):
    """The forward and the backward of one layer."""
    x, w, b = normal(rng, (n, d), dtype), normal(rng, (d, m), dtype, (2 / max(d, 1)) ** 0.5), normal(rng, m, dtype)
    dout = normal(rng, (n, m), dtype)

    def forward():
        entry = REFERENCE.affine_relu if relu else REFERENCE.affine
        return {"out": plain(entry.forward(*in_float64(x, w, b))[0])}

    def backward():
        _, cache = REFERENCE.affine.forward(*in_float64(x, w, b))
        dx, dw, _ = REFERENCE.affine.backward(*in_float64(dout), cache)
        return {"dx": plain(dx), "dw": plain(dw), "db": summed(*in_float64(dout), axis=0)}

    ins = {"dout": dout, "x": x, "w": w, "pixels": 1}
    outs = {"dx": unwritten((n, d), dtype), "dw": unwritten((d, m), dtype), "db": unwritten(m, dtype)}
    forward_arguments = {"x": x, "w": w, "b": b, "pixels": 1, "relu": relu, "out": unwritten((n, m), dtype)}
    return [
        Call("affine_forward", forward_arguments, ("out",), forward),
        Call("affine_backward", ins | outs, ("dx", "dw", "db"), backward),
    ]


def conv(rng, dtype, images, filters, window, *, stride=(1, 1), pad=(0, 0), relu=False, winograd=False):
    """The forward and the backward of one layer; images (n, h, w, c), window (r, s)."""
    n, h, w_, c = images
    taps = (*window, c, filters)
    x, w = normal(rng, images, dtype), normal(rng, taps, dtype, (2 / (window[0] * window[1] * c)) ** 0.5)
    b = normal(rng, filters, dtype)
    places = (1 + (h + 2 * pad[0] - window[0]) // stride[0], 1 + (w_ + 2 * pad[1] - window[1]) // stride[1])
    dout = normal(rng, (n, *places, filters), dtype)
    options = {"stride": list(stride), "pad": list(pad)}
    logical = (x.transpose(LOGICAL), w.transpose(FILTERS_FIRST), b)

    def forward():
        entry = REFERENCE.conv_relu if relu else REFERENCE.conv
        out, _ = entry.forward(*in_float64(*logical), stride=stride, pad=pad)
        return {"out": plain(out.transpose(IMAGES))}

    def backward():
        _, cache = REFERENCE.conv.forward(*in_float64(*logical), stride=stride, pad=pad)
        dx, dw, _ = REFERENCE.conv.backward(*in_float64(dout.transpose(LOGICAL)), cache)
        answers = {"dx": plain(dx.transpose(IMAGES)), "dw": plain(dw.transpose(TAPS_FIRST))}
        return answers | {"db": summed(*in_float64(dout), axis=(0, 1, 2))}

    out = unwritten((n, *places, filters), dtype)
    ins = {"dout": dout, "x": x, "w": w, **options, "winograd": winograd}
    first = {"dout": np.ascontiguousarray(dout.transpose(LOGICAL))}
    outs = {"dx": unwritten(images, dtype), "dw": unwritten(taps, dtype), "db": unwritten(filters, dtype)}
    forward_arguments = {"x": x, "w": w, "b": b, **options, "relu": relu, "winograd": winograd, "out": out}
    return [
        Call("conv_forward", forward_arguments, ("out",), forward),
        *(
            Call("conv_backward", ins | {"channels_first": bool(turned)} | turned | outs, ("dx", "dw", "db"), backward)
            for turned in ({}, first)
        ),
    ]


def batchnorm(rng, dtype, rows, c, *, eps=1e-5, relu=False, ceiling=np.inf, shift=0.0, first_row=None):
    """The forward and the backward of one layer; `shift` moves x, `first_row` replaces that row by one value."""
    x, gamma, beta = normal(rng, (rows, c), np.float64) + shift, normal(rng, c, dtype), normal(rng, c, dtype)
    if first_row is not None:
        x[0] = first_row
    x, dout = x.astype(dtype), normal(rng, (rows, c), dtype)
    exact, deep_gamma, deep_beta, deep_dout = in_float64(x, gamma, beta, dout)
    mean, var = exact.mean(axis=0), exact.var(axis=0)
    inv_std = 1 / np.sqrt(var + eps)
    x_hat = (exact - mean) * inv_std
    scaled = deep_gamma * x_hat + deep_beta
    through = deep_dout * ((scaled > 0) & (scaled < ceiling)) if relu else deep_dout

    def forward():
        return {
            "out": plain(np.clip(scaled, 0, ceiling) if relu else scaled),
            "mean": Answer(mean, np.abs(exact).mean(axis=0)),
            "var": Answer(var, var + eps),
            "inv_std": Answer(inv_std, inv_std),
        }

    def backward():
        g = through * deep_gamma
        dx = inv_std * (g - g.mean(axis=0) - x_hat * (g * x_hat).mean(axis=0))
        # Of a few rows, dx cancels: with two, x_hat is 1 and -1 and hardly moves.
        size = np.max(np.abs(inv_std * g), initial=0)
        return {"dx": Answer(dx, size), "dgamma": summed(through * x_hat, axis=0), "dbeta": summed(through, axis=0)}

    ins = {"x": x, "gamma": gamma, "beta": beta, "eps": eps, "relu": relu, "ceiling": ceiling}
    outs = {"out": unwritten((rows, c), dtype)} | {name: unwritten(c, dtype) for name in ("mean", "var", "inv_std")}
    back = {"dout": dout, "x": x, "gamma": gamma, "beta": beta, "mean": mean.astype(dtype)}
    back |= {"inv_std": inv_std.astype(dtype), "relu": relu, "ceiling": ceiling, "dx": unwritten((rows, c), dtype)}
    back |= {"dgamma": unwritten(c, dtype), "dbeta": unwritten(c, dtype)}
    again = {name: back[name] for name in ("x", "gamma", "beta", "mean", "inv_std", "relu", "ceiling")}
    return [
        Call("batchnorm_forward", ins | outs, tuple(outs), forward),
        Call(
            "batchnorm_apply", again | {"out": unwritten((rows, c), dtype)}, ("out",), lambda: {"out": forward()["out"]}
        ),
        Call("batchnorm_backward", back, ("dx", "dgamma", "dbeta"), backward),
    ]


def maxpool(rng, dtype, images, size, stride, pad=(0, 0), ceil_mode=False):
    """The forward and the backward of one layer; images (n, h, w, c). Whole numbers, so that there are ties."""
    n, _, _, c = images
    x = rng.integers(-4, 5, images).astype(dtype)
    windows = {"size": size, "stride": stride, "pad": pad}
    out, cache = REFERENCE.maxpool.forward(x.astype(np.float64).transpose(LOGICAL), **windows, ceil_mode=ceil_mode)
    dout = normal(rng, (n, *out.shape[2:], c), dtype)
    winner = np.ascontiguousarray(cache.winner.transpose(IMAGES))
    options = {name: list(value) for name, value in windows.items()}

    def forward():
        return {"out": plain(out.transpose(IMAGES)), "winner": plain(winner.astype(np.float64))}

    def backward():
        dx = REFERENCE.maxpool.backward(dout.astype(np.float64).transpose(LOGICAL), cache)
        return {"dx": plain(dx.transpose(IMAGES))}

    outs = {"out": unwritten(dout.shape, dtype), "winner": unwritten(dout.shape, winner.dtype)}
    back = {"dout": dout, "winner": winner, **options, "dx": unwritten(images, dtype)}
    return [
        Call("maxpool_forward", {"x": x, **options, **outs}, ("out", "winner"), forward),
        Call("maxpool_backward", back, ("dx",), backward),
    ]


def relu(rng, dtype, shape):
    x, dout = normal(rng, shape, dtype), normal(rng, shape, dtype)
    out = np.maximum(x, 0)
    exact, deep_dout = in_float64(x, dout)
    return [
        Call(
            "relu_forward",
            {"x": x, "out": unwritten(shape, dtype)},
            ("out",),
            lambda: {"out": plain(np.maximum(exact, 0))},
        ),
        Call(
            "relu_backward",
            {"dout": dout, "out": out, "dx": unwritten(shape, dtype)},
            ("dx",),
            lambda: {"dx": plain(np.where(exact > 0, deep_dout, 0))},
        ),
    ]


def softmax_loss(rng, dtype, rows, classes, *, smoothing=0.0, spread=3.0):
    scores = normal(rng, (rows, classes), dtype, spread)
    labels, weights = rng.integers(0, classes, rows), rng.uniform(0, 2, rows)

    def answers():
        loss, dscores = REFERENCE.softmax_loss(
            scores.astype(np.float64), labels, label_smoothing=smoothing, weights=weights
        )
        return {"dscores": plain(dscores), "returned": plain(np.float64(loss))}

    arguments = {"scores": scores, "labels": labels, "smoothing": smoothing, "shares": weights / weights.sum()}
    return [Call("softmax_loss", arguments | {"dscores": unwritten(scores.shape, dtype)}, ("dscores",), answers)]


def adam(rng, dtype, count, *, step=3, learning_rate=1e-3, weight_decay=0.0):
    """One update; w, m and v are moved in place."""
    w, dw, m = (normal(rng, count, dtype) for _ in range(3))
    v = np.square(normal(rng, count, dtype))

    def answers():
        deep_w, deep_dw, deep_m, deep_v = (array.astype(np.float64) for array in (w, dw, m, v))
        REFERENCE_RULES.adamw.update(
            deep_w,
            deep_dw,
            AdamState(deep_m, deep_v),
            step=step,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
        )
        return {"w": plain(deep_w), "m": plain(deep_m), "v": plain(deep_v)}

    arguments = {"w": w, "dw": dw, "m": m, "v": v, "rate": learning_rate / (1 - 0.9**step)}
    arguments |= {"root_correction": (1 - 0.999**step) ** 0.5, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8}
    return [Call("adam", arguments | {"shrink": 1 - learning_rate * weight_decay}, ("w", "m", "v"), answers)]


def one_of_each(rng, dtype, size=1):
    """A small call of every function of the module; a larger `size` gives every thread something to do."""
    return [
        *affine(rng, dtype, 3 * size, 20 * size, 7 * size, relu=True),
        *conv(rng, dtype, (2 * size, 6 * size, 9, 20), 36, (3, 3), pad=(1, 2), relu=True),
        *conv(rng, dtype, (2 * size, 6 * size, 9, 20), 36, (3, 3), pad=(1, 2), winograd=True),
        *conv(rng, dtype, (2 * size, 9, 8 * size, 3), 5, (3, 2), stride=(2, 3), pad=(0, 1)),
        *batchnorm(rng, dtype, 33 * size**2, 21, relu=True),
        *batchnorm(rng, dtype, 33 * size**2, 21, relu=True, ceiling=0.5),
        *maxpool(rng, dtype, (2 * size, 7 * size, 6 * size, 21), (3, 2), (2, 2)),
        *maxpool(rng, dtype, (2 * size, 6 * size, 7 * size, 21), (3, 5), (2, 3), (1, 2), ceil_mode=True),
        *relu(rng, dtype, (5 * size, 7 * size, 11 * size)),
        *softmax_loss(rng, dtype, 5 * size, 7 * size, smoothing=0.1),
        *adam(rng, dtype, 97 * size**3, weight_decay=0.1),
    ]
