"""Tests of metrics in a run: what is recorded, which epoch is the best, when to stop, and what a resumed run must share."""

import io
import json
import math

import numpy as np
import pytest

from pellucid import Trainer
from pellucid.data.targets import Classes, Numbers
from pellucid.metrics import Metric, accuracy, f1
from pellucid.nets import Affine, Network, StorageError
from pellucid.optim import SGD
from pellucid.shapes import ShapeError
from pellucid.train import EpochDone
from pellucid.train.objective import Monitor
from pellucid.train.readers.metrics import MetricsFile, read_metrics
from pellucid.train.readers.progress_display import ProgressDisplay

from .small_runs import BATCH, EPOCHS, clusters, everything, interrupt_at, small_trainer, without_seconds

TRAINING, VALIDATION = clusters(spread=3.0), clusters(30, seed=1, spread=3.0)


def fit(trainer, epochs=EPOCHS, **options):
    return trainer.fit(TRAINING, epochs, **({"validation": VALIDATION, "progress": False} | options))


def test_validation_metrics_are_those_of_the_network_after_the_epoch():
    trainer = small_trainer(metrics=["f1", "roc_auc"])
    found = []

    def look(event):
        if isinstance(event, EpochDone):
            scores = trainer.net.predict(VALIDATION[0])
            found.append((event.metrics["val_f1"], f1(scores, VALIDATION[1])))

    fit(trainer, on_event=look)
    assert len(found) == EPOCHS
    for ours, expected in found:
        assert ours == pytest.approx(expected)


def test_training_metrics_are_of_the_scores_that_the_steps_saw():
    history = fit(small_trainer(metrics=["accuracy"]))
    for epoch in history.epochs:
        assert epoch.metrics["train_accuracy"] == pytest.approx(epoch.train_accuracy)
        assert epoch.metrics["val_accuracy"] == pytest.approx(epoch.val_accuracy)


def test_metrics_change_nothing_in_training():
    plain, measured = small_trainer(), small_trainer(metrics=["f1", "calibration_error"])
    fit(plain)
    fit(measured)
    assert everything(plain) == everything(measured)


def test_without_validation_there_are_training_metrics_only():
    history = fit(small_trainer(metrics=["f1"]), validation=None)
    assert [set(epoch.metrics) for epoch in history.epochs] == [{"train_f1"}] * EPOCHS


class Script:
    """A metric that returns the values of a list, one after the other; training and validation in turns."""

    def __init__(self, *values):
        self.values = [value for one in values for value in (0.0, one)]

    def __call__(self, predictions, targets):
        return self.values.pop(0)


def scripted(*values, larger_is_better=True, **options):
    metric = Metric(Script(*values), "own", larger_is_better)
    return small_trainer(metrics=[metric], monitor="val_own", **options)


@pytest.mark.parametrize(
    ("values", "larger", "best"),
    [((1, 3, 2, 0), True, 2), ((1, 3, 2, 0), False, 4), ((math.nan, 1, math.nan, 0.5), True, 2)],
)
def test_the_monitored_metric_decides_the_best_epoch(values, larger, best):
    trainer = scripted(*values, larger_is_better=larger)
    after = []

    def look(event):
        if isinstance(event, EpochDone):
            after.append(trainer.net.params.flat.copy())

    history = fit(trainer, on_event=look)
    assert history.best_epoch == best
    np.testing.assert_array_equal(trainer.net.params.flat, after[best - 1])


def test_the_monitored_metric_stops_the_run():
    history = fit(scripted(1, 3, 2, 1, 0, 5), epochs=6, patience=2)
    assert (len(history.epochs), history.best_epoch) == (4, 2)


