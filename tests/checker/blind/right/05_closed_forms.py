import numpy as np

def affine_forward(x, w, b):
    return x.reshape(x.shape[0], -1) @ w + b, dict(x=x, w=w)

def affine_backward(dout, cache):
    x, w = cache['x'], cache['w']
    return (dout @ w.T).reshape(x.shape), x.reshape(x.shape[0], -1).T @ dout, dout.sum(0)

def relu_forward(x):
    return np.clip(x, 0, None), x

def relu_backward(dout, x):
    return np.multiply(dout, x > 0)

def softmax_loss(x, y):
    n = x.shape[0]; i = np.arange(n)
    e = np.exp(x - x.max(1)[:, None]); s = e.sum(1)
    loss = (np.log(s) + x.max(1) - x[i, y]).mean()
    d = e / s[:, None]; d[i, y] -= 1
    return loss, d / n

def svm_loss(x, y):
    n = x.shape[0]; i = np.arange(n)
    m = np.maximum(0, 1 + x - x[i, y][:, None])
    loss = m.sum() / n - 1        # the right class contributes exactly 1 in every row
    d = (m > 0) * 1.
    d[i, y] -= d.sum(1)
    return loss, d / n

def batchnorm_forward(x, gamma, beta, bn_param):
    mode, eps, mom = bn_param['mode'], bn_param.get('eps', 1e-5), bn_param.get('momentum', 0.9)
    D = x.shape[1]
    rm = bn_param.get('running_mean', np.zeros(D, x.dtype))
    rv = bn_param.get('running_var', np.zeros(D, x.dtype))
    if mode == 'train':
        mu, var = x.mean(0), x.var(0)
        isd = 1 / np.sqrt(var + eps)
        xh = (x - mu) * isd
        bn_param['running_mean'] = mom * rm + (1 - mom) * mu
        bn_param['running_var'] = mom * rv + (1 - mom) * var
        return gamma * xh + beta, dict(xh=xh, isd=isd, gamma=gamma)
    if mode == 'test':
        a = gamma / np.sqrt(rv + eps)
        return a * x + (beta - a * rm), dict()
    raise ValueError(mode)

def batchnorm_backward(dout, cache):
    xh, isd, gamma = cache['xh'], cache['isd'], cache['gamma']
    db, dg = dout.sum(0), (dout * xh).sum(0)
    return gamma * isd * (dout - db / len(dout) - xh * dg / len(dout)), dg, db

def batchnorm_backward_alt(dout, cache):
    return batchnorm_backward(dout, cache)

def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get('eps', 1e-5)
    isd = 1 / np.sqrt(x.var(1) + eps)[:, None]
    xh = (x - x.mean(1)[:, None]) * isd
    return gamma * xh + beta, dict(xh=xh, isd=isd, gamma=gamma)

def layernorm_backward(dout, cache):
    xh, isd, gamma = cache['xh'], cache['isd'], cache['gamma']
    h = dout * gamma
    dx = isd * (h - h.mean(1)[:, None] - xh * (h * xh).mean(1)[:, None])
    return dx, (dout * xh).sum(0), dout.sum(0)

def dropout_forward(x, dropout_param):
    p, mode = dropout_param['p'], dropout_param['mode']
    if 'seed' in dropout_param: np.random.seed(dropout_param['seed'])
    m = np.random.binomial(1, p, x.shape) / p if mode == 'train' else 1.
    return x * m, dict(m=m)

def dropout_backward(dout, cache):
    return dout * cache['m']

def conv_forward_naive(x, w, b, conv_param):
    s, p = conv_param['stride'], conv_param['pad']
    n, c, h, v = x.shape; f, _, a, e = w.shape
    ho, vo = (h + 2*p - a) // s + 1, (v + 2*p - e) // s + 1
    xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    out = np.zeros((n, f, ho, vo)) + b[:, None, None]
    for r in range(a):
        for q in range(e):
            patch = xp[:, :, r:r + s*(ho-1) + 1:s, q:q + s*(vo-1) + 1:s]
            out += np.tensordot(patch, w[:, :, r, q], ([1], [1])).transpose(0, 3, 1, 2)
    return out, dict(xp=xp, w=w, s=s, p=p, hv=(h, v))

def conv_backward_naive(dout, cache):
    xp, w, s, p, (h, v) = cache['xp'], cache['w'], cache['s'], cache['p'], cache['hv']
    f, _, a, e = w.shape; ho, vo = dout.shape[2:]
    dxp, dw = np.zeros_like(xp), np.zeros_like(w)
    for r in range(a):
        for q in range(e):
            rs, qs = slice(r, r + s*(ho-1) + 1, s), slice(q, q + s*(vo-1) + 1, s)
            dw[:, :, r, q] = np.tensordot(dout, xp[:, :, rs, qs], ([0, 2, 3], [0, 2, 3]))
            dxp[:, :, rs, qs] += np.tensordot(dout, w[:, :, r, q], ([1], [0])).transpose(0, 3, 1, 2)
    return dxp[:, :, p:p + h, p:p + v], dw, dout.sum((0, 2, 3))

