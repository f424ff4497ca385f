"""Pictures of a run, made when they are asked for: the first layer's filters, the validation images that are most wrong."""

import base64
from typing import Any

import numpy as np

from pellucid.data import DataError, Splits
from pellucid.nets import StorageError
from pellucid.shapes import Array, ShapeError
from pellucid.style import as_png
from pellucid.train.config import ConfigError
from pellucid.train.model import load
from pellucid.train.report.answers import JudgedAnswers
from pellucid.train.report.pictures import first_filters
from pellucid.train.report.sections import filter_sheet
from pellucid.train.run import config_of
from pellucid.train.run_data import load_data
from pellucid.view.runs import ShownRun

__all__ = ["PictureError", "filters_of", "mistakes_of"]

MOST_IMAGES = 2000  # of the validation part that are judged
SHOWN = 18
SIDE = 96  # pixels that a small image is enlarged to


class PictureError(Exception):
    """There is nothing to show; the message says why."""


def filters_of(run: ShownRun) -> tuple[bytes, float]:
    """Return the filters of the best epoch's first layer as one PNG, and the largest weight. Raises PictureError."""
    path = run.path("best.safetensors")
    if path is None or not path.exists():
        raise PictureError("No best epoch's model is saved in this folder (yet).")
    try:
        found = first_filters(load(path).net)
    except (StorageError, ShapeError, ValueError) as error:
        raise PictureError(f"The best epoch's model cannot be read: {error}") from None
    if found is None:
        raise PictureError("The first layer does not read images, so it has no filters to show.")
    return filter_sheet(found)


def mistakes_of(run: ShownRun) -> dict[str, Any]:
    """Return the most confident mistakes of the best epoch's model on the validation images. Raises PictureError.

    Loads the run's data again, as its configuration names them, and judges up to MOST_IMAGES of them.
    """
    if run.path("config.toml") is None or not run.config.value:
        raise PictureError("This folder has no configuration that says which data to load.")
    filters_of_path = run.path("best.safetensors")
    if filters_of_path is None or not filters_of_path.exists():
        raise PictureError("No best epoch's model is saved in this folder (yet).")
    try:
        splits = load_data(config_of(run.folder))
        if not isinstance(splits, Splits):
            raise PictureError("The data are a table: its rows are in the report.")
        model = load(filters_of_path)
        part = splits.validation if len(splits.validation) else splits.test
        part = part.subset(np.arange(min(MOST_IMAGES, len(part))))
        judged = model.evaluate(part)
    except (StorageError, DataError, ShapeError, ConfigError, OSError) as error:
        raise PictureError(f"The images cannot be judged: {error}") from None
    answers = JudgedAnswers(model.target, judged.scores, judged.targets)
    if not answers.has_classes or part.images.shape[1] not in (1, 3):
        raise PictureError("Only images with one class each, in grey or colour, are shown.")
    shown = [_shown(part.images[int(row)] / splits.white, answers, int(row)) for row in answers.wrong[:SHOWN]]
    return {"wrong": len(answers.wrong), "of": len(answers), "images": shown}


def _shown(image: Array, answers: JudgedAnswers, row: int) -> dict[str, Any]:
    enlarged = max(1, SIDE // max(image.shape[1:]))
    source = base64.b64encode(as_png(image, enlarged=enlarged)).decode()
    return {
        "source": f"data:image/png;base64,{source}",
        "true": answers.names[answers.labels[row]],
        "predicted": answers.names[answers.predicted[row]],
        "confidence": round(float(answers.confidence[row]), 3),
    }
