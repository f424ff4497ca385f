"""Wrong backwards, each with the forward it belongs to: what `gradcheck` must reject.

Most are from public solutions of a course; many pass that course's own check, because it uses one friendly shape.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

import pellucid.layers as layers

RNG = np.random.default_rng(2)


class Planted(NamedTuple):
    """`backward` is wrong in the gradients named."""

    forward: Callable
    backward: Callable
    inputs: tuple
    wrong: frozenset


def normal(*shape):
    return RNG.standard_normal(shape)


def distinct(*shape):
    """Numbers none of which is near another, so that no maximum is near a tie."""
    size = int(np.prod(shape))
    return (RNG.permutation(size).astype(float) - size / 2 + 0.25).reshape(shape) / size


AFFINE = (layers.affine_forward, (normal(4, 3), normal(3, 3), normal(3)))
AFFINE_4D = (layers.affine_forward, (normal(2, 2, 3, 2), normal(12, 3), normal(3)))
RELU = (layers.relu_forward, (distinct(4, 5),))
SMOOTH = (normal(4, 5),)
BATCHNORM = (layers.batchnorm_forward, (normal(5, 4), normal(4), normal(4)))
LOOSE = (lambda x, g, b: layers.batchnorm_forward(x, g, b, eps=0.1), BATCHNORM[1])
LAYERNORM = (layers.layernorm_forward, (normal(4, 4), normal(4), normal(4)))
SPATIAL = (layers.spatial_batchnorm_forward, (normal(2, 3, 2, 3), normal(3), normal(3)))
GROUPNORM = (lambda x, g, b: layers.groupnorm_forward(x, g, b, groups=2), (normal(2, 4, 2, 3), normal(4), normal(4)))
DROPOUT = (lambda x: layers.dropout_forward(x, 0.7, (1, 2, 3)), (normal(4, 5),))
VANILLA = (lambda x: layers.vanilla_dropout_forward(x, 0.7, (1, 2, 3)), (normal(4, 5),))
CONV = (layers.conv_forward, (normal(2, 2, 4, 5), normal(3, 2, 3, 2), normal(3)))
PADDED = (lambda x, w, b: layers.conv_forward(x, w, b, pad=2), CONV[1])
STRIDED = (lambda x, w, b: layers.conv_forward(x, w, b, stride=2, pad=1), CONV[1])
OVERLAPPING = (lambda x: layers.maxpool_forward(x, size=3, stride=1), (distinct(1, 2, 5, 6),))
OBLONG = (lambda x: layers.maxpool_forward(x, size=(2, 3)), (distinct(1, 2, 4, 6),))
MEAN = (lambda x: layers.avgpool_forward(x, size=3, stride=2), (normal(1, 2, 5, 7),))
GLOBAL = (layers.global_avgpool_forward, (normal(2, 3, 2, 4),))
LABELS = np.array([0, 2, 1, 2])
SCORES = (normal(4, 3),)


def scored(loss):
    return (lambda scores: (loss(scores, LABELS)[0], scores)), SCORES


def softmax(scores):
    exponentials = np.exp(scores - scores.max(axis=1, keepdims=True))
    return exponentials / exponentials.sum(axis=1, keepdims=True)


def one_hot(scores):
    return np.eye(scores.shape[1])[LABELS]


def edit(backward, **changes):
    """The right backward with some of its gradients replaced: dx=, dw=, db= are functions of (gradient, dout, cache)."""

    def edited(dout, cache):
        gradients = backward(dout, cache)
        single = not isinstance(gradients, tuple)
        parts = [gradients] if single else list(gradients)
        for name, change in changes.items():
            place = int(name[1:])
            parts[place] = change(parts[place], dout, cache)
        return parts[0] if single else tuple(parts)

    return edited


PLANTED = {}


def plant(name, of, backward, *wrong):
    forward, inputs = of
    PLANTED[name] = Planted(forward, backward, inputs, frozenset(wrong))


# affine; g0 is dx, g1 dw, g2 db
affine = layers.affine_backward
plant("affine: db without axis", AFFINE, edit(affine, g2=lambda g, dout, c: dout.sum()), 2)
plant("affine: db without axis, broadcast", AFFINE, edit(affine, g2=lambda g, dout, c: np.full(3, dout.sum())), 2)
plant("affine: db over the wrong axis", AFFINE_4D, edit(affine, g2=lambda g, dout, c: dout.sum(axis=1)), 2)
plant("affine: db is the mean", AFFINE, edit(affine, g2=lambda g, dout, c: dout.mean(axis=0)), 2)
plant("affine: db of shape (1, M)", AFFINE, edit(affine, g2=lambda g, dout, c: g[None]), 2)
plant("affine: dw transposed", AFFINE, edit(affine, g1=lambda g, dout, c: g.T), 1)
plant("affine: dw divided by N", AFFINE, edit(affine, g1=lambda g, dout, c: g / len(dout)), 1)
plant("affine: dx by w, not its transpose", AFFINE, edit(affine, g0=lambda g, dout, c: dout @ c.w), 0)
plant("affine: dx not back in the shape of x", AFFINE_4D, edit(affine, g0=lambda g, dout, c: g.reshape(len(g), -1)), 0)
plant(
    "affine: dx in another order",
    AFFINE_4D,
    edit(affine, g0=lambda g, dout, c: np.ascontiguousarray(g.T).reshape(g.shape)),
    0,
)
plant("affine: everything twice", AFFINE, lambda dout, c: tuple(2 * g for g in affine(dout, c)), 0, 1, 2)
plant("affine: the sign", AFFINE, lambda dout, c: tuple(-g for g in affine(dout, c)), 0, 1, 2)
plant(
    "affine: dw and db exchange",
    (layers.affine_forward, (normal(2, 1), normal(1, 3), normal(3))),
    lambda dout, c: (affine(dout, c)[0], affine(dout, c)[2][None], affine(dout, c)[1][0]),
    1,
    2,
)

# activations
plant("relu: mask of dout", RELU, lambda dout, c: np.where(dout > 0, dout, 0), 0)
plant("relu: no mask", RELU, lambda dout, c: dout, 0)
plant("relu: mask only", RELU, lambda dout, c: (c.out > 0).astype(float), 0)
plant("relu: mask reversed", RELU, lambda dout, c: np.where(c.out > 0, 0, dout), 0)
plant("leaky relu: slope left out", (layers.leaky_relu_forward, RELU[1]), lambda dout, c: np.where(c.x > 0, dout, 0), 0)
plant(
    "leaky relu: negative slope",
    (layers.leaky_relu_forward, RELU[1]),
    lambda dout, c: np.where(c.x > 0, dout, -0.01 * dout),
    0,
)
plant("sigmoid: s for s (1 - s)", (layers.sigmoid_forward, SMOOTH), lambda dout, c: dout * c.out, 0)
plant("tanh: 1 - t", (layers.tanh_forward, SMOOTH), lambda dout, c: dout * (1 - c.out), 0)
plant("gelu: without x p(x)", (layers.gelu_forward, SMOOTH), lambda dout, c: dout * c.below, 0)
plant(
    "gelu: derivative of the approximation",
    (layers.gelu_forward, SMOOTH),
    lambda dout, c: dout * (1 / (1 + np.exp(-1.702 * c.x))),
    0,
)

# losses; the cache is the scores
plant("softmax: not divided by N", scored(layers.softmax_loss), lambda d, s: d * (softmax(s) - one_hot(s)), 0)
plant("softmax: divided by N twice", scored(layers.softmax_loss), lambda d, s: d * (softmax(s) - one_hot(s)) / 16, 0)
plant("softmax: divided by N C", scored(layers.softmax_loss), lambda d, s: d * (softmax(s) - one_hot(s)) / 12, 0)
plant("softmax: label not subtracted", scored(layers.softmax_loss), lambda d, s: d * softmax(s) / 4, 0)
plant("softmax: upstream left out", scored(layers.softmax_loss), lambda d, s: (softmax(s) - one_hot(s)) / 4, 0)
plant("svm: label's row counted once", scored(layers.svm_loss), lambda d, s: d * ((margins(s) > 0) - one_hot(s)) / 4, 0)
plant("svm: label's row not counted", scored(layers.svm_loss), lambda d, s: d * (margins(s) > 0) / 4, 0)
plant(
    "svm: margins for their sign",
    scored(layers.svm_loss),
    lambda d, s: d * (margins(s) - one_hot(s) * margins(s).sum(axis=1, keepdims=True)) / 4,
    0,
)
plant("mse: without 2", scored(layers.mse_loss), lambda d, s: d * (s - one_hot(s)) / 12, 0)
plant("mse: not divided by C", scored(layers.mse_loss), lambda d, s: d * 2 * (s - one_hot(s)) / 4, 0)


def margins(scores):
    found = np.maximum(0, scores - scores[np.arange(4), LABELS][:, None] + 1)
    found[np.arange(4), LABELS] = 0
    return found


# normalizations; g0 is dx, g1 dgamma, g2 dbeta
batchnorm = layers.batchnorm_backward
EPS = 0.1


def batchnorm_dx(dout, c, *, through_mean=1.0, through_var=1.0, rows=None):
    g = dout * c.gamma
    rows = rows or len(g)
    mean, var = g.sum(axis=0) / rows, (g * c.x_hat).sum(axis=0) / rows
    return c.inv_std * (g - through_mean * mean - through_var * c.x_hat * var)


plant(
    "batchnorm: no path through mean or variance",
    BATCHNORM,
    edit(batchnorm, g0=lambda g, d, c: batchnorm_dx(d, c, through_mean=0, through_var=0)),
    0,
)
plant(
    "batchnorm: no path through the variance",
    BATCHNORM,
    edit(batchnorm, g0=lambda g, d, c: batchnorm_dx(d, c, through_var=0)),
    0,
)
plant(
    "batchnorm: no path through the mean",
    BATCHNORM,
    edit(batchnorm, g0=lambda g, d, c: batchnorm_dx(d, c, through_mean=0)),
    0,
)
plant(
    "batchnorm: half the path through the variance",
    BATCHNORM,
    edit(batchnorm, g0=lambda g, d, c: batchnorm_dx(d, c, through_var=0.5)),
    0,
)
plant("batchnorm: N - 1 for N", BATCHNORM, edit(batchnorm, g0=lambda g, d, c: batchnorm_dx(d, c, rows=len(d) - 1)), 0)
plant("batchnorm: gamma left out of dx", BATCHNORM, edit(batchnorm, g0=lambda g, d, c: batchnorm_dx(d / c.gamma, c)), 0)
plant("batchnorm: gamma twice", BATCHNORM, edit(batchnorm, g0=lambda g, d, c: g * c.gamma), 0)
plant(
    "batchnorm: eps outside the root",
    LOOSE,
    edit(batchnorm, g0=lambda g, d, c: g / c.inv_std / (np.sqrt(c.var) + EPS)),
    0,
)
plant("batchnorm: eps forgotten", LOOSE, edit(batchnorm, g0=lambda g, d, c: g / c.inv_std / np.sqrt(c.var)), 0)
plant(
    "batchnorm: eps forgotten, at 1e-5",
    BATCHNORM,
    edit(batchnorm, g0=lambda g, d, c: g / c.inv_std / np.sqrt(c.var)),
    0,
)
plant(
    "batchnorm: x_hat of a forgotten eps", LOOSE, edit(batchnorm, g1=lambda g, d, c: g / c.inv_std / np.sqrt(c.var)), 1
)
plant(
    "batchnorm: dgamma by the output",
    BATCHNORM,
    edit(batchnorm, g1=lambda g, d, c: (d * (c.gamma * c.x_hat)).sum(axis=0)),
    1,
)
plant("batchnorm: dgamma not normalized", BATCHNORM, edit(batchnorm, g1=lambda g, d, c: g / c.inv_std), 1)
plant("batchnorm: dgamma of shape (1, D)", BATCHNORM, edit(batchnorm, g1=lambda g, d, c: g[None]), 1)
plant("batchnorm: dbeta without axis", BATCHNORM, edit(batchnorm, g2=lambda g, d, c: d.sum()), 2)
plant("batchnorm: dbeta is dgamma", BATCHNORM, lambda d, c: (*batchnorm(d, c)[:2], batchnorm(d, c)[1]), 2)
plant("batchnorm: dbeta times gamma", BATCHNORM, edit(batchnorm, g2=lambda g, d, c: g * c.gamma), 2)

layernorm = layers.layernorm_backward


def layernorm_over_rows(g, dout, c):
    d = dout * c.gamma
    return c.inv_std * (d - d.mean(axis=0) - c.x_hat * (d * c.x_hat).mean(axis=0))


plant("layernorm: means over axis 0", LAYERNORM, edit(layernorm, g0=layernorm_over_rows), 0)
plant(
    "layernorm: gamma after the means",
    LAYERNORM,
    edit(layernorm, g0=lambda g, d, c: layernorm(d, c._replace(gamma=np.ones(4)))[0] * c.gamma),
    0,
)
plant(
    "layernorm: dgamma over the features", LAYERNORM, edit(layernorm, g1=lambda g, d, c: (d * c.x_hat).sum(axis=1)), 1
)

spatial = layers.spatial_batchnorm_backward


def spatial_by(rows):
    return edit(
        spatial,
        g0=lambda g, d, c: (
            batchnorm_dx(d.transpose(0, 2, 3, 1).reshape(-1, 3), c.rows, rows=rows)
            .reshape(2, 2, 3, 3)
            .transpose(0, 3, 1, 2)
        ),
    )


plant("spatial batchnorm: N for N H W", SPATIAL, spatial_by(2), 0)
plant("spatial batchnorm: H W for N H W", SPATIAL, spatial_by(6), 0)
plant(
    "spatial batchnorm: channels mixed by a reshape",
    SPATIAL,
    edit(spatial, g0=lambda g, d, c: g.transpose(0, 2, 3, 1).reshape(g.shape)),
    0,
)
plant(
    "spatial batchnorm: dbeta by a reshape", SPATIAL, edit(spatial, g2=lambda g, d, c: d.reshape(-1, 3).sum(axis=0)), 2
)

groupnorm = layers.groupnorm_backward


def groupnorm_of_images(g, dout, c):
    d = dout * c.gamma[:, None, None]
    mean, var = d.mean(axis=(1, 2, 3), keepdims=True), (d * c.x_hat).mean(axis=(1, 2, 3), keepdims=True)
    return np.repeat(c.inv_std, 2, axis=1)[..., None] * (d - mean - c.x_hat * var)


plant("groupnorm: means over the whole image", GROUPNORM, edit(groupnorm, g0=groupnorm_of_images), 0)
plant(
    "groupnorm: dgamma of shape (1, C, 1, 1)", GROUPNORM, edit(groupnorm, g1=lambda g, d, c: g.reshape(1, -1, 1, 1)), 1
)
plant(
    "groupnorm: dgamma of one image",
    GROUPNORM,
    edit(groupnorm, g1=lambda g, d, c: (d * c.x_hat)[0].sum(axis=(1, 2))),
    1,
)

# dropout
plant("dropout: without 1 / keep", DROPOUT, lambda dout, c: dout * c.mask, 0)
plant("dropout: keep for 1 / keep", DROPOUT, lambda dout, c: dout * c.mask * c.keep, 0)
plant("dropout: 1 / (1 - keep)", DROPOUT, lambda dout, c: dout * c.mask / (1 - c.keep), 0)
plant("dropout: no mask", DROPOUT, lambda dout, c: dout / c.keep, 0)
plant("dropout: another mask", DROPOUT, lambda dout, c: layers.dropout_forward(dout, c.keep, (1, 2, 4))[0], 0)
plant("vanilla dropout: scaled", VANILLA, lambda dout, c: dout * c.mask / c.keep, 0)

# convolution
conv = layers.conv_backward


def conv_dx(dout, c, *, accumulate=True, flip=False, stride=None):
    (sh, sw), (ph, pw), (_, _, kh, kw) = stride or c.stride, c.pad, c.w.shape
    n, _, h, width = c.x.shape
    dx = np.zeros((n, c.x.shape[1], h + 2 * ph, width + 2 * pw))
    w = c.w[:, :, ::-1, ::-1] if flip else c.w
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            part = np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
            place = np.s_[:, :, i * sh : i * sh + kh, j * sw : j * sw + kw]
            dx[place] = dx[place] + part if accumulate else part
    return dx[:, :, ph : ph + h, pw : pw + width]


def crop(dx, pad):
    return dx[:, :, pad:-pad, pad:-pad] if pad else dx[:, :, 0:-0, 0:-0]


plant("conv: dx cropped away at pad 0", CONV, edit(conv, g0=lambda g, d, c: crop(g, 0)), 0)
plant(
    "conv: dx cropped as for pad 1",
    PADDED,
    edit(conv, g0=lambda g, d, c: crop(np.pad(g, ((0, 0), (0, 0), (2, 2), (2, 2))), 1)),
    0,
)
plant("conv: dx shifted by one", PADDED, edit(conv, g0=lambda g, d, c: np.roll(g, 1, axis=2)), 0)
plant(
    "conv: dx assigned where windows overlap", CONV, edit(conv, g0=lambda g, d, c: conv_dx(d, c, accumulate=False)), 0
)
plant("conv: dx of a flipped kernel", CONV, edit(conv, g0=lambda g, d, c: conv_dx(d, c, flip=True)), 0)
plant("conv: stride forgotten in dx", STRIDED, edit(conv, g0=lambda g, d, c: conv_dx(d, c, stride=(1, 1))), 0)
plant("conv: dw flipped", CONV, edit(conv, g1=lambda g, d, c: g[:, :, ::-1, ::-1]), 1)
plant(
    "conv: dw of unpadded x",
    PADDED,
    edit(conv, g1=lambda g, d, c: conv(d[:, :, 2:-2, 2:-2], c._replace(pad=(0, 0)))[1]),
    1,
)
plant("conv: dw of the last image", CONV, edit(conv, g1=lambda g, d, c: conv(d[-1:], c._replace(x=c.x[-1:]))[1]), 1)
plant("conv: dw divided by N", CONV, edit(conv, g1=lambda g, d, c: g / len(d)), 1)
plant("conv: db of one image", CONV, edit(conv, g2=lambda g, d, c: d[0].sum(axis=(1, 2))), 2)
plant("conv: db without axis", CONV, edit(conv, g2=lambda g, d, c: d.sum()), 2)

# pooling
maxpool, avgpool = layers.maxpool_backward, layers.avgpool_backward


def maxpool_assigned(dout, c):
    dx = np.zeros(c.shape)
    for n, k, i, j in np.ndindex(dout.shape):
        r, s = divmod(int(c.winner[n, k, i, j]), c.size[1])
        dx[n, k, i * c.stride[0] + r, j * c.stride[1] + s] = dout[n, k, i, j]
    return dx


def maxpool_by_height(dout, c):
    """The winner's row and column taken from the height of the window."""
    dx = np.zeros(c.shape)
    for n, k, i, j in np.ndindex(dout.shape):
        r, s = divmod(int(c.winner[n, k, i, j]), c.size[0])
        dx[n, k, min(i * c.stride[0] + r, c.shape[2] - 1), j * c.stride[1] + s] += dout[n, k, i, j]
    return dx


