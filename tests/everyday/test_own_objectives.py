"""Scripts of ten lines, as users write them: regression from arrays, several labels, a loss and a metric of one's own.

Each runs as a file in a process of its own; what it prints is checked.
"""

import subprocess
import sys

import pytest

SCRIPTS = {
    "regression from arrays": """
import numpy as np
import pellucid
from pellucid.nets import Affine, Network, ReLU

rng = np.random.default_rng(0)
x = rng.uniform(0, 10, (400, 3))                          # float64, as NumPy makes it
price = 20_000 + 3_000 * x[:, 0] - 500 * x[:, 1] ** 2     # (N,), in units
net = Network([Affine(32), ReLU(), Affine(1)], input_shape=(3,))
trainer = pellucid.Trainer(net, pellucid.optim.Adam(learning_rate=0.01), loss="mse", metrics=["rmse", "r2"])
trainer.fit((x[:300], price[:300]), epochs=60, validation=(x[300:], price[300:]))
print("r2", trainer.evaluate((x[300:], price[300:])).metrics["r2"] > 0.9)
print("shape", trainer.predict(x[300:]).shape, "units", trainer.predict(x[:1])[0] > 1_000)
""",
    "several labels": """
import numpy as np
import pellucid
from pellucid.nets import Affine, Network, ReLU

rng = np.random.default_rng(0)
x = rng.standard_normal((400, 6))
tags = [tuple(name for name, on in zip(("warm", "wet"), (row[0] > 0, row[1] + row[2] > 0)) if on) for row in x]
net = Network([Affine(32), ReLU(), Affine(2)], input_shape=(6,))
trainer = pellucid.Trainer(net, pellucid.optim.Adam(learning_rate=0.01), loss="bce", metrics=["f1", "f1_per_class"])
history = trainer.fit((x[:300], tags[:300]), epochs=20, validation=(x[300:], tags[300:]))
print("f1", history.epochs[-1].metrics["val_f1"] > 0.9, sorted(history.epochs[-1].metrics)[-2:])
print("labels", trainer.model.target.labels(trainer.model.scores([[3, -3, -3, 0, 0, 0], [-3, 3, 3, 0, 0, 0]])))
""",
    "a loss of one's own": """
import numpy as np
import pellucid
from pellucid.nets import Affine, Network, ReLU

def pinball(scores, targets, q=0.9):                      # the 90 % quantile
    error = targets - scores
    loss = np.maximum(q * error, (q - 1) * error)
    return loss.mean(), np.where(error > 0, -q, 1 - q) / scores.size

rng = np.random.default_rng(0)
x = rng.uniform(-1, 1, (600, 2))
y = x[:, 0] + rng.standard_normal(600)
net = Network([Affine(16), ReLU(), Affine(1)], input_shape=(2,))
trainer = pellucid.Trainer(net, pellucid.optim.Adam(learning_rate=0.01), loss=pinball)
trainer.fit((x, y), epochs=40)
print("below", 0.85 < np.mean(y < trainer.predict(x)) < 0.95)
""",
    "a wrong loss of one's own": """
import numpy as np
import pellucid
from pellucid.nets import Affine, Network

def squared(scores, targets):
    error = scores - targets
    return (error ** 2).mean(), 2 * error

x = np.random.default_rng(0).standard_normal((100, 3))
trainer = pellucid.Trainer(Network([Affine(1)], input_shape=(3,)), loss=squared)
try:
    trainer.fit((x, x[:, 0]), epochs=1)
except ValueError as error:
    print(error)
""",
    "a metric of one's own": """
import numpy as np
import pellucid
from pellucid.metrics import Metric
from pellucid.nets import Affine, Network, ReLU

def missed(scores, labels):                               # the share of class 2 that is not found
    return np.mean(scores[labels == 2].argmax(axis=1) != 2)

rng = np.random.default_rng(0)
x, y = rng.standard_normal((300, 4)), rng.integers(0, 3, 300)
x[np.arange(300), y] += 2
net = Network([Affine(16), ReLU(), Affine(3)], input_shape=(4,))
metric = Metric(missed, larger_is_better=False)
trainer = pellucid.Trainer(net, metrics=["f1", metric], monitor="val_missed")
history = trainer.fit((x[:200], y[:200]), epochs=8, validation=(x[200:], y[200:]), patience=3)
values = [epoch.metrics["val_missed"] for epoch in history.epochs]
print("best", values[history.best_epoch - 1] == min(values), trainer.evaluate((x[200:], y[200:])).metrics["missed"] == min(values))
""",
}
PRINTED = {
    "regression from arrays": "r2 True\nshape (100,) units True",
    "several labels": "f1 True ['val_f1[warm]', 'val_f1[wet]']\nlabels [('warm',), ('wet',)]",
    "a loss of one's own": "below True",
    "a wrong loss of one's own": (
        "loss __main__.squared: dscores is 8 times the gradient of the loss in every entry: is the mean over the batch missing "
        "(N = 8 here)? (compared with differences; Trainer(check_loss=False) skips this check)"
    ),
    "a metric of one's own": "best True True",
}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_as_a_user_writes_it(name, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPTS[name])
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == PRINTED[name]
    if "wrong" not in name:
        assert "epoch" in done.stderr  # progress, a line for each epoch
