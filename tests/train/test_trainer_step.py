"""Tests of `Trainer.step`: one update, exactly the one that the mathematics says."""

import numpy as np
import pytest

from pellucid import Trainer
from pellucid.layers import LOSSES, REFERENCE, mse_loss
from pellucid.nets import Affine, Conv, Flatten, Network, ReLU
from pellucid.optim import (
    OPTIMIZERS,
    REFERENCE_RULES,
    SGD,
    Adam,
    AdamW,
    Cosine,
    Momentum,
    adam_init,
    adam_update,
    adamw_update,
    clip_by_global_norm,
)
from pellucid.shapes import ShapeError

from .small_runs import BATCH, clusters, everything, small_net, small_trainer


@pytest.mark.parametrize("rows", [1, 2, BATCH - 1, BATCH])
def test_any_number_of_rows_up_to_the_batch_size_is_taken(rows):
    x, y = clusters(rows)
    trainer = small_trainer()
    before = trainer.net.params.flat.copy()
    loss = trainer.step(x, y)
    assert isinstance(loss, float)
    assert np.isfinite(loss)
    assert trainer.steps_done == 1
    assert not np.array_equal(before, trainer.net.params.flat)


@pytest.mark.parametrize("rows", [0, BATCH + 1, 3 * BATCH])
def test_none_or_too_many_rows_are_refused_and_change_nothing(rows):
    x, y = clusters(rows)
    trainer = small_trainer()
    before = trainer.net.params.flat.copy()
    with pytest.raises(ShapeError, match=rf"batch must hold 1 to {BATCH} rows; got {rows}"):
        trainer.step(x, y)
    assert trainer.steps_done == 0
    assert np.array_equal(before, trainer.net.params.flat)


def test_the_batch_is_not_changed():
    x, y = clusters(BATCH)
    x.flags.writeable = y.flags.writeable = False
    small_trainer().step(x, y)


@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_every_optimizer_brings_the_loss_down(name):
    x, y = clusters(BATCH)
    net = Network([Affine(16), ReLU(), Affine(3)], (6,))
    rate = {"adagrad": 0.05}.get(name, 0.02)
    trainer = Trainer(net, OPTIMIZERS[name](learning_rate=rate), batch_size=BATCH)
    losses = [trainer.step(x, y) for _ in range(60)]
    assert losses[-1] < 0.5 * losses[0]


def test_the_loss_returned_is_that_before_the_update():
    x, y = clusters(BATCH)
    trainer = small_trainer(reg=0.1)
    expected, _ = small_net().loss(x, y, reg=0.1, step=0)
    assert trainer.step(x, y) == expected
    again, _ = trainer.net.loss(x, y, reg=0.1, step=1)
    assert trainer.step(x, y) == again != expected


def hand_written_loop(net, batches, update, *, rate, reg, clip_norm, schedule, settings):
    """What a person writes who has `net.loss` and an update rule, over the whole flat buffer at once."""
    state = adam_init(net.params.flat)
    for step, (x, y) in enumerate(batches):
        done = net.training_pass(x, y, reg=reg, step=step)
        gradients, _ = clip_by_global_norm(done.grads.flat, clip_norm)
        now = rate * schedule(step / len(batches))
        update(net.params.flat, gradients, state, step=step + 1, learning_rate=now, **settings)
        net.state.update(done.state)
    return net, state


def batches_of(count):
    return [clusters(BATCH - i % 3, seed=i) for i in range(count)]


def both_loops(dtype, clip_norm):
    """The same steps by hand and by a stepper."""
    batches = [(x.astype(dtype), y) for x, y in batches_of(12)]
    expected, state = hand_written_loop(
        small_net(dtype=dtype),
        batches,
        adam_update,
        rate=0.01,
        reg=0.05,
        clip_norm=clip_norm,
        schedule=Cosine(),
        settings={"beta1": 0.8},
    )
    trainer = small_trainer(net=small_net(dtype=dtype), optimizer=Adam(0.01, beta1=0.8), reg=0.05, clip_norm=clip_norm)
    norms = []
    for step, (x, y) in enumerate(batches):
        rate = 0.01 * Cosine()(step / len(batches))
        norms.append(trainer.stepper.step(x, y, None, learning_rate=rate).gradient_norm)
    return expected, state, trainer, norms


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_steps_equal_a_hand_written_loop_bit_for_bit(dtype):
    expected, state, trainer, norms = both_loops(dtype, clip_norm=1e3)
    assert max(norms) < 1e3
    assert trainer.net.params.flat.tobytes() == expected.params.flat.tobytes()
    assert trainer.net.state.flat.tobytes() == expected.state.flat.tobytes()
    assert [m.tobytes() for m in trainer.moments] == [m.tobytes() for m in state]
    assert trainer.net.params.flat.dtype == dtype
    assert not np.array_equal(expected.state.flat, small_net().state.flat)  # the statistics did move


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float64, 1e-9)])
def test_clipped_steps_equal_a_hand_written_loop(dtype, tolerance):
    """The norm is summed in another order than by `clip_by_global_norm`, so the last digit may differ."""
    expected, state, trainer, norms = both_loops(dtype, clip_norm=0.5)
    assert min(norms) > 0.5
    np.testing.assert_allclose(trainer.net.params.flat, expected.params.flat, rtol=tolerance, atol=tolerance)
    for found, wanted in zip(trainer.moments, state, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance)


