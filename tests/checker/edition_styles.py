"""A right assignment 2 of each edition: its names, its keywords, its meanings, in code of our own."""

import re

from .planting import REFERENCE

__all__ = [
    "FAST_LAYERS",
    "YEARS",
    "adam",
    "dropout",
    "fully_connected",
    "groupnorm",
    "package",
    "three_layer",
    "two_layer",
]

YEARS = range(2016, 2027)

DROPS = "p: the probability of dropping an output."
KEEPS = "p: the probability of keeping an output, not of dropping one."


def dropout(year, *, other=False, told=True):
    """Inverted dropout; `other`: with the meaning of p that this edition does not have."""
    drops = year <= 2017
    docstring = f'    """Inverted dropout. {DROPS if drops else KEEPS} mode: train or test."""\n' if told else ""
    keep = "1.0 - dropout_param['p']" if drops != other else "dropout_param['p']"
    return f"""
def dropout_forward(x, dropout_param):
{docstring}    if 'seed' in dropout_param:
        np.random.seed(dropout_param['seed'])
    mask, out = None, x
    if dropout_param['mode'] == 'train':
        kept = {keep}
        mask = np.where(np.random.random_sample(x.shape) < kept, 1.0 / kept, 0.0)
        out = mask * x
    return out.astype(x.dtype, copy=False), (dropout_param, mask)


def dropout_backward(dout, cache):
    dropout_param, mask = cache
    return mask * dout if dropout_param['mode'] == 'train' else dout
"""


def adam(year, *, first=None, counts="before"):
    """Adam and RMSProp. Until 2017 the weights are called x, and t starts at 1 where config holds none."""
    w = "x" if year <= 2017 else "w"
    first = (1 if year <= 2017 else 0) if first is None else first
    before, after = ("t += 1", "pass") if counts == "before" else ("pass", "t += 1")
    return f"""
def rmsprop({w}, d{w}, config=None):
    config = {{}} if config is None else config
    for key, value in (('learning_rate', 1e-2), ('decay_rate', 0.99), ('epsilon', 1e-8), ('cache', np.zeros_like({w}))):
        config.setdefault(key, value)
    rho = config['decay_rate']
    config['cache'] = rho * config['cache'] + (1 - rho) * d{w} * d{w}
    return {w} - config['learning_rate'] * d{w} / (np.sqrt(config['cache']) + config['epsilon']), config


def adam({w}, d{w}, config=None):
    config = {{}} if config is None else config
    for key, value in (('learning_rate', 1e-3), ('beta1', 0.9), ('beta2', 0.999), ('epsilon', 1e-8),
                       ('m', np.zeros_like({w})), ('v', np.zeros_like({w})), ('t', {first})):
        config.setdefault(key, value)
    b1, b2, t = config['beta1'], config['beta2'], config['t']
    {before}
    m = config['m'] = b1 * config['m'] + (1 - b1) * d{w}
    v = config['v'] = b2 * config['v'] + (1 - b2) * np.square(d{w})
    step = config['learning_rate'] * (m / (1 - b1 ** t)) / (np.sqrt(v / (1 - b2 ** t)) + config['epsilon'])
    {after}
    config['t'] = t
    return {w} - step, config
"""


