"""Tests of ailments that only a loop of the user's own has: each sick by one change, named first."""

import pytest
from tests.doctor.torch.loops import names, plain

pytestmark = pytest.mark.peers


def nothing(*_):
    return lambda: None


def first_only(torch):
    return lambda model: torch.optim.Adam(model[1].parameters(), lr=3e-3)


SICK = {
    "gradients-not-cleared": lambda torch: {
        "clear": nothing,
        "optimizer": lambda model: torch.optim.SGD(model.parameters(), lr=0.02),
    },
    "wrong-mode": lambda torch: {"train": nothing, "epochs": 2},
    "wrong-mode in evaluation": lambda torch: {"evaluate": nothing, "epochs": 2},
    "double-softmax": lambda torch: {"end": torch.nn.Softmax(dim=1), "epochs": 2},
    "double-softmax in the loop": lambda torch: {
        "loss_of": lambda model, x, y: torch.nn.functional.cross_entropy(torch.softmax(model(x), 1), y),
        "epochs": 2,
    },
    "softmax-wrong-axis": lambda torch: {"end": torch.nn.Softmax(dim=0), "epochs": 2},
    "loss-sign-wrong": lambda torch: {
        "loss_of": lambda model, x, y: -torch.nn.functional.cross_entropy(model(x), y),
        "epochs": 2,
    },
    "same-batch": lambda torch: {"order": lambda *_: lambda: torch.arange(64).repeat(8)},
    "parameters-not-updated": lambda torch: {"optimizer": first_only(torch), "epochs": 2},
}


@pytest.mark.parametrize("case", SICK)
def test_a_sick_loop_is_named(torch, digits, case):
    doctor, _, _ = plain(torch, digits, **SICK[case](torch))
    assert names(doctor)[:1] == [case.partition(" ")[0]]


def test_rows_in_the_order_of_their_classes_are_named(torch, digits):
    x, y, *held = digits
    order = y.argsort()
    in_order = (x[order].repeat(2, 1), y[order].repeat(2), *held)
    doctor, _, _ = plain(torch, in_order, order=lambda *_: lambda: torch.arange(1024).reshape(2, 512).T.reshape(-1))
    assert "not-shuffled" in names(doctor)


def test_gradients_that_go_before_the_step_are_named(torch, digits):
    from torch import nn

    from pellucid.doctor.torch import watch

    model = nn.Linear(64, 10)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer, show=False) as doctor:
        for _ in range(5):
            nn.functional.cross_entropy(model(digits[0]), digits[1]).backward()
            optimizer.zero_grad()
            optimizer.step()
    assert names(doctor)[:1] == ["parameters-not-updated"]
    assert "zero_grad() between backward() and step()" in doctor.findings[0].cure


def test_layers_in_a_plain_list_are_named(torch, digits):
    from torch import nn

    from pellucid.doctor.torch import watch

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden = [nn.Linear(64, 16), nn.Linear(16, 16)]
            self.out = nn.Linear(16, 10)

        def forward(self, x):
            for layer in self.hidden:
                x = torch.relu(layer(x))
            return self.out(x)

    torch.manual_seed(0)
    model = Net()
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    with watch(model, optimizer, show=False) as doctor:
        for _ in range(4):
            for i in range(0, 512, 64):
                optimizer.zero_grad()
                nn.functional.cross_entropy(model(digits[0][i : i + 64]), digits[1][i : i + 64]).backward()
                optimizer.step()
    assert names(doctor)[:1] == ["parameters-not-updated"]
    assert "nn.ModuleList" in doctor.findings[0].cure


@pytest.mark.parametrize("by_hand", [True, False])
def test_shapes_that_broadcast_are_named(torch, by_hand):
    from torch import nn

    from pellucid.doctor.torch import watch

    torch.manual_seed(0)
    x = torch.randn(256, 4)
    y = x[:, 0] - 2 * x[:, 1]
    for right in (False, True):
        model = nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Linear(16, 1))
        optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
        with watch(model, optimizer, show=False) as doctor:
            for _ in range(10):
                for i in range(0, 256, 32):
                    pred = model(x[i : i + 32])
                    pred = pred[:, 0] if right else pred
                    target = y[i : i + 32]
                    loss = ((pred - target) ** 2).mean() if by_hand else nn.functional.mse_loss(pred, target)
                    optimizer.zero_grad()
                    loss.backward()
                    optimizer.step()
        assert names(doctor)[:1] == ([] if right else ["loss-shape-mismatch"])


def watched(torch, digits, *, step=None, backward=True, call=True, optimizer_of=None, show=False):
    """Train a small network for an epoch and a half; a part of the loop may be missing."""
    from torch import nn

    from pellucid.doctor.torch import watch

    torch.manual_seed(0)
    x, y, *_ = digits
    model = nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.05) if optimizer_of is None else optimizer_of(model)
    with watch(model, optimizer, show=show) as doctor:
        for i in range(0, 512, 32):
            optimizer.zero_grad()
            if call:
                loss = nn.functional.cross_entropy(model(x[i : i + 32]), y[i : i + 32])
                if backward:
                    loss.backward()
            (step or optimizer.step)()
    return doctor


def test_a_step_that_is_never_made_is_named(torch, digits):
    other = torch.optim.SGD([torch.nn.Parameter(torch.zeros(3))], lr=0.1)
    for step in (lambda: None, other.step):
        doctor = watched(torch, digits, step=step)
        assert names(doctor)[:1] == ["parameters-not-updated"]
        assert "optimizer.step()" in doctor.findings[0].cure


def test_steps_by_hand_are_steps(torch, digits):
    models = []

    def by_hand():
        with torch.no_grad():
            for parameter in models[0].parameters():
                parameter -= 0.05 * parameter.grad

    def keep(model):
        models.append(model)
        return torch.optim.SGD(model.parameters(), lr=0.05)

    assert "parameters-not-updated" not in names(watched(torch, digits, step=by_hand, optimizer_of=keep))


def test_an_optimizer_made_before_a_layer_was_replaced_is_named(torch, digits):
    def early(model):
        optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
        model[2] = torch.nn.Linear(32, 10)
        return optimizer

    doctor = watched(torch, digits, optimizer_of=early)
    assert names(doctor)[:1] == ["parameters-not-updated"]
    assert doctor.findings[0].where == "Linear 2"


def test_silence_is_not_left_where_nothing_was_seen(torch, digits, capsys):
    for missing, said in (({"backward": False}, "backward() was never called"), ({"call": False}, "never called")):
        doctor = watched(torch, digits, show=True, **missing)
        assert said in doctor.notes[0]
        assert f"the doctor saw no training: {doctor.notes[0]}" in capsys.readouterr().err