def test_decay_reaches_weights_and_nothing_else():
    """AdamW and Adam make the same step but for the decay; only weights may differ, by rate * decay * w."""
    x, y = clusters(BATCH)
    plain, decayed = (small_trainer(optimizer=kind(0.1), clip_norm=None, reg=0.0) for kind in (Adam, AdamW))
    start = {name: array.copy() for name, array in plain.net.params.items()}
    plain.step(x, y)
    decayed.step(x, y)
    rate = plain.learning_rate  # outside a run the schedule has no say
    for name, array in decayed.net.params.items():
        difference = plain.net.params[name] - array
        if name.endswith("weight"):
            np.testing.assert_allclose(difference, rate * 0.01 * start[name], rtol=1e-3, atol=1e-7)
            assert difference.any()
        else:
            assert not difference.any(), name


def test_adamw_steps_equal_the_rule_on_both_ranges():
    batches = batches_of(5)
    net = small_net()
    stop = net.weights_stop
    state = adam_init(net.params.flat)
    for step, (x, y) in enumerate(batches):
        done = net.training_pass(x, y, step=step)
        for span, decay in ((slice(0, stop), 0.3), (slice(stop, None), 0.0)):
            part = type(state)(*(moment[span] for moment in state))
            adamw_update(
                net.params.flat[span],
                done.grads.flat[span],
                part,
                step=step + 1,
                learning_rate=0.01,
                weight_decay=decay,
            )
        net.state.update(done.state)
    plain = {"reg": 0.0, "clip_norm": None, "schedule": None}
    trainer = small_trainer(optimizer=AdamW(0.01, weight_decay=0.3), **plain)
    for x, y in batches:
        trainer.step(x, y)
    assert trainer.net.params.flat.tobytes() == net.params.flat.tobytes()


@pytest.mark.parametrize(
    "optimizer", [AdamW(0.1, weight_decay=0.5), Momentum(0.1), Adam(0.1)], ids=lambda o: o.rule_name
)
def test_frozen_parameters_and_statistics_do_not_move(optimizer):
    net = small_net()
    net.freeze("affine1.*", "batchnorm1.mean", "batchnorm1.gamma")
    trainer = small_trainer(net=net, optimizer=optimizer)
    before = {name: array.copy() for name, array in (*net.params.items(), *net.state.items())}
    for x, y in batches_of(3):
        trainer.step(x, y)
    after = dict(net.params) | dict(net.state)
    same = {name for name in before if np.array_equal(before[name], after[name])}
    assert same == {"affine1.weight", "affine1.bias", "batchnorm1.mean", "batchnorm1.gamma"}


def test_the_frozen_learn_again_when_unfrozen():
    net = small_net()
    net.freeze("*")
    trainer = small_trainer(net=net)
    before = net.params.flat.copy()
    trainer.step(*clusters(BATCH))
    assert np.array_equal(before, net.params.flat)
    net.unfreeze("*")
    trainer.step(*clusters(BATCH))
    assert (before != net.params.flat).mean() > 0.5


@pytest.mark.parametrize("loss", LOSSES)
def test_the_loss_by_name_is_the_layers_own(loss):
    x, y = clusters(BATCH)
    trainer = small_trainer(loss=loss, reg=0.0)
    expected = small_net().training_pass(x, y, loss=loss).loss
    assert trainer.step(x, y) == expected
    others = {small_net().training_pass(x, y, loss=other).loss for other in LOSSES}
    assert len(others) == len(LOSSES)


def test_a_loss_of_ones_own_makes_the_step_of_the_librarys():
    """Eager and in a plan: the library's squared error, given as a function."""
    x, y = clusters(BATCH)
    targets = np.eye(3, dtype=np.float32)[y]
    own, library = (small_net().training_pass(x, targets, loss=loss) for loss in (mse_loss, "mse"))
    assert own.loss == library.loss
    np.testing.assert_array_equal(own.grads.flat, library.grads.flat)
    planned = [small_trainer(loss=loss) for loss in (mse_loss, "mse")]
    assert len({trainer.step(x, targets) for trainer in planned}) == 1
    assert everything(planned[0]) == everything(planned[1])


def test_mse_takes_numbers_as_targets():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((BATCH, 6)).astype(np.float32)
    targets = (x @ rng.standard_normal((6, 2))).astype(np.float32)
    trainer = Trainer(Network([Affine(2)], (6,)), SGD(0.1), batch_size=BATCH, loss="mse")
    losses = [trainer.step(x, targets) for _ in range(100)]
    assert losses[-1] < 0.01 * losses[0]
    fitted = Trainer(Network([Affine(2)], (6,)), SGD(0.1), batch_size=BATCH, loss="mse")
    history = fitted.fit((x, targets), 50, validation=(x, targets))
    assert history.val_accuracy == [None] * 50  # there are no classes to be right about
    assert np.isnan(history.train_accuracy).all()
    assert "%" not in str(history)
    assert history.epochs[-1].val_loss < 0.05 * history.epochs[0].val_loss


