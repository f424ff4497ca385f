"""Sick programs of PyTorch and their healthy twins: what the doctor finds in them.

    python -m bench.doctor_torch [--seeds 3] [--only WORD] [--show]

The programs (`bench/torch_programs/`) are plain scripts. A sick one is a healthy one in which some lines were changed; so every
sick program has its twin. Further healthy programs are changed, too, but stay correct. Prints a line for each run, then recall,
precision of the first finding, and false alarms.
"""

import argparse
import contextlib
import io
import linecache
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.doctor_tally import Tally, learned, said

PROGRAMS = Path(__file__).parent / "torch_programs"


@dataclass(frozen=True)
class Program:
    """A program with some lines changed. An empty ailment: it is healthy."""

    ailment: str
    file: str
    changes: tuple[tuple[str, str], ...] = ()
    also: tuple[str, ...] = ()  # other names for the same thing that may come first
    title: str = ""

    def source(self) -> str:
        """Return the program's text."""
        text = (PROGRAMS / f"{self.file}.py").read_text()
        for old, new in self.changes:
            assert text.count(old) >= 1, (self.file, old)
            text = text.replace(old, new)
        return text


def sick(ailment: str, file: str, *changes: tuple[str, str], also: tuple[str, ...] = ()) -> Program:
    """Return a sick program."""
    return Program(ailment, file, changes, also)


def healthy(title: str, file: str, *changes: tuple[str, str]) -> Program:
    """Return a healthy program."""
    return Program("", file, changes, title=title)


SGD = (
    "optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)",
    "optimizer = torch.optim.SGD(model.parameters(), lr=0.1)",
)
RESET = """    for epoch in range(8):
        for layer in model.children():
            if hasattr(layer, "reset_parameters"):
                layer.reset_parameters()
"""

