"""What the cells do not show: whose modules win, signatures, seeds, update rules, older forms, data, refusals."""

import inspect
import subprocess
import sys

import numpy as np
import pytest

from pellucid.interop import cs231n

SIGNATURES = {
    "layers.affine_forward": "x w b",
    "layers.batchnorm_forward": "x gamma beta bn_param",
    "layers.batchnorm_backward_alt": "dout cache",
    "layers.layernorm_forward": "x gamma beta ln_param",
    "layers.dropout_forward": "x dropout_param",
    "layers.conv_forward_naive": "x w b conv_param",
    "layers.max_pool_forward_naive": "x pool_param",
    "layers.spatial_groupnorm_forward": "x gamma beta G gn_param",
    "layers.softmax_loss": "x y",
    "layers.svm_loss": "x y",
    "fast_layers.conv_forward_im2col": "x w b conv_param",
    "fast_layers.max_pool_backward_fast": "dout cache",
    "im2col.get_im2col_indices": "x_shape field_height field_width padding stride",
    "im2col.col2im_indices": "cols x_shape field_height field_width padding stride",
    "im2col_cython.col2im_6d_cython": "cols N C H W HH WW pad stride",
    "layer_utils.conv_bn_relu_forward": "x w b gamma beta conv_param bn_param",
    "layer_utils.conv_relu_pool_forward": "x w b conv_param pool_param",
    "optim.adam": "w dw config",
    "gradient_check.eval_numerical_gradient": "f x verbose h",
    "gradient_check.eval_numerical_gradient_array": "f x df h",
    "gradient_check.grad_check_sparse": "f x analytic_grad num_checks h",
    "data_utils.get_CIFAR10_data": "num_training num_validation num_test subtract_mean",
    "vis_utils.visualize_grid": "Xs ubound padding",
    "classifiers.fc_net.TwoLayerNet": "input_dim hidden_dim num_classes weight_scale reg",
    "classifiers.k_nearest_neighbor.KNearestNeighbor.predict": "self X k num_loops",
    "classifiers.linear_svm.svm_loss_naive": "W X y reg",
    "classifiers.linear_classifier.LinearSVM.train": "self X y learning_rate reg num_iters batch_size verbose",
    "classifiers.neural_net.TwoLayerNet": "input_size hidden_size output_size std",
    "features.color_histogram_hsv": "im nbin xmin xmax normalized",
    "classifiers.cnn.ThreeLayerConvNet": "input_dim num_filters filter_size hidden_dim num_classes weight_scale reg dtype",
    "solver.Solver": "model data kwargs",
}


@pytest.mark.parametrize(("name", "parameters"), SIGNATURES.items())
def test_signatures(course, name, parameters):
    module = max((m for m in sys.modules if f"cs231n.{name}".startswith(f"{m}.")), key=len)
    found = sys.modules[module]
    for part in f"cs231n.{name}".removeprefix(f"{module}.").split("."):
        found = getattr(found, part)
    assert " ".join(inspect.signature(found).parameters) == parameters


def test_it_wins_over_a_folder_beside_the_notebook_and_over_an_earlier_import(tmp_path):
    (tmp_path / "cs231n").mkdir()
    (tmp_path / "cs231n" / "__init__.py").write_text("")
    (tmp_path / "cs231n" / "layers.py").write_text("def affine_forward(x, w, b): return 'local'\n")
    code = """
import cs231n.layers
assert cs231n.layers.affine_forward(0, 0, 0) == "local"
from pellucid.interop import cs231n as ours
ours.install()
from cs231n.layers import affine_forward
import cs231n.fast_layers, cs231n.classifiers.cnn
assert affine_forward.__module__ == "pellucid.interop.cs231n.layers" and ours.installed()
ours.uninstall()
from cs231n.layers import affine_forward
assert affine_forward(0, 0, 0) == "local" and not ours.installed()
print("whole")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "whole", done.stderr


def test_what_the_folder_beside_the_notebook_has_and_pellucid_has_not_is_imported_from_there(tmp_path):
    files = {
        "layers.py": "def affine_forward(x, w, b): return 'local'\ndef helper(): return affine_forward(0, 0, 0)\n",
        "rnn_layers.py": "from .layers import affine_forward\nfrom cs231n.layers import relu_forward\n",
        "classifiers/rnn.py": "from ..rnn_layers import affine_forward\n",
        "deep/__init__.py": "from .inner import x\n",
        "deep/inner.py": "x = 3\n",
    }
    for name, text in files.items():
        path = tmp_path / "cs231n" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for folder in ("cs231n", "cs231n/classifiers"):
        (tmp_path / folder / "__init__.py").write_text("")
    code = """
