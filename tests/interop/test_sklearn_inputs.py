"""What estimators accept as X: sparse matrices, tables with categories, images; and the moments by which columns are scaled."""

import numpy as np
import pytest

pytest.importorskip("sklearn")
pytest.importorskip("pandas")
import pandas
import scipy.sparse as scipy_sparse
from sklearn.compose import make_column_transformer
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from pellucid.interop.sklearn import NetworkClassifier, NetworkRegressor
from pellucid.interop.sklearn.inputs import SparseRows
from pellucid.interop.sklearn.moments import Moments

pytestmark = pytest.mark.interop


@pytest.fixture(scope="module")
def counts():
    """(dense, CSR) of the same counts, mostly 0, with an explicit 0 and a column of zeros."""
    dense = np.random.default_rng(0).poisson(0.3, (90, 6)).astype(np.float64)
    dense[:, 5] = 0
    sparse = scipy_sparse.csr_array(dense)
    sparse.data[0] = dense[0, sparse.indices[0]] = 0
    return dense, sparse


@pytest.fixture(scope="module")
def houses():
    rng = np.random.default_rng(0)
    frame = pandas.DataFrame(
        {
            "area": rng.uniform(30, 200, 240),
            "city": rng.choice(["Bern", "Oslo", "Rome"], 240),
            "new": rng.random(240) < 0.5,
        }
    )
    frame.loc[::10, "city"] = None
    return frame, 3000 * frame.area + 200_000 * (frame.city == "Oslo")


@pytest.mark.parametrize("weights", [None, np.arange(90) % 3 / 2], ids=["equal", "weighted"])
def test_moments_dense_sparse_and_merged_are_those_of_all_rows(counts, weights):
    dense, sparse = counts
    w = np.ones(90) if weights is None else weights
    mean = np.average(dense, axis=0, weights=w)
    std = np.sqrt(np.average((dense - mean) ** 2, axis=0, weights=w))
    parts = [Moments.of(dense[rows], w[rows]) for rows in (slice(0, 7), slice(7, 50), slice(50, 90))]
    whole = Moments.of(dense, weights)
    for found in (whole, Moments.of_sparse(sparse, weights), parts[0].merged(parts[1]).merged(parts[2])):
        assert found.weight == w.sum()
        np.testing.assert_allclose(found.mean, mean, atol=1e-15)
        np.testing.assert_allclose(found.std, np.where(std == 0, 1, std))
    pooled = whole.pooled(2)
    np.testing.assert_allclose(pooled.std[0], Moments.of(dense[:, :3].reshape(-1, 1), np.repeat(w, 3)).std[0])


def test_moments_far_from_zero():
    column = 1e9 + np.array([[-1.0], [0.0], [1.0]])
    assert Moments.of(column, None).std[0] == pytest.approx(np.sqrt(2 / 3), rel=1e-6)
    assert Moments.of(np.full((7, 1), 0.1), None).std[0] == 1
    with pytest.raises(ValueError, match="column 1 of X is too large to scale"):
        NetworkRegressor().fit(np.array([[1, 1e200], [2, -1e200]]), [0, 1])
    y = np.arange(120) % 2
    x = 1e8 + np.random.default_rng(0).standard_normal((120, 2)) / 4 + y[:, None]
    assert NetworkClassifier(epochs=20).fit(x, y).score(x, y) > 0.95


def test_sparse_rows_give_what_dense_rows_give(counts):
    dense, sparse = counts
    y = np.arange(90) % 3
    rows = np.repeat(np.arange(90), np.diff(sparse.indptr))
    halves = (np.r_[sparse.data, sparse.data] / 2, (np.r_[rows, rows], np.r_[sparse.indices, sparse.indices]))
    expected = NetworkClassifier(epochs=4, early_stopping=True).fit(dense, y)
    for given in (sparse, scipy_sparse.csc_matrix(sparse), scipy_sparse.coo_array(halves, shape=(90, 6))):
        model = NetworkClassifier(epochs=4, early_stopping=True).fit(given, y)
        np.testing.assert_allclose(model.predict_proba(given), expected.predict_proba(dense), rtol=1e-5)
        np.testing.assert_allclose(model.predict_proba(dense), expected.predict_proba(given), rtol=1e-5)
    assert NetworkRegressor(epochs=2).fit(sparse, y).partial_fit(sparse, y).predict(sparse).shape == (90,)


def test_a_matrix_with_duplicates_is_not_changed():
    """Entries given twice are summed, in a copy."""
    matrix = scipy_sparse.csr_array((np.ones(3), np.array([1, 1, 0]), np.array([0, 2, 3])), shape=(2, 2))
    matrix.has_canonical_format = False
    rows = SparseRows(matrix, (2,))
    np.testing.assert_array_equal(rows[:], [[0, 2], [1, 0]])
    assert (matrix.nnz, rows.matrix.nnz) == (3, 2)


