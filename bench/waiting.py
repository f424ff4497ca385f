"""The share of time that training waits for pictures, which threads decode ahead of the step.

    python -m bench.waiting [--images 50000] [--size 64] [--model vgg6-bn] [--steps 200] [--folder DIR]

Writes a folder of synthetic JPEG files (unless DIR is there already), reads it as `pellucid train --data DIR --size N` does, and
measures how long each step waits for its batch. Where a core is free, PELLUCID_THREADS=1 on two cores, at most 5 % is expected.
"""

import argparse
import contextlib
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from pellucid import Trainer
from pellucid.data import Augmentation, Pipeline, Standardization, load_folder
from pellucid.kernels import fastest_transforms
from pellucid.nets import build
from pellucid.train import make_samples

CLASSES = 10


def write_pictures(folder: Path, count: int) -> None:
    """Write `count` JPEG files of 96 x 80 pixels in ten class folders."""
    from PIL import Image

    for label in range(CLASSES):
        (folder / f"class{label}").mkdir(parents=True, exist_ok=True)

    def write(n: int) -> None:
        small = np.random.default_rng(n).integers(0, 256, (8, 8, 3), dtype=np.uint8)
        picture = Image.fromarray(small).resize((96, 80), Image.Resampling.BICUBIC)
        picture.save(folder / f"class{n % CLASSES}" / f"{n:06}.jpg", quality=90)

    with ThreadPoolExecutor() as pool:
        list(pool.map(write, range(count)))


@contextlib.contextmanager
def pictures(folder: Path | None, count: int) -> Iterator[Path]:
    """Give a folder of pictures; one that is made here goes away again."""
    if folder is not None and folder.is_dir():
        yield folder
        return
    with tempfile.TemporaryDirectory() as temporary:
        made = Path(temporary) if folder is None else folder
        write_pictures(made, count)
        yield made


def measure(folder: Path, *, size: int, model: str, steps: int, batch_size: int = 64) -> tuple[float, float, float]:
    """Return the share of time spent waiting, the seconds of a step, and those of decoding a batch in one thread."""
    data = load_folder(folder, size=size, lazy=True)
    augmented = Augmentation(flip=True, crop_pad=4)
    pipeline = Pipeline(Standardization.of(data.images), augmented, transforms=fastest_transforms())
    samples = make_samples("data", data, pipeline)
    began = time.perf_counter()
    samples.training_batch(np.arange(batch_size), seed=0, epoch=0)
    decoding = time.perf_counter() - began
    trainer = Trainer(build(model, data.sample_shape, CLASSES), batch_size=batch_size)
    waited, worked = 0.0, 0.0
    with contextlib.closing(samples.batches(batch_size, seed=0, epoch=0)) as batches:
        for number in range(steps + 5):
            began = time.perf_counter()
            x, y, _, _ = next(batches)
            there = time.perf_counter()
            trainer.step(x, y)
            if number >= 5:  # the first steps make the plan
                waited += there - began
                worked += time.perf_counter() - there
    return waited / (waited + worked), worked / steps, decoding


def main() -> None:
    """Measure, and print a line."""
    parser = argparse.ArgumentParser(prog="python -m bench.waiting", description=__doc__)
    parser.add_argument("--images", type=int, default=50_000)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--model", default="vgg6-bn")
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with pictures(given.folder, given.images) as folder:
        share, step, decoding = measure(folder, size=given.size, model=given.model, steps=given.steps)
    print(
        f"{given.model}, {given.size} x {given.size} pixels: {share:.1%} of the time waiting; a step {1000 * step:.1f} ms, "
        f"decoding its batch {1000 * decoding:.1f} ms in one thread"
    )


if __name__ == "__main__":
    main()
