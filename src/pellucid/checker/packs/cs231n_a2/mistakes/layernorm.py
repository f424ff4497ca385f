"""Known mistakes in layer normalization."""

from pellucid.checker.asking.pack import Known
from pellucid.checker.packs.cs231n_a2.mistakes.lessons import ROOT
from pellucid.checker.packs.cs231n_a2.mistakes.norm_backward import norm_backward
from pellucid.checker.packs.cs231n_a2.mistakes.writing import mistake

__all__ = ["LAYERNORM"]


def _layer_forward() -> list[Known]:
    std, mean, var = (
        "std = np.sqrt(var + eps)",
        "np.sum(x, axis=1, keepdims=True) / D",
        "np.sum(centered**2, axis=1, keepdims=True) / D",
    )
    return [
        mistake("LN112 mean-not-a-column", "the row means lack keepdims", "Without keepdims the means (N,) are subtracted along the features: an error, or, where N = D, wrong numbers.", (mean, "np.sum(x, axis=1) / D"), ("x_hat = centered / std", "x_hat = (x - np.mean(x, axis=1)) / std"), ("x_hat = centered / std", "x_hat = centered / np.sqrt(var + eps).ravel()"), ("x_hat = centered / std", "x_hat = (x - np.mean(x, axis=1)) / np.sqrt(var + eps).ravel()"), nudge="What is the shape of the mean?", formula="x.mean(axis=1, keepdims=True)"),
        mistake("LN101 axis-0", "statistics over the batch", "Mean and variance are taken over the rows, as in batch norm.", [(mean, "np.mean(x, axis=0)"), (var, "np.mean(centered**2, axis=0)")], (mean, "np.mean(x, axis=0)"), (var, "np.mean(centered**2, axis=0)"), lesson="Layer norm treats each row by itself.", nudge="Pass one row alone.", formula="x.mean(axis=1, keepdims=True)"),
        mistake("LN103 eps-outside-root", "eps outside the square root", "x is divided by sqrt(var) + eps.", (std, "std = np.sqrt(var) + eps"), lesson=ROOT, nudge="Try eps = 0.1.", formula="sqrt(var + eps)"),
        mistake("LN104 eps-left-out", "eps left out", "A constant row divides 0 by 0.", (std, "std = np.sqrt(var)"), lesson=ROOT, nudge="What if a row is constant?", formula="sqrt(var + eps)"),
        mistake("LN105 eps-twice", "eps added twice", "eps is added inside the root and again outside it.", (std, "std = np.sqrt(var + eps) + eps"), (std, "std = np.sqrt(var + 2 * eps)"), lesson=ROOT, nudge="Count the eps.", formula="sqrt(var + eps)"),
        mistake("LN107 eps-hard-coded", "eps is hard-coded", "The eps of ln_param is not read.", ('ln_param.get("eps", 1e-5)', "1e-5"), ('ln_param.get("eps", 1e-5)', "1e-8"), lesson=ROOT, nudge="Pass another eps.", formula='eps = ln_param["eps"]'),
        mistake("LN108 no-root", "the square root is missing", "x is divided by the variance.", (std, "std = var + eps"), lesson=ROOT, nudge="What is the variance of x_hat?", formula="sqrt(var + eps)"),
        mistake("LN109 variance-unbiased", "the variance divides by D - 1", "The course divides by D.", (var, "np.sum(centered**2, axis=1, keepdims=True) / (D - 1)"), nudge="What is the sum of squares divided by?", formula="mean of squares"),
        mistake("LN111 beta-left-out", "beta left out", "out lacks the shift.", ("gamma * x_hat + beta", "gamma * x_hat"), nudge="Print out for x_hat = 0.", formula="gamma * x_hat + beta"),
    ]  # fmt: skip


def _layer_backward() -> list[Known]:
    extra = mistake(
        "LN241 axis-0", "sums over the batch", "These are the sums of batch norm's backward; layer norm sums along each row.",
        [("np.sum(dx_hat, axis=1, keepdims=True)", "np.sum(dx_hat, axis=0)", "closed"), ("np.sum(dx_hat * x_hat, axis=1, keepdims=True)", "np.sum(dx_hat * x_hat, axis=0)", "closed")],
        [("np.sum(dx_hat, axis=1, keepdims=True)", "np.sum(dx_hat, axis=0)", "closed"), ("np.sum(dx_hat * x_hat, axis=1, keepdims=True)", "np.sum(dx_hat * x_hat, axis=0)", "closed"), ("(D * dx_hat", "(N * dx_hat", "closed"), ("(D * std)", "(N * std)", "closed")],
        lesson="Layer norm treats each row by itself.", nudge="Pass one row alone.", formula="sum(axis=1, keepdims=True)",
    )  # fmt: skip
    after = mistake(
        "LN242 gamma-after-the-means", "gamma is applied after the means", "A row's means are those of dout * gamma: gamma differs along the row, and cannot be taken out of them.",
        [("dx_hat = dout * gamma", "dx_hat = dout", "closed"), ("/ (D * std)", "/ (D * std) * gamma", "closed")],
        nudge="Does gamma differ among what is averaged?", formula="dx_hat = dout * gamma, first",
    )  # fmt: skip
    return [extra, after, *norm_backward(1, "D")]


LAYERNORM = {
    "layernorm_forward": _layer_forward(),
    "layernorm_backward": _layer_backward(),
}
