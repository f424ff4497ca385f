"""Tests of a run whose numbers stop being finite: it stops, saves the state before the step, and names step and layer."""

import math

import numpy as np
import pytest

from pellucid import Trainer
from pellucid.data import DataError, epoch_order
from pellucid.data.targets import Numbers
from pellucid.nets import Affine, BatchNorm, Concat, Conv, Flatten, Function, Input, Network, ReLU
from pellucid.optim import SGD
from pellucid.train import CheckpointFolder, NotFinite, NotFiniteError

from .small_runs import BATCH, ROWS, clusters, everything, small_net, small_trainer

MARK = 1e6  # an input value that a Burst answers with something not finite


def burst(value=math.inf, *, name="burst", backward=1.0):
    """A layer x -> x, but for rows that hold the mark; its gradient is `backward` times the right one."""

    def forward(x):
        return np.where(np.abs(x) >= MARK, x.dtype.type(value), x), None

    return Function(forward, lambda dout, cache: dout * dout.dtype.type(backward), name=name)


def step_of_row(row, *, seed=0, epoch=0, rows=ROWS, batch=BATCH):
    """The step, counted from 1, at which an epoch visits a row."""
    place = int(np.flatnonzero(epoch_order(rows, seed=seed, epoch=epoch) == row)[0])
    return epoch * math.ceil(rows / batch) + place // batch + 1


class Indexed:
    """Samples that are read when a batch needs them, so that nobody can look at all of them before the first step."""

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def __getitem__(self, row):
        return self.x[row], self.y[row]


def failed_fit(trainer, data, epochs=3, **options):
    with pytest.raises(NotFiniteError) as caught:
        trainer.fit(data, epochs, **options)
    return caught.value


@pytest.mark.parametrize("row", [0, 17, 59])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_bad_value_in_memory_is_named_before_the_first_step(row, bad):
    x, y = clusters()
    x[row, 3] = bad
    rule = f"row {row}, column 3 is {bad}; every input must be a finite number"
    trainer = small_trainer()
    for call in (trainer.fit, lambda *data, **_: trainer.find_learning_rate(*data)):
        with pytest.raises(DataError, match=f"^data: {rule}"):
            call((x, y), epochs=1)
    with pytest.raises(DataError, match=f"^validation: {rule}"):
        trainer.fit(clusters(), 1, validation=(x, y))
    assert trainer.steps_done == 0
    weights = np.ones(ROWS)
    weights[row] = 0  # of no matter
    trainer.fit((x, y), 1, sample_weight=weights)


def test_a_bad_value_of_an_image_or_of_a_second_input_is_named_by_its_place():
    images, numbers = np.zeros((8, 1, 4, 4), np.float32), np.zeros((8, 2), np.float32)
    labels = np.arange(8) % 3
    images[5, 0, 2, 3] = math.inf
    net = Network([Flatten(), Affine(3)], (1, 4, 4))
    with pytest.raises(DataError, match=r"data: row 5 at \(0, 2, 3\) is inf"):
        Trainer(net).fit((images, labels), 1)
    first, second = Input((1, 4, 4)), Input((2,))
    both = Network([first, second], Affine(3)(Concat()(Flatten()(first), second)))
    images[5], numbers[6, 1] = 0, math.nan
    with pytest.raises(DataError, match="data: input 2: row 6, column 1 is nan"):
        Trainer(both).fit(((images, numbers), labels), 1)


def test_large_finite_values_are_no_bad_values():
    """Their sum overflows."""
    x, y = clusters()
    x[:, 0] = 3e38
    x[:, 1:] = 0
    error = failed_fit(small_trainer(net=Network([Affine(8, init=10.0), Affine(3)], (6,))), (x, y))
    assert error.where == "affine1"


def test_a_file_mapped_into_memory_is_not_read_before_the_first_step(tmp_path):
    x, y = clusters()
    x[17, 3] = math.nan
    np.save(tmp_path / "x.npy", x)
    error = failed_fit(small_trainer(), (np.load(tmp_path / "x.npy", mmap_mode="r"), y))
    assert (error.step, error.where) == (step_of_row(17), "row 17 of the data, which holds NaN")


