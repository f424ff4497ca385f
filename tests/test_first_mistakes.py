"""What people write who come from PyTorch, Keras or scikit-learn: refused by name, before anything is computed."""

import numpy as np
import pytest

from pellucid import Trainer, gradcheck
from pellucid.data import DataError
from pellucid.layers import REFERENCE
from pellucid.nets import Affine, BatchNorm, Conv, Flatten, MaxPool, Network, ReLU
from pellucid.optim import SGD
from pellucid.plan import Plan
from pellucid.shapes import ShapeError
from pellucid.train import NotFiniteError

X = np.random.default_rng(0).standard_normal((8, 6)).astype(np.float32)
Y = np.array([0, 1, 0, 1, 1, 0, 1, 0])


def net():
    return Network([Affine(3), ReLU(), Affine(2)], (6,))


def square(x):
    return x**2, x


MISTAKES = [
    ("gradcheck: backward must be a function; got None", lambda: gradcheck(square, None, X)),
    ("gradcheck: h must be positive and finite; got 0", lambda: gradcheck(square, square, X, h=0)),
    (
        "gradcheck: tolerance must be finite and not negative; got -1",
        lambda: gradcheck(square, square, X, tolerance=-1),
    ),
    ("Trainer: net must be a Network; got 'vgg6-bn'", lambda: Trainer("vgg6-bn")),
    ("Trainer: net must be a Network; got [Affine", lambda: Trainer([Affine(3)])),
    ("Trainer: schedule must be one of pellucid.optim", lambda: Trainer(net(), schedule="cosine")),
    ("Trainer: layers must be a table", lambda: Trainer(net(), layers="native")),
    ("Plan: net must be a Network; got 'vgg6-bn'", lambda: Plan.training("vgg6-bn", 8)),
    ("Plan: layers must be a table", lambda: Plan.inference(net(), 8, layers="reference")),
    ("Plan: batch_size must be at most 2,147,483,647; got 10,000,000,0", lambda: Plan.training(net(), 10**22)),
    ("Plan.compare: layers must be a table", lambda: Plan.training(net(), 8).compare("reference", X, Y)),
]


@pytest.mark.parametrize(("message", "mistake"), MISTAKES, ids=[message for message, _ in MISTAKES])
def test_what_is_no_network_table_or_schedule(message, mistake):
    with pytest.raises(ShapeError) as caught:
        mistake()
    assert str(caught.value).startswith(message)


def test_a_table_as_it_is_meant():
    assert Plan.training(net(), 8).compare(REFERENCE, X, Y).first is None


@pytest.mark.parametrize("weights", [{0: "heavy"}, [1.0, "two"]])
def test_class_weights_that_are_words(weights):
    with pytest.raises(DataError, match="class_weight must give each of the 2 classes a finite number"):
        Trainer(net(), class_weight=weights).fit((X, Y), 1)


def test_sample_weights_that_are_words():
    with pytest.raises(DataError, match="sample_weight must be 8 finite numbers"):
        Trainer(net()).fit((X, Y), 1, sample_weight="balanced")


@pytest.mark.parametrize("who", ["data", "validation"])
def test_a_label_without_a_score_is_named_by_its_row_before_the_first_step(who):
    labels = Y.copy()
    labels[6] = 2
    parts = {"data": (X, Y), "validation": (X, Y)} | {who: (X, labels)}
    trainer = Trainer(net(), SGD(0.1), batch_size=2)
    with pytest.raises(ShapeError, match=rf"^{who}: labels must lie in 0..1, .* makes 2 scores; row 6 is 2$"):
        trainer.fit(parts["data"], 1, validation=parts["validation"])
    assert trainer.steps_done == 0


def test_a_row_of_weight_0_may_have_any_label():
    labels = Y.copy()
    labels[6] = -1
    weights = np.ones(8)
    weights[6] = 0
    assert Trainer(net(), SGD(0.1)).fit((X, labels), 1, sample_weight=weights).epochs


def test_an_input_that_is_not_finite_is_blamed_where_a_layer_keeps_it_from_the_loss():
    images = np.ones((8, 1, 4, 4), np.float32)
    images[5, 0, 2, 2] = np.nan
    pooled = Network([Conv(2, 3, pad=1), BatchNorm(), ReLU(), MaxPool(2), Flatten(), Affine(2)], (1, 4, 4))
    with pytest.raises(NotFiniteError, match=r"appears in row 5 of the batch, which holds NaN\."):
        Trainer(pooled, SGD(0.1), batch_size=8).step(images, Y)


def test_a_history_prints_a_line_an_epoch():
    history = Trainer(net(), SGD(0.1), batch_size=2).fit((X, Y), 3, validation=(X, Y))
    lines = str(history).splitlines()
    assert [line.split()[0] for line in lines] == ["epoch", "1", "2", "3"]
    assert [line.split()[0] for line in lines if line.endswith("best")] == [str(history.best_epoch)]
    assert f"{history.train_loss[1]:.4f}" in lines[2]
    assert "step_losses" not in repr(history)
