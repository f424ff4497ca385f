"""Tests that a run is resumed only as what it was: another network or preprocessing is refused, with what differs."""

import numpy as np
import pytest

from pellucid.data import Augmentation, Dataset, Pipeline, Standardization
from pellucid.nets import (
    Affine,
    BatchNorm,
    Dropout,
    Function,
    Network,
    ReLU,
    Residual,
    StorageError,
    Tanh,
    read_tensors,
    write_tensors,
)
from pellucid.optim import SGD, Constant
from pellucid.train import CheckpointFolder, StepDone

from .small_runs import EPOCHS, clusters, everything, interrupt_at, small_net, small_trainer


def net_of(*layers, shape=(6,)):
    return Network([*layers, Affine(3)], shape)


LAYERS = (Affine(8), BatchNorm(), ReLU(), Dropout(keep=0.8))  # of small_net, before its last


def fit(folder, trainer=None, **options):
    trainer = small_trainer() if trainer is None else trainer
    trainer.fit(clusters(), EPOCHS, folder=folder, **options)
    return trainer


@pytest.fixture
def interrupted(tmp_path):
    """The folder of a run of `small_net` that was interrupted after step 10."""
    fit(tmp_path / "run", on_event=interrupt_at(10))
    return tmp_path / "run"


def refusal(folder, **options):
    """The settings that a refusal names."""
    with pytest.raises(StorageError) as caught:
        fit(folder, resume=True, **options)
    message = str(caught.value)
    assert "\n" not in message
    newest = CheckpointFolder(folder).paths()[0]
    start = f"{newest} belongs to a run with other settings: "
    assert message.startswith(start)
    return message.removeprefix(start)


# ---- another network ----


