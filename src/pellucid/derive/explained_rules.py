"""What `pellucid explain` says of each update rule; the formulas stand together in `optim/rules.py`."""

from pellucid.derive.explanation import Explanation

__all__ = ["RULES"]

RULES: dict[str, Explanation] = {
    "sgd": Explanation(
        "Stochastic gradient descent",
        ("w = w - learning_rate * dw",),
        "arrays alike",
        "The step of steepest descent of the batch's loss.",
        ("sgd:wrong-sign",),
        "Robbins & Monro 1951",
        ("optimisers", "learning-rate"),
    ),
    "momentum": Explanation(
        "SGD with momentum",
        ("v = momentum * v - learning_rate * dw    w = w + v",),
        "v like w",
        "v is a decaying sum of past steps: what they agree on builds up to 1 / (1 - momentum) times a step, what "
        "alternates cancels.",
        (
            "sgd_momentum:velocity-not-stored",
            "sgd_momentum:velocity-sign",
            "sgd_momentum:rate-on-velocity",
        ),
        "Polyak 1964",
        ("optimisers",),
    ),
    "nesterov": Explanation(
        "Nesterov momentum",
        ("v = momentum * v - learning_rate * dw    w = w + momentum * v - learning_rate * dw",),
        "v like w",
        "Momentum whose gradient is taken where the velocity will carry w. Here w is kept as the point looked ahead to, "
        "so that the gradient at w is the one that is needed.",
        ("the old v in the second step where the new one is due", "sgd_momentum:velocity-not-stored"),
        "Nesterov 1983; Sutskever et al. 2013",
    ),
    "adagrad": Explanation(
        "AdaGrad",
        ("s = s + dw**2    w = w - learning_rate * dw / (sqrt(s) + eps)",),
        "s like w",
        "Directions that have had large gradients get small steps. s only grows, so all steps shrink in time; "
        "RMSProp and Adam forget "
        "old squares and do not have this ailment.",
        (
            "s replaced instead of added to: every step is then as long as the learning rate",
            "s averaged: that is RMSProp",
        ),
        "Duchi, Hazan & Singer 2011",
        ("optimisers",),
    ),
    "rmsprop": Explanation(
        "RMSProp",
        ("s = decay * s + (1 - decay) * dw**2    w = w - learning_rate * dw / (sqrt(s) + eps)",),
        "s like w",
        "AdaGrad with a memory that fades: steps follow the recent size of the gradient.",
        (
            "rmsprop:decay-reversed",
            "rmsprop:stale-cache",
            "rmsprop:not-stored",
        ),
        "Tieleman & Hinton 2012",
        ("optimisers",),
    ),
    "adam": Explanation(
        "Adam",
        (
            "m = b1 m + (1 - b1) dw    v = b2 v + (1 - b2) dw**2",
            "w = w - learning_rate * (m / (1 - b1**t)) / (sqrt(v / (1 - b2**t)) + eps)",
        ),
        "m, v like w; t counts steps from 1",
        "Momentum of the gradient over the root of its recent square. Both averages start at 0 and are too small at "
        "first; dividing by "
        "1 - b**t undoes exactly that.",
        (
            "adam:t-not-incremented",
            "adam:t-not-stored",
            "adam:beta-to-no-power",
            "adam:not-corrected",
            "adam:corrected-values-stored",
        ),
        "Kingma & Ba 2015",
        ("optimisers",),
    ),
    "adamw": Explanation(
        "AdamW",
        ("w = w - learning_rate * weight_decay * w    then Adam's step, with the loss's gradient alone",),
        "m, v like w; t counts steps from 1",
        "In Adam a regularisation added to the gradient is divided by the root of the squares like the rest, so weights "
        "with large gradients decay least. Shrinking w apart from the gradient treats all alike.",
        ("the decay added to dw: that is Adam with L2 regularisation", "adam:t-not-incremented", "adam:not-corrected"),
        "Loshchilov & Hutter 2019",
    ),
}
