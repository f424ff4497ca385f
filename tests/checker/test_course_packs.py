"""The packs of assignments 1 and 3: their references, purposes, known mistakes planted, and solutions in other styles."""

import os

import numpy as np
import pytest

from pellucid.checker import load_pack
from pellucid.checker.asking.pack import Options
from pellucid.checker.check_function import check_function
from pellucid.checker.judging.judge import judge
from pellucid.checker.packs.cs231n_a1.cases.purposes import PURPOSES as A1_PURPOSES
from pellucid.checker.packs.cs231n_a3.cases.purposes import PURPOSES as A3_PURPOSES
from pellucid.checker.running.reference import load_reference

from .course_styles import RIGHT, WRONG
from .planting import PACK as A2
from .planting import cases_of, functions_from, judged, judged_pair, results_with, source_of

PACKS = {name: load_pack(name) for name in ("cs231n-a1", "cs231n-a3")}
PURPOSES = {"cs231n-a1": A1_PURPOSES, "cs231n-a3": A3_PURPOSES}
SHARED = {id(function) for function in A2.functions}
OLDER = Options(docstrings={"TwoLayerNet.train": ""})
# Planted before the plain form is known: an edition's own form, and what the other form of the network has.
CONVENTIONS = {"reg-without-half": OLDER}


def own_functions(pack):
    """The functions that assignment 2 does not have: the others are planted there."""
    return [
        function for function in pack.functions if id(function) not in SHARED and function.name != "FullyConnectedNet"
    ]


def as_older(functions):
    """The same functions, the two-layer network as the editions until 2020 have it."""

    class TwoLayerNet(functions["TwoLayerNet"]):
        def __init__(self, input_size, hidden_size, output_size, std=1e-4):
            super().__init__(input_size, hidden_size, output_size, std)

    return {**functions, "TwoLayerNet": TwoLayerNet}


@pytest.mark.parametrize("name", PACKS)
def test_every_reference_is_correct_and_gives_no_hazard(name):
    pack = PACKS[name]
    functions = load_reference(pack).namespace
    for function in own_functions(pack):
        report = judged(function.name, functions, pack=pack)
        assert report.verdict == "correct", (function.name, report.failing[:3])
        assert report.passed == report.total > 0
        assert report.own_gradient_check in ("passes", "not_applicable"), function.name
        assert not report.hazards, (function.name, report.hazards)


@pytest.mark.parametrize("name", PACKS)
def test_every_case_has_what_its_tags_promise(name):
    seen = set()
    for function in own_functions(PACKS[name]):
        for seed in (0, 1, 7):
            for case in function.cases(np.random.default_rng([seed, *function.name.encode()]), Options()):
                for tag in case.tags & set(PURPOSES[name]):
                    assert PURPOSES[name][tag](case.values), f"{function.name}: {case.name}: {tag}"
                    seen.add(tag)
    assert seen == set(PURPOSES[name])


