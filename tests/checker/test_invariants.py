"""What must hold whatever the numbers are: kept by the reference, broken by a function that breaks it, and told where no cause is known."""

import numpy as np
import pytest

from pellucid.checker.packs.cs231n_a2.cases.invariants import RELATIONS, SUMS

from .planting import PACK, REFERENCE, cases_of, judged, judged_pair, results_with


def left_out(function, caller=""):
    """The reference's function with its source changed (and a caller that calls the changed one)."""
    more = {caller: REFERENCE.forms(caller)[""]} if caller else {}
    return lambda old, new: REFERENCE.with_sources({function: REFERENCE.forms(function)[""].replace(old, new)} | more)


def wrapped(name, change):
    """The reference with one forward whose first answer is changed: `change(out, x)`."""
    original = REFERENCE.namespace[name]

    def function(x, *rest):
        out, cache = original(x, *rest)
        return change(out, x), cache

    return dict(REFERENCE.namespace) | {name: function}


def uphill(out, x):
    return out + np.arange(out.size).reshape(out.shape) * 0.01  # depends on where an entry stands in the batch


def by_rows(out, x):
    return out + 0.1 * np.asarray(x).mean()  # depends on all of x


# Each invariant, and a function that breaks it in a way that is no known mistake.
BREAKERS = {
    ("affine_forward", "one sample alone gives what it gives in the batch"): wrapped("affine_forward", by_rows),
    ("relu_forward", "one sample alone gives what it gives in the batch"): wrapped("relu_forward", by_rows),
    ("layernorm_forward", "one sample alone gives what it gives in the batch"): wrapped("layernorm_forward", by_rows),
    ("conv_forward_naive", "one sample alone gives what it gives in the batch"): wrapped("conv_forward_naive", by_rows),
    ("max_pool_forward_naive", "one sample alone gives what it gives in the batch"): wrapped("max_pool_forward_naive", by_rows),
    ("spatial_groupnorm_forward", "one sample alone gives what it gives in the batch"): wrapped("spatial_groupnorm_forward", by_rows),
    ("batchnorm_forward", "the samples in another order give the same answers in that order"): wrapped("batchnorm_forward", uphill),
    ("spatial_batchnorm_forward", "the samples in another order give the same answers in that order"): wrapped("spatial_batchnorm_forward", uphill),
    ("batchnorm_forward", "a constant added to a feature changes nothing"): wrapped("batchnorm_forward", lambda out, x: out + 0.1 * x),
    ("spatial_batchnorm_forward", "a constant added to a feature changes nothing"): wrapped("spatial_batchnorm_forward", lambda out, x: out + 0.1 * x),
    ("layernorm_forward", "a constant added to a row changes nothing"): wrapped("layernorm_forward", lambda out, x: out + 0.1 * x),
    ("spatial_groupnorm_forward", "a constant added to a row changes nothing"): wrapped("spatial_groupnorm_forward", lambda out, x: out + 0.1 * x),
    ("spatial_groupnorm_forward", "with as many groups as channels it is instance norm: each channel of each image has mean 0 and variance 1 before gamma and beta"): wrapped("spatial_groupnorm_forward", lambda out, x: 1.1 * out),
    ("spatial_batchnorm_forward", "pixels in another order give the same numbers in that order"): wrapped("spatial_batchnorm_forward", uphill),
    ("conv_forward_naive", "a transposed image (and filter, and window) gives the transposed answer"): wrapped("conv_forward_naive", uphill),
    ("max_pool_forward_naive", "a transposed image (and filter, and window) gives the transposed answer"): wrapped("max_pool_forward_naive", uphill),
    ("softmax_loss", "a number added to all scores of a row changes neither loss nor gradient"): left_out("softmax_loss")("/ N\n    dx = probs", "/ N + 0.01 * np.sum(x)\n    dx = probs"),
    ("svm_loss", "a number added to all scores of a row changes neither loss nor gradient"): left_out("svm_loss")("np.sum(margins) / N", "np.sum(margins) / N + 0.01 * np.sum(x)"),
    ("softmax_loss", "the batch passed twice gives the same loss"): left_out("softmax_loss")("/ N\n    dx = probs", "/ (N + 1)\n    dx = probs"),
    ("svm_loss", "the batch passed twice gives the same loss"): left_out("svm_loss")("np.sum(margins) / N", "np.sum(margins) / (N + 1)"),
    ("batchnorm_backward", "dx sums to zero over the batch"): left_out("batchnorm_backward")("dmean / N", "0.9 * dmean / N"),
    ("layernorm_backward", "dx sums to zero along each row"): left_out("layernorm_backward")("dmean / D", "0.9 * dmean / D"),
    ("spatial_batchnorm_backward", "dx sums to zero over batch, height and width"): left_out("batchnorm_backward", "spatial_batchnorm_backward")("dmean / N", "0.9 * dmean / N"),
    ("spatial_groupnorm_backward", "dx sums to zero over each image"): left_out("spatial_groupnorm_backward")("- through_mean", "- 0.9 * through_mean"),
    ("affine_backward", "db sums to what dout sums to"): left_out("affine_backward")("np.sum(dout, axis=0)", "0.9 * np.sum(dout, axis=0)"),
    ("conv_backward_naive", "db sums to what dout sums to"): left_out("conv_backward_naive")("np.sum(dout, axis=(0, 2, 3))", "0.9 * np.sum(dout, axis=(0, 2, 3))"),
    ("max_pool_backward_naive", "dx sums to what dout sums to"): left_out("max_pool_backward_naive")("+= dout[n, c, i, j]", "+= 0.9 * dout[n, c, i, j]"),
    ("softmax_loss", "the gradient of a row's scores sums to zero"): left_out("softmax_loss")("-= 1\n", "-= 0.9\n"),
    ("svm_loss", "the gradient of a row's scores sums to zero"): left_out("svm_loss")("-= np.sum(counted, axis=1)", "-= 0.9 * np.sum(counted, axis=1)"),
}  # fmt: skip


def declared():
    return {(name, relation.sentence) for name, relations in RELATIONS.items() for relation in relations} | {
        (name, sentence) for name, sums in SUMS.items() for sentence in sums
    }


def test_each_invariant_has_a_function_that_breaks_it():
    assert set(BREAKERS) == declared()


@pytest.mark.parametrize(("name", "sentence"), sorted(declared()))
def test_the_reference_keeps_it(name, sentence):
    cases = cases_of(PACK.function(name))
    results = results_with(REFERENCE.namespace, cases)
    asked = [n for n, case in enumerate(cases) if sentence in case.invariants and "float32" not in case.tags]
    assert asked
    for number in asked:
        assert cases[number].invariants[sentence](cases[number].values, results[number]["outputs"])


@pytest.mark.parametrize(("name", "sentence"), sorted(BREAKERS))
def test_what_breaks_it_is_told_so(name, sentence):
    report = (judged_pair if "backward" in name else judged)(name, BREAKERS[name, sentence], seconds=0.3)
    assert report.is_bad
    assert not any(cause.confidence > 0.6 for cause in report.causes), report.causes
    assert f"must hold but does not: {sentence}" in report.known
