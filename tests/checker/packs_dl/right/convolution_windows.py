import numpy as np


def windows(x, f, stride):
    view = np.lib.stride_tricks.sliding_window_view(x, (f, f), axis=(1, 2))
    return view[:, ::stride, ::stride]


def conv_forward(A_prev, W, b, hparameters):
    p = hparameters["pad"]
    padded = np.pad(A_prev, ((0, 0), (p, p), (p, p), (0, 0)))
    Z = np.einsum("nhwcij,ijcf->nhwf", windows(padded, W.shape[0], hparameters["stride"]), W) + b
    return Z, (padded, A_prev.shape, W, hparameters)


def conv_backward(dZ, cache):
    padded, shape, W, hparameters = cache
    f, s, p = W.shape[0], hparameters["stride"], hparameters["pad"]
    dW = np.einsum("nhwcij,nhwf->ijcf", windows(padded, f, s), dZ)
    dpadded = np.zeros_like(padded)
    for i in range(f):
        for j in range(f):
            dpadded[:, i : i + s * dZ.shape[1] : s, j : j + s * dZ.shape[2] : s] += dZ @ W[i, j].T
    return dpadded[:, p : p + shape[1], p : p + shape[2]], dW, dZ.sum(axis=(0, 1, 2)).reshape(1, 1, 1, -1)


def pool_forward(A_prev, hparameters, mode="max"):
    view = windows(A_prev, hparameters["f"], hparameters["stride"])
    return (view.max(axis=(4, 5)) if mode == "max" else view.mean(axis=(4, 5))), (A_prev, hparameters)


def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros_like(A_prev)
    for i, h, w, c in np.ndindex(*dA.shape):
        part = (i, slice(h * s, h * s + f), slice(w * s, w * s + f), c)
        if mode == "max":
            row, column = np.unravel_index(A_prev[part].argmax(), (f, f))
            dA_prev[i, h * s + row, w * s + column, c] += dA[i, h, w, c]
        else:
            dA_prev[part] += dA[i, h, w, c] / f**2
    return dA_prev
