import numpy as np


def dropout_forward(x, dropout_param):
    """
    Inverted dropout.

    dropout_param:
      - p: we keep each activation with probability p
      - mode: 'train' or 'test'
      - seed: for reproducible gradient checks
    """
    p = dropout_param['p']
    if dropout_param.get('seed') is not None:
        np.random.seed(dropout_param['seed'])
    if dropout_param['mode'] == 'train':
        units = x.shape[1:]
        mask = (np.random.rand(*units) < p).astype(x.dtype) / p
        out = x * mask
    else:
        mask = None
        out = x.copy()
    return out.astype(x.dtype, copy=False), (dropout_param, mask)


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    if dropout_param['mode'] == 'train':
        return dout * mask
    return dout


def relu_forward(x):
    out = np.clip(x, 0, None)
    return out, out


def relu_backward(dout, cache):
    return dout * (cache > 0)


def sgd_momentum(w, dw, config=None):
    if config is None:
        config = {}
    lr = config.setdefault('learning_rate', 1e-2)
    mu = config.setdefault('momentum', 0.9)
    v = config.get('velocity')
    if v is None:
        v = np.zeros_like(w)
    config['velocity'] = v = mu * v - lr * dw
    return w + v, config
