"""Metrics beside scikit-learn's, on random cases with absent classes, ties and constant targets."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pellucid import metrics
from pellucid.metrics.probabilities import sigmoid, softmax

pytestmark = pytest.mark.interop
sklearn = pytest.importorskip("sklearn.metrics", reason="the interop tests need the extra [sklearn]")
EXACT = {"rel": 1e-12, "abs": 1e-12}


@st.composite
def classified(draw):
    """Scores on a coarse grid, so that there are ties; some classes may be absent in labels, in predictions or in both."""
    rows, classes, seed = draw(st.integers(2, 30)), draw(st.integers(2, 6)), draw(st.integers(0, 2**16))
    rng = np.random.default_rng(seed)
    present = rng.integers(0, classes, draw(st.integers(1, classes)))
    return np.round(rng.standard_normal((rows, classes)) * 2) / 2, rng.choice(present, rows)


@st.composite
def several(draw):
    rows, labels, seed = draw(st.integers(1, 30)), draw(st.integers(1, 5)), draw(st.integers(0, 2**16))
    rng = np.random.default_rng(seed)
    return np.round(rng.standard_normal((rows, labels)) * 2) / 2, (
        rng.random((rows, labels)) < rng.random(labels)
    ).astype(int)


def theirs(function, *arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scikit-learn warns where it fills in 0 or nan
        return function(*arguments, **options)


PAIRS = {"precision": sklearn.precision_score, "recall": sklearn.recall_score, "f1": sklearn.f1_score}


@pytest.mark.parametrize("name", PAIRS)
@given(case=classified())
@settings(max_examples=60)
def test_counts_of_classes(name, case):
    scores, labels = case
    predicted, ours = scores.argmax(axis=1), getattr(metrics, name)
    for average in ("macro", "micro"):
        assert ours(scores, labels, average=average) == pytest.approx(
            theirs(PAIRS[name], labels, predicted, average=average, zero_division=0), **EXACT
        )
    each = theirs(PAIRS[name], labels, predicted, average=None, zero_division=0, labels=range(scores.shape[1]))
    np.testing.assert_allclose(ours(scores, labels, average=None), each, atol=1e-12)


@pytest.mark.parametrize("name", PAIRS)
@given(case=several())
@settings(max_examples=60)
def test_counts_of_several_labels(name, case):
    scores, targets = case
    predicted, ours = (scores > 0).astype(int), getattr(metrics, name)
    if scores.shape[1] == 1:  # "yes" is the only class
        expected = theirs(PAIRS[name], targets[:, 0], predicted[:, 0], zero_division=0)
        assert ours(scores, targets) == ours(scores[:, 0], targets[:, 0]) == pytest.approx(expected, **EXACT)
        return
    for average in ("macro", "micro"):
        assert ours(scores, targets, average=average) == pytest.approx(
            theirs(PAIRS[name], targets, predicted, average=average, zero_division=0), **EXACT
        )


@given(case=classified())
@settings(max_examples=60)
def test_accuracy_and_confusion(case):
    scores, labels = case
    predicted, classes = scores.argmax(axis=1), scores.shape[1]
    assert metrics.accuracy(scores, labels) == pytest.approx(sklearn.accuracy_score(labels, predicted), **EXACT)
    np.testing.assert_array_equal(
        metrics.confusion(scores, labels), sklearn.confusion_matrix(labels, predicted, labels=range(classes))
    )


@given(case=classified(), k=st.integers(1, 6))
@settings(max_examples=60)
def test_top_k(case, k):
    scores, labels = case
    classes = scores.shape[1]
    if k >= classes:
        assert metrics.top_k(scores, labels, k) == 1
        return
    rows = scores[:, 1] - scores[:, 0] if classes == 2 else scores  # scikit-learn takes one score for two classes
    expected = theirs(sklearn.top_k_accuracy_score, labels, rows, k=k, labels=range(classes))
    if classes > 2:
        assert metrics.top_k(scores, labels, k) == pytest.approx(expected, **EXACT)


@given(case=several())
@settings(max_examples=60)
def test_subset_accuracy(case):
    scores, targets = case
    assert metrics.accuracy(scores, targets) == pytest.approx(
        sklearn.accuracy_score(targets, (scores > 0).astype(int)), **EXACT
    )


@given(case=several())
@settings(max_examples=80)
def test_area_of_each_label(case):
    """scikit-learn has no value for a label that never or always applies; ours leaves it out of the mean."""
    scores, targets = case
    known = [k for k in range(targets.shape[1]) if 0 < targets[:, k].sum() < len(targets)]
    areas = [sklearn.roc_auc_score(targets[:, k], scores[:, k]) for k in known]
    found = metrics.roc_auc(scores, targets)
    assert np.isnan(found) if not known else found == pytest.approx(np.mean(areas), **EXACT)


@given(case=classified())
@settings(max_examples=80)
def test_area_one_against_the_rest(case):
    scores, labels = case
    p, classes = softmax(scores), scores.shape[1]
    if len(np.unique(labels)) < 2:
        assert np.isnan(metrics.roc_auc(scores, labels))
    elif classes == 2:
        margin = scores[:, 1] - scores[:, 0]
        assert metrics.roc_auc(scores, labels) == pytest.approx(sklearn.roc_auc_score(labels, margin), **EXACT)
    elif len(np.unique(labels)) == classes:
        expected = sklearn.roc_auc_score(labels, p, multi_class="ovr", labels=range(classes))
        assert metrics.roc_auc(scores, labels) == pytest.approx(expected, **EXACT)
    else:  # scikit-learn has no value for an absent class
        areas = [sklearn.roc_auc_score(labels == c, p[:, c]) for c in np.unique(labels)]
        assert metrics.roc_auc(scores, labels) == pytest.approx(np.mean(areas), **EXACT)


@given(seed=st.integers(0, 2**16), rows=st.integers(2, 20), columns=st.integers(1, 3), constant=st.booleans())
@settings(max_examples=60)
def test_errors_of_values(seed, rows, columns, constant):
    rng = np.random.default_rng(seed)
    predicted, targets = rng.standard_normal((2, rows, columns))
    if constant:
        targets[:, 0] = 3.0
    if constant and seed % 2:
        predicted[:, 0] = 3.0
    for ours, other in (
        (metrics.mae, sklearn.mean_absolute_error),
        (metrics.rmse, sklearn.root_mean_squared_error),
        (metrics.r2, sklearn.r2_score),
    ):
        assert ours(predicted, targets) == pytest.approx(other(targets, predicted), **EXACT)


def test_calibration_beside_the_calibration_curve():
    """Of one score for each row, and of the rows said to be "yes" alone, both measure the same gaps."""
    from sklearn.calibration import calibration_curve

    rng = np.random.default_rng(0)
    scores = np.abs(rng.standard_normal(2000)) * 3
    targets = (rng.random(2000) < 0.75).astype(int)
    shares, means = calibration_curve(targets, sigmoid(scores), n_bins=10)
    counts = np.histogram(sigmoid(scores), np.linspace(0, 1, 11))[0]
    expected = (np.abs(shares - means) * counts[counts > 0]).sum() / 2000
    assert metrics.calibration_error(scores, targets, bins=10) == pytest.approx(expected, rel=1e-12)


@given(case=classified(), seed=st.integers(0, 2**16))
@settings(max_examples=40)
def test_weighted_metrics_of_classes(case, seed):
    scores, labels = case
    weights, predicted = np.random.default_rng(seed).uniform(0.1, 3, len(labels)), scores.argmax(axis=1)
    found = metrics.accuracy(scores, labels, sample_weight=weights)
    assert found == pytest.approx(sklearn.accuracy_score(labels, predicted, sample_weight=weights), **EXACT)
    for name, function in PAIRS.items():
        for average in ("macro", "micro"):
            ours = getattr(metrics, name)(scores, labels, average=average, sample_weight=weights)
            their = theirs(function, labels, predicted, average=average, zero_division=0, sample_weight=weights)
            assert ours == pytest.approx(their, **EXACT)
    kth = metrics.top_k(scores, labels, 2, sample_weight=weights)
    if scores.shape[1] > 2:
        their = sklearn.top_k_accuracy_score(labels, scores, k=2, labels=range(scores.shape[1]), sample_weight=weights)
        assert kth == pytest.approx(their, **EXACT)


@given(case=several(), seed=st.integers(0, 2**16))
@settings(max_examples=40)
def test_weighted_areas_and_errors(case, seed):
    scores, targets = case
    weights = np.random.default_rng(seed).uniform(0.1, 3, len(targets))
    areas = [
        sklearn.roc_auc_score(t, s, sample_weight=weights)
        for s, t in zip(scores.T, targets.T, strict=True)
        if 0 < t.sum() < len(t)
    ]
    expected = np.mean(areas) if areas else np.nan
    assert metrics.roc_auc(scores, targets, sample_weight=weights) == pytest.approx(expected, nan_ok=True, **EXACT)
    ours = [function(scores, targets, sample_weight=weights) for function in (metrics.mae, metrics.rmse)]
    their = [
        function(targets, scores, sample_weight=weights)
        for function in (sklearn.mean_absolute_error, sklearn.root_mean_squared_error)
    ]
    assert ours == pytest.approx(their, **EXACT)
    if len(targets) > 1:
        expected = sklearn.r2_score(targets, scores, sample_weight=weights)
        assert metrics.r2(scores, targets, sample_weight=weights) == pytest.approx(expected, rel=1e-10, abs=1e-10)
