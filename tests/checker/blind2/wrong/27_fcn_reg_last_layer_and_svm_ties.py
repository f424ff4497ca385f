import numpy as np


def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, (x, w, b)


def affine_backward(dout, cache):
    x, w, b = cache
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(axis=0)


def relu_forward(x):
    return np.maximum(0, x), x


def relu_backward(dout, cache):
    return dout * (cache > 0)


def svm_loss(x, y):
    N = len(y)
    target = x[np.arange(N), y][:, np.newaxis]
    margins = np.maximum(0, x - target + 1.0)
    # the right class must not count
    margins[margins == 1.0] = 0
    loss = np.sum(margins) / N
    dx = np.zeros_like(x)
    dx[margins > 0] = 1
    dx[np.arange(N), y] -= np.count_nonzero(margins, axis=1)
    dx /= N
    return loss, dx


def softmax_loss(x, y):
    N = len(y)
    e = np.exp(x - np.max(x, axis=1, keepdims=True))
    probs = e / e.sum(axis=1, keepdims=True)
    target = x[np.arange(N), y]
    m = x.max(axis=1)
    loss = np.sum(m + np.log(e.sum(axis=1)) - target) / N
    probs[np.arange(N), y] -= 1
    return loss, probs / N


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get('eps', 1e-5)
    momentum = bn_param.get('momentum', 0.9)
    rm = bn_param.get('running_mean', np.zeros(x.shape[1], dtype=x.dtype))
    rv = bn_param.get('running_var', np.zeros(x.shape[1], dtype=x.dtype))
    if bn_param['mode'] == 'train':
        mu, var = np.mean(x, axis=0), np.var(x, axis=0)
        rm = momentum * rm + (1 - momentum) * mu
        rv = momentum * rv + (1 - momentum) * var
    else:
        mu, var = rm, rv
    bn_param['running_mean'], bn_param['running_var'] = rm, rv
    inv = 1 / np.sqrt(var + eps)
    xh = (x - mu) * inv
    return gamma * xh + beta, (xh, inv, gamma, 0)


def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get('eps', 1e-5)
    inv = 1 / np.sqrt(np.var(x, axis=1, keepdims=True) + eps)
    xh = (x - np.mean(x, axis=1, keepdims=True)) * inv
    return gamma * xh + beta, (xh, inv, gamma, 1)


def _norm_backward(dout, cache):
    xh, inv, gamma, axis = cache
    g = dout * gamma
    n = dout.shape[axis]
    dx = n * g - g.sum(axis=axis, keepdims=True) - xh * (g * xh).sum(axis=axis, keepdims=True)
    return inv / n * dx, np.sum(dout * xh, axis=0), np.sum(dout, axis=0)


def batchnorm_backward(dout, cache):
    return _norm_backward(dout, cache)


def layernorm_backward(dout, cache):
    return _norm_backward(dout, cache)


def dropout_forward(x, dropout_param):
    """p is the probability of keeping an entry."""
    if 'seed' in dropout_param:
        np.random.seed(dropout_param['seed'])
    mask = None
    if dropout_param['mode'] == 'train':
        mask = (np.random.rand(*x.shape) < dropout_param['p']) / dropout_param['p']
        x = (x * mask).astype(x.dtype, copy=False)
    return x, (dropout_param, mask)


def dropout_backward(dout, cache):
    mask = cache[1]
    return dout if mask is None else dout * mask


class FullyConnectedNet(object):
    """{affine - [norm] - relu - [dropout]} x (L - 1) - affine - softmax"""

    def __init__(self, hidden_dims, input_dim=3 * 32 * 32, num_classes=10, dropout_keep_ratio=1,
                 normalization=None, reg=0.0, weight_scale=1e-2, dtype=np.float32, seed=None):
        self.normalization = normalization
        self.use_dropout = dropout_keep_ratio != 1
        self.reg = reg
        self.dtype = dtype
        self.num_layers = 1 + len(hidden_dims)
        self.params = {}
        prev = input_dim
        for i, size in enumerate(hidden_dims):
            self.params['W' + str(i + 1)] = (np.random.randn(prev, size) * weight_scale).astype(dtype)
            self.params['b' + str(i + 1)] = np.zeros(size, dtype)
            if normalization is not None:
                self.params['gamma' + str(i + 1)] = np.ones(size, dtype)
                self.params['beta' + str(i + 1)] = np.zeros(size, dtype)
            prev = size
        self.params['W' + str(self.num_layers)] = (np.random.randn(prev, num_classes) * weight_scale).astype(dtype)
        self.params['b' + str(self.num_layers)] = np.zeros(num_classes, dtype)
        self.dropout_param = {}
        if self.use_dropout:
            self.dropout_param = {'mode': 'train', 'p': dropout_keep_ratio}
            if seed is not None:
                self.dropout_param['seed'] = seed
        self.bn_params = []
        if normalization is not None:
            self.bn_params = [{'mode': 'train'} for _ in hidden_dims]

    def loss(self, X, y=None):
        X = X.astype(self.dtype)
        mode = 'test' if y is None else 'train'
        for d in self.bn_params + [self.dropout_param]:
            d['mode'] = mode
        acts, pre = X, {}
        penalty = 0.0
        for i in range(1, self.num_layers):
            W, b = self.params['W' + str(i)], self.params['b' + str(i)]
            acts, c1 = affine_forward(acts, W, b)
            cn = cd = None
            if self.normalization is not None:
                f = {'batchnorm': batchnorm_forward, 'layernorm': layernorm_forward}[self.normalization]
                acts, cn = f(acts, self.params['gamma' + str(i)], self.params['beta' + str(i)], self.bn_params[i - 1])
            acts, c2 = relu_forward(acts)
            if self.use_dropout:
                acts, cd = dropout_forward(acts, self.dropout_param)
            pre[i] = c1, cn, c2, cd
            penalty += np.sum(W * W)
        last = str(self.num_layers)
        scores, c = affine_forward(acts, self.params['W' + last], self.params['b' + last])
        if y is None:
            return scores
        loss, grad = softmax_loss(scores, y)
        loss += 0.5 * self.reg * penalty
        grads = {}
        grad, dW, grads['b' + last] = affine_backward(grad, c)
        grads['W' + last] = dW + self.reg * self.params['W' + last]
        for i in reversed(range(1, self.num_layers)):
            c1, cn, c2, cd = pre[i]
            if cd is not None:
                grad = dropout_backward(grad, cd)
            grad = relu_backward(grad, c2)
            if cn is not None:
                grad, grads['gamma' + str(i)], grads['beta' + str(i)] = _norm_backward(grad, cn)
            grad, dW, db = affine_backward(grad, c1)
            grads['W' + str(i)] = dW + self.reg * self.params['W' + str(i)]
            grads['b' + str(i)] = db
        return loss, grads