def groupnorm(year):
    """Group norm from 2018 on: until 2020 for gamma (C,) alone, as described; then for gamma (1, C, 1, 1) alone."""
    told = "(C,)" if year <= 2020 else "(1, C, 1, 1)"
    scale = "scaled[:, c] = gamma[c] * hat[:, c] + beta[c]" if year <= 2020 else "scaled = gamma * hat + beta"
    back = "dhat[:, c] = dout[:, c] * gamma[c]" if year <= 2020 else "dhat = dout * gamma"
    kept = "" if year <= 2020 else ", keepdims=True"
    return f'''
def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    """gamma, beta: of shape {told}."""
    N, C, H, W = x.shape
    parts = x.reshape(N, G, -1)
    centered = parts - parts.mean(axis=2, keepdims=True)
    std = np.sqrt(np.square(centered).mean(axis=2, keepdims=True) + gn_param.get('eps', 1e-5))
    hat = (centered / std).reshape(x.shape)
    scaled = np.empty_like(hat)
    for c in range(C):
        {scale}
    return scaled, (hat, std, gamma, G)


def spatial_groupnorm_backward(dout, cache):
    hat, std, gamma, G = cache
    dgamma, dbeta = (dout * hat).sum(axis=(0, 2, 3){kept}), dout.sum(axis=(0, 2, 3){kept})
    dhat = np.empty_like(hat)
    for c in range(dout.shape[1]):
        {back}
    dhat, flat = dhat.reshape(len(dout), G, -1), hat.reshape(len(dout), G, -1)
    dx = dhat - dhat.mean(axis=2, keepdims=True) - flat * (dhat * flat).mean(axis=2, keepdims=True)
    return (dx / std).reshape(dout.shape), dgamma, dbeta
'''


def fully_connected(year):
    """FullyConnectedNet with this edition's keywords."""
    names = "dropout=0, use_batchnorm=False" if year <= 2017 else "dropout=1, normalization=None"
    if year >= 2021:
        names = "dropout_keep_ratio=1, normalization=None"
    p = "dropout_keep_ratio" if year >= 2021 else "dropout"
    norm = "'batchnorm' if use_batchnorm else None" if year <= 2017 else "normalization"
    used = f"{p} > 0" if year <= 2017 else f"{p} != 1"
    layernorm = "" if year <= 2017 else "'layernorm': (layernorm_forward, layernorm_backward)"
    return f"""
class FullyConnectedNet(object):
    def __init__(self, hidden_dims, input_dim=3072, num_classes=10, {names}, reg=0.0, weight_scale=1e-2,
                 dtype=np.float32, seed=None):
        self.norm, self.reg, self.dtype = {norm}, reg, dtype
        self.depth, self.params = len(hidden_dims) + 1, {{}}
        sizes = [input_dim] + list(hidden_dims) + [num_classes]
        for i in range(1, self.depth + 1):
            self.params['W%d' % i] = np.random.normal(0.0, weight_scale, (sizes[i - 1], sizes[i]))
            self.params['b%d' % i] = np.zeros(sizes[i])
            if self.norm is not None and i < self.depth:
                self.params['gamma%d' % i], self.params['beta%d' % i] = np.ones(sizes[i]), np.zeros(sizes[i])
        self.drop = {{'mode': 'train', 'p': {p}}} if {used} else None
        if self.drop is not None and seed is not None:
            self.drop['seed'] = seed
        self.bn_params = [{{'mode': 'train'}} for i in range(self.depth)]
        for k, v in self.params.items():
            self.params[k] = v.astype(dtype)

    def loss(self, X, y=None):
        mode = 'test' if y is None else 'train'
        for settings in self.bn_params + ([] if self.drop is None else [self.drop]):
            settings['mode'] = mode
        norms = {{'batchnorm': (batchnorm_forward, batchnorm_backward), {layernorm}}}
        p, h, kept = self.params, X.astype(self.dtype), []
        for i in range(1, self.depth):
            h, fc = affine_forward(h, p['W%d' % i], p['b%d' % i])
            norm = None
            if self.norm is not None:
                h, norm = norms[self.norm][0](h, p['gamma%d' % i], p['beta%d' % i], self.bn_params[i - 1])
            h, relu = relu_forward(h)
            drop = None
            if self.drop is not None:
                h, drop = dropout_forward(h, self.drop)
            kept.append((fc, norm, relu, drop))
        scores, fc = affine_forward(h, p['W%d' % self.depth], p['b%d' % self.depth])
        if y is None:
            return scores
        loss, d = softmax_loss(scores, y)
        grads = {{}}
        d, grads['W%d' % self.depth], grads['b%d' % self.depth] = affine_backward(d, fc)
        for i in range(self.depth - 1, 0, -1):
            fc, norm, relu, drop = kept.pop()
            if drop is not None:
                d = dropout_backward(d, drop)
            d = relu_backward(d, relu)
            if norm is not None:
                d, grads['gamma%d' % i], grads['beta%d' % i] = norms[self.norm][1](d, norm)
            d, grads['W%d' % i], grads['b%d' % i] = affine_backward(d, fc)
        for i in range(1, self.depth + 1):
            loss += 0.5 * self.reg * (p['W%d' % i] ** 2).sum()
            grads['W%d' % i] += self.reg * p['W%d' % i]
        return loss, grads
"""


