"""Tests of evaluate, predict, describe, info, --version and --help."""

import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import pellucid as package
from pellucid import Trainer
from pellucid.data import load
from pellucid.information import information
from pellucid.nets import MODELS, Affine, Flatten, Network, build
from pellucid.train.config import settings

from .commands import command, environment, in_a_process

COMMANDS = ["train", "resume", "evaluate", "predict", "describe", "info"]


@pytest.fixture(scope="module")
def digits():
    return load("digits")


# ---- evaluate ----


def test_evaluate_in_words(run_folder, pellucid):
    done = pellucid("evaluate", run_folder)
    summary = json.loads((run_folder / "summary.json").read_text())
    assert done.code == 0
    assert done.err == ""
    assert re.fullmatch(r"359 test samples: accuracy \d\d\.\d\d%, loss \d\.\d{4}\n", done.out)
    assert f"accuracy {summary['test_accuracy']:.2%}," in done.out


def test_evaluate_in_json_and_nothing_else_on_stdout(run_folder):
    done = in_a_process("evaluate", run_folder, "--json")
    summary = json.loads((run_folder / "summary.json").read_text())
    assert done.code == 0
    assert done.err == ""
    found = json.loads(done.out)
    assert list(found) == ["samples", "accuracy", "loss"]
    assert found["samples"] == 359
    assert found["accuracy"] == pytest.approx(summary["test_accuracy"])


def test_evaluate_on_other_data(run_folder, pellucid, digits, tmp_path):
    """All images of the test set, half of them with a wrong label: the accuracy halves."""
    images, labels = digits.test.images, digits.test.labels.copy()
    wrong = np.arange(len(labels)) % 2 == 0
    labels[wrong] = (labels[wrong] + 1) % 10
    np.savez(tmp_path / "other.npz", images=images, labels=labels)
    own = json.loads(pellucid("evaluate", run_folder, "--json").out)
    other = json.loads(pellucid("evaluate", run_folder, "--json", "--data", tmp_path / "other.npz").out)
    assert other["samples"] == len(labels)
    assert abs(other["accuracy"] - own["accuracy"] / 2) < 0.15


def to_zero(scores, targets):
    """A loss of one's own."""
    return float((scores**2).mean()), 2 * scores / scores.size


def test_evaluate_leaves_out_a_loss_of_which_it_only_knows_the_name(pellucid, digits, tmp_path):
    trainer = Trainer(Network([Flatten(), Affine(10)], (1, 8, 8)), loss=to_zero)
    trainer.fit(digits, 1, folder=tmp_path / "run", progress=False)
    done = pellucid("evaluate", tmp_path / "run", "--data", "digits", "--json")
    assert (done.code, list(json.loads(done.out))) == (0, ["samples", "accuracy"])
    assert "the loss is left out" in done.err


# ---- predict ----


def picture_of(digits, label, path, *, scale=8, nth=0):
    """Write a test digit as a PNG, each of its pixels a square of `scale` pixels."""
    row = np.flatnonzero(digits.test.labels == label)[nth]
    pixels = (digits.test.images[row, 0].astype(np.float64) * 255 / 16).round().astype(np.uint8)
    Image.fromarray(np.kron(pixels, np.ones((scale, scale), np.uint8))).save(path)
    return path


def test_predict_names_the_right_digit_first(run_folder, pellucid, digits, tmp_path):
    paths = [picture_of(digits, label, tmp_path / f"{label}.png") for label in range(10)]
    done = pellucid("predict", run_folder, *paths)
    assert done.code == 0
    assert done.err == ""
    lines = done.out.splitlines()
    assert len(lines) == 10
    correct = 0
    for label, (path, line) in enumerate(zip(paths, lines, strict=True)):
        assert re.fullmatch(rf"{re.escape(str(path))}: \d \d+\.\d%, \d \d+\.\d%, \d \d+\.\d%", line)
        shares = [float(share) for share in re.findall(r"([\d.]+)%", line.removeprefix(str(path)))]
        assert shares == sorted(shares, reverse=True)
        assert sum(shares) <= 100.2
        correct += line.removeprefix(f"{path}: ").startswith(f"{label} ")
    assert correct >= 8


def test_predict_sees_what_evaluation_sees(run_folder, digits, tmp_path):
    """A picture that was scaled up comes back to the pixels it was made of: the scores are those of the data set."""
    from pellucid.train.model.pictures import read_image

    model = package.load(run_folder)
    path = picture_of(digits, 3, tmp_path / "3.png", nth=2)
    row = np.flatnonzero(digits.test.labels == 3)[2]
    np.testing.assert_allclose(read_image(path, (1, 8, 8), 16), digits.test.images[row], atol=0.04)
    expected = model.predict_proba(digits.test.images[row : row + 1])
    assert model.predict(path) == [model.classes[expected.argmax()]]
    np.testing.assert_allclose(model.predict_proba([path]), expected, atol=0.02)


