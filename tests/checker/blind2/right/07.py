"""Everything is a 2-D matrix: im2col and friends, reshapes around plain products."""
import numpy as np


def _cols(x, kh, kw, s, p):
    """(C*kh*kw, N*Ho*Wo) matrix of the patches"""
    N, C, H, W = x.shape
    Ho, Wo = (H + 2 * p - kh) // s + 1, (W + 2 * p - kw) // s + 1
    xp = np.zeros((N, C, H + 2 * p, W + 2 * p), x.dtype)
    xp[:, :, p:p + H, p:p + W] = x
    out = np.empty((C, kh, kw, N, Ho, Wo), x.dtype)
    for r in range(kh):
        for q in range(kw):
            out[:, r, q] = xp[:, :, r:r + s * (Ho - 1) + 1:s, q:q + s * (Wo - 1) + 1:s].swapaxes(0, 1)
    return out.reshape(C * kh * kw, N * Ho * Wo), Ho, Wo


def _uncols(m, shape, kh, kw, s, p):
    N, C, H, W = shape
    Ho, Wo = (H + 2 * p - kh) // s + 1, (W + 2 * p - kw) // s + 1
    m = m.reshape(C, kh, kw, N, Ho, Wo)
    xp = np.zeros((N, C, H + 2 * p, W + 2 * p), m.dtype)
    for r in range(kh):
        for q in range(kw):
            xp[:, :, r:r + s * (Ho - 1) + 1:s, q:q + s * (Wo - 1) + 1:s] += m[:, r, q].swapaxes(0, 1)
    return xp[:, :, p:p + H, p:p + W]


def conv_forward_naive(x, w, b, conv_param):
    F, C, kh, kw = w.shape
    m, Ho, Wo = _cols(x, kh, kw, conv_param['stride'], conv_param['pad'])
    out = w.reshape(F, -1) @ m + b.reshape(F, 1)
    return out.reshape(F, len(x), Ho, Wo).swapaxes(0, 1), (m, x.shape, w, conv_param)


def conv_backward_naive(dout, cache):
    m, shape, w, conv_param = cache
    F, C, kh, kw = w.shape
    d = dout.swapaxes(0, 1).reshape(F, -1)
    dx = _uncols(w.reshape(F, -1).T @ d, shape, kh, kw, conv_param['stride'], conv_param['pad'])
    return dx, (d @ m.T).reshape(w.shape), d @ np.ones(d.shape[1], d.dtype)


def max_pool_forward_naive(x, pool_param):
    N, C, H, W = x.shape
    kh, kw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    m, Ho, Wo = _cols(x.reshape(N * C, 1, H, W), kh, kw, s, 0)
    return m.max(axis=0).reshape(N, C, Ho, Wo), (m.argmax(axis=0), x.shape, pool_param)


def max_pool_backward_naive(dout, cache):
    hot, (N, C, H, W), pool_param = cache
    kh, kw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    m = np.zeros((kh * kw, dout.size), dout.dtype)
    m[hot, np.arange(dout.size)] = dout.reshape(-1)
    return _uncols(m, (N * C, 1, H, W), kh, kw, s, 0).reshape(N, C, H, W)


def affine_forward(x, w, b):
    one = np.ones((x.shape[0], 1), x.dtype)
    xb = np.hstack([x.reshape(x.shape[0], -1), one])
    return xb @ np.vstack([w, b]), (xb, w, x.shape)


def affine_backward(dout, cache):
    xb, w, shape = cache
    dwb = xb.T @ dout
    return (dout @ w.T).reshape(shape), dwb[:-1], dwb[-1]


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return np.where(cache > 0, dout, 0)


def batchnorm_forward(x, gamma, beta, bn_param):
    N, D = x.shape
    eps, keep = bn_param.get('eps', 1e-5), bn_param.get('momentum', 0.9)
    rm, rv = bn_param.get('running_mean'), bn_param.get('running_var')
    rm = np.zeros(D, x.dtype) if rm is None else rm
    rv = np.zeros(D, x.dtype) if rv is None else rv
    cache = None
    if bn_param['mode'] == 'train':
        avg = np.full((1, N), 1.0 / N, x.dtype)
        mu = avg @ x
        c = x - mu
        var = avg @ (c * c)
        s = np.sqrt(var + eps)
        h = c / s
        rm, rv = keep * rm + (1 - keep) * mu.reshape(D), keep * rv + (1 - keep) * var.reshape(D)
        cache = h, s, gamma, avg
    else:
        h = (x - rm) / np.sqrt(rv + eps)
    bn_param['running_mean'], bn_param['running_var'] = rm, rv
    return h * gamma + beta, cache


