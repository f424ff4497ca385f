"""Known mistakes in the running statistics of batch normalization."""

from pellucid.checker.packs.cs231n_a2.mistakes.lessons import RUNNING
from pellucid.checker.packs.cs231n_a2.mistakes.writing import mistake

__all__ = ["RUNNING_STATISTICS", "TRAIN_MEAN", "TRAIN_VAR"]

TRAIN_MEAN = "running_mean = momentum * running_mean + (1 - momentum) * mean"
TRAIN_VAR = "running_var = momentum * running_var + (1 - momentum) * var"

RUNNING_STATISTICS = [
    mistake(
        "BN121 running-variance-unbiased",
        "the running variance is PyTorch's (N / (N - 1))",
        "PyTorch averages the unbiased variance; the course defines the biased one.",
        (TRAIN_VAR, TRAIN_VAR + " * N / (N - 1)"),
        lesson=RUNNING,
        nudge="Which variance goes into the running average?",
        formula="running_var: the biased variance",
    ),
    mistake(
        "BN122 momentum-reversed",
        "momentum and 1 - momentum swapped",
        "The running average keeps (1 - momentum) of itself: it forgets almost everything at each step.",
        [
            (TRAIN_MEAN, "running_mean = (1 - momentum) * running_mean + momentum * mean"),
            (TRAIN_VAR, "running_var = (1 - momentum) * running_var + momentum * var"),
        ],
        (TRAIN_MEAN, "running_mean = (1 - momentum) * running_mean + momentum * mean"),
        (TRAIN_VAR, "running_var = (1 - momentum) * running_var + momentum * var"),
        lesson=RUNNING,
        nudge="How much of the old mean stays at momentum 0.9?",
        formula="momentum * running + (1 - momentum) * sample",
    ),
    mistake(
        "BN123 momentum-ignored",
        "the running statistics are those of the last batch",
        "They are not averaged.",
        [(TRAIN_MEAN, "running_mean = mean"), (TRAIN_VAR, "running_var = var")],
        (TRAIN_MEAN, "running_mean = mean"),
        (TRAIN_VAR, "running_var = var"),
        lesson=RUNNING,
        nudge="What is left of the previous batch?",
        formula="momentum * running + (1 - momentum) * sample",
    ),
    mistake(
        "BN124 running-not-damped",
        "the batch's statistics are added in full",
        "The factor 1 - momentum is missing.",
        [
            (TRAIN_MEAN, "running_mean = momentum * running_mean + mean"),
            (TRAIN_VAR, "running_var = momentum * running_var + var"),
        ],
        lesson=RUNNING,
        nudge="What does the average tend to?",
        formula="momentum * running + (1 - momentum) * sample",
    ),
    mistake(
        "BN125 running-not-updated",
        "the running statistics are not stored",
        "They are not updated, or not written back to bn_param.",
        [(TRAIN_MEAN, "pass"), (TRAIN_VAR, "pass")],
        (TRAIN_MEAN, "pass"),
        (TRAIN_VAR, "pass"),
        [
            ('    bn_param["running_mean"] = running_mean\n', ""),
            ('    bn_param["running_var"] = running_var', "    pass"),
        ],
        [
            (
                '    bn_param["running_mean"] = running_mean\n',
                '    bn_param.setdefault("running_mean", running_mean)\n',
            ),
            ('    bn_param["running_var"] = running_var', '    bn_param.setdefault("running_var", running_var)'),
        ],
        lesson=RUNNING,
        nudge="Print bn_param after a step.",
        formula='bn_param["running_mean"] = running_mean',
    ),
    mistake(
        "BN126 momentum-hard-coded",
        "momentum is hard-coded",
        "The momentum of bn_param is not read.",
        ('bn_param.get("momentum", 0.9)', "0.9"),
        lesson=RUNNING,
        nudge="Pass another momentum.",
        formula='momentum = bn_param["momentum"]',
    ),
    mistake(
        "BN127 running-variance-starts-at-1",
        "the running variance starts at 1",
        "The course starts it at 0 (PyTorch at 1).",
        (
            'bn_param.get("running_var", np.zeros(D, dtype=x.dtype))',
            'bn_param.get("running_var", np.ones(D, dtype=x.dtype))',
        ),
        lesson=RUNNING,
        nudge="What is running_var after one step?",
        formula="running_var starts at 0",
    ),
    mistake(
        "BN128 running-starts-with-sample",
        "the first batch's statistics are taken as they are",
        "Where nothing is stored yet, the course averages with 0; here the first sample becomes the running value.",
        [
            (TRAIN_MEAN, TRAIN_MEAN + ' if "running_mean" in bn_param else mean'),
            (TRAIN_VAR, TRAIN_VAR + ' if "running_var" in bn_param else var'),
        ],
        lesson=RUNNING,
        nudge="What is running_mean after one step from nothing?",
        formula="momentum * 0 + (1 - momentum) * sample",
    ),
    mistake(
        "BN129 momentum-0-ignored",
        "a momentum of 0 is treated as missing",
        "`get(...) or 0.9` cannot tell 0 from a missing setting.",
        ('bn_param.get("momentum", 0.9)', '(bn_param.get("momentum") or 0.9)'),
        lesson=RUNNING,
        nudge="What is `0 or 0.9`?",
        formula='bn_param.get("momentum", 0.9)',
    ),
    mistake(
        "BN130 running-std",
        "the standard deviation is averaged",
        "running_var must average the variance.",
        (TRAIN_VAR, "running_var = momentum * running_var + (1 - momentum) * std"),
        (TRAIN_VAR, "running_var = momentum * running_var + (1 - momentum) * np.sqrt(var)"),
        lesson=RUNNING,
        nudge="What is the unit of running_var?",
        formula="momentum * running_var + (1 - momentum) * var",
    ),
    mistake(
        "BN131 running-var-with-eps",
        "eps is added to the running variance",
        "The running variance averages var, not var + eps.",
        (TRAIN_VAR, "running_var = momentum * running_var + (1 - momentum) * (var + eps)"),
        lesson=RUNNING,
        nudge="Try eps = 0.1.",
        formula="momentum * running_var + (1 - momentum) * var",
    ),
]
