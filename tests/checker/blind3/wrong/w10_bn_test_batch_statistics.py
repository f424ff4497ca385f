import numpy as np


EPSILON = 1e-5


def _normalize(x, axis, eps):
    m = x.mean(axis=axis, keepdims=True)
    v = x.var(axis=axis, keepdims=True)
    return {"xn": (x - m) / np.sqrt(v + eps), "sd": np.sqrt(v + eps), "axis": axis, "m": m, "v": v}


def _denormalize(g, c):
    ax = c["axis"]
    return (g - g.mean(axis=ax, keepdims=True) - c["xn"] * (g * c["xn"]).mean(axis=ax, keepdims=True)) / c["sd"]


def batchnorm_forward(x, gamma, beta, bn_param):
    eps = bn_param.get("eps", EPSILON)
    rho = bn_param.get("momentum", 0.9)
    # statistics of shape (1, D) throughout
    running_mean = bn_param.get("running_mean", np.zeros((1, x.shape[1])))
    running_var = bn_param.get("running_var", np.zeros((1, x.shape[1])))
    if bn_param["mode"] == "test":
        c = _normalize(x, 0, eps)
        return c["xn"] * gamma + beta, None
    if bn_param["mode"] != "train":
        raise ValueError("mode")
    c = _normalize(x, 0, eps)
    c["gamma"] = gamma
    bn_param["running_mean"] = rho * running_mean + (1 - rho) * c["m"]
    bn_param["running_var"] = rho * running_var + (1 - rho) * c["v"]
    return c["xn"] * gamma + beta, c


def batchnorm_backward(dout, cache):
    return (
        _denormalize(dout * cache["gamma"], cache),
        np.einsum("nd,nd->d", dout, cache["xn"]),
        np.einsum("nd->d", dout),
    )




