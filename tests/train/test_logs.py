"""Logs for other tools hold what the run's own history holds, also after a resume; the tools themselves read them back."""

import csv

import numpy as np
import pytest

import pellucid
from pellucid.nets import Affine, Conv, Flatten, Network, ReLU, StorageError
from pellucid.optim import Adam
from pellucid.shapes import ShapeError
from pellucid.train import Trainer
from pellucid.train.logs import CSV, MLflow, TensorBoard, run_logs
from pellucid.train.logs.values import epoch_values, every_of, flat, step_values


@pytest.fixture(scope="module")
def digits():
    data = pellucid.data.load("digits")
    return (data.train.images[:200], data.train.labels[:200]), (
        data.validation.images[:60],
        data.validation.labels[:60],
    )


def trainer():
    net = Network([Conv(4, 3, pad=1), ReLU(), Flatten(), Affine(10)], (1, 8, 8), seed=1)
    return Trainer(net, Adam(learning_rate=0.01), batch_size=50)


def fit(digits, log, epochs=3, **options):
    (x, y), held = digits
    return trainer().fit(x, y, epochs, validation=held, on_event=log, **options)


def rows_of(path):
    with open(path, newline="") as file:
        return list(csv.DictReader(file))


def test_a_row_for_each_epoch(digits, tmp_path):
    history = fit(digits, CSV(tmp_path / "run.csv"))
    rows = rows_of(tmp_path / "run.csv")
    assert [int(row["epoch"]) for row in rows] == [1, 2, 3]
    assert [int(row["step"]) for row in rows] == [4, 8, 12]
    np.testing.assert_allclose([float(row["loss/train"]) for row in rows], history.train_loss, rtol=1e-5)
    np.testing.assert_allclose([float(row["accuracy/val"]) for row in rows], history.val_accuracy, rtol=1e-5)


def test_a_resumed_run_reads_as_one_that_never_stopped(digits, tmp_path):
    whole, parted = tmp_path / "whole.csv", tmp_path / "parted.csv"
    fit(digits, CSV(whole), 4, folder=tmp_path / "a")
    (x, y), held = digits
    events = trainer().events((x, y), 4, validation=held, folder=tmp_path / "b", checkpoint_every=4)
    log = CSV(parted)
    for event in events:
        log(event)
        if isinstance(event, pellucid.train.EpochDone) and event.epoch == 3:
            break
    events.close()
    fit(digits, CSV(parted), 4, folder=tmp_path / "b", resume=True)
    kept = [{name: value for name, value in row.items() if name != "seconds"} for row in rows_of(parted)]
    assert kept == [{name: value for name, value in row.items() if name != "seconds"} for row in rows_of(whole)]


def test_a_new_run_replaces_the_rows_of_an_earlier_one(digits, tmp_path):
    fit(digits, CSV(tmp_path / "run.csv"), 3)
    fit(digits, CSV(tmp_path / "run.csv"), 2)
    assert len(rows_of(tmp_path / "run.csv")) == 2


@pytest.mark.parametrize(
    "content", [b"price,rooms\n100,3\n", b"step,loss/train\nfirst,0.5\n", b"step,a\n1,2,3\n", b"\xff\xfe\x00"]
)
def test_a_file_that_is_no_log_is_not_overwritten(digits, tmp_path, content):
    path = tmp_path / "houses.csv"
    path.write_bytes(content)
    with pytest.raises(StorageError, match=r"houses.csv is not the log of a run, and would be overwritten"):
        fit(digits, CSV(path), 1)
    assert path.read_bytes() == content


def test_a_file_that_cannot_be_written_is_named(digits, tmp_path):
    with pytest.raises(StorageError, match="cannot write"):
        fit(digits, CSV(tmp_path / "none" / "run.csv"), 1)


def test_a_log_of_another_name_is_refused(tmp_path):
    with pytest.raises(
        ShapeError, match="--log must be one of csv, tensorboard, mlflow; got 'tensorbord'; did you mean 'tensorboard'"
    ):
        run_logs(["tensorbord"], tmp_path)


def test_what_is_not_installed_is_named_with_the_command_that_installs_it(monkeypatch, tmp_path):
    for module in ("tensorboard.summary.writer.event_file_writer", "mlflow.tracking"):
        monkeypatch.setitem(__import__("sys").modules, module, None)
    for name in ("tensorboard", "mlflow"):
        with pytest.raises(
            ModuleNotFoundError, match=rf'{name} is not installed; run pip install "pellucid\[{name}\]"'
        ):
            run_logs([name], tmp_path)


def test_numbers_that_are_none_are_left_out():
    step = pellucid.train.StepDone(3, 1, 0.5, float("nan"), 0.1, float("inf"), 0.01)
    assert step_values(step) == {"step/loss": 0.5, "step/learning_rate": 0.1}
    epoch = pellucid.train.EpochDone(1, 4, 0.5, 0.9, None, None, True, 0.1, 0.1, {"val_f1": 0.8})
    assert epoch_values(epoch) == {
        "loss/train": 0.5,
        "accuracy/train": 0.9,
        "f1/val": 0.8,
        "epoch": 1.0,
        "seconds": 0.1,
    }


