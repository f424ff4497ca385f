import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def max_pool_forward_naive(x, pool_param):
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    v = sliding_window_view(x, (ph, pw), axis=(2, 3))[:, :, ::s, ::s]
    flat = v.reshape(*v.shape[:4], ph * pw)
    arg = flat.argmax(-1)
    out = np.take_along_axis(flat, arg[..., None], axis=-1)[..., 0]
    return out, (x, arg, pool_param)


def max_pool_backward_naive(dout, cache):
    x, arg, pool_param = cache
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros_like(x)
    i, j = np.unravel_index(arg, (pw, ph))
    n, c, a, b = np.indices(dout.shape)
    row = np.minimum(a * s + i, x.shape[2] - 1)
    col = np.minimum(b * s + j, x.shape[3] - 1)
    np.add.at(dx, (n, c, row, col), dout)
    return dx


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    v = sliding_window_view(xp, w.shape[2:], axis=(2, 3))[:, :, ::s, ::s]
    out = np.einsum("nchwij,fcij->nfhw", v, w, optimize=True) + b[:, None, None]
    return out, (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param["stride"], conv_param["pad"]
    kh, kw = w.shape[2:]
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    v = sliding_window_view(xp, (kh, kw), axis=(2, 3))[:, :, ::s, ::s]
    dw = np.einsum("nchwij,nfhw->fcij", v, dout, optimize=True)
    dxp = np.zeros_like(xp)
    dv = sliding_window_view(dxp, (kh, kw), axis=(2, 3), writeable=True)[:, :, ::s, ::s]
    contrib = np.einsum("fcij,nfhw->nchwij", w, dout, optimize=True)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            dv[:, :, i, j] += contrib[:, :, i, j]
    H, W = x.shape[2:]
    return dxp[:, :, p:p + H, p:p + W], dw, dout.sum((0, 2, 3))
