"""The ways of writing a call to `fit`: what has one meaning is understood, the rest answered with what to write; its options."""

from typing import Any

import numpy as np

from pellucid.shapes import ShapeError, check_number, check_whole

__all__ = ["ANSWER_HABITS", "ATTRIBUTES", "HABITS", "RATE_HABITS", "TRAINER_HABITS", "check_run", "whole_call"]

ORDER = "leave it out: every epoch has an order of its own, which Trainer(seed=...) determines"
CPU = "leave it out: everything runs on the CPU"
HABITS = {  # of users of other libraries, and what to write here
    "validation_split": "write validation=0.1",
    "validation_data": "write validation=(x, y)",
    "verbose": "write progress=False for silence",
    "callbacks": "write on_event=function, which gets each event",
    "shuffle": ORDER,
    "initial_epoch": "write folder=... and resume=True",
    "steps_per_epoch": "leave it out: an epoch is one pass over the data",
    "early_stopping": "write patience=5, the epochs to wait for a better one",
    "device": CPU,
    "bs": "write Trainer(net, batch_size=...)",
    "max_iter": "write epochs=..., the number of passes over the data",
    "lr": "write Trainer(net, Adam(learning_rate=...))",
    "learning_rate": "write Trainer(net, Adam(learning_rate=...))",
    **{
        name: f"write Trainer(net, {name}=...)"
        for name in ("batch_size", "class_weight", "loss", "metrics", "optimizer", "seed")
    },
}
RATE_HABITS = {
    "epochs": "write steps=, the number of batches",
    **dict.fromkeys(("min_lr", "start_lr", "init_lr"), "write start="),
    **dict.fromkeys(("max_lr", "end_lr", "final_lr", "end"), "write stop="),
    **dict.fromkeys(("num_iter", "num_training", "iterations", "num_it"), "write steps="),
}
ANSWER_HABITS = {  # keywords of others to evaluate and predict
    "batch_size": "leave it out: it changes no answer",
    **dict.fromkeys(("verbose", "progress"), "leave it out: nothing is shown while it answers"),
    **dict.fromkeys(
        ("steps", "max_queue_size", "workers", "use_multiprocessing"), "leave it out: all batches are read"
    ),
    "callbacks": "leave it out: there are no events",
    "return_dict": "leave it out: the result has .loss, .accuracy and .metrics",
    "dataloaders": "give the data first, without a name",
    **dict.fromkeys(("x", "X", "data", "inputs"), "give the data first, without a name"),
    "y": "give the targets second, without a name",
    "device": CPU,
}
TRAINER_HABITS = {  # keywords of others for what is settled when a trainer is made
    "lr": "write Trainer(net, Adam(learning_rate=...))",
    "learning_rate": "write Trainer(net, Adam(learning_rate=...))",
    "weight_decay": "write AdamW(weight_decay=...), or reg=... for L2",
    "momentum": "write Trainer(net, Momentum(momentum=...))",
    **dict.fromkeys(("criterion", "loss_fn", "loss_func", "loss_function"), "write loss=..."),
    **dict.fromkeys(("opt", "optim"), "write optimizer=..."),
    **dict.fromkeys(("bs", "batch"), "write batch_size=..."),
    **dict.fromkeys(("model", "network", "learner"), "write Trainer(net): the network comes first"),
    **dict.fromkeys(("lr_scheduler", "scheduler"), "write schedule=..., such as OneCycle()"),
    **dict.fromkeys(("random_state", "random_seed"), "write seed=..."),
    **dict.fromkeys(("max_grad_norm", "gradient_clip_val", "clip"), "write clip_norm=..."),
    **dict.fromkeys(("epochs", "n_epochs", "max_epochs", "num_epochs", "max_iter"), "write fit(x, y, epochs=...)"),
    **dict.fromkeys(("callbacks", "cbs"), "write fit(..., on_event=function), which gets each event"),
    **dict.fromkeys(("verbose", "progress"), "write fit(..., progress=False) for silence"),
    **dict.fromkeys(("early_stopping", "patience"), "write fit(..., patience=5)"),
    **dict.fromkeys(("validation_split", "validation_data", "validation"), "write fit(..., validation=0.1)"),
    "device": CPU,
    "shuffle": ORDER,
}
ATTRIBUTES = {  # of others' models and learners
    "compile": "write Trainer(net, optimizer, loss=..., metrics=...)",
    "train": "write trainer.fit(x, y, epochs=10)",
    "score": "write trainer.evaluate(x, y).accuracy",
    "summary": "write trainer.net.summary()",
    "history": "write history = trainer.fit(...)",
    "partial_fit": "write trainer.step(x, y), which makes one step",
    "train_on_batch": "write trainer.step(x, y)",
    "backward": "write trainer.step(x, y), which makes one step",
    "zero_grad": "leave it out: every step computes new gradients",
    "load": "write pellucid.load(path)",
    "export": "write trainer.model.export(path)",
    "lr_find": "write trainer.find_learning_rate(x, y)",
    "fit_one_cycle": "write Trainer(net, schedule=OneCycle()) and fit",
    "fine_tune": "write net.freeze('conv*'), net.replace_head(classes) and fit",
    "fit_transform": "write trainer.fit(x, y, epochs=10), then trainer.predict(x)",
    "to": CPU,
}


def whole_call(data: Any, targets: Any, epochs: Any) -> tuple[Any, Any]:
    """Return data and epochs of `fit(data, epochs)` or `fit(x, y, epochs)`, however they were written. Raises ShapeError."""
    if isinstance(targets, (int, np.integer)) and not isinstance(targets, bool):
        if epochs is not None:
            raise ShapeError(f"Trainer.fit: epochs are given twice, {targets} and {epochs}")
        targets, epochs = None, targets
    if epochs is None:
        raise ShapeError(
            "Trainer.fit: epochs, the number of passes over the data, are missing; for example fit(data, epochs=10)"
        )
    return (data if targets is None else (data, targets)), epochs


def check_run(
    epochs: Any, patience: Any, folder: Any, resume: bool, checkpoint_every: Any, checkpoint_seconds: Any
) -> None:
    """Raise ShapeError for options of a run that are out of range, or contradict each other."""
    check_whole("Trainer", "epochs", epochs)
    for name, value in (("patience", patience), ("checkpoint_every", checkpoint_every)):
        if value is not None:
            check_whole("Trainer", name, value)
    check_number("Trainer", "checkpoint_seconds", checkpoint_seconds, minimum=0)
    if resume and folder is None:
        raise ShapeError("Trainer: resume=True needs the folder that holds the checkpoints")
