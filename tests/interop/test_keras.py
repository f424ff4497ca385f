"""Keras: models read, compared and trained as there; networks written; files looked at before anything in them is made.

A network from Keras is compared with its model when it is read, so a reading that succeeds is a comparison, too.
"""

import json
import warnings
import zipfile

import numpy as np
import pytest
from tests.cli.commands import in_process
from tests.interop.networks import networks
from tests.network_checks import assert_near, batch, shaken

import pellucid
from pellucid.interop import InteropError
from pellucid.nets import Affine, ChannelDropout, Conv, Dropout, Flatten, MaxPool, Network, ReLU

pytestmark = pytest.mark.peers
NOT_THERE = {  # networks of the house that Keras has no counterpart of, and words of the message
    "padded avgpool": "avgpool1 (avgpool): Keras counts padding in no mean",
    "avgpool of a sequence": "avgpool1d2 (avgpool1d): Keras counts padding in no mean",
    "a function": "function1 (function): Keras has no counterpart",
    "depthwise conv": "dilation together with a stride has no counterpart",
    "layer norm": "vanilla_dropout",
    "vanilla dropout": "vanilla_dropout",
    "local response norm": "local_response_norm",
    "scale of an image": "what it learns would be constant",
    "scale of features": "what it learns would be constant",
    "upsample bilinear": "align_corners=True has no counterpart",
    "dilated conv transpose": "a dilated transposed convolution has no counterpart",
    "grouped conv transpose": "groups of a transposed convolution have no counterpart",
}


@pytest.fixture(scope="module")
def models():
    """The table of models; Keras is imported with it, by the tests that need it alone."""
    from tests.interop import keras_models

    return keras_models


def turned(x, model):
    """Samples as a model takes them, its channels last."""
    inputs = getattr(model, "inputs", None)
    shape = inputs[0].shape[1:] if inputs else None
    return np.moveaxis(x, 1, -1) if x.ndim > 2 and x.shape[1:] != shape else x


def predicted(model, x):
    from keras import ops

    return ops.convert_to_numpy(model(turned(x, model), training=False))


# ---- both ways


def test_models_are_read_and_come_back_from_what_is_written_of_them(models):
    from pellucid.interop.keras import from_keras, to_keras

    for name, make in models.MODELS.items():
        net = from_keras(models.moved(make()))
        again = from_keras(to_keras(net))
        x, _ = batch(net, 3)
        pairs = [out if isinstance(out, tuple) else (out,) for out in (again.predict(x), net.predict(x))]
        for found, expected in zip(*pairs, strict=True):
            assert_near(found, expected, 1e-6, name)


def test_every_share_that_is_dropped_goes_both_ways(tmp_path):
    """With one half alone, keeping and dropping are the same number."""
    import keras
    from keras import layers

    from pellucid.interop.keras import from_keras, load, save

    for rate in (0.1, 0.3, 0.5, 0.7):
        model = keras.Sequential([keras.Input((4, 4, 3)), layers.SpatialDropout2D(rate), layers.Dropout(rate)])
        net = from_keras(model)
        assert net.layers == (ChannelDropout(drop=rate), Dropout(drop=rate))
        save(net, tmp_path / "net.keras")
        assert load(tmp_path / "net.keras").layers == net.layers
        assert [layer.rate for layer in keras.saving.load_model(tmp_path / "net.keras").layers[1:]] == [rate, rate]


def test_every_network_of_the_house_is_written_or_refused_in_words():
    from pellucid.interop.keras import from_keras, to_keras

    refused = {}
    for name, make in networks("torch").items():
        if name in pellucid.nets.MODELS and name != "three-layer-convnet":
            continue  # large, of the same layers
        net = make()
        try:
            model = to_keras(net)
        except InteropError as reason:
            refused[name] = str(reason)
            continue
        x, _ = batch(net, 3)
        found = predicted(model, x)
        expected = net.predict(x)
        assert_near(np.moveaxis(found, -1, 1) if expected.ndim > 2 else found, expected, 1e-5, name)
        assert_near(from_keras(model).predict(x), expected, 1e-6, f"{name}, read back")
    words = {*NOT_THERE.values(), "zeros around images and sequences alone", "its bridge does not say"}
    assert not [reason for reason in refused.values() if not any(each in reason for each in words)]
    assert refused.keys() >= NOT_THERE.keys()