SICK = [
    # rate and update
    sick("learning-rate-too-high", "digits_mlp", ("lr=1e-3", "lr=3.0")),
    sick("learning-rate-too-high", "digits_cnn", ("lr=0.1", "lr=20.0")),
    sick("learning-rate-too-high", "prices", ("Adam(model.parameters(), lr=3e-3)", "SGD(model.parameters(), lr=2.0)")),
    sick("learning-rate-too-low", "digits_mlp", ("lr=1e-3", "lr=1e-6")),
    sick("learning-rate-too-low", "yes_or_no", ("lr=5e-3", "lr=1e-6")),
    sick(
        "schedule-kills-learning-rate",
        "digits_cnn",
        ("step_size=4, gamma=0.5", "step_size=1, gamma=0.1"),
        (
            "            opt.step()\n        scheduler.step()\n",
            "            opt.step()\n            scheduler.step()\n",
        ),
    ),
    sick(
        "momentum-too-high",
        "log_probabilities",
        ("lr=0.05, momentum=0.5", "lr=0.3, momentum=0.999"),
        also=("learning-rate-too-high",),
    ),
    sick(
        "weight-decay-too-high",
        "digits_mlp",
        (
            "torch.optim.Adam(model.parameters(), lr=1e-3)",
            "torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=100.0)",
        ),
    ),
    sick("gradient-clipped-away", "sequences", ("max_norm=1.0", "max_norm=1e-4")),
    sick("gradients-not-cleared", "digits_mlp", ("        optimizer.zero_grad()\n", ""), SGD),
    sick("gradients-not-cleared", "prices", ("            optimizer.zero_grad()\n", "")),
    sick("gradients-not-cleared", "keyword_model", ("                optimizer.zero_grad()\n", "")),
    sick("loss-sign-wrong", "digits_mlp", ("loss = criterion(model(x), y)", "loss = -criterion(model(x), y)")),
    sick("parameters-not-updated", "digits_mlp", ("Adam(model.parameters()", "Adam(model.norm.parameters()")),
    sick(
        "parameters-not-updated",
        "digits_mlp",
        (
            "        loss.backward()\n        optimizer.step()\n",
            "        loss.backward()\n        optimizer.zero_grad()\n        optimizer.step()\n",
        ),
    ),
    sick(
        "parameters-not-updated",
        "digits_mlp",
        ("        loss.backward()\n        optimizer.step()\n", "        optimizer.step()\n        loss.backward()\n"),
    ),
    sick(
        "parameters-not-updated",
        "yes_or_no",
        (
            "        self.fc1 = nn.Linear(6, 32)\n        self.fc2 = nn.Linear(32, 32)\n",
            "        self.layers = [nn.Linear(6, 32), nn.Linear(32, 32)]\n",
        ),
        ("self.fc1(x)", "self.layers[0](x)"),
        ("self.fc2(x)", "self.layers[1](x)"),
    ),
    sick(
        "parameters-not-updated",
        "digits_cnn",
        (
            "opt = torch.optim.SGD(net.parameters(), lr=0.1, momentum=0.9)",
            "for p in net.parameters():\n    p.requires_grad = False\nnet[0].weight.requires_grad = True\n"
            "opt = torch.optim.SGD([net[0].weight], lr=0.001)",
        ),
    ),
    sick(
        "parameters-not-updated",
        "prices",
        (
            "            pred = model(xb)\n",
            "            with torch.no_grad():\n                h = model[:4](xb)\n            pred = model[4](h)\n",
        ),
        also=("no-gradient-reaches",),
    ),
    sick(
        "no-gradient-reaches",
        "digits_mlp",
        (
            "        x = F.relu(self.second(x))\n",
            "        x = torch.tensor(F.relu(self.second(x)).detach().numpy() * 0.01)\n",
        ),
        also=("parameters-not-updated",),
    ),
    sick("model-reset", "digits_mlp", ("    for epoch in range(8):\n", RESET)),
    # data
    sick("inputs-not-scaled", "log_probabilities", ("float() - 4.9) / 6.0", "float() * 16)")),
    sick(
        "inputs-not-scaled",
        "prices",
        ("X_train, X_val =", "X[:, 4] *= 5000\nX_train, X_val ="),
        ("Adam(model.parameters(), lr=3e-3)", "SGD(model.parameters(), lr=0.01)"),
    ),
    sick("inputs-broken", "digits_cnn", ("float() / 16.0", "float() // 17")),
    sick("inputs-broken", "prices", ("X_train, X_val =", "X[37, 2] = np.nan\nX_train, X_val =")),
    sick("targets-not-scaled", "prices", ("y = y.astype(np.float32)", "y = (200000 + 50000 * y).astype(np.float32)")),
    sick("labels-wrong", "digits_mlp", ("mean, std =", "y_train = y_train[torch.randperm(len(y_train))]\nmean, std =")),
    sick(
        "labels-wrong",
        "digits_cnn",
        (
            "test_labels = torch.from_numpy(data.validation.labels).long()",
            "test_labels = torch.from_numpy(data.validation.labels).long() + 1\ntest_labels = test_labels % 10",
        ),
    ),
    sick("constant-target", "digits_mlp", ("mean, std =", "y_train[:] = 3\nmean, std =")),
    sick(
        "class-imbalance",
        "yes_or_no",
        ("threshold = 0.0", "threshold = 3.4"),
        ("X[:, 0] + X[:, 1] * X[:, 2] >", "X[:, 0] + 1.5 * rng.normal(size=1200) >"),
    ),
    sick(
        "data-leak",
        "digits_mlp",
        ("mean, std =", "x_train, y_train = torch.cat([x_train, x_val]), torch.cat([y_train, y_val])\nmean, std ="),
    ),
    sick("preprocessing-differs", "digits_mlp", ("x_val = (x_val - mean) / std\n", "")),
    sick(
        "preprocessing-differs",
        "log_probabilities",
        (
            "test_x = (torch.tensor(digits.validation.images).float() - 4.9) / 6.0",
            "test_x = torch.tensor(digits.validation.images).float() * 255 / 16",
        ),
    ),
    sick(
        "not-shuffled",
        "digits_mlp",
        ("shuffle=True", "shuffle=False"),
        ("mean, std =", "order = y_train.argsort()\nx_train, y_train = x_train[order], y_train[order]\nmean, std ="),
    ),
    sick(
        "same-batch",
        "digits_mlp",
        ("batch_size=64, shuffle=True", "batch_size=64"),
        (
            "    for x, y in train_loader:\n",
            "    for _ in range(len(train_loader)):\n        x, y = next(iter(train_loader))\n",
        ),
    ),
    sick(
        "same-batch",
        "digits_cnn",
        ("            idx = order[i : i + batch_size]\n", "            idx = torch.arange(batch_size)\n"),
    ),
    # output and loss
    sick(
        "double-softmax",
        "digits_mlp",
        ("        return self.out(x)\n", "        return F.softmax(self.out(x), dim=1)\n"),
    ),
    sick(
        "double-softmax",
        "digits_cnn",
        ("    nn.Linear(32 * 4 * 4, 10),\n", "    nn.Linear(32 * 4 * 4, 10),\n    nn.Softmax(dim=1),\n"),
    ),
    sick("double-softmax", "digits_mlp", ("criterion(model(x), y)", "criterion(torch.softmax(model(x), dim=1), y)")),
    sick(
        "double-softmax", "yes_or_no", ("        return x.squeeze(1)\n", "        return torch.sigmoid(x).squeeze(1)\n")
    ),
    sick(
        "loss-does-not-fit-output",
        "log_probabilities",
        ("return F.log_softmax(x, dim=1)", "return x"),
        also=("loss-sign-wrong",),
    ),
    sick(
        "loss-does-not-fit-output",
        "log_probabilities",
        ("return F.log_softmax(x, dim=1)", "return F.softmax(x, dim=1)"),
        also=("loss-sign-wrong", "double-softmax"),
    ),
    sick(
        "loss-does-not-fit-output",
        "probabilities",
        ("    nn.Linear(24, 1),\n    nn.Sigmoid(),\n", "    nn.Linear(24, 1),\n"),
    ),
    sick(
        "softmax-wrong-axis",
        "digits_mlp",
        ("        return self.out(x)\n", "        return F.softmax(self.out(x), dim=0)\n"),
    ),
    sick("softmax-on-one-unit", "probabilities", ("    nn.Sigmoid(),\n", "    nn.Softmax(dim=1),\n")),
    sick(
        "loss-shape-mismatch",
        "prices",
        ("loss_fn(pred, yb.unsqueeze(1))", "loss_fn(pred, yb)"),
        ("loss_fn(model(X_val), y_val.unsqueeze(1))", "loss_fn(model(X_val), y_val)"),
    ),
    sick(
        "loss-shape-mismatch", "prices", ("loss = loss_fn(pred, yb.unsqueeze(1))", "loss = ((pred - yb) ** 2).mean()")
    ),
    sick("relu-on-output", "prices", ("nn.Linear(32, 1))", "nn.Linear(32, 1), nn.ReLU())")),
    sick("output-activation-wrong", "prices", ("nn.Linear(32, 1))", "nn.Linear(32, 1), nn.Sigmoid())")),
    # network
    sick(
        "no-nonlinearity", "digits_cnn", ("    nn.ReLU(),\n", ""), ("    nn.MaxPool2d(2),\n", "    nn.AvgPool2d(2),\n")
    ),
    sick(
        "bad-initialisation",
        "digits_cnn",
        ("opt = torch", "for p in net.parameters():\n    nn.init.zeros_(p)\nopt = torch"),
    ),
    sick(
        "vanishing-gradient",
        "prices",
        ("nn.Linear(32, 32), nn.ReLU(), ", "*[m for _ in range(8) for m in (nn.Linear(32, 32), nn.Sigmoid())], "),
        ("Adam(model.parameters(), lr=3e-3)", "SGD(model.parameters(), lr=0.05)"),
    ),
    sick(
        "samples-mixed", "digits_mlp", ("        return self.out(x)\n", "        return self.out(x - x.mean(dim=0))\n")
    ),
    sick("dropout-too-strong", "digits_mlp", ("nn.Dropout(0.2)", "nn.Dropout(0.98)")),
    sick(
        "overfitting",
        "prices",
        ("X_train, y_train)", "X_train[:40], y_train[:40])"),
        ("range(20)", "range(400)"),
        ("nn.Linear(8, 32), nn.ReLU(), nn.Linear(32, 32)", "nn.Linear(8, 256), nn.ReLU(), nn.Linear(256, 32)"),
        also=("too-little-data",),
    ),
    # modes
    sick("wrong-mode", "digits_mlp", ("    model.train()\n", "")),
    sick("wrong-mode", "digits_mlp", ("    model.train()\n", "    model.eval()\n")),
    sick("wrong-mode", "digits_mlp", ("    model.eval()\n", "")),
    sick(
        "dropout-on-in-evaluation",
        "digits_mlp",
        ("self.drop(F.relu(self.norm(self.hidden(x))))", "F.dropout(F.relu(self.norm(self.hidden(x))), 0.5)"),
    ),
    sick(
        "batch-norm-tiny-batch",
        "digits_mlp",
        ("batch_size=64, shuffle", "batch_size=2, drop_last=True, shuffle"),
        ("mean, std =", "x_train, y_train = x_train[:200], y_train[:200]\nmean, std ="),
        ("range(8)", "range(3)"),
    ),
]

