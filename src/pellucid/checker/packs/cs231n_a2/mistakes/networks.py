"""Known mistakes in networks: regularisation, modes, wiring."""

from pellucid.checker.asking.pack import Known
from pellucid.checker.packs.cs231n_a2.mistakes.writing import Changes, mistake

__all__ = ["NETWORKS"]

HIDDEN = (
    "hidden, relu_cache = relu_forward(hidden)",
    "relu_cache = np.ones_like(hidden)",
)  # a cache that lets all pass
HALF = "With 0.5 * reg * sum(W^2) in the loss, the gradient is reg * W."
CONV_WITHOUT_RELU = "conv_backward_naive(max_pool_backward_naive(dfeatures, cache1[2]), cache1[0])"
NUDGE = "Compare reg = 0 with reg = 3."


def _sums(line: str, gradients: list[str]) -> list[Known]:
    """Regularisation mistakes of a network whose loss has `line` and whose gradients are lines of their own."""
    left_out = [(g, "pass") for g in gradients]
    twice = [(g, g.replace("self.reg", "2 * self.reg")) for g in gradients]
    squares = [
        (line, line.replace(f"np.sum({w} * {w})", f"np.sum({w}) ** 2"))
        for w in ("W1", "W2", "W3", "weights")
        if f"np.sum({w} * {w})" in line
    ]
    half = [(g, g.replace("self.reg", "0.5 * self.reg")) for g in gradients]
    return [
        mistake("NT101 reg-half-missing", "the 0.5 of the regularisation is missing", "loss adds reg * sum(W^2); its gradient is that of half of it.", (line, line.replace("0.5 * ", "")), lesson=HALF, nudge=NUDGE, formula="0.5 * reg * sum(W^2)"),
        mistake("NT102 reg-gradient-doubled", "the regularisation's gradient is twice as large as it should be", "dW adds 2 * reg * W.", twice, lesson=HALF, nudge=NUDGE, formula="reg * W"),
        mistake("NT103 reg-without-half-throughout", "regularisation without the 0.5", "loss adds reg * sum(W^2) and dW 2 * reg * W; the course has the 0.5.", [(line, line.replace("0.5 * ", "")), *twice], lesson=HALF, nudge=NUDGE, formula="0.5 * reg * sum(W^2)"),
        mistake("NT104 reg-gradient-halved", "the regularisation's gradient is half of what it should be", "dW adds 0.5 * reg * W.", half, lesson=HALF, nudge=NUDGE, formula="reg * W"),
        mistake("NT105 reg-gradient-missing", "the regularisation is missing from the gradients", "The loss has it, dW does not.", left_out, lesson=HALF, nudge=NUDGE, formula="reg * W"),
        mistake("NT106 reg-loss-missing", "the regularisation is missing from the loss", "dW has it, the loss does not.", (line, "pass"), lesson=HALF, nudge=NUDGE, formula="0.5 * reg * sum(W^2)"),
        mistake("NT107 reg-missing", "no regularisation", "Neither loss nor gradients use reg.", [(line, "pass"), *left_out], lesson=HALF, nudge=NUDGE, formula="0.5 * reg * sum(W^2)"),
        mistake("NT108 reg-square-of-sum", "the square of the sum, not the sum of squares", "sum(W)^2 is not sum(W^2).", *squares, lesson=HALF, nudge=NUDGE, formula="0.5 * reg * sum(W^2)"),
        *[
            mistake(f"NT{120 + k} reg-gradient-missing-{k}", "one weight's gradient lacks the regularisation", f"The line for {g.split('[')[1].split(']')[0]} is missing.", (g, "pass"), lesson=HALF, nudge=NUDGE, formula="reg * W")
            for k, g in enumerate(gradients, 1) if len(gradients) > 1
        ],
    ]  # fmt: skip


