"""What is shown: pictures, tables, LaTeX, numbers, explanations, and the commands that show them."""

import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import pytest
from tests.cli.commands import in_process

import pellucid
from pellucid.checker import load_pack
from pellucid.derive import (
    DERIVATIONS,
    EXPLANATIONS,
    derivation,
    derivation_latex,
    derivation_text,
    explain,
    numbers_text,
    picture,
    trace,
)
from pellucid.derive.screen import known_mistake
from pellucid.derive.showing.layout import arrange
from pellucid.derive.topics import TOPICS
from pellucid.derive.views import derivation_views
from pellucid.nets import LayerNorm, ReLU
from pellucid.optim import OPTIMIZERS
from pellucid.shapes import ShapeError
from pellucid.studies import answers

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", DERIVATIONS)
def test_a_picture_shows_every_node_and_line(name):
    graph = derivation(name).graph()
    root = ET.fromstring(picture(graph))
    texts = {text.text for text in root.iter(f"{SVG}text")}
    assert {node.name for node in graph.alive()} <= texts
    forward = [p for p in root.iter(f"{SVG}path") if p.get("marker-end") == "url(#forward)"]
    backward = [p for p in root.iter(f"{SVG}path") if p.get("marker-end") == "url(#backward)"]
    reads = sum(isinstance(operand, int) for node in graph.alive() for operand in node.operands)
    assert len(forward) == reads + 1  # and the result's own
    flows = {(step.node.number, step.target.number) for step in graph.backward()}
    assert len(backward) >= len(flows) + 1
    width, height = (float(root.get(key)) for key in ("width", "height"))
    for text in root.iter(f"{SVG}text"):
        assert 0 <= float(text.get("x")) <= width
        assert 0 <= float(text.get("y")) <= height


def test_a_picture_marks_sums_splits_and_merges():
    svg = picture(derivation("batchnorm").graph())
    assert svg.count("Σ axis 0") == 2 * 4  # mean, inv_std, gamma, beta; each text stands on its halo
    assert svg.count("<circle") == 1 + 1 + 2 * 2  # the legend's, and a dot and a plus for x and for centered
    assert "(D,) → (N, D)" in svg


@pytest.mark.parametrize("name", DERIVATIONS)
def test_nodes_do_not_overlap_and_stand_below_what_they_read(name):
    graph = derivation(name).graph()
    layout = arrange(graph, 178.0, 96.0, 34.0)
    for row in layout.ranks:
        for left, right in pairwise(row):
            assert right.x - left.x >= (left.width + right.width) / 2 + 34 - 1e-6
    for line in layout.lines:
        assert layout.nodes[line.source].rank < layout.nodes[line.target].rank


def test_a_wider_array_has_a_wider_line():
    svg = ET.fromstring(picture(trace(lambda x: x.sum(axis=0) * 2, np.ones((1000, 3)))))
    widths = [float(p.get("stroke-width")) for p in svg.iter(f"{SVG}path") if p.get("marker-end") == "url(#forward)"]
    assert widths[0] > widths[1] == widths[2]


@pytest.mark.parametrize("name", DERIVATIONS)
def test_latex_is_balanced_and_says_every_step(name):
    graph = derivation(name).graph()
    text = derivation_latex(graph)
    assert text.count("{") == text.count("}")
    assert text.count(r"\begin{align*}") == text.count(r"\end{align*}") == 2
    assert text.count("&=") + text.count(r"&\mathrel{+}=") == len(graph.backward()) + sum(
        n.primitive is not None for n in graph.alive()
    )
    assert "$0" not in text


def test_the_table_says_shapes_with_letters():
    text = derivation_text(derivation("batchnorm").graph())
    assert "dbeta =       (D,)    dout.sum(axis=0)" in text
    assert "x splits (used 2 times, in mean, centered)" in text


