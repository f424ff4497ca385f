"""Tests of `pellucid train` and `pellucid resume`."""

import json
import re
import signal
import subprocess
import time

import pytest

from pellucid.kernels import fastest_layers
from pellucid.nets import read_tensors
from pellucid.train import CheckpointFolder, Interrupted, StepDone
from pellucid.train.config import TrainConfig, settings
from pellucid.train.run import Outcome

from .commands import TINY, command, environment, in_a_process


@pytest.fixture
def started(monkeypatch):
    """Catch what `pellucid train` would start: a list of (configuration, folder)."""
    seen = []

    def start_run(config, folder, on_event, on_data=None, *, doctor=True):
        seen.append((config, folder))
        return Outcome(folder, Interrupted(0, None), None)

    monkeypatch.setattr("pellucid.train.run.start_run", start_run)
    return seen


def arrays_of(folder):
    checkpoints = CheckpointFolder(folder)
    return [
        {name: array.tobytes() for name, array in read_tensors(path)[0].items()}
        for path in (checkpoints.best_path, checkpoints.paths()[0])
    ]


# ---- a run ----


def test_a_run_leaves_its_folder_and_one_line(run_folder, pellucid, tmp_path):
    done = pellucid("train", *TINY, "--learning-rate", "0.02", "--quiet", "--out", tmp_path / "run")
    assert done.code == 0
    assert done.err == ""
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert done.out == (
        f"test accuracy {summary['test_accuracy']:.2%} (best epoch {summary['best_epoch']}); "
        f"report: {tmp_path / 'run' / 'report.html'}\n"
    )
    examined = {p.name for p in run_folder.iterdir()}  # by the doctor, whom tests in this process do without
    assert {p.name for p in (tmp_path / "run").iterdir()} == examined - {"findings.json", "setup.json", "vitals.jsonl"}


def test_plain_lines_where_there_is_no_terminal(tmp_path):
    done = in_a_process("train", *TINY, "--out", "run", cwd=tmp_path)
    assert done.code == 0
    assert len(done.out.splitlines()) == 1
    first, settings, *epochs = done.err.splitlines()
    table = fastest_layers().name
    assert first == f"1,294 samples, 21 steps per epoch, 4,938 parameters, {table} layers"
    assert settings.startswith("adamw, learning rate 0.001, ")
    assert settings.endswith(", loss softmax, label smoothing 0.1, seed 0; * is the best epoch by validation accuracy")
    assert "weight decay 0.01, batch size 64, schedule OneCycle(" in settings
    assert len(epochs) == 3
    for number, line in enumerate(epochs, 1):
        assert re.fullmatch(
            rf"epoch {number}/3  loss \d\.\d{{4}}  accuracy \d\d?\.\d\d%  validation \d\d?\.\d\d%  \d+\.\d s(  \*)?",
            line,
        ), line
    assert "\x1b" not in done.err + done.out
    assert "\r" not in done.err


def test_a_folder_of_its_own_without_out(pellucid, tmp_path, monkeypatch, started):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs" / "digits-three-layer-convnet-1").mkdir(parents=True)
    pellucid("train", "--quiet")
    ((config, folder),) = started
    assert config == TrainConfig()
    assert str(folder) == "runs/digits-three-layer-convnet-2"


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_without_options_over_98_percent_on_the_digits(tmp_path):
    began = time.perf_counter()
    done = in_a_process("train", cwd=tmp_path, timeout=550)
    assert done.code == 0
    folder = tmp_path / "runs" / "digits-three-layer-convnet-1"
    summary = json.loads((folder / "summary.json").read_text())
    print(
        f"digits: {summary['test_accuracy']:.2%} in {time.perf_counter() - began:.0f} s ({summary['seconds']} s of steps)"
    )
    assert summary["test_accuracy"] > 0.98
    assert done.out.endswith(f"report: {folder.relative_to(tmp_path) / 'report.html'}\n")


# ---- flags, files and the configuration ----

