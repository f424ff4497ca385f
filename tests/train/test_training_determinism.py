"""Tests that a run is a function of its seed: equal in one process, in two, and across interruptions."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pellucid.data import Augmentation, Dataset, Pipeline, Standardization
from pellucid.nets import Affine, Network
from pellucid.optim import OPTIMIZERS
from pellucid.train import EpochDone, Interrupted, Started, StepDone

from .small_runs import (
    EPOCHS,
    STEPS,
    clusters,
    everything,
    interrupt_at,
    one_thread_environment,
    small_trainer,
    without_seconds,
)

VALIDATION = clusters(30, seed=1)


def fitted(trainer=None, **options):
    trainer = small_trainer() if trainer is None else trainer
    return trainer, trainer.fit(clusters(), EPOCHS, **({"validation": VALIDATION} | options))


def test_the_same_seed_gives_the_same_run():
    (one, first), (two, second) = fitted(), fitted()
    assert everything(one) == everything(two)
    assert without_seconds(first.epochs) == without_seconds(second.epochs)
    assert first.step_losses == second.step_losses


def test_another_seed_gives_another_run():
    one, _ = fitted()
    order_only, _ = fitted(small_trainer(seed=1, net=small_trainer(seed=0).net))
    first_weights, _ = fitted(small_trainer(seed=1))
    flats = [t.net.params.flat.tobytes() for t in (one, order_only, first_weights)]
    assert len(set(flats)) == 3


SCRIPT = """
import hashlib, numpy as np, sys
sys.path.insert(0, {tests!r})
from train.small_runs import clusters, everything, small_trainer
trainer = small_trainer()
trainer.fit(clusters(), 3, validation=clusters(30, seed=1))
print(hashlib.sha256(repr(sorted(everything(trainer).items())).encode()).hexdigest())
"""


def test_two_processes_agree(request):
    tests = str(request.path.parents[1])
    found = set()
    for hash_seed in ("1", "2"):
        environment = one_thread_environment() | {"PYTHONHASHSEED": hash_seed}
        command = [sys.executable, "-c", SCRIPT.format(tests=tests)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
        assert len(done.stdout.strip()) == 64
        found.add(done.stdout)
    assert len(found) == 1


def test_a_saving_run_equals_one_that_does_not_save(tmp_path):
    plain, _ = fitted()
    saving, _ = fitted(folder=tmp_path / "run", checkpoint_every=1)
    assert everything(plain) == everything(saving)


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(
    stops=st.lists(st.integers(1, STEPS - 1), min_size=1, max_size=3, unique=True).map(sorted),
    every=st.sampled_from([None, 1, 3]),
)
def test_an_interrupted_and_resumed_run_equals_an_uninterrupted_one(tmp_path_factory, stops, every):
    """Ctrl-C at arbitrary steps, a new trainer each time; one hypothesis example is one such history."""
    whole, expected = fitted()
    folder = tmp_path_factory.mktemp("run")
    losses = []
    for number, stop in enumerate(stops):
        history = small_trainer().fit(
            clusters(),
            EPOCHS,
            validation=VALIDATION,
            folder=folder,
            checkpoint_every=every,
            resume=number > 0,
            on_event=interrupt_at(stop),
        )
        assert history.interrupted
        losses += history.step_losses
        assert len(losses) == stop
    last, history = fitted(folder=folder, checkpoint_every=every, resume=True)
    assert not history.interrupted
    assert everything(last) == everything(whole)
    assert without_seconds(history.epochs) == without_seconds(expected.epochs)
    assert (*losses, *history.step_losses) == expected.step_losses
    assert history.best_epoch == expected.best_epoch


@pytest.mark.parametrize("name", list(OPTIMIZERS))
def test_every_optimizers_state_survives(tmp_path, name):
    def trainer():
        return small_trainer(optimizer=OPTIMIZERS[name](learning_rate=0.01))

    whole, _ = fitted(trainer())
    fitted(trainer(), folder=tmp_path / "run", on_event=interrupt_at(7))
    resumed, _ = fitted(trainer(), folder=tmp_path / "run", resume=True)
    assert everything(resumed) == everything(whole)


def test_augmentation_goes_on_where_it_was(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (40, 1, 6, 6), dtype=np.uint8)
    data = Dataset(images, np.arange(40) % 2, ("a", "b"))
    pipeline = Pipeline(Standardization.of(images), Augmentation(flip=True, crop_pad=2, cutout=2))

    def run(**options):
        trainer = small_trainer(net=Network([Affine(2)], (1, 6, 6)))
        trainer.fit(data, 3, pipeline=pipeline, **options)
        return everything(trainer)

    whole = run()
    run(folder=tmp_path / "run", on_event=interrupt_at(5))
    assert run(folder=tmp_path / "run", resume=True) == whole
    plain = small_trainer(net=Network([Affine(2)], (1, 6, 6)))
    plain.fit(data, 3)
    assert everything(plain) != whole  # the augmentation does something


def test_a_resumed_run_says_where_it_goes_on(tmp_path):
    fitted(folder=tmp_path / "run", on_event=interrupt_at(6))
    seen = []
    trainer = small_trainer()
    trainer.fit(clusters(), EPOCHS, validation=VALIDATION, folder=tmp_path / "run", resume=True, on_event=seen.append)
    assert isinstance(seen[0], Started)
    assert (seen[0].first_step, seen[0].first_epoch) == (6, 1)
    assert [e.step for e in seen if isinstance(e, StepDone)] == list(range(7, STEPS + 1))
    assert [e.epoch for e in seen if isinstance(e, EpochDone)] == [2, 3, 4]


def test_resuming_a_finished_run_trains_no_further(tmp_path):
    first, expected = fitted(folder=tmp_path / "run")
    seen = []
    again, history = fitted(folder=tmp_path / "run", resume=True, on_event=seen.append)
    assert [type(e).__name__ for e in seen] == ["Started", "Finished"]
    assert everything(again) == everything(first)
    assert without_seconds(history.epochs) == without_seconds(expected.epochs)


def test_patience_counts_across_an_interruption(tmp_path):
    """A run that ends early for want of a better epoch ends at the same one when it was interrupted before."""
    x, y = clusters()
    nonsense = (clusters(30, seed=1)[0], np.random.default_rng(0).integers(0, 3, 30))

    def run(**options):
        seen = []
        trainer = small_trainer()
        trainer.fit((x, y), 30, validation=nonsense, patience=3, on_event=seen.append, **options)
        return trainer, seen

    whole, seen = run()
    stopped = next(e for e in seen if type(e).__name__ == "StoppedEarly")
    assert stopped.epoch < 30
    small_trainer().fit(
        (x, y),
        30,
        validation=nonsense,
        patience=3,
        folder=tmp_path / "run",
        on_event=interrupt_at(stopped.step - 2),
    )
    resumed, seen = run(folder=tmp_path / "run", resume=True)
    assert next(e for e in seen if type(e).__name__ == "StoppedEarly") == stopped
    assert everything(resumed) == everything(whole)


def test_more_patience_goes_on_as_if_it_had_been_there_from_the_start(tmp_path):
    x, y = clusters()
    nonsense = (clusters(30, seed=1)[0], np.random.default_rng(0).integers(0, 3, 30))

    def run(epochs, **options):
        trainer = small_trainer()
        return trainer, trainer.fit((x, y), epochs, validation=nonsense, progress=False, **options)

    whole, expected = run(9, patience=6)
    _, ended = run(9, patience=2, folder=tmp_path / "run")
    assert len(ended.epochs) < len(expected.epochs)
    resumed, history = run(9, patience=6, folder=tmp_path / "run", resume=True)
    assert everything(resumed) == everything(whole)
    assert without_seconds(history.epochs) == without_seconds(expected.epochs)


def test_a_second_fit_goes_on_from_the_first():
    """Steps, dropout masks and epochs' orders count on; the schedule starts anew."""
    trainer, history = fitted()
    assert trainer.steps_done == STEPS
    seen = []
    trainer.fit(clusters(), 1, on_event=seen.append)
    steps = [e for e in seen if isinstance(e, StepDone)]
    assert [e.step for e in steps] == [1, 2, 3, 4]
    assert steps[0].learning_rate == trainer.optimizer.learning_rate * trainer.schedule(0.0)
    assert trainer.steps_done == STEPS + 4
    assert trainer.epochs_done == EPOCHS + 1
    assert len(history.epochs) == EPOCHS