def test_shrinking_a_picture_averages(tmp_path):
    """A chequered picture is grey from afar; taking single pixels of it would be all black or all white."""
    from pellucid.train.model.pictures import read_image

    chequered = (np.indices((16, 16)).sum(axis=0) % 2 * 255).astype(np.uint8)
    Image.fromarray(chequered).save(tmp_path / "chequered.png")
    np.testing.assert_allclose(read_image(tmp_path / "chequered.png", (1, 8, 8), 16), 8, atol=0.05)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "1", "LA", "I;16"])
def test_predict_takes_every_kind_of_picture(run_folder, pellucid, digits, tmp_path, mode):
    """Black and white stay black and white in every mode, 16-bit grey included."""
    plain = picture_of(digits, 0, tmp_path / "0.png")
    with Image.open(plain) as image:
        if mode == "I;16":
            Image.fromarray(np.asarray(image).astype(np.uint16) * 257).save(tmp_path / "other.png")
        else:
            image.convert(mode).save(tmp_path / "other.png")
    done = pellucid("predict", run_folder, plain, tmp_path / "other.png", "--top", "1")
    assert done.code == 0
    (first, share), (second, other_share) = (line.split(": ")[1].split(" ") for line in done.out.splitlines())
    assert first == second
    if mode != "1":  # where grey is lost, the share may change
        assert share == other_share


@pytest.mark.parametrize(("top", "count"), [("1", 1), ("3", 3), ("10", 10), ("99", 10)])
def test_predict_names_as_many_classes_as_asked(run_folder, pellucid, digits, tmp_path, top, count):
    path = picture_of(digits, 1, tmp_path / "1.png")
    assert pellucid("predict", run_folder, path, "--top", top).out.count("%") == count


# ---- describe ----


@pytest.mark.parametrize("model", list(MODELS))
def test_describe_every_model(pellucid, model):
    done = pellucid("describe", model)
    assert done.code == 0
    assert done.err == ""
    assert done.out == build(model, (3, 32, 32), 10).describe() + "\n"
    assert done.out.splitlines()[-1].startswith("total")


def test_describe_another_shape(pellucid):
    done = pellucid("describe", "vgg6-bn", "--shape", "1,16,16", "--classes", "3")
    assert done.out == build("vgg6-bn", (1, 16, 16), 3).describe() + "\n"


def test_describe_a_run(pellucid, run_folder):
    net = build("fully-connected", (1, 8, 8), 10, hidden=(64,), norm="batch")
    inputs, *table, outputs = pellucid("describe", run_folder).out.splitlines()
    assert table == net.describe().splitlines()
    assert (
        inputs
        == "inputs: samples of shape (1, 8, 8) of raw pixels from 0 to 16, standardized by the model; trained on digits"
    )
    assert outputs == "outputs: classes, the likeliest class: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9"


# ---- info, version ----


def test_info(pellucid):
    done = pellucid("info")
    assert done.code == 0
    lines = dict(re.split(r" {2,}", line, maxsplit=1) for line in done.out.splitlines() if "  " in line)
    assert done.out.splitlines() == [f"{name:<16} {value}" for name, value in information().items()]
    assert done.out.startswith(f"pellucid         {package.__version__}\n")
    assert {"python", "numpy", "layers", "threads", "data", "cache"} <= set(lines)
    assert "native module" in done.out
    assert "instruction set" in done.out


def test_info_says_where_data_is_looked_for(pellucid, monkeypatch):
    monkeypatch.setenv("PELLUCID_DATA", "/somewhere/data")
    assert "/somewhere/data" in pellucid("info").out
    monkeypatch.delenv("PELLUCID_DATA")
    assert "PELLUCID_DATA is not set" in pellucid("info").out


def test_info_says_how_many_threads_numpy_was_given(pellucid, monkeypatch):
    monkeypatch.setattr("pellucid.information._blas", lambda: "scipy-openblas 0.3")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "3")
    assert "BLAS threads     OPENBLAS_NUM_THREADS is 3\n" in pellucid("info").out
    monkeypatch.delenv("OPENBLAS_NUM_THREADS")
    assert "OPENBLAS_NUM_THREADS is not set" in pellucid("info").out
    monkeypatch.setattr("pellucid.information._blas", lambda: "mkl-dynamic 2024")
    assert "MKL_NUM_THREADS is " in pellucid("info").out