def test_one_step_of_training_is_that_of_keras(models):
    import keras

    from pellucid.interop.keras import from_keras

    for make in models.TRAINED:
        model = models.moved(make())
        net = from_keras(model)
        x, labels = batch(net, 6)
        done = net.training_pass(x, labels)
        trainer = pellucid.Trainer(net, pellucid.optim.SGD(0.05), batch_size=6)
        before = net.params.flat.copy()
        trainer.fit((x, labels), epochs=1, progress=False)
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.SGD(0.05), loss)
        name = make.__name__
        assert_near(
            float(np.ravel(model.train_on_batch(turned(x, model), labels))[0]), done.loss, 1e-5, f"{name}: loss"
        )
        after = from_keras(model)
        assert not np.array_equal(net.params.flat, before), name
        assert_near(net.params.flat - before, after.params.flat - before, 2e-3, f"{name}: the step")
        assert_near(net.state.flat, after.state.flat, 1e-5, f"{name}: running statistics")


def test_what_does_not_learn_is_frozen_and_a_frozen_batch_norm_is_constant(models):
    from pellucid.interop.keras import from_keras, to_keras

    net = from_keras(models.moved(models.frozen()))
    assert net.frozen == {"conv1.weight", "conv1.bias", "scaleshift1.scale", "scaleshift1.shift"}
    assert from_keras(to_keras(net)).frozen == net.frozen


def test_weights_that_are_fixed_at_0_are_left_out_of_what_is_written(models):
    from pellucid.interop.keras import from_keras, to_keras

    written = to_keras(from_keras(models.moved(models.residual())))
    assert [layer.use_bias for layer in written.layers if hasattr(layer, "use_bias")].count(False) == 2
    assert [layer.scale for layer in written.layers if hasattr(layer, "moving_mean")] == [True, False]


def test_a_flattened_image_needs_no_layer_that_turns_it():
    from pellucid.interop.keras import to_keras

    net = shaken(Network([Conv(3, 3), ReLU(), MaxPool(2), Flatten(), Affine(4)], (2, 8, 6)))
    model = to_keras(net)
    kinds = [type(layer).__name__ for layer in model.layers]
    assert kinds == ["InputLayer", "Conv2D", "ReLU", "MaxPooling2D", "Flatten", "Dense"]
    x, _ = batch(net, 3)
    assert_near(predicted(model, x), net.predict(x), 1e-5, "scores")


# ---- refusals


def test_what_no_layer_computes_is_refused_by_its_layer(models):
    from pellucid.interop.keras import from_keras

    for name, (make, *words) in models.REFUSED.items():
        with pytest.raises(InteropError) as refused:
            from_keras(make())
        message = str(refused.value)
        assert all(word in message for word in words), f"{name}: {message}"
        assert "\n" not in message, name
    for name, (make, *words) in models.REFUSED_WRITTEN.items():
        with pytest.raises(InteropError) as refused:
            from_keras(make(), (4,))
        assert all(word in str(refused.value) for word in words), f"{name}: {refused.value}"


def test_reshapes_by_functions_are_read_and_strange_forms_refused(models, monkeypatch):
    from keras import Input, Sequential, layers, ops

    from pellucid.interop.keras import from_keras, load
    from pellucid.interop.keras.structure import STRUCTURE

    class Rows(layers.Layer):
        def call(self, x):
            return ops.reshape(x, (-1, 48))

    class Halves(layers.Layer):
        def call(self, x):
            return ops.reshape(x, (-1, 24))

    first = [Input((6, 6, 2)), layers.Conv2D(3, 3)]
    assert from_keras(Sequential([*first, Rows(), layers.Dense(2)])).output_shape == (2,)
    with pytest.raises(InteropError, match=r"reshape\w* \(Reshape\): .* which mixes samples"):
        from_keras(Sequential([*first, Halves(), layers.Dense(2)]))
    monkeypatch.setitem(STRUCTURE, "Flatten", lambda values, layer, args, kwargs: layer.nothing)
    with pytest.raises(InteropError, match=r"from_keras: flat \(Flatten\): it has a form that is not read \(.*nothing"):
        from_keras(Sequential([*first, layers.Flatten(name="flat")]))
    with pytest.raises(InteropError, match=r"load: path must be that of a \.keras or \.h5 file; got NoneType"):
        load(None)