def two_layer(year):
    """TwoLayerNet, which belongs to assignment 2 until 2020."""
    assert year <= 2020
    return """
class TwoLayerNet(object):
    def __init__(self, input_dim=3072, hidden_dim=100, num_classes=10, weight_scale=1e-3, reg=0.0):
        self.reg = reg
        self.params = {'W1': np.random.normal(0, weight_scale, (input_dim, hidden_dim)), 'b1': np.zeros(hidden_dim),
                       'W2': np.random.normal(0, weight_scale, (hidden_dim, num_classes)), 'b2': np.zeros(num_classes)}

    def loss(self, X, y=None):
        p = self.params
        h, first = affine_relu_forward(X, p['W1'], p['b1'])
        scores, second = affine_forward(h, p['W2'], p['b2'])
        if y is None:
            return scores
        loss, d = softmax_loss(scores, y)
        grads = {}
        d, grads['W2'], grads['b2'] = affine_backward(d, second)
        d, grads['W1'], grads['b1'] = affine_relu_backward(d, first)
        for name in ('W1', 'W2'):
            loss += 0.5 * self.reg * np.sum(p[name] ** 2)
            grads[name] += self.reg * p[name]
        return loss, grads
"""


def three_layer(year):
    """ThreeLayerConvNet; that of 2016 divides whole numbers with /, as Python 2 does."""
    half = "/" if year == 2016 else "//"
    return f"""
class ThreeLayerConvNet(object):
    def __init__(self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100, num_classes=10,
                 weight_scale=1e-3, reg=0.0, dtype=np.float32):
        C, H, W = input_dim
        self.reg, self.dtype, s = reg, dtype, weight_scale
        self.params = {{'W1': s * np.random.randn(num_filters, C, filter_size, filter_size), 'b1': np.zeros(num_filters),
                       'W2': s * np.random.randn(num_filters * (H {half} 2) * (W {half} 2), hidden_dim),
                       'b2': np.zeros(hidden_dim), 'W3': s * np.random.randn(hidden_dim, num_classes),
                       'b3': np.zeros(num_classes)}}
        for k, v in self.params.items():
            self.params[k] = v.astype(dtype)

    def loss(self, X, y=None):
        p = self.params
        conv_param = {{'stride': 1, 'pad': (p['W1'].shape[2] - 1) {half} 2}}
        pool_param = {{'pool_height': 2, 'pool_width': 2, 'stride': 2}}
        h, first = conv_relu_pool_forward(X, p['W1'], p['b1'], conv_param, pool_param)
        h, second = affine_relu_forward(h, p['W2'], p['b2'])
        scores, third = affine_forward(h, p['W3'], p['b3'])
        if y is None:
            return scores
        loss, d = softmax_loss(scores, y)
        grads = {{}}
        d, grads['W3'], grads['b3'] = affine_backward(d, third)
        d, grads['W2'], grads['b2'] = affine_relu_backward(d, second)
        d, grads['W1'], grads['b1'] = conv_relu_pool_backward(d, first)
        for name in ('W1', 'W2', 'W3'):
            loss += 0.5 * self.reg * np.sum(p[name] ** 2)
            grads[name] += self.reg * p[name]
        return loss, grads
"""


