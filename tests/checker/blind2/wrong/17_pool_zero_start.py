import numpy as np


def max_pool_forward_naive(x, pool_param):
    hp = pool_param['pool_height']
    wp = pool_param['pool_width']
    st = pool_param['stride']
    N, C, H, W = x.shape
    h_out = (H - hp) // st + 1
    w_out = (W - wp) // st + 1
    best = np.zeros((N, C, h_out, w_out), dtype=x.dtype)
    # take the running maximum over the offsets inside the window
    for dy in range(hp):
        for dx in range(wp):
            cand = x[:, :, dy:dy + st * (h_out - 1) + 1:st, dx:dx + st * (w_out - 1) + 1:st]
            best = np.maximum(best, cand)
    return best, (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    hp, wp, st = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    N, C, h_out, w_out = dout.shape
    grad = np.zeros_like(x)
    for r in range(h_out):
        for c in range(w_out):
            win = x[:, :, r * st:r * st + hp, c * st:c * st + wp].reshape(N * C, -1)
            pick = np.zeros_like(win)
            pick[np.arange(N * C), win.argmax(1)] = dout[:, :, r, c].ravel()
            grad[:, :, r * st:r * st + hp, c * st:c * st + wp] += pick.reshape(N, C, hp, wp)
    return grad


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(0)


def svm_loss(x, y):
    n = x.shape[0]
    idx = np.arange(n)
    m = np.maximum(x - x[idx, y][:, None] + 1, 0)
    loss = m.sum() / n - 1.0
    act = (m > 0) * 1.0
    cnt = act.sum(axis=1)
    act[idx, y] -= cnt
    return loss, (act / n).astype(x.dtype)
