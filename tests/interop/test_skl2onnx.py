"""skl2onnx both ways: scikit-learn's multilayer perceptrons are read, and pipelines with our estimators are written."""

import numpy as np
import pytest

from pellucid.interop import InteropError

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")
skl2onnx = pytest.importorskip("skl2onnx")
from sklearn.neural_network import MLPClassifier, MLPRegressor  # noqa: E402 (after the skip)
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.preprocessing import MinMaxScaler, StandardScaler  # noqa: E402

from pellucid.interop.onnx import load  # noqa: E402
from pellucid.interop.sklearn import NetworkClassifier, NetworkRegressor  # noqa: E402
from pellucid.interop.sklearn.onnx import register  # noqa: E402
from pellucid.nets import GELU, Affine, Conv, Flatten, ReLU  # noqa: E402

pytestmark = [pytest.mark.interop, pytest.mark.filterwarnings("ignore")]  # few epochs: not converged

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 6)).astype(np.float32)
THREE = np.arange(60) % 3
NAMES = np.array(["ant", "bee", "cow"])[THREE]
TWO = np.where(THREE > 0, "yes", "no")
LABELS = np.stack([THREE > 0, THREE > 1], axis=1).astype(int)


def written(model, **options):
    last = model[-1] if hasattr(model, "steps") else model
    return skl2onnx.to_onnx(model, X[:1], options={id(last): options} if options else None)


def run(made):
    """What ONNX Runtime computes of X, by output; a list of probabilities by class as columns."""
    session = runtime.InferenceSession(made.SerializeToString(), providers=["CPUExecutionProvider"])
    found = session.run(None, {session.get_inputs()[0].name: X})
    columns = [np.array([[*row.values()] for row in each], "f") if isinstance(each, list) else each for each in found]
    return dict(zip([output.name for output in session.get_outputs()], columns, strict=True))


def assert_read(made):
    expected, loaded = run(made), load(made)
    found = loaded.results(X)
    assert found.keys() == expected.keys()
    for name, values in expected.items():
        if values.dtype.kind == "f":
            np.testing.assert_allclose(found[name], values, rtol=1e-5, atol=1e-5)
        else:
            np.testing.assert_array_equal(found[name], values)
            assert found[name].dtype == values.dtype or values.dtype.kind == "O", f"{name}: {found[name].dtype}"
    return loaded


def test_models_of_scikit_learn_are_read():
    few = {"hidden_layer_sizes": (5,), "max_iter": 5, "random_state": 0}
    for zipmap in (True, False):
        for y, classes in ((THREE, "012"), (NAMES, ("ant", "bee", "cow")), (TWO, ("no", "yes"))):
            loaded = assert_read(written(MLPClassifier(**few).fit(X, y), zipmap=zipmap))
            assert loaded.classes == tuple(classes)
    scaled = make_pipeline(StandardScaler(), MLPClassifier(activation="logistic", **few)).fit(X, NAMES)
    loaded = assert_read(written(scaled))
    assert loaded.scale is not None, "the scaler is preprocessing"
    assert loaded.predict(X).shape == (60, 3), "label and probabilities have the same scores"
    assert_read(written(MLPClassifier(**few).fit(X, LABELS), zipmap=False))
    for scaler in (StandardScaler(), MinMaxScaler()):
        assert_read(written(make_pipeline(scaler, MLPRegressor(**few)).fit(X, X[:, 0])))
    made = written(MLPClassifier(**few).fit(X, THREE), zipmap=False)
    assert list(load(made, output="label").results(X)) == ["label"]


def test_pipelines_with_our_estimators_are_written():
    register()
    register()  # again is no mistake
    for y in (THREE, NAMES, TWO, TWO == "yes"):
        model = make_pipeline(StandardScaler(), NetworkClassifier(epochs=2)).fit(X, y)
        for zipmap in (True, False):
            made = written(model, zipmap=zipmap)
            labels, probabilities = run(made).values()
            np.testing.assert_array_equal(labels, model.predict(X))
            np.testing.assert_allclose(probabilities, model.predict_proba(X), atol=1e-6)
            assert_read(made)
    several = NetworkClassifier(epochs=2).fit(X, LABELS)
    labels, probabilities = run(written(several, zipmap=False)).values()
    np.testing.assert_array_equal(labels, several.predict(X))
    np.testing.assert_allclose(probabilities, several.predict_proba(X), atol=1e-6)
    for y in (1000 * X[:, 0], X[:, :2]):
        model = make_pipeline(StandardScaler(), NetworkRegressor(epochs=2)).fit(X, y)
        (values,) = run(written(model)).values()
        np.testing.assert_allclose(values.reshape(y.shape), model.predict(X), rtol=1e-5, atol=1e-5 * np.abs(y).max())


def test_images_are_written_and_what_cannot_be_is_one_line():
    register()
    layers = [Conv(3, (1, 3)), ReLU(), Flatten(), Affine(4), GELU()]
    model = NetworkClassifier(layers, input_shape=(1, 2, 3), epochs=1).fit(X, NAMES)
    labels, _ = run(written(model)).values()
    np.testing.assert_array_equal(labels, model.predict(X))
    with pytest.raises(InteropError, match="needs a newer version of ONNX's operators than 15; pass target_opset"):
        skl2onnx.to_onnx(model, X[:1], target_opset=15)


def test_a_table_is_refused():
    pandas = pytest.importorskip("pandas")
    register()
    table = pandas.DataFrame({"a": X[:, 0], "b": np.where(X[:, 1] > 0, "u", "v")})
    model = NetworkClassifier(epochs=1).fit(table, NAMES)
    with pytest.raises(InteropError, match="prepares its columns itself, which has no counterpart in ONNX"):
        skl2onnx.to_onnx(model, X[:1, :2])
