import numpy as np


def dropout_forward(x, dropout_param):
    """Keep every unit with probability dropout_param['p'] and scale by 1/p (inverted dropout)."""
    keep_prob = dropout_param["p"]
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    out = x
    if dropout_param["mode"] == "train":
        kept = np.random.uniform(size=x.shape) < keep_prob
        out = np.where(kept, x / keep_prob, 0).astype(x.dtype, copy=False)
    return out, (dropout_param, out)


def dropout_backward(dout, cache):
    dropout_param, out = cache
    if dropout_param["mode"] == "train":
        dx = np.where(out != 0, dout / dropout_param["p"], 0)
    else:
        dx = dout
    return dx


def relu_forward(x):
    return np.fmax(x, 0), x


def relu_backward(dout, cache):
    return np.where(cache > 0, dout, np.zeros_like(dout))


def rmsprop(w, dw, config=None):
    config = config if config is not None else {}
    for k, v in [("learning_rate", 1e-2), ("decay_rate", 0.99), ("epsilon", 1e-8)]:
        config.setdefault(k, v)
    config.setdefault("cache", np.zeros_like(w))
    d = config["decay_rate"]
    config["cache"] = d * config["cache"] + (1 - d) * np.square(dw)
    step = dw / (np.sqrt(config["cache"]) + config["epsilon"])
    return w - config["learning_rate"] * step, config


def adam(w, dw, config=None):
    config = config if config is not None else {}
    for k, v in [("learning_rate", 1e-3), ("beta1", 0.9), ("beta2", 0.999), ("epsilon", 1e-8), ("t", 0)]:
        config.setdefault(k, v)
    config.setdefault("m", np.zeros_like(w))
    config.setdefault("v", np.zeros_like(w))
    config["t"] += 1
    t, b1, b2 = config["t"], config["beta1"], config["beta2"]
    config["m"] = b1 * config["m"] + (1 - b1) * dw
    config["v"] = b2 * config["v"] + (1 - b2) * dw ** 2
    m_hat = config["m"] / (1 - b1 ** t)
    v_hat = config["v"] / (1 - b2 ** t)
    return w - config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"]), config
