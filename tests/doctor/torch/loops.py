"""Loops of PyTorch that the tests watch: short, plain, and sick by one change."""

from types import SimpleNamespace

import pellucid


def plain(torch, digits, *, watched=True, epochs=3, end=None, optimizer=None, loss_of=None, **changes):
    """Train a network on digits; changes replace parts of the loop. Returns the doctor, the model, and a draw after it."""
    from torch import nn

    torch.manual_seed(0)
    x, y, held, held_y = digits
    model = nn.Sequential(nn.Linear(64, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Dropout(0.1), nn.Linear(32, 10))
    if end is not None:
        model.append(end)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-2) if optimizer is None else optimizer(model)
    criterion = nn.CrossEntropyLoss()
    loss_of = loss_of or (lambda model, xb, yb: criterion(model(xb), yb))
    steps = SimpleNamespace(
        train=model.train, evaluate=model.eval, clear=optimizer.zero_grad, order=lambda: torch.randperm(len(x))
    )
    vars(steps).update({name: change(model, optimizer) for name, change in changes.items()})

    def loop():
        for _ in range(epochs):
            steps.train()
            order = steps.order()
            for i in range(0, len(x), 64):
                steps.clear()
                loss_of(model, x[order[i : i + 64]], y[order[i : i + 64]]).backward()
                optimizer.step()
            steps.evaluate()
            with torch.no_grad():
                (model(held).argmax(1) == held_y).sum().item()

    if not watched:
        loop()
        return None, model, torch.rand(4)
    with pellucid.doctor.torch.watch(model, optimizer, show=False) as doctor:
        loop()
    return doctor, model, torch.rand(4)


def names(doctor):
    return [finding.ailment for finding in doctor.findings]