def test_a_run_that_patience_ended_is_extended_and_counts_patience_anew(tmp_path):
    ended = fit(scripted(1, 3, 2, 1), epochs=6, patience=2, folder=tmp_path)
    assert len(ended.epochs) == 4
    with pytest.raises(StorageError, match="epochs 6 -> 5"):
        fit(scripted(), epochs=5, patience=2, folder=tmp_path, resume=True)
    extended = fit(scripted(0, 0), epochs=9, patience=2, folder=tmp_path, resume=True)
    assert (len(extended.epochs), extended.best_epoch) == (6, 2)
    assert len(fit(scripted(), epochs=9, patience=2, folder=tmp_path, resume=True).epochs) == 6  # it has ended again
    better = fit(scripted(5, 0, 0), epochs=12, patience=2, folder=tmp_path, resume=True)
    assert (len(better.epochs), better.best_epoch) == (9, 7)


def test_at_equal_values_the_smaller_loss_is_better():
    history = fit(scripted(1, 1, 1, 1))
    losses = [epoch.val_loss for epoch in history.epochs]
    assert history.best_epoch == 1 + int(np.argmin(losses))


def test_a_metric_that_is_never_a_number_has_no_best_epoch():
    assert fit(scripted(*[math.nan] * EPOCHS)).best_epoch is None


@pytest.mark.parametrize("monitor", ["val_loss", "val_accuracy", "val_f1", "val_calibration_error", "val_top_2"])
def test_names_that_can_be_monitored_without_being_listed(monitor):
    history = fit(small_trainer(monitor=monitor))
    values = [
        {"val_loss": epoch.val_loss, "val_accuracy": epoch.val_accuracy, **epoch.metrics}[monitor]
        for epoch in history.epochs
    ]
    smaller = monitor in ("val_loss", "val_calibration_error")
    assert values[history.best_epoch - 1] == (min if smaller else max)(values)


def test_by_default_accuracy_decides_and_for_numbers_the_loss():
    monitor = Monitor.of()
    assert monitor.rank(0.5, 0.9, {}) == (0.9, -0.5)
    assert monitor.rank(0.5, None, {}) == (0.0, -0.5)
    assert monitor.rank(math.nan, 0.9, {}) is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"metrics": ["acuracy"]}, "did you mean 'accuracy'"),
        ({"metrics": ["f1", f1]}, "different names; got f1, f1"),
        ({"metrics": 3}, "metrics must be a list"),
        ({"monitor": "f1"}, "monitor must be val_loss, val_accuracy or val_ and a metric; got 'f1'"),
        ({"monitor": 3}, "monitor must be val_loss"),
        ({"monitor": "val_acc"}, "there is no such metric; did you mean 'val_accuracy'"),
        ({"monitor": "val_f11"}, "there is no such metric; did you mean 'val_f1'"),
        ({"monitor": "val_f1_per_class"}, "monitor must be one number; f1_per_class has one for each class"),
        ({"metrics": [lambda p, t: 1.0], "monitor": "val_<lambda>"}, "say whether larger is better"),
        ({"monitor": "val_r2"}, "the metric r2 is not for classes; those are: accuracy, top_5"),
    ],
)
def test_what_cannot_be_measured_or_monitored_is_refused(options, message):
    with pytest.raises(ShapeError, match=message):
        fit(small_trainer(**options))


def test_monitoring_needs_something_to_monitor():
    with pytest.raises(ShapeError, match=r"monitor='val_f1' needs validation data"):
        fit(small_trainer(monitor="val_f1"), validation=None)
    with pytest.raises(ShapeError, match="needs classes; for numbers use val_loss"):
        Monitor.of((), "val_accuracy").check(Numbers(("y",), (0.0,), (1.0,)), validated=True)
    Monitor.of((), "val_accuracy").check(Classes(("a", "b")), validated=True)


def test_one_metric_need_not_be_in_a_list():
    assert [metric.name for metric in Monitor.of("f1").metrics] == ["f1"]
    assert [metric.name for metric in Monitor.of(accuracy).metrics] == ["accuracy"]