import sys
sys.path.remove("")
from pellucid.interop import cs231n as ours
ours.install()
ours.install()
try:
    import cs231n.rnn_layers
except ModuleNotFoundError:
    sys.path.append(FOLDER)  # notebooks extend the path as they go
from cs231n.rnn_layers import affine_forward, relu_forward
from cs231n import rnn_layers
from cs231n.classifiers import rnn, KNearestNeighbor
from cs231n.deep import x
from cs231n.layers import helper
assert affine_forward.__module__ == relu_forward.__module__ == "pellucid.interop.cs231n.layers"
assert rnn.affine_forward is affine_forward and x == 3 and helper() == "local"
for missing in ("nothing", "classifiers.nothing"):
    try:
        __import__(f"cs231n.{missing}")
    except ModuleNotFoundError as error:
        assert missing in str(error)
    else:
        raise AssertionError(missing)
import cs231n.layers
assert not hasattr(cs231n.layers, "nothing")
ours.uninstall()
from cs231n.layers import affine_forward
assert affine_forward(0, 0, 0) == "local" and ours.FINDER not in sys.meta_path
assert not hasattr(ours, "rnn_layers") and not hasattr(ours.classifiers, "rnn")
print("whole")
""".replace("FOLDER", repr(str(tmp_path)))
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "whole", done.stderr


# ---- assignment 1


def test_the_losses_of_assignment_1_agree_and_their_gradients_are_right(course):
    from cs231n.classifiers.linear_svm import svm_loss_naive, svm_loss_vectorized
    from cs231n.classifiers.softmax import softmax_loss_naive, softmax_loss_vectorized
    from cs231n.gradient_check import eval_numerical_gradient

    W, X, y = np.random.randn(6, 4), np.random.randn(5, 6), np.array([0, 3, 1, 2, 1])
    for naive, vectorized in ((svm_loss_naive, svm_loss_vectorized), (softmax_loss_naive, softmax_loss_vectorized)):
        loss, gradient = naive(W, X, y, 0.3)
        again, same = vectorized(W, X, y, 0.3)
        assert loss == pytest.approx(again, rel=1e-12)
        np.testing.assert_allclose(gradient, same, rtol=1e-10, atol=1e-12)
        numerical = eval_numerical_gradient(lambda W, loss=naive: loss(W, X, y, 0.3)[0], W, verbose=False)
        np.testing.assert_allclose(gradient, numerical, atol=1e-6)


def test_the_three_ways_to_distances_agree_and_the_nearest_decide(course):
    from cs231n.classifiers import KNearestNeighbor

    points, labels, asked = np.random.randn(20, 5), np.random.randint(0, 4, 20), np.random.randn(7, 5)
    classifier = KNearestNeighbor()
    classifier.train(points, labels)
    expected = np.linalg.norm(asked[:, None] - points[None], axis=2)
    for loops, way in enumerate(("no_loops", "one_loop", "two_loops")):
        np.testing.assert_allclose(getattr(classifier, f"compute_distances_{way}")(asked), expected, rtol=1e-9)
        np.testing.assert_array_equal(classifier.predict(asked, num_loops=loops), labels[expected.argmin(axis=1)])
    ties = np.array([[1.0, 2.0, 3.0, 4.0]])
    classifier.y_train = np.array([2, 1, 1, 2])
    assert classifier.predict_labels(ties, k=4) == [1]  # the smaller of two classes that are as frequent
    assert classifier.predict_labels(ties, k=1) == [2]


def test_linear_classifiers_learn(course):
    from cs231n.classifiers import LinearSVM, Softmax

    X, y = np.random.randn(200, 5), np.random.randint(0, 3, 200)
    X[np.arange(200), y] += 4
    for classifier in (LinearSVM(), Softmax()):
        history = classifier.train(X, y, learning_rate=0.1, reg=1e-4, num_iters=100, batch_size=50)
        assert history[-1] < 0.5 * history[0]
        assert (classifier.predict(X) == y).mean() > 0.9


def test_the_two_layer_network_gives_the_numbers_that_the_notebook_prints(course):
    from cs231n.classifiers.neural_net import TwoLayerNet

    np.random.seed(0)
    net = TwoLayerNet(4, 10, 3, std=1e-1)
    np.random.seed(1)
    X, y = 10 * np.random.randn(5, 4), np.array([0, 1, 2, 2, 1])
    np.testing.assert_allclose(net.loss(X)[0], [-0.81233741, -1.27654624, -0.70335995], atol=1e-8)
    assert net.loss(X, y, reg=0.05)[0] == pytest.approx(1.30378789133, abs=1e-11)
    history = net.train(X, y, X, y, learning_rate=1e-1, reg=5e-6, num_iters=100)
    assert history["loss_history"][-1] < 0.05
    assert history["train_acc_history"][-1] == 1


def test_features_of_images(course):
    from cs231n.features import color_histogram_hsv, extract_features, hog_feature

    image = np.zeros((32, 32, 3))
    image[:, 12:] = 255.0, 0.0, 0.0  # red from the thirteenth column on: a gradient to the right in the second cell
    cells = hog_feature(image).reshape(4, 4, 9)
    found = np.argwhere(cells > 1e-9)
    assert {tuple(place) for place in found} == {(1, row, 4) for row in range(4)}  # 90 of 180 degrees
    np.testing.assert_allclose(cells[1, :, 4], 0.299 * 255 / 8)
    colours = color_histogram_hsv(image, nbin=4)
    assert colours.sum() == pytest.approx(1)
    assert colours[0] == pytest.approx(1)  # hue 0
    assert extract_features(np.stack([image, image]), [hog_feature, color_histogram_hsv]).shape == (2, 144 + 10)


def test_weights_are_the_global_generators_in_the_courses_order(course):
    from cs231n.classifiers.cnn import ThreeLayerConvNet
    from cs231n.classifiers.fc_net import FullyConnectedNet

    np.random.seed(3)
    net = FullyConnectedNet(
        [4, 5], input_dim=6, num_classes=2, weight_scale=0.1, normalization="layernorm", dtype=np.float64
    )
    conv = ThreeLayerConvNet(input_dim=(2, 4, 4), num_filters=3, filter_size=3, hidden_dim=5, dtype=np.float64)
    np.random.seed(3)
    for name, shape in (("W1", (6, 4)), ("W2", (4, 5)), ("W3", (5, 2))):
        np.testing.assert_array_equal(net.params[name], 0.1 * np.random.randn(*shape))
    for name, shape in (("W1", (3, 2, 3, 3)), ("W2", (12, 5)), ("W3", (5, 10))):
        np.testing.assert_array_equal(conv.params[name], 1e-3 * np.random.randn(*shape))
    assert sorted(net.params) == ["W1", "W2", "W3", "b1", "b2", "b3", "beta1", "beta2", "gamma1", "gamma2"]


def test_a_dropout_seed_is_numpys(course):
    from cs231n.layers import dropout_forward

    out, _ = dropout_forward(np.ones((5, 6)), {"mode": "train", "p": 0.3, "seed": 7})
    np.random.seed(7)
    np.testing.assert_array_equal(out, (np.random.rand(5, 6) < 0.3) / 0.3)


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ({"dropout_keep_ratio": 0.5}, {"dropout": 0.5}),
        ({"normalization": "batchnorm"}, {"use_batchnorm": True}),
        ({}, {"dropout": 0}),
    ],
)
def test_older_forms_mean_the_same(course, new, old):
    from cs231n.classifiers.fc_net import FullyConnectedNet

    x, y = np.random.randn(6, 4), np.array([0, 1, 2, 0, 1, 2])
    losses = []
    for form in (new, old):
        np.random.seed(1)
        losses.append(
            FullyConnectedNet([8], input_dim=4, num_classes=3, weight_scale=1.0, seed=2, **form).loss(x, y)[0]
        )
    assert losses[0] == losses[1]
    if new:
        np.random.seed(1)
        assert FullyConnectedNet([8], input_dim=4, num_classes=3, weight_scale=1.0, seed=2).loss(x, y)[0] != losses[0]


def test_batch_norm_reaches_test_mode_and_moves_its_dictionary(course):
    from cs231n.layers import batchnorm_backward, batchnorm_forward

    x, param = np.random.randn(20, 3) + 4, {"mode": "train", "momentum": 0.9}
    before = x.copy()
    batchnorm_forward(x, np.ones(3), np.zeros(3), param)
    np.testing.assert_allclose(param["running_mean"], 0.1 * x.mean(axis=0))
    np.testing.assert_allclose(param["running_var"], 0.1 * x.var(axis=0))
    np.testing.assert_array_equal(x, before)
    param["mode"] = "test"
    out, cache = batchnorm_forward(x[:1], np.ones(3), np.zeros(3), param)
    np.testing.assert_allclose(out, (x[:1] - param["running_mean"]) / np.sqrt(param["running_var"] + 1e-5))
    with pytest.raises(ValueError, match="mode 'test', which has no cache"):
        batchnorm_backward(out, cache)
    with pytest.raises(ValueError, match="must be 'train' or 'test'; got 'tset'"):
        batchnorm_forward(x, np.ones(3), np.zeros(3), {"mode": "tset"})


def test_update_rules_by_hand(course):
    from cs231n import optim

    w, dw = np.linspace(-0.4, 0.6, 20).reshape(4, 5), np.linspace(-0.6, 0.4, 20).reshape(4, 5)
    m, v = np.linspace(0.6, 0.9, 20).reshape(4, 5), np.linspace(0.7, 0.5, 20).reshape(4, 5)
    before = w.copy()
    moved, config = optim.sgd_momentum(w, dw, {"learning_rate": 1e-3, "velocity": v})
    np.testing.assert_allclose(config["velocity"], 0.9 * v - 1e-3 * dw)
    np.testing.assert_allclose(moved, w + config["velocity"])
    moved, config = optim.rmsprop(w, dw, {"learning_rate": 1e-2, "cache": v})
    np.testing.assert_allclose(config["cache"], 0.99 * v + 0.01 * dw**2)
    np.testing.assert_allclose(moved, w - 1e-2 * dw / (np.sqrt(config["cache"]) + 1e-8))
    moved, config = optim.adam(w, dw, {"learning_rate": 1e-2, "m": m, "v": v, "t": 5})
    assert config["t"] == 6
    new_m, new_v = 0.9 * m + 0.1 * dw, 0.999 * v + 0.001 * dw**2
    corrected = (new_m / (1 - 0.9**6)) / (np.sqrt(new_v / (1 - 0.999**6)) + 1e-8)
    np.testing.assert_allclose(moved, w - 1e-2 * corrected)
    np.testing.assert_array_equal(w, before)
    assert optim.sgd(w, dw)[1] == {"learning_rate": 1e-2}
    assert optim.adam(w, dw)[1]["t"] == 1


def test_the_solver_refuses_and_saves_as_the_course_does(course, tmp_path, capsys):
    import pickle

    from cs231n.classifiers.fc_net import TwoLayerNet
    from cs231n.solver import Solver

    data = {"X_train": np.random.randn(20, 4), "y_train": np.arange(20) % 2}
    data |= {"X_val": data["X_train"], "y_val": data["y_train"]}
    model = TwoLayerNet(input_dim=4, hidden_dim=5, num_classes=2)
    with pytest.raises(ValueError, match='Unrecognized arguments "learning_rate"'):
        Solver(model, data, learning_rate=1)
    with pytest.raises(ValueError, match='Invalid update_rule "adamm"'):
        Solver(model, data, update_rule="adamm")
    name = str(tmp_path / "run")
    solver = Solver(
        model,
        data,
        batch_size=10,
        num_epochs=2,
        checkpoint_name=name,
        lr_decay=0.5,
        optim_config={"learning_rate": 1.0},
    )
    solver.train()
    assert solver.optim_configs["W1"]["learning_rate"] == 0.25
    assert pickle.loads((tmp_path / "run_epoch_2.pkl").read_bytes())["epoch"] == 2
    assert f'Saving checkpoint to "{name}_epoch_2.pkl"' in capsys.readouterr().out
    assert model.params["W1"] is solver.best_params["W1"]


def test_gradient_checks_put_x_back_and_see_a_wrong_gradient(course, capsys):
    from cs231n.gradient_check import eval_numerical_gradient, eval_numerical_gradient_blobs, grad_check_sparse

    x = np.random.randn(3, 2)
    before = x.copy()
    np.testing.assert_allclose(eval_numerical_gradient(lambda x: (x**3).sum(), x), 3 * x**2, rtol=1e-6)
    assert capsys.readouterr().out.startswith("(0, 0) ")
    with pytest.raises(ZeroDivisionError):
        eval_numerical_gradient(lambda x: 1 / 0, x)
    np.testing.assert_array_equal(x, before)
    grad_check_sparse(lambda x: (x**2).sum(), x, 4 * x, num_checks=3)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert all(abs(float(line.rpartition(" ")[2]) - 1 / 3) < 1e-3 for line in lines)

    class Blob:
        def __init__(self, vals, diffs):
            self.vals, self.diffs = vals, diffs

    into, out = Blob(np.ones(3), np.zeros(3)), Blob(np.zeros(3), np.array([1.0, 2.0, 3.0]))

    def square(a, b):
        b.vals = a.vals**2

    np.testing.assert_allclose(eval_numerical_gradient_blobs(square, (into,), out)[0], [2, 4, 6])


def test_cifar10_in_the_courses_form(course, monkeypatch, tmp_path):
    from cs231n import data_utils

    from pellucid.data import Dataset

    images = np.random.default_rng(0).integers(0, 256, (30, 3, 4, 4)).astype(np.uint8)
    part = Dataset(images, np.arange(30) % 10, tuple("abcdefghij"))
    monkeypatch.setattr(data_utils, "load_cifar10", lambda path=None: (part, part))
    data = data_utils.get_CIFAR10_data(num_training=20, num_validation=10, num_test=5)
    assert {name: array.shape for name, array in data.items() if name[0] == "X"} == {
        "X_train": (20, 3, 4, 4),
        "X_val": (10, 3, 4, 4),
        "X_test": (5, 3, 4, 4),
    }
    np.testing.assert_allclose(data["X_val"], images[20:] - images[:20].mean(axis=0))
    assert data["X_train"].dtype == np.float64
    np.testing.assert_array_equal(data["y_val"], part.labels[20:])
    np.testing.assert_array_equal(data_utils.load_CIFAR10(str(tmp_path))[0], images.transpose(0, 2, 3, 1))
    with pytest.raises(ValueError, match=r"requested 49000 training \+ 1000 validation .*; there are only 30 and 30"):
        data_utils.get_CIFAR10_data()


def test_data_that_the_notebook_downloaded_is_found(course, monkeypatch, tmp_path):
    from cs231n import data_utils

    batches = tmp_path / "cs231n" / "datasets" / "cifar-10-batches-py"
    batches.mkdir(parents=True)
    (batches / "data_batch_1").write_bytes(b"")
    asked = []
    monkeypatch.setattr(data_utils, "load_cifar10", lambda path=None: asked.append(path) or 1 / 0)
    for folder, variable, expected in (
        (tmp_path, "", batches),
        (tmp_path, "/elsewhere", None),
        (tmp_path.parent, "", None),
    ):
        monkeypatch.chdir(folder)
        monkeypatch.setenv("PELLUCID_DATA", variable)
        with pytest.raises(ZeroDivisionError):
            data_utils.get_CIFAR10_data()
        assert asked.pop() == expected


def test_star_imports_bring_what_they_bring_there(course):
    for module in ("classifiers.fc_net", "classifiers.cnn", "layer_utils"):
        names = {}
        exec(f"from cs231n.{module} import *", names)
        assert {
            "affine_forward",
            "batchnorm_backward_alt",
            "conv_forward_fast",
            "conv_relu_pool_backward",
        } <= names.keys()


def test_every_module_the_issue_names_is_there():
    assert {"layers", "fast_layers", "optim", "solver", "classifiers.fc_net", "classifiers.cnn"} <= set(cs231n.MODULES)