def max_pool_forward_naive(x, pool_param):
    a, e, s = (pool_param[k] for k in ('pool_height', 'pool_width', 'stride'))
    n, c, h, v = x.shape
    ho, vo = (h - a) // s + 1, (v - e) // s + 1
    out = np.full((n, c, ho, vo), -np.inf)
    for r in range(a):
        for q in range(e):
            out = np.maximum(out, x[:, :, r:r + s*(ho-1) + 1:s, q:q + s*(vo-1) + 1:s])
    return out, dict(x=x, out=out, pool=(a, e, s))

def max_pool_backward_naive(dout, cache):
    x, out, (a, e, s) = cache['x'], cache['out'], cache['pool']
    ho, vo = out.shape[2:]
    dx = np.zeros_like(x)
    taken = np.zeros(out.shape, bool)
    for r in range(a):
        for q in range(e):
            rs, qs = slice(r, r + s*(ho-1) + 1, s), slice(q, q + s*(vo-1) + 1, s)
            won = (x[:, :, rs, qs] == out) & ~taken
            taken |= won
            dx[:, :, rs, qs] += won * dout
    return dx

def _stats(x, g):
    n, c, h, w = x.shape
    return x.reshape(n, g, -1)

def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    mode, eps, mom = bn_param['mode'], bn_param.get('eps', 1e-5), bn_param.get('momentum', 0.9)
    C = x.shape[1]; k = (1, C, 1, 1)
    rm = bn_param.get('running_mean', np.zeros(C, x.dtype))
    rv = bn_param.get('running_var', np.zeros(C, x.dtype))
    if mode == 'test':
        return gamma.reshape(k) * (x - rm.reshape(k)) / np.sqrt(rv.reshape(k) + eps) + beta.reshape(k), dict()
    mu, var = x.mean((0, 2, 3)), x.var((0, 2, 3))
    bn_param['running_mean'] = mom * rm + (1 - mom) * mu
    bn_param['running_var'] = mom * rv + (1 - mom) * var
    isd = 1 / np.sqrt(var + eps).reshape(k)
    xh = (x - mu.reshape(k)) * isd
    return gamma.reshape(k) * xh + beta.reshape(k), dict(xh=xh, isd=isd, gamma=gamma)

def spatial_batchnorm_backward(dout, cache):
    xh, isd, gamma = cache['xh'], cache['isd'], cache['gamma']
    ax = (0, 2, 3)
    h = dout * gamma[None, :, None, None]
    dx = isd * (h - h.mean(ax, keepdims=True) - xh * (h * xh).mean(ax, keepdims=True))
    return dx, (dout * xh).sum(ax), dout.sum(ax)

def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    eps = gn_param.get('eps', 1e-5)
    t = _stats(x, G)
    isd = 1 / np.sqrt(t.var(2, keepdims=True) + eps)
    xh = ((t - t.mean(2, keepdims=True)) * isd).reshape(x.shape)
    return gamma * xh + beta, dict(xh=xh, isd=isd, gamma=gamma, G=G)

def spatial_groupnorm_backward(dout, cache):
    xh, isd, gamma, G = cache['xh'], cache['isd'], cache['gamma'], cache['G']
    h, t = _stats(dout * gamma, G), _stats(xh, G)
    dx = isd * (h - h.mean(2, keepdims=True) - t * (h * t).mean(2, keepdims=True))
    ax = (0, 2, 3)
    return dx.reshape(dout.shape), (dout * xh).sum(ax, keepdims=True), dout.sum(ax, keepdims=True)

def sgd(w, dw, config=None):
    config = {} if config is None else config
    return w - config.setdefault('learning_rate', 1e-2) * dw, config

def sgd_momentum(w, dw, config=None):
    config = {} if config is None else config
    v = config.setdefault('momentum', 0.9) * config.get('velocity', np.zeros_like(w))
    config['velocity'] = v - config.setdefault('learning_rate', 1e-2) * dw
    return w + config['velocity'], config

def rmsprop(w, dw, config=None):
    config = {} if config is None else config
    r = config.setdefault('decay_rate', 0.99)
    config['cache'] = c = r * config.get('cache', np.zeros_like(w)) + (1 - r) * dw**2
    return w - config.setdefault('learning_rate', 1e-2) * dw / (c**.5 + config.setdefault('epsilon', 1e-8)), config

def adam(w, dw, config=None):
    config = {} if config is None else config
    z = np.zeros_like(w)
    b, g = config.setdefault('beta1', 0.9), config.setdefault('beta2', 0.999)
    config['t'] = t = config.get('t', 0) + 1
    config['m'] = m = b * config.get('m', z) + (1 - b) * dw
    config['v'] = v = g * config.get('v', z) + (1 - g) * dw**2
    mh, vh = m / (1 - b**t), v / (1 - g**t)
    return w - config.setdefault('learning_rate', 1e-3) * mh / (vh**.5 + config.setdefault('epsilon', 1e-8)), config