def test_a_table_with_categories_and_gaps(houses):
    frame, price = houses
    model = NetworkRegressor(epochs=60).fit(frame, price)
    assert model.score(frame, price) > 0.95
    assert model.n_features_in_ == 3
    assert model.feature_names_in_.tolist() == ["area", "city", "new"]
    assert "city=Oslo" in model.model_.preparation.inputs
    np.testing.assert_array_equal(model.predict(frame[:3]), model.predict(frame)[:3])
    assert cross_val_score(NetworkRegressor(epochs=60), frame, price, cv=3).min() > 0.8
    before = model.score(frame, price)
    assert model.partial_fit(frame, price).n_iter_ == 61
    assert model.score(frame, price) > before - 0.05
    dear = np.where(price > price.median(), "dear", "cheap")
    search = GridSearchCV(NetworkClassifier(early_stopping=True), {"epochs": [20]}, cv=2).fit(frame, dear)
    assert search.best_score_ > 0.8


def test_frames_of_other_libraries(houses):
    pyarrow = pytest.importorskip("pyarrow")
    frame, price = houses
    table = pyarrow.Table.from_pandas(frame)
    expected = NetworkRegressor(epochs=3).fit(frame, price).predict(frame)
    np.testing.assert_allclose(NetworkRegressor(epochs=3).fit(table, price).predict(table), expected, rtol=1e-6)


def test_numbers_in_a_frame_are_an_array(houses):
    frame, price = houses
    numbers = frame[["area", "new"]]
    by_frame = NetworkRegressor(epochs=3).fit(numbers, price)
    by_array = NetworkRegressor(epochs=3).fit(numbers.to_numpy(dtype=float), price)
    np.testing.assert_array_equal(by_frame.predict(numbers), by_array.predict(numbers.to_numpy(dtype=float)))
    with pytest.raises(ValueError, match="Input X contains NaN"):
        NetworkRegressor(epochs=3).fit(numbers.assign(area=np.nan), price)


def test_pipelines_that_give_frames(houses):
    """`set_output` goes to the transformers; the network keeps the names of their columns."""
    frame, price = houses
    encoder = make_column_transformer(
        (OneHotEncoder(sparse_output=False, handle_unknown="ignore"), ["city"]),
        (StandardScaler(), ["area"]),
        verbose_feature_names_out=False,
    )
    pipe = make_pipeline(encoder, NetworkRegressor(epochs=40)).set_output(transform="pandas").fit(frame, price)
    assert pipe[-1].feature_names_in_.tolist() == pipe[:-1].get_feature_names_out().tolist()
    assert "city_Oslo" in pipe[-1].feature_names_in_
    assert pipe.score(frame, price) > 0.9
    sparse = make_pipeline(OneHotEncoder(handle_unknown="ignore"), NetworkRegressor(epochs=2)).fit(
        frame[["city"]], price
    )
    assert pipe[-1].n_features_in_ == sparse[-1].n_features_in_ + 1


def test_refusals_of_tables(houses):
    frame, price = houses
    model = NetworkRegressor(epochs=1).fit(frame, price)
    with (
        pytest.raises(ValueError, match="X must be a DataFrame with the columns of `fit`; got ndarray"),
        pytest.warns(UserWarning, match="X does not have valid feature names"),
    ):
        model.predict(frame.to_numpy())
    with pytest.raises(ValueError, match=r"yet now missing:\n- city"):
        model.predict(frame[["area", "new"]])
    with pytest.raises(ValueError, match="partial_fit cannot know all categories from the first rows; call fit first"):
        NetworkRegressor().partial_fit(frame, price)
    with pytest.raises(ValueError, match="input_shape must be None for a table"):
        NetworkRegressor(input_shape=(3,)).fit(frame, price)


def test_images_are_scaled_by_channel():
    rng = np.random.default_rng(0)
    images = rng.standard_normal((40, 2, 3, 3)) * np.array([1, 10])[:, None, None] + 5
    rows, y = images.reshape(40, -1), np.arange(40) % 2
    model = NetworkClassifier("three-layer-convnet", input_shape=(2, 3, 3), epochs=1)
    found = model.fit(rows, y).model_.preparation.standardization
    np.testing.assert_allclose(found.std, images.std(axis=(0, 2, 3)))
    sparse = model.fit(scipy_sparse.csr_array(rows), y)
    np.testing.assert_allclose(sparse.model_.preparation.standardization.mean, images.mean(axis=(0, 2, 3)))
    np.testing.assert_allclose(sparse.predict_proba(rows), sparse.model_.predict_proba(images), rtol=1e-6)
