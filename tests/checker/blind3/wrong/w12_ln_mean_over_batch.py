import numpy as np


EPSILON = 1e-5


def _normalize(x, axis, eps):
    m = x.mean(axis=axis, keepdims=True)
    v = x.var(axis=axis, keepdims=True)
    return {"xn": (x - m) / np.sqrt(v + eps), "sd": np.sqrt(v + eps), "axis": axis, "m": m, "v": v}


def _denormalize(g, c):
    ax = c["axis"]
    return (g - g.mean(axis=ax, keepdims=True) - c["xn"] * (g * c["xn"]).mean(axis=ax, keepdims=True)) / c["sd"]




def layernorm_forward(x, gamma, beta, ln_param):
    c = _normalize(x, 1, ln_param.get("eps", EPSILON))
    c["axis"] = 0  # as in batchnorm
    c["gamma"] = gamma
    return c["xn"] * gamma + beta, c




def layernorm_backward(dout, cache):
    dgamma = (dout * cache["xn"]).sum(axis=0)
    return _denormalize(dout * cache["gamma"], cache), dgamma, dout.sum(axis=0)