VALUES = {
    "data": ("cifar10", "cifar10"),
    "target": ("price", "price"),
    "task": ("regression", "regression"),
    "categories": ("zip,year", "zip,year"),
    "exclude": ("id", "id"),
    "size": ("48", 48),
    "model": ("vgg6-bn", "vgg6-bn"),
    "from_": ("/runs/digits-1", "/runs/digits-1"),
    "new_head": (None, True),
    "freeze": ("conv*", "conv*"),
    "epochs": ("7", 7),
    "batch_size": ("13", 13),
    "optimizer": ("nesterov", "nesterov"),
    "learning_rate": ("0.5", 0.5),
    "beta1": ("0.75", 0.75),
    "beta2": ("0.875", 0.875),
    "eps": ("1e-6", 1e-6),
    "momentum": ("0.75", 0.75),
    "decay": ("0.875", 0.875),
    "schedule": ("cosine", "cosine"),
    "schedule_peak": ("0.25", 0.25),
    "schedule_start": ("0.125", 0.125),
    "schedule_final": ("0.125", 0.125),
    "schedule_factor": ("0.25", 0.25),
    "schedule_at": ("0.25,0.5", (0.25, 0.5)),
    "schedule_fraction": ("0.25", 0.25),
    "schedule_cycles": ("4", 4),
    "schedule_growth": ("1.5", 1.5),
    "schedule_patience": ("2", 2),
    "schedule_minimum": ("0.125", 0.125),
    "average": ("ema", "ema"),
    "ema_decay": ("0.75", 0.75),
    "swa_start": ("0.5", 0.5),
    "accumulate": ("2", 2),
    "weight_decay": ("0.125", 0.125),
    "reg": ("0.25", 0.25),
    "loss": ("svm", "svm"),
    "huber_delta": ("0.5", 0.5),
    "focal_gamma": ("3", 3.0),
    "label_smoothing": ("0.3", 0.3),
    "clip_norm": ("1.5", 1.5),
    "hidden": ("12,7", (12, 7)),
    "norm": ("layer", "layer"),
    "keep": ("0.75", 0.75),
    "init": ("0.01", "0.01"),
    "flip": (None, True),
    "crop": ("2", 2),
    "cutout": ("3", 3),
    "rotate": ("15", 15.0),
    "scale": ("0.25", 0.25),
    "colour": ("0.5", 0.5),
    "erase": ("0.125", 0.125),
    "mixup": ("0.75", 0.75),
    "cutmix": ("1", 1.0),
    "balanced": (None, True),
    "validation": ("0.2", 0.2),
    "metrics": ("f1,recall", "f1,recall"),
    "monitor": ("val_f1", "val_f1"),
    "patience": ("4", 4),
    "seed": ("9", 9),
    "checkpoint_every": ("6", 6),
}


NEEDED = {name: {"model": "fully-connected"} for name in ("hidden", "norm", "keep")}  # what else must be said
NEEDED["new_head"] = {"from_": "/runs/digits-1"}
NEEDED |= {"momentum": {"optimizer": "momentum"}, "decay": {"optimizer": "rmsprop"}}
NEEDED |= {f"schedule_{name}": {"schedule": "plateau"} for name in ("factor", "patience", "minimum")}
NEEDED |= {f"schedule_{name}": {"schedule": "warm-restarts"} for name in ("cycles", "growth")}
NEEDED |= {"schedule_at": {"schedule": "step"}, "schedule_fraction": {"schedule": "warm-up"}}
NEEDED |= {"huber_delta": {"loss": "huber"}, "focal_gamma": {"loss": "binary_focal"}}
NEEDED |= {"ema_decay": {"average": "ema"}, "swa_start": {"average": "swa"}}


def test_the_table_above_holds_every_setting():
    assert list(VALUES) == [setting.name for setting in settings()]


@pytest.mark.parametrize("name", list(VALUES))
def test_each_flag_reaches_its_field_and_no_other(pellucid, started, tmp_path, name):
    text, value = VALUES[name]
    flag = "--" + name.rstrip("_").replace("_", "-")
    besides = [part for key, item in NEEDED.get(name, {}).items() for part in (f"--{key.rstrip('_')}", item)]
    pellucid("train", flag, *([] if text is None else [text]), *besides, "--quiet", "--out", tmp_path / "run")
    ((config, folder),) = started
    assert config == TrainConfig(**{name: value}, **NEEDED.get(name, {}))
    assert folder == tmp_path / "run"


