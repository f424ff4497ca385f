"""Tests of the stream of events: what a run tells, in which order, and which epoch it keeps."""

import dataclasses
import itertools
import math
import signal
import threading

import numpy as np
import pytest

from pellucid import Trainer
from pellucid.nets import Affine, Network
from pellucid.optim import SGD, OneCycle, StepDecay
from pellucid.shapes import ShapeError
from pellucid.train import (
    CheckpointSaved,
    EpochDone,
    Finished,
    Interrupted,
    Started,
    StepDone,
    StoppedEarly,
)

from .small_runs import BATCH, EPOCHS, ROWS, clusters, everything, interrupt_at, small_net, small_trainer

VALIDATION = clusters(30, seed=1)
PER_EPOCH = math.ceil(ROWS / BATCH)


def names(events):
    return [type(event).__name__ for event in events]


def stream(trainer=None, **options):
    trainer = small_trainer() if trainer is None else trainer
    return list(trainer.events(clusters(), EPOCHS, **({"validation": VALIDATION} | options)))


def test_the_order_of_a_run():
    epoch = ["StepDone"] * PER_EPOCH + ["EpochDone"]
    assert names(stream()) == ["Started", *epoch * EPOCHS, "Finished"]


def test_the_order_of_a_run_that_saves(tmp_path):
    found = stream(folder=tmp_path / "run", checkpoint_every=3)
    # Steps 1..4 | 5..8 | 9..12 | 13..16; by steps after 3, 6, 9, 15 (12 ends an epoch, which saves anyway).
    one, two, three, four = (
        ["StepDone"] * 3 + ["CheckpointSaved", "StepDone"],
        ["StepDone"] * 2 + ["CheckpointSaved"] + ["StepDone"] * 2,
        ["StepDone", "CheckpointSaved"] + ["StepDone"] * 3,
        ["StepDone"] * 3 + ["CheckpointSaved", "StepDone"],
    )
    end = ["EpochDone", "CheckpointSaved"]
    assert names(found) == ["Started", *one, *end, *two, *end, *three, *end, *four, *end, "Finished"]
    for event in found:
        if isinstance(event, CheckpointSaved):
            assert event.path.endswith(f"checkpoint-{event.step:09d}.safetensors")


def test_a_checkpoint_is_due_by_the_clock_too(tmp_path):
    found = stream(folder=tmp_path / "run", checkpoint_seconds=0.0)
    assert names(found).count("CheckpointSaved") == PER_EPOCH * EPOCHS


def test_what_the_first_and_the_last_event_say():
    trainer = small_trainer()
    first, *middle, last = stream(trainer)
    assert first == Started(
        samples=ROWS,
        epochs=EPOCHS,
        steps_per_epoch=PER_EPOCH,
        first_epoch=0,
        first_step=0,
        parameters=trainer.net.params.flat.size,
        layers="reference",
    )
    epochs = [e for e in middle if isinstance(e, EpochDone)]
    best = max(epochs, key=lambda e: (e.val_accuracy, -e.val_loss))
    assert isinstance(last, Finished)
    assert (last.epochs, last.step) == (EPOCHS, PER_EPOCH * EPOCHS)
    assert (last.best_epoch, last.best_accuracy) == (best.epoch, best.val_accuracy)
    assert last.seconds == pytest.approx(sum(e.seconds for e in epochs))


