"""Tests of what a watch leaves alone: the run, bit for bit, its hooks, its errors, and what is imported."""

import random
import subprocess
import sys
import warnings

import numpy as np
import pytest
from tests.doctor.torch.loops import names, plain

import pellucid

pytestmark = pytest.mark.peers


def test_import_of_the_doctor_does_not_import_torch():
    code = "import sys, pellucid; pellucid.doctor.AILMENTS; print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


@pytest.mark.parametrize("rate", [1e-2, 10.0])
def test_a_watched_run_has_the_same_weights_statistics_and_draws(torch, digits, rate):
    """At the high rate, the doctor examines copies; they share nothing with the run."""

    def optimizer(model):
        return torch.optim.Adam(model.parameters(), lr=rate)

    random.seed(0), np.random.seed(0)  # noqa: NPY002
    doctor, watched, draws = plain(torch, digits, optimizer=optimizer)
    after = random.random(), np.random.rand()  # noqa: NPY002
    random.seed(0), np.random.seed(0)  # noqa: NPY002
    _, alone, other_draws = plain(torch, digits, optimizer=optimizer, watched=False)
    assert after == (random.random(), np.random.rand())  # noqa: NPY002
    assert torch.equal(draws, other_draws)
    assert all(
        torch.equal(a, b) for a, b in zip(watched.state_dict().values(), alone.state_dict().values(), strict=True)
    )
    assert all(torch.equal(a.grad, b.grad) for a, b in zip(watched.parameters(), alone.parameters(), strict=True))
    assert watched.training == alone.training
    assert doctor.chart.patient is not None
    assert bool(doctor.findings) == (rate == 10.0)


