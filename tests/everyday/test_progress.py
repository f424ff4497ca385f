"""What a user sees of a run: progress in a script, settings in its first lines, what is saved at Ctrl-C, more epochs."""

import json
import re
import signal
import subprocess
import sys
from functools import partial

import numpy as np
import pytest
from PIL import Image
from tests.cli.commands import command, environment, in_process

import pellucid
import pellucid.__main__
from pellucid import progress
from pellucid.nets import read_tensors, write_tensors
from pellucid.studies.study import StudyError
from pellucid.studies.terminal import run_in_terminal
from pellucid.train import StepDone, StoppedEarly
from pellucid.train.checkpoint import CheckpointFolder
from pellucid.train.config import TrainConfig
from pellucid.train.readers import watching
from pellucid.train.readers.progress_display import ProgressDisplay
from pellucid.train.run import config_of, resume_run, start_run

SCRIPT = """
import numpy as np, pellucid
from pellucid.nets import Affine, Network
x = np.random.default_rng(0).standard_normal((40, 4))
trainer = pellucid.Trainer(Network([Affine(2)], (4,)), batch_size=16)
trainer.fit(x, (x[:, 0] > 0).astype(int), epochs=3, validation=0.2{more})
print("done")
"""


def run_script(text):
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, timeout=120, check=True)
    return done.stdout, done.stderr.splitlines()


def test_a_script_shows_a_line_for_each_epoch_on_stderr():
    out, lines = run_script(SCRIPT.format(more=""))
    assert out == "done\n"
    assert lines[0].startswith("32 samples, 2 steps per epoch, 10 parameters, ")
    assert lines[1] == (
        "adam, learning rate 0.001, beta1 0.9, beta2 0.999, eps 1e-08, batch size 16, schedule Constant(), loss softmax, seed 0"
        "; * is the best epoch by validation accuracy"
    )
    assert [line.split("  ")[0] for line in lines[2:5]] == ["epoch 1/3", "epoch 2/3", "epoch 3/3"]
    assert all(re.match(r"DR\d{3} |  ", line) for line in lines[5:])  # the doctor's


def test_a_script_can_be_quiet():
    assert run_script(SCRIPT.format(more=", progress=False")) == ("done\n", [])


