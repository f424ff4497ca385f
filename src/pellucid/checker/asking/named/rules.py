"""Mistakes of update rules that no course asks for, of clipping, of penalties and of losses with smoothed labels."""

from pellucid.checker.asking.named.record import Named

__all__ = ["RULES"]

STEPS = "Several steps equal those of the rule with this mistake."
ADAMW = "w = w - lr * (m / (np.sqrt(v) + eps) + weight_decay * w)"
ADAMAX, LION = "u = np.maximum(beta2 * u, np.abs(dw))", "w = w - lr * np.sign(beta1 * m + (1 - beta1) * dw)"
DELTA, CLIP = "dx = np.sqrt(u + eps) / np.sqrt(v + eps) * dw", "if norm > limit:\n    grad *= limit / norm"
NADAM = "beta1 * m_hat + (1 - beta1) * dw / (1 - beta1**t)"

RULES = tuple(
    Named(*entry)
    for entry in (
        ("OP501", "coupled-decay", "the decay of AdamW is added to the gradient",
         "Then it goes through the moments and is divided by sqrt(v): that is Adam with L2. AdamW takes it off the weights.",
         "dw = dw + weight_decay * w", ADAMW, STEPS),
        ("OP502", "decay-sign", "the weight decay has the wrong sign", "The weights grow in place of shrinking.",
         "w = w - lr * (dw - weight_decay * w)", "w = w - lr * (dw + weight_decay * w)", STEPS),
        ("OP503", "no-decay", "the weight decay is not applied", "It is given, and the weights do not depend on it.",
         "w = w - lr * m / (np.sqrt(v) + eps)", ADAMW, STEPS),
        ("OP511", "no-decay-of-maximum", "the old maximum is not decayed", "It would never fall again.",
         "u = np.maximum(u, np.abs(dw))", ADAMAX, STEPS),
        ("OP512", "no-absolute-value", "the maximum takes the gradient with its sign",
         "The step is divided by the largest size of a gradient, whatever its sign.", "u = np.maximum(beta2 * u, dw)",
         ADAMAX, STEPS),
        ("OP513", "no-maximum", "an average stands where the maximum belongs", "Adamax divides by a maximum that decays.",
         "u = beta2 * u + (1 - beta2) * np.abs(dw)", ADAMAX, STEPS),
        ("OP521", "ahead-without-correction", "the gradient in the look-ahead lacks the bias correction",
         "Both terms of the look-ahead are corrected.", "beta1 * m_hat + (1 - beta1) * dw", NADAM, STEPS),
        ("OP522", "no-look-ahead", "there is no look-ahead", "Without it, NAdam is Adam.",
         "w = w - lr * m_hat / (np.sqrt(v_hat) + eps)",
         f"w = w - lr * ({NADAM}) / (np.sqrt(v_hat) + eps)", STEPS),
        ("OP531", "no-rectification", "the rectification is missing", "RAdam multiplies a step by r as soon as r is defined.",
         "w = w - lr * m_hat / (np.sqrt(v_hat) + eps)", "w = w - lr * r * m_hat / (np.sqrt(v_hat) + eps)", STEPS),
        ("OP541", "no-average-of-steps", "the average of earlier steps is missing",
         "Adadelta takes the size of its steps from the steps before; without it, it is RMSProp.", "dx = dw / np.sqrt(v + eps)",
         DELTA, STEPS),
        ("OP542", "average-too-early", "the average of steps is updated before it is used",
         "A step's size comes from the steps before it.",
         "u = rho * u + (1 - rho) * dx**2\ndx = np.sqrt(u + eps) / np.sqrt(v + eps) * dw",
         f"{DELTA}\nu = rho * u + (1 - rho) * dx**2", STEPS),
        ("OP551", "no-sign", "the sign is not taken", "Lion moves every weight by the same amount.",
         "w = w - lr * (beta1 * m + (1 - beta1) * dw)", LION, STEPS),
        ("OP552", "momentum-too-early", "the momentum is updated before the step",
         "The step is made from the old momentum and the new gradient.",
         f"m = beta2 * m + (1 - beta2) * dw\n{LION}", f"{LION}\nm = beta2 * m + (1 - beta2) * dw", STEPS),
        ("OP601", "scales-up", "gradients below the limit are scaled up to it", "Clipping changes only what is above the limit.",
         "grad *= limit / norm", CLIP, "A small gradient comes back larger."),
        ("OP602", "norm-no-root", "the norm lacks its square root", "The norm is the root of the sum of squares.",
         "norm = (grad**2).sum()", "norm = np.sqrt((grad**2).sum())", "Large gradients are scaled down too far."),
        ("OP603", "no-limit", "the gradient is scaled to norm 1", "It has to keep the norm that is the limit.", "grad /= norm",
         "grad *= limit / norm", "With a limit of 1 it is correct."),
        ("OP604", "no-lower-limit", "negative gradients are not clipped", "Clipping by value has a limit on either side.",
         "np.minimum(grad, limit)", "np.clip(grad, -limit, limit)", "Positive gradients are correct."),
        ("NT501", "norm-not-squared", "the penalty is the norm, not its square", "L2 regularization adds the sum of squares.",
         "reg * np.sqrt((w**2).sum())", "0.5 * reg * (w**2).sum()", "The loss equals that of the norm."),
        ("NT502", "square-of-sum", "the sum is squared in place of the weights",
         "The squares are summed: weights of different signs must not cancel.",
         "reg * w.sum() ** 2", "0.5 * reg * (w**2).sum()", "The loss equals that of the squared sum."),
        ("NT503", "no-absolute-value", "weights are summed with their signs", "L1 regularization adds the sum of absolute values.",
         "reg * w.sum()", "reg * np.abs(w).sum()", "The loss equals that of the sum."),
        ("LO501", "smoothing-not-shared", "the smoothed labels do not add up to 1",
         "The share that is taken from the right class is divided among the classes.", "(1 - s) * onehot + s * (1 - onehot)",
         "(1 - s) * onehot + s / C", "The labels of a sample sum to more than 1."),
    )
)  # fmt: skip
