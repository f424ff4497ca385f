"""Recursion where others write loops; optimisers written as incremental updates."""
import numpy as np


def _fold(op, parts):
    return parts[0] if len(parts) == 1 else op(_fold(op, parts[:len(parts) // 2]), _fold(op, parts[len(parts) // 2:]))


def affine_forward(x, w, b):
    x2 = x.reshape(x.shape[0], w.shape[0])

    def mult(a, m):                      # split the inner dimension until it is small
        if a.shape[1] <= 4:
            return a @ m
        h = a.shape[1] // 2
        return mult(a[:, :h], m[:h]) + mult(a[:, h:], m[h:])
    return mult(x2, w) + b, (x, w)


def affine_backward(dout, cache):
    x, w = cache
    dw = _fold(np.add, [np.multiply.outer(xi.ravel(), di) for xi, di in zip(x, dout)])
    db = _fold(np.add, list(dout))
    return (w @ dout.T).T.reshape(x.shape), dw, db


def relu_forward(x):
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    return dout * (cache > 0)


def dropout_forward(x, dropout_param):
    # p is the probability of keeping a neuron output
    p = dropout_param['p']
    if 'seed' in dropout_param:
        np.random.seed(dropout_param['seed'])
    if dropout_param['mode'] == 'train':
        mask = np.random.binomial(1, p, x.shape).astype(x.dtype)
        return (x * mask / p).astype(x.dtype, copy=False), (mask, p)
    return x, (np.ones_like(x), 1)


def dropout_backward(dout, cache):
    mask, p = cache
    return dout * mask / p


def softmax_loss(x, y):
    lse = _fold(np.logaddexp, list(x.T))
    n = np.arange(len(y))
    dx = np.exp(x - lse[:, np.newaxis])
    dx[n, y] -= 1
    return np.mean(lse - x[n, y]), dx / len(y)


def svm_loss(x, y):
    if len(y) == 1:
        m = np.maximum(x[0] - x[0, y[0]] + 1, 0)
        m[y[0]] = 0
        dx = (m > 0).astype(x.dtype)
        dx[y[0]] = -dx.sum()
        return m.sum(), dx[None]
    h = len(y) // 2
    la, da = svm_loss(x[:h], y[:h])
    lb, db = svm_loss(x[h:], y[h:])
    a, b = h / len(y), (len(y) - h) / len(y)
    return a * la + b * lb, np.concatenate([a * da, b * db]).astype(x.dtype)


def max_pool_forward_naive(x, pool_param):
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    Ho, Wo = (x.shape[2] - ph) // s + 1, (x.shape[3] - pw) // s + 1
    shifted = [x[:, :, i:i + (Ho - 1) * s + 1:s, j:j + (Wo - 1) * s + 1:s] for i in range(ph) for j in range(pw)]
    return _fold(np.maximum, shifted), (x, pool_param)


def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, s = pool_param['pool_height'], pool_param['pool_width'], pool_param['stride']
    Ho, Wo = dout.shape[2:]
    dx, todo, out = np.zeros_like(x), np.ones(dout.shape, bool), max_pool_forward_naive(x, pool_param)[0]

    def visit(k):
        if k == ph * pw:
            return
        i, j = divmod(k, pw)
        spot = np.s_[:, :, i:i + (Ho - 1) * s + 1:s, j:j + (Wo - 1) * s + 1:s]
        won = todo & (x[spot] == out)
        dx[spot] += dout * won
        todo[won] = False                # one winner a window
        visit(k + 1)
    visit(0)
    return dx


def sgd_momentum(w, dw, config=None):
    config = dict(learning_rate=1e-2, momentum=0.9, velocity=np.zeros_like(w)) | (config or {})
    config['velocity'] = config['momentum'] * config['velocity'] - config['learning_rate'] * dw
    return w + config['velocity'], config


def rmsprop(w, dw, config=None):
    config = dict(learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8, cache=np.zeros_like(w)) | (config or {})
    config['cache'] = config['cache'] + (1 - config['decay_rate']) * (dw ** 2 - config['cache'])
    return w - config['learning_rate'] * dw / (np.sqrt(config['cache']) + config['epsilon']), config


def adam(w, dw, config=None):
    config = dict(learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8,
                  m=np.zeros_like(w), v=np.zeros_like(w), t=0) | (config or {})
    t = config['t'] = config['t'] + 1
    b1, b2 = config['beta1'], config['beta2']
    config['m'] = config['m'] + (1 - b1) * (dw - config['m'])
    config['v'] = config['v'] + (1 - b2) * (dw ** 2 - config['v'])
    # corrections folded into the step size
    root = np.sqrt(1 - b2 ** t)
    rate = config['learning_rate'] * root / (1 - b1 ** t)
    return w - rate * config['m'] / (np.sqrt(config['v']) + config['epsilon'] * root), config


class FullyConnectedNet:
    """Plain network and dropout; a layer calls the rest of the network. Normalisation 'layernorm' or 'batchnorm'."""

    def __init__(self, hidden_dims, input_dim=3072, num_classes=10, dropout_keep_ratio=1,
                 normalization=None, reg=0.0, weight_scale=1e-2, dtype=np.float32, seed=None):
        self.normalization, self.reg, self.dtype = normalization, reg, dtype
        self.use_dropout = dropout_keep_ratio != 1
        self.num_layers = 1 + len(hidden_dims)
        self.dropout_param = {'mode': 'train', 'p': dropout_keep_ratio}
        if seed is not None:
            self.dropout_param['seed'] = seed
        self.bn_params = [{'mode': 'train'} for _ in hidden_dims]
        self.params = {}

        def build(k, fan_in, rest):
            width = rest[0] if rest else num_classes
            self.params['W%d' % k] = (weight_scale * np.random.randn(fan_in, width)).astype(dtype)
            self.params['b%d' % k] = np.zeros(width, dtype)
            if rest:
                if normalization:
                    self.params['gamma%d' % k], self.params['beta%d' % k] = np.ones(width, dtype), np.zeros(width, dtype)
                build(k + 1, width, rest[1:])
        build(1, input_dim, list(hidden_dims))

    def _normalise(self, a, k):
        """affine-free statistics of a, and the way back"""
        axis = 0 if self.normalization == 'batchnorm' else 1
        par = self.bn_params[k - 1]
        eps = par.get('eps', 1e-5)
        if axis == 0 and par['mode'] == 'test':
            zero = np.zeros(a.shape[1], a.dtype)
            return (a - par.get('running_mean', zero)) / np.sqrt(par.get('running_var', zero) + eps), None
        mu, var = a.mean(axis, keepdims=True), a.var(axis, keepdims=True)
        if axis == 0:
            m = par.get('momentum', 0.9)
            par['running_mean'] = m * par.get('running_mean', 0) + (1 - m) * mu[0]
            par['running_var'] = m * par.get('running_var', 0) + (1 - m) * var[0]
        sd = np.sqrt(var + eps)
        z = (a - mu) / sd
        return z, lambda g: (g - g.mean(axis, keepdims=True) - z * (g * z).mean(axis, keepdims=True)) / sd

    def _from(self, k, h, y, grads):
        W, b = self.params['W%d' % k], self.params['b%d' % k]
        a, c = affine_forward(h, W, b)
        if k == self.num_layers:
            if y is None:
                return a, None
            loss, d = softmax_loss(a, y)
        else:
            if self.normalization:
                gamma = self.params['gamma%d' % k]
                z, pull = self._normalise(a, k)
                a = gamma * z + self.params['beta%d' % k]
            r, rc = relu_forward(a)
            if self.use_dropout:
                r, dc = dropout_forward(r, self.dropout_param)
            loss, d = self._from(k + 1, r, y, grads)
            if y is None:
                return loss, None
            if self.use_dropout:
                d = dropout_backward(d, dc)
            d = relu_backward(d, rc)
            if self.normalization:
                grads['gamma%d' % k], grads['beta%d' % k] = (d * z).sum(0), d.sum(0)
                d = pull(gamma * d)
        d, dW, grads['b%d' % k] = affine_backward(d, c)
        grads['W%d' % k] = dW + self.reg * W
        return loss + self.reg / 2 * np.sum(W ** 2), d

    def loss(self, X, y=None):
        for q in [self.dropout_param] + self.bn_params:
            q['mode'] = 'test' if y is None else 'train'
        grads = {}
        first, _ = self._from(1, X.astype(self.dtype), y, grads)
        return first if y is None else (first, grads)
