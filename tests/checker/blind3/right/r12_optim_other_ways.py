import numpy as np

DEFAULTS = {
    "sgd": dict(learning_rate=1e-2),
    "sgd_momentum": dict(learning_rate=1e-2, momentum=0.9),
    "rmsprop": dict(learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8),
    "adam": dict(learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, t=0),
}


def with_defaults(rule):
    def update(w, dw, config=None):
        merged = dict(DEFAULTS[rule.__name__])
        merged.update(config or {})
        return rule(w, dw, merged)

    update.__name__ = rule.__name__
    return update


@with_defaults
def sgd(w, dw, config):
    return w - config["learning_rate"] * dw, config


@with_defaults
def sgd_momentum(w, dw, config):
    v = config["velocity"] if "velocity" in config else 0 * w
    v = np.subtract(np.multiply(config["momentum"], v), np.multiply(config["learning_rate"], dw))
    return np.add(w, v), {**config, "velocity": v}


@with_defaults
def rmsprop(w, dw, config):
    old = config.get("cache")
    if old is None:
        old = np.zeros(w.shape)
    new = old + (1 - config["decay_rate"]) * (dw * dw - old)
    config["cache"] = new
    step = config["learning_rate"] / (config["epsilon"] + new**0.5)
    return w - step * dw, config


@with_defaults
def adam(w, dw, config):
    """The order of Kingma and Ba's last remark: the corrections are folded into the step."""
    b1, b2 = config["beta1"], config["beta2"]
    t = config["t"] + 1
    m = b1 * config.get("m", np.zeros_like(w)) + (1 - b1) * dw
    v = b2 * config.get("v", np.zeros_like(w)) + (1 - b2) * np.square(dw)
    root = np.sqrt(1 - b2**t)
    step = config["learning_rate"] * root / (1 - b1**t)
    config.update(m=m, v=v, t=t)
    return w - step * m / (np.sqrt(v) + config["epsilon"] * root), config
