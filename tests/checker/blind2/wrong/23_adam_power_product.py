import numpy as np

DEFAULTS = {
    'sgd_momentum': dict(learning_rate=1e-2, momentum=0.9),
    'rmsprop': dict(learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8),
    'adam': dict(learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, t=0),
}


def _fill(config, rule, w, *buffers):
    config = {} if config is None else config
    for key, value in DEFAULTS[rule].items():
        config.setdefault(key, value)
    for name in buffers:
        if name not in config:
            config[name] = np.zeros_like(w)
    return config


def sgd_momentum(w, dw, config=None):
    c = _fill(config, 'sgd_momentum', w, 'velocity')
    c['velocity'] = c['momentum'] * c['velocity'] - c['learning_rate'] * dw
    return w + c['velocity'], c


def rmsprop(w, dw, config=None):
    c = _fill(config, 'rmsprop', w, 'cache')
    c['cache'] = c['decay_rate'] * c['cache'] + (1 - c['decay_rate']) * dw ** 2
    return w - c['learning_rate'] * dw / (c['cache'] ** 0.5 + c['epsilon']), c


def adam(w, dw, config=None):
    c = _fill(config, 'adam', w, 'm', 'v')
    c['t'] += 1
    c['m'] = c['beta1'] * c['m'] + (1 - c['beta1']) * dw
    c['v'] = c['beta2'] * c['v'] + (1 - c['beta2']) * dw ** 2
    m_unbiased = c['m'] / (1 - c['beta1'] ** c['t'])
    v_unbiased = c['v'] / (1 - c['beta2'] * c['t'])
    root = np.sqrt(np.abs(v_unbiased))
    return w - c['learning_rate'] * m_unbiased / (root + c['epsilon']), c


def relu_forward(x):
    return x * (x > 0), x


def relu_backward(dout, cache):
    return (cache > 0) * dout


def softmax_loss(x, y):
    N = len(x)
    z = x - x.max(1)[:, None]
    p = np.exp(z)
    p /= p.sum(1)[:, None]
    picked = z[np.arange(N), y] - np.log(np.exp(z).sum(1))
    loss = -np.mean(picked)
    p[np.arange(N), y] -= 1
    p /= N
    return loss, p
