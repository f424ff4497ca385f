"""Known mistakes in training by gradient descent, and in prediction."""

from pellucid.checker.asking.pack import Known
from pellucid.checker.packs.cs231n_a2.mistakes.writing import Changes, mistake

__all__ = ["TRAINING"]

DRAWN = "np.random.choice(N, batch_size)"
BATCH = "A step uses batch_size rows that are drawn again each time, with the labels of the same rows."


def _train(step: str, values: str, gradient: str) -> list[Known]:
    """Return the mistakes of a training loop. step: the line that moves `values` against `gradient`."""

    def moved(text: str) -> Changes:
        return step, text

    return [
        mistake("NT351 step-uphill", "the step goes uphill", "The gradient points to larger losses: subtract it.", moved(f"{values} = {values} + learning_rate * {gradient}"), nudge="Does the loss fall?", formula="W -= learning_rate * gradient"),
        mistake("NT352 no-step", "the parameters are never changed", "The gradient is computed and not used.", moved("pass"), moved(f"{values} = {values}"), nudge="Which line changes the parameters?", formula="W -= learning_rate * gradient"),
        mistake("NT353 learning-rate-missing", "the learning rate is not used", "The step is the whole gradient.", moved(f"{values} = {values} - {gradient}"), nudge="What does the step depend on?", formula="W -= learning_rate * gradient"),
        mistake("NT354 gradient-alone", "the parameters become the step", "The old value is lost: subtract from it.", moved(f"{values} = -learning_rate * {gradient}"), nudge="Where is the old value?", formula="W -= learning_rate * gradient"),
        mistake("NT355 first-rows-only", "the batch is always the first rows", "Rows are not drawn: the other rows are never seen.", (DRAWN, "np.arange(batch_size) % N"), lesson=BATCH, nudge="Which rows does the second step see?", formula=f"drawn = {DRAWN}"),
        mistake("NT356 whole-set", "every step uses all rows", "batch_size is not used.", (DRAWN, "np.arange(N)"), lesson=BATCH, nudge="How many rows are in a batch?", formula=f"drawn = {DRAWN}"),
        mistake("NT357 labels-of-other-rows", "labels of other rows", "Rows and labels are drawn separately, or the labels are not drawn at all.", ("y[drawn]", f"y[{DRAWN}]"), ("y[drawn]", "y[np.arange(len(drawn)) % N]"), lesson=BATCH, nudge="Whose labels are these?", formula="X[drawn], y[drawn]"),
        mistake("NT358 reg-not-passed", "regularization is not passed on", "train gets reg and calls loss without it.", ("y_batch, reg)", "y_batch, 0.0)"), nudge="Does the loss change with reg?", formula="self.loss(X_batch, y_batch, reg)"),
    ]  # fmt: skip


def _predict(scores: str) -> list[Known]:
    return [
        mistake("NT361 argmax-over-rows", "the maximum over the rows", "axis=0 finds the best row of each class: each row needs its best class.", ("axis=1", "axis=0"), nudge="How many answers should there be?", formula="np.argmax(scores, axis=1)"),
        mistake("NT362 largest-score", "the largest score is returned", "max gives the score, argmax the class.", ("np.argmax", "np.max"), nudge="max or argmax?", formula="np.argmax(scores, axis=1)"),
        mistake("NT363 smallest-score", "the class with the smallest score", "The best class has the largest score.", ("np.argmax", "np.argmin"), nudge="Is a large score good?", formula="np.argmax(scores, axis=1)"),
        mistake("NT364 absolute-scores", "the scores' absolute values", "A score far below 0 is a bad one.", (scores, f"{scores}\n    scores = np.abs(scores)"), nudge="What is a score of -100 worth?", formula="np.argmax(scores, axis=1)"),
    ]  # fmt: skip


LARGE = mistake("NT365 drawn-without-replacement", "a batch larger than the data raises an error", "replace=False cannot draw more rows than there are; the course draws with replacement.", (DRAWN, "np.random.choice(N, batch_size, replace=False)"), lesson=BATCH, nudge="Try 5 rows and a batch of 200.", formula=f"drawn = {DRAWN}")  # fmt: skip
TRAINING = {
    "LinearClassifier.train": _train("self.W = self.W - learning_rate * grad", "self.W", "grad"),
    "LinearClassifier.predict": _predict("scores = X @ self.W"),
    "TwoLayerNet.train": [
        *_train(
            "self.params[name] = self.params[name] - learning_rate * grads[name]", "self.params[name]", "grads[name]"
        ),
        LARGE,
        mistake("NT366 one-parameter-left-out", "some parameters are never changed", "Weights and biases of both layers are trained.", ("for name in self.params:", 'for name in ("W1", "W2"):'), ("for name in self.params:", 'for name in ("W1", "b1"):'), ("for name in self.params:", 'for name in ("W2", "b2"):'), nudge="How many parameters does the network have?", formula="for each name in params"),
    ],
    "TwoLayerNet.predict": _predict("scores = self.loss(X)"),
}  # fmt: skip
