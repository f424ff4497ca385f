"""Known mistakes in the backward of a normalization over one axis."""

from pellucid.checker.asking.pack import Known
from pellucid.checker.packs.cs231n_a2.mistakes.lessons import DIVISOR, PATHS, SCALE
from pellucid.checker.packs.cs231n_a2.mistakes.writing import mistake

__all__ = ["norm_backward"]


def _sums_over_the_other_axis(axis: int, size: str) -> list[Known]:
    """The gradient of the mean or of the variance, summed over the axis that they do not average over."""
    kind = "LN" if axis else "BN"
    keep = ", keepdims=True" if axis else ""
    own_axis, other = f"axis={axis}{keep})", f"axis={1 - axis}{'' if axis else ', keepdims=True'})"
    shape, lost = (
        "It has the mean's own shape: sum over what the mean averages over.",
        "samples" if axis else "features",
    )
    mean = f"np.sum(-dx_hat / std, {own_axis}"
    nodes = ("dmean = -np.sum(dcentered, axis=0)", f"dmean = -np.sum(dcentered, {other}", "nodes")
    closed = (f"np.sum(dx_hat, {own_axis}", f"np.sum(dx_hat, {other}", "closed")
    dvar = f"dvar = np.sum(dx_hat * centered, {own_axis}"
    dinv_std = (
        "dinv_std = np.sum(dx_hat * centered, axis=0)",
        f"dinv_std = np.sum(dx_hat * centered, {other}",
        "nodes",
    )
    along = (f"np.sum(dx_hat * x_hat, {own_axis}", f"np.sum(dx_hat * x_hat, {other}", "closed")
    return [
        mistake(f"{kind}214 mean-summed-over-wrong-axis", f"the mean's gradient is summed over the {lost}", shape, (mean, mean.replace(own_axis, other)), closed, *([] if axis else [nodes]), nudge="Does dx sum to zero along the axis of the mean?", formula="dmean has the mean's shape"),
        mistake(f"{kind}215 variance-summed-over-wrong-axis", f"the variance's gradient is summed over the {lost}", shape.replace("mean", "variance", 1).replace("the mean averages", "the variance averages"), (dvar, dvar.replace(own_axis, other)), along, *([] if axis else [dinv_std]), nudge="What is the shape of var?", formula="dvar has the variance's shape"),
    ]  # fmt: skip


