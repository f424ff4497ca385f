"""Tests of loops that are healthy, whatever they look like: no finding, and what the loop does is understood."""

from dataclasses import dataclass
from typing import Any

import pytest
from tests.doctor.torch.loops import names, plain

pytestmark = pytest.mark.peers


def batches(digits, epochs=4, size=64):
    """Yield batches of digits."""
    for _ in range(epochs):
        for i in range(0, len(digits[0]), size):
            yield digits[0][i : i + size], digits[1][i : i + size]


def network(torch, outputs=10):
    from torch import nn

    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, outputs))


def test_gradients_that_are_added_on_purpose(torch, digits):
    from pellucid.doctor.torch import watch

    model = network(torch)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    with watch(model, optimizer, show=False) as doctor:
        for step, (x, y) in enumerate(batches(digits, 6, 32)):
            (torch.nn.functional.cross_entropy(model(x), y) / 4).backward()
            if step % 4 == 3:
                optimizer.step()
                optimizer.zero_grad()
    assert names(doctor) == []
    ratios = [step.gradient_norm / step.batch_gradient_norm for step in doctor.chart.steps]
    assert max(ratios) == pytest.approx(1)


def test_a_model_that_returns_its_own_loss(torch, digits):
    from torch import nn

    from pellucid.doctor.torch import watch

    @dataclass
    class Output:
        loss: Any
        logits: Any

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = network(torch)

        def forward(self, pixels, labels=None):
            logits = self.net(pixels)
            return Output(nn.functional.cross_entropy(logits, labels.view(-1)), logits)

    model = Model()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    with watch(model, optimizer, show=False) as doctor:
        for x, y in batches(digits):
            optimizer.zero_grad()
            model(pixels=x, labels=y).loss.backward()
            optimizer.step()
    assert names(doctor) == []
    patient = doctor.chart.patient
    rows = patient.rows("training", 32)
    assert patient.outputs(rows.x).shape == (32, 10)
    assert 0 < patient.loss(*rows) < 1
    assert doctor.chart.setup.loss.name == "softmax"


def test_a_closure_of_lbfgs(torch, digits):
    from pellucid.doctor.torch import watch

    x = torch.randn(128, 3, generator=torch.Generator().manual_seed(0))
    y = x[:, :1] * 2 - x[:, 1:2]
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    optimizer = torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=4)

    def closure():
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(model(x), y)
        loss.backward()
        return loss

    with watch(model, optimizer, show=False) as doctor:
        for _ in range(8):
            optimizer.step(closure)
    assert names(doctor) == []
    assert len(doctor.chart.losses) == 8


def test_a_copy_learns_as_the_run_does(torch, digits):
    """The loss is found out: a penalty on the weights and a weight for each class belong to it."""
    from pellucid.doctor.patient import Variation
    from pellucid.doctor.torch import watch

    model = network(torch)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    weight = torch.linspace(0.5, 1.5, 10)

    def loss_of(x, y):
        penalty = sum(p.pow(2).sum() for p in model.parameters())
        return torch.nn.functional.cross_entropy(model(x), y, weight=weight) + 1e-3 * penalty

    x, y = digits[0][:64], digits[1][:64]
    with watch(model, optimizer, show=False) as doctor:
        for _ in range(6):
            optimizer.zero_grad()
            loss_of(x, y).backward()
            optimizer.step()
    copy = doctor.chart.patient.copy(Variation(initial=True))
    for _ in range(6):
        copy.step(x.numpy(), y.numpy())
    for name, values in copy.weights().items():
        assert values == pytest.approx(dict(model.named_parameters())[name].detach().numpy(), abs=1e-6)


def test_training_rows_that_are_evaluated_in_training_mode_are_no_validation(torch, digits):
    def loss_of(model, x, y):
        loss = torch.nn.functional.cross_entropy(model(x), y)
        with torch.no_grad():
            (model(x).argmax(1) == y).float().mean()
        return loss

    doctor, _, _ = plain(torch, digits, loss_of=loss_of)
    assert names(doctor) == []


def test_a_schedule_that_begins_low_is_no_low_rate(torch, digits):
    from pellucid.doctor.torch import watch

    model = network(torch)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=1e-4, total_iters=10)
    with watch(model, optimizer, show=False) as doctor:
        for x, y in batches(digits, 5):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
            schedule.step()
    assert names(doctor) == []
    assert doctor.chart.setup.optimizer.learning_rate == pytest.approx(1e-2)


def test_inputs_that_are_words_are_not_scaled(torch):
    from torch import nn

    from pellucid.doctor.torch import watch

    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding, self.gru, self.head = nn.Embedding(40, 8), nn.GRU(8, 16, batch_first=True), nn.Linear(16, 2)

        def forward(self, words):
            return self.head(self.gru(self.embedding(words))[0][:, -1])

    torch.manual_seed(0)
    words = torch.randint(0, 40, (256, 5))
    labels = (words[:, -1] < 20).long()
    model = Reader()
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-2)
    with watch(model, optimizer, show=False) as doctor:
        for _ in range(6):
            for i in range(0, 256, 32):
                optimizer.zero_grad()
                nn.functional.cross_entropy(model(words[i : i + 32]), labels[i : i + 32]).backward()
                nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimizer.step()
    assert names(doctor) == []
    assert [layer.kind for layer in doctor.chart.setup.layers] == ["embedding", "recurrent", "affine"]