HEALTHY = [
    *(healthy(file, file) for file in sorted(path.stem for path in PROGRAMS.glob("*.py"))),
    healthy("SGD", "digits_mlp", SGD),
    healthy("one epoch", "digits_mlp", ("range(8)", "range(1)")),
    healthy("long", "digits_mlp", ("range(8)", "range(40)")),
    healthy(
        "cosine schedule with warm-up",
        "digits_cnn",
        (
            "scheduler = torch.optim.lr_scheduler.StepLR(opt, step_size=4, gamma=0.5)",
            "scheduler = torch.optim.lr_scheduler.SequentialLR(opt, [torch.optim.lr_scheduler.LinearLR(opt, 0.01, total_iters=20), "
            "torch.optim.lr_scheduler.CosineAnnealingLR(opt, 150)], [20])",
        ),
        (
            "            opt.step()\n        scheduler.step()\n",
            "            opt.step()\n            scheduler.step()\n",
        ),
    ),
    healthy(
        "autocast",
        "digits_cnn",
        (
            "            logits = net(images[idx])\n",
            "            with torch.autocast('cpu', dtype=torch.bfloat16):\n                logits = net(images[idx])\n",
        ),
        ("F.cross_entropy(logits, labels", "F.cross_entropy(logits.float(), labels"),
    ),
    healthy(
        "label smoothing and a weight",
        "digits_mlp",
        ("nn.CrossEntropyLoss()", "nn.CrossEntropyLoss(label_smoothing=0.1, weight=torch.ones(10))"),
    ),
    healthy(
        "penalty in the loss",
        "digits_mlp",
        (
            "loss = criterion(model(x), y)",
            "loss = criterion(model(x), y) + 1e-4 * sum(p.pow(2).sum() for p in model.parameters())",
        ),
    ),
    healthy(
        "gradients of four batches added on purpose",
        "digits_mlp",
        (
            "    for x, y in train_loader:\n        optimizer.zero_grad()\n",
            "    for step, (x, y) in enumerate(train_loader):\n",
        ),
        (
            "        loss.backward()\n        optimizer.step()\n",
            "        (loss / 4).backward()\n        if step % 4 == 3:\n            optimizer.step()\n"
            "            optimizer.zero_grad()\n",
        ),
        ("lr=1e-3", "lr=3e-3"),
    ),
    healthy(
        "training accuracy measured too",
        "digits_mlp",
        (
            "        optimizer.step()\n",
            "        optimizer.step()\n        with torch.no_grad():\n"
            "            hits = (model(x).argmax(1) == y).float().mean()\n",
        ),
    ),
    healthy(
        "evaluated without no_grad",
        "digits_mlp",
        ("    with torch.no_grad():\n        for", "    if True:\n        for"),
    ),
    healthy(
        "squared error by hand",
        "prices",
        ("loss = loss_fn(pred, yb.unsqueeze(1))", "loss = ((pred[:, 0] - yb) ** 2).mean()"),
    ),
    healthy(
        "prices in thousands, scaled",
        "prices",
        (
            "X_train, X_val =",
            "y = 200 + 50 * y\ny = ((y - y[:800].mean()) / y[:800].std()).astype(np.float32)\nX_train, X_val =",
        ),
    ),
    healthy("absolute error", "prices", ("nn.MSELoss()", "nn.L1Loss()")),
    healthy(
        "L-BFGS",
        "prices",
        ("torch.optim.Adam(model.parameters(), lr=3e-3)", "torch.optim.LBFGS(model.parameters(), lr=0.5, max_iter=5)"),
        (
            "            optimizer.zero_grad()\n            loss.backward()\n            optimizer.step()\n",
            "            def closure():\n                optimizer.zero_grad()\n"
            "                l = loss_fn(model(xb), yb.unsqueeze(1))\n"
            "                l.backward()\n                return l\n            optimizer.step(closure)\n",
        ),
        ("batch_size=32", "batch_size=400"),
    ),
    healthy(
        "frozen first layer, trained before",
        "digits_cnn",
        (
            "opt = torch.optim.SGD(net.parameters()",
            "net[0].weight.requires_grad = False\nnet[0].bias.requires_grad = False\n"
            "opt = torch.optim.SGD([p for p in net.parameters() if p.requires_grad]",
        ),
    ),
    healthy("80 % of one class", "yes_or_no", ("threshold = 0.0", "threshold = 1.2")),
    healthy(
        "tied weights",
        "digits_mlp",
        (
            "        x = F.relu(self.second(x))\n",
            "        x = F.relu(self.second(x))\n        x = F.relu(self.second(x))\n",
        ),
    ),
    healthy(
        "pixels from 0 to 1, no validation",
        "digits_cnn",
        ("            test_loss = F.cross_entropy(net(test_images), test_labels).item()\n", "            pass\n"),
    ),
    healthy(
        "accelerator-style scaler",
        "digits_cnn",
        (
            "            loss.backward()\n            opt.step()\n",
            "            scaler.scale(loss).backward()\n            scaler.step(opt)\n            scaler.update()\n",
        ),
        ("batch_size = 50", "batch_size = 50\nscaler = torch.amp.GradScaler('cpu', init_scale=1024.0)"),
    ),
    healthy(
        "validation every 10 steps",
        "digits_cnn",
        (
            "            opt.step()\n        scheduler",
            "            opt.step()\n            if i % 500 == 0:\n                with torch.no_grad():\n"
            "                    F.cross_entropy(net(test_images), test_labels)\n        scheduler",
        ),
    ),
    healthy(
        "early break",
        "digits_mlp",
        (
            "        loss.backward()\n        optimizer.step()\n",
            "        loss.backward()\n        optimizer.step()\n        if loss < 0.01:\n            break\n",
        ),
    ),
]


