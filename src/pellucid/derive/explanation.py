"""What an explanation of a layer or an update rule holds, and what courses ask beside their exercises."""

from typing import NamedTuple

__all__ = ["QUESTIONS", "Explanation"]

# What a course asks beside its exercises, by the study that answers it.
QUESTIONS = {
    "init-scale": "How does the scale of the first weights act with and without batch norm, and why?",
    "batch-size": "How do batch norm and the batch size depend on each other?",
    "layer-norm": "When does layer norm work badly?",
    "dropout": "What do accuracies with and without dropout say of it, and why divide by keep?",
    "optimisers": "Which rule learns fastest, and whose steps become too small?",
    "depth": "Is a deeper network harder to train, and which one cares more about its first weights?",
    "learning-rate": "Why will it not overfit 50 samples?",
    "eps-place": "Does it matter where eps stands?",
    "norms": "Which normalization for images, at which batch size?",
    "bias-decay": "Should biases be regularised?",
    "bn-regularises": "Does batch norm regularise?",
    "conv-speed": "How much faster than nested loops is fast convolution?",
}


class Explanation(NamedTuple):
    """One screen."""

    title: str
    formula: tuple[str, ...]
    shapes: str
    why: str  # why the backward pass, or the update, looks as it does
    mistakes: tuple[str, ...]  # the usual ones: FUNCTION:ID in the checker's catalogue
    source: str
    studies: tuple[str, ...] = ()  # which studies measure what is said of it