def test_steps_and_epochs_count_from_one():
    found = stream()
    steps = [e for e in found if isinstance(e, StepDone)]
    assert [e.step for e in steps] == list(range(1, PER_EPOCH * EPOCHS + 1))
    assert [e.epoch for e in steps] == [1 + i // PER_EPOCH for i in range(PER_EPOCH * EPOCHS)]
    epochs = [e for e in found if isinstance(e, EpochDone)]
    assert [(e.epoch, e.step) for e in epochs] == [(i, i * PER_EPOCH) for i in range(1, EPOCHS + 1)]


def test_events_are_frozen(tmp_path):
    for event in stream(folder=tmp_path / "run"):
        field = dataclasses.fields(event)[0].name
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(event, field, 0)


def test_the_training_loss_is_the_mean_over_samples():
    """The last batch of an epoch holds 12 rows, the others 16: a plain mean of the batches would be wrong."""
    found = stream()
    steps = [e for e in found if isinstance(e, StepDone)]
    rows = np.array([16, 16, 16, 12])
    for epoch, done in enumerate(e for e in found if isinstance(e, EpochDone)):
        of_epoch = steps[epoch * PER_EPOCH : (epoch + 1) * PER_EPOCH]
        losses = np.array([e.loss for e in of_epoch])
        right = np.array([e.accuracy for e in of_epoch])
        assert done.train_loss == pytest.approx((losses * rows).sum() / ROWS, rel=1e-12)
        assert done.train_accuracy == pytest.approx((right * rows).sum() / ROWS, rel=1e-12)
        assert done.train_loss != pytest.approx(losses.mean(), rel=1e-6)


def test_every_sample_is_seen_once_an_epoch_in_an_order_of_its_own():
    """A network of one weight a sample: the samples of a batch are those whose weight moved."""
    x = np.eye(10, dtype=np.float32)
    y = np.arange(10) % 2
    net = Network([Affine(2, init=0.0)], (10,))
    trainer = Trainer(net, SGD(0.1), batch_size=4)
    visits, before = [], net.params["affine1.weight"].copy()
    for event in trainer.events((x, y), 3):
        if isinstance(event, StepDone):
            now = net.params["affine1.weight"].copy()
            visits.append(frozenset(np.flatnonzero((now != before).any(axis=1)).tolist()))
            before = now
    epochs = [visits[i : i + 3] for i in range(0, 9, 3)]
    for epoch in epochs:
        assert sorted(itertools.chain(*epoch)) == list(range(10))
        assert sorted(map(len, epoch)) == [2, 4, 4]
    assert len({tuple(epoch) for epoch in epochs}) == 3


def test_the_learning_rate_follows_the_schedule_over_the_whole_run():
    trainer = small_trainer(optimizer=SGD(0.5), schedule=StepDecay(0.1, (0.5, 0.75)))
    rates = [e.learning_rate for e in stream(trainer) if isinstance(e, StepDone)]
    np.testing.assert_allclose(rates, [0.5] * 8 + [0.05] * 4 + [0.005] * 4)


def test_the_gradient_norm_is_that_before_clipping():
    """Clipping to a hair's breadth leaves the first step's norm as it was."""
    loose, tight = (
        next(e for e in stream(small_trainer(clip_norm=bound)) if isinstance(e, StepDone)) for bound in (None, 1e-6)
    )
    assert loose.gradient_norm == tight.gradient_norm > 1e-3


def test_the_best_epoch_by_accuracy_is_kept():
    """Each epoch's arrays are kept aside; the run must end with those of the epoch it calls best."""
    trainer = small_trainer(optimizer=SGD(0.5))
    snapshots, epochs = {}, []
    for event in trainer.events(clusters(), 8, validation=VALIDATION):
        if isinstance(event, EpochDone):
            snapshots[event.epoch] = trainer.net.params.flat.copy(), trainer.net.state.flat.copy()
            epochs.append(event)
    ranks = [(e.val_accuracy, -e.val_loss) for e in epochs]
    best = 1 + ranks.index(max(ranks))
    assert event.best_epoch == best < 8  # a run whose last epoch is the best would show nothing
    assert np.array_equal(trainer.net.params.flat, snapshots[best][0])
    assert np.array_equal(trainer.net.state.flat, snapshots[best][1])
    so_far = [rank > max(ranks[:i], default=(-1.0, -math.inf)) for i, rank in enumerate(ranks)]
    assert [e.best for e in epochs] == so_far


def test_ties_in_accuracy_go_to_the_lower_loss():
    """Validation data that is always right from the start on: accuracy is 1 throughout, only the loss moves."""
    x = np.array([[1.0], [-1.0]], np.float32).repeat(8, axis=0)
    y = np.array([0, 1]).repeat(8)
    net = Network([Affine(2)], (1,))
    net.params["affine1.weight"] = np.array([[1.0, -1.0]])
    trainer = Trainer(net, SGD(0.1), batch_size=8)
    epochs = [e for e in trainer.events((x, y), 4, validation=(x, y)) if isinstance(e, EpochDone)]
    assert [e.val_accuracy for e in epochs] == [1.0] * 4
    assert [e.val_loss for e in epochs] == sorted((e.val_loss for e in epochs), reverse=True)
    assert [e.best for e in epochs] == [True] * 4


def test_equal_epochs_keep_the_first():
    trainer = Trainer(Network([Affine(3)], (6,)), SGD(1e-30), batch_size=BATCH)  # too small a rate to move anything
    *_, last = trainer.events(clusters(), 3, validation=VALIDATION)
    assert last.best_epoch == 1


def test_patience_ends_a_run_that_no_longer_gets_better():
    trainer = Trainer(Network([Affine(3)], (6,)), SGD(1e-30), batch_size=BATCH)
    found = list(trainer.events(clusters(), 10, validation=VALIDATION, patience=2))
    assert names(found)[-2:] == ["StoppedEarly", "Finished"]
    assert found[-2] == StoppedEarly(epoch=3, step=3 * PER_EPOCH, patience=2)
    assert found[-1].epochs == 3


def test_patience_that_is_never_used_up_says_nothing():
    assert "StoppedEarly" not in names(stream(patience=EPOCHS))


def test_patience_reached_in_the_last_epoch_is_no_early_stop():
    trainer = Trainer(Network([Affine(3)], (6,)), SGD(1e-30), batch_size=BATCH)
    found = list(trainer.events(clusters(), 3, validation=VALIDATION, patience=2))
    assert "StoppedEarly" not in names(found)
    assert found[-1].epochs == 3


def test_without_validation_the_last_epoch_stays():
    trainer, snapshots, found = small_trainer(), [], []
    for event in trainer.events(clusters(), EPOCHS):
        found.append(event)
        if isinstance(event, EpochDone):
            snapshots.append(trainer.net.params.flat.copy())
    assert {(e.val_loss, e.val_accuracy, e.best) for e in found if isinstance(e, EpochDone)} == {(None, None, False)}
    assert (found[-1].best_epoch, found[-1].best_accuracy) == (None, None)
    assert np.array_equal(trainer.net.params.flat, snapshots[-1])


def test_validation_is_judged_at_inference():
    """Dropout and batch statistics must not reach validation: the figures are those of `predict`."""
    trainer = small_trainer()
    history = trainer.fit(clusters(), 2, validation=VALIDATION)
    x, y = VALIDATION
    best = history.epochs[history.best_epoch - 1]
    scores = trainer.net.predict(x)
    assert best.val_accuracy == (scores.argmax(axis=1) == y).mean()
    shifted = scores.astype(np.float64) - scores.max(axis=1, keepdims=True)
    losses = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(y)), y]
    assert best.val_loss == pytest.approx(losses.mean(), rel=1e-5)