def test_numbers_are_whole_and_correct():
    text = numbers_text(derivation("affine").small())
    assert "[[0 8 7]\n       [0 14 13]]" in text  # [[1, 2], [3, 4]] @ w + b
    assert "db = dout.sum(axis=0)" in text
    assert "[5 7 9]" in text  # 1 + 4, 2 + 5, 3 + 6


def test_explanations_refer_to_studies_that_exist():
    assert {study for entry in EXPLANATIONS.values() for study in entry.studies} <= set(answers())


@pytest.mark.parametrize("name", EXPLANATIONS)
def test_an_explanation_fits_a_screen_and_says_everything(name):
    lines = explain(name, answers()).splitlines()
    computed = EXPLANATIONS[name].computed
    assert len(lines) <= 44 + (0 if computed is None else 15)  # numbers that are computed may make a screen longer
    assert max(map(len, lines)) <= 100
    for part in ("  shapes: ", "Common mistakes", "Source: "):
        assert any(line.startswith(part) for line in lines)


def test_every_layer_and_every_rule_is_explained():
    compositions = {name for name in DERIVATIONS if name.split("_")[0] in ("affine", "conv") and "_" in name}
    for name in (set(DERIVATIONS) - compositions - {"add", "concat", "flatten"}) | set(OPTIMIZERS):
        assert explain(name), name


def test_the_mistakes_are_the_checkers():
    words = {f"{each.title}: {each.explanation}" for f in load_pack("cs231n-a2").functions for each in f.known}
    text = known_mistake("batchnorm_forward:eps-outside-root")
    assert text in words
    assert "sqrt(var) + eps" in text
    with pytest.raises(KeyError):
        known_mistake("batchnorm_forward:no-such-mistake")


def test_an_explanation_quotes_what_was_measured():
    text = explain("batch_norm", {"eps-place": ("Where does eps belong?", "HOLDS: it is so. Measured: 0.3")})
    assert text.index("Where does eps belong?") < text.index("HOLDS: it is so. Measured: 0.3")
    assert "Run it with: pellucid study run init-scale" in text
    assert "Does it matter whether eps is inside" in explain("batch_norm", answers())
    with pytest.raises(ShapeError, match=r"NAME must be one of .*affine.*; got 'nonsense'$"):
        explain("nonsense")


def test_a_variant_shows_the_screen_of_its_layer():
    assert explain("spatial_batchnorm") == explain("batchnorm")
    assert explain("spatial_groupnorm") == explain("groupnorm")
    assert explain("vanilla_dropout") == explain("dropout")


def test_layer_norm_says_why_gamma_is_by_feature():
    text = " ".join(explain("layernorm").split())
    assert "Why gamma and beta are (D,) although the statistics are per row" in text
    assert "they cannot have an entry per row" in text


# ---- the commands ----


def test_the_command_derives_checks_and_draws(tmp_path):
    code, out, _ = in_process(
        "derive", "batchnorm", "--svg", str(tmp_path / "bn.svg"), "--python", "--latex", "--numbers", "--jacobian"
    )
    assert code == 0
    assert "def batchnorm_backward(dout, x, gamma, beta):" in out
    assert r"\begin{align*}" in out
    assert "batchnorm in numbers" in out
    assert "contracted, it differs from the derived dx by" in out
    assert float(out.split("hand-written backward pass: ")[1].split()[0]) < 1e-12
    ET.parse(tmp_path / "bn.svg")


