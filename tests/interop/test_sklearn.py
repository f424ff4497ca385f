"""NetworkClassifier: scikit-learn's own checks, labels of any kind, several labels, weights, early stopping, warm starts,
pipelines, searches, routing, pickling, pandas."""

import pickle
import signal
import threading
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn")
from sklearn.base import clone
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, cross_validate, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from pellucid.data import load
from pellucid.interop.sklearn import NetworkClassifier, NetworkRegressor
from pellucid.nets import Affine, Function, ReLU
from pellucid.plan import InUseError

pytestmark = pytest.mark.interop

WHY = (
    "the check asks for 7 digits of networks that compute in float32, and rows of weight 2 fall into other batches than rows "
    "listed twice; in one batch both give the same to 4 digits (test_weights_are_repetitions)"
)
EXPECTED = {
    "check_sample_weight_equivalence_on_dense_data": WHY,
    "check_sample_weight_equivalence_on_sparse_data": WHY,
}


def test_scikit_learns_own_checks():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        done = check_estimator(NetworkClassifier(epochs=30), expected_failed_checks=EXPECTED, on_fail=None)
    failed = {d["check_name"]: repr(d["exception"]) for d in done if d["status"] == "failed"}
    assert not failed
    assert {d["check_name"] for d in done if d["status"] == "xfail"} <= set(EXPECTED)
    assert sum(d["status"] == "passed" for d in done) > 40


@pytest.fixture(scope="module")
def blobs():
    generator = np.random.default_rng(0)
    y = np.arange(150) % 3
    return generator.standard_normal((150, 4)) + 4 * np.eye(3, 4)[y], np.array(["ash", "birch", "cedar"])[y]


def test_string_labels_and_probabilities(blobs):
    x, y = blobs
    model = NetworkClassifier(epochs=20).fit(x, y)
    assert model.classes_.tolist() == ["ash", "birch", "cedar"]
    assert model.score(x, y) > 0.97
    chances = model.predict_proba(x)
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    np.testing.assert_array_equal(model.classes_[chances.argmax(axis=1)], model.predict(x))


def test_partial_fit_goes_on_and_refuses_new_classes(blobs):
    x, y = blobs
    model = NetworkClassifier().partial_fit(x[:2], y[:2], classes=["ash", "birch", "cedar"])
    before = model.score(x, y)
    for _ in range(30):
        model.partial_fit(x, y)
    assert model.score(x, y) > max(0.97, before)
    with pytest.raises(
        ValueError, match=r"y contains 'oak', which is not one of the classes \['ash', 'birch', 'cedar'\]"
    ):
        model.partial_fit(x[:1], ["oak"])
    with pytest.raises(ValueError, match=r"classes must be those of the first call, .*; got \['ash'\]"):
        model.partial_fit(x, y, classes=["ash"])
    with pytest.raises(ValueError, match="the first call of partial_fit needs all classes"):
        NetworkClassifier().partial_fit(x, y)


def test_weights_move_the_decision():
    x, y = np.zeros((90, 2)), np.repeat([0, 1], [60, 30])
    assert NetworkClassifier().fit(x, y).predict(x[:1]) == 0
    for model, weights in (
        (NetworkClassifier(class_weight={0: 1, 1: 5}), None),
        (NetworkClassifier(), np.where(y == 1, 5.0, 1.0)),
    ):
        assert model.fit(x, y, sample_weight=weights).predict(x[:1]) == 1
    balanced = NetworkClassifier(class_weight="balanced", epochs=100).fit(x, y).predict_proba(x[:1])
    assert abs(balanced[0, 0] - 0.5) < 0.1


def test_classes_are_balanced_by_all_rows_seen():
    """Batches of one class each: balanced one by one, every batch would weigh the same."""
    x, y = np.zeros((60, 2)), np.repeat([0, 1], [50, 10])
    model = NetworkClassifier(class_weight="balanced")
    for _ in range(30):
        for rows in (slice(0, 50), slice(50, 60)):
            model.partial_fit(x[rows], y[rows], classes=[0, 1])
    np.testing.assert_allclose(model._class_totals, [1500, 300])
    reference = NetworkClassifier(class_weight="balanced").fit(x, y, sample_weight=np.ones(60))
    assert reference._by_class(reference._class_totals).tolist() == [0.6, 3.0]
    counted = NetworkClassifier(class_weight="balanced").fit(x, y, sample_weight=np.where(y, 5.0, 1.0))
    assert counted._by_class(counted._class_totals).tolist() == [1, 1]


def test_class_weights_are_checked(blobs):
    for weights, problem in (
        ({"oak": 2}, r"class_weight names 'oak', which is not among the classes \['ash', 'birch', 'cedar'\]"),
        ({"ash": -1}, "class_weight must give finite numbers of at least 0; class 'ash' has -1"),
        ({"ash": "2"}, "finite numbers of at least 0; class 'ash' has '2'"),
        ("even", "class_weight must be 'balanced', a dict by class, or None; got 'even'"),
    ):
        with pytest.raises(ValueError, match=problem):
            NetworkClassifier(class_weight=weights).fit(*blobs)
    several = np.array([[0, 1], [1, 0], [1, 1]])
    with pytest.raises(ValueError, match="class_weight needs one class for each row"):
        NetworkClassifier(class_weight="balanced").fit(several, several)