def test_info_says_why_there_is_no_native_module():
    code = 'import sys; sys.modules["pellucid.kernels._native"] = None; from pellucid.cli import main; main()'
    done = subprocess.run(
        [sys.executable, "-c", code, "info"], capture_output=True, text=True, env=environment(), timeout=60, check=True
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("native module"))
    assert "no compiled module" in line
    assert "install with a C++ compiler" in line
    assert re.search(r"^layers +reference", done.stdout, re.MULTILINE)


@pytest.mark.parametrize("arguments", [["--version"], ["--version", "train"]])
def test_version(pellucid, arguments):
    assert pellucid(*arguments) == (0, f"pellucid {package.__version__}\n", "")


# ---- help ----


@pytest.mark.parametrize("command", [None, *COMMANDS])
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_fits_a_screen(pellucid, command, flag):
    done = pellucid(*([] if command is None else [command]), flag)
    assert done.code == 0
    assert done.err == ""
    lines = done.out.splitlines()
    assert len(lines) <= (130 if command == "train" else 60)  # `train` has a flag for each setting
    assert max(map(len, lines)) <= 100
    assert "Usage:" in done.out
    assert "[bold]" not in done.out
    assert "[dim]" not in done.out


def test_help_names_every_command(pellucid):
    out = pellucid("--help").out
    for name in COMMANDS:
        assert re.search(rf"^│ {name} +\S", out, re.MULTILINE)


def test_help_of_train_names_every_flag_and_shows_examples(pellucid):
    out = pellucid("train", "--help").out
    for setting in settings():
        assert re.search(rf"^│ +{setting.flag}[ ,]", out, re.MULTILINE), setting.flag
        if isinstance(setting.default, bool):
            assert f"--no-{setting.flag[2:]}" in out
    for flag in ("--out", "--config", "--quiet"):
        assert flag in out
    assert out.count("pellucid train ") >= 4
    words = " ".join(re.sub(r"[│╭╮╰╯─]", " ", out).split())
    for name in (*MODELS, "one-cycle", "adamw", "softmax"):
        assert name in words


@pytest.mark.parametrize(
    ("command", "flags"),
    [
        ("resume", ["--quiet", "DIR"]),
        ("evaluate", ["--data", "--json", "DIR"]),
        ("predict", ["--top", "DIR", "FILE"]),
        ("describe", ["--shape", "--classes", "MODEL"]),
    ],
)
def test_help_of_the_others_names_every_flag(pellucid, command, flags):
    out = pellucid(command, "--help").out
    for flag in flags:
        assert flag in out


def test_without_a_command_help_is_shown(pellucid):
    done = pellucid()
    assert done.code == 2
    assert "Commands" in done.out + done.err


def test_a_reader_that_goes_away_is_no_traceback(run_folder):
    """`pellucid describe ... | head -0`: the pipe is closed before anything is written."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            command("describe", run_folder),
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
            timeout=60,
        )
    finally:
        os.close(writing)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_photos_of_different_sizes_are_trained_on_evaluated_and_predicted(pellucid, tmp_path):
    """As photos are: each of its own size and mode. The size is the run's, so evaluation needs no flag."""
    rng = np.random.default_rng(0)
    for name in ("katze", "hündin"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for i in range(12):
            pixels = rng.integers(0, 256, (9 + i, 20 - i, 3), dtype=np.uint8)
            Image.fromarray(pixels).convert("L" if i == 3 else "RGB").save(tmp_path / "photos" / name / f"{i}.png")
    photos, run = tmp_path / "photos", tmp_path / "run"
    mixed = pellucid("train", "--data", photos, "--epochs", 1, "--out", tmp_path / "mixed", "--quiet")
    assert mixed.code == 0
    assert mixed.err == (
        f"pellucid: {photos}: 24 of 24 images are resized to 14x14; give a size to choose another; "
        "2 grey images are converted to RGB\n"
    )
    assert json.loads(pellucid("evaluate", tmp_path / "mixed", "--json").out)["samples"] > 0
    assert pellucid("train", "--data", photos, "--size", 10, "--epochs", 1, "--out", run, "--quiet").code == 0
    for more in ([], ["--data", photos]):
        assert json.loads(pellucid("evaluate", run, "--json", *more).out)["samples"] > 0
    assert pellucid("predict", run, photos / "katze" / "3.png").code == 0
    digits_have_one = pellucid("train", "--size", 10, "--epochs", 1, "--out", tmp_path / "digits", "--quiet")
    assert (
        digits_have_one.err
        == "pellucid: load: size only applies to a folder of images; 'digits' is not one; leave it out\n"
    )
    assert not (tmp_path / "digits").exists()