@pytest.mark.parametrize("row", [0, 17, 42, 59])
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_bad_value_in_lazy_data_is_met_at_its_step(row, bad):
    x, y = clusters()
    x[row, 3] = bad
    error = failed_fit(small_trainer(), Indexed(x, y))
    value = "NaN" if math.isnan(bad) else "infinite values"
    assert (error.step, error.where) == (step_of_row(row), f"row {row} of the data, which holds {value}")
    assert not math.isfinite(error.loss)
    assert f"step {error.step}" in str(error)
    assert error.where in str(error)
    assert "learning rate" not in str(error)


def test_bad_rows_are_named_by_their_number_in_the_data_though_others_weigh_nothing():
    x, y = clusters()
    x[[7, 8], 0] = math.nan
    weights = np.ones(ROWS)
    weights[[0, 8]] = 0
    error = failed_fit(small_trainer(), Indexed(x, y), sample_weight=weights)
    assert error.where == "row 7 of the data, which holds NaN"


def test_several_bad_rows_of_a_batch_are_named_up_to_five():
    x, y = clusters()
    x[:, 2] = math.nan
    x[10, 3] = math.inf
    first = sorted(epoch_order(ROWS, seed=0, epoch=0)[:BATCH].tolist())
    error = failed_fit(small_trainer(), Indexed(x, y))
    value = "NaN and infinite values" if 10 in first else "NaN"
    named = ", ".join(map(str, first[:5]))
    assert error.where == f"rows {named} and {BATCH - 5} more of the data, which hold {value}"


def test_a_bad_target_is_named_by_its_row():
    x, _ = clusters()
    targets = np.zeros((ROWS, 3), np.float32)
    targets[21, 1] = math.nan
    with pytest.raises(DataError, match="targets: row 21, column 1 is nan"):  # before the first step
        small_trainer(loss="mse").fit((x, targets), 1)
    with pytest.raises(NotFiniteError, match=r"row 5 of the batch's targets, which holds NaN.*Correct these rows"):
        small_trainer(loss="mse").step(x[16:32], targets[16:32])


def test_a_number_too_large_for_the_networks_dtype_is_named_by_its_row():
    x, y = clusters(BATCH, dtype=np.float64)
    x[4, 0] = 1e300
    with pytest.raises(NotFiniteError, match=r"row 4 of the batch, which holds infinite values"):
        small_trainer().step(x, y)


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("row", [5, 33])
def test_the_first_layer_whose_output_is_not_finite_is_named(row, value):
    """The function lies first, so that it alone sees the mark as it was; all layers after it are spoilt too."""
    x, y = clusters()
    x[row, 0] = 2 * MARK
    net = Network([burst(value), Affine(8), BatchNorm(), ReLU(), Affine(3)], (6,))
    error = failed_fit(small_trainer(net=net), (x, y))
    assert (error.step, error.where) == (step_of_row(row), "burst1")


def huge_at(layer):
    """A network that overflows float32 first in one layer: its weights are huge, those before it are ordinary."""
    if layer.startswith("conv"):
        net = Network([Conv(2, 3, pad=1), ReLU(), Conv(2, 3, pad=1), Flatten(), Affine(3)], (1, 4, 4))
    else:
        net = Network([Affine(5), ReLU(), Affine(5), ReLU(), Affine(3)], (16,))
    net.params[f"{layer}.weight"] = np.full_like(net.params[f"{layer}.weight"], 3e38)
    return net


