"""docs/networks.md: its code runs in order, and its TOML file is a network."""

import re
from pathlib import Path

import numpy as np

from pellucid import Trainer
from pellucid.layers import bce_loss, mse_loss
from pellucid.nets import MODELS, Affine, Concat, Input, ModelFile, Network, build
from pellucid.optim import Adam

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "networks.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_code_of_the_page_runs(capsys):
    space: dict = {}
    for block in blocks("python"):
        exec(block, space)
    shown = capsys.readouterr().out
    assert "conv1:2" in shown or "conv2:2" in shown
    assert "learning rate" in shown
    assert len(space["history"].epochs) == 2
    trunk, larger = space["trunk"], space["larger"]
    np.testing.assert_array_equal(larger.params["trunk.conv1.weight"], trunk.params["conv1.weight"])


def test_the_function_of_the_page_is_a_model(tmp_path):
    (block,) = (block for block in blocks("python") if "# net.py" in block)
    (tmp_path / "net.py").write_text(block)
    net = ModelFile.of(f"{tmp_path / 'net.py'}:build").network((1, 8, 8), 7)
    assert [operation.kind for operation in net.program.operations] == ["conv", "relu", "flatten", "affine"]
    assert net.output_shape == (7,)


def test_two_outputs_are_trained_by_joining_them():
    """As the page says: one loss of the joined columns, which takes them apart."""

    def both(scores, targets):
        (value, first), (yes_no, second) = (
            mse_loss(scores[:, :1], targets[:, :1]),
            bce_loss(scores[:, 1:], targets[:, 1:]),
        )
        return value + yes_no, np.concatenate([first, second], axis=1)

    x, rows = Input((3,)), np.random.default_rng(0).standard_normal((60, 3))
    net = Network(x, Concat()(Affine(1)(x), Affine(1)(x)))
    targets = np.stack([rows[:, 0] * 2, rows[:, 1] > 0], axis=1)
    trainer = Trainer(net, Adam(lr=0.1), loss=both)
    trainer.fit(rows, targets, epochs=60, progress=False)
    found = net.predict(rows)
    assert np.abs(found[:, 0] - targets[:, 0]).max() < 0.2
    assert ((found[:, 1] > 0) == targets[:, 1]).mean() > 0.9


def test_the_toml_file_of_the_page_is_a_graph(tmp_path):
    (block,) = blocks("toml")
    (tmp_path / "net.toml").write_text(block)
    net = ModelFile.of(str(tmp_path / "net.toml")).network((1, 8, 8), 7)
    assert [operation.kind for operation in net.program.operations] == ["conv", "relu", "add", "affine"]


def test_the_table_of_named_models_counts_them():
    rows = re.findall(r"^\| `([\w-]+)` \| .* \| ([\d,]+) \| ([\d,]+) \|$", PAGE, re.MULTILINE)
    assert [name for name, _, _ in rows] == list(MODELS)
    for name, parameters, multiply_adds in rows:
        net = build(name, (3, 32, 32), 10, init=0.0)
        assert f"{net.params.flat.size:,}" == parameters, name
        assert f"{sum(operation.multiply_adds for operation in net.program.operations):,}" == multiply_adds, name