def test_interrupting_ends_between_two_steps():
    found = []
    trainer = small_trainer()

    def on_event(event):
        found.append(event)
        interrupt_at(6)(event)

    history = trainer.fit(clusters(), EPOCHS, on_event=on_event)
    assert history.interrupted
    assert found[-1] == Interrupted(step=6, path=None)
    assert trainer.steps_done == 6


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_polite_signals_are_heard_and_their_handlers_given_back(number, tmp_path):
    before = signal.getsignal(number)

    def on_event(event):
        if isinstance(event, StepDone) and event.step == 2:
            signal.raise_signal(number)

    history = small_trainer().fit(clusters(), 1, on_event=on_event, folder=tmp_path / "run")
    assert history.interrupted
    assert signal.getsignal(number) is before


def test_a_second_interrupt_ends_at_once():
    def on_event(event):
        if isinstance(event, StepDone) and event.step == 2:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        small_trainer().fit(clusters(), 1, on_event=on_event)
    assert signal.getsignal(signal.SIGINT) is before


def test_training_works_in_a_thread_of_its_own():
    """Only the main thread may set signal handlers; elsewhere training must do without."""
    done = []
    whole = small_trainer()
    whole.fit(clusters(), 1)

    def work():
        trainer = small_trainer()
        trainer.fit(clusters(), 1)
        done.append(everything(trainer))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(60)
    assert done == [everything(whole)]


