"""`train --from`: going on from a run, a network or weights, with a new head and frozen layers."""

import tomllib

import numpy as np
import pytest

from pellucid import load as load_model
from pellucid.interop.state_dict import save_safetensors
from pellucid.nets import build, read_tensors
from pellucid.train import CheckpointFolder

MODEL = ("--model", "fully-connected", "--hidden", "24")
ONE_EPOCH = ("--epochs", 1, "--quiet")


@pytest.fixture(scope="module")
def five_digits(tmp_path_factory):
    """The digits 0 to 4 as a data set of their own, and a run on it."""
    from pellucid.data import load

    train, folder = load("digits").train, tmp_path_factory.mktemp("five")
    few = train.labels < 5
    np.savez(folder / "five.npz", x=train.images[few], y=train.labels[few])
    return folder / "five.npz"


def best(folder):
    return read_tensors(CheckpointFolder(folder).best_path)[0]


def test_a_run_goes_on_from_another_with_a_new_head_and_frozen_layers(pellucid, five_digits, tmp_path):
    source, run, again = tmp_path / "source", tmp_path / "run", tmp_path / "again"
    assert pellucid("train", "--data", five_digits, *MODEL, *ONE_EPOCH, "--out", source).code == 0
    flags = ("--from", source, "--new-head", "--freeze", "affine1.*", "--epochs", 2, "--quiet")
    assert pellucid("train", *flags, "--out", run).code == 0
    old, new = best(source), best(run)
    np.testing.assert_array_equal(new["params/affine1.weight"], old["params/affine1.weight"])
    assert new["params/affine2.weight"].shape == (24, 10)
    assert "from_" not in (run / "config.toml").read_text()
    recorded = tomllib.loads((run / "config.toml").read_text())
    assert (recorded["from"], recorded["freeze"], recorded["new_head"]) == ("start.safetensors", "affine1.*", True)

    # Inputs are standardized as the frozen layers know them.
    for stat in ("mean", "std"):
        expected = getattr(load_model(source).preparation.standardization, stat)
        np.testing.assert_array_equal(getattr(load_model(run).preparation.standardization, stat), expected)

    for file in source.iterdir():
        file.unlink()
    assert pellucid("train", "--config", run / "config.toml", "--quiet", "--out", again).code == 0
    for name, array in best(again).items():
        np.testing.assert_array_equal(array, new[name])
    assert pellucid("resume", run, "--quiet").code == 0


def test_a_network_goes_on_without_a_new_head(pellucid, tmp_path):
    net = build("fully-connected", (1, 8, 8), 10, hidden=(24,), seed=5)
    net.freeze("*")
    net.save(tmp_path / "net.safetensors")
    flags = ("--from", tmp_path / "net.safetensors", "--lr", 1e-9, *ONE_EPOCH)
    assert pellucid("train", *flags, "--out", tmp_path / "run").code == 0
    found = best(tmp_path / "run")["params/affine1.weight"]
    np.testing.assert_allclose(found, net.params["affine1.weight"], atol=1e-6)
    assert not np.array_equal(found, net.params["affine1.weight"]), "the source's frozen layers stayed frozen"


@pytest.mark.parametrize("new_head", [False, True])
def test_weights_by_the_names_of_pytorch_fill_the_model(pellucid, tmp_path, new_head):
    net = build("fully-connected", (1, 8, 8), 7 if new_head else 10, hidden=(24,), seed=5)
    save_safetensors(net, tmp_path / "weights.safetensors")
    flags = (*MODEL, "--from", tmp_path / "weights.safetensors", "--lr", 1e-9, *(["--new-head"] * new_head), *ONE_EPOCH)
    assert pellucid("train", *flags, "--out", tmp_path / "run").code == 0
    found = best(tmp_path / "run")
    np.testing.assert_allclose(found["params/affine1.weight"], net.params["affine1.weight"], atol=1e-6)
    assert found["params/affine2.weight"].shape == (24, 10)


@pytest.mark.interop
def test_an_onnx_file_goes_on_with_its_own_preprocessing(pellucid, tmp_path):
    pytest.importorskip("onnx")
    source, run = tmp_path / "source", tmp_path / "run"
    assert pellucid("train", *MODEL, *ONE_EPOCH, "--out", source).code == 0
    assert pellucid("export", source, tmp_path / "net.onnx").code == 0
    flags = ("--from", tmp_path / "net.onnx", "--freeze", "affine1.*", *ONE_EPOCH)
    assert pellucid("train", *flags, "--out", run).code == 0
    np.testing.assert_allclose(best(run)["params/affine1.weight"], best(source)["params/affine1.weight"], atol=1e-7)
    known = load_model(run).preparation.standardization
    np.testing.assert_allclose(known.mean, load_model(source).preparation.standardization.mean, rtol=1e-6)


def wrong_sources(tmp_path):
    build("fully-connected", (3, 8, 8), 10).save(tmp_path / "colour.safetensors")
    build("fully-connected", (1, 8, 8), 7).save(tmp_path / "seven.safetensors")
    save_safetensors(build("fully-connected", (1, 8, 8), 10, hidden=(9,)), tmp_path / "weights.safetensors")
    (tmp_path / "text.safetensors").write_text("no tensors")
    (tmp_path / "empty").mkdir()
    return {
        "colour.safetensors": "takes samples of shape (3, 8, 8); the data has (1, 8, 8)",
        "seven.safetensors": "gives (7,) for each sample, and the data needs (10,); add --new-head",
        "weights.safetensors": "affine1.weight must have shape (64, 24) here; got (64, 9)",
        "text.safetensors": "it cannot be read as safetensors",
        "nosuch.safetensors": "it does not exist, or is a folder without a trained network",
        "empty": "it does not exist, or is a folder without a trained network",
    }


def test_a_source_that_does_not_fit_is_one_line_before_the_first_step(pellucid, tmp_path):
    for name, part in wrong_sources(tmp_path).items():
        done = pellucid("train", *MODEL, "--from", tmp_path / name, "--quiet", "--out", tmp_path / "run")
        assert done.code != 0
        assert part in done.err, (name, done.err)
        assert len(done.err.splitlines()) == 1
        assert not (tmp_path / "run").exists()
    assert "new_head only applies to a run that starts from another" in pellucid("train", "--new-head").err
    done = pellucid("train", *MODEL, "--freeze", "conv*", "--quiet", "--out", tmp_path / "run")
    assert "no parameter is named 'conv*'; there are affine1.weight" in done.err


def test_code_is_no_network_to_start_from(pellucid, tmp_path):
    (tmp_path / "net.py").write_text("print(1)")
    done = pellucid("train", "--data", "digits", "--from", tmp_path / "net.py", "--epochs", "1")
    assert done.code == 1
    assert done.err.endswith("not code; a network written in Python is --model net.py:FUNCTION\n")
