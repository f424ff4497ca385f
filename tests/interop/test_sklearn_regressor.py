"""NetworkRegressor: scikit-learn's own checks, one number and several in their units, losses, early stopping, partial fits."""

import pickle
import warnings

import numpy as np
import pytest

pytest.importorskip("sklearn")
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator
from tests.interop.test_sklearn import EXPECTED

import pellucid
from pellucid.interop.sklearn import NetworkRegressor
from pellucid.nets import Affine, ReLU

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def prices():
    """A plane far from 0 and in large units, with a little noise."""
    rng = np.random.default_rng(0)
    x = rng.uniform(30, 200, (200, 2))
    return x, 1e6 + 3000 * x[:, 0] - 1000 * x[:, 1] + rng.normal(0, 3000, 200)


def test_scikit_learns_own_checks():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        done = check_estimator(NetworkRegressor(epochs=30), expected_failed_checks=EXPECTED, on_fail=None)
    failed = {d["check_name"]: repr(d["exception"]) for d in done if d["status"] == "failed"}
    assert not failed
    assert sum(d["status"] == "passed" for d in done) > 40


def test_predictions_are_in_the_units_of_y(prices):
    x, y = prices
    model = NetworkRegressor(epochs=40).fit(x, y)
    assert model.score(x, y) > 0.97
    assert model.predict(x).shape == (200,)
    assert len(model.loss_curve_) == model.n_iter_ == 40
    assert model.loss_curve_[-1] < 0.1 < model.loss_curve_[0]  # of standardized y
    assert model.validation_scores_ is None


def test_several_outputs_of_different_units(prices):
    x, y = prices
    both = np.stack([y, x[:, 0] / 1e6], axis=1)
    model = NetworkRegressor([Affine(32), ReLU()], epochs=40).fit(x, both)
    assert model.predict(x).shape == (200, 2)
    assert min(model.score(x, both), *(np.corrcoef(model.predict(x)[:, k], both[:, k])[0, 1] for k in (0, 1))) > 0.97


def test_losses_of_numbers_only(prices):
    x, y = prices
    spoiled = np.where(np.arange(200) % 5 == 0, y + 5e6, y)
    plain, robust = (NetworkRegressor(epochs=60, loss=loss).fit(x, spoiled) for loss in ("mse", "mae"))
    assert robust.score(x, y) > 0.5 > plain.score(x, y)
    with pytest.raises(
        ValueError, match=r"NetworkRegressor: loss must be one of mse, .*; got 'hubert'; did you mean 'hube"
    ):
        NetworkRegressor(loss="hubert").fit(x, y)


def test_early_stopping_scores_the_held_out_rows_by_r2(prices):
    x, _ = prices
    y = np.random.default_rng(1).standard_normal(200)  # nothing to learn: it gets worse
    model = NetworkRegressor(epochs=200, early_stopping=True, validation_fraction=0.3, n_iter_no_change=3).fit(x, y)
    assert model.n_iter_ == len(model.validation_scores_) == len(model.loss_curve_) < 100
    assert max(model.validation_scores_) < 0.2


def test_a_stream_is_standardized_by_all_rows_seen():
    """The first batch, like every other, covers only a small part of the range of X and y."""
    x = np.linspace(-100, 100, 400)[:, None]
    y = 50 * x[:, 0] + 7000
    model = NetworkRegressor(learning_rate=0.01)
    for _ in range(15):
        for rows in np.split(np.arange(400), 20):
            model.partial_fit(x[rows], y[rows])
    assert model.score(x, y) > 0.9
    whole, seen = NetworkRegressor(epochs=1).fit(x, y).model_, model.model_
    np.testing.assert_allclose(seen.preparation.standardization.mean, whole.preparation.standardization.mean, atol=1e-9)
    np.testing.assert_allclose(seen.preparation.standardization.std, whole.preparation.standardization.std)
    np.testing.assert_allclose(seen.target.mean + seen.target.std, whole.target.mean + whole.target.std)
    assert model.n_iter_ == 300


def test_weights_are_repetitions():
    """With all rows in one batch, a weight of 2 is a row listed twice, and 0 one left out: in the loss and in the scaling."""
    rng = np.random.default_rng(2)
    x, weights = rng.standard_normal((40, 3)), np.arange(40) % 4
    y = x[:, 0] * 5 + 20
    y[weights == 0] = 1e9
    weighted = NetworkRegressor(epochs=20, batch_size=100).fit(x, y, sample_weight=weights)
    repeated = NetworkRegressor(epochs=20, batch_size=100).fit(np.repeat(x, weights, axis=0), np.repeat(y, weights))
    np.testing.assert_allclose(weighted.predict(x), repeated.predict(x), rtol=1e-4)
    assert np.ptp(NetworkRegressor(epochs=20, batch_size=100).fit(x, y).predict(x)) > 1e8


def test_searches_clones_pickles_and_files(prices, tmp_path):
    x, y = prices
    pipe = make_pipeline(StandardScaler(), NetworkRegressor(epochs=20))
    search = GridSearchCV(pipe, {"networkregressor__epochs": [1, 20]}, cv=2).fit(x, y)
    assert search.best_params_ == {"networkregressor__epochs": 20}
    assert cross_val_score(clone(pipe), x, y, cv=3).min() > 0.8
    model = pickle.loads(pickle.dumps(NetworkRegressor(epochs=3).fit(x, y)))
    model.model_.save(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(pellucid.load(tmp_path / "model.safetensors").predict(x), model.predict(x))


def refused(model, x, y, **weights):
    with pytest.raises((ValueError, TypeError)) as found:
        model.fit(x, y, **weights)
    assert "\n" not in str(found.value)
    return str(found.value)


def test_refusals(prices):
    import scipy.sparse

    x, y = prices
    with pytest.raises(ValueError, match="Input X contains NaN"):
        NetworkRegressor().fit(x * np.nan, y)
    assert "Input y contains NaN" in refused(NetworkRegressor(), x, y * np.nan)
    assert "inconsistent numbers of samples: [200, 199]" in refused(NetworkRegressor(), x, y[1:])
    assert "y must be dense" in refused(NetworkRegressor(), x, scipy.sparse.csr_array(y[:, None]))
    assert "y must be numbers; got" in refused(NetworkRegressor(), x, np.where(y > 1e6, "dear", "cheap"))
    assert "row 3 weighs -1" in refused(NetworkRegressor(), x, y, sample_weight=np.where(np.arange(200) == 3, -1, 1))
    assert "at least one" in refused(NetworkRegressor(), x, y, sample_weight=np.zeros(200))
    assert "epochs must be a whole number" in refused(NetworkRegressor(epochs=0), x, y)
    model = NetworkRegressor(epochs=1, warm_start=True).fit(x, y)
    assert "X has 1 features, but NetworkRegressor is expecting 2" in refused(model, x[:, :1], y)
    assert "y must have shape (N,) or (N, 1); got (200, 2)" in refused(model, x, np.stack([y, y], axis=1))
    with pytest.raises(ValueError, match="partial_fit holds out no rows; it needs early_stopping=False"):
        NetworkRegressor(early_stopping=True).partial_fit(x, y)
