"""Training, evaluation and prediction of networks that are graphs, also with several inputs and outputs."""

import numpy as np
import pytest

import pellucid
from pellucid import Trainer
from pellucid.data import DataError
from pellucid.nets import Add, Affine, Concat, Conv, Flatten, Input, Network, ReLU
from pellucid.optim import Adam
from pellucid.shapes import ShapeError


def data(rows=96, seed=0):
    """Two images and a row of numbers; the class is a sign that depends on all three."""
    rng = np.random.default_rng(seed)
    left, right, numbers = (rng.standard_normal((rows, *shape)) for shape in ((1, 4, 4), (1, 4, 4), (3,)))
    total = 3 * (left.mean(axis=(1, 2, 3)) - right.mean(axis=(1, 2, 3))) + numbers[:, 0]
    return (left, right, numbers), (total > 0).astype(np.int64)


def network(seed=1):
    left, right, numbers = Input((1, 4, 4)), Input((1, 4, 4)), Input((3,))
    conv = Conv(6, 3)
    towers = [Flatten()(ReLU()(conv(image))) for image in (left, right)]
    joined = ReLU()(Affine(16)(Concat()(*towers, numbers)))
    return Network([left, right, numbers], [Affine(2)(joined), joined], seed=seed)


def trained(**options):
    trainer = Trainer(network(), Adam(0.01), batch_size=16, seed=2)
    history = trainer.fit(data(), epochs=30, validation=data(seed=1), progress=False, **options)
    return trainer, history


def test_a_graph_with_several_inputs_learns_is_evaluated_and_predicts(tmp_path):
    trainer, history = trained()
    x, y = data(seed=5)
    assert max(history.val_accuracy) > 0.7
    found = trainer.evaluate((x, y))
    assert found.accuracy == pytest.approx((trainer.predict(x) == y).mean())
    np.testing.assert_allclose(trainer.model.scores(x), trainer.net.predict(x)[0], atol=1e-5)
    trainer.model.save(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(pellucid.load(tmp_path / "model.safetensors").predict(x), trainer.predict(x))


def test_a_share_is_held_out_of_all_inputs():
    trainer = Trainer(network(), batch_size=16)
    history = trainer.fit(data(), epochs=1, validation=0.25, progress=False)
    assert history.val_accuracy[0] is not None


def test_a_run_of_a_graph_resumes_bit_for_bit(tmp_path):
    whole, _ = trained()
    stopped = Trainer(network(), Adam(0.01), batch_size=16, seed=2)
    for number, event in enumerate(
        stopped.events(data(), 30, validation=data(seed=1), folder=tmp_path, checkpoint_every=4)
    ):
        if number == 40:
            assert event is not None
            break
    again = Trainer(network(), Adam(0.01), batch_size=16, seed=2)
    again.fit(data(), epochs=30, validation=data(seed=1), folder=tmp_path, resume=True, progress=False)
    assert again.net.params.flat.tobytes() == whole.net.params.flat.tobytes()


def test_a_resume_into_other_connections_is_refused(tmp_path):
    x = Input((3,))
    first = Affine(3)

    def trainer(*terms):
        return Trainer(Network(x, Affine(2)(Add()(*terms))), batch_size=8)

    rows, labels = np.zeros((8, 3), np.float32), np.zeros(8, np.int64)
    hidden = first(x)
    trainer(hidden, x).fit((rows, labels), epochs=1, folder=tmp_path, progress=False)
    with pytest.raises(ValueError, match=r"other settings: .*connections"):
        trainer(hidden, hidden).fit((rows, labels), epochs=1, folder=tmp_path, resume=True, progress=False)


def test_a_step_takes_a_tuple():
    x, y = data(8)
    assert Trainer(network(), batch_size=8).step(x, y) > 0


WRONG = {
    "one array": (lambda x: x[0], "data: the network has 3 inputs: give a tuple of as many arrays for x"),
    "two arrays": (lambda x: x[:2], "data: the network has 3 inputs"),
    "another shape": (lambda x: (*x[:2], x[0]), "data: the network takes samples of shape (N, 3); got (96, 1, 4, 4)"),
    "other rows": (lambda x: (*x[:2], x[2][:5]), "all inputs of a network must have as many rows; got 96, 96, 5"),
    "pixels": (
        lambda x: (*x[:2], x[2].astype(np.uint8)),
        "data: input 3 must be floats (standardize pixels first); got uint8",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_inputs_that_do_not_fit_are_one_line(name):
    change, part = WRONG[name]
    x, y = data()
    with pytest.raises((DataError, ShapeError)) as caught:
        Trainer(network()).fit((change(x), y), epochs=1, progress=False)
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_tuple_for_a_network_with_one_input_is_refused():
    x, y = data()
    with pytest.raises(DataError, match="the network has one input, and x is a tuple of 3 arrays"):
        Trainer(Network([Flatten(), Affine(2)], (1, 4, 4))).fit((x, y), epochs=1, progress=False)


def test_nan_in_one_of_the_inputs_is_named():
    x, y = data()
    x[1][7, 0, 2, 2] = np.nan
    with pytest.raises(DataError, match=r"input 2: row 7 at \(0, 2, 2\) is nan"):
        Trainer(network(), batch_size=96).fit((x, y), epochs=1, progress=False)


def test_a_learning_rate_is_found_for_a_graph():
    trainer = Trainer(network(), batch_size=16)
    before = trainer.net.params.flat.tobytes()
    assert trainer.find_learning_rate(data()).suggestion > 0
    assert trainer.net.params.flat.tobytes() == before
