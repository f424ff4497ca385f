"""Every case with a purpose has it: the inputs tagged "ties" tie, those tagged "overlap" overlap, whatever the seed."""

import numpy as np
import pytest

from pellucid.checker.asking.pack import Options
from pellucid.checker.packs.cs231n_a2.cases.purposes import PURPOSES, assert_purposes, has_purpose

from .planting import PACK, judged

SEEDS = (0, 1, 7)


def cases_of_layers():
    for function in PACK.functions:
        if function.role in ("forward", "backward", "loss") and "dropout" not in function.name:
            for seed in SEEDS:
                draw = np.random.default_rng([seed, *function.name.encode()])
                yield from ((function.name, case) for case in function.cases(draw, Options()))


def test_every_case_has_what_its_tags_promise():
    seen = set()
    for name, case in cases_of_layers():
        for tag in case.tags & set(PURPOSES):
            assert has_purpose(tag, case.values), f"{name}: {case.name}: {tag}"
            seen.add(tag)
    assert seen == set(PURPOSES), set(PURPOSES) - seen


def test_inputs_without_their_purpose_are_refused():
    x = np.arange(16.0).reshape(1, 1, 4, 4)
    values = {"x": x, "pool_param": {"pool_height": 2, "pool_width": 2, "stride": 2}}
    with pytest.raises(AssertionError, match="'no tie' are tagged 'ties'"):
        assert_purposes([("no tie", values, ("ties",))])


TIES = {
    "drops ties": (
        "best = np.flatnonzero(win == win.max())\n                    if len(best) != 1: continue\n"
        "                    r, q = best[0] // pw, best[0] % pw",
        "wrong",
        "pool-ties-lost",
    ),
    "stops at ties": ("r, q = divmod(np.flatnonzero(win == win.max()).item(), pw)", "wrong", "fails-at-ties"),
    "takes the first": ("r, q = np.unravel_index(np.argmax(win), win.shape)", "correct", ""),
}
POOL = """
def max_pool_backward_naive(dout, cache):
    x, pool_param = cache
    ph, pw, s = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    dx = np.zeros(x.shape)
    for a in range(x.shape[0]):
        for k in range(x.shape[1]):
            for i in range(dout.shape[2]):
                for j in range(dout.shape[3]):
                    win = x[a, k, i*s:i*s+ph, j*s:j*s+pw]
                    WINNER
                    dx[a, k, i*s + r, j*s + q] += dout[a, k, i, j]
    return dx
"""


@pytest.mark.parametrize("style", TIES)
def test_a_backward_is_tried_with_ties(style):
    winner, verdict, cause = TIES[style]
    text = POOL.replace("WINNER", winner)
    namespace = {"np": np, "max_pool_forward_naive": lambda x, p: (_pooled(x, p), (x, p))}
    exec(text, namespace)
    report = judged("max_pool_backward_naive", namespace, text=text)
    assert report.verdict == verdict
    assert [found.id for found in report.causes][:1] == [cause][: bool(cause)]


def _pooled(x, p):
    view = np.lib.stride_tricks.sliding_window_view(x, (p["pool_height"], p["pool_width"]), axis=(2, 3))
    return view[:, :, :: p["stride"], :: p["stride"]].max(axis=(4, 5))
