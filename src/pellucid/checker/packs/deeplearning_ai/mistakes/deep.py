"""Known mistakes in course 1's deep network."""

from pellucid.checker.asking.pack import Known
from pellucid.checker.packs.cs231n_a2.mistakes.writing import mistake
from pellucid.checker.packs.deeplearning_ai.mistakes.lessons import AVERAGE, BIAS, CHAIN, COLUMNS, LAYERS

__all__ = ["DEEP", "steps"]

TWICE = "Pass every sample twice: what should change?"
DW, DB = "np.dot(dZ, A_prev.T) / m", "np.sum(dZ, axis=1, keepdims=True) / m"
DAL = "dAL = -(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))"
LAST = 'parameters["W" + str(L)], parameters["b" + str(L)], "sigmoid"'
HIDDEN = 'parameters["W" + str(l)], parameters["b" + str(l)], "relu"'


def steps(w: str, b: str, loop: str, shorter: str, longer: str) -> list[Known]:
    """Return the mistakes of a step of gradient descent, whose lines subtract `w` and `b`."""
    return [
        mistake("OP201 wrong-sign", "the step goes uphill", "Gradient descent subtracts the gradient.", [(w, w.replace("- learning", "+ learning")), (b, b.replace("- learning", "+ learning"))], (w, w.replace("- learning", "+ learning")), (b, b.replace("- learning", "+ learning")), nudge="Does the cost fall?", formula="W = W - rate * dW"),
        mistake("OP701 rate-ignored", "learning_rate is not used", "The step is the whole gradient.", [(w, w.replace("learning_rate * ", "")), (b, b.replace("learning_rate * ", ""))], (w, w.replace("learning_rate * ", "")), (b, b.replace("learning_rate * ", "")), nudge="Call it with another rate.", formula="W = W - rate * dW"),
        mistake("OP707 last-layer-not-updated", "the last layer is not updated", "The loop ends one layer early.", (loop, shorter), lesson=LAYERS, nudge="Which layers does the loop reach?", formula="layers 1 to L"),
        mistake("OP708 first-layer-not-updated", "the first layer is not updated", "The loop begins one layer late.", (loop, longer), lesson=LAYERS, nudge="Which layers does the loop reach?", formula="layers 1 to L"),
    ]  # fmt: skip


GD = steps(
    '- learning_rate * grads["dW" + str(l + 1)]',
    '- learning_rate * grads["db" + str(l + 1)]',
    "for l in range(L)",
    "for l in range(L - 1)",
    "for l in range(1, L)",
)

