"""Penalties on weights: L2, L1, and both."""

from collections.abc import Iterator

import numpy as np

from pellucid.checker.recognising.form import Hints, LayerForm, Reading, Role, Sizes, Values, names

__all__ = ["forms"]

CALLED = names("^l[12]", "l[12]$", "regulari[sz]", "^reg", "penalty", "weightdecay", "elastic", "ridge", "lasso")


def forms(s: Sizes) -> list[LayerForm]:
    """Return the forms of penalties on one array of weights."""
    w = Role("w", ((s.d, s.m),), "weights")
    return [
        LayerForm(
            kind, "", (w,), read, CALLED, {"reg": 0.3, "batch": s.n}, {"reg": 0.3},
            is_loss=True, is_by_name=True, batch_axis=None,
        )
        for kind, read in (("L2 penalty", _l2), ("L1 penalty", _l1))
    ]  # fmt: skip


def _strengths(h: Hints) -> list[float]:
    given = [h.settings["reg"]] if "reg" in h.settings else []
    return given or list(dict.fromkeys([*h.settings.values(), *h.constants, 0.01, 1.0]))


def _l2(v: Values, h: Hints) -> Iterator[Reading]:
    total = (v["w"] ** 2).sum()
    for reg in _strengths(h):
        yield Reading((np.asarray(0.5 * reg * total),), (f"strength {reg:g}", "halved"))
        yield Reading((np.asarray(reg * total),), (f"strength {reg:g}", "not halved"))
        if reg != 1.0:  # which any function that returns its argument would be
            yield Reading((np.asarray(reg * v["w"]),), (f"strength {reg:g}", "the gradient alone"))
        yield Reading(
            (np.asarray(reg * np.sqrt(total)),),
            (f"strength {reg:g}",),
            "it is the norm of the weights, not its square",
            "norm-not-squared",
            "0.5 * reg * (w**2).sum()",
        )
        yield Reading(
            (np.asarray(reg * v["w"].sum() ** 2),),
            (f"strength {reg:g}",),
            "it squares the sum of the weights in place of summing the squares",
            "square-of-sum",
            "0.5 * reg * (w**2).sum()",
        )


def _l1(v: Values, h: Hints) -> Iterator[Reading]:
    for reg in _strengths(h):
        yield Reading((np.asarray(reg * np.abs(v["w"]).sum()),), (f"strength {reg:g}",))
        yield Reading((np.asarray(reg * np.abs(v["w"]).mean()),), (f"strength {reg:g}", "averaged over the weights"))
        yield Reading(
            (np.asarray(reg * v["w"].sum()),),
            (f"strength {reg:g}",),
            "it sums the weights without their absolute values",
            "no-absolute-value",
            "reg * np.abs(w).sum()",
        )
