"""Known mistakes in group normalization."""

from pellucid.checker.asking.pack import Known
from pellucid.checker.packs.cs231n_a2.mistakes.lessons import DIVISOR, PATHS, ROOT, SCALE
from pellucid.checker.packs.cs231n_a2.mistakes.writing import mistake

__all__ = ["GROUPNORM"]


def _group_forward() -> list[Known]:
    mean, var, std = (
        "np.mean(groups, axis=(2, 3, 4), keepdims=True)",
        "np.mean(centered**2, axis=(2, 3, 4), keepdims=True)",
        "std = np.sqrt(var + eps)",
    )
    return [
        mistake("GN121 groups-interleaved", "channels assigned to the groups in turn", "A group is C // G neighbouring channels.", [("x.reshape(N, G, C // G, H, W)", "x.reshape(N, C // G, G, H, W).transpose(0, 2, 1, 3, 4)"), ("(centered / std).reshape(N, C, H, W)", "(centered / std).transpose(0, 2, 1, 3, 4).reshape(N, C, H, W)")], nudge="Which channels form the first group?", formula="x.reshape(N, G, C // G, H, W)"),
        mistake("GN122 group-size-for-count", "G used as the size of a group", "G is the number of groups.", ("x.reshape(N, G, C // G, H, W)", "x.reshape(N, C // G, G, H, W)"), nudge="How many groups are there?", formula="x.reshape(N, G, C // G, H, W)"),
        mistake("GN123 groups-ignored", "statistics over all channels", "That is layer norm over the image.", [(mean, "np.mean(groups, axis=(1, 2, 3, 4), keepdims=True)"), (var, "np.mean(centered**2, axis=(1, 2, 3, 4), keepdims=True)")], nudge="Change a channel of another group.", formula="mean over (2, 3, 4) of the groups"),
        mistake("GN124 statistics-per-channel", "statistics of each channel", "That is instance norm.", [(mean, "np.mean(groups, axis=(3, 4), keepdims=True)"), (var, "np.mean(centered**2, axis=(3, 4), keepdims=True)")], nudge="Change another channel of the group.", formula="mean over (2, 3, 4) of the groups"),
        mistake("GN125 batch-included", "statistics over the batch too", "Group norm treats each image by itself.", [(mean, "np.mean(groups, axis=(0, 2, 3, 4), keepdims=True)"), (var, "np.mean(centered**2, axis=(0, 2, 3, 4), keepdims=True)")], nudge="Pass one image alone.", formula="mean over (2, 3, 4) of the groups"),
        mistake("GN103 eps-outside-root", "eps outside the square root", "x is divided by sqrt(var) + eps.", (std, "std = np.sqrt(var) + eps"), lesson=ROOT, nudge="Try eps = 0.1.", formula="sqrt(var + eps)"),
        mistake("GN104 eps-left-out", "eps left out", "A constant group divides 0 by 0.", (std, "std = np.sqrt(var)"), lesson=ROOT, nudge="Try eps = 0.1.", formula="sqrt(var + eps)"),
        mistake("GN107 eps-hard-coded", "eps is hard-coded", "The eps of gn_param is not read.", ('gn_param.get("eps", 1e-5)', "1e-5"), ('gn_param.get("eps", 1e-5)', "1e-8"), lesson=ROOT, nudge="Pass another eps.", formula='eps = gn_param["eps"]'),
        mistake("GN126 gamma-with-new-axes", "gamma is given further axes", "gamma is (1, C, 1, 1) already; gamma[None, :, None, None] makes an output of seven axes.", ("gamma = gamma.reshape(1, C, 1, 1)", "gamma = gamma[None, :, None, None]"), [("gamma = gamma.reshape(1, C, 1, 1)", "gamma = gamma[None, :, None, None]"), ("beta.reshape(1, C, 1, 1)", "beta[None, :, None, None]")], ("gamma = gamma.reshape(1, C, 1, 1)", "gamma = gamma[:, None, None]"), nudge="Print out.shape.", formula="gamma * x_hat + beta"),
        mistake("GN109 variance-unbiased", "the variance divides by the number of values minus 1", "The course divides by the number of values.", ("np.mean(centered**2, axis=(2, 3, 4), keepdims=True)", "np.var(groups, axis=(2, 3, 4), keepdims=True, ddof=1)"), lesson=DIVISOR, nudge="What is the sum divided by?", formula="mean of squares"),
    ]  # fmt: skip