@pytest.mark.parametrize("layer", ["affine1", "affine2", "affine3", "conv1", "conv2"])
def test_the_layer_that_overflows_is_named(layer):
    net = huge_at(layer)
    x = np.abs(np.random.default_rng(0).standard_normal((8, *net.input_shape))).astype(np.float32) + 2
    for name in net.params:  # positive throughout, so that nothing is switched off before
        if not name.startswith(layer) and name.endswith("weight"):
            net.params[name] = np.full_like(net.params[name], 0.5)
    trainer = Trainer(net, SGD(0.1), batch_size=8)
    with pytest.raises(NotFiniteError) as caught:
        trainer.step(x, np.zeros(8, np.int64))
    assert (caught.value.step, caught.value.where) == (1, layer)


def test_a_parameter_that_is_not_finite_already_is_said_to_be():
    net = small_net()
    net.params["affine2.bias"] = np.array([0.0, np.nan, 0.0])
    error = failed_fit(small_trainer(net=net), clusters())
    assert (error.step, error.where) == (1, "affine2 (its parameter affine2.bias is already not finite)")


def test_targets_that_make_the_loss_overflow_are_the_losss_own_fault():
    x, _ = clusters(BATCH)
    targets = np.full((BATCH, 3), 1e30, np.float32)
    with pytest.raises(NotFiniteError) as caught:
        small_trainer(loss="mse").step(x, targets)
    assert caught.value.where == "the loss"


def test_a_gradient_can_be_the_first_to_fail():
    """A finite loss whose gradient is not: the gradient nearest to the fault is named, and the loss is still reported."""
    x, y = clusters(BATCH)
    net = Network([Affine(5), Affine(4), burst(backward=math.inf), Affine(3)], (6,))
    with pytest.raises(NotFiniteError) as caught:
        Trainer(net, SGD(0.1), batch_size=BATCH).step(x, y)
    assert math.isfinite(caught.value.loss)
    assert caught.value.where.startswith("the gradient of affine2.")


def _weigh_backward(dout, cache):
    x, weight = cache
    return dout @ weight.T * np.inf, x.T @ dout * np.inf


def test_the_gradient_named_is_the_first_on_the_way_back():
    """A layer without a bias stands behind one with a bias: the order of the buffer is not the order of the network."""
    weigh = Function(
        lambda x, weight: (x @ weight, (x, weight)),
        _weigh_backward,
        {"weight": np.eye(4)},
        name="weigh",
    )
    x, y = clusters(BATCH)
    net = Network([Affine(4), weigh, Affine(3)], (6,))
    with pytest.raises(NotFiniteError) as caught:
        Trainer(net, SGD(0.1), batch_size=BATCH).step(x, y)
    assert caught.value.where == "the gradient of weigh1.weight"


def test_gradients_too_long_to_measure_are_refused():
    """Every entry is finite; their length is not."""

    def forward(x, shift):
        return x + shift, len(shift)

    def backward(dout, size):
        return dout, np.full(size, 1.7e308)

    far = Function(forward, backward, {"shift": np.zeros(6)}, name="far")
    x, y = clusters(BATCH, dtype=np.float64)
    trainer = Trainer(Network([far, Affine(3)], (6,), dtype=np.float64), SGD(0.1), batch_size=BATCH)
    with pytest.raises(NotFiniteError) as caught:
        trainer.step(x, y)
    assert caught.value.where == "the gradients' length"


def test_a_failed_step_changes_nothing():
    x, y = clusters(BATCH)
    trainer = small_trainer()
    trainer.step(x, y)
    before = everything(trainer)
    bad = x.copy()
    bad[3, 2] = np.nan
    with pytest.raises(NotFiniteError, match=r"step 2: .*row 3 of the batch, which holds NaN.*was not made"):
        trainer.step(bad, y)
    assert everything(trainer) == before
    assert trainer.steps_done == 1
    trainer.step(x, y)  # and it can go on
    assert trainer.steps_done == 2


def test_divergence_by_the_learning_rate_is_met_in_the_second_step(recwarn):
    trainer = Trainer(Network([Affine(8), ReLU(), Affine(3)], (6,)), SGD(1e30), batch_size=BATCH)
    error = failed_fit(trainer, clusters())
    assert (error.step, error.where) == (2, "affine2")  # affine1 makes 1e30, affine2 multiplies two such
    assert not recwarn.list  # one clear error, no NumPy warnings besides