def test_the_command_takes_a_function_of_ones_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "import numpy as np\ndef swish(x, w):\n    h = x @ w\n    return h / (1 + np.exp(-h))\n"
    )
    code, out, _ = in_process("derive", "mine.py:swish", "--shapes", "x=4,3 w=3,2")
    assert code == 0
    difference = float(out.split("central differences: ")[1].split()[0])
    assert difference < 1e-8


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("derive", "nonsense"), "NAME must be one of "),
        (("derive", "none.py:f"), "no such file: 'none.py'"),
        (("derive", "mine.py:g"), "has no function 'g'"),
        (("derive", "mine.py:f"), "--shapes must give a shape for x"),
        (("derive", "mine.py:f", "--shapes", "x=a"), "--shapes must look like"),
        (("derive", "mine.py:f", "--shapes", "x=2 z=2"), "has no argument z"),
        (("derive", "mine.py:f", "--shapes", "x=-2"), "sizes in --shapes must be at least 1; got 'x=-2'"),
        (("derive", "mine.py:f", "--shapes", "x=2,0"), "sizes in --shapes must be at least 1; got 'x=2,0'"),
        (
            ("derive", "mine.py:product", "--shapes", "x=4,3 w=2,2"),
            "product fails on arrays of --shapes 'x=4,3 w=2,2': ValueError",
        ),
        (
            ("derive", "mine.py:unready", "--shapes", "x=2"),
            "unready fails on arrays of --shapes 'x=2': RuntimeError: not yet",
        ),
        (("derive", "affine", "--shapes", "x=2"), "--shapes only applies to FILE.py:FUNCTION"),
        (("derive", "broken.py:f", "--shapes", "x=2"), "cannot be run: ZeroDivisionError"),
        (("explain", "nonsense"), "NAME must be one of "),
    ],
)
def test_a_users_mistake_is_one_line(tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "def f(x):\n    return x * 2\ndef product(x, w):\n    return x @ w\ndef unready(x):\n    raise RuntimeError('not yet')\n"
    )
    (tmp_path / "broken.py").write_text("1 / 0\n")
    code, _, err = in_process(*arguments)
    assert code == 1
    assert message in err
    assert len(err.strip().splitlines()) == 1


def test_layernorm_answers_what_the_hidden_size_does():
    text = " ".join(explain("layernorm").split())
    assert "Why gamma and beta are (D,) although the statistics are per row" in text
    table = [line.replace(" to ", " ").split() for line in explain("layernorm").splitlines() if line.count(" to ") == 3]
    rows = {int(features): list(map(float, numbers)) for features, *numbers in table}
    assert rows[1][2:] == [0, 0, 0, 0]  # no spread, and x_hat is 0
    assert rows[2][4:] == [1, 1]  # x_hat is +1 or -1
    spreads = [high - low for _, _, low, high, *_ in list(rows.values())[1:]]
    assert spreads == sorted(spreads, reverse=True)  # the more features, the less noise
    assert "-3, 0.5 and 100 give 7, 7, 7" in text


def test_a_session_shows_derivations_and_explanations_as_lines():
    assert repr(pellucid.explain("LayerNorm")) == explain("layernorm", answers())
    assert pellucid.explain(LayerNorm) == pellucid.explain("layernorm")
    assert pellucid.derive("relu", numbers=True) == derivation_views("relu", numbers=True)
    assert repr(pellucid.derive(ReLU())).startswith("relu")
    with pytest.raises(ShapeError, match=r"a name such as 'layernorm'; got 3 .*derive.trace"):
        pellucid.derive(3)


def test_topics_are_explained_on_one_screen_with_what_was_measured():
    """Every study is quoted by a topic, and looked up by its own name; words of everyday reach one."""
    studies = answers()
    for topic in TOPICS:
        lines = explain(topic.name, studies).splitlines()
        assert len(lines) <= 44, topic.name
        assert max(map(len, lines)) <= 110, topic.name
        assert all(explain(name) for name in topic.see), topic.name
    assert set(studies) - {"layer-norm"} == {study for topic in TOPICS for study in topic.studies}
    for name in (*studies, "Xavier", "he", "weight-init", "lr", "overfitting", "l2", "gradcheck", "Momentum"):
        assert explain(name), name
    assert explain("init-scale") == explain("initialization")
    assert explain("momentum").startswith("SGD with momentum")  # a rule is explained by its own screen
    text = " ".join(pellucid.explain("weight-init").split())
    assert "std = sqrt(2 / fan_in)" in text
    assert "the share of scales that train is larger with batch norm" in text
    with pytest.raises(ShapeError, match=r"or a topic: initialization, .*; did you mean 'initialization'"):
        explain("initialisaton")
