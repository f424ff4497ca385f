"""Prediction for image files."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from pellucid.data import DataError
from pellucid.files import open_plain
from pellucid.kernels import fastest_layers
from pellucid.shapes import Array
from pellucid.train.run import TrainedModel, probabilities

__all__ = ["predict_files", "read_image"]


def predict_files(model: TrainedModel, paths: Sequence[Path], top: int) -> list[list[tuple[str, float]]]:
    """Return, for each file, the `top` likeliest classes with their probabilities.

    An image is converted to the network's channels (grey or RGB) and resized to its size. Grey networks such as the digits'
    expect bright strokes on a dark background.
    """
    images = np.stack([read_image(path, model.net.input_shape, model.white) for path in paths])
    scores = model.net.predict(model.pipeline.batch(images), layers=fastest_layers())
    results = []
    for row in probabilities(scores):
        order = np.argsort(-row, kind="stable")[:top]
        results.append([(model.classes[i], float(row[i])) for i in order])
    return results


def read_image(path: Path, shape: tuple[int, ...], white: float) -> Array:
    """Return the image (C, H, W) with values 0..white. Raises DataError if the file is not an image or the network takes none."""
    from PIL import Image

    if len(shape) != 3 or shape[0] not in (1, 3):
        raise DataError(f"predict: the network takes samples of shape {shape}, not images")
    channels, height, width = shape
    try:
        with open_plain(path) as file, Image.open(file) as image:
            eight_bits = _sixteen_to_eight_bits(image) if image.mode.startswith("I") else image
            fitted = eight_bits.convert("L" if channels == 1 else "RGB").resize((width, height), Image.Resampling.BOX)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file") from None
    except Exception as error:  # decoders raise OSError, SyntaxError, struct.error and others on broken files
        reason = getattr(error, "strerror", None) or " ".join(str(error).split()) or type(error).__name__
        raise DataError(f"{path}: cannot be read as an image ({reason})") from None
    pixels = np.asarray(fitted, dtype=np.float32).reshape(height, width, channels).transpose(2, 0, 1)
    return pixels * (white / 255)


def _sixteen_to_eight_bits(image: Any) -> Any:
    """Scale 16-bit greys to 8 bits: Pillow would clip them at 255."""
    from PIL import Image

    return Image.fromarray((np.asarray(image, dtype=np.int64).clip(0, 65_535) // 257).astype(np.uint8))