def test_interrupting_in_the_very_last_step_still_ends_well(tmp_path):
    whole, _ = fitted()
    seen = []

    def on_event(event):
        seen.append(event)
        interrupt_at(STEPS)(event)

    _, history = fitted(folder=tmp_path / "run", on_event=on_event)
    assert isinstance(seen[-1], Interrupted)
    assert history.interrupted
    resumed, history = fitted(folder=tmp_path / "run", resume=True)
    assert len(history.epochs) == EPOCHS
    assert everything(resumed) == everything(whole)


def test_two_fits_of_one_epoch_are_one_of_two():
    """Where the schedule is constant nothing tells the second call from a second epoch: orders and masks count on."""
    once, twice = (small_trainer(schedule=None) for _ in range(2))
    once.fit(clusters(), 2)
    twice.fit(clusters(), 1)
    twice.fit(clusters(), 1)
    assert everything(once) == everything(twice)


def test_a_second_fit_can_be_resumed_too(tmp_path):
    """The checkpoint knows how many steps and epochs lay before the run: a new trainer need not have made them."""

    def second_fit(**options):
        trainer = small_trainer()
        trainer.fit(clusters(), 1)
        trainer.fit(clusters(), 3, **options)
        return trainer

    whole = second_fit()
    second_fit(folder=tmp_path / "run", on_event=interrupt_at(6))
    resumed = small_trainer()
    resumed.fit(clusters(), 3, folder=tmp_path / "run", resume=True)
    assert everything(resumed) == everything(whole)
    assert (resumed.steps_done, resumed.epochs_done) == (whole.steps_done, whole.epochs_done) == (16, 4)
