"""`cs231n.solver.Solver`: the course's training loop, with its arguments, its printed lines and its draws from `np.random`."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.interop.cs231n import optim
from pellucid.nets import write_atomically
from pellucid.shapes import Array

__all__ = ["Solver"]


class Solver:
    """Trains a model that has `params` and `loss(X, y)`; see `train`.

    data holds X_train, y_train, X_val, y_val. Keywords: update_rule 'sgd', optim_config {}, lr_decay 1.0, batch_size 100,
    num_epochs 10, num_train_samples 1000, num_val_samples None, checkpoint_name None, print_every 10, verbose True.
    Afterwards: loss_history, train_acc_history, val_acc_history, best_val_acc, best_params.
    """

    def __init__(self, model: Any, data: dict[str, Array], **kwargs: Any) -> None:
        self.model = model
        self.X_train, self.y_train = data["X_train"], data["y_train"]
        self.X_val, self.y_val = data["X_val"], data["y_val"]
        rule = kwargs.pop("update_rule", "sgd")
        self.optim_config: dict[str, Any] = kwargs.pop("optim_config", {})
        self.lr_decay: float = kwargs.pop("lr_decay", 1.0)
        self.batch_size: int = kwargs.pop("batch_size", 100)
        self.num_epochs: int = kwargs.pop("num_epochs", 10)
        self.num_train_samples: int | None = kwargs.pop("num_train_samples", 1000)
        self.num_val_samples: int | None = kwargs.pop("num_val_samples", None)
        self.checkpoint_name: str | None = kwargs.pop("checkpoint_name", None)
        self.print_every: int = kwargs.pop("print_every", 10)
        self.verbose: bool = kwargs.pop("verbose", True)
        if kwargs:
            raise ValueError("Unrecognized arguments " + ", ".join(f'"{name}"' for name in kwargs))
        if not hasattr(optim, rule):
            raise ValueError(f'Invalid update_rule "{rule}"; choose one of {", ".join(optim.__all__)}')
        self.update_rule = getattr(optim, rule)
        self._reset()

    def _reset(self) -> None:
        self.epoch = 0
        self.best_val_acc = 0.0
        self.best_params: dict[str, Array] = {}
        self.loss_history: list[float] = []
        self.train_acc_history: list[float] = []
        self.val_acc_history: list[float] = []
        self.optim_configs = {name: dict(self.optim_config) for name in self.model.params}

    def _step(self) -> None:
        """Make one update on a batch drawn with replacement."""
        rows = np.random.choice(len(self.X_train), self.batch_size)  # noqa: NPY002 (the course's draws)
        loss, gradients = self.model.loss(self.X_train[rows], self.y_train[rows])
        self.loss_history.append(loss)
        for name, w in self.model.params.items():
            moved, config = self.update_rule(w, gradients[name], self.optim_configs[name])
            self.model.params[name] = moved
            self.optim_configs[name] = config

    def check_accuracy(
        self,
        X: Array,
        y: Array,
        num_samples: int | None = None,
        batch_size: int = 100,
    ) -> float:
        """Return the accuracy, on `num_samples` randomly drawn rows if there are more."""
        if num_samples is not None and len(X) > num_samples:
            rows = np.random.choice(len(X), num_samples)  # noqa: NPY002
            X, y = X[rows], y[rows]
        starts = range(0, len(X), batch_size)
        guesses = [np.argmax(self.model.loss(X[start : start + batch_size]), axis=1) for start in starts]
        return float(np.mean(np.hstack(guesses) == y))

    def train(self) -> None:
        """Train for num_epochs; the model ends with the parameters of the best validation accuracy."""
        steps_per_epoch = max(len(self.X_train) // self.batch_size, 1)
        steps = self.num_epochs * steps_per_epoch
        for t in range(steps):
            self._step()
            if self.verbose and t % self.print_every == 0:
                print(f"(Iteration {t + 1} / {steps}) loss: {self.loss_history[-1]:f}")
            epoch_ends = (t + 1) % steps_per_epoch == 0
            if epoch_ends:
                self.epoch += 1
                for config in self.optim_configs.values():
                    config["learning_rate"] *= self.lr_decay
            if t == 0 or t == steps - 1 or epoch_ends:
                self._evaluate()
        self.model.params = self.best_params

    def _evaluate(self) -> None:
        """Measure and print both accuracies, and save the parameters if validation accuracy is the best so far."""
        train = self.check_accuracy(self.X_train, self.y_train, num_samples=self.num_train_samples)
        val = self.check_accuracy(self.X_val, self.y_val, num_samples=self.num_val_samples)
        self.train_acc_history.append(train)
        self.val_acc_history.append(val)
        self._save_checkpoint()
        if self.verbose:
            print(f"(Epoch {self.epoch} / {self.num_epochs}) train acc: {train:f}; val_acc: {val:f}")
        if val > self.best_val_acc or not self.best_params:
            self.best_val_acc = val
            self.best_params = {name: array.copy() for name, array in self.model.params.items()}

    def _save_checkpoint(self) -> None:
        if self.checkpoint_name is None:
            return
        settings = ["update_rule", "lr_decay", "optim_config", "batch_size", "num_train_samples", "num_val_samples"]
        saved = ["model", *settings, "epoch", "loss_history", "train_acc_history", "val_acc_history"]
        path = f"{self.checkpoint_name}_epoch_{self.epoch}.pkl"
        if self.verbose:
            print(f'Saving checkpoint to "{path}"')
        write_atomically(Path(path), pickle.dumps({name: getattr(self, name) for name in saved}))
