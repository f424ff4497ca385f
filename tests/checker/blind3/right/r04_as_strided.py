from collections import namedtuple

import numpy as np
from numpy.lib.stride_tricks import as_strided

ConvCache = namedtuple("ConvCache", "patches w stride pad x_shape")


def patches_of(img, kh, kw, stride):
    img = np.ascontiguousarray(img)
    n, c, h, w = img.shape
    sn, sc, sh, sw = img.strides
    shape = (n, c, (h - kh) // stride + 1, (w - kw) // stride + 1, kh, kw)
    return as_strided(img, shape, (sn, sc, sh * stride, sw * stride, sh, sw), writeable=False)


def conv_forward_naive(x, w, b, conv_param):
    pad = conv_param.get("pad", 0)
    stride = conv_param.get("stride", 1)
    padded = np.pad(x, ((0,), (0,), (pad,), (pad,)), "constant", constant_values=0)
    patches = patches_of(padded, *w.shape[2:], stride)
    out = np.tensordot(patches, w, axes=((1, 4, 5), (1, 2, 3)))
    out += b
    return np.rollaxis(out, 3, 1), ConvCache(patches, w, stride, pad, x.shape)


def conv_backward_naive(dout, cache):
    db = dout.sum(axis=-1).sum(axis=-1).sum(axis=0)
    dw = np.tensordot(dout, cache.patches, [(0, 2, 3), (0, 2, 3)])
    n, c, h, w = cache.x_shape
    pad, stride = cache.pad, cache.stride
    dx = np.zeros((n, c, h + 2 * pad, w + 2 * pad), dtype=dout.dtype)
    _, _, kh, kw = cache.w.shape
    for u in range(kh):
        for v in range(kw):
            contribution = np.tensordot(dout, cache.w[:, :, u, v], axes=(1, 0)).transpose(0, 3, 1, 2)
            dx[:, :, u : u + stride * dout.shape[2] : stride, v : v + stride * dout.shape[3] : stride] += contribution
    return dx[:, :, pad : pad + h, pad : pad + w].copy(), dw, db


def max_pool_forward_naive(x, pool_param):
    """Tiles by reshaping, overlapping windows by strides."""
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    n, c, h, w = x.shape
    if ph == pw == s and h % ph == 0 and w % pw == 0:
        out = x.reshape(n, c, h // ph, ph, w // pw, pw).max(axis=3).max(axis=4)
    else:
        out = patches_of(x, ph, pw, s).max(axis=(-2, -1))
    return out, (x, pool_param, out)


def max_pool_backward_naive(dout, cache):
    x, pool_param, _ = cache
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros_like(x)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            block = x[:, :, i * s : i * s + ph, j * s : j * s + pw]
            rows = block.reshape(x.shape[0], x.shape[1], -1)
            hot = np.eye(ph * pw)[rows.argmax(axis=2)].reshape(block.shape)
            dx[:, :, i * s : i * s + ph, j * s : j * s + pw] += hot * dout[:, :, i, j][:, :, None, None]
    return dx