def avgpool_assigned(dout, c):
    dx = np.zeros(c.shape)
    for i, j in np.ndindex(dout.shape[2:]):
        place = np.s_[
            :, :, i * c.stride[0] : i * c.stride[0] + c.size[0], j * c.stride[1] : j * c.stride[1] + c.size[1]
        ]
        dx[place] = dout[:, :, i, j][:, :, None, None] / 9
    return dx


plant("max pool: = for += where windows overlap", OVERLAPPING, maxpool_assigned, 0)
plant("max pool: row by the height of the window", OBLONG, maxpool_by_height, 0)
plant("max pool: the whole window receives it", OBLONG, lambda d, c: np.repeat(np.repeat(d, 2, axis=2), 3, axis=3), 0)
plant("max pool: the mean's gradient", OBLONG, lambda d, c: np.repeat(np.repeat(d, 2, axis=2), 3, axis=3) / 6, 0)
plant("average pool: not divided", MEAN, lambda d, c: 9 * avgpool(d, c), 0)
plant("average pool: divided by one side", MEAN, lambda d, c: 3 * avgpool(d, c), 0)
plant("average pool: = for += where windows overlap", MEAN, avgpool_assigned, 0)
plant("global mean: divided by H", GLOBAL, lambda d, c: layers.global_avgpool_backward(d, c) * 4, 0)
plant("global mean: not spread", GLOBAL, lambda d, c: d, 0)

