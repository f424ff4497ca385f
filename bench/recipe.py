"""The recipe that trains vgg6-bn to 83 % on CIFAR-10 in ten epochs, for Pellucid and, equivalently, for PyTorch.

AdamW, one-cycle schedule with a peak of 3e-3, weight decay 0.05 on weights only, label smoothing 0.1, batches of 64, horizontal
flips and shifts by up to 4 pixels. On the command line:

    pellucid train --data cifar10 --model vgg6-bn --epochs 10 --flip --crop 4 --learning-rate 3e-3 --weight-decay 0.05
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from bench.side import options_of
from pellucid.optim import SCHEDULES
from pellucid.train.config import TrainConfig
from pellucid.train.run import prepare
from pellucid.train.run_data import Prepared

CONFIG = TrainConfig(
    data="cifar10", model="vgg6-bn", epochs=10, flip=True, crop=4, learning_rate=3e-3, weight_decay=0.05
)
Epoch = Callable[[], dict[str, float]]  # train an epoch, validate; return accuracy and loss


class TorchRecipe:
    """Network, optimiser and schedule in PyTorch, with the initial weights of the prepared run."""

    def __init__(self, prepared: Prepared, side: str) -> None:
        import torch

        from bench.torch_network import from_program
        from bench.torch_sides import set_threads

        options, config = options_of(side), prepared.config
        set_threads(options)
        self.format = torch.channels_last if options["memory"] == "nhwc" else torch.contiguous_format
        net = prepared.trainer.net
        self.module = from_program(net).to(memory_format=self.format)
        named = list(self.module.named_parameters())
        decays = [parameter for _, parameter in named if parameter.dim() > 1]
        rest = [parameter for _, parameter in named if parameter.dim() == 1]
        groups = [{"params": decays, "weight_decay": config.weight_decay}, {"params": rest, "weight_decay": 0.0}]
        self.adam = torch.optim.AdamW(groups, lr=config.learning_rate, **{options["adam"]: True})
        self.forward = torch.compile(self.module) if options.get("compile") else self.module
        self.config, self.schedule = config, SCHEDULES[config.schedule]

    def warm_up(self, x: Any, y: Any) -> None:
        """Compile for these shapes without changing any state."""
        import copy

        before = copy.deepcopy(self.module.state_dict())
        self.loss(x, y).backward()
        self.adam.zero_grad(set_to_none=True)
        self.module.load_state_dict(before)

    def loss(self, x: Any, y: Any) -> Any:
        """Return the loss, recorded for the backward pass."""
        import torch

        scores = self.forward(x.contiguous(memory_format=self.format))
        return torch.nn.functional.cross_entropy(scores, y, label_smoothing=self.config.smoothing)

    def step(self, x: Any, y: Any, done: float) -> float:
        """Make one step at the fraction `done` of the run; return the loss before it."""
        for group in self.adam.param_groups:
            group["lr"] = self.config.learning_rate * self.schedule(done)
        self.adam.zero_grad(set_to_none=True)
        loss = self.loss(x, y)
        loss.backward()
        self.adam.step()
        return float(loss.detach())

    def accuracy(self, x: Any, y: Any) -> float:
        """Return the accuracy."""
        import torch

        self.module.eval()
        with torch.inference_mode():
            correct = sum(
                int((self.module(a.contiguous(memory_format=self.format)).argmax(1) == b).sum())
                for a, b in zip(x.split(256), y.split(256), strict=True)
            )
        self.module.train()
        return correct / len(y)


def native_epochs(prepared: Prepared) -> Epoch:
    """Return a function that trains one more epoch with Pellucid."""
    from pellucid.train.events import EpochDone

    events = prepared.trainer.events(prepared.splits, prepared.config.epochs, pipeline=prepared.pipeline)

    def epoch() -> dict[str, float]:
        done = next(event for event in events if isinstance(event, EpochDone))
        return {"val_accuracy": float(done.val_accuracy or 0), "train_loss": done.train_loss}

    return epoch


def torch_epochs(prepared: Prepared, side: str) -> Epoch:
    """Return a function that trains one more epoch with PyTorch; images are shifted and flipped as whole batches of bytes."""
    import torch

    recipe, config, splits = TorchRecipe(prepared, side), prepared.config, prepared.splits
    standardization = prepared.pipeline.standardization
    assert standardization is not None
    mean, std = (torch.from_numpy(np.asarray(a, np.float32)) for a in (standardization.mean, standardization.std))
    mean, std = (a.reshape(1, -1, 1, 1) if a.numel() > 1 else a for a in (mean, std))

    def ready(images: Any) -> Any:
        return (images.float() - mean) / std

    train, labels = torch.from_numpy(splits.train.images.copy()), torch.from_numpy(splits.train.labels.astype(np.int64))
    padded = torch.nn.functional.pad(train, (config.crop,) * 4)
    held_out = ready(torch.from_numpy(splits.validation.images.copy()))
    held_out_labels = torch.from_numpy(splits.validation.labels.astype(np.int64))
    size, draws = train.shape[2], torch.Generator().manual_seed(0)
    steps = -(-len(train) // config.batch_size)
    for size_of_batch in (config.batch_size, len(train) % config.batch_size or config.batch_size):
        recipe.warm_up(ready(train[:size_of_batch]), labels[:size_of_batch])
    number = 0

    def epoch() -> dict[str, float]:
        nonlocal number
        losses = []
        for rows in torch.randperm(len(train), generator=draws).split(config.batch_size):
            x = ready(_augmented(padded[rows], size, config.crop, draws))
            losses.append(recipe.step(x, labels[rows], number / (steps * config.epochs)))
            number += 1
        return {"val_accuracy": recipe.accuracy(held_out, held_out_labels), "train_loss": float(np.mean(losses))}

    return epoch


def _augmented(images: Any, size: int, pad: int, draws: Any) -> Any:
    """Return random crops (N, C, size, size) of padded images, each flipped with probability 1/2."""
    import torch

    n = len(images)
    top, left = torch.randint(0, 2 * pad + 1, (2, n), generator=draws)
    flips = torch.rand(n, generator=draws) < 0.5
    run = torch.arange(size)
    rows = top[:, None] + run
    columns = left[:, None] + torch.where(flips[:, None], run.flip(0), run)
    return images[torch.arange(n)[:, None, None], :, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def same_batches(prepared: Prepared, steps: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the first batches that the trainer would see."""
    from pellucid.data import epoch_order
    from pellucid.train.samples import make_samples

    config = prepared.config
    samples = make_samples("train", prepared.splits.train, prepared.pipeline)
    order = epoch_order(len(samples), seed=config.seed, epoch=0)
    for number in range(steps):
        places = order[number * config.batch_size : (number + 1) * config.batch_size]
        x, y, _ = samples.training_batch(places, seed=config.seed, epoch=0)
        yield x, y


def prepared(seed: int = 0, *, data: str = CONFIG.data) -> Prepared:
    """Return the data, network and trainer of the recipe."""
    import dataclasses

    return prepare(dataclasses.replace(CONFIG, seed=seed, data=data))