@pytest.mark.parametrize("step", [3, 6, 8])
def test_a_resumed_run_measures_what_an_uninterrupted_one_does(tmp_path, step):
    """The checkpoint lies within an epoch: what metrics saw before it must be there again."""
    options = {"metrics": ["f1", "roc_auc"], "monitor": "val_f1"}
    whole = fit(small_trainer(**options))
    part = fit(small_trainer(**options), folder=tmp_path / "run", on_event=interrupt_at(step))
    assert part.interrupted
    resumed = small_trainer(**options)
    history = fit(resumed, folder=tmp_path / "run", resume=True)
    assert without_seconds(history.epochs) == without_seconds(whole.epochs)
    assert history.best_epoch == whole.best_epoch


@pytest.mark.parametrize(
    ("other", "changed"),
    [({"monitor": "val_loss"}, "monitor none -> val_loss"), ({"metrics": ["f1"]}, r"metrics \[\] -> \['f1'\]")],
)
def test_a_resumed_run_must_measure_the_same(tmp_path, other, changed):
    fit(small_trainer(), folder=tmp_path / "run", on_event=interrupt_at(3))
    with pytest.raises(StorageError, match=f"other settings: {changed}$"):
        fit(small_trainer(**other), folder=tmp_path / "run", resume=True)


def test_a_resumed_run_must_have_the_same_target(tmp_path):
    x = TRAINING[0]

    def run(y, **options):
        trainer = Trainer(Network([Affine(1)], (6,)), SGD(0.01), batch_size=BATCH, loss="mse")
        trainer.fit((x, y), 2, folder=tmp_path / "run", progress=False, **options)

    run(x[:, 0], on_event=interrupt_at(2))
    with pytest.raises(StorageError, match=r"target mean \[\S+\] -> \[\S+\]"):
        run(x[:, 0] + 5, resume=True)
    run(x[:, 0], resume=True)


def test_metrics_reach_the_metrics_file(tmp_path):
    record = MetricsFile(tmp_path / "metrics.jsonl")
    history = fit(scripted(1, math.nan, 2, 3), on_event=record)
    lines = [entry for entry in read_metrics(record.path) if entry["event"] == "epoch"]
    assert [entry["metrics"]["val_own"] for entry in lines] == [1, None, 2, 3]
    assert lines[0]["metrics"] == json.loads(json.dumps(dict(history.epochs[0].metrics)))


def test_numbers_are_also_measured_in_their_units_and_what_decides_is_said():
    """Without a word on metrics, an epoch of a regression tells the error in units; which value decides is in the first event."""
    x = np.random.default_rng(0).standard_normal((60, 2))
    y = 1000 + 50 * x[:, 0]
    stream = io.StringIO()
    trainer = Trainer(Network([Affine(1)], (2,)), SGD(learning_rate=0.1), loss="mse")
    history = trainer.fit(x, y, epochs=2, validation=0.5, on_event=ProgressDisplay(stream))
    assert set(history.metrics) == {"train_rmse", "val_rmse"}
    for epoch in history.epochs:
        assert epoch.metrics["val_rmse"] == pytest.approx(math.sqrt(epoch.val_loss) * trainer.target.std[0], rel=1e-4)
    assert "; * is the best epoch by validation loss\n" in stream.getvalue()
    assert f"val_rmse {history.metrics['val_rmse'][-1]:.4g}" in stream.getvalue()
    assert trainer.settings()["metrics"] == []  # a resume does not ask for what nobody chose
    asked = Trainer(Network([Affine(1)], (2,)), SGD(learning_rate=0.1), loss="mse", metrics=["mae"], monitor="val_mae")
    asked.fit(x, y, epochs=1, validation=0.5, on_event=ProgressDisplay(again := io.StringIO()))
    assert "; * is the best epoch by validation mae\n" in again.getvalue()
    several = Trainer(Network([Affine(2)], (2,)), loss="mse").fit(x, x, epochs=1, progress=False)
    assert set(several.metrics) == {"train_rmse[y0]", "train_rmse[y1]"}
