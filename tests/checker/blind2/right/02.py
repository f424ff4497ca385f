"""Windows everywhere: sliding_window_view for reading, np.add.at for writing back."""
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view as windows


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param['stride'], conv_param['pad']
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    v = windows(xp, w.shape[-2:], axis=(-2, -1))[:, :, ::s, ::s]
    out = np.tensordot(v, w, axes=[(1, 4, 5), (1, 2, 3)]) + b      # N Ho Wo F
    return out.transpose(0, 3, 1, 2), (v, xp.shape, w, conv_param)


def conv_backward_naive(dout, cache):
    v, padded_shape, w, conv_param = cache
    s, p = conv_param['stride'], conv_param['pad']
    N, C, HP, WP = padded_shape
    kh, kw = w.shape[-2:]
    dw = np.tensordot(dout, v, axes=[(0, 2, 3), (0, 2, 3)])
    db = dout.sum(axis=(0, 2, 3))
    # every window knows the flat addresses it came from
    where = np.arange(N * C * HP * WP).reshape(padded_shape)
    where = windows(where, (kh, kw), axis=(-2, -1))[:, :, ::s, ::s]
    dv = np.tensordot(dout, w, axes=[(1,), (0,)])                  # N Ho Wo C kh kw
    dv = dv.transpose(0, 3, 1, 2, 4, 5)
    dxp = np.zeros(N * C * HP * WP, dtype=dout.dtype)
    np.add.at(dxp, where.ravel(), dv.ravel())
    dxp = dxp.reshape(padded_shape)
    return dxp[:, :, p:HP - p, p:WP - p], dw, db


def max_pool_forward_naive(x, pool_param):
    size, s = (pool_param['pool_height'], pool_param['pool_width']), pool_param['stride']
    pick = lambda t: windows(t, size, axis=(-2, -1))[:, :, ::s, ::s]
    v = pick(x)
    flat = v.reshape(v.shape[:4] + (-1,))
    best = flat.argmax(axis=-1)[..., None]
    address = pick(np.arange(x.size).reshape(x.shape)).reshape(flat.shape)
    source = np.take_along_axis(address, best, -1)[..., 0]
    return np.take_along_axis(flat, best, -1)[..., 0], (x.shape, source)


def max_pool_backward_naive(dout, cache):
    shape, source = cache
    total = np.bincount(source.ravel(), weights=dout.ravel(), minlength=int(np.prod(shape)))
    return total.reshape(shape).astype(dout.dtype)


def affine_forward(x, w, b):
    out = np.tensordot(x.reshape(x.shape[0], -1), w, 1)
    out += b
    return out, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return np.tensordot(dout, w, [(1,), (1,)]).reshape(x.shape), \
        np.tensordot(x.reshape(x.shape[0], -1), dout, [(0,), (0,)]), dout.sum(axis=0)


def relu_forward(x):
    live = np.flatnonzero(x > 0)
    out = np.zeros_like(x)
    out.flat[live] = x.flat[live]
    return out, live


def relu_backward(dout, cache):
    dx = np.zeros_like(dout)
    dx.flat[cache] = dout.flat[cache]
    return dx


def softmax_loss(x, y):
    n = x.shape[0]
    top = x.max(axis=1)
    lse = top + np.log(np.exp(x - top[:, None]).sum(axis=1))
    loss = (lse - np.take_along_axis(x, y[:, None], 1)[:, 0]).mean()
    dx = np.exp(x - lse[:, None])
    np.subtract.at(dx, (np.arange(n), y), 1)
    return loss, dx / n


def svm_loss(x, y):
    n, c = x.shape
    score = np.take_along_axis(x, y[:, None], 1)
    m = x - score + 1
    np.put_along_axis(m, y[:, None], 0, 1)
    i, j = np.nonzero(m > 0)
    dx = np.zeros_like(x)
    np.add.at(dx, (i, j), 1.0 / n)
    np.add.at(dx, (i, y[i]), -1.0 / n)
    return m[i, j].sum() / n, dx


def sgd_momentum(w, dw, config=None):
    config = {} if config is None else config
    config.setdefault('learning_rate', 1e-2)
    config.setdefault('momentum', 0.9)
    v = config.get('velocity', np.zeros_like(w))
    config['velocity'] = np.subtract(config['momentum'] * v, config['learning_rate'] * dw)
    return np.add(w, config['velocity']), config
