"""What is said: forward and backward told apart, two mistakes at once, unknown mistakes described, conventions and hazards."""

import pytest

import pellucid

from .planting import REFERENCE, source_of

BATCHNORM = "import numpy as np\n" + "\n\n".join(
    REFERENCE.forms(name)[""] for name in ("batchnorm_forward", "batchnorm_backward")
)
CONV = "import numpy as np\n" + "\n\n".join(
    REFERENCE.forms(name)[""] for name in ("conv_forward_naive", "conv_backward_naive")
)


def checked(tmp_path, text, **settings):
    path = tmp_path / "layers.py"
    path.write_text(text)
    return {function.name: function for function in pellucid.check(path, **settings).functions}


def test_a_wrong_forward_whose_backward_matches_it(tmp_path):
    text = BATCHNORM.replace("std = np.sqrt(var + eps)", "eps = 2 * eps\n        std = np.sqrt(var + eps)")
    found = checked(tmp_path, text)
    assert found["batchnorm_forward"].verdict == "wrong"
    assert found["batchnorm_backward"].own_gradient_check == "passes"
    assert found["batchnorm_backward"].causes[0].id == "follows-from-forward"


def test_a_right_forward_whose_backward_does_not_match_it(tmp_path):
    found = checked(tmp_path, BATCHNORM.replace(" + dmean / N", ""))
    assert found["batchnorm_forward"].verdict == "correct"
    assert found["batchnorm_backward"].own_gradient_check == "fails"
    assert found["batchnorm_backward"].causes[0].id == "mean-path-forgotten"
    assert found["batchnorm_backward"].causes[0].quoted.startswith("dx =")


def test_two_mistakes_are_both_named(tmp_path):
    text = CONV.replace("db = np.sum(dout, axis=(0, 2, 3))", "db = np.sum(dout)").replace(
        "pad : pad + H, pad : pad + W", "pad:-pad, pad:-pad"
    )
    causes = {cause.id for cause in checked(tmp_path, text)["conv_backward_naive"].causes}
    assert causes == {"conv-db-wrong-axes", "conv-crop-pad-0"}


def test_two_mistakes_in_one_output_are_both_named(tmp_path):
    text = BATCHNORM.replace(" + dmean / N", "").replace("dx_hat = dout * gamma", "dx_hat = dout")
    causes = {cause.id for cause in checked(tmp_path, text)["batchnorm_backward"].causes}
    assert causes == {"mean-path-forgotten", "gamma-left-out"}


def test_an_unknown_mistake_gets_no_invented_cause(tmp_path):
    text = CONV.replace("return dx, dw, db", "return np.sin(np.arange(dx.size).reshape(dx.shape)), dw, db")
    found = checked(tmp_path, text)["conv_backward_naive"]
    assert found.verdict == "wrong"
    assert not found.causes
    assert "correct in every case: dw, db; wrong: dx" in found.known


def test_what_is_known_without_a_cause_is_told(tmp_path):
    found = checked(tmp_path, CONV.replace("return dx, dw, db", "return 2.5 * dx, dw, db"))["conv_backward_naive"]
    assert any("2.5 times" in sentence for sentence in found.known)


@pytest.mark.parametrize(("edition", "verdict"), [(None, "convention"), (2016, "correct"), (2020, "wrong")])
def test_the_edition_decides_what_p_means(tmp_path, edition, verdict):
    text = "import numpy as np\n" + REFERENCE.forms("dropout_forward")[""].replace("keep = p", "keep = 1 - p")
    assert checked(tmp_path, text, edition=edition)["dropout_forward"].verdict == verdict


def test_the_docstring_decides_where_no_edition_is_given(tmp_path):
    text = REFERENCE.forms("dropout_forward")[""].replace("keep = p", "keep = 1 - p")
    head, body = text.split("\n", 1)
    told = f'import numpy as np\n{head}\n    """p: Dropout parameter. We keep each neuron output with probability p."""\n{body}'
    assert checked(tmp_path, told)["dropout_forward"].verdict == "wrong"


def test_hazards_stand_apart_from_the_verdict(tmp_path):
    text = "import numpy as np\ndef relu_forward(x):\n    x[x < 0] = 0\n    return x.astype(np.float64), x\ndef relu_backward(dout, cache):\n    dout[cache <= 0] = 0\n    return dout\n"
    found = checked(tmp_path, text)
    assert found["relu_forward"].verdict == found["relu_backward"].verdict == "correct"
    assert {hazard.id for hazard in found["relu_forward"].hazards} == {"changes-input", "float64"}
    assert {hazard.id for hazard in found["relu_backward"].hazards} == {"changes-input"}