@pytest.mark.parametrize("name", list(VALUES))
def test_each_key_of_a_file_reaches_its_field(pellucid, started, tmp_path, name):
    value = VALUES[name][1]
    lines = {name: value, **NEEDED.get(name, {})}
    toml = "\n".join(f"{key.rstrip('_')} = {json.dumps(item)}" for key, item in lines.items())
    (tmp_path / "my.toml").write_text(toml)
    pellucid("train", "--config", tmp_path / "my.toml", "--quiet", "--out", tmp_path / "run")
    assert started[0][0] == TrainConfig(**lines)


def test_flags_win_over_the_file(pellucid, started, tmp_path):
    (tmp_path / "my.toml").write_text('epochs = 5\nseed = 3\nflip = true\noptimizer = "sgd"\n')
    pellucid("train", "--config", tmp_path / "my.toml", "--epochs", "6", "--no-flip", "-q", "--out", tmp_path / "run")
    assert started[0][0] == TrainConfig(epochs=6, seed=3, flip=False, optimizer="sgd")


@pytest.mark.parametrize(
    ("file", "flags", "expected"),
    [
        ('model = "fully-connected"', ["--keep", "0.5"], {"model": "fully-connected", "keep": 0.5}),
        ('model = "fully-connected"', ["--hidden", "9"], {"model": "fully-connected", "hidden": (9,)}),
        ('optimizer = "sgd"', ["--optimizer", "adamw", "--weight-decay", "0.1"], {"weight_decay": 0.1}),
        (
            'loss = "svm"',
            ["--loss", "softmax", "--label-smoothing", "0.2"],
            {"loss": "softmax", "label_smoothing": 0.2},
        ),
        ('loss = "huber"\nhuber_delta = 0.5', ["--loss", "mse"], {"loss": "mse"}),
        ('loss = "huber"\nhuber_delta = 0.5', ["--loss", "huber"], {"loss": "huber", "huber_delta": 0.5}),
        ('loss = "softmax"\nlabel_smoothing = 0.1', ["--loss", "svm"], {"loss": "svm"}),
        ("seed = 1", ["--loss", "cross_entropy"], {"seed": 1, "loss": "softmax"}),
        ("weight_decay = 0.1", ["--seed", "1"], {"weight_decay": 0.1, "seed": 1}),
        # What belonged to another choice goes with it, as from the config.toml of a run, which states everything.
        (
            'optimizer = "adamw"\nweight_decay = 0.1\nbeta1 = 0.8\nlearning_rate = 0.5',
            ["--optimizer", "adam"],
            {"optimizer": "adam", "beta1": 0.8, "learning_rate": 0.5},
        ),
        (
            'schedule = "one-cycle"\nschedule_peak = 0.2\nschedule_final = 0.1',
            ["--schedule", "cosine", "--schedule-final", "0.5"],
            {"schedule": "cosine", "schedule_final": 0.5},
        ),
        # A choice that the file leaves out is the default: adamw, one-cycle.
        (
            "beta1 = 0.8\nschedule_peak = 0.2",
            ["--optimizer", "sgd", "--schedule", "cosine"],
            {"optimizer": "sgd", "schedule": "cosine"},
        ),
        ("beta1 = 0.8", ["--optimizer", "adamw"], {"beta1": 0.8}),
        ('average = "ema"\nema_decay = 0.9', ["--average", "swa"], {"average": "swa"}),
        (
            'schedule = "one-cycle"\nschedule_peak = 0.2',
            ["--schedule", "one-cycle"],
            {"schedule": "one-cycle", "schedule_peak": 0.2},
        ),
    ],
)
def test_file_and_flags_are_judged_together(pellucid, started, tmp_path, file, flags, expected):
    """A flag may need what only the file says: --keep is for the model that the file names."""
    (tmp_path / "my.toml").write_text(file)
    done = pellucid("train", "--config", tmp_path / "my.toml", *flags, "--quiet", "--out", tmp_path / "run")
    assert "pellucid: stopped" in done.err, done.err
    assert started[0][0] == TrainConfig(**expected)


