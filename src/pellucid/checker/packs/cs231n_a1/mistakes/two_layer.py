"""Known mistakes in the two-layer network, in the words of assignment 2's networks where they are the same."""

from pellucid.checker.packs.cs231n_a2.again import again
from pellucid.checker.packs.cs231n_a2.mistakes.writing import convention, mistake

__all__ = ["TWO_LAYER"]

NET = "TwoLayerNet"
REG_LOSS = "        loss += 0.5 * reg * (np.sum(W1 * W1) + np.sum(W2 * W2))\n"
REG_1, REG_2 = '        grads["W1"] += reg * W1\n', '        grads["W2"] += reg * W2\n'
TWICE = [(line, line.replace("reg *", "2 * reg *")) for line in (REG_1, REG_2)]
WITHOUT = (REG_LOSS, REG_LOSS.replace("0.5 * ", ""))
BACK = "        dhidden = dhidden * (hidden > 0)\n"
MEAN = "        dscores = dscores / N\n"
MINUS_1 = "        dscores[np.arange(N), y] -= 1\n"

TWO_LAYER = {
    NET: [
        convention("NT951 reg-without-half", "regularization without the 0.5", "loss adds reg * sum(W^2) and dW 2 * reg * W, as the course had it from 2017 to 2020.", [WITHOUT, *TWICE]),
        again(NET, "reg-half-missing", WITHOUT),
        again(NET, "reg-gradient-doubled", TWICE),
        again(NET, "reg-without-half-throughout", [WITHOUT, *TWICE]),
        again(NET, "reg-gradient-halved", [(line, line.replace("reg *", "0.5 * reg *")) for line in (REG_1, REG_2)]),
        again(NET, "reg-gradient-missing", [(REG_1, ""), (REG_2, "")]),
        again(NET, "reg-loss-missing", (REG_LOSS, "")),
        again(NET, "reg-missing", [(REG_LOSS, ""), (REG_1, ""), (REG_2, "")]),
        again(NET, "reg-square-of-sum", ("np.sum(W1 * W1) + np.sum(W2 * W2)", "np.sum(W1) ** 2 + np.sum(W2) ** 2")),
        mistake("NT371 reg-on-biases", "the biases are regularized", "The course regularizes weights only.", [(REG_LOSS, REG_LOSS.replace("np.sum(W2 * W2)", "np.sum(W2 * W2) + np.sum(b1 * b1) + np.sum(b2 * b2)")), (REG_2, REG_2 + '        grads["b1"] += reg * b1\n        grads["b2"] += reg * b2\n')], nudge="Which parameters are regularized?", formula="W1 and W2 only"),
        again(NET, "relu-not-in-backward", (BACK, "")),
        again(NET, "relu-left-out", [("np.maximum(rows @ W1 + b1, 0)", "rows @ W1 + b1"), (BACK, "")]),
        mistake("NT372 relu-of-hidden-forgotten-mask", "the mask is that of the gradient", "A unit passes gradient where its output was positive, whatever the sign of the gradient.", (BACK, BACK.replace("(hidden > 0)", "(dhidden > 0)")), nudge="What decides whether a ReLU passes gradient?", formula="dhidden * (hidden > 0)"),
        again(NET, "second-layer-relu", ("scores = hidden @ W2 + b2", "scores = np.maximum(hidden @ W2 + b2, 0)")),
        again(NET, "weight-scale-ignored", [("weight_scale * np.random.randn(input_dim", "np.random.randn(input_dim"), ("weight_scale * np.random.randn(hidden_dim", "np.random.randn(hidden_dim")]),
        again("softmax_loss", "gradient-not-averaged", (MEAN, ""), title="the gradients are not divided by N"),
        again("softmax_loss", "loss-value-not-averaged", ("y]) / N", "y])")),
        again("softmax_loss", "loss-not-averaged", [("y]) / N", "y])"), (MEAN, "")]),
        again("softmax_loss", "softmax-no-minus-1", (MINUS_1, ""), explanation="The gradient of the scores is the probabilities; the correct class's needs 1 subtracted.", formula="dscores = (probs - 1[y]) / N"),
        again("affine_forward", "bias-left-out", ("rows @ W1 + b1", "rows @ W1"), ("hidden @ W2 + b2", "hidden @ W2"), explanation="A layer computes x W + b."),
        again("affine_backward", "bias-gradient-one-number", ("np.sum(dscores, axis=0)", "np.sum(dscores)"), ("np.sum(dhidden, axis=0)", "np.sum(dhidden)"), explanation="A bias's gradient is one number: the sum has no axis, so all biases move together."),
        again("affine_backward", "bias-gradient-mean", ("np.sum(dscores, axis=0)", "np.mean(dscores, axis=0)"), ("np.sum(dhidden, axis=0)", "np.mean(dhidden, axis=0)"), [("np.sum(dscores, axis=0)", "np.mean(dscores, axis=0)"), ("np.sum(dhidden, axis=0)", "np.mean(dhidden, axis=0)")], explanation="A bias's gradient is averaged over the rows where it should be summed."),
        mistake("NT373 first-layer-gradient-of-scores", "W1's gradient is taken with the wrong input", "Each weight's gradient is the layer's input, transposed, times the gradient of its output: W1 meets X, W2 the hidden layer.", ("hidden.T @ dscores", "np.maximum(rows @ W1, 0).T @ dscores"), nudge="What goes into the layer?", formula="dW = input^T dout"),
        mistake("NT374 hidden-not-positive-part", "the hidden layer before its ReLU is used", "W2 is multiplied by the hidden layer after its ReLU, so its gradient is too.", ("hidden.T @ dscores", "(rows @ W1 + b1).T @ dscores"), nudge="What goes into the second layer?", formula="dW2 = relu(hidden)^T dscores"),
    ],
}  # fmt: skip