def test_hooks_are_gone_afterwards(torch, digits):
    from torch.utils.data import DataLoader

    begins = DataLoader.__iter__
    kept = {}

    def optimizer(model):
        kept["optimizer"] = torch.optim.SGD(model.parameters(), lr=0.1)
        return kept["optimizer"]

    _, model, _ = plain(torch, digits, epochs=1, optimizer=optimizer)
    assert DataLoader.__iter__ is begins
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    assert not kept["optimizer"]._optimizer_step_pre_hooks
    assert not kept["optimizer"]._optimizer_step_post_hooks
    assert not torch.overrides._get_current_function_mode_stack()


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_an_error_of_the_loop_goes_on_as_it_is(torch, digits, error):
    model = torch.nn.Linear(64, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    watching = pellucid.doctor.torch.watch(model, optimizer, show=False)

    def loop():
        with watching:
            for step in range(5):
                torch.nn.functional.cross_entropy(model(digits[0][:32]), digits[1][:32]).backward()
                optimizer.step()
                if step == 3:
                    raise error("mine")

    warnings.simplefilter("error")  # the tests' own filters come back by themselves
    with pytest.raises(error, match="mine"):
        loop()
    assert not torch.overrides._get_current_function_mode_stack()
    assert len(watching.chart.losses) == 4


def test_an_error_of_the_doctors_own_is_a_warning(torch, digits, monkeypatch):
    from pellucid.doctor.torch.observing.observer import Observer

    def broken(self, forward, loss):
        raise RuntimeError("not mine")

    monkeypatch.setattr(Observer, "_read_batch", broken)
    with pytest.warns(UserWarning, match="the doctor could not examine this run: RuntimeError: not mine"):
        _, watched, _ = plain(torch, digits, epochs=1)
    _, alone, _ = plain(torch, digits, epochs=1, watched=False)
    assert torch.equal(watched[0].weight, alone[0].weight)


def test_findings_are_printed_with_the_users_line(torch, digits, capsys):
    model = torch.nn.Sequential(torch.nn.Linear(64, 10), torch.nn.Softmax(dim=1))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pellucid.doctor.torch.watch(model, optimizer):
        for _ in range(5):
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(model(digits[0]), digits[1])
            loss.backward()
            optimizer.step()
    said = capsys.readouterr()
    assert said.out == ""
    assert "DR302 double-softmax" in said.err
    assert "test_watching.py" in said.err
    assert "loss = torch.nn.functional.cross_entropy(model" in said.err


BAD = {
    "the class": (lambda nn, optim: (nn.ReLU, None), TypeError, r"write ReLU\(\.\.\.\)"),
    "no module": (lambda nn, optim: ("net", None), TypeError, "must be a torch.nn.Module, got str"),
    "no parameters": (lambda nn, optim: (nn.ReLU(), None), ValueError, "no parameters"),
    "lazy": (lambda nn, optim: (nn.LazyLinear(3), None), ValueError, "call it on one batch"),
    "no optimizer": (lambda nn, optim: (nn.Linear(2, 2), 0.1), TypeError, "must be a torch.optim.Optimizer"),
    "no optimizers": (lambda nn, optim: (nn.Linear(2, 2), []), TypeError, "an empty list"),
    "another's": (
        lambda nn, optim: (nn.Linear(2, 2), optim.SGD(nn.Linear(2, 2).parameters(), lr=0.1)),
        ValueError,
        "holds no parameter of model",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_watched_is_said_in_one_line(torch, case):
    make, kind, message = BAD[case]
    model, optimizer = make(torch.nn, torch.optim)
    with pytest.raises(kind, match=message) as caught:
        pellucid.doctor.torch.watch(model, optimizer)
    assert "\n" not in str(caught.value)


def test_a_compiled_model_is_refused(torch):
    with pytest.raises(ValueError, match=r"compiled by torch\.compile"):
        pellucid.doctor.torch.watch(torch.compile(torch.nn.Linear(2, 2)), None)


def test_a_batch_is_examined_before_training(torch, digits):
    model = torch.nn.Sequential(torch.nn.Linear(64, 32), torch.nn.ReLU(), torch.nn.Linear(32, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    doctor = pellucid.doctor.torch.watch(model, optimizer, loss=torch.nn.CrossEntropyLoss(), show=False)
    assert doctor.examine((digits[0][:64], digits[1][:64])) == ()
    sick = pellucid.doctor.torch.watch(model, optimizer, loss=lambda out, y: -torch.nn.functional.cross_entropy(out, y))
    assert [finding.ailment for finding in sick.examine((digits[0][:64], digits[1][:64]))][:1] == ["loss-sign-wrong"]
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    with pytest.raises(TypeError, match=r"write watch\(model, optimizer, loss="):
        pellucid.doctor.torch.watch(model, optimizer).examine((digits[0], digits[1]))


def test_a_run_is_recorded_for_the_view(torch, digits, tmp_path):
    import json

    model = torch.nn.Linear(64, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pellucid.doctor.torch.watch(model, optimizer, out=tmp_path / "run", show=False):
        for step in range(12):
            optimizer.zero_grad()
            part = slice(32 * step, 32 * step + 32)
            torch.nn.functional.cross_entropy(model(digits[0][part]), digits[1][part]).backward()
            optimizer.step()
    lines = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines if line["event"] == "step"] == list(range(1, 13))
    vitals = [json.loads(line) for line in (tmp_path / "run" / "vitals.jsonl").read_text().splitlines()]
    assert vitals[0]["layers"].keys() == {"model"}
    assert json.loads((tmp_path / "run" / "findings.json").read_text()) == []
    with pytest.raises(pellucid.nets.StorageError, match="already contains a run"):
        pellucid.doctor.torch.watch(model, optimizer, out=tmp_path / "run")


def test_a_healthy_run_has_no_finding(torch, digits):
    doctor, _, _ = plain(torch, digits)
    assert names(doctor) == []
    assert doctor.notes == ()
    assert [layer.kind for layer in doctor.chart.setup.layers] == ["affine", "batchnorm", "relu", "dropout", "affine"]
    assert doctor.chart.last.val_accuracy > 0.7
    assert len(doctor.chart.epochs) == 3