def planted(every):
    """Plant known mistakes, conventions and hazards of both packs, one of so many edits; return how many, and what went wrong."""
    count, wrong = 0, []
    for pack in PACKS.values():
        edits = [(f.name, known, edit) for f in own_functions(pack) for known in f.known for edit in known.edits]
        for name, known, edit in edits[every // 2 :: every]:
            sources = load_reference(pack).edited(name, edit)
            assert sources is not None, f"{name}: {known.id} does not fit the reference"
            options = CONVENTIONS.get(known.id, Options())
            functions = load_reference(pack).with_sources(sources)
            functions = as_older(functions) if options is OLDER else functions
            report = judged(name, functions, pack=pack, options=options)
            count += 1
            if known.kind == "mistake":
                is_right = report.is_bad and [cause.id for cause in report.causes][:1] == [known.id]
            else:
                is_right = not report.is_bad and known.id in [convention["id"] for convention in report.conventions]
            wrong += [] if is_right else [(name, known.id, report.verdict, [cause.id for cause in report.causes])]
    return count, wrong


def test_a_sample_of_known_mistakes_is_found_and_named():
    count, wrong = planted(24)
    assert count > 10
    assert not wrong


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_more_known_mistakes_are_found_and_named():
    """Every 7th; PELLUCID_PLANT_EVERY=1 plants all."""
    count, wrong = planted(int(os.environ.get("PELLUCID_PLANT_EVERY", "7")))
    print(f"{count} edits planted, {len(wrong)} not found or named otherwise")
    assert not wrong


def functions_of(pack, text):
    """A learner's functions on the pack's, which stand in for what their file does not define."""
    source = source_of(text)
    options = Options(docstrings=dict.fromkeys((*source.names(), *source.methods()), ""))
    defined = {*source.names(), *source.methods()}
    names = [f.name for f in pack.functions if f.name in defined and (not f.forward or f.forward in defined)]
    return names, functions_from(text, load_reference(pack).namespace), options


@pytest.mark.parametrize("style", RIGHT)
def test_right_solutions_in_other_styles_are_correct(style):
    name, text = RIGHT[style]
    names, functions, options = functions_of(PACKS[name], text)
    assert names
    for function in names:
        report = judged_pair(function, functions, text=text, options=options, pack=PACKS[name])
        assert not report.is_bad, (function, report.failing[:3], report.causes)
        assert not report.causes


def test_wrong_solutions_in_other_styles_are_found_and_named():
    found, named = 0, []
    for style, (pack, function, mistake, text) in WRONG.items():
        _, functions, options = functions_of(PACKS[pack], text)
        report = judged_pair(function, functions, text=text, options=options, pack=PACKS[pack])
        found += report.is_bad
        named += (
            [] if [cause.id for cause in report.causes][:1] == [mistake] else [(style, report.verdict, report.causes)]
        )
    assert found == len(WRONG)
    assert not named


@pytest.mark.parametrize(("edition", "verdicts"), [
    (None, ("convention", "correct", "convention", "correct")),
    (2016, ("correct", "correct", "wrong", "correct")),
    (2018, ("convention", "correct", "correct", "wrong")),
    (2024, ("convention", "correct", "convention", "correct")),
])  # fmt: skip
def test_the_regularization_of_each_edition(edition, verdicts):
    """The linear loss with and without 0.5, and the older two-layer net without and with it; 2024 has a newer net."""
    pack = PACKS["cs231n-a1"]
    reference = load_reference(pack)
    options = Options(edition, {"TwoLayerNet.train": ""})
    forms = [(name, one) for name, known in (("softmax_loss_naive", "reg-with-half"), ("TwoLayerNet", "reg-without-half"))
             for one in (known, "")]  # fmt: skip
    for verdict, (function, known) in zip(verdicts, forms, strict=True):
        edits = [edit for one in pack.function(function).known if one.id == known for edit in one.edits[0]]
        functions = as_older(reference.with_sources(reference.edited(function, edits)))
        asked = pack.function(function)
        cases = cases_of(asked, options)
        results = results_with(functions, cases)
        assert judge(asked, reference, cases, results, source_of(""), options=options).report.verdict == verdict, (
            function,
            known,
        )


def test_templates_are_not_implemented_yet():
    """Zeros and loops with `pass`, as a course hands them out, are no mistakes."""
    templates = {
        ("cs231n-a1", "KNearestNeighbor.compute_distances_two_loops"): """
class KNearestNeighbor(object):
    def train(self, X, y):
        self.X_train, self.y_train = X, y
    def compute_distances_two_loops(self, X):
        num_test = X.shape[0]
        dists = np.zeros((num_test, self.X_train.shape[0]))
        for i in range(num_test):
            for j in range(5):
                pass
        return dists
""",
        ("cs231n-a1", "softmax_loss_vectorized"): """
def softmax_loss_vectorized(W, X, y, reg):
    loss = 0.0
    dW = np.zeros_like(W)
    return loss, dW
""",
        ("cs231n-a3", "rnn_forward"): """
def rnn_forward(x, h0, Wx, Wh, b):
    h, cache = None, None
    pass
    return h, cache
""",
    }
    for (pack, name), text in templates.items():
        functions = functions_from(text, load_reference(PACKS[pack]).namespace)
        assert judged(name, functions, text=text, pack=PACKS[pack]).verdict == "missing", name


def test_zeros_that_are_computed_are_wrong():
    text = "def softmax_loss_vectorized(W, X, y, reg):\n    s = X @ W\n    return 0 * s.sum(), np.zeros_like(W)\n"
    functions = functions_from(text, load_reference(PACKS["cs231n-a1"]).namespace)
    report = judged("softmax_loss_vectorized", functions, text=text, pack=PACKS["cs231n-a1"], seconds=0.05)
    assert report.verdict == "wrong"


def test_cases_stay_the_same():
    """Drawn from the seed alone: the same numbers whenever a file is checked."""
    for pack in PACKS.values():
        for function in own_functions(pack)[::5]:
            first, second = cases_of(function), cases_of(function)
            assert [case.name for case in first] == [case.name for case in second]
            assert len({(case.name, case.own_gradient) for case in first}) == len(first)


STEP = """
def rnn_step_backward(dnext_h, cache):
    x, prev_h, Wx, Wh, a, next_h = cache
    da = dnext_h * (1 - next_h)
    return da @ Wx.T, da @ Wh.T, x.T @ da, prev_h.T @ da, np.sum(da, axis=0)
"""
SEQUENCE = """
def rnn_backward(dh, cache):
    dx, dWx, dWh, db, back = np.zeros(dh.shape[:2] + cache[0][0].shape[1:]), 0, 0, 0, 0
    for t in reversed(range(dh.shape[1])):
        dx[:, t], back, one, two, three = rnn_step_backward(dh[:, t]CARRIED, cache[t])
        dWx, dWh, db = dWx + one, dWh + two, db + three
    return dx, back, dWx, dWh, db
"""


@pytest.mark.parametrize(("carried", "cause"), [(" + back", "follows-from-layers"), ("", "gradient-not-through-time")])
def test_a_sequence_with_a_wrong_step(carried, cause):
    """With nothing else wrong it follows from the step; a mistake of its own is named beside the step's."""
    pack, text = PACKS["cs231n-a3"], STEP + SEQUENCE.replace("CARRIED", carried)
    functions = functions_from(text, load_reference(pack).namespace)
    step, sequence = pack.function("rnn_step_backward"), pack.function("rnn_backward")
    judged_step, judged_sequence = None, None
    for function in (step, sequence):
        cases = cases_of(function)
        parts = {step.name: judged_step} if judged_step else {}
        results, source = results_with(functions, cases), source_of(text)
        found = check_function(function, load_reference(pack), cases, results, source, parts=parts, seconds=2)
        judged_step, judged_sequence = judged_step or found, found
    assert judged_step.report.causes[0].id == "tanh-slope-not-squared"
    assert judged_sequence.report.causes[0].id == cause
