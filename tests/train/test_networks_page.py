"""docs/networks.md: its code runs in order, and its TOML file is a network."""

import re
from pathlib import Path

import numpy as np

from pellucid.nets import ModelFile

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


def test_the_toml_file_of_the_page_is_a_graph(tmp_path):
    (block,) = blocks("toml")
    (tmp_path / "net.toml").write_text(block)
    net = ModelFile.of(str(tmp_path / "net.toml")).network((1, 8, 8), 7)
    assert [operation.kind for operation in net.program.operations] == ["conv", "relu", "add", "affine"]
