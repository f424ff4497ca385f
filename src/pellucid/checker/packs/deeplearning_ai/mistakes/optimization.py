"""Known mistakes in course 2's optimization."""

from pellucid.checker.asking.pack import Known
from pellucid.checker.packs.cs231n_a2.mistakes.writing import convention, mistake
from pellucid.checker.packs.deeplearning_ai.mistakes.deep import steps
from pellucid.checker.packs.deeplearning_ai.mistakes.lessons import LAYERS

__all__ = ["OPTIMIZATION"]

GD = steps(
    '- learning_rate * grads["dW" + str(l)]',
    '- learning_rate * grads["db" + str(l)]',
    "range(1, L + 1)",
    "range(1, L)",
    "range(2, L + 1)",
)
AVERAGE_V = "v = beta v + (1 - beta) dW"
LAST_BATCH = "    if m % mini_batch_size != 0:\n        start = whole * mini_batch_size\n        mini_batches.append((X[:, start:], Y[:, start:]))\n"
STEP = "learning_rate * v_corrected / (np.sqrt(s_corrected) + epsilon)"
SMALL = "v and s start at 0 and are too small at first."
V, S = 'v["d" + name] / (1 - beta1**t)', 's["d" + name] / (1 - beta2**t)'
V_LINE, S_LINE = 'beta1 * v["d" + name] + (1 - beta1)', 'beta2 * s["d" + name] + (1 - beta2)'


def _shortened(formula: str) -> list[Known]:
    return [
        mistake("OP707 last-layer-not-updated", "the last layer is left out", "The loop ends one layer early.", ("range(1, L + 1)", "range(1, L)"), lesson=LAYERS, nudge="Which layers does the loop reach?", formula=formula),
    ]  # fmt: skip