def test_a_backward_alone_is_judged_with_the_courses_cache(tmp_path):
    text = "import numpy as np\n" + REFERENCE.forms("affine_backward")[""]
    assert checked(tmp_path, text)["affine_backward"].verdict == "correct"
    assert (
        checked(tmp_path, text.replace("rows.T @ dout", "rows.T @ dout / N"))["affine_backward"].causes[0].id
        == "dw-averaged"
    )


def test_another_seed_gives_the_same_verdicts(tmp_path):
    from pellucid.checker.check_file import check_submission
    from pellucid.checker.reading.submission import Submission
    from pellucid.checker.request import request_for

    text = BATCHNORM + "\n\n" + CONV.partition("\n")[2]
    for seed in range(1, 6):
        report = check_submission(Submission("a", "a", "a.py", {"a.py": text}), request_for(seed=seed))
        assert [function.verdict for function in report.functions] == ["correct"] * 4


def test_a_rule_that_moves_w_in_place_is_right(tmp_path):
    text = """
def sgd(w, dw, config=None):
    config = {} if config is None else config
    config.setdefault("learning_rate", 1e-2)
    w -= config["learning_rate"] * dw
    return w, config
"""
    found = checked(tmp_path, text)
    assert found["sgd"].verdict == "correct"
    assert found["sgd"].causes == []


def test_a_crash_alone_is_named_by_its_exception_and_not_by_a_small_change(tmp_path):
    """A reference with a size divided stops everywhere, too; nothing but that they both stop would speak for it."""
    text = "import numpy as np\n" + REFERENCE.forms("ThreeLayerConvNet")[""]
    found = checked(tmp_path, text.replace("C, H, W = input_dim", 'C, H, W = "size"(input_dim)'))["ThreeLayerConvNet"]
    assert found.verdict == "crashes"
    assert [cause.id for cause in found.causes] == ["crash"]
    assert "'str' object is not callable" in found.causes[0].title


def test_a_network_may_call_the_dtype_that_it_is_given(tmp_path):
    text = "import numpy as np\nfrom cs231n.layers import *\nfrom cs231n.layer_utils import *\n"
    text += REFERENCE.forms("ThreeLayerConvNet")[""]
    called = text.replace("self.dtype = dtype", "self.dtype = dtype\n        weight_scale = dtype(weight_scale)")
    assert called != text
    assert checked(tmp_path, called)["ThreeLayerConvNet"].verdict == "correct"


def test_the_line_of_a_mistake_is_named_only_where_something_points_to_it():
    two = "def f(x):\n    if x:\n        return x * 2\n    return x"
    one = "def f(x, p):\n    p['running_mean'] = x\n    return x"
    assert source_of(two).likely_line("f", "entirely = other + text", "out") == 0
    assert source_of(one).likely_line("f", "entirely = other + text", "out") == 3
    assert source_of(one).likely_line("f", "entirely = other + text", "running_mean") == 2


def test_a_backward_whose_forward_is_elsewhere_is_not_judged_instead_of_called_wrong(tmp_path):
    path = tmp_path / "layers.py"
    path.write_text(
        "import numpy as np  # and batchnorm_forward of another file\ndef relu_forward(x):\n    return np.maximum(0, x), x\n"
        "def batchnorm_backward(dout, cache):\n    a, b = cache\n    return dout, dout.sum(0), dout.sum(0)\n"
    )
    functions = {function.name: function for function in pellucid.check(path).functions}
    assert {name: function.verdict for name, function in functions.items()} == {
        "relu_forward": "correct", "batchnorm_backward": "missing",
    }  # fmt: skip
    assert (
        "batchnorm_forward, whose cache it takes, is not in the file"
        in functions["batchnorm_backward"].hazards[0].detail
    )


def test_a_source_may_have_what_it_defines_or_binds_at_its_top():
    text = "import a.b\nfrom c import d as e\ntry:\n    from f import g\nexcept ImportError:\n    g = None\ndef h():\n    import i\n"
    source = source_of(text + "# and j\n")
    assert source.imported == ["a", "e", "g"]
    assert [name for name in "abcdefghij" if source.may_have(name)] == ["a", "e", "g", "h"]
    assert source_of("from k import *\n").may_have("l")
    assert source_of("def broken(\n").may_have("m")  # nobody can say