def test_a_reader_may_leave_in_the_middle(tmp_path):
    """Closing the stream gives back the signal handlers and the folder's lock."""
    before = signal.getsignal(signal.SIGINT)
    events = small_trainer().events(clusters(), EPOCHS, folder=tmp_path / "run", checkpoint_every=1)
    for event in events:
        if isinstance(event, CheckpointSaved):
            break
    events.close()
    assert signal.getsignal(signal.SIGINT) is before
    resumed = small_trainer()
    whole = small_trainer()
    resumed.fit(clusters(), EPOCHS, folder=tmp_path / "run", resume=True)
    whole.fit(clusters(), EPOCHS)
    assert everything(resumed) == everything(whole)


def test_leaving_a_run_early_leaves_no_schedule_behind():
    """A single step is made at the base rate, also after a run whose schedule had lowered it."""
    trainer = small_trainer(
        optimizer=SGD(0.1), schedule=OneCycle(), clip_norm=None, reg=0.0, net=Network([Affine(3)], (6,))
    )
    for event in trainer.events(clusters(), EPOCHS):
        if isinstance(event, StepDone):
            assert event.learning_rate < 0.01
            break
    assert trainer.learning_rate == 0.1
    x, y = clusters(BATCH)
    before = trainer.net.params.flat.copy()
    trainer.step(x, y)
    np.testing.assert_allclose(before - trainer.net.params.flat, 0.1 * trainer.plan.grads.flat, rtol=1e-3, atol=1e-6)


def test_epochs_are_counted_while_a_run_is_under_way():
    trainer = small_trainer()
    counted = [trainer.epochs_done for event in trainer.events(clusters(), 3) if isinstance(event, EpochDone)]
    assert counted == [1, 2, 3]
    trainer.fit(clusters(), 1)
    assert trainer.epochs_done == 4


def test_the_history_is_that_of_the_events():
    seen = []
    history = small_trainer(net=small_net()).fit(clusters(), EPOCHS, validation=VALIDATION, on_event=seen.append)
    assert history.epochs == tuple(e for e in seen if isinstance(e, EpochDone))
    assert history.step_losses == tuple(e.loss for e in seen if isinstance(e, StepDone))
    assert history.train_loss == [e.train_loss for e in history.epochs]
    assert history.train_accuracy == [e.train_accuracy for e in history.epochs]
    assert history.val_accuracy == [e.val_accuracy for e in history.epochs]
    assert not history.interrupted


def test_several_functions_see_every_event_in_turn():
    seen = []
    readers = [lambda event: seen.append(("first", event)), lambda event: seen.append(("second", event))]
    rows = np.random.default_rng(0).standard_normal((8, 3)).astype(np.float32)
    labels = np.arange(8) % 2
    Trainer(Network([Affine(2)], (3,)), batch_size=4).fit((rows, labels), epochs=1, on_event=readers)
    assert [name for name, _ in seen] == ["first", "second"] * (len(seen) // 2)
    assert [event for _, event in seen[::2]] == [event for _, event in seen[1::2]]
    assert any(isinstance(event, EpochDone) for _, event in seen)


@pytest.mark.parametrize("wrong", [3, ["print"], [EpochDone]])
def test_what_is_no_reader_of_events_is_refused(wrong):
    rows, labels = np.zeros((4, 3), np.float32), np.zeros(4, np.int64)
    with pytest.raises(ShapeError, match="on_event must be a function of an event, or a list of them"):
        Trainer(Network([Affine(2)], (3,))).fit((rows, labels), epochs=1, on_event=wrong)
