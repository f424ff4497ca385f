import numpy as np


def affine_forward(x, w, b):
    flat = np.reshape(x, (np.shape(x)[0], -1))
    return flat @ w + b, (flat, w, x.shape)


def affine_backward(dout, cache):
    flat, w, shape = cache
    return np.reshape(dout @ w.T, shape), flat.T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(x, 0), x > 0


def relu_backward(dout, cache):
    return dout * cache


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get('eps', 1e-5)
    keep = bn_param.get('momentum', 0.9)
    run = [bn_param.get('running_' + n, np.zeros(x.shape[1], x.dtype)) for n in ('mean', 'var')]
    if bn_param['mode'] == 'train':
        now = [x.mean(0), x.var(0)]
        run = [keep * r + (1 - keep) * s for r, s in zip(run, now)]
    else:
        now = run
    bn_param['running_mean'], bn_param['running_var'] = run
    s = np.sqrt(now[1] + eps)
    z = (x - now[0]) / s
    return z * gamma + beta, (z, s, gamma)


def batchnorm_backward(dout, cache):
    z, s, gamma = cache
    g = dout * gamma
    return (g - g.mean(0) - z * (g * z).mean(0)) / s, (dout * z).sum(0), dout.sum(0)


def layernorm_forward(x, gamma, beta, ln_param):
    s = np.sqrt(x.var(1, keepdims=True) + ln_param.get('eps', 1e-5))
    z = (x - x.mean(1, keepdims=True)) / s
    return z * gamma + beta, (z, s, gamma)


def layernorm_backward(dout, cache):
    z, s, gamma = cache
    g = dout * gamma
    dx = (g - g.mean(1, keepdims=True) - z * (g * z).mean(1, keepdims=True)) / s
    return dx, (dout * z).sum(0), dout.sum(0)


def dropout_forward(x, dropout_param):
    """dropout_param['p'] is the fraction of neurons we keep."""
    if 'seed' in dropout_param:
        np.random.seed(dropout_param['seed'])
    if dropout_param['mode'] != 'train':
        return x, (None, dropout_param)
    mask = ((np.random.rand(*x.shape) < dropout_param['p']) / dropout_param['p']).astype(x.dtype)
    return x * mask, (mask, dropout_param)


def dropout_backward(dout, cache):
    mask, dropout_param = cache
    if dropout_param['mode'] == 'train':
        dout = dout * mask
    return dout


def softmax_loss(x, y):
    n = np.arange(len(y))
    x = x - x.max(axis=-1, keepdims=True)
    log_z = np.log(np.sum(np.exp(x), axis=-1, keepdims=True))
    grad = np.exp(x - log_z)
    grad[n, y] -= 1.0
    return np.mean(log_z[:, 0] - x[n, y]), grad / len(y)


class FullyConnectedNet:
    def __init__(self, hidden_dims, input_dim=3072, num_classes=10, dropout_keep_ratio=1,
                 normalization=None, reg=0.0, weight_scale=1e-2, dtype=np.float32, seed=None):
        self.normalization, self.reg, self.dtype = normalization, reg, dtype
        self.use_dropout = dropout_keep_ratio != 1
        self.num_layers = len(hidden_dims) + 1
        sizes = [input_dim] + list(hidden_dims) + [num_classes]
        self.params = {}
        for k in range(self.num_layers):
            self.params['W%d' % (k + 1)] = np.random.normal(0, weight_scale, (sizes[k], sizes[k + 1])).astype(dtype)
            self.params['b%d' % (k + 1)] = np.zeros(sizes[k + 1], dtype=dtype)
        if normalization in ('batchnorm', 'layernorm'):
            for k in range(1, self.num_layers):
                self.params['gamma%d' % k] = np.ones(sizes[k], dtype=dtype)
                self.params['beta%d' % k] = np.zeros(sizes[k], dtype=dtype)
        self.bn_params = [{'mode': 'train'} for _ in hidden_dims]
        self.dropout_param = {}
        if self.use_dropout:
            self.dropout_param = dict(mode='train', p=dropout_keep_ratio)
            if seed is not None:
                self.dropout_param['seed'] = seed

    def loss(self, X, y=None):
        X = X.astype(self.dtype)
        P = self.params
        training = y is not None
        self.dropout_param['mode'] = 'train' if training else 'test'
        if not training:
            for bn_param in self.bn_params:
                bn_param['mode'] = 'test'
        caches = {}
        a = X
        for k in range(1, self.num_layers):
            a, caches['aff', k] = affine_forward(a, P['W%d' % k], P['b%d' % k])
            if self.normalization == 'batchnorm':
                a, caches['bn', k] = batchnorm_forward(a, P['gamma%d' % k], P['beta%d' % k], self.bn_params[k - 1])
            if self.normalization == 'layernorm':
                a, caches['ln', k] = layernorm_forward(a, P['gamma%d' % k], P['beta%d' % k], self.bn_params[k - 1])
            a, caches['relu', k] = relu_forward(a)
            if self.use_dropout:
                a, caches['drop', k] = dropout_forward(a, self.dropout_param)
        k = self.num_layers
        scores, caches['aff', k] = affine_forward(a, P['W%d' % k], P['b%d' % k])
        if not training:
            return scores
        loss, da = softmax_loss(scores, y)
        grads = {}
        while k:
            da, grads['W%d' % k], grads['b%d' % k] = affine_backward(da, caches['aff', k])
            grads['W%d' % k] += self.reg * P['W%d' % k]
            loss += self.reg / 2 * (P['W%d' % k] ** 2).sum()
            k -= 1
            if k == 0:
                break
            if self.use_dropout:
                da = dropout_backward(da, caches['drop', k])
            da = relu_backward(da, caches['relu', k])
            if self.normalization == 'batchnorm':
                da, grads['gamma%d' % k], grads['beta%d' % k] = batchnorm_backward(da, caches['bn', k])
            if self.normalization == 'layernorm':
                da, grads['gamma%d' % k], grads['beta%d' % k] = layernorm_backward(da, caches['ln', k])
        return loss, grads