def test_what_only_training_does_there_is_said(models):
    from keras import Input, Sequential, layers

    from pellucid.interop.keras import from_keras

    model = Sequential([Input((4,)), layers.Dense(3, kernel_regularizer="l2"), layers.GaussianNoise(0.1)])
    with pytest.warns(UserWarning, match="GaussianNoise .in training., regularizers"):
        from_keras(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        from_keras(Sequential([Input((4,)), layers.Dense(3)]))


def test_what_only_the_code_of_a_call_says_about_training_is_said():
    import keras
    from keras import layers

    from pellucid.interop.keras import from_keras

    class Called(keras.Model):
        def __init__(self, code, own=False):
            super().__init__()
            self.code, self.dense, self.norm, self.drop = (
                code,
                layers.Dense(3),
                layers.BatchNormalization(),
                layers.Dropout(0.2),
            )
            self.factor = self.add_weight(shape=(), initializer="ones", name="factor") if own else None

        def call(self, x, training=None):
            return self.code(self, self.dense(x), training)

    inner = keras.Sequential([keras.Input((3,)), layers.BatchNormalization()])
    still = keras.Sequential([keras.Input((3,)), layers.BatchNormalization(trainable=False)])
    said = {
        "an own weight": (Called(lambda m, h, training: h / m.factor, own=True), "its training of called/factor"),
        "a branch": (
            Called(lambda m, h, training: h * 2 if training else h),
            "its other calls with training=True in called",
        ),
        "a held norm": (Called(lambda m, h, training: m.norm(h, training=False)), "its training=False of batch_norm"),
        "a held model": (Called(lambda m, h, training: inner(h, training=False)), "its training=False of sequential"),
        "nothing": (Called(lambda m, h, training: m.drop(m.norm(h, training=training), training=training)), ""),
        "nothing held": (Called(lambda m, h, training: still(m.drop(h), training=False)), ""),
    }
    for name, (model, words) in said.items():
        model(np.zeros((1, 4), np.float32))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            from_keras(model)
        messages = [str(each.message) for each in caught if each.category is UserWarning]
        assert len(messages) == bool(words), f"{name}: {messages}"
        assert all(words in message and "\n" not in message for message in messages), f"{name}: {messages}"


def test_own_weights_learn_as_they_do_there_and_parts_are_read():
    import keras
    from keras import layers, ops

    from pellucid.interop.keras import from_keras

    class Own(keras.layers.Layer):
        """A product with a matrix of its own, a bias, two bounds, and a factor of the first half."""

        def build(self, shape):
            self.kernel = self.add_weight(shape=(shape[-1], 6), name="kernel")
            self.bias = self.add_weight(shape=(6,), initializer="uniform", name="bias")
            self.factor = self.add_weight(shape=(3,), initializer="uniform", name="factor")
            self.still = self.add_weight(shape=(3,), initializer="uniform", name="still", trainable=False)

        def call(self, x):
            h = ops.relu(ops.matmul(x, self.kernel) + self.bias)
            h = ops.minimum(ops.clip(h, 0.1, 2.0), 1.5)
            return h[..., :3] * self.factor - h[..., 3:] * self.still

    for shape in ((5,), (4, 5)):
        model = keras.Sequential([keras.Input(shape), Own(), layers.Flatten(), layers.Dense(2)])
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)
            net = from_keras(model)
        learned = sum(net.params[name].size for name in net.params if name not in net.frozen)
        assert learned == sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
        x = np.random.default_rng(0).standard_normal((3, *shape)).astype(np.float32)
        assert_near(net.predict(x), ops.convert_to_numpy(model(x, training=False)), 1e-5, str(shape))


def test_reading_leaves_a_written_model_as_it_was(models):
    from pellucid.interop.keras import from_keras

    model = models.moved(models.subclassed())
    before = [(len(layer._inbound_nodes), layer.get_weights()) for layer in model.layers]
    from_keras(model)
    for layer, (calls, weights) in zip(model.layers, before, strict=True):
        assert len(layer._inbound_nodes) == calls
        for found, expected in zip(layer.get_weights(), weights, strict=True):
            np.testing.assert_array_equal(found, expected)


# ---- files


def test_files_are_read_as_the_models_in_them(models, tmp_path):
    from pellucid.interop.keras import from_keras, load, save

    for make in (models.digits, models.residual, models.normalized):
        model = models.moved(make())
        model.compile("adam", "mse")
        net = from_keras(model)
        x, _ = batch(net, 3)
        for ending in (".keras", ".h5"):
            model.save(tmp_path / f"model{ending}")
            assert_near(load(tmp_path / f"model{ending}").predict(x), net.predict(x), 1e-6, make.__name__)
        save(net, tmp_path / "written.keras")
        assert_near(load(tmp_path / "written.keras").predict(x), net.predict(x), 1e-6, make.__name__)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.h5", "model.keras", "written.keras"]