def test_label_smoothing_reaches_the_loss():
    x, y = clusters(BATCH)
    smooth, sharp = (small_trainer(label_smoothing=s).step(x, y) for s in (0.3, 0.0))
    assert smooth == small_net().loss(x, y, reg=1e-3, label_smoothing=0.3)[0] != sharp


def test_row_weights_scale_what_rows_say():
    """With weights 3 and 0 the gradient is that of the first half alone (a network without batch norm)."""
    x, y = clusters(BATCH)
    weights = np.where(np.arange(BATCH) < BATCH // 2, 3.0, 0.0)
    heavy, half = (Trainer(Network([Affine(3)], (6,)), SGD(0.1), batch_size=BATCH) for _ in range(2))
    a = heavy.step(x, y, weights=weights)
    b = half.step(x[: BATCH // 2], y[: BATCH // 2])
    assert a == pytest.approx(b, rel=1e-6)
    np.testing.assert_allclose(heavy.net.params.flat, half.net.params.flat, rtol=1e-5, atol=1e-7)


def test_class_weights_reach_a_single_step():
    """The weight of a class is part of the loss, whether `fit` or `step` makes the update."""
    x, y = clusters(BATCH)
    by_class = {0: 5.0, 2: 0.5}
    rows = np.array([by_class.get(label, 1.0) for label in y])
    loss = small_trainer(class_weight=by_class).step(x, y)
    assert loss == pytest.approx(small_trainer().step(x, y, weights=rows))


def test_a_schedule_outside_a_run_does_not_stop_learning():
    """`step` alone knows no length of a run: a schedule must not fall to its end after the first step."""
    x, y = clusters(BATCH)
    trainer = Trainer(Network([Affine(3)], (6,)), SGD(0.1), batch_size=BATCH, schedule=Cosine())
    for _ in range(3):
        before = trainer.net.params.flat.copy()
        trainer.step(x, y)
        assert not np.array_equal(before, trainer.net.params.flat)


def test_convolutions_train_through_their_own_memory_order():
    """A convolution's weight lies as [HH][WW][C][F] in the buffer; updates by range must not mix it up."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((8, 2, 5, 5)).astype(np.float32)
    y = rng.integers(0, 3, 8)
    layers = [Conv(4, 3, pad=1), ReLU(), Flatten(), Affine(3)]
    trainer = Trainer(Network(layers, (2, 5, 5)), SGD(0.1), batch_size=8, layers=REFERENCE)
    net = Network(layers, (2, 5, 5))
    for step in range(3):
        _, grads = net.loss(x, y, step=step)
        for name in net.params:
            net.params[name] = net.params[name] - np.float32(0.1) * grads[name]
        trainer.step(x, y)
    for name in net.params:
        np.testing.assert_allclose(net.params[name], trainer.net.params[name], rtol=1e-5, atol=1e-8)


# ---- the optimizer replaced between steps ----


def test_a_new_learning_rate_counts_from_the_next_step():
    x, y = clusters(BATCH)
    trainer, other = (Trainer(Network([Affine(3)], (6,)), SGD(0.1), batch_size=BATCH) for _ in range(2))
    trainer.step(x, y)
    other.step(x, y)
    trainer.optimizer = SGD(0.01)
    assert trainer.learning_rate == 0.01
    trainer.step(x, y)
    other.stepper.step(x, y, None, learning_rate=0.01)
    assert np.array_equal(trainer.net.params.flat, other.net.params.flat)


@pytest.mark.parametrize("rules", [None, REFERENCE_RULES], ids=["fastest", "reference"])
def test_other_settings_of_the_optimizer_count_from_the_next_step(rules):
    """A native update is bound to its settings: it must be bound again."""
    x, y = clusters(BATCH)
    trainer = Trainer(Network([Affine(3)], (6,)), Momentum(0.1, momentum=0.9), batch_size=BATCH, rules=rules)
    trainer.step(x, y)
    velocity, before = trainer.moments.v.copy(), trainer.net.params.flat.copy()
    trainer.optimizer = Momentum(0.1, momentum=0.0)
    trainer.step(x, y)
    np.testing.assert_allclose(trainer.moments.v, -0.1 * trainer.plan.grads.flat, rtol=1e-6)  # nothing of the old one
    assert np.abs(velocity).max() > 1e-3
    assert not np.array_equal(before, trainer.net.params.flat)


@pytest.mark.parametrize("optimizer", [SGD(0.1), "adam", None])
def test_an_optimizer_of_another_kind_is_refused(optimizer):
    trainer = small_trainer(optimizer=Adam(0.1))
    with pytest.raises(ShapeError, match="optimizer may only be replaced by one of its kind, Adam,"):
        trainer.optimizer = optimizer
    assert trainer.optimizer == Adam(0.1)