# structure, sandwiches
FLATTEN = (layers.flatten_forward, (normal(2, 3, 4),))
ADD = (layers.add_forward, (normal(3, 2), normal(3, 2)))
SANDWICH = (layers.affine_relu_forward, (normal(4, 3), normal(3, 3), normal(3)))
plant("flatten: back in another order", FLATTEN, lambda d, c: d.reshape(c.shape, order="F"), 0)
plant("add: one branch forgotten", ADD, lambda d, c: (d, np.zeros_like(d)), 1)
plant("add: halves", ADD, lambda d, c: (d / 2, d / 2), 0, 1)
plant("affine-relu: relu forgotten", SANDWICH, lambda d, c: affine(d, c.affine), 0, 1, 2)

# any layer
plant("one entry left 0", AFFINE_4D, edit(affine, g0=lambda g, d, c: g * (np.arange(g.size) != 13).reshape(g.shape)), 0)
plant("NaN in one entry", AFFINE, edit(affine, g1=lambda g, d, c: np.where(np.eye(3) > 0, g, np.nan)), 1)
plant("infinity in one entry", AFFINE, edit(affine, g1=lambda g, d, c: np.where(np.eye(3) > 0, g, np.inf)), 1)
plant("off by 1e-5 of itself", AFFINE, edit(affine, g0=lambda g, d, c: g * (1 + 1e-5)), 0)
plant("off by 1e-6 of itself", BATCHNORM, edit(batchnorm, g0=lambda g, d, c: g * (1 + 1e-6)), 0)
plant("None for one gradient", AFFINE, edit(affine, g1=lambda g, d, c: None), 1)