OPTIMIZATION = {
    "update_parameters_with_gd": GD,
    "random_mini_batches": [
        mistake("OP709 rest-left-out", "the samples that are left over are dropped", "If m is no multiple of the batch's size, a smaller batch comes last.", (LAST_BATCH, ""), nudge="How many samples come in all batches together?", formula="a last batch of m % mini_batch_size samples"),
        mistake("OP710 rest-from-the-start", "the last batch begins in the wrong place", "It begins after the whole batches.", ("start = whole * mini_batch_size", "start = m - mini_batch_size"), ("start = whole * mini_batch_size", "start = (whole - 1) * mini_batch_size"), ("X[:, start:], Y[:, start:]", "X[:, : m - start], Y[:, : m - start]"), nudge="Which samples come twice?", formula="X[:, whole * mini_batch_size :]"),
        mistake("OP711 labels-not-shuffled", "the labels keep their order", "X and Y are shuffled by the same permutation.", ("Y = Y[:, order]", "Y = Y"), nudge="Which label has the first sample?", formula="Y[:, permutation]"),
        mistake("OP712 not-shuffled", "nothing is shuffled", "The batches come in the order of the data.", ("order = np.random.permutation(m)", "order = np.arange(m)"), nudge="Which sample comes first?", formula="np.random.permutation(m)"),
        mistake("OP713 same-batch", "every batch is the first one", "Batch k is the columns from k * size to (k + 1) * size.", ("start, stop = k * mini_batch_size, (k + 1) * mini_batch_size", "start, stop = 0, mini_batch_size"), nudge="Which samples come twice?", formula="X[:, k * size : (k + 1) * size]"),
        mistake("OP714 batches-overlap", "the batches move by one sample", "Batch k begins at k * size.", ("start, stop = k * mini_batch_size, (k + 1) * mini_batch_size", "start, stop = k, k + mini_batch_size"), nudge="Which samples come twice?", formula="X[:, k * size : (k + 1) * size]"),
        mistake("OP715 batches-without-shuffle", "the whole batches are cut from the data before shuffling", "They are cut from the shuffled arrays.", [("X = X[:, order]", "shuffled = X[:, order]")], nudge="Which array is cut?", formula="shuffled_X[:, k * size : (k + 1) * size]"),
        mistake("OP716 labels-of-another-shape", "the labels lose their shape", "Y is (1, m), or a row for each label.", ("Y[:, start:stop]))", "Y[:1, start:stop]))"), nudge="Try several rows of labels.", formula="shuffled_Y[:, ...]"),
    ],
    "initialize_velocity": [
        mistake("NT607 start-not-zero", "the averages do not start at 0", "They start at 0.", ('np.zeros(parameters["W" + str(l)].shape)', 'parameters["W" + str(l)] * 1'), ('np.zeros(parameters["W" + str(l)].shape)', 'np.ones(parameters["W" + str(l)].shape)'), nudge='Print v["dW1"].', formula="np.zeros of W's shape"),
        *_shortened("layers 1 to L"),
    ],
    "update_parameters_with_momentum": [
        mistake("OP717 momentum-without-1-minus-beta", "the factor 1 - beta is missing", "v is an average here: beta v + (1 - beta) dW.", ("(1 - beta) * grads", "grads"), nudge="What is v after many steps with the same gradient?", formula=AVERAGE_V),
        mistake("OP718 momentum-reversed", "beta and 1 - beta are exchanged", "The old average has the weight beta.", ('beta * v["d" + name] + (1 - beta) * grads', '(1 - beta) * v["d" + name] + beta * grads'), nudge="Which of the two is the memory?", formula=AVERAGE_V),
        mistake("OP719 velocity-not-used", "the step uses the gradient", "v is computed, and the parameter moves by dW.", ('learning_rate * v["d" + name]', 'learning_rate * grads["d" + name]'), nudge="Which array moves the parameter?", formula="W = W - rate * v"),
        mistake("OP720 velocity-of-parameter", "the parameter is averaged, not the gradient", "v averages dW.", ('(1 - beta) * grads["d" + name]', "(1 - beta) * parameters[name]"), nudge="What does v average?", formula=AVERAGE_V),
        mistake("OP721 rate-in-velocity", "v holds the rate", "The rate is multiplied in the step, not in the average.", [("(1 - beta) * grads", "learning_rate * grads"), ('learning_rate * v["d" + name]', 'v["d" + name]')], nudge="Call it with another rate: does v change?", formula=AVERAGE_V),
        mistake("OP201 wrong-sign", "the step goes uphill", "The step is subtracted.", ("parameters[name] - learning_rate", "parameters[name] + learning_rate"), nudge="Does the cost fall?", formula="W = W - rate * v"),
        mistake("OP101 not-stored", "the average is not stored", "v is what the next step starts from.", ("    return parameters, v", "    return parameters, {key: value * 0 for key, value in v.items()}"), nudge="What does the second step start from?", formula='v["dW"] = ...'),
        *_shortened("layers 1 to L"),
    ],
    "initialize_adam": [
        mistake("NT607 start-not-zero", "the averages do not start at 0", "They start at 0.", ('s["d" + name] = np.zeros(parameters[name].shape)', 's["d" + name] = np.ones(parameters[name].shape)'), ('v["d" + name] = np.zeros(parameters[name].shape)', 'v["d" + name] = parameters[name] * 1'), nudge='Print v["dW1"] and s["dW1"].', formula="np.zeros of W's shape"),
        *_shortened("layers 1 to L"),
    ],
    "update_parameters_with_adam": [
        convention("OP903 adam-eps-in-root", "epsilon inside the square root", "sqrt(s + epsilon) instead of sqrt(s) + epsilon, as an early edition had it.", ("(np.sqrt(s_corrected) + epsilon)", "np.sqrt(s_corrected + epsilon)")),
        mistake("OP722 correction-without-t", "the correction does not depend on t", "The power t is missing: 1 - beta where 1 - beta^t is meant.", [("beta1**t", "beta1"), ("beta2**t", "beta2")], ("beta1**t", "beta1"), ("beta2**t", "beta2"), lesson=SMALL, nudge="Call it with another t.", formula="v / (1 - beta1^t)"),
        mistake("OP406 beta-times-t", "beta * t instead of beta ** t", "The power is written as a product.", [("beta1**t", "beta1 * t"), ("beta2**t", "beta2 * t"), ("np.sqrt(s_corrected)", "np.sqrt(np.abs(s_corrected))")], [("beta1**t", "beta1 * t"), ("beta2**t", "beta2 * t")], ("beta1**t", "beta1 * t"), nudge="Is it a power?", formula="v / (1 - beta1^t)"),
        mistake("OP404 beta-squared", "beta ** 2 instead of beta ** t", "The correction does not depend on the step.", [("beta1**t", "beta1**2"), ("beta2**t", "beta2**2")], nudge="Call it with another t.", formula="v / (1 - beta1^t)"),
        mistake("OP407 not-corrected", "the correction is computed and not used", "The step uses v and s without the correction for their start at 0.", (STEP, 'learning_rate * v["d" + name] / (np.sqrt(s["d" + name]) + epsilon)'), lesson=SMALL, nudge="Which v does the last line use?", formula="rate * v_corrected / (sqrt(s_corrected) + eps)"),
        mistake("OP408 m-not-corrected", "v is not corrected", "Only s is corrected.", ("learning_rate * v_corrected", 'learning_rate * v["d" + name]'), lesson=SMALL, nudge="Which v does the last line use?", formula="rate * v_corrected / (sqrt(s_corrected) + eps)"),
        mistake("OP409 v-not-corrected", "s is not corrected", "Only v is corrected.", ("np.sqrt(s_corrected)", 'np.sqrt(s["d" + name])'), lesson=SMALL, nudge="Which s does the last line use?", formula="rate * v_corrected / (sqrt(s_corrected) + eps)"),
        mistake("OP410 corrected-values-stored", "the corrected values are stored", "v and s must hold the plain averages: corrected ones are corrected again.", [(f"v_corrected = {V}", f'v_corrected = v["d" + name] = {V}'), (f"s_corrected = {S}", f's_corrected = s["d" + name] = {S}')], (f"v_corrected = {V}", f'v_corrected = v["d" + name] = {V}'), (f"s_corrected = {S}", f's_corrected = s["d" + name] = {S}'), nudge="What does the second step start from?", formula='v["dW"] holds the plain average'),
        mistake("OP411 betas-exchanged", "beta1 and beta2 swapped", "v uses beta2, or s uses beta1.", [(V_LINE, V_LINE.replace("beta1", "beta2")), (S_LINE, S_LINE.replace("beta2", "beta1"))], (V_LINE, V_LINE.replace("beta1", "beta2")), (S_LINE, S_LINE.replace("beta2", "beta1")), ("beta2**t", "beta1**t"), ("beta1**t", "beta2**t"), nudge="Which average uses which beta?", formula="v: beta1, s: beta2"),
        mistake("OP103 gradient-not-squared", "the gradient is not squared", "s averages the squares.", ('grads["d" + name] ** 2', 'grads["d" + name]'), ('grads["d" + name] ** 2', 'np.abs(grads["d" + name])'), nudge="Can s be negative?", formula="s = beta2 s + (1 - beta2) dW^2"),
        mistake("OP102 no-root", "the square root is missing", "v is divided by the mean square, not by its root.", ("np.sqrt(s_corrected)", "s_corrected"), nudge="What is the unit of the step?", formula="rate * v_corrected / (sqrt(s_corrected) + eps)"),
        mistake("OP304 eps-left-out", "epsilon is left out", "Where s is 0 the step divides by 0.", ("np.sqrt(s_corrected) + epsilon", "np.sqrt(s_corrected)"), nudge="What happens where a gradient is 0?", formula="sqrt(s_corrected) + eps"),
        mistake("OP723 v-without-1-minus-beta", "the factor 1 - beta is missing", "v and s are averages.", ('+ (1 - beta1) * grads["d" + name]\n', '+ grads["d" + name]\n'), ('+ (1 - beta2) * grads["d" + name] ** 2', '+ grads["d" + name] ** 2'), nudge="What is v after many steps with the same gradient?", formula="v = beta1 v + (1 - beta1) dW"),
        mistake("OP201 wrong-sign", "the step goes uphill", "The step is subtracted.", ("parameters[name] - learning_rate", "parameters[name] + learning_rate"), nudge="Does the cost fall?", formula="W = W - rate * ..."),
        mistake("OP724 numerator-not-averaged", "the gradient stands in the numerator", "That is RMSProp: Adam moves by v_corrected.", ("learning_rate * v_corrected", 'learning_rate * grads["d" + name]'), nudge="What is v for?", formula="rate * v_corrected / (sqrt(s_corrected) + eps)"),
        *_shortened("layers 1 to L"),
    ],
    "update_lr": [
        mistake("OP725 decay-subtracted", "the rate is multiplied, not divided", "It falls as 1 / (1 + decay * epoch).", ("learning_rate0 / (1 + decay_rate * epoch_num)", "learning_rate0 * (1 + decay_rate * epoch_num)"), nudge="Does the rate fall?", formula="rate0 / (1 + decay * epoch)"),
        mistake("OP726 decay-without-1", "the 1 of the denominator is missing", "At epoch 0 the rate is rate0.", ("(1 + decay_rate * epoch_num)", "(decay_rate * epoch_num)"), nudge="What is the rate at epoch 0?", formula="rate0 / (1 + decay * epoch)"),
        mistake("OP727 decay-parentheses", "parentheses are missing in the denominator", "(1 + decay) * epoch is not 1 + decay * epoch.", ("(1 + decay_rate * epoch_num)", "((1 + decay_rate) * epoch_num)"), ("learning_rate0 / (1 + decay_rate * epoch_num)", "learning_rate0 / 1 + decay_rate * epoch_num"), nudge="What is the rate at epoch 0?", formula="rate0 / (1 + decay * epoch)"),
        mistake("OP728 decay-exponential", "another schedule", "The exercise's rate falls as 1 / (1 + decay * epoch).", ("learning_rate0 / (1 + decay_rate * epoch_num)", "learning_rate0 * decay_rate**epoch_num"), ("learning_rate0 / (1 + decay_rate * epoch_num)", "learning_rate0 * np.exp(-decay_rate * epoch_num)"), nudge="What is the rate at epoch 1 for decay 1?", formula="rate0 / (1 + decay * epoch)"),
    ],
    "schedule_lr_decay": [
        mistake("OP729 interval-not-rounded", "epoch / interval is not rounded down", "The rate changes once in an interval: np.floor, or //.", ("epoch_num // time_interval", "epoch_num / time_interval"), nudge="What is the rate at epoch 1 for an interval of 1000?", formula="rate0 / (1 + decay * floor(epoch / interval))"),
        mistake("OP730 interval-ignored", "time_interval is not used", "The rate changes at every epoch, or at every 1000th.", ("(epoch_num // time_interval)", "epoch_num"), ("epoch_num // time_interval", "epoch_num // 1000"), nudge="Call it with another interval.", formula="rate0 / (1 + decay * floor(epoch / interval))"),
        mistake("OP731 interval-rounded-up", "rounded up instead of down", "The rate stays rate0 until the first interval is over.", ("(epoch_num // time_interval)", "-(-epoch_num // time_interval)"), ("(epoch_num // time_interval)", "np.round(epoch_num / time_interval)"), nudge="What is the rate at epoch 1 for an interval of 1000?", formula="rate0 / (1 + decay * floor(epoch / interval))"),
        mistake("OP726 decay-without-1", "the 1 of the denominator is missing", "At epoch 0 the rate is rate0.", ("1 + decay_rate", "decay_rate"), nudge="What is the rate at epoch 0?", formula="rate0 / (1 + decay * floor(epoch / interval))"),
    ],
}  # fmt: skip