def _group_backward() -> list[Known]:
    return [
        mistake("GN207 wrong-divisor", "divided by the wrong number of values", "A group holds C // G * H * W values.", *(("M = C // G * H * W", f"M = {m}") for m in ("C * H * W", "N * H * W", "H * W", "G * H * W", "N * C // G * H * W", "C // G", "N")), lesson=DIVISOR, nudge="How many values went into one mean?", formula="M = C // G * H * W"),
        mistake("GN201 paths-forgotten", "the paths through mean and variance are left out", "dx treats mean and variance as constants.", ("(M * dx_hat - through_mean - through_var)", "(M * dx_hat)"), lesson=PATHS, nudge="Change one x: which outputs change?", formula="M * dx_hat - sum(dx_hat) - x_hat * sum(dx_hat * x_hat)"),
        mistake("GN202 mean-path-forgotten", "the path through the mean is left out", "dx lacks the mean's gradient.", ("- through_mean", ""), lesson=PATHS, nudge="Does dx sum to zero in a group?", formula="M * dx_hat - sum(dx_hat) - x_hat * sum(dx_hat * x_hat)"),
        mistake("GN203 variance-path-forgotten", "the path through the variance is left out", "dx lacks the variance's gradient.", ("- through_var", ""), lesson=PATHS, nudge="Sum dx * x_hat in a group.", formula="M * dx_hat - sum(dx_hat) - x_hat * sum(dx_hat * x_hat)"),
        mistake("GN242 gamma-after-the-means", "gamma is applied after the group's means", "gamma differs from channel to channel of a group: the means are those of dout * gamma.", [("(dout * gamma)", "dout"), ("dx = dx.reshape(N, C, H, W)", "dx = dx.reshape(N, C, H, W) * gamma")], nudge="Does gamma differ within a group?", formula="dx_hat = dout * gamma, first"),
        mistake("GN216 gamma-left-out", "gamma is left out of dx", "dx uses dout where it should use dout * gamma.", ("(dout * gamma)", "dout"), nudge="What multiplies x_hat?", formula="dx_hat = dout * gamma"),
        mistake("GN218 dgamma-without-x-hat", "dgamma lacks x_hat", "dgamma is the sum of dout * x_hat.", ("np.sum(dout * x_hat, axis=(0, 2, 3), keepdims=True)", "np.sum(dout, axis=(0, 2, 3), keepdims=True)"), lesson=SCALE, nudge="What does gamma multiply?", formula="dgamma = sum(dout * x_hat)"),
        mistake("GN220 dgamma-times-gamma", "dgamma is multiplied by gamma", "dgamma is taken from dout * gamma (or from gamma * x_hat) instead of from dout * x_hat.", ("np.sum(dout * x_hat, axis=(0, 2, 3), keepdims=True)", "np.sum(dout * (gamma * x_hat), axis=(0, 2, 3), keepdims=True)"), lesson=SCALE, nudge="Is dout still the upstream gradient when dgamma is taken?", formula="dgamma = sum(dout * x_hat)"),
        mistake("GN213 std-multiplied", "dx is multiplied by std instead of divided", "x_hat = (x - mean) / std: its gradient is divided by std, too.", ("/ (M * std)", "/ M * std"), nudge="Make x ten times as large: does dx grow or shrink?", formula="dx = (...) / std"),
        mistake("GN226 dgamma-wrong-axes", "dgamma and dbeta sum over the wrong axes", "They sum over batch, height and width.", *([("np.sum(dout, axis=(0, 2, 3), keepdims=True)", f"np.sum(dout, axis={a}, keepdims=True)"), ("np.sum(dout * x_hat, axis=(0, 2, 3), keepdims=True)", f"np.sum(dout * x_hat, axis={a}, keepdims=True)")] for a in ("0", "(0, 1, 2, 3)", "(2, 3)", "(1, 2, 3)")), lesson=SCALE, nudge="What is the shape of gamma?", formula="sum over (0, 2, 3)"),
    ]  # fmt: skip


GROUPNORM = {
    "spatial_groupnorm_forward": _group_forward(),
    "spatial_groupnorm_backward": _group_backward(),
}