@pytest.mark.parametrize("folder", [False, True])
def test_an_interrupted_fit_says_what_is_saved(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(watching, "_make", lambda: Interrupting())
    x = np.random.default_rng(0).standard_normal((40, 4))
    trainer = pellucid.Trainer(pellucid.Network([pellucid.nets.Affine(2)], (4,)), batch_size=16)
    history = trainer.fit(x, np.arange(40) % 2, epochs=3, folder=tmp_path / "run" if folder else None)
    assert history.interrupted
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("interrupted after step 2; ")
    assert last.endswith("checkpoint-000000002.safetensors" if folder else "since fit was given no folder")


class Interrupting(ProgressDisplay):
    """A display during which the user presses Ctrl-C."""

    def __call__(self, event):
        super().__call__(event)
        if isinstance(event, StepDone) and event.step == 2:
            signal.raise_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    config = TrainConfig(model="fully-connected", hidden=(16,), epochs=2, schedule="constant")
    return folder, start_run(config, folder, lambda event: None)


def test_a_finished_run_is_extended(finished, tmp_path, monkeypatch):
    monkeypatch.setattr("pellucid.train.results._pictures", lambda facts: {})
    folder, outcome = finished
    longer = start_run(
        TrainConfig(model="fully-connected", hidden=(16,), epochs=4, schedule="constant"),
        tmp_path / "w",
        lambda event: None,
    )
    extended = resume_run(folder, lambda event: None, epochs=4)
    assert outcome.summary["epochs"] == 2
    for key in ("epochs", "steps", "val_accuracy", "test_accuracy", "best_epoch"):
        assert extended.summary[key] == longer.summary[key]
    assert "epochs = 4" in (folder / "config.toml").read_text()
    seen = []
    again = resume_run(folder, seen.append)  # the folder knows that it is longer now
    assert again.summary == extended.summary
    assert not any(isinstance(event, StepDone) for event in seen)


@pytest.fixture
def no_results(monkeypatch):
    """Figures and a report take longest and are not what a test is about."""
    monkeypatch.setattr("pellucid.train.run.write_results", lambda *_: {})


def test_extending_is_refused_in_words(finished, capsys):
    folder, _ = finished
    done = subprocess.run(
        command("resume", folder, "--epochs", 1), capture_output=True, text=True, timeout=120, env=environment()
    )
    assert done.returncode == 2
    assert done.stderr.startswith("pellucid: --epochs must be more than the ")
    assert "Traceback" not in done.stderr


def test_an_interrupted_run_leaves_its_report_and_is_not_extended(tmp_path):
    def interrupt(event):
        if isinstance(event, StepDone) and event.step == 3:
            signal.raise_signal(signal.SIGINT)

    start_run(TrainConfig(model="fully-connected", hidden=(8,), epochs=2), tmp_path / "run", interrupt)
    page = (tmp_path / "run" / "report.html").read_text()
    assert "The run was interrupted after step 3, with 0 of 2 epochs done." in page
    assert f"<code>pellucid resume {tmp_path / 'run'}</code> goes on from where the run was interrupted" in page
    assert (tmp_path / "run" / "curves.png").exists()
    assert not (tmp_path / "run" / "summary.json").exists()
    with pytest.raises(ValueError, match=r"only extends a finished run; .* has done 0 of 2 epochs; finish it first"):
        resume_run(tmp_path / "run", lambda event: None, epochs=5)


def patience_ended(folder):
    """A run that does not improve after its first epoch: its learning rate is next to nothing."""
    config = TrainConfig(model="fully-connected", hidden=(8,), epochs=6, learning_rate=1e-30, patience=2)
    seen = []
    start_run(config, folder, seen.append)
    stopped = next(event for event in seen if isinstance(event, StoppedEarly))
    assert stopped.epoch == 3
    return config


@pytest.mark.usefixtures("no_results")
def test_a_run_that_patience_ended_goes_on_with_more(tmp_path):
    config = patience_ended(tmp_path / "run")
    with pytest.raises(ValueError, match=r"--patience must be more than the 2 epochs .*; got 2"):
        resume_run(tmp_path / "run", lambda event: None, patience=2)
    with pytest.raises(ValueError, match=r"--epochs must be more than the 6 .*; got 5; --patience goes on within them"):
        resume_run(tmp_path / "run", lambda event: None, epochs=5)
    assert resume_run(tmp_path / "run", lambda event: None, patience=4).last.epochs == 5
    assert config_of(tmp_path / "run").patience == 4
    assert resume_run(tmp_path / "run", lambda event: None, epochs=7).last.epochs == 7
    assert config_of(tmp_path / "run").epochs == 7
    with pytest.raises(ValueError, match=r"--patience: .* has done all its 7 epochs; give --epochs, too"):
        resume_run(tmp_path / "run", lambda event: None, patience=9)
    assert config.patience == 2


def test_a_finished_run_says_so(finished, capsys):
    folder, _ = finished
    resume_run(folder, ProgressDisplay())
    assert "the run is finished: all " in capsys.readouterr().err


@pytest.mark.parametrize("where", ["load_data", "write_results"])
def test_ctrl_c_outside_the_loop_says_what_is_saved(where, tmp_path, monkeypatch, capsys):
    def press(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(f"pellucid.train.run.{where}", press)
    folder = tmp_path / "run"
    words = ("train", "--model", "fully-connected", "--hidden", "8", "--epochs", "1", "--out", folder)
    done = in_process(*words)
    assert done.code == 1
    saved = "nothing is saved" if where == "load_data" else f"continue with: pellucid resume {folder}"
    assert done.err.splitlines()[-1] == f"pellucid: interrupted; {saved}"
    assert folder.exists() == (where != "load_data")


def test_ctrl_c_in_a_study_says_how_many_trials_are_saved(tmp_path, monkeypatch):
    def press(*_, **__):
        (tmp_path / "trials").mkdir()
        (tmp_path / "trials" / "one.json").write_text("{}")
        raise KeyboardInterrupt

    monkeypatch.setattr("pellucid.studies.terminal.run_study", press)
    with pytest.raises(StudyError, match=r"interrupted; 1 trials are saved in .*; the same command continues"):
        run_in_terminal("init-scale", data=None, seeds=1, quick=True, workers=1, out=tmp_path, quiet=True)


COMMANDS = {
    "find-lr": ("pellucid.train.run.load_data", ("find-lr", "--data", "digits")),
    "predict": ("pellucid.train.model.load", ("predict", "run", "image.png")),
    "evaluate": ("pellucid.train.model.load", ("evaluate", "run")),
    "check": ("pellucid.checker.check_command.check_submission", ("check", __file__)),
}


def press(*_, **__):
    raise KeyboardInterrupt


@pytest.mark.parametrize(("where", "words"), COMMANDS.values(), ids=COMMANDS)
def test_ctrl_c_in_a_command_that_saves_nothing_says_so(where, words, monkeypatch, capsys):
    monkeypatch.setattr(where, press)
    done = in_process(*words)
    assert (done.code, done.err) == (1, "pellucid: interrupted; nothing is saved\n")


def test_ctrl_c_while_the_program_starts_is_one_line_too(monkeypatch, capsys):
    monkeypatch.setattr("pellucid.cli.main", press)
    with pytest.raises(SystemExit) as ended:
        pellucid.__main__.main()
    assert ended.value.code == 1
    assert capsys.readouterr().err == "pellucid: interrupted; nothing is saved\n"


@pytest.mark.parametrize("state", [True, False])
def test_ctrl_c_in_the_check_of_a_folder_says_what_is_saved(state, tmp_path, monkeypatch, capsys):
    def one_and_then(*_, **__):
        if state:
            (tmp_path / "state" / "one.json").write_text("{}")
        yield None
        raise KeyboardInterrupt

    monkeypatch.setattr("pellucid.checker.check_command.check_folder", one_and_then)
    (tmp_path / "class").mkdir()
    words = ("check", tmp_path / "class", *(("--resume", tmp_path / "state") if state else ()))
    done = in_process(*words)
    saved = f"1 results are saved in {tmp_path / 'state'}; the same command continues"
    expected = saved if state else "nothing is saved; with --resume DIR, every file's result is"
    assert (done.code, done.err) == (1, f"pellucid: interrupted; {expected}\n")


# ---- long jobs ----


def test_pictures_that_are_predicted_are_counted(finished, tmp_path, monkeypatch, capsys):
    folder, _ = finished
    paths = [tmp_path / f"{number}.png" for number in range(3)]
    for path in paths:
        Image.fromarray(np.zeros((8, 8), np.uint8)).save(path)
    monkeypatch.setattr("pellucid.train.model.model.ROWS_AT_ONCE", 2)
    monkeypatch.setattr("pellucid.train.model.model.job", partial(progress.job, delay=0.0))
    pellucid.load(folder).predict(paths)
    assert "reading images: 2 of 3" in capsys.readouterr().err
    pellucid.load(folder).predict(np.zeros((3, 1, 8, 8), np.float32))
    assert "reading images" not in capsys.readouterr().err


def test_a_job_is_silent_at_first_and_then_shows_lines(capsys, monkeypatch):
    clock = iter([0.0, 0.5, 2.0, 2.0, 3.0, 13.0, 13.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    with progress.job("reading images") as show:
        for done in (1, 2000, 2500, 3000):
            show(done, 50_000)
    assert capsys.readouterr().err.splitlines() == [
        "reading images: 2,000 of 50,000",
        "reading images: 3,000 of 50,000",
    ]


def test_a_hidden_job_shows_nothing(capsys):
    with progress.hidden(), progress.job("trials", delay=0.0) as show:
        show(1, 2)
    with progress.job("trials", delay=0.0) as show:
        show(1, None)
    assert capsys.readouterr().err == "trials: 1\n"


def test_the_report_and_the_summary_state_every_setting(finished):
    folder, _ = finished
    stated = json.loads((folder / "summary.json").read_text())["settings"]
    assert stated.startswith("adamw, learning rate 0.001, ")
    assert "weight decay 0.01, batch size 64, schedule Constant(), loss softmax, label smoothing 0.1, seed 0" in stated
    assert stated in (folder / "report.html").read_text()
    for line in ("learning_rate = 0.001", "weight_decay = 0.01", "label_smoothing = 0.1", 'loss = "softmax"'):
        assert line in (folder / "config.toml").read_text()


@pytest.mark.usefixtures("no_results")
@pytest.mark.parametrize("more", [{"epochs": 7}, {"epochs": 7, "patience": 5}], ids=["epochs", "both"])
def test_a_run_of_an_earlier_version_that_patience_ended_is_extended(tmp_path, more):
    """Its checkpoints do not hold the patience; its config.toml does."""
    patience_ended(tmp_path / "run")
    for path in CheckpointFolder(tmp_path / "run").paths():
        arrays, document = read_tensors(path)
        del document["progress"]["patience"]
        write_tensors(path, arrays, document)
    assert resume_run(tmp_path / "run", lambda event: None, **more).last.epochs > 3
    assert config_of(tmp_path / "run").epochs == 7
