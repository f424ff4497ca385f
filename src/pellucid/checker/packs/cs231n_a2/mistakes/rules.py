"""Known mistakes in update rules."""

from pellucid.checker.packs.cs231n_a2.mistakes.lessons import KEEP
from pellucid.checker.packs.cs231n_a2.mistakes.writing import convention, mistake

__all__ = ["RULES"]

RULES = {
    "sgd": [
        mistake(
            "OP201 wrong-sign",
            "the step goes uphill",
            "w is moved along the gradient, not against it.",
            ("w - config", "w + config"),
            nudge="Which way does the loss fall?",
            formula="w - rate * dw",
        )
    ],
    "sgd_momentum": [
        mistake(
            "OP211 velocity-not-stored",
            "the velocity is not stored",
            "config['velocity'] is not updated: every step starts from the old velocity.",
            ('config["velocity"] = v', 'config.setdefault("velocity", np.zeros_like(w))'),
            ('config["velocity"] = v', 'config["velocity"] = config.get("velocity")'),
            lesson=KEEP,
            nudge="What does the second step start from?",
            formula="config['velocity'] = v",
        ),
        mistake(
            "OP212 velocity-ignored",
            "the old velocity is ignored",
            "This is plain SGD: the previous velocity is not used.",
            ('config["momentum"] * v - ', "-"),
            nudge="Where does the old v come in?",
            formula="v = momentum v - rate dw",
        ),
        mistake(
            "OP213 momentum-damped",
            "(1 - momentum) times the gradient",
            "The gradient's share is the learning rate, not scaled by 1 - momentum.",
            ('- config["learning_rate"] * dw', '- (1 - config["momentum"]) * config["learning_rate"] * dw'),
            nudge="Which factor has dw?",
            formula="v = momentum v - rate dw",
        ),
        mistake(
            "OP214 velocity-sign",
            "the velocity has the wrong sign",
            "v adds gradients up, and w is moved against it: config['velocity'] differs from the course's in sign.",
            [('* v - config["learning_rate"]', '* v + config["learning_rate"]'), ("w + v", "w - v")],
            nudge="What is the sign of v after the first step?",
            formula="v = momentum v - rate dw; w += v",
        ),
        mistake(
            "OP215 goes-uphill",
            "the step goes uphill",
            "w is moved along the gradient, not against it.",
            ('* v - config["learning_rate"]', '* v + config["learning_rate"]'),
            ("w + v", "w - v"),
            nudge="Which way does the loss fall?",
            formula="v = momentum v - rate dw; w += v",
        ),
        mistake(
            "OP216 rate-on-velocity",
            "the learning rate multiplies the velocity as a whole",
            "v sums raw gradients and the rate is applied at the end.",
            [('config["learning_rate"] * dw', "dw"), ("w + v", 'w + config["learning_rate"] * v')],
            nudge="Where is the learning rate applied?",
            formula="v = momentum v - rate dw; w += v",
        ),
        mistake(
            "OP217 nesterov",
            "Nesterov's step",
            "This is Nesterov momentum: w moves by momentum v - rate dw with the new v.",
            ("w + v", 'w + config["momentum"] * v - config["learning_rate"] * dw'),
            nudge="Classical momentum moves w by v.",
            formula="w += v",
        ),
    ],
    "rmsprop": [
        convention(
            "OP901 rmsprop-eps-in-root",
            "epsilon inside the square root",
            "sqrt(cache + epsilon) instead of sqrt(cache) + epsilon.",
            ('(np.sqrt(cache) + config["epsilon"])', 'np.sqrt(cache + config["epsilon"])'),
        ),
        mistake(
            "OP301 decay-reversed",
            "decay and 1 - decay swapped",
            "The old average gets 1 - decay, the new square gets decay.",
            (
                'config["decay_rate"] * cache + (1 - config["decay_rate"]) * dw**2',
                '(1 - config["decay_rate"]) * cache + config["decay_rate"] * dw**2',
            ),
            nudge="How much of the old cache stays at 0.99?",
            formula="cache = decay cache + (1 - decay) dw^2",
        ),
        mistake(
            "OP101 not-stored",
            "the cache is not stored",
            "config['cache'] is not updated.",
            ('config["cache"] = cache', 'config.setdefault("cache", np.zeros_like(w))'),
            lesson=KEEP,
            nudge="What does the second step start from?",
            formula="config['cache'] = cache",
        ),
        mistake(
            "OP102 no-root",
            "the square root is missing",
            "dw is divided by the mean square, not by its root.",
            ("np.sqrt(cache)", "cache"),
            nudge="What is the unit of the step?",
            formula="rate dw / (sqrt(cache) + eps)",
        ),
        mistake(
            "OP302 adagrad",
            "squares are summed, not averaged",
            "This is Adagrad: the cache only grows.",
            ('config["decay_rate"] * cache + (1 - config["decay_rate"]) * dw**2', "cache + dw**2"),
            nudge="Can the cache shrink?",
            formula="cache = decay cache + (1 - decay) dw^2",
        ),
        mistake(
            "OP103 gradient-not-squared",
            "the gradient is not squared",
            "The cache averages dw, not dw squared.",
            ("dw**2", "dw"),
            ("dw**2", "np.abs(dw)"),
            nudge="Can the cache be negative?",
            formula="cache = decay cache + (1 - decay) dw^2",
        ),
        mistake(
            "OP303 stale-cache",
            "the old cache is used",
            "The step divides by the previous step's cache.",
            [
                ('cache = config["decay_rate"]', 'new = config["decay_rate"]'),
                ('config["cache"] = cache', 'config["cache"] = new'),
            ],
            nudge="Is the cache updated before it is used?",
            formula="update the cache, then step",
        ),
        mistake(
            "OP304 eps-left-out",
            "epsilon is left out",
            "Where the cache is 0 the step divides by 0.",
            (' + config["epsilon"])', ")"),
            nudge="What if cache is 0?",
            formula="rate dw / (sqrt(cache) + eps)",
        ),
    ],
}
