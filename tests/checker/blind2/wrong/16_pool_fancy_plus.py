import numpy as np


def _corner_grids(Ho, Wo, s):
    return np.meshgrid(np.arange(Ho) * s, np.arange(Wo) * s, indexing='ij')


def max_pool_forward_naive(x, pool_param):
    ph, pw, s = (pool_param[k] for k in ('pool_height', 'pool_width', 'stride'))
    N, C, H, W = x.shape
    Ho = 1 + (H - ph) // s
    Wo = 1 + (W - pw) // s
    r0, c0 = _corner_grids(Ho, Wo, s)
    # (N, C, Ho, Wo, ph*pw)
    stack = np.stack([x[:, :, r0 + i, c0 + j] for i in range(ph) for j in range(pw)], axis=-1)
    which = stack.argmax(axis=-1)
    out = stack.max(axis=-1)
    return out, (x.shape, x.dtype, which, pool_param)


def max_pool_backward_naive(dout, cache):
    shape, dtype, which, pool_param = cache
    pw, s = pool_param['pool_width'], pool_param['stride']
    N, C, Ho, Wo = dout.shape
    r0, c0 = _corner_grids(Ho, Wo, s)
    rows = r0 + which // pw
    cols = c0 + which % pw
    n = np.arange(N).reshape(N, 1, 1, 1)
    c = np.arange(C).reshape(1, C, 1, 1)
    dx = np.zeros(shape, dtype=dtype)
    dx[n, c, rows, cols] += dout
    return dx


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param['stride'], conv_param['pad']
    F, C, kh, kw = w.shape
    xp = np.pad(x, ((0,), (0,), (p,), (p,)), mode='constant')
    N, _, H, W = xp.shape
    Ho, Wo = 1 + (H - kh) // s, 1 + (W - kw) // s
    out = np.zeros((N, F, Ho, Wo), dtype=x.dtype)
    # go over kernel positions instead of output positions, fewer iterations
    for i in range(kh):
        for j in range(kw):
            sub = xp[:, :, i:i + s * Ho:s, j:j + s * Wo:s][:, :, :Ho, :Wo]
            out += np.einsum('nchw,fc->nfhw', sub, w[:, :, i, j])
    return out + b.reshape(1, -1, 1, 1), (x, w, b, conv_param)


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    s, p = conv_param['stride'], conv_param['pad']
    F, C, kh, kw = w.shape
    xp = np.pad(x, ((0,), (0,), (p,), (p,)), mode='constant')
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    Ho, Wo = dout.shape[2:]
    for i in range(kh):
        for j in range(kw):
            here = (slice(None), slice(None), slice(i, i + s * (Ho - 1) + 1, s), slice(j, j + s * (Wo - 1) + 1, s))
            dw[:, :, i, j] = np.einsum('nfhw,nchw->fc', dout, xp[here])
            dxp[here] += np.einsum('nfhw,fc->nchw', dout, w[:, :, i, j])
    H, W = x.shape[2:]
    return dxp[:, :, p:H + p, p:W + p], dw, dout.sum(axis=(0, 2, 3))
