import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def _windows(x, h, w, stride):
    return sliding_window_view(x, (h, w), axis=(2, 3))[:, :, ::stride, ::stride]


def affine_forward(x, w, b):
    flat = np.reshape(x, (len(x), -1))
    return np.einsum("nd,dm->nm", flat, w) + b[None], {"shape": x.shape, "flat": flat, "w": w}


def affine_backward(dout, cache):
    dx = np.einsum("nm,dm->nd", dout, cache["w"]).reshape(cache["shape"])
    dw = np.einsum("nd,nm->dm", cache["flat"], dout)
    db = np.einsum("nm->m", dout)
    return dx, dw, db


def relu_forward(x):
    mask = x > 0
    return np.where(mask, x, 0), mask


def relu_backward(dout, cache):
    return np.where(cache, dout, 0.0)


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
    win = _windows(padded, w.shape[2], w.shape[3], s)
    out = np.einsum("ncijuv,fcuv->nfij", win, w, optimize=True) + b.reshape(1, -1, 1, 1)
    return out, (win, padded.shape, w, s, p)


def conv_backward_naive(dout, cache):
    """dx is a full correlation of the dilated gradient with the turned filters."""
    win, padded_shape, w, s, p = cache
    db = dout.sum((0, 2, 3))
    dw = np.einsum("nfij,ncijuv->fcuv", dout, win, optimize=True)
    N, F, Ho, Wo = dout.shape
    HH, WW = w.shape[2:]
    H, W = padded_shape[2:]
    spread = np.zeros((N, F, H + HH - 1, W + WW - 1), dout.dtype)
    spread[:, :, HH - 1 : HH - 1 + s * Ho : s, WW - 1 : WW - 1 + s * Wo : s] = dout
    dpad = np.einsum("nfijuv,fcuv->ncij", sliding_window_view(spread, (HH, WW), axis=(2, 3)), w[:, :, ::-1, ::-1], optimize=True)
    return dpad[:, :, p : H - p, p : W - p], dw, db


def max_pool_forward_naive(x, pool_param):
    ph, pw, s = (pool_param[k] for k in ("pool_height", "pool_width", "stride"))
    win = _windows(x, ph, pw, s)
    flat = win.reshape(*win.shape[:4], ph * pw)
    idx = flat.argmax(-1)
    return np.take_along_axis(flat, idx[..., None], -1)[..., 0], (x.shape, idx, ph, pw, s)


def max_pool_backward_naive(dout, cache):
    shape, idx, ph, pw, s = cache
    n, c, i, j = np.indices(dout.shape)
    dx = np.zeros(shape, dout.dtype)
    np.add.at(dx, (n, c, i * s + idx // pw, j * s + idx % pw), dout)
    return dx
