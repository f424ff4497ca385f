"""`--model net.toml` and `--model net.py:function`: a run of one's own network, which repeats and resumes from its folder."""

import json

from pellucid.nets import read_tensors
from pellucid.train import CheckpointFolder

NET = """
[[layer]]
kind = "flatten"
[[layer]]
kind = "affine"
out = 24
name = "hidden"
[[layer]]
kind = "relu"
[[layer]]
kind = "affine"
out = "classes"
"""
FUNCTION = """
from pellucid.nets import Add, Affine, Flatten, Input, Network, ReLU

def build(input_shape, classes, seed):
    x = Input(input_shape)
    hidden = ReLU()(Affine(16)(Flatten()(x)))
    return Network(x, Affine(classes)(Add()(hidden, Affine(16)(hidden))), seed=seed)
"""


def best(folder):
    return {name: array.tobytes() for name, array in read_tensors(CheckpointFolder(folder).best_path)[0].items()}


def test_a_run_of_a_toml_file_repeats_from_its_folder_alone(pellucid, tmp_path):
    (tmp_path / "net.toml").write_text(NET)
    first, second = tmp_path / "first", tmp_path / "second"
    done = pellucid("train", "--model", tmp_path / "net.toml", "--epochs", 2, "--quiet", "--out", first)
    assert (done.code, done.err) == (0, "")
    assert 'model = "net.toml"' in (first / "config.toml").read_text()
    (tmp_path / "net.toml").write_text("something else")
    assert (first / "net.toml").read_text() == NET
    assert pellucid("train", "--config", first / "config.toml", "--quiet", "--out", second).code == 0
    assert best(first) == best(second)
    assert json.loads((first / "summary.json").read_text())["model"] == "net"


def test_a_run_of_a_function_resumes_with_its_copy_of_the_file(pellucid, tmp_path):
    (tmp_path / "net.py").write_text(FUNCTION)
    run = tmp_path / "run"
    flags = ("--epochs", 1, "--quiet", "--seed", 3)
    assert pellucid("train", "--model", f"{tmp_path / 'net.py'}:build", *flags, "--out", run).code == 0
    before = best(run)
    (tmp_path / "net.py").unlink()
    assert pellucid("resume", run, "--quiet").code == 0
    assert best(run) == before
    assert "affine2" in pellucid("describe", run).out
    (run / "net.py").write_text(FUNCTION.replace("Affine(16)(hidden)", "Affine(16)(Affine(16)(hidden))"))
    done = pellucid("resume", run, "--quiet")
    assert done.code != 0
    assert "belongs to a run with other settings: layer 5 " in done.err


def test_describe_of_files_and_mistakes_in_them(pellucid, tmp_path):
    (tmp_path / "net.toml").write_text(NET)
    (tmp_path / "net.py").write_text(FUNCTION)
    assert "affine2" in pellucid("describe", tmp_path / "net.toml", "--shape", "1,8,8").out
    assert "add1" in pellucid("describe", f"{tmp_path / 'net.py'}:build", "--shape", "1,8,8", "--classes", 7).out
    (tmp_path / "net.toml").write_text(NET.replace("out = 24", "aut = 24"))
    for words in (("describe", tmp_path / "net.toml"), ("train", "--model", tmp_path / "net.toml", "--quiet")):
        done = pellucid(*words, *(("--out", tmp_path / "run") if words[0] == "train" else ()))
        assert done.code != 0
        assert f"{tmp_path / 'net.toml'}, line 6: affine has no setting 'aut'; did you mean 'out'?" in done.err
        assert len(done.err.splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_names_are_understood_or_suggested(pellucid, tmp_path):
    flags = ("--epochs", 1, "--quiet", "--lr", 0.01, "--optimizer", "Adam", "--model", "Fully_Connected")
    assert pellucid("train", *flags, "--out", tmp_path / "run").code == 0
    recorded = (tmp_path / "run" / "config.toml").read_text()
    for line in ("learning_rate = 0.01", 'optimizer = "adam"', 'model = "fully-connected"'):
        assert line in recorded
    done = pellucid("train", "--model", "vgg")
    assert "--model" in done.err or "model must be one of" in done.err
    assert "did you mean 'vgg6-bn'?" in done.err
    assert "did you mean 'adam'?" in pellucid("train", "--optimizer", "adamm").err
    (tmp_path / "c.toml").write_text("initscale = 1.0\n")
    assert "unknown key 'initscale'; did you mean 'init'?" in pellucid("train", "--config", tmp_path / "c.toml").err
    (tmp_path / "c.toml").write_text("lr = 0.1\nlearning_rate = 0.2\n")
    assert "learning_rate is given twice" in pellucid("train", "--config", tmp_path / "c.toml").err
