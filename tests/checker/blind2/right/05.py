"""Dataclasses as caches; the network is a list of layer records."""
from dataclasses import dataclass, field
import numpy as np


@dataclass
class Linear:
    inputs: np.ndarray
    weights: np.ndarray
    original: tuple


@dataclass
class Norm:
    unit: np.ndarray
    scale: np.ndarray
    gamma: np.ndarray
    axis: int
    frozen: bool = False


@dataclass(frozen=True)
class Gate:
    factor: np.ndarray | None


def affine_forward(x, w, b):
    c = Linear(x.reshape(x.shape[0], -1), w, x.shape)
    return c.inputs @ c.weights + b, c


def affine_backward(dout, cache: Linear):
    return (dout @ cache.weights.T).reshape(cache.original), cache.inputs.T @ dout, dout.sum(axis=0)


def relu_forward(x):
    g = Gate(x > 0)
    return np.where(g.factor, x, 0), g


def relu_backward(dout, cache: Gate):
    return np.where(cache.factor, dout, 0)


def dropout_forward(x, dropout_param):
    """p -- probability with which an activation survives; survivors are scaled by 1/p while training."""
    seed = dropout_param.get("seed")
    if seed is not None:
        np.random.seed(seed)
    if dropout_param["mode"] == "test":
        return x, Gate(None)
    p = dropout_param["p"]
    g = Gate((np.random.rand(*x.shape) < p).astype(x.dtype) / p)
    return (x * g.factor).astype(x.dtype, copy=False), g


def dropout_backward(dout, cache: Gate):
    return dout if cache.factor is None else dout * cache.factor


def _standardise(x, axis, eps):
    mean, var = x.mean(axis=axis, keepdims=True), x.var(axis=axis, keepdims=True)
    scale = np.sqrt(var + eps)
    return (x - mean) / scale, scale, mean, var


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", 1e-5)
    momentum = bn_param.get("momentum", 0.9)
    bn_param.setdefault("running_mean", np.zeros(x.shape[1], dtype=x.dtype))
    bn_param.setdefault("running_var", np.zeros(x.shape[1], dtype=x.dtype))
    if bn_param["mode"] == "train":
        unit, scale, mean, var = _standardise(x, 0, eps)
        for key, fresh in ("running_mean", mean[0]), ("running_var", var[0]):
            bn_param[key] = momentum * bn_param[key] + (1 - momentum) * fresh
        cache = Norm(unit, scale, gamma, 0)
    elif bn_param["mode"] == "test":
        scale = np.sqrt(bn_param["running_var"] + eps)
        cache = Norm((x - bn_param["running_mean"]) / scale, scale, gamma, 0, frozen=True)
    else:
        raise ValueError("unknown mode")
    return gamma * cache.unit + beta, cache


def layernorm_forward(x, gamma, beta, ln_param):
    unit, scale, _, _ = _standardise(x, 1, ln_param.get("eps", 1e-5))
    return gamma * unit + beta, Norm(unit, scale, gamma, 1)


def _norm_backward(dout, c: Norm):
    g = dout * c.gamma
    if not c.frozen:
        g = g - g.mean(axis=c.axis, keepdims=True) - c.unit * (g * c.unit).mean(axis=c.axis, keepdims=True)
    return g / c.scale, (dout * c.unit).sum(axis=0), dout.sum(axis=0)


batchnorm_backward = batchnorm_backward_alt = layernorm_backward = _norm_backward


def softmax_loss(x, y):
    rows = np.arange(x.shape[0])
    shifted = x - x.max(axis=1, keepdims=True)
    exped = np.exp(shifted)
    total = exped.sum(axis=1, keepdims=True)
    loss = (np.log(total[:, 0]) - shifted[rows, y]).sum() / rows.size
    grad = exped / total
    grad[rows, y] -= 1
    grad /= rows.size
    return loss, grad


@dataclass
class Tape:
    steps: list = field(default_factory=list)

    def __call__(self, names, pair, back):
        out, cache = pair
        self.steps.append((names, cache, back))
        return out

    def rewind(self, grad):
        grads = {}
        for names, cache, back in reversed(self.steps):
            result = back(grad, cache)
            if names:
                grad, *rest = result
                grads.update(zip(names, rest))
            else:
                grad = result
        return grads


class FullyConnectedNet:
    def __init__(self, hidden_dims, input_dim=3 * 32 * 32, num_classes=10, dropout_keep_ratio=1,
                 normalization=None, reg=0.0, weight_scale=1e-2, dtype=np.float32, seed=None):
        self.normalization = normalization
        self.use_dropout = dropout_keep_ratio != 1
        self.reg, self.dtype = reg, dtype
        self.num_layers = len(hidden_dims) + 1
        self.params = {}
        widths = [input_dim, *hidden_dims, num_classes]
        for k in range(1, self.num_layers + 1):
            fan_in, fan_out = widths[k - 1:k + 1]
            self.params[f"W{k}"] = np.random.normal(scale=weight_scale, size=(fan_in, fan_out)).astype(dtype)
            self.params[f"b{k}"] = np.zeros(fan_out, dtype=dtype)
            if normalization is not None and k < self.num_layers:
                self.params[f"gamma{k}"] = np.ones(fan_out, dtype=dtype)
                self.params[f"beta{k}"] = np.zeros(fan_out, dtype=dtype)
        self.dropout_param = {"mode": "train", "p": dropout_keep_ratio} if self.use_dropout else {}
        if self.use_dropout and seed is not None:
            self.dropout_param["seed"] = seed
        self.bn_params = [] if normalization is None else [{"mode": "train"} for _ in hidden_dims]

    def loss(self, X, y=None):
        for param in [self.dropout_param, *self.bn_params]:
            param["mode"] = "train" if y is not None else "test"
        tape, p = Tape(), self.params
        h = X.astype(self.dtype)
        for k in range(1, self.num_layers):
            h = tape((f"W{k}", f"b{k}"), affine_forward(h, p[f"W{k}"], p[f"b{k}"]), affine_backward)
            if self.normalization is not None:
                forward = batchnorm_forward if self.normalization == "batchnorm" else layernorm_forward
                pair = forward(h, p[f"gamma{k}"], p[f"beta{k}"], self.bn_params[k - 1])
                h = tape((f"gamma{k}", f"beta{k}"), pair, _norm_backward)
            h = tape((), relu_forward(h), relu_backward)
            if self.use_dropout:
                h = tape((), dropout_forward(h, self.dropout_param), dropout_backward)
        k = self.num_layers
        scores = tape((f"W{k}", f"b{k}"), affine_forward(h, p[f"W{k}"], p[f"b{k}"]), affine_backward)
        if y is None:
            return scores
        loss, grad = softmax_loss(scores, y)
        grads = tape.rewind(grad)
        for k in range(1, self.num_layers + 1):
            loss += 0.5 * self.reg * np.vdot(p[f"W{k}"], p[f"W{k}"])
            grads[f"W{k}"] += self.reg * p[f"W{k}"]
        return loss, grads