# The course gives fast layers whose backward needs a compiled extension, which no submission brings along.
FAST_LAYERS = """
try:
    from cs231n.im2col_cython import col2im_6d_cython
except ImportError:
    print('the extension is not built')


def conv_forward_fast(x, w, b, conv_param):
    stride, pad = conv_param['stride'], conv_param['pad']
    N, C, H, W = x.shape
    F, C, HH, WW = w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)), mode='constant')
    size = (C, HH, WW, N, (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1)
    n, c, h, v = padded.strides
    cols = np.lib.stride_tricks.as_strided(padded, size, (c, h, v, n, stride * h, stride * v))
    cols = np.ascontiguousarray(cols).reshape(C * HH * WW, -1)
    out = w.reshape(F, -1).dot(cols) + b.reshape(-1, 1)
    return out.reshape((F,) + size[3:]).transpose(1, 0, 2, 3), (x, w, b, conv_param, cols)


def conv_backward_fast(dout, cache):
    x, w, b, conv_param, cols = cache
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    rows = dout.transpose(1, 0, 2, 3).reshape(F, -1)
    dcols = w.reshape(F, -1).T.dot(rows).reshape((C, HH, WW, N) + dout.shape[2:])
    dx = col2im_6d_cython(dcols, N, C, H, W, HH, WW, conv_param['pad'], conv_param['stride'])
    return dx, rows.dot(cols.T).reshape(w.shape), dout.sum(axis=(0, 2, 3))


def max_pool_forward_fast(x, pool_param):
    return max_pool_forward_naive(x, pool_param)


def max_pool_backward_fast(dout, cache):
    return max_pool_backward_naive(dout, cache)
"""
SHARED = (
    "affine", "relu", "batchnorm", "conv", "max_pool", "spatial_batchnorm",
)  # fmt: skip
PYTHON_2 = ((r"\brange\(", "xrange("), (r"\.items\(\)", ".iteritems()"))


def package(folder, year):
    """Write the assignment's folder of an edition and return it; that of 2016 is in Python 2."""
    names = [*SHARED, *(["layernorm"] if year >= 2018 else [])]
    naive = {"conv", "max_pool"}
    layers = [
        REFERENCE.forms(f"{name}_{way}{'_naive' if name in naive else ''}")[""]
        for name in names
        for way in ("forward", "backward")
    ]
    layers += [
        REFERENCE.forms("batchnorm_backward")["closed"].replace("batchnorm_backward(", "batchnorm_backward_alt(")
    ]
    layers += [REFERENCE.forms("softmax_loss")[""], dropout(year)]
    layers += [REFERENCE.forms("svm_loss")[""]] if year <= 2020 else []
    layers += [groupnorm(year)] if year >= 2018 else []
    together = ["affine_relu", "conv_relu", "conv_relu_pool", *(["conv_bn_relu"] if year >= 2017 else [])]
    sandwiches = [REFERENCE.forms(f"{name}_{way}")[""] for name in together for way in ("forward", "backward")]
    sandwiches = [text.replace("_naive(", "_fast(") for text in sandwiches]
    rules = [REFERENCE.forms(name)[""] for name in ("sgd", "sgd_momentum")]
    dots = ("cs231n.", "cs231n.") if year <= 2019 else (".", "..")
    layers_of, fast_of = f"from {dots[0]}layers import *\n", f"from {dots[0]}fast_layers import *\n"
    above = "".join(f"from {dots[1]}{name} import *\n" for name in ("layers", "fast_layers", "layer_utils"))
    texts = {
        "__init__.py": "",
        "classifiers/__init__.py": "",
        "layers.py": "\n\n\n".join(layers),
        "fast_layers.py": layers_of + FAST_LAYERS,
        "layer_utils.py": layers_of + fast_of + "\n\n\n".join(sandwiches),
        "optim.py": "\n\n\n".join(rules) + adam(year),
        "classifiers/fc_net.py": above + (two_layer(year) if year <= 2020 else "") + fully_connected(year),
        "classifiers/cnn.py": above + three_layer(year),
    }
    for name, text in texts.items():
        path = folder / "cs231n" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if year == 2016:
            for new, old in PYTHON_2:
                text = re.sub(new, old, text)
        path.write_text(f"import numpy as np\n{text}" if text else "")
    return folder
