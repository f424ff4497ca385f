"""Calls of the kernels that do little arithmetic for each number, and the correct results; continues `kernel_calls.py`."""

import numpy as np
from tests.cases import CASES

from pellucid.kernels import NATIVE
from pellucid.layers import REFERENCE
from pellucid.layers.dropout import keep_mask
from pellucid.optim import REFERENCE_RULES

from .kernel_calls import IMAGES, LOGICAL, Answer, Call, in_float64, normal, plain, summed, unwritten


def groupnorm(rng, dtype, images, groups, *, eps=1e-5, relu=False, shift=0.0, first_pixel=None):
    """Both passes; images (n, h, w, c). `shift` moves x, `first_pixel` replaces that of every image."""
    n, _, _, c = images
    x, gamma, beta = normal(rng, images, np.float64) + shift, normal(rng, c, dtype), normal(rng, c, dtype)
    if first_pixel is not None:
        x[:, 0, 0] = first_pixel
    x, dout = x.astype(dtype), normal(rng, images, dtype)
    return _norm("groupnorm", x, dout, gamma, beta, groups, eps, relu, dtype, (n, -1, groups, c // groups))


def layernorm(rng, dtype, rows, d, *, eps=1e-5, relu=False, shift=0.0):
    """Both passes over rows."""
    x, gamma, beta = (normal(rng, (rows, d), np.float64) + shift), normal(rng, d, dtype), normal(rng, d, dtype)
    x, dout = x.astype(dtype), normal(rng, (rows, d), dtype)
    return _norm("layernorm", x, dout, gamma, beta, None, eps, relu, dtype, (rows, 1, 1, d))


def _norm(kernel, x, dout, gamma, beta, groups, eps, relu, dtype, grouped):
    deep_x, deep_dout, deep_gamma, deep_beta = in_float64(x, dout, gamma, beta)
    parts, n, c = deep_x.reshape(grouped), len(x), x.shape[-1]
    mean, var = parts.mean(axis=(1, 3), keepdims=True), parts.var(axis=(1, 3), keepdims=True)
    inv_std = 1 / np.sqrt(var + eps)
    x_hat = ((parts - mean) * inv_std).reshape(x.shape)
    before_relu = deep_gamma * x_hat + deep_beta
    through = deep_dout * (before_relu > 0) if relu else deep_dout
    statistics = (n,) if groups is None else (n, groups)

    def forward():
        return {
            "out": plain(np.maximum(before_relu, 0) if relu else before_relu),
            "mean": Answer(mean.reshape(statistics), np.abs(parts).mean(axis=(1, 3)).reshape(statistics)),
            "inv_std": Answer(inv_std.reshape(statistics), inv_std.reshape(statistics)),
        }

    def backward():
        g, hat = (through * deep_gamma).reshape(grouped), x_hat.reshape(grouped)
        around = g.mean(axis=(1, 3), keepdims=True) + hat * (g * hat).mean(axis=(1, 3), keepdims=True)
        return {
            "dx": Answer((inv_std * (g - around)).reshape(x.shape), float(np.max(np.abs(inv_std * g), initial=0))),
            "dgamma": summed((through * x_hat).reshape(-1, c), axis=0),
            "dbeta": summed(through.reshape(-1, c), axis=0),
        }

    options = {} if groups is None else {"groups": groups}
    ins = {"x": x, "gamma": gamma, "beta": beta, **options, "eps": eps, "relu": relu}
    outs = {"out": unwritten(x.shape, dtype)}
    outs |= {name: unwritten(statistics, np.float64) for name in ("mean", "inv_std")}
    back = {"dout": dout, "x": x, "gamma": gamma, "beta": beta, **options, "mean": mean.reshape(statistics)}
    back |= {"inv_std": inv_std.reshape(statistics), "relu": relu, "dx": unwritten(x.shape, dtype)}
    back |= {"dgamma": unwritten(c, dtype), "dbeta": unwritten(c, dtype)}
    return [
        Call(f"{kernel}_forward", ins | outs, tuple(outs), forward),
        Call(f"{kernel}_backward", back, ("dx", "dgamma", "dbeta"), backward),
    ]


def dropout(rng, dtype, shape, keep, *, key=(1, 2, 3), scaled=True):
    """Both passes; the mask must be the reference's, entry for entry."""
    x, dout = normal(rng, shape, dtype), normal(rng, shape, dtype)
    mask = keep_mask((int(np.prod(shape)),), keep, key).reshape(shape)
    scale = 1 / keep if scaled else 1.0
    seed, layer, step = key
    options = {"keep": keep, "scaled": scaled}
    ins = {"x": x, **options, "seed": seed, "layer": layer, "step": np.array([step], np.uint64)}
    outs = {"out": unwritten(shape, dtype), "mask": np.full(shape, 7, np.uint8)}
    back = {"dout": dout, "mask": mask.view(np.uint8), **options, "dx": unwritten(shape, dtype)}

    def forward():
        exact = Answer(mask.astype(np.float64), 1e-9)  # not one entry may differ
        return {"out": plain(np.where(mask, x.astype(np.float64) * scale, 0)), "mask": exact}

    return [
        Call("dropout_forward", ins | outs, ("out", "mask"), forward),
        Call(
            "dropout_backward", back, ("dx",), lambda: {"dx": plain(np.where(mask, dout.astype(np.float64) * scale, 0))}
        ),
    ]


def avgpool(rng, dtype, images, size, stride, pad=(0, 0), ceil_mode=False, count_include_pad=True):
    """Both passes; images (n, h, w, c)."""
    n, _, _, c = images
    x = normal(rng, images, dtype)
    windows = {"size": size, "stride": stride, "pad": pad}
    counted = {"count_include_pad": count_include_pad}
    settings = windows | counted | {"ceil_mode": ceil_mode}
    out, cache = REFERENCE.avgpool.forward(x.astype(np.float64).transpose(LOGICAL), **settings)
    dout = normal(rng, (n, *out.shape[2:], c), dtype)
    options = {name: list(value) for name, value in windows.items()} | counted

    def backward():
        dx = REFERENCE.avgpool.backward(dout.astype(np.float64).transpose(LOGICAL), cache)
        return {"dx": plain(dx.transpose(IMAGES))}

    return [
        Call(
            "avgpool_forward",
            {"x": x, **options, "out": unwritten(dout.shape, dtype)},
            ("out",),
            # a mean of many numbers is near 0: measured against their size
            lambda: {"out": Answer(out.transpose(IMAGES), float(np.abs(x).max(initial=0)) / 4)},
        ),
        Call("avgpool_backward", {"dout": dout, **options, "dx": unwritten(images, dtype)}, ("dx",), backward),
    ]


def depthwise(rng, dtype, images, window, stride, pads, dilation):
    """Both passes; images (n, h, w, c), window (r, s), pads by side."""
    c = images[3]
    x, w, b = normal(rng, images, dtype), normal(rng, (*window, c), dtype), normal(rng, c, dtype)
    deep = [array.astype(np.float64) for array in (x.transpose(LOGICAL), w.transpose(2, 0, 1)[:, None], b)]
    settings = {"stride": stride, "pad": pads, "dilation": dilation, "groups": c}
    out, cache = REFERENCE.general_conv.forward(*deep, **settings)
    dout = normal(rng, out.transpose(IMAGES).shape, dtype)

    def backward():
        dx, dw, _ = REFERENCE.general_conv.backward(dout.astype(np.float64).transpose(LOGICAL), cache)
        scale = float(np.sqrt(dout[..., 0].size))
        return {
            "dx": plain(dx.transpose(IMAGES)),
            "dw": Answer(dw[:, 0].transpose(1, 2, 0), scale),
            "db": summed(dout.astype(np.float64).reshape(-1, c), axis=0),
        }

    options = {"stride": list(stride), "pad": [pads[0][0], pads[1][0]], "dilation": list(dilation)}
    outs = {"dx": unwritten(x.shape, dtype), "dw": unwritten(w.shape, dtype), "db": unwritten(c, dtype)}
    ins = {"x": x, "w": w, "b": b, **options, "out": unwritten(dout.shape, dtype)}
    return [
        Call("depthwise_forward", ins, ("out",), lambda: {"out": plain(out.transpose(IMAGES))}),
        Call("depthwise_backward", {"dout": dout, "x": x, "w": w, **options, **outs}, tuple(outs), backward),
    ]


def joining(rng, dtype, images, columns, begin):
    """Channels joined and parted, of images (n, h, w, c) and wider ones with so many columns; and images weighed by channels."""
    x, a, wide = normal(rng, images, dtype), normal(rng, images, dtype), normal(rng, (*images[:3], columns), dtype)
    factor, end = normal(rng, (images[0], images[3]), dtype), begin + images[3]
    joined, exact = wide.astype(np.float64), wide[..., begin:end].astype(np.float64)
    joined[..., begin:end] = x
    weighed = x.astype(np.float64) * factor.astype(np.float64)[:, None, None]
    return [
        Call("join_columns", {"x": x, "begin": begin, "out": wide}, ("out",), lambda: {"out": plain(joined)}),
        Call(
            "part_columns",
            {"x": wide, "begin": begin, "out": unwritten(images, dtype)},
            ("out",),
            lambda: {"out": plain(exact)},
        ),
        Call(
            "weigh_channels",
            {"x": x, "factor": factor, "out": unwritten(images, dtype)},
            ("out",),
            lambda: {"out": plain(weighed)},
        ),
        Call(
            "channel_products",
            {"a": x, "b": a, "out": unwritten(factor.shape, dtype)},
            ("out",),
            lambda: {"out": summed(x.astype(np.float64) * a.astype(np.float64), axis=(1, 2))},
        ),
    ]


# Those with a kernel, and its settings; ReLU's is among the calls of `kernel_calls.py`.
ACTIVATIONS = {
    kind: case.elementwise
    for kind, case in CASES.items()
    if case.elementwise is not None and kind != "relu" and NATIVE.pair(kind) is not REFERENCE.pair(kind)
}


def activations(rng, dtype, shape, spread=3.0):
    """Both passes of each."""
    calls = []
    for name, options in ACTIVATIONS.items():
        x, dout = normal(rng, shape, dtype, spread), normal(rng, shape, dtype)
        pair = REFERENCE.pair(name)
        out, cache = pair.forward(x.astype(np.float64), **options)
        cached = {"x": x} if "x" in cache._fields else {"out": out.astype(dtype)}
        if "out" in cached:  # what the backward is given is rounded
            cache = type(cache)(cached["out"].astype(np.float64))
        dx = pair.backward(dout.astype(np.float64), cache)
        ins, back = {"x": x, **options}, {"dout": dout, **cached, **options}
        calls += [
            Call(
                f"{name}_forward", ins | {"out": unwritten(shape, dtype)}, ("out",), lambda out=out: {"out": plain(out)}
            ),
            Call(f"{name}_backward", back | {"dx": unwritten(shape, dtype)}, ("dx",), lambda dx=dx: {"dx": plain(dx)}),
        ]
    return calls


# settings in the order the kernel takes them, after the arrays
RULES = {"sgd": {}, "momentum": {"momentum": 0.9}, "nesterov": {"momentum": 0.9}}
RULES |= {"adagrad": {"eps": 1e-8}, "rmsprop": {"decay": 0.99, "eps": 1e-8}}


def rules(rng, dtype, count, *, rate=1e-2):
    """One update of each; w and the state are moved in place."""
    calls = []
    for name, settings in RULES.items():
        rule = getattr(REFERENCE_RULES, name)
        w, dw = normal(rng, count, dtype), normal(rng, count, dtype)
        state = rule.init(w)
        kind = type(state)
        moments = {field: np.abs(normal(rng, count, dtype)) for field in state._fields}

        def answers(rule=rule, settings=settings, w=w, dw=dw, moments=moments, kind=kind):
            deep_w, deep_dw, *deep = (array.astype(np.float64) for array in (w, dw, *moments.values()))
            rule.update(deep_w, deep_dw, kind(*deep), step=3, learning_rate=rate, **settings)
            return {"w": plain(deep_w)} | {field: plain(array) for field, array in zip(moments, deep, strict=True)}

        arguments = {"rate": rate, "w": w, "dw": dw, **moments, **settings}
        calls.append(Call(name, arguments, ("w", *moments), answers))
    return calls


def standardize(rng, dtype, n, planes, pixels, c):
    """Of bytes and of numbers."""
    mean, std = rng.uniform(50, 200, (planes, c)).astype(dtype), rng.uniform(20, 90, (planes, c)).astype(dtype)
    calls = []
    for x in (
        rng.integers(0, 256, (n, planes, pixels, c)).astype(np.uint8),
        normal(rng, (n, planes, pixels, c), dtype),
    ):
        expected = (x.astype(dtype) - mean[:, None]) / std[:, None]  # the same two operations: the same bits
        arguments = {"x": x, "mean": mean, "std": std, "out": unwritten(x.shape, dtype)}
        calls.append(
            Call(
                "standardize",
                arguments,
                ("out",),
                lambda expected=expected: {"out": Answer(expected.astype(np.float64), 1e-9)},
            )
        )
    return calls


def to_channels_last(rng, dtype, n, c, pixels):
    """The same bits, elsewhere."""
    x = normal(rng, (n, c, pixels), dtype)
    expected = Answer(np.swapaxes(x, 1, 2).astype(np.float64), 0.0)
    return [
        Call("to_channels_last", {"x": x, "out": unwritten((n, pixels, c), dtype)}, ("out",), lambda: {"out": expected})
    ]


def moves(rng, n, planes, h, w, pixel):
    """Image transforms on bytes: mirrored, shifted, with a square cut out."""
    x = rng.integers(1, 256, (n, planes, h, w, pixel)).astype(np.uint8)
    which, places, out = np.arange(n) % 2 == 0, rng.integers(-h, h + 1, (n, 2)), unwritten(x.shape, np.uint8)
    rows, columns = (np.arange(size) + places[:, axis, None] for axis, size in enumerate((h, w)))
    inside = ((rows >= 0) & (rows < h))[:, :, None] & ((columns >= 0) & (columns < w))[:, None, :]
    shifted = x[
        np.arange(n)[:, None, None], :, np.clip(rows, 0, h - 1)[:, :, None], np.clip(columns, 0, w - 1)[:, None, :]
    ]
    shifted = np.where(inside[:, None, :, :, None], shifted.transpose(0, 3, 1, 2, 4), 0)
    rows, columns = (np.arange(size) - places[:, axis, None] for axis, size in enumerate((h, w)))
    square = ((rows >= 0) & (rows < 3))[:, None, :, None] & ((columns >= 0) & (columns < 3))[:, None, None, :]
    answers = {
        "flip": np.where(which[:, None, None, None, None], x[:, :, :, ::-1], x),
        "shift": shifted,
        "cut": np.where(square[..., None], 0, x),
    }
    ins = {
        "flip": {"which": which.astype(np.uint8)},
        "shift": {"shifts": places},
        "cut": {"corners": places, "size": 3},
    }
    return [
        Call(
            f"{name}_images",
            {"x": x, **ins[name], "out": out},
            ("out",),
            lambda expected=expected: {"out": Answer(expected.astype(np.float64), 1e-9)},
        )
        for name, expected in answers.items()
    ]


def one_of_each(rng, dtype, size=1):
    """A small call of every kernel of this file; a larger `size` gives every thread something to do."""
    return [
        *groupnorm(rng, dtype, (3 * size, 3 * size, 5, 12), 4, relu=True),
        *layernorm(rng, dtype, 9 * size, 21 * size, relu=True),
        *dropout(rng, dtype, (7 * size, 13 * size, 11), 0.6),
        *avgpool(rng, dtype, (2 * size, 7 * size, 6 * size, 21), (3, 2), (2, 2)),
        *avgpool(rng, dtype, (2, 6 * size, 7, 21), (3, 5), (2, 3), (1, 2), ceil_mode=True, count_include_pad=False),
        *depthwise(rng, dtype, (2 * size, 7 * size, 6 * size, 69), (3, 2), (2, 1), ((1, 0), (2, 3)), (1, 2)),
        *depthwise(rng, dtype, (2 * size, 7 * size, 9 * size, 21), (3, 3), (1, 1), ((1, 1), (1, 1)), (1, 1)),
        *joining(rng, dtype, (2 * size, 5, 7 * size, 21), 40, 19),
        *activations(rng, dtype, (5 * size, 7 * size, 11 * size)),
        *rules(rng, dtype, 97 * size**3),
        *standardize(rng, dtype, 3 * size, 2, 5 * size, 3),
        *to_channels_last(rng, dtype, 3 * size, 20, 35 * size),
        *moves(rng, 5 * size, 2, 7, 6 * size, 3),
    ]
