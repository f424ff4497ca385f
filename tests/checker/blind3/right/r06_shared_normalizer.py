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
        scale = gamma / np.sqrt(running_var + eps)
        return x * scale + (beta - running_mean * scale), None
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


batchnorm_backward_alt = batchnorm_backward


def layernorm_forward(x, gamma, beta, ln_param):
    c = _normalize(x, 1, ln_param.get("eps", EPSILON))
    c["gamma"] = gamma
    return c["xn"] * gamma + beta, c


layernorm_backward = lambda dout, cache: batchnorm_backward(dout, cache)  # noqa: E731


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    n, c, h, w = x.shape
    rows = np.moveaxis(x, 1, -1).reshape(-1, c)
    out, cache = batchnorm_forward(rows, gamma, beta, bn_param)
    return np.moveaxis(out.reshape(n, h, w, c), -1, 1), cache


def spatial_batchnorm_backward(dout, cache):
    n, c, h, w = dout.shape
    dx, dg, db = batchnorm_backward(np.moveaxis(dout, 1, -1).reshape(-1, c), cache)
    return np.moveaxis(dx.reshape(n, h, w, c), -1, 1), dg, db


def spatial_groupnorm_forward(x, gamma, beta, G, gn_param):
    n, c, h, w = x.shape
    cache = _normalize(x.reshape(n, G, -1), 2, gn_param.get("eps", EPSILON))
    cache["gamma"] = gamma
    return gamma * cache["xn"].reshape(x.shape) + beta, cache


def spatial_groupnorm_backward(dout, cache):
    g = dout * cache["gamma"]
    dx = _denormalize(g.reshape(cache["xn"].shape), cache).reshape(dout.shape)
    dgamma = (dout * cache["xn"].reshape(dout.shape)).sum(axis=(0, 2, 3), keepdims=True)
    return dx, dgamma, dout.sum(axis=(0, 2, 3), keepdims=True)
