import numpy as np


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return dout * (cache > 0)


def _im2col_index(C, H, W, kh, kw, s):
    Ho, Wo = (H - kh) // s + 1, (W - kw) // s + 1
    k = np.repeat(np.arange(C), kh * kw)[:, None]
    i = np.tile(np.repeat(np.arange(kh), kw), C)[:, None] + s * np.repeat(np.arange(Ho), Wo)[None]
    j = np.tile(np.arange(kw), C * kh)[:, None] + s * np.tile(np.arange(Wo), Ho)[None]
    return k, i, j, Ho, Wo


def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param['stride'], conv_param['pad']
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    F, C, kh, kw = w.shape
    k, i, j, Ho, Wo = _im2col_index(C, xp.shape[2], xp.shape[3], kh, kw, s)
    cols = xp[:, k, i, j]                       # N, C*kh*kw, Ho*Wo
    out = np.matmul(w.reshape(F, -1), cols) + b[:, None]
    return out.reshape(x.shape[0], F, Ho, Wo), (xp, w, s, p, cols, (k, i, j))


def conv_backward_naive(dout, cache):
    xp, w, s, p, cols, (k, i, j) = cache
    N, F = dout.shape[:2]
    d = dout.reshape(N, F, -1)
    dw = np.einsum('nfl,nkl->fk', d, cols).reshape(w.shape)
    dcols = np.matmul(w.reshape(F, -1).T, d)
    dxp = np.zeros_like(xp)
    np.add.at(dxp, (slice(None), k, i, j), dcols)
    return dxp[:, :, p:xp.shape[2] - p, p:xp.shape[3] - p], dw, d.sum(axis=(0, 2))


def max_pool_forward_naive(x, pool_param):
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    N, C, H, W = x.shape
    k, i, j, Ho, Wo = _im2col_index(1, H, W, ph, pw, s)
    cols = x.reshape(N * C, 1, H, W)[:, k, i, j]
    top = cols.argmax(axis=1)
    return cols.max(axis=1).reshape(N, C, Ho, Wo), (x.shape, top, i, j)


def max_pool_backward_naive(dout, cache):
    (N, C, H, W), top, i, j = cache
    dx = np.zeros((N * C, H, W), dtype=dout.dtype)
    cell = np.arange(top.shape[1])
    np.add.at(dx, (np.arange(N * C)[:, None], i[top, cell], j[top, cell]), dout.reshape(N * C, -1))
    return dx.reshape(N, C, H, W)


def softmax_loss(x, y):
    n = np.arange(x.shape[0])
    z = x - x.max(axis=1, keepdims=True)
    lp = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
    dx = np.exp(lp)
    dx[n, y] -= 1
    return -lp[n, y].mean(), dx / x.shape[0]


def rmsprop(w, dw, config=None):
    config = config or {}
    config.setdefault('learning_rate', 1e-2)
    config.setdefault('decay_rate', 0.99)
    config.setdefault('epsilon', 1e-8)
    config.setdefault('cache', np.zeros_like(w))
    rate = config['decay_rate']
    config['cache'] = rate * config['cache'] + (1 - rate) * np.abs(dw)
    return w - config['learning_rate'] * dw / (np.sqrt(config['cache']) + config['epsilon']), config


class ThreeLayerConvNet:
    """conv - relu - 2x2 max pool - affine - relu - affine - softmax"""

    def __init__(self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100,
                 num_classes=10, weight_scale=1e-3, reg=0.0, dtype=np.float32):
        C, H, W = input_dim
        self.reg, self.dtype = reg, dtype
        shapes = dict(W1=(num_filters, C, filter_size, filter_size),
                      W2=(num_filters * (H // 2) * (W // 2), hidden_dim),
                      W3=(hidden_dim, num_classes))
        self.params = {k: (weight_scale * np.random.randn(*v)).astype(dtype) for k, v in shapes.items()}
        for k, n in (('b1', num_filters), ('b2', hidden_dim), ('b3', num_classes)):
            self.params[k] = np.zeros(n, dtype=dtype)

    def loss(self, X, y=None):
        P = self.params
        conv_param = {'stride': 1, 'pad': (P['W1'].shape[2] - 1) // 2}
        pool_param = {'pool_height': 2, 'pool_width': 2, 'stride': 2}
        h, c1 = conv_forward_naive(X, P['W1'], P['b1'], conv_param)
        h, c2 = relu_forward(h)
        h, c3 = max_pool_forward_naive(h, pool_param)
        h, c4 = affine_forward(h, P['W2'], P['b2'])
        h, c5 = relu_forward(h)
        scores, c6 = affine_forward(h, P['W3'], P['b3'])
        if y is None:
            return scores
        loss, d = softmax_loss(scores, y)
        loss += 0.5 * self.reg * (np.sum(P['W1'] ** 2) + np.sum(P['W2'] ** 2) + np.sum(P['W3']) ** 2)
        g = {}
        d, g['W3'], g['b3'] = affine_backward(d, c6)
        d = relu_backward(d, c5)
        d, g['W2'], g['b2'] = affine_backward(d, c4)
        d = max_pool_backward_naive(d, c3)
        d = relu_backward(d, c2)
        d, g['W1'], g['b1'] = conv_backward_naive(d, c1)
        for k in ('W1', 'W2', 'W3'):
            g[k] = g[k] + self.reg * P[k]
        return loss, g