@pytest.mark.parametrize("labels", [[-1, 1], [2.0, 5.0], [False, True], [10, -3, 7], ["no", "yes"]], ids=str)
def test_labels_of_any_kind_come_back(blobs, labels):
    x, names = blobs
    place = np.minimum(np.searchsorted(["ash", "birch", "cedar"], names), len(labels) - 1)
    y = np.array(labels)[place]
    model = NetworkClassifier(epochs=20).fit(x, y)
    assert model.classes_.tolist() == sorted(labels)
    found = model.predict(x)
    assert found.dtype == y.dtype
    assert (found == y).mean() > 0.97
    scores = model.decision_function(x)
    if len(labels) == 2:
        assert scores.shape == (150,)
        np.testing.assert_array_equal(found, model.classes_[(scores > 0).astype(int)])
    else:
        np.testing.assert_array_equal(found, model.classes_[scores.argmax(axis=1)])
    np.testing.assert_array_equal(model.model_.predict(x), found)


def test_several_labels():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 5))
    y = (x[:, :3] > 0).astype(int)
    model = NetworkClassifier(epochs=40, early_stopping=True).fit(x, y)
    assert model.score(x, y) > 0.7
    assert model.predict(x).shape == model.predict_proba(x).shape == (200, 3)
    np.testing.assert_array_equal(model.predict(x), (model.predict_proba(x) > 0.5).astype(int))
    assert model.classes_.tolist() == [0, 1, 2]
    streamed = NetworkClassifier().partial_fit(x, y).partial_fit(x, y)
    with pytest.raises(ValueError, match="y must have 3 columns, as before; got 2"):
        streamed.partial_fit(x, y[:, :2])
    with pytest.raises(ValueError, match="y must hold columns of 0 and 1, as in the call before; got binary labels"):
        streamed.partial_fit(x, y[:, 0])
    with pytest.raises(ValueError, match="y has several columns of classes"):
        NetworkClassifier().fit(x, np.cumsum(y, axis=1))


def test_warm_starts_go_on(blobs):
    x, y = blobs
    model = NetworkClassifier(epochs=3, warm_start=True).fit(x, y)
    net, first = model.network_, model.loss_curve_
    model.fit(x, y)
    assert model.network_ is net
    assert model.loss_curve_[:3] == first
    assert model.n_iter_ == 6
    assert model.loss_curve_[3] < first[0]
    six = NetworkClassifier(epochs=6).fit(x, y)
    np.testing.assert_allclose(model.predict_proba(x), six.predict_proba(x), rtol=1e-3, atol=1e-5)
    rate = model.set_params(learning_rate=1e-4).fit(x, y).trainer_.learning_rate
    assert rate == 1e-4
    assert model.set_params(batch_size=10, optimizer="sgd").fit(x, y).trainer_.batch_size == 10
    assert model.network_ is net
    with pytest.raises(ValueError, match="y contains 'oak', which is not one of the classes"):
        model.fit(x, np.where(y == "ash", "oak", y))
    assert NetworkClassifier(epochs=3).fit(x, y).fit(x, y).n_iter_ == 3


def test_sample_weights_are_routed(blobs):
    """In searches, pipelines and cross-validation; and refused where nobody said what should happen with them."""
    import sklearn
    from sklearn.exceptions import UnsetMetadataPassedError

    x, y = blobs
    weights = np.where(y == "ash", 0.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        asked = NetworkClassifier(epochs=15).set_fit_request(sample_weight=True)
        steps = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), asked)
        judged = {"scoring": get_scorer("accuracy").set_score_request(sample_weight=True), "return_estimator": True}
        found = cross_validate(steps, x, y, cv=3, params={"sample_weight": weights}, **judged)
        assert found["test_score"].min() > 0.9
        assert not any((model.predict(x) == "ash").any() for model in found["estimator"])  # their rows weighed nothing
        routing = (
            asked.set_score_request(sample_weight=True).set_partial_fit_request(classes=True).get_metadata_routing()
        )
        assert routing.score.requests == {"sample_weight": True}
        assert routing.partial_fit.requests["classes"]
        with pytest.raises(UnsetMetadataPassedError):
            cross_validate(NetworkClassifier(), x, y, params={"sample_weight": weights})


def test_early_stopping_ends_and_keeps_the_best(blobs):
    x, y = blobs
    noisy = np.where(np.random.default_rng(1).random(150) < 0.3, "ash", y)
    model = NetworkClassifier(epochs=200, early_stopping=True, validation_fraction=0.3, n_iter_no_change=3).fit(
        x, noisy
    )
    assert model.n_iter_ == len(model.validation_scores_) < 100
    assert 0.5 < max(model.validation_scores_) < 1
    assert model.score(x, y) > 0.8