@pytest.mark.parametrize(
    ("layers", "named"),
    [
        ((Affine(8), BatchNorm(), Tanh(), Dropout(keep=0.8)), "layer 3 ReLU -> Tanh"),
        ((Affine(8), BatchNorm(), ReLU(), Dropout(keep=0.5)), "layer 4 (Dropout) keep 0.8 -> 0.5"),
        ((Affine(8), BatchNorm(eps=0.1), ReLU(), Dropout(keep=0.8)), "layer 2 (BatchNorm) eps 1e-05 -> 0.1"),
        ((*LAYERS, Tanh()), "layer 5 Affine -> Tanh, layer 6 none -> Affine"),
        (LAYERS[:3], "layer 4 Dropout -> Affine, layer 5 Affine -> none"),
        ((Affine(9), *LAYERS[1:]), "layer 1 (Affine) out 8 -> 9"),
        (
            (Affine(9), Tanh(), Tanh(), Tanh()),
            "layer 1 (Affine) out 8 -> 9, layer 2 BatchNorm -> Tanh, layer 3 ReLU -> Tanh, and 1 more",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_another_network_is_refused_layer_by_layer(interrupted, layers, named):
    trainer = small_trainer(net=net_of(*layers))
    before = everything(trainer)
    assert refusal(interrupted, trainer=trainer) == named
    assert everything(trainer) == before
    assert trainer.steps_done == trainer.epochs_done == 0


def test_a_layer_within_a_branch_is_named(tmp_path):
    def trainer(activation, keep):
        body = [Affine(6), activation, Residual([Dropout(keep=keep)])]
        return small_trainer(net=net_of(Residual(body)))

    fit(tmp_path, trainer(ReLU(), 0.9), on_event=interrupt_at(3))
    expected = "layer 1 body 2 ReLU -> Tanh, layer 1 body 3 body 1 (Dropout) keep 0.9 -> 0.5"
    assert refusal(tmp_path, trainer=trainer(Tanh(), 0.5)) == expected


def test_another_function_is_named(tmp_path):
    def trainer(name, width=6):
        twice = Function(
            lambda x, b: (x * 2, len(b)), lambda d, n: (d * 2, np.zeros(n)), {"b": np.zeros(width)}, name=name
        )
        return small_trainer(net=net_of(twice, Affine(8)))

    fit(tmp_path, trainer("twice"), on_event=interrupt_at(3))
    assert refusal(tmp_path, trainer=trainer("double")) == "layer 1 (Function) name twice -> double"
    assert refusal(tmp_path, trainer=trainer("twice", 5)) == "parameters twice1.b [6] -> [5]"
    fit(tmp_path, trainer("twice"), resume=True)


def test_other_first_values_are_no_other_network(interrupted):
    """The values come from the checkpoint: how a network was initialized no longer matters."""
    trainer = small_trainer(net=net_of(Affine(8, init=0.5), *LAYERS[1:]))
    assert everything(fit(interrupted, trainer, resume=True)) == everything(fit(None))


def test_layer_settings_that_are_numpy_numbers_are_equal_to_pythons(interrupted):
    trainer = small_trainer(net=net_of(Affine(np.int64(8)), *LAYERS[1:]))
    assert everything(fit(interrupted, trainer, resume=True)) == everything(fit(None))


# ---- other settings ----


def test_every_setting_is_named_with_both_values(interrupted):
    trainer = small_trainer(optimizer=SGD(0.5), batch_size=15, clip_norm=None, schedule=Constant(), net=small_net(2))
    assert refusal(interrupted, trainer=trainer) == (
        "optimizer adamw -> sgd, learning_rate 0.02 -> 0.5, batch_size 16 -> 15, "
        "schedule OneCycle(peak=0.3, start=0.04, final=4e-06) -> Constant(), clip_norm 2.0 -> none, network_seed 0 -> 2"
    )


def test_the_length_of_the_run_is_named(interrupted):
    with pytest.raises(StorageError, match=r"settings: samples 60 -> 90, epochs 4 -> 5$"):
        small_trainer().fit(clusters(90), 5, folder=interrupted, resume=True)


def test_what_changes_no_step_may_change(interrupted):
    trainer = fit(interrupted, resume=True, checkpoint_every=2, checkpoint_seconds=1.0)
    assert everything(trainer) == everything(fit(None))


def test_a_function_as_schedule_can_be_resumed(tmp_path):
    """Its repr holds an address, which is another in another process."""

    def trainer():
        return small_trainer(schedule=lambda done: 1 - 0.5 * done)

    first, second = trainer(), trainer()
    assert repr(first.schedule) != repr(second.schedule)
    fit(tmp_path, first, on_event=interrupt_at(6))
    assert everything(fit(tmp_path, second, resume=True)) == everything(fit(None, trainer()))
    assert "schedule <function" in refusal(tmp_path, trainer=small_trainer(schedule=Constant()))


def test_settings_are_saved_as_they_are_when_a_checkpoint_is_written(tmp_path):
    """A layer that was frozen within the run must be frozen before it is resumed."""

    def freeze(trainer):
        def on_event(event):
            interrupt_at(10)(event)
            if isinstance(event, StepDone) and event.step == 5:
                trainer.net.freeze("affine1.weight")

        return on_event

    first = small_trainer()
    fit(tmp_path, first, on_event=freeze(first))
    assert refusal(tmp_path) == "frozen ['affine1.weight'] -> []"


# ---- another pipeline ----

IMAGES = np.random.default_rng(0).integers(0, 256, (40, 1, 6, 6), dtype=np.uint8)
DATA = Dataset(IMAGES, np.arange(40) % 2, ("a", "b"))
PLAIN = Standardization(np.array([100.0]), np.array([50.0]))


def fit_images(folder, pipeline, **options):
    trainer = small_trainer(net=Network([Affine(2)], (1, 6, 6)))
    trainer.fit(DATA, 3, pipeline=pipeline, folder=folder, **options)
    return everything(trainer)


@pytest.mark.parametrize(
    ("pipeline", "named"),
    [
        (Pipeline(PLAIN, Augmentation(flip=True, crop_pad=2)), "pipeline flip False -> True, pipeline crop_pad 0 -> 2"),
        (Pipeline(Standardization(np.array([120.0]), PLAIN.std)), "pipeline mean [100] -> [120]"),
        (Pipeline(None), "pipeline mean [100] -> none, pipeline std [50] -> none"),
        (Pipeline(PLAIN, dtype=np.float64), "pipeline dtype float32 -> float64"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_another_pipeline_is_refused(tmp_path, pipeline, named):
    fit_images(tmp_path, Pipeline(PLAIN), on_event=interrupt_at(3))
    with pytest.raises(StorageError) as caught:
        fit_images(tmp_path, pipeline, resume=True)
    assert str(caught.value).endswith(f"other settings: {named}")
    assert fit_images(tmp_path, Pipeline(PLAIN), resume=True) == fit_images(None, Pipeline(PLAIN))


def test_the_standardization_that_nobody_passed_counts_too(tmp_path):
    fit_images(tmp_path, None, on_event=interrupt_at(3))
    with pytest.raises(StorageError, match=r"pipeline mean \[1\d\d\.\d+\] -> \[100\], pipeline std"):
        fit_images(tmp_path, Pipeline(PLAIN), resume=True)
    fit_images(tmp_path, None, resume=True)


def test_a_standardization_of_many_features_is_compared_too(tmp_path):
    x, y = clusters()
    mean = np.arange(6 * 2.0)

    def trainer():
        return small_trainer(net=Network([Affine(3)], (12,)))

    data = Dataset(np.hstack([x, x]), y, ("a", "b", "c"))
    of_mean = [Pipeline(Standardization(m, np.ones(12))) for m in (mean, mean + (np.arange(12) == 7))]
    trainer().fit(data, 3, pipeline=of_mean[0], folder=tmp_path, on_event=interrupt_at(3))
    with pytest.raises(StorageError, match=r"pipeline mean 12 values \(\w+\) -> 12 values \(\w+\)$"):
        trainer().fit(data, 3, pipeline=of_mean[1], folder=tmp_path, resume=True)
    trainer().fit(data, 3, pipeline=of_mean[0], folder=tmp_path, resume=True)


def test_a_pipeline_where_there_was_none_is_refused(tmp_path):
    fit(tmp_path, on_event=interrupt_at(3))
    pipeline = Pipeline(Standardization(np.zeros(6), np.ones(6)))
    with pytest.raises(StorageError, match=r"settings: pipeline none -> \(mean \[0, 0, 0, 0, 0, 0\], std .*\)$"):
        fit(tmp_path, resume=True, pipeline=pipeline)


# ---- checkpoints of earlier versions ----


def forget(folder, *names):
    """Rewrite the checkpoints as a version wrote them that did not save these settings."""
    for path in CheckpointFolder(folder).paths():
        arrays, document = read_tensors(path)
        for name in names:
            del document["settings"][name]
        write_tensors(path, arrays, document)


def test_a_checkpoint_that_does_not_say_network_and_pipeline_can_be_resumed(interrupted):
    forget(interrupted, "network", "pipeline")
    assert everything(fit(interrupted, resume=True)) == everything(fit(None))


def test_what_it_does_say_is_compared(interrupted):
    forget(interrupted, "network", "pipeline")
    assert refusal(interrupted, trainer=small_trainer(reg=0.5)) == "reg 0.001 -> 0.5"
    wide = small_trainer(net=net_of(Affine(9), *LAYERS[1:]))
    assert "parameters affine1.weight [6, 8] -> [6, 9]" in refusal(interrupted, trainer=wide)