def _relus(backwards: list[Changes], throughout: list[Changes]) -> list[Known]:
    """A ReLU that is missing: from the backward pass alone, or from both."""
    return [
        mistake("NT201 relu-not-in-backward", "a ReLU is missing from the backward pass", "The gradient passes where the forward set values to 0: dW and db of the layer before it are wrong, those of the layers after it are correct.", *backwards, lesson="Every step of the forward has its step in the backward.", nudge="Which step of the forward has no counterpart?", formula="relu_backward with that ReLU's cache"),
        mistake("NT202 relu-left-out", "a ReLU is left out", "Two layers without a non-linearity between them are one linear layer.", *throughout, nudge="Which entries of the hidden layer are negative?", formula="relu after every hidden layer"),
    ]  # fmt: skip


TWO = "loss += 0.5 * self.reg * (np.sum(W1 * W1) + np.sum(W2 * W2))"
THREE = "loss += 0.5 * self.reg * (np.sum(W1 * W1) + np.sum(W2 * W2) + np.sum(W3 * W3))"
MANY = "loss += 0.5 * self.reg * np.sum(weights * weights)"
MODES = '        for bn_param in self.bn_params:\n            bn_param["mode"] = mode\n'

NETWORKS = {
    "TwoLayerNet": [
        *_sums(TWO, ['grads["W1"] += self.reg * W1', 'grads["W2"] += self.reg * W2']),
        *_relus(
            [("affine_relu_backward(dhidden, cache1)", "affine_backward(dhidden, cache1[0])")],
            [[("affine_relu_forward(X,", "affine_forward(X,"), ("affine_relu_backward(", "affine_backward(")]],
        ),
        mistake("NT203 second-layer-relu", "a ReLU after the last layer", "Scores may be negative.", ("affine_forward(hidden, W2, b2)", "affine_forward(hidden, W2, b2)\n        scores = np.maximum(scores, 0)"), nudge="Are the scores ever negative?", formula="affine - relu - affine - softmax"),
        mistake("NT204 weight-scale-ignored", "weight_scale is not used", "The initial weights have another scale.", [("weight_scale * np.random.randn(input_dim", "np.random.randn(input_dim"), ("weight_scale * np.random.randn(hidden_dim", "np.random.randn(hidden_dim")], nudge="Print W1.std().", formula="weight_scale * randn"),
    ],
    "FullyConnectedNet": [
        *_sums(MANY, ['grads[f"W{layer}"] += self.reg * weights']),
        mistake("NT301 batchnorm-mode", "batch norm never enters test mode", 'The mode is not set: a template of 2016 writes bn_param[mode] = mode where bn_param["mode"] is meant.', (MODES, ""), (MODES, MODES.replace('bn_param["mode"]', "bn_param[mode]")), lesson="At test time one sample's scores must not depend on the rest of the batch.", nudge="Compare the scores of one sample with the same sample in a batch.", formula='bn_param["mode"] = mode'),
        mistake("NT302 mode-not-set-back", "batch norm stays in test mode", "The mode is set to test for scores and never set back.", (MODES, '        for bn_param in self.bn_params:\n            bn_param["mode"] = "test" if mode == "test" else bn_param["mode"]\n'), lesson="Every call sets the mode that it needs.", nudge="Call loss(X), then loss(X, y).", formula='bn_param["mode"] = mode'),
        mistake("NT303 batchnorm-one-param-for-all", "all layers share one bn_param", "[{...}] * n is n times the same dictionary: the layers overwrite each other's running statistics.", ('[{"mode": "train"} for _ in hidden_dims]', '[{"mode": "train"}] * len(hidden_dims)'), nudge="Is bn_params[0] is bn_params[1]?", formula='[{"mode": "train"} for _ in hidden_dims]'),
        mistake("NT109 reg-loss-last-layer-missing", "the last layer's penalty is missing from the loss", "Its gradient has it.", ("loss += 0.5 * self.reg * np.sum(weights * weights)", "loss += 0.5 * self.reg * np.sum(weights * weights) * (layer < self.num_layers)"), lesson=HALF, nudge=NUDGE, formula="every W"),
        mistake("NT110 reg-on-gamma", "gamma is regularised", "The course regularises weights only.", ('            grads[f"W{layer}"] += self.reg * weights\n', '            grads[f"W{layer}"] += self.reg * weights\n            if self.normalization and layer < self.num_layers:\n                loss += 0.5 * self.reg * np.sum(self.params[f"gamma{layer}"] ** 2)\n                grads[f"gamma{layer}"] += self.reg * self.params[f"gamma{layer}"]\n'), nudge="Which parameters are regularised?", formula="W only"),
        mistake("NT111 reg-last-layer-missing", "the last layer is not regularised", "The loop ends one layer early.", ("for layer in range(1, self.num_layers + 1):\n            weights", "for layer in range(1, self.num_layers):\n            weights"), lesson=HALF, nudge=NUDGE, formula="every W"),
        *_relus([("dhidden = relu_backward(dhidden, relu_cache)", "pass")], [HIDDEN]),
        mistake("NT304 dropout-at-test", "dropout stays on at test time", "The mode of dropout_param is not set.", ('self.dropout_param["mode"] = mode', "pass"), lesson="The test pass must be the same every time.", nudge="Call loss(X) twice.", formula='dropout_param["mode"] = mode'),
        mistake("NT305 dropout-left-out", "dropout is requested but not used", "The training loss is that of a network without dropout.", ("self.use_dropout = dropout_keep_ratio != 1", "self.use_dropout = False"), lesson="In training each hidden layer ends in dropout.", nudge="Does the training loss change with the dropout setting?", formula="affine - norm - relu - dropout"),
        mistake("NT306 dropout-not-in-backward", "dropout is missing from the backward pass", "The gradient passes where the forward dropped.", ("dhidden = dropout_backward(dhidden, dropout_cache)", "pass"), lesson="Every step of the forward has its step in the backward.", nudge="Which step of the forward has no counterpart?", formula="dropout_backward before relu_backward"),
        mistake("NT204 weight-scale-ignored", "weight_scale is not used", "The initial weights have another scale.", ("weight_scale * np.random.randn", "np.random.randn"), nudge="Print W1.std().", formula="weight_scale * randn"),
        mistake("NT205 gamma-starts-at-0", "gamma starts at 0", "Nothing passes a layer whose gamma is 0.", ("np.ones(sizes[layer])", "np.zeros(sizes[layer])"), nudge="Which gamma changes nothing?", formula="gamma = 1"),
    ],
    "ThreeLayerConvNet": [
        *_sums(THREE, ['grads["W1"] += self.reg * W1', 'grads["W2"] += self.reg * W2', 'grads["W3"] += self.reg * W3']),
        *_relus(
            [
                ("conv_relu_pool_backward(dfeatures, cache1)", CONV_WITHOUT_RELU),
                ("affine_relu_backward(dhidden, cache2)", "affine_backward(dhidden, cache2[0])"),
                [("conv_relu_pool_backward(dfeatures, cache1)", CONV_WITHOUT_RELU), ("affine_relu_backward(dhidden, cache2)", "affine_backward(dhidden, cache2[0])")],
            ],
            [
                [("affine_relu_forward(features", "affine_forward(features"), ("affine_relu_backward(", "affine_backward(")],
            ],
        ),
        mistake("NT206 size-from-height", "the affine layer's size assumes a square image", "W2 has num_filters * (H // 2) * (W // 2) rows.", ("(H // 2) * (W // 2)", "(H // 2) * (H // 2)"), ("(H // 2) * (W // 2)", "H * W // 2"), ("(H // 2) * (W // 2)", "H * W"), nudge="Try an image that is not square.", formula="num_filters * (H // 2) * (W // 2)"),
        mistake("NT204 weight-scale-ignored", "weight_scale is not used", "The initial weights have another scale.", ("weight_scale * np.random.randn(num_filters, C", "np.random.randn(num_filters, C"), nudge="Print W1.std().", formula="weight_scale * randn"),
    ],
}  # fmt: skip