def test_a_convnet_of_digits_in_a_pipeline_and_a_search():
    splits = load("digits")
    x, y = splits.train.images[:300].reshape(300, -1).astype(np.float64), splits.train.labels[:300]
    net = NetworkClassifier(
        "three-layer-convnet", model_options={"filters": 8, "kernel": 3, "hidden": 32}, input_shape=(1, 8, 8)
    )
    search = GridSearchCV(net, {"epochs": [1, 12], "learning_rate": [3e-3]}, cv=2, n_jobs=1).fit(x, y)
    assert search.best_params_["epochs"] == 12
    assert search.best_score_ > 0.7
    layers = make_pipeline(StandardScaler(), NetworkClassifier([Affine(32), ReLU()], epochs=15))
    assert layers.fit(x, y).score(x, y) > 0.95
    assert clone(layers).get_params()["networkclassifier__epochs"] == 15


def test_pickled_in_other_processes_and_from_pandas(blobs):
    import joblib
    import pandas

    x, y = blobs
    frame = pandas.DataFrame(x, columns=list("abcd"))
    model = NetworkClassifier(epochs=5).fit(frame, pandas.Series(y))
    assert model.feature_names_in_.tolist() == list("abcd")
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(frame), model.predict_proba(frame))
    again.partial_fit(frame, y)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame.rename(columns={"a": "z"}))
    parts = joblib.Parallel(n_jobs=2)(joblib.delayed(model.predict)(frame.iloc[i::2]) for i in range(2))
    np.testing.assert_array_equal(parts[1], model.predict(frame)[1::2])


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"layers": "resnet50"}, "layers must be one of fully-connected, .*; got 'resnet50'"),
        ({"optimizer": "lion"}, "optimizer must be one of sgd"),
        ({"optimizer": "adm"}, "; got 'adm'; did you mean 'adam'"),
        ({"input_shape": (3, 3)}, r"input_shape \(3, 3\) does not match the 4 columns"),
    ],
)
def test_refusals(blobs, settings, problem):
    with pytest.raises(ValueError, match=problem):
        NetworkClassifier(**settings).fit(*blobs)


def test_ctrl_c_ends_a_search_and_keeps_what_was_learned(blobs):
    x, y = blobs

    def forward(x):
        calls.append(len(x))
        if len(calls) == 8:
            signal.raise_signal(signal.SIGINT)
        return x.copy(), None

    calls = []
    model = NetworkClassifier([Function(forward, lambda dout, cache: dout)], epochs=100)
    with pytest.raises(KeyboardInterrupt):
        model.fit(x, y)
    assert len(calls) < 12
    assert model.n_iter_ == 1
    assert model.predict(x).shape == (150,)


def test_one_class_and_mixed_labels_are_refused(blobs):
    x, _ = blobs
    with pytest.raises(ValueError, match=r"y must hold at least two classes; it has one class, \['ash'\]"):
        NetworkClassifier().fit(x, np.full(150, "ash"))
    with pytest.raises(ValueError, match="y must hold labels of one kind, without gaps"):
        NetworkClassifier().fit(x, np.array(["ash", 1, None] * 50, dtype=object))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        NetworkClassifier().fit(x, np.arange(149) % 2)
    model = NetworkClassifier(epochs=1).fit(x, np.arange(150) % 2)
    with pytest.raises(ValueError, match="X has 3 features, but NetworkClassifier is expecting 4"):
        model.predict(x[:, :3])


def test_a_prediction_while_another_thread_fits_is_refused():
    """It would be made with parameters of which some have been updated and some not."""
    fitting, go_on = threading.Event(), threading.Event()

    def forward(x):
        if threading.current_thread() is thread:
            fitting.set()
            assert go_on.wait(60)
        return x.copy(), None

    x, y = np.random.default_rng(0).standard_normal((20, 3)), np.arange(20) % 2
    classifier = NetworkClassifier(layers=[Function(forward, lambda dout, cache: dout)], epochs=1)
    thread = threading.Thread(target=classifier.fit, args=(x, y))
    thread.start()
    assert fitting.wait(60)
    with pytest.raises(InUseError, match=r"NetworkClassifier\.predict: another thread trains"):
        classifier.predict(x)
    go_on.set()
    thread.join(60)
    assert classifier.predict(x).shape == (20,)


@pytest.mark.parametrize("kind", [NetworkClassifier, NetworkRegressor], ids=lambda kind: kind.__name__)
def test_validation_scores_weigh_the_held_out_rows_as_score_does(kind):
    rng = np.random.default_rng(0)
    x, weights = rng.standard_normal((120, 3)), rng.uniform(0.1, 9, 120)
    value = x[:, 0] + rng.standard_normal(120)
    y = value if kind is NetworkRegressor else np.where(value > 0, "yes", "no")
    model = kind(epochs=1, early_stopping=True, validation_fraction=0.3, random_state=0).fit(
        x, y, sample_weight=weights
    )
    stratify = None if kind is NetworkRegressor else y
    _, held = train_test_split(np.arange(120), test_size=0.3, random_state=model.seed_, stratify=stratify)
    expected = model.score(x[held], y[held], sample_weight=weights[held])
    assert model.validation_scores_ == pytest.approx([expected], rel=1e-4)
    assert expected != pytest.approx(model.score(x[held], y[held]), rel=1e-3)