def norm_backward(axis: int, size: str) -> list[Known]:
    """Backward mistakes of batch norm (axis 0, size N) and layer norm (axis 1, size D)."""
    kind = "LN" if axis else "BN"  # the letters of the codes
    keep = ", keepdims=True" if axis else ""
    total = f"axis={axis}{keep}"
    dmean = f"dmean = np.sum(-dx_hat / std, {total}) + dvar * np.sum(-2 * centered, {total}) / {size}"
    dvar = f"dvar = np.sum(dx_hat * centered, {total}) * -0.5 * (var + eps) ** -1.5"
    dx = f"dx = dx_hat / std + dvar * 2 * centered / {size} + dmean / {size}"
    other = "D" if size == "N" else "N"
    projection = (
        ("x_hat * along", "centered * np.sum(dx_hat * centered, axis=1, keepdims=True) / var", "closed")
        if axis
        else (
            "- x_hat * np.sum(dx_hat * x_hat, axis=0))",
            "- centered * np.sum(dx_hat * centered, axis=0) / var)",
            "closed",
        )
    )
    return [
        mistake(f"{kind}201 paths-forgotten", "the paths through mean and variance are left out", "dx = dout * gamma / std treats mean and variance as constants.", (dx, "dx = dx_hat / std"), lesson=PATHS, nudge="Change one x: which other outputs change?", formula=dx),
        mistake(f"{kind}202 mean-path-forgotten", "the path through the mean is left out", "dx lacks the term of the mean's gradient.", (f" + dmean / {size}", ""), lesson=PATHS, nudge="Does dx sum to zero?", formula=dx),
        mistake(f"{kind}203 variance-path-forgotten", "the path through the variance is left out", "dx lacks the term of the variance's gradient.", (f"dvar * 2 * centered / {size} + ", ""), [(f"dvar * 2 * centered / {size} + ", ""), (f" + dvar * np.sum(-2 * centered, {total}) / {size}", "")], lesson=PATHS, nudge="Sum dx * x_hat.", formula=dx),
        mistake(f"{kind}204 divided-by-n-minus-1", f"{size} - 1 for {size} in the backward", "The forward's variance divides by the number of values; so must its gradient.", (f"centered / {size} +", f"centered / ({size} - 1) +"), [(f"centered / {size} +", f"centered / ({size} - 1) +"), (f"dmean / {size}", f"dmean / ({size} - 1)")], lesson=DIVISOR, nudge="Count what went into the mean.", formula=dx),
        mistake(f"{kind}205 mean-not-divided", "the mean's gradient is not divided", f"Each value gets 1/{size} of the mean's gradient.", (f"+ dmean / {size}", "+ dmean"), lesson=DIVISOR, nudge="Does dx sum to zero?", formula=dx),
        mistake(f"{kind}206 variance-not-divided", "the variance's gradient is not divided", f"Each value gets 2 (x - mean) / {size} of it.", (f"centered / {size} +", "centered +"), lesson=DIVISOR, nudge="Try a larger batch.", formula=dx),
        mistake(f"{kind}207 wrong-divisor", f"{other} for {size} in the backward", "The wrong size of the input is used.", [(f"centered / {size} +", f"centered / {other} +"), (f"dmean / {size}", f"dmean / {other}")], (f"({size} * dx_hat", f"({other} * dx_hat", "closed"), (f"/ ({size} * std)", f"/ ({other} * std)", "closed"),
                [(f"({size} * dx_hat", f"({other} * dx_hat", "closed"), (f"/ ({size} * std)", f"/ ({other} * std)", "closed")], (f"dmean / {size}", f"dmean / {other}"), (f"centered / {size} +", f"centered / {other} +"), lesson=DIVISOR, nudge="Try an input that is not square.", formula=dx),
        mistake(f"{kind}208 factor-2-lost", "the 2 of the square is lost", "The derivative of (x - mean)^2 is 2 (x - mean).", ("dvar * 2 * centered", "dvar * centered"), nudge="Differentiate the square.", formula=dx),
        mistake(f"{kind}209 half-lost", "the 1/2 of the root is lost", "The derivative of var^(-1/2) is -1/2 var^(-3/2).", ("* -0.5 *", "* -1.0 *"), nudge="Differentiate the root.", formula=dvar),
        mistake(f"{kind}210 power-wrong", "the power of the variance is wrong", "The derivative of var^(-1/2) holds var^(-3/2).", ("** -1.5", "** -0.5"), ("** -1.5", "** -1.0"), ("** -1.5", "** 1.5"), ("** -1.5", "** -2.0"), nudge="Differentiate the root.", formula=dvar),
        mistake(f"{kind}211 sign-of-variance", "the variance's gradient has the wrong sign", "The derivative of var^(-1/2) is negative.", ("* -0.5 *", "* 0.5 *"), nudge="Differentiate the root.", formula=dvar),
        mistake(f"{kind}212 sign-of-mean", "the mean's gradient has the wrong sign", "The mean is subtracted: its gradient is negative.", ("np.sum(-dx_hat / std", "np.sum(dx_hat / std"), nudge="Does dx sum to zero?", formula=dmean),
        mistake(f"{kind}213 std-multiplied", "dx is multiplied by std instead of divided", "x_hat = (x - mean) / std: its gradient is divided by std, too.", (f"/ ({size} * std)", f"/ {size} * std", "closed"), nudge="Make x ten times as large: does dx grow or shrink?", formula="dx = (...) / std"),
        *_sums_over_the_other_axis(axis, size),
        mistake(f"{kind}216 gamma-left-out", "gamma is left out of dx", "dx uses dout where it should use dout * gamma.", ("dx_hat = dout * gamma", "dx_hat = dout"), nudge="What multiplies x_hat in the forward?", formula="dx_hat = dout * gamma"),
        mistake(f"{kind}217 eps-left-out-of-backward", "eps left out of the backward", "The forward's root holds eps; so must its derivative.", (" (var + eps) ** -1.5", " var ** -1.5"), nudge="Try eps = 0.1.", formula=dvar),
        mistake(f"{kind}218 dgamma-without-x-hat", "dgamma lacks x_hat", "dgamma is the sum of dout * x_hat.", ("np.sum(dout * x_hat, axis=0)", "np.sum(dout, axis=0)"), lesson=SCALE, nudge="What does gamma multiply?", formula="dgamma = sum(dout * x_hat)"),
        mistake(f"{kind}219 dgamma-x-not-normalised", "dgamma uses x instead of x_hat", "gamma multiplies the normalised input.", ("np.sum(dout * x_hat, axis=0)", "np.sum(dout * (x_hat * std), axis=0)"), lesson=SCALE, nudge="What does gamma multiply?", formula="dgamma = sum(dout * x_hat)"),
        mistake(f"{kind}220 dgamma-times-gamma", "dgamma is multiplied by gamma", "dgamma is taken from dout * gamma (or from gamma * x_hat) instead of from dout * x_hat.", ("np.sum(dout * x_hat, axis=0)", "np.sum(dout * (gamma * x_hat), axis=0)"), lesson=SCALE, nudge="Is dout still the upstream gradient when dgamma is taken?", formula="dgamma = sum(dout * x_hat)"),
        mistake(f"{kind}221 eps-hard-coded-in-backward", "eps is hard-coded in the backward", "The backward uses an eps of its own, not the forward's.", *([("var + eps", f"var + {e}"), ("/ std +", f"/ np.sqrt(var + {e}) +"), (f"-dx_hat / std, {total}", f"-dx_hat / np.sqrt(var + {e}), {total}")] for e in ("1e-5", "1e-8")), *([(f"({size} * std)", f"({size} * np.sqrt(var + {e}))", "closed")] for e in ("1e-5", "1e-8", "0")), ("var + eps", "var + 1e-5"), ("var + eps", "var + 1e-8"), nudge="Try eps = 0.1.", formula="keep eps in the cache"),
        mistake(f"{kind}222 dvar-one-number", "the variance's gradient is one number", "The sum has no axis: it adds up over everything.", (dvar, "dvar = np.sum(dx_hat * centered * -0.5 * (var + eps) ** -1.5)"), nudge="What is the shape of var?", formula=dvar),
        mistake(f"{kind}223 eps-left-out-of-projection", "the projection on x_hat divides by var, without eps", "x_hat * mean(dx_hat * x_hat) holds std twice: sqrt(var + eps) squared.", projection, nudge="Try eps = 0.1.", formula="x_hat * mean(dx_hat * x_hat)"),
        mistake(f"{kind}224 divides-by-gamma", "x_hat recovered by dividing by gamma", "(out - beta) / gamma is not a number where gamma is 0.", ("N, D = dout.shape", "N, D = dout.shape\n    x_hat = x_hat * gamma / gamma", "closed"), ("N, D = dout.shape", "N, D = dout.shape\n    x_hat = x_hat * gamma / gamma"), nudge="What is (out - beta) / gamma where gamma is 0?", formula="keep x_hat in the cache"),
        mistake(f"{kind}225 dgamma-one-number", "dgamma or dbeta is one number", "The sum has no axis.", [("dbeta = np.sum(dout, axis=0)", "dbeta = np.sum(dout)"), ("np.sum(dout * x_hat, axis=0)", "np.sum(dout * x_hat)")], ("dbeta = np.sum(dout, axis=0)", "dbeta = np.sum(dout)"), ("np.sum(dout * x_hat, axis=0)", "np.sum(dout * x_hat)"), lesson=SCALE, nudge="What is the shape of gamma?", formula="dgamma = sum over axis 0"),
        mistake(f"{kind}226 dgamma-wrong-axis", "dgamma and dbeta sum over the wrong axis", "gamma is broadcast over the samples.", [("dbeta = np.sum(dout, axis=0)", "dbeta = np.sum(dout, axis=1)"), ("np.sum(dout * x_hat, axis=0)", "np.sum(dout * x_hat, axis=1)")], ("dbeta = np.sum(dout, axis=0)", "dbeta = np.sum(dout, axis=1)"), ("np.sum(dout * x_hat, axis=0)", "np.sum(dout * x_hat, axis=1)"), lesson=SCALE, nudge="What is the shape of gamma?", formula="dgamma = sum over axis 0"),
        mistake(f"{kind}227 dgamma-mean", "dgamma or dbeta is a mean", "They are sums: the loss has already divided by N.", [("dbeta = np.sum(dout, axis=0)", "dbeta = np.mean(dout, axis=0)"), ("np.sum(dout * x_hat, axis=0)", "np.mean(dout * x_hat, axis=0)")], ("dbeta = np.sum(dout, axis=0)", "dbeta = np.mean(dout, axis=0)"), ("np.sum(dout * x_hat, axis=0)", "np.mean(dout * x_hat, axis=0)"), lesson=SCALE, nudge="Who divides by N?", formula="dgamma = sum over axis 0"),
    ]  # fmt: skip