def test_nothing_in_a_file_is_executed(models, tmp_path, monkeypatch):
    import keras
    from keras import Input, Sequential, layers

    from pellucid.interop.keras import load

    files = {
        "lambda": (layers.Lambda(lambda x: x), "(Lambda) holds code, which is not run"),
        "function": (layers.Dense(2, activation=models.mine), "mine (function) is not Keras's own, and is not made"),
        "block": (models.Block(4), "(Block) is not Keras's own, and is not made"),
        "lstm": (layers.Embedding(4, 3), "(Embedding): no layer corresponds to it"),
    }
    for name, (layer, _) in files.items():
        for ending in (".keras", ".h5") if name == "lambda" else (".keras",):
            Sequential([Input((4,)), layer]).save(tmp_path / f"{name}{ending}")
    crafted = tmp_path / "crafted.keras"
    with zipfile.ZipFile(tmp_path / "lambda.keras") as source, zipfile.ZipFile(crafted, "w") as target:
        for member in source.namelist():
            target.writestr(member, source.read(member))
        target.writestr("assets/layers/words.txt", "x")
    config = {"module": "keras.utils", "class_name": "get_file", "config": {}, "registered_name": None}
    renamed = tmp_path / "renamed.keras"
    with zipfile.ZipFile(tmp_path / "lambda.keras") as source, zipfile.ZipFile(renamed, "w") as target:
        for member in source.namelist():
            content = source.read(member)
            target.writestr(member, json.dumps(config) if member == "config.json" else content)

    def called(*given, **settings):
        raise AssertionError("Keras was asked to make the model")

    monkeypatch.setattr(keras.saving, "load_model", called)
    for name, (_, words) in files.items():
        with pytest.raises(InteropError, match=words.replace("(", r"\(").replace(")", r"\)")):
            load(tmp_path / f"{name}.keras")
    with pytest.raises(InteropError, match="holds code"):
        load(tmp_path / "lambda.h5")
    with pytest.raises(InteropError, match=r"words\.txt.*nothing of it is unpacked"):
        load(crafted)
    with pytest.raises(InteropError, match=r"get_file\): no layer corresponds"):
        load(renamed)


def test_damaged_files_are_refused_in_one_line(models, tmp_path):
    import h5py

    from pellucid.interop.keras import load

    model = models.digits()
    for ending, size in ((".keras", 4000), (".h5", 4000)):
        model.save(tmp_path / f"whole{ending}")
        (tmp_path / f"cut{ending}").write_bytes((tmp_path / f"whole{ending}").read_bytes()[:size])
        (tmp_path / f"empty{ending}").write_bytes(b"")
    model.save_weights(tmp_path / "only.weights.h5")
    with h5py.File(tmp_path / "linked.h5", "w") as linked:
        linked["elsewhere"] = h5py.ExternalLink(str(tmp_path / "whole.h5"), "/model_weights")
    cases = {"cut.keras": "no whole", "cut.h5": "no whole", "empty.keras": "no whole", "empty.h5": "no whole"}
    cases |= {
        "only.weights.h5": "holds weights alone",
        "linked.h5": "refers to another place",
        "no.keras": "No such file",
    }
    cases |= {"model.pt": "must end in .keras or .h5"}
    for name, words in cases.items():
        with pytest.raises(InteropError, match=words) as refused:
            load(tmp_path / name)
        assert "\n" not in str(refused.value), name


# ---- the command line


def test_a_run_starts_from_a_file_and_is_exported_to_one(models, tmp_path, monkeypatch, capsys):
    import keras
    from keras import Input, Sequential, layers

    net = [layers.Conv2D(4, 3, activation="relu"), layers.Flatten(), layers.Dense(10)]
    model = Sequential([Input((8, 8, 1)), layers.Rescaling(1 / 8, offset=-0.5), *net])
    model.save(tmp_path / "start.keras")
    short = ("--data", "digits", "--epochs", "1", "--batch-size", "256", "--quiet")
    run = tmp_path / "run"
    done = in_process("train", "--from", tmp_path / "start.keras", *short, "--out", run)
    assert done.code == 0, done.err
    trained = pellucid.load(run)
    assert [type(layer).__name__ for layer in trained.net.layers] == ["Conv", "ReLU", "Flatten", "Affine"]
    assert float(np.ravel(trained.preparation.standardization.std)[0]) == pytest.approx(8)
    done = in_process("export", run, tmp_path / "end.keras")
    assert "takes pixel values as they are" in done.out, done.err
    images = np.random.default_rng(0).integers(0, 17, (5, 1, 8, 8)).astype(np.float32)
    found = keras.ops.convert_to_numpy(keras.saving.load_model(tmp_path / "end.keras")(np.moveaxis(images, 1, -1)))
    assert_near(found, trained.scores(images), 1e-5, "scores of the exported model")


def test_a_regression_is_exported_in_its_units(models, tmp_path):
    import keras

    rng = np.random.default_rng(0)
    x = rng.standard_normal((40, 3)).astype(np.float32)
    trainer = pellucid.Trainer(Network([Affine(4), ReLU(), Affine(1)], (3,)), loss="mse", batch_size=20)
    trainer.fit((x, 1000 + 50 * x[:, 0]), epochs=1, progress=False)
    trainer.model.export(tmp_path / "values.keras")
    found = keras.ops.convert_to_numpy(keras.saving.load_model(tmp_path / "values.keras")(x))
    assert_near(np.ravel(found), np.ravel(trainer.model.predict(x)), 1e-5, "values")
    assert found.mean() > 500