def test_a_path_to_data_is_kept_as_an_absolute_one(pellucid, started, tmp_path, monkeypatch):
    """A run can be resumed from anywhere."""
    monkeypatch.chdir(tmp_path)
    pellucid("train", "--data", "here/images", "--quiet", "--out", "run")
    assert started[0][0].data == str(tmp_path / "here" / "images")


# ---- interruption ----


def test_ctrl_c_saves_says_how_to_go_on_and_resume_does(tmp_path):
    """SIGINT to a real process, as soon as its first checkpoint lies there."""
    arguments = ["train", *TINY, "--epochs", "12", "--checkpoint-every", "1", "--quiet", "--out"]
    whole = in_a_process(*arguments, "whole", cwd=tmp_path)
    process = subprocess.Popen(
        command(*arguments, "run"),
        env=environment(),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        while not list((tmp_path / "run").glob("checkpoint-*")) and process.poll() is None:
            time.sleep(0.002)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 1
    assert out == ""
    stopped = re.fullmatch(r"pellucid: stopped after step (\d+); continue with: pellucid resume run\n", err)
    assert stopped, err
    assert 1 <= int(stopped[1]) < 252
    resumed = in_a_process("resume", "run", "--quiet", cwd=tmp_path)
    assert resumed.code == 0
    assert resumed.err == ""
    assert resumed.out == whole.out.replace("whole/", "run/")
    assert arrays_of(tmp_path / "run") == arrays_of(tmp_path / "whole")


def test_resume_says_where_it_goes_on(pellucid, tmp_path):
    from pellucid.train.run import start_run

    config = TrainConfig(model="fully-connected", hidden=(8,), epochs=2)

    def on_event(event):
        if isinstance(event, StepDone) and event.step == 25:
            signal.raise_signal(signal.SIGINT)

    start_run(config, tmp_path / "run", on_event)
    done = pellucid("resume", tmp_path / "run")
    assert done.code == 0
    assert done.err.splitlines()[0].endswith("; continuing after step 25")
    assert done.err.splitlines()[2].startswith("epoch 2/2")


def test_a_loss_that_is_not_finite_is_one_line_with_a_cure(pellucid, tmp_path):
    done = pellucid(
        "train", *TINY, "--optimizer", "sgd", "--learning-rate", "1e30", "--quiet", "--out", tmp_path / "run"
    )
    assert done.code == 1
    assert done.out == ""
    (line,) = done.err.splitlines()
    assert re.match(
        r"pellucid: step \d+: the loss is (nan|inf); the first value that is not finite appears in \w+", line
    )
    assert "Try a smaller --learning-rate" in line
    (saved,) = re.findall(r"saved in (\S+)\.", line)
    assert CheckpointFolder(tmp_path / "run").paths()[0].as_posix() == saved


def test_a_second_process_is_turned_away(pellucid, tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "config.toml").write_text("epochs = 1\n")
    with CheckpointFolder(folder).held():
        done = in_a_process("resume", folder, "--quiet")
    assert done.code == 1
    assert done.out == ""
    assert (
        done.err == f"pellucid: {folder} is being written by another process; wait for it, or choose another folder\n"
    )


@pytest.mark.parametrize(
    ("threads", "batch", "message"),
    [
        ("abc", "64", "PELLUCID_THREADS must be a whole number from 1 to 1024; got 'abc'"),
        ("2", "2000000000", "batch_size 2000000000 needs"),
    ],
)
def test_what_cannot_run_leaves_no_folder(tmp_path, threads, batch, message):
    given = environment() | {"PELLUCID_THREADS": threads}
    done = in_a_process("train", "--batch-size", batch, "--out", tmp_path / "run", "--quiet", env=given)
    assert (done.code, done.out) == (1, "")
    assert message in done.err
    assert len(done.err.splitlines()) == 1
    assert not (tmp_path / "run").exists()