def test_long_runs_log_a_part_of_their_steps():
    def started(steps):
        return pellucid.train.Started(10, 10, steps, 0, 0, 1, "native")

    assert every_of(started(100)) == 1
    assert every_of(started(100_000)) == 200
    assert every_of(started(None)) == 10


def test_settings_become_single_values():
    assert flat({"a": {"b": 1, "c": {"d": "x"}}, "e": None, "f": [1, 2]}) == {"a.b": 1, "a.c.d": "x", "f": "[1, 2]"}


@pytest.mark.interop
def test_tensorboard_reads_what_was_written(digits, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.plugins.hparams import plugin_data_pb2

    history = fit(digits, TensorBoard(tmp_path))
    read = EventAccumulator(str(tmp_path), size_guidance={"scalars": 0, "tensors": 0, "images": 0})
    read.Reload()
    losses = read.Scalars("loss/train")
    assert [scalar.step for scalar in losses] == [4, 8, 12]
    np.testing.assert_allclose([scalar.value for scalar in losses], history.train_loss, rtol=1e-6)
    np.testing.assert_allclose([scalar.value for scalar in read.Scalars("step/loss")], history.step_losses, rtol=1e-6)
    histograms = {tag for tag in read.Tags()["tensors"] if tag.startswith(("weights/", "gradients/"))}
    names = {
        f"{kind}/{layer}.{array}"
        for kind in ("weights", "gradients")
        for layer in ("conv1", "affine1")
        for array in ("weight", "bias")
    }
    assert histograms == names
    assert len(read.Images("filters of the first layer")) == 3
    assert [node.name for node in read.Graph().node] == ["input", "conv1", "relu1", "flatten1", "affine1"]
    start = plugin_data_pb2.HParamsPluginData.FromString(
        read.SummaryMetadata("_hparams_/session_start_info").plugin_data.content
    )
    assert start.session_start_info.hparams["batch_size"].number_value == 50


@pytest.mark.interop
def test_tensorboard_hides_the_steps_that_a_resumed_run_takes_again(digits, tmp_path):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    (x, y), held = digits
    log = TensorBoard(tmp_path / "log")
    events = trainer().events((x, y), 4, validation=held, folder=tmp_path / "run", checkpoint_every=4)
    for event in events:
        log(event)
        if isinstance(event, pellucid.train.StepDone) and event.step == 11:
            break
    events.close()
    history = fit(digits, TensorBoard(tmp_path / "log"), 4, folder=tmp_path / "run", resume=True)
    read = EventAccumulator(str(tmp_path / "log"), size_guidance={"scalars": 0})
    read.Reload()
    steps = read.Scalars("step/loss")
    assert [scalar.step for scalar in steps] == list(range(1, 17))
    np.testing.assert_allclose([s.value for s in steps][-len(history.step_losses) :], history.step_losses, rtol=1e-6)


@pytest.mark.interop
def test_mlflow_reads_what_was_written(digits, tmp_path):
    from mlflow.tracking import MlflowClient

    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "report.html").write_text("<p>well</p>")
    client = MlflowClient(uri)
    client.create_experiment("digits", artifact_location=(tmp_path / "artifacts").as_uri())
    history = fit(digits, MLflow("digits", run="first", tracking_uri=uri, artifacts=tmp_path / "files"))
    (run,) = client.search_runs([client.get_experiment_by_name("digits").experiment_id])
    assert (run.info.status, run.info.run_name) == ("FINISHED", "first")
    assert run.data.params["batch_size"] == "50"
    logged = sorted(client.get_metric_history(run.info.run_id, "loss/val"), key=lambda metric: metric.step)
    assert [metric.step for metric in logged] == [4, 8, 12]
    np.testing.assert_allclose([metric.value for metric in logged], history.val_loss)
    assert len(client.get_metric_history(run.info.run_id, "step/loss")) == len(history.step_losses)
    assert [file.path for file in client.list_artifacts(run.info.run_id)] == ["report.html"]


@pytest.mark.interop
def test_a_run_that_is_resumed_goes_on_in_its_run_of_mlflow(digits, tmp_path):
    from mlflow.tracking import MlflowClient

    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    fit(digits, MLflow(run="one", tracking_uri=uri), 2, folder=tmp_path / "run")
    longer = trainer()
    (x, y), held = digits
    longer.fit(
        x, y, 4, validation=held, folder=tmp_path / "run", resume=True, on_event=MLflow(run="one", tracking_uri=uri)
    )
    client = MlflowClient(uri)
    (run,) = client.search_runs([client.get_experiment_by_name("pellucid").experiment_id])
    assert [m.step for m in client.get_metric_history(run.info.run_id, "epoch")] == [4, 8, 12, 16]