def batchnorm_backward(dout, cache):
    h, s, gamma, avg = cache
    dgamma, dbeta = (dout * h).sum(0), dout.sum(0)
    g = dout * gamma
    ds = -(g * h).sum(0, keepdims=True) / s
    dvar = ds / (2 * s)
    dc = g / s + 2 * (h * s) * (avg.T @ dvar)
    return dc - avg.T @ dc.sum(0, keepdims=True), dgamma, dbeta


def batchnorm_backward_alt(dout, cache):
    h, s, gamma, avg = cache
    return gamma / s * (dout - avg @ dout - h * (avg @ (dout * h))), (dout * h).sum(0), dout.sum(0)


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    N, C, H, W = x.shape
    rows = x.swapaxes(0, 1).reshape(C, -1).T
    out, cache = batchnorm_forward(rows, gamma, beta, bn_param)
    return out.T.reshape(C, N, H, W).swapaxes(0, 1), cache


def spatial_batchnorm_backward(dout, cache):
    N, C, H, W = dout.shape
    dx, dgamma, dbeta = batchnorm_backward(dout.swapaxes(0, 1).reshape(C, -1).T, cache)
    return dx.T.reshape(C, N, H, W).swapaxes(0, 1), dgamma, dbeta


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    # reuse batch norm on the transposed group matrix, then undo
    N, C, H, W = x.shape
    cols = x.reshape(N * G, -1).T
    one = np.ones(N * G, x.dtype)
    h, cache = batchnorm_forward(cols, one, 0 * one, {'mode': 'train', 'eps': gn_param.get('eps', 1e-5)})
    h = h.T.reshape(x.shape)
    return h * gamma + beta, (h, cache, gamma, G)


def spatial_groupnorm_backward(dout, cache):
    h, inner, gamma, G = cache
    N, C, H, W = dout.shape
    d = (dout * gamma).reshape(N * G, -1).T
    dx = batchnorm_backward(d, inner)[0].T.reshape(dout.shape)
    return dx, (dout * h).sum((0, 2, 3), keepdims=True), dout.sum((0, 2, 3), keepdims=True)


def softmax_loss(x, y):
    N, C = x.shape
    hot = np.eye(C, dtype=x.dtype)[y]
    z = x - x.max(axis=1, keepdims=True)
    logp = z - np.log(np.exp(z) @ np.ones((C, 1), x.dtype))
    return -(hot * logp).sum() / N, (np.exp(logp) - hot) / N


class ThreeLayerConvNet:
    def __init__(self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100,
                 num_classes=10, weight_scale=1e-3, reg=0.0, dtype=np.float32):
        C, H, W = input_dim
        flat = num_filters * (H // 2) * (W // 2)
        self.reg, self.dtype = reg, dtype
        self.params = {
            'W1': np.random.randn(num_filters, C, filter_size, filter_size) * weight_scale, 'b1': np.zeros(num_filters),
            'W2': np.random.randn(flat, hidden_dim) * weight_scale, 'b2': np.zeros(hidden_dim),
            'W3': np.random.randn(hidden_dim, num_classes) * weight_scale, 'b3': np.zeros(num_classes),
        }
        for k in self.params:
            self.params[k] = self.params[k].astype(dtype)

    def loss(self, X, y=None):
        W1, b1, W2, b2, W3, b3 = (self.params[k] for k in ('W1', 'b1', 'W2', 'b2', 'W3', 'b3'))
        h1, c1 = conv_forward_naive(X, W1, b1, {'stride': 1, 'pad': (W1.shape[2] - 1) // 2})
        h2, c2 = relu_forward(h1)
        h3, c3 = max_pool_forward_naive(h2, {'pool_height': 2, 'pool_width': 2, 'stride': 2})
        h4, c4 = affine_forward(h3, W2, b2)
        h5, c5 = relu_forward(h4)
        scores, c6 = affine_forward(h5, W3, b3)
        if y is None:
            return scores
        data_loss, d6 = softmax_loss(scores, y)
        d5, dW3, db3 = affine_backward(d6, c6)
        d3, dW2, db2 = affine_backward(relu_backward(d5, c5), c4)
        d1 = relu_backward(max_pool_backward_naive(d3, c3), c2)
        _, dW1, db1 = conv_backward_naive(d1, c1)
        r = self.reg
        loss = data_loss + 0.5 * r * sum(np.sum(W * W) for W in (W1, W2, W3))
        return loss, {'W1': dW1 + r * W1, 'b1': db1, 'W2': dW2 + r * W2, 'b2': db2, 'W3': dW3 + r * W3, 'b3': db3}