def run(program: Program, seed: int) -> Any:
    """Run a program; return its doctor."""
    name = f"<{program.file}:{abs(hash(program))}>"
    source = program.source()
    linecache.cache[name] = (len(source), None, source.splitlines(keepends=True), name)
    space: dict[str, Any] = {"__name__": name, "SEED": seed}
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        try:
            exec(compile(source, name, "exec"), space)  # a program of this repository
        except (RuntimeError, ArithmeticError):
            if "doctor" not in space:
                raise
    return space["doctor"]


def runs(only: str, seeds: int) -> Iterator[tuple[Program, int]]:
    """Yield what to run."""
    for program in [*SICK, *HEALTHY]:
        if only in f"{program.ailment or 'healthy'} {program.file} {program.title}":
            for seed in range(seeds):
                yield program, seed


def main() -> None:
    """Run all, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", default="")
    parser.add_argument("--show", action="store_true", help="print the findings")
    arguments = parser.parse_args()
    tally = Tally()
    for program, seed in runs(arguments.only, arguments.seeds):
        started = time.process_time()
        doctor = run(program, seed)
        planted = (program.ailment,) if program.ailment else ()
        mark = tally.count(doctor, planted, program.also, found_by=(*planted, *program.also))
        title = program.ailment or f"healthy: {program.title}"
        print(
            f"{mark} {title:36} {program.file:18} seed {seed} learned {learned(doctor):>6} "
            f"{time.process_time() - started:5.1f} s  {said(doctor)}",
            flush=True,
        )
        if arguments.show:
            for finding in doctor.findings:
                print(finding)
            print("  notes:", doctor.notes, getattr(doctor.chart, "failures", ""))
    print(tally)


if __name__ == "__main__":
    main()
