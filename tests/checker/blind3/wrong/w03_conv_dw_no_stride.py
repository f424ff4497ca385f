import numpy as np


from numpy.lib.stride_tricks import sliding_window_view


def _windows(x, h, w, stride):
    return sliding_window_view(x, (h, w), axis=(2, 3))[:, :, ::stride, ::stride]


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, [(0, 0), (0, 0), (p, p), (p, p)])
    win = _windows(padded, w.shape[2], w.shape[3], s)
    out = np.einsum("ncijuv,fcuv->nfij", win, w, optimize=True) + b.reshape(1, -1, 1, 1)
    return out, (padded, padded.shape, w, s, p)


def conv_backward_naive(dout, cache):
    """dx is a full correlation of the dilated gradient with the turned filters."""
    padded, padded_shape, w, s, p = cache
    db = dout.sum((0, 2, 3))
    N, F, Ho, Wo = dout.shape
    HH, WW = w.shape[2:]
    H, W = padded_shape[2:]
    # windows one apart, whatever the stride was
    close = _windows(padded, HH, WW, 1)[:, :, :Ho, :Wo]
    dw = np.einsum("nfij,ncijuv->fcuv", dout, close, optimize=True)
    spread = np.zeros((N, F, H + HH - 1, W + WW - 1), dout.dtype)
    spread[:, :, HH - 1 : HH - 1 + s * Ho : s, WW - 1 : WW - 1 + s * Wo : s] = dout
    dpad = np.einsum("nfijuv,fcuv->ncij", sliding_window_view(spread, (HH, WW), axis=(2, 3)), w[:, :, ::-1, ::-1], optimize=True)
    return dpad[:, :, p : H - p, p : W - p], dw, db
