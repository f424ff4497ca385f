"""Metrics by hand: small cases whose values are known, odd cases whose conventions are stated, and wrong arguments."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pellucid import metrics
from pellucid.metrics import METRICS, Metric, metric_of
from pellucid.shapes import ShapeError

LABELS = np.array([0, 0, 1, 2])
SCORES = np.array([[2.0, 1, 0], [0, 1, 2], [0, 5, 0], [1, 0, 3]])  # predicted: 0, 2, 1, 2


def test_counts_by_hand():
    assert metrics.accuracy(SCORES, LABELS) == 0.75
    assert metrics.confusion(SCORES, LABELS).tolist() == [[1, 0, 1], [0, 1, 0], [0, 0, 1]]
    assert metrics.precision(SCORES, LABELS, average=None).tolist() == [1, 1, 0.5]
    assert metrics.recall(SCORES, LABELS, average=None).tolist() == [0.5, 1, 1]
    np.testing.assert_allclose(metrics.f1(SCORES, LABELS, average=None), [2 / 3, 1, 2 / 3])
    assert metrics.f1(SCORES, LABELS) == pytest.approx(7 / 9)
    assert metrics.f1(SCORES, LABELS, average="micro") == 0.75
    assert [metrics.top_k(SCORES, LABELS, k) for k in (1, 2, 3)] == [0.75, 0.75, 1.0]


def test_scores_and_the_labels_they_mean_count_alike():
    predicted = SCORES.argmax(axis=1)
    for metric in (metrics.accuracy, metrics.precision, metrics.recall, metrics.f1):
        assert metric(predicted, LABELS) == metric(SCORES, LABELS)


def test_one_score_means_yes_above_0():
    scores, yes = np.array([-1.0, 2.0, 3.0, -4.0]), np.array([1, 1, 0, 0])
    for shape in ((4,), (4, 1)):
        assert metrics.accuracy(scores.reshape(shape), yes) == 0.5
        assert metrics.precision(scores.reshape(shape), yes.reshape(shape)) == 0.5
        assert metrics.confusion(scores.reshape(shape), yes).tolist() == [[1, 1], [1, 1]]


def test_several_labels_are_all_correct_or_not():
    scores, targets = np.array([[1.0, -1], [1, 1]]), np.array([[1, 0], [1, 0]])
    assert metrics.accuracy(scores, targets) == 0.5
    assert metrics.f1(scores, targets, average=None).tolist() == [1, 0]


def test_a_class_that_never_occurs_is_left_out_of_the_mean():
    scores = np.eye(4)[[0, 1, 1]]  # class 3 is neither predicted nor there
    assert metrics.recall(scores, [0, 1, 2], average=None).tolist() == [1, 1, 0, 0]
    assert metrics.recall(scores, [0, 1, 2]) == pytest.approx(2 / 3)


def test_the_area_counts_pairs_in_order_and_ties_as_half():
    targets = np.array([0, 1, 1, 0, 1])
    scores = np.array([0.1, 0.4, 0.1, 0.1, 0.9])
    pairs = [(p > n) + 0.5 * (p == n) for p in scores[targets == 1] for n in scores[targets == 0]]
    assert metrics.roc_auc(scores, targets) == pytest.approx(np.mean(pairs))
    assert metrics.roc_auc(np.full(4, 0.3), [0, 1, 0, 1]) == 0.5
    assert metrics.roc_auc([3.0, 4.0], [0, 1]) == 1.0
    assert math.isnan(metrics.roc_auc([3.0, 4.0], [1, 1]))


@given(st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=1, max_size=12))
def test_the_area_is_the_share_of_pairs(rows):
    scores, targets = np.array([s for s, _ in rows], float), np.array([t for _, t in rows])
    pairs = [(p > n) + 0.5 * (p == n) for p in scores[targets] for n in scores[~targets]]
    found = metrics.roc_auc(scores, targets)
    assert math.isnan(found) if not pairs else math.isclose(found, np.mean(pairs), abs_tol=1e-12)


def test_the_area_of_two_classes_does_not_round_to_ties():
    """The probabilities of these rows are all 1 in float64; their scores are not equal."""
    scores = np.array([[0.0, 50.0], [0.0, 60.0], [0.0, 70.0]])
    assert metrics.roc_auc(scores, [0, 1, 1]) == 1.0


def test_calibration_by_hand():
    logit = math.log(0.8 / 0.2)
    scores = np.array([[logit, 0]] * 10)  # 80 % sure of class 0
    assert metrics.calibration_error(scores, [0] * 8 + [1] * 2) == pytest.approx(0)
    assert metrics.calibration_error(scores, [0] * 5 + [1] * 5) == pytest.approx(0.3)
    assert metrics.calibration_error(np.full(10, logit), [1] * 5 + [0] * 5) == pytest.approx(0.3)
    # In one bin with the sure rows that are wrong, the unsure ones that are correct: signs cancel within a bin only.
    mixed = np.array([[logit, 0]] * 2 + [[0.1, 0]] * 2)
    p = 1 / (1 + math.exp(-0.1))
    assert metrics.calibration_error(mixed, [1, 1, 0, 0]) == pytest.approx((0.8 + (1 - p)) / 2)
    assert metrics.calibration_error(mixed, [1, 1, 0, 0], bins=1) == pytest.approx(abs(0.5 - (0.8 + p) / 2))


def test_errors_of_values_by_hand():
    assert metrics.mae([1.0, 4.0], [2, 2]) == 1.5
    assert metrics.rmse([1.0, 4.0], [2, 2]) == pytest.approx(math.sqrt(2.5))
    assert metrics.rmse([[0.0, 3.0]], [[0.0, 0.0]]) == 1.5  # the mean of 0 and 3, not sqrt(4.5)
    assert metrics.r2([1.0, 2.0, 3.0], [1, 2, 3]) == 1
    assert metrics.r2([2.0, 2.0, 2.0], [1, 2, 3]) == 0
    assert metrics.r2([3.0, 3.0], [5, 5]) == 0
    assert metrics.r2([5.0, 5.0], [5, 5]) == 1
    assert math.isnan(metrics.r2([3.0], [5]))


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_of_the_table_gives_floats(name):
    metric, rng = METRICS[name], np.random.default_rng(0)
    assert metric.larger_is_better is not None
    scores = rng.standard_normal((30, 6))
    cases = {
        "classes": (scores, rng.integers(0, 6, 30)),
        "binary": (scores[:, :1], rng.integers(0, 2, (30, 1))),
        "multilabel": (scores, rng.integers(0, 2, (30, 6))),
        "numbers": (scores, rng.standard_normal((30, 6))),
    }
    for kind in metric.kinds:
        values = metric.values(*cases[kind])
        assert values
        assert all(type(value) is float and math.isfinite(value) for value in values.values())


@pytest.mark.parametrize("name", [name for name, metric in METRICS.items() if not metric.per_class])
def test_the_direction_of_every_metric_is_right(name):
    """A perfect prediction is better than a wrong one, in the direction that the table says."""
    metric = METRICS[name]
    if "numbers" in metric.kinds:
        y = np.array([[1.0], [2.0], [4.0]])
        perfect, wrong, targets = y, y[::-1], y
    else:
        targets = np.arange(12) % 6
        perfect, wrong = 20 * np.eye(6)[targets], 20 * np.eye(6)[(targets + 1) % 6] - 20 * np.eye(6)[targets]
    good, bad = metric.values(perfect, targets)[name], metric.values(wrong, targets)[name]
    assert good > bad if metric.larger_is_better else good < bad


def test_a_metric_for_each_class_is_named_by_it():
    found = METRICS["f1_per_class"].values(SCORES, LABELS, ("cat", "dog", "emu"))
    assert list(found) == ["f1[cat]", "f1[dog]", "f1[emu]"]


def test_metrics_are_found_by_name_function_or_as_they_are():
    def worst(values, targets):
        return abs(values - targets).max()

    assert metric_of("f1") is METRICS["f1"]
    assert metric_of("top_2").values(SCORES, LABELS) == {"top_2": 0.75}
    assert metric_of(worst).values(np.ones(2), np.zeros(2)) == {"worst": 1.0}
    own = Metric(worst, "error", larger_is_better=False)
    assert metric_of(own) is own


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (lambda: metric_of("acuracy"), "got 'acuracy'; did you mean 'accuracy'"),
        (lambda: metric_of(3), "metrics must be names, functions"),
        (lambda: metric_of("top_0"), "got 'top_0'"),
        (
            lambda: Metric(lambda p, t: [1, 2], "pair").values(1, 2),
            r"metric pair: it must return a number; got an array of shape \(2,\)",
        ),
        (lambda: Metric("f1"), "function must take"),
        (lambda: metrics.accuracy(SCORES, LABELS[:3]), "a target for each row; got 4 and 3"),
        (lambda: metrics.accuracy(SCORES, [0, 1, 2, 3]), r"labels must lie in 0..2; row 3 is 3"),
        (lambda: metrics.accuracy(SCORES, np.zeros((4, 2))), r"must have one shape; got \(4, 3\), \(4, 2\)"),
        (lambda: metrics.accuracy(SCORES, [0.5, 1, 1, 1]), "targets must be class numbers or 0 and 1; got 0.5"),
        (lambda: metrics.accuracy([], []), "predictions must be numbers"),
        (
            lambda: metrics.f1(SCORES, LABELS, average="weighted"),
            "average must be macro, micro or None; got 'weighted'",
        ),
        (lambda: metrics.calibration_error([1, 0], [1, 0]), r"must be scores \(floats\)"),
        (lambda: metrics.rmse(np.zeros((3, 2)), np.zeros(3)), r"one shape; got \(3, 2\) and \(3, 1\)"),
        (lambda: metrics.mae(["a"], [1]), "predictions must be numbers"),
        (lambda: metrics.top_k(np.array([0, 1]), np.array([0, 1])), r"scores must be floats \(N, C\)"),
    ],
)
def test_wrong_arguments_are_refused_in_words(action, message):
    with pytest.raises(ShapeError, match=message):
        action()


def cases():
    """By kind of target: predictions and targets of 12 rows."""
    rng = np.random.default_rng(3)
    scores, yes = rng.standard_normal((12, 3)), np.arange(12) % 2
    return {
        "classes": (scores, np.arange(12) % 3),
        "binary": (scores[:, :1] + yes[:, None], yes[:, None]),
        "multilabel": (scores, (scores + rng.standard_normal((12, 3)) > 0).astype(int)),
        "numbers": (scores, scores + rng.standard_normal((12, 3))),
    }


@pytest.mark.parametrize("name", METRICS)
def test_weight_2_is_listing_a_row_twice_and_weight_0_leaving_it_out(name):
    weights, counted = np.array([2, 1, 0, 1, 2, 3, 1, 0, 1, 2, 1, 1]), name == "top_5"  # of 3 classes: always 1
    for kind, (predictions, targets) in cases().items():
        if kind in METRICS[name].kinds:
            rows = np.repeat(np.arange(12), weights)
            expected = METRICS[name].function(predictions[rows], targets[rows])
            found = METRICS[name].function(predictions, targets, sample_weight=weights)
            np.testing.assert_allclose(found, expected, rtol=1e-12, err_msg=kind)
            counted |= not np.allclose(found, METRICS[name].function(predictions, targets), rtol=1e-3)
    assert counted


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, 2.0], r"accuracy: sample_weight must be 4 numbers; got float64 \(2,\)"),
        (["a"] * 4, "accuracy: sample_weight must be 4 numbers"),
        ([1, 1, -1, 1], "accuracy: sample_weight must be finite and at least 0"),
        ([0, 0, 0, 0], "above 0 for one row"),
    ],
)
def test_weights_that_cannot_count_are_refused(weights, message):
    with pytest.raises(ShapeError, match=message):
        metrics.accuracy(SCORES, LABELS, sample_weight=weights)


def test_a_metric_of_ones_own_gets_weights_only_where_it_takes_them():
    def share(predictions, targets, sample_weight=None):
        return 1.0 if sample_weight is None else float(np.sum(sample_weight))

    assert Metric(share).values(SCORES, LABELS) == {"share": 1.0}
    assert Metric(share).values(SCORES, LABELS, sample_weight=np.full(4, 2.0)) == {"share": 8.0}
    plain = Metric(lambda predictions, targets: 1.0, "plain")
    with pytest.raises(ShapeError, match="metric plain: rows have weights, so it must take sample_weight=None"):
        plain.values(SCORES, LABELS, sample_weight=np.ones(4))
