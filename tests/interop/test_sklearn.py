"""NetworkClassifier: scikit-learn's own checks, labels of any kind, weights, early stopping, pipelines, searches, pickling,
pandas."""

import pickle
import threading
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn")
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from pellucid.data import load
from pellucid.interop.sklearn import NetworkClassifier
from pellucid.nets import Affine, Function, ReLU
from pellucid.plan import InUseError

pytestmark = pytest.mark.interop

WHY = "rows of weight 2 fall into other mini-batches than rows listed twice: the path differs, not the loss"
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


def test_early_stopping_ends_and_keeps_the_best(blobs):
    x, y = blobs
    noisy = np.where(np.random.default_rng(1).random(150) < 0.3, "ash", y)
    model = NetworkClassifier(epochs=200, early_stopping=True, validation_fraction=0.3, n_iter_no_change=3).fit(
        x, noisy
    )
    assert model.n_iter_ < 100
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
        ({"input_shape": (3, 3)}, r"input_shape \(3, 3\) does not match the 4 columns"),
    ],
)
def test_refusals(blobs, settings, problem):
    with pytest.raises(ValueError, match=problem):
        NetworkClassifier(**settings).fit(*blobs)


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