def test_a_frozen_layers_gradient_stops_nobody():
    """A gradient that no update uses need not be finite."""
    net = Network([Affine(4), burst(backward=math.inf), Affine(3)], (6,))
    net.freeze("affine1.*")
    x, y = clusters(BATCH)
    assert math.isfinite(Trainer(net, SGD(0.1), batch_size=BATCH).step(x, y))


# ---- within a run ----


def poisoned(row, bad=math.nan):
    x, y = clusters()
    x[row, 1] = bad
    return Indexed(x, y)


@pytest.mark.parametrize("row", [2, 58])
def test_the_state_before_the_step_is_saved(tmp_path, row):
    step = step_of_row(row)
    trainer, seen = small_trainer(), []
    error = failed_fit(trainer, poisoned(row), folder=tmp_path / "run", on_event=seen.append)
    last = seen[-1]
    assert isinstance(last, NotFinite)
    assert (last.step, last.where) == (step, f"row {row} of the data, which holds NaN")
    assert last.in_data
    assert last.path == str(CheckpointFolder(tmp_path / "run").paths()[0])
    assert math.isnan(last.loss)
    assert error.step == step
    assert last.path.endswith(f"checkpoint-{step - 1:09d}.safetensors")
    clean = small_trainer()  # the same steps with sound data, as far as they go
    steps = 3 * math.ceil(ROWS / BATCH)
    data = poisoned(row)
    x, y = data.x, data.y
    order = epoch_order(ROWS, seed=0, epoch=0)
    for i in range(step - 1):
        places = order[i * BATCH : (i + 1) * BATCH]
        rate = clean.learning_rate * clean.schedule(i / steps)
        clean.stepper.step(x[places], y[places], None, learning_rate=rate)
    assert everything(trainer) == everything(clean)


def test_a_run_can_go_on_when_the_data_are_mended(tmp_path):
    whole = small_trainer()
    whole.fit(clusters(), 3)
    failed_fit(small_trainer(), poisoned(30), folder=tmp_path / "run")
    resumed = small_trainer()
    resumed.fit(clusters(), 3, folder=tmp_path / "run", resume=True)
    assert everything(resumed) == everything(whole)


def test_without_a_folder_there_is_no_path():
    *_, last = small_trainer().events(poisoned(1), 1)
    assert isinstance(last, NotFinite)
    assert last.path is None


def test_it_may_happen_in_a_later_epoch():
    """An output that grows from step to step crosses a bound: by hand it is known when; steps count over the whole run."""
    x, y = np.ones((8, 1), np.float32), np.full((8, 1), 10, np.float32)
    plain = Trainer(Network([Affine(1, init=0.0)], (1,)), SGD(0.01), batch_size=4, loss="mse")
    outputs = []
    while not outputs or outputs[-1] < 2:
        outputs.append(plain.net.predict(x[:1]).item())
        plain.step(x[:4], y[:4])

    def forward(x):
        return np.where(x >= 2, x.dtype.type(np.inf), x), None

    bound = Function(forward, lambda dout, cache: dout, name="bound")
    net = Network([Affine(1, init=0.0), bound], (1,))
    plain_numbers = Numbers.of(y, standardize=False)
    error = failed_fit(Trainer(net, SGD(0.01), batch_size=4, loss="mse", target=plain_numbers), (x, y), 40)
    assert (error.step, error.where) == (len(outputs), "bound1")
    assert error.step > 4  # two steps an epoch


def test_a_validation_loss_that_is_not_finite_is_no_best_epoch():
    x, y = clusters(30, seed=1)
    x[0] = 3e38
    history = small_trainer(net=Network([Affine(8), Affine(3)], (6,))).fit(clusters(), 2, validation=(x, y))
    assert history.best_epoch is None
    assert [epoch.best for epoch in history.epochs] == [False, False]
