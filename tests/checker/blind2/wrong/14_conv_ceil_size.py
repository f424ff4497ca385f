import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    xp = np.zeros((N, C, H + 2 * pad, W + 2 * pad), dtype=x.dtype)
    xp[:, :, pad:pad + H, pad:pad + W] = x
    # number of places where the filter sits
    Ho = int(np.ceil((H + 2 * pad - HH) / stride)) + 1
    Wo = int(np.ceil((W + 2 * pad - WW) / stride)) + 1
    out = np.zeros((N, F, Ho, Wo), dtype=x.dtype)
    for n in range(N):
        for f in range(F):
            for r in range(Ho):
                for c in range(Wo):
                    patch = xp[n, :, r * stride:r * stride + HH, c * stride:c * stride + WW]
                    ph, pw = patch.shape[1:]
                    out[n, f, r, c] = np.sum(patch * w[f, :, :ph, :pw]) + b[f]
    return out, (x, w, b, conv_param)


def max_pool_forward_naive(x, pool_param):
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    N, C, H, W = x.shape
    Ho, Wo = (H - ph) // s + 1, (W - pw) // s + 1
    out = np.zeros((N, C, Ho, Wo), dtype=x.dtype)
    for r in range(Ho):
        for c in range(Wo):
            out[:, :, r, c] = x[:, :, r * s:r * s + ph, c * s:c * s + pw].max(axis=(2, 3))
    return out, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    dx = np.zeros_like(x)
    N, C, Ho, Wo = dout.shape
    for n in range(N):
        for ch in range(C):
            for r in range(Ho):
                for c in range(Wo):
                    win = x[n, ch, r * s:r * s + ph, c * s:c * s + pw]
                    i, j = np.unravel_index(win.argmax(), win.shape)
                    dx[n, ch, r * s + i, c * s + j] += dout[n, ch, r, c]
    return dx


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return dout * (cache > 0)
