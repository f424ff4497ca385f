"""Submissions that are broken, odd or hostile: each gets a verdict or a reason, and never stops the others or the grader."""

import numpy as np

import pellucid


def checked(tmp_path, text, **settings):
    path = tmp_path / "layers.py"
    path.write_text(text)
    return pellucid.check(path, **settings)


def test_an_exception_with_a_name_of_the_checkers_own_drops_no_case(tmp_path):
    text = (
        "import numpy as np\nclass NotAskedError(Exception): pass\n"
        "def relu_forward(x):\n    if x.ndim != 2: raise NotAskedError('not_asked')\n    return np.maximum(0, x), x\n"
    )
    function = checked(tmp_path, text, only=["relu_forward"]).functions[0]
    assert function.verdict == "wrong"
    assert function.total > function.passed


def test_only_a_case_that_declares_it_may_not_be_asked():
    from pellucid.checker.judging.judge import _is_not_asked

    from .planting import PACK

    cases = [
        case
        for name in ("relu_forward", "FullyConnectedNet")
        for case in PACK.function(name).cases(np.random.default_rng(0), pellucid.checker.asking.pack.Options())
    ]
    declared = [case.name for case in cases if _is_not_asked(case, {"not_asked": True})]
    assert 0 < len(declared) < len(cases)
    assert not any(_is_not_asked(case, {"error": {"type": "NotAskedError"}}) for case in cases)
