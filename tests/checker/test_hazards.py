"""Hazards stand apart from the verdict: memory and time by factors, what a MemoryError asked for, defaults that are shared."""

import tracemalloc
from dataclasses import replace

import numpy as np

import pellucid
from pellucid.checker.asking.pack import Options
from pellucid.checker.running import needs
from pellucid.checker.running.sandbox import run_job

from .planting import PACK, REFERENCE

CONV = "import numpy as np\n" + REFERENCE.forms("conv_forward_naive")[""]
HUNGRY = CONV.replace("    out = np.zeros(", "    spare = np.ones((N, C, HH, WW, H, W, 4))\n    out = np.zeros(", 1)
AFFINE = """
import numpy as np
def affine_forward(x, w, b):
    rows = x.reshape(len(x), -1)
    out = np.zeros((len(x), w.shape[1]), x.dtype)
    for n in range(len(x)):
        for m in range(w.shape[1]):
            total = 0.0
            for d in range(w.shape[0]):
                total += rows[n, d] * w[d, m]
            out[n, m] = total + b[m]
    return out, (x, w, b)
"""
ADAM = "import numpy as np\n" + REFERENCE.forms("adam")[""].replace("config=None", "config={}")


def checked(tmp_path, text, **settings):
    path = tmp_path / "layers.py"
    path.write_text(text)
    return {function.name: function for function in pellucid.check(path, **settings).functions}


def hazard(function, name):
    return next(h.detail for h in function.hazards if h.id == name)


def test_memory_is_told_as_a_factor_and_is_not_wrong(tmp_path):
    found = checked(tmp_path, HUNGRY)["conv_forward_naive"]
    assert found.verdict == "correct"
    assert "times as much memory as the reference" in hazard(found, "memory")
    assert not any(h.id == "memory" for h in checked(tmp_path, CONV)["conv_forward_naive"].hazards)


def test_slowness_is_told_as_a_factor_and_is_not_wrong(tmp_path):
    found = checked(tmp_path, AFFINE)["affine_forward"]
    assert found.verdict == "correct"
    assert int(hazard(found, "slow").split(" ")[1]) > 50


def test_a_memory_error_names_the_line_the_array_and_what_the_reference_needs(tmp_path):
    text = CONV.replace(
        "    out = np.zeros(", "    x_cols = np.zeros((N, C, HH, WW, H, W, 20_000_000))\n    out = np.zeros(", 1
    )
    found = checked(tmp_path, text)["conv_forward_naive"]
    assert found.verdict == "crashes"
    line = 1 + text.splitlines().index("    x_cols = np.zeros((N, C, HH, WW, H, W, 20_000_000))")
    assert f"line {line} requested" in found.causes[0].title
    assert "GiB (x_cols: " in found.causes[0].title
    assert "float64); the reference needs" in found.causes[0].title


def test_a_shared_default_is_a_hazard_and_the_memory_it_keeps_a_mistake(tmp_path):
    found = checked(tmp_path, ADAM.replace("    if config is None:", "    if False:"))["adam"]
    assert "config={}" in hazard(found, "default-argument")
    assert found.verdict == "wrong"
    assert not any(h.id == "default-argument" for h in checked(tmp_path, ADAM.replace("={}", "=None"))["adam"].hazards)


def test_what_the_forward_does_to_its_input_is_not_the_backwards_hazard(tmp_path):
    text = """
def relu_forward(x):
    x *= x > 0
    return x, x
def relu_backward(dout, cache):
    return dout * (cache > 0)
"""
    found = checked(tmp_path, text)
    assert [h.id for h in found["relu_forward"].hazards] == ["changes-input"]
    assert found["relu_backward"].hazards == []


def test_a_rule_that_is_wrong_everywhere_is_not_said_to_fail_for_read_only_inputs(tmp_path):
    text = "import numpy as np\n" + REFERENCE.forms("sgd_momentum")[""]
    wrong = text.replace('- config["learning_rate"] *', '- 2 * config["learning_rate"] *')
    assert wrong != text
    found = checked(tmp_path, wrong)["sgd_momentum"]
    assert found.verdict == "wrong"
    assert found.hazards == []


def test_what_the_reference_needs_is_never_traced_in_this_process(tmp_path, monkeypatch):
    """tracemalloc.stop() crashes the process where another thread allocates at that moment: `pellucid.check` in one thread beside
    NumPy in another died so after a check or two."""

    def forbidden(*_):
        raise AssertionError("traced in the process of the checks")

    monkeypatch.setattr(tracemalloc, "start", forbidden)
    monkeypatch.setattr(tracemalloc, "stop", forbidden)
    REFERENCE.needs.clear()
    found = checked(tmp_path, HUNGRY)["conv_forward_naive"]
    assert "times as much memory as the reference" in hazard(found, "memory")


def test_what_cases_need_is_measured_in_one_worker_and_once(monkeypatch):
    jobs = []
    monkeypatch.setattr(needs, "run_job", lambda job, limits: jobs.append(job) or run_job(job, limits))
    cases = [
        case
        for case in PACK.function("conv_forward_naive").cases(np.random.default_rng(0), Options())
        if "measure" in case.tags
    ]
    REFERENCE.needs.clear()
    needs.measure(REFERENCE, cases)
    told = [needs.needs_of(REFERENCE, case) for case in cases]
    assert len(jobs) == 1
    assert all(0 < each.seconds < 10 and 10_000 < each.peak < 10_000_000 for each in told)
    broken = replace(cases[0], steps=[{**step, "function": "not there"} for step in cases[0].steps])
    assert needs.needs_of(REFERENCE, broken) is None


def test_the_log_of_a_probability_that_underflows_is_no_overflow(tmp_path):
    path = tmp_path / "linear.py"
    text = """import numpy as np
def softmax_loss_naive(W, X, y, reg):
    loss, dW = 0.0, np.zeros_like(W)
    for x, label in zip(X, y):
        scores = x @ W
        p = np.exp(scores - np.max(scores))
        p /= p.sum()
        loss -= np.log(p[label])
        p[label] -= 1
        dW += np.outer(x, p)
    return loss / len(X) + reg * np.sum(W * W), dW / len(X) + 2 * reg * W
"""
    path.write_text(text, encoding="utf-8")
    (row,) = (one for one in pellucid.check(path, pack="cs231n-a1").functions if one.name == "softmax_loss_naive")
    assert [hazard.tag for hazard in row.hazards] == ["HZ111 log-of-underflow"]