DEEP = {
    "initialize_parameters_deep": [
        mistake("NT610 weights-transposed", "W has its axes swapped", "W of layer l is (n_l, n_{l-1}).", ("layer_dims[l], layer_dims[l - 1])", "layer_dims[l - 1], layer_dims[l])"), lesson=COLUMNS, nudge="Which shape must W1 have for W1 X?", formula="W: (n_l, n_{l-1})"),
        mistake("NT611 weights-not-small", "the weights are not scaled", "Without the factor 0.01 the activations start large.", ("layer_dims[l - 1]) * 0.01", "layer_dims[l - 1])"), nudge="Print W1.std().", formula="randn(...) * 0.01"),
        mistake("NT612 weights-uniform", "weights from a uniform distribution", "np.random.rand is never negative; np.random.randn is normal.", ("np.random.randn", "np.random.rand"), nudge="Is any weight negative?", formula="np.random.randn"),
        mistake("NT614 bias-not-zero", "a bias does not start at 0", "Biases start at 0.", ("np.zeros(", "np.ones("), nudge="Print b1.", formula="np.zeros((n_l, 1))"),
        mistake("NT627 last-layer-missing", "the last layer has no parameters", "The loop ends one layer early.", ("range(1, L)", "range(1, L - 1)"), lesson=LAYERS, nudge="How many layers do the keys name?", formula="range(1, len(layer_dims))"),
        mistake("NT606 start-of-another-shape", "b has another shape", "b is a column of shape (n_l, 1).", ("np.zeros((layer_dims[l], 1))", "np.zeros((layer_dims[l], layer_dims[l - 1]))"), ("np.zeros((layer_dims[l], 1))", "np.zeros((layer_dims[l - 1], 1))"), nudge="Print b1.shape.", formula="np.zeros((n_l, 1))"),
    ],
    "linear_forward": [
        mistake("AF101 bias-left-out", "the bias is not added", "Z is W A + b.", ("np.dot(W, A) + b", "np.dot(W, A)"), nudge="What is Z when A is 0?", formula="Z = W A + b"),
        mistake("AF607 factors-swapped", "the factors are in the wrong order", "Z is W A: with samples in columns W stands on the left.", ("np.dot(W, A)", "np.dot(A, W)"), lesson=COLUMNS, nudge="What are the shapes of W and A?", formula="Z = W A + b"),
        mistake("AF612 w-transposed", "W is transposed", "W has a row for each unit already.", ("np.dot(W, A)", "np.dot(W.T, A)"), lesson=COLUMNS, nudge="What are the shapes of W and A?", formula="Z = W A + b"),
        mistake("AF606 product-for-dot", "an elementwise product where a matrix product is due", "W * A multiplies entry by entry.", ("np.dot(W, A)", "W * A"), nudge="What is summed in a matrix product?", formula="Z = W A + b"),
    ],
    "linear_activation_forward": [
        mistake("NT628 activations-exchanged", "relu and sigmoid are exchanged", "Each branch calls the other activation.", [('elif activation == "relu"', 'elif activation == "SIGMOID"'), ('if activation == "sigmoid"', 'if activation == "relu"'), ('elif activation == "SIGMOID"', 'elif activation == "sigmoid"')], nudge="Which branch does \"relu\" take?", formula="sigmoid if activation == 'sigmoid', relu if 'relu'"),
        mistake("NT629 activation-ignored", "the same activation in both branches", "The argument activation is not used.", ("A = np.maximum(0, Z)", "A = 1 / (1 + np.exp(-Z))"), ("A = 1 / (1 + np.exp(-Z))", "A = np.maximum(0, Z)"), nudge="Which branch does \"relu\" take?", formula="sigmoid if activation == 'sigmoid', relu if 'relu'"),
        mistake("NT630 not-activated", "the activation is missing", "A is Z itself.", ("A = np.maximum(0, Z)", "A = Z"), ("A = 1 / (1 + np.exp(-Z))", "A = Z"), nudge="Where does A differ from Z?", formula="A = g(Z)"),
    ],
    "L_model_forward": [
        mistake("NT631 last-layer-relu", "a ReLU at the output", "The last layer is a sigmoid.", (LAST, LAST.replace("sigmoid", "relu")), nudge="Can AL be above 1?", formula="[linear - relu] x (L - 1) - linear - sigmoid"),
        mistake("NT632 hidden-sigmoids", "sigmoids in the hidden layers", "The hidden layers are ReLUs.", (HIDDEN, HIDDEN.replace("relu", "sigmoid")), nudge="Can a hidden activation be above 1?", formula="[linear - relu] x (L - 1) - linear - sigmoid"),
        mistake("NT633 hidden-layer-left-out", "a hidden layer is left out", "The loop over the hidden layers ends, or begins, in the wrong place.", ("range(1, L)", "range(1, L - 1)"), ("range(1, L)", "range(2, L)"), lesson=LAYERS, nudge="Which layers does the loop reach?", formula="layers 1 to L - 1"),
        mistake("NT635 every-layer-reads-x", "every layer reads X", "Each layer reads the activation of the layer before it.", ("A_prev = A\n", "A_prev = X\n"), nudge="What does the second layer read?", formula="A_l = relu(W_l A_{l-1} + b_l)"),
        mistake("NT636 one-layer-too-many", "the last layer's parameters are used twice", "The loop also runs the output layer, as a ReLU.", ("range(1, L)", "range(1, L + 1)"), lesson=LAYERS, nudge="Which layers does the loop reach?", formula="layers 1 to L - 1"),
    ],
    "linear_backward": [
        mistake("LO102 gradient-not-averaged", "nothing is divided by m", "dW and db are sums over the samples where they should be means.", [(DW, DW.removesuffix(" / m")), (DB, DB.removesuffix(" / m"))], lesson=AVERAGE, nudge=TWICE, formula="dW = dZ A_prev^T / m"),
        mistake("AF601 dw-not-averaged", "dW is not divided by m", "db is, dW is not.", (DW, DW.removesuffix(" / m")), lesson=AVERAGE, nudge=TWICE, formula="dW = dZ A_prev^T / m"),
        mistake("AF602 db-not-averaged", "db is not divided by m", "dW is, db is not.", (DB, DB.removesuffix(" / m")), lesson=AVERAGE, nudge=TWICE, formula="db = sum(dZ) / m"),
        mistake("AF608 da-averaged", "dA_prev is divided by m", "Only gradients of parameters are means over the samples.", ("np.dot(W.T, dZ)", "np.dot(W.T, dZ) / m"), lesson=AVERAGE, nudge="Which gradients belong to a single sample?", formula="dA_prev = W^T dZ"),
        mistake("AF603 gradient-averaged-twice", "a gradient is divided by m twice", "A mean is divided by m once more.", (DB, "np.mean(dZ, axis=1, keepdims=True) / m"), (DW, DW + " / m"), lesson=AVERAGE, nudge=TWICE, formula="db = sum(dZ) / m"),
        mistake("AF605 db-without-keepdims", "db has another shape", "db has the shape of b, (n, 1): axis=1 with keepdims=True.", (DB, "np.sum(dZ) / m"), (DB, "np.squeeze(np.sum(dZ, axis=1, keepdims=True)) / m + np.zeros((2, 1))"), lesson=BIAS, nudge="Print db.shape.", formula="np.sum(dZ, axis=1, keepdims=True) / m"),
        mistake("AF207 bias-gradient-wrong-axis", "db sums over the wrong axis", "axis=0 sums over the units, not over the samples.", (DB, DB.replace("axis=1", "axis=0")), lesson=BIAS, nudge="Print db.shape.", formula="np.sum(dZ, axis=1, keepdims=True) / m"),
        mistake("AF202 w-not-transposed", "W is not transposed", "dA_prev is W^T dZ.", ("np.dot(W.T, dZ)", "np.dot(W, dZ)"), nudge="What is the shape of W?", formula="dA_prev = W^T dZ"),
        mistake("AF609 a-not-transposed", "A_prev is not transposed", "dW is dZ A_prev^T.", ("np.dot(dZ, A_prev.T)", "np.dot(dZ, A_prev)"), nudge="Which axis is summed?", formula="dW = dZ A_prev^T / m"),
        mistake("AF610 dw-transposed", "dW is transposed", "dW has the shape of W.", ("np.dot(dZ, A_prev.T)", "np.dot(A_prev, dZ.T)"), nudge="Print dW.shape.", formula="dW = dZ A_prev^T / m"),
        mistake("NT608 m-is-features", "m is not the number of samples", "Samples are columns: m is A_prev.shape[1].", ("m = A_prev.shape[1]", "m = A_prev.shape[0]"), lesson=COLUMNS, nudge="Which axis counts samples?", formula="m = A_prev.shape[1]"),
    ],
    "relu_backward": [
        mistake("AC203 relu-slope-capped", "1 where dA should pass", "Where Z > 0 the gradient is dA, not 1.", ("dZ = np.array(dA, copy=True)", "dZ = np.ones(dA.shape)"), lesson=CHAIN, nudge="Chain rule.", formula="dZ = dA where Z > 0, else 0"),
        mistake("AC202 relu-drops-negative-dout", "the mask is made from dA", "What passes depends on Z, not on the sign of dA.", ("dZ[Z <= 0]", "dZ[dA <= 0]"), nudge="Which array decided in the forward?", formula="dZ = dA where Z > 0, else 0"),
        mistake("AC205 relu-mask-reversed", "the mask is the wrong way round", "The gradient passes where Z > 0.", ("Z <= 0", "Z > 0"), nudge="Where did the forward pass Z on?", formula="dZ = dA where Z > 0, else 0"),
        mistake("AC207 relu-no-mask", "dA passes everywhere", "Where Z <= 0 the slope is 0.", ("    dZ[Z <= 0] = 0\n", ""), nudge="What is the slope of ReLU below 0?", formula="dZ = dA where Z > 0, else 0"),
    ],
    "sigmoid_backward": [
        mistake("AC611 dout-left-out", "dA is left out", "The slope alone is returned.", ("dA * s * (1 - s)", "s * (1 - s)"), lesson=CHAIN, nudge="Chain rule.", formula="dZ = dA s (1 - s)"),
        mistake("AC605 sigmoid-derivative-no-second-factor", "one of the two factors is missing", "The derivative has two factors, s and 1 - s.", ("dA * s * (1 - s)", "dA * s"), ("dA * s * (1 - s)", "dA * (1 - s)"), nudge="What is the slope at a large Z?", formula="dZ = dA s (1 - s)"),
        mistake("AC604 sigmoid-derivative-of-x", "Z stands where the sigmoid should", "The derivative is s (1 - s) with s = sigmoid(Z).", ("dA * s * (1 - s)", "dA * Z * (1 - Z)"), nudge="What is the slope at 0?", formula="dZ = dA s (1 - s)"),
    ],
    "linear_activation_backward": [
        mistake("NT637 da-for-dz", "dA is passed on as dZ", "The activation's derivative is missing: linear_backward takes dZ.", [("linear_backward(dZ, linear_cache)", "linear_backward(dA, linear_cache)")], ("dZ = dA * (Z > 0)", "dZ = dA"), ("dZ = dA * s * (1 - s)", "dZ = dA"), lesson=CHAIN, nudge="What does linear_backward take?", formula="dZ = dA g'(Z)"),
        mistake("NT628 activations-exchanged", "relu and sigmoid are exchanged", "Each branch uses the other derivative.", [('elif activation == "sigmoid"', 'elif activation == "RELU"'), ('if activation == "relu"', 'if activation == "sigmoid"'), ('elif activation == "RELU"', 'elif activation == "relu"')], nudge="Which branch does \"relu\" take?", formula="relu_backward if activation == 'relu'"),
        mistake("NT629 activation-ignored", "the same derivative in both branches", "The argument activation is not used.", ("dZ = dA * s * (1 - s)", "dZ = dA * (Z > 0)"), ("dZ = dA * (Z > 0)", "s = 1 / (1 + np.exp(-Z))\n        dZ = dA * s * (1 - s)"), nudge="Which branch does \"relu\" take?", formula="relu_backward if activation == 'relu'"),
    ],
    "L_model_backward": [
        mistake("LO622 loss-gradient-sign", "dAL has the wrong sign", "The derivative of the cross-entropy by AL is -(Y / AL - (1 - Y) / (1 - AL)).", (DAL, DAL.replace("-(np.divide(Y, AL) - np.divide(1 - Y, 1 - AL))", "np.divide(Y, AL) - np.divide(1 - Y, 1 - AL)")), nudge="If AL is too large, should it grow or fall?", formula="dAL = -(Y / AL - (1 - Y) / (1 - AL))"),
        mistake("LO623 loss-gradient-inner-sign", "a sign inside dAL is wrong", "The two quotients are subtracted.", ("np.divide(Y, AL) - np.divide", "np.divide(Y, AL) + np.divide"), nudge="Derive log(1 - AL).", formula="dAL = -(Y / AL - (1 - Y) / (1 - AL))"),
        mistake("LO624 dz-for-dal", "AL - Y where dAL is asked for", "AL - Y is the derivative by ZL: the sigmoid's slope would come in twice.", (DAL, "dAL = AL - Y"), nudge="By which variable is AL - Y the derivative?", formula="dAL = -(Y / AL - (1 - Y) / (1 - AL))"),
        mistake("NT638 backward-last-relu", "the last layer goes back through a ReLU", "The last layer is a sigmoid.", ('caches[L - 1], "sigmoid"', 'caches[L - 1], "relu"'), nudge="Which activation has the last layer?", formula="linear_activation_backward(dAL, caches[L - 1], 'sigmoid')"),
        mistake("NT639 backward-hidden-sigmoid", "hidden layers go back through a sigmoid", "The hidden layers are ReLUs.", ('caches[l], "relu"', 'caches[l], "sigmoid"'), nudge="Which activation have the hidden layers?", formula="linear_activation_backward(dA, caches[l], 'relu')"),
        mistake("NT640 backward-from-dal", "every layer starts from dAL", "Each layer takes the dA of the layer after it.", ('linear_activation_backward(grads["dA" + str(l + 1)], caches[l]', "linear_activation_backward(dAL, caches[l]"), lesson=CHAIN, nudge="Which gradient arrives at layer l?", formula="dA_{l+1}"),
        mistake("NT641 keys-one-off", "the keys are off by one", "Layer l + 1 belongs to caches[l]: its gradients are dW{l + 1} and db{l + 1}, and dA{l}.", [('grads["dW" + str(l + 1)] = dW', 'grads["dW" + str(l)] = dW'), ('grads["db" + str(l + 1)] = db', 'grads["db" + str(l)] = db')], lesson=LAYERS, nudge="Print the keys of grads.", formula="dA{l}, dW{l + 1}, db{l + 1}"),
        mistake("NT642 first-layer-missing", "the first layer gets no gradient", "The loop ends one layer early.", ("reversed(range(L - 1))", "reversed(range(1, L - 1))"), lesson=LAYERS, nudge="Print the keys of grads.", formula="for l in reversed(range(L - 1))"),
        mistake("NT643 backward-not-reversed", "the loop runs forwards", "The gradient of layer l needs that of the layer after it.", ("in reversed(range(L - 1))", "in range(L - 1)"), nudge="Which layer comes first on the way back?", formula="for l in reversed(range(L - 1))"),
        mistake("NT644 wrong-cache", "the wrong layer's cache is used", "caches[l] belongs to layer l + 1.", ("caches[l]", "caches[l - 1]"), lesson=LAYERS, nudge="What is caches[0]?", formula="caches[l]"),
    ],
    "update_parameters": GD,
}  # fmt: skip
