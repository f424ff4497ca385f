"""What is explained beside layers and rules: subjects of training, with formula, what was measured, and what to write here."""

from typing import NamedTuple

from pellucid.shapes import meant

__all__ = ["TOPICS", "TOPIC_NAMES", "Topic", "topic_of"]


class Topic(NamedTuple):
    """A subject that is no layer."""

    name: str
    title: str
    formula: tuple[str, ...]
    text: str  # an empty line starts a new paragraph
    here: tuple[str, ...]  # what to write in this library
    source: str
    names: tuple[str, ...] = ()  # under which it is looked up, too
    studies: tuple[str, ...] = ()
    see: tuple[str, ...] = ()  # other screens


TOPICS: tuple[Topic, ...] = (
    Topic(
        "initialization",
        "First values of weights",
        (
            "he:     std = sqrt(2 / fan_in)                for ReLU and similar layers",
            "xavier: std = sqrt(2 / (fan_in + fan_out))    for tanh and sigmoid",
        ),
        "A layer multiplies the variance of what goes in by fan_in * std**2, halved by a ReLU. If that factor is not 1, "
        "activations and gradients grow or shrink with every layer, exponentially in the depth. Weights must also differ: "
        "equal ones stay equal, since they get equal gradients. Biases may start at 0.",
        ("Network(layers, shape, init='he'), 'xavier', or a standard deviation; --init on the command line",),
        "Glorot & Bengio 2010; He et al. 2015",
        (
            "init",
            "init_scale",
            "weight_init",
            "weight_initialization",
            "initialisation",
            "initial_weights",
            "xavier",
            "glorot",
            "he",
            "kaiming",
        ),
        ("init-scale", "depth"),
        ("batchnorm", "vanishing-gradients"),
    ),
    Topic(
        "learning-rate",
        "Learning rate",
        ("w = w - learning_rate * dw",),
        "Too small, and training is slow or stops at a poor place; too large, and the loss jumps or grows without bound. "
        "It is the setting to tune first, by factors of 3 or 10. A schedule lowers it over a run (and may raise it at the "
        "start).\n\n"
        "A range test raises the rate step by step and looks where the loss begins to grow; a tenth of that rate is a "
        "usual start.",
        (
            "pellucid find-lr --data ...; trainer.find_learning_rate(data).suggestion; --learning-rate auto",
            "Adam(learning_rate=0.001), Trainer(net, schedule=OneCycle())",
        ),
        "Smith 2017 (range test)",
        ("lr", "learning_rates", "step_size", "lr_finder", "find_lr", "schedule", "schedules", "warmup", "one_cycle"),
        ("learning-rate",),
        ("adam", "momentum"),
    ),
    Topic(
        "overfitting",
        "Overfitting and what limits it",
        ("gap = training accuracy - validation accuracy",),
        "A network that has learnt its training samples by heart is good on them and worse on new ones: the training loss "
        "falls on, the validation loss rises. Only data that training has not seen show it, and the test set only if "
        "nothing was chosen by it.\n\n"
        "What limits it: more data or augmentation, the best epoch instead of the last, weight decay, dropout, a smaller "
        "network.",
        (
            "fit(..., validation=0.1, patience=5): the best epoch stays in the network",
            "AdamW(weight_decay=0.01), Dropout(drop=0.2), --flip --crop 4",
        ),
        "Srivastava et al. 2014 (dropout); CS231n lecture notes",
        (
            "overfit",
            "generalization",
            "generalisation",
            "regularization",
            "regularisation",
            "early_stopping",
            "underfitting",
            "augmentation",
        ),
        ("dropout", "bn-regularises"),
        ("dropout", "weight-decay"),
    ),
    Topic(
        "weight-decay",
        "Weight decay and L2 regularization",
        (
            "L2: loss + 0.5 * reg * sum(w**2), so dw + reg * w",
            "decoupled (AdamW): w = w - learning_rate * (step + weight_decay * w)",
        ),
        "Both pull weights towards 0. With plain SGD they are the same; with Adam they are not: there an L2 term is "
        "divided by the root of the mean square as all of the gradient is, so weights with large gradients hardly decay. "
        "Biases and the factors of normalization layers are left out.",
        ("AdamW(weight_decay=0.01); Trainer(net, reg=1e-4); --weight-decay, --reg",),
        "Loshchilov & Hutter 2019",
        ("l2", "l2_regularization", "bias_decay", "decay", "reg"),
        ("bias-decay",),
        ("adamw", "overfitting"),
    ),
    Topic(
        "vanishing-gradients",
        "Vanishing and exploding gradients",
        ("dL/dx1 = J1^T J2^T ... Jn^T dL/dxn",),
        "The gradient of a first layer is a product of one Jacobian for each layer behind it. If these shrink vectors, "
        "early layers hardly learn; if they stretch them, steps are too large and the loss becomes infinite. Sigmoid and "
        "tanh shrink where they are flat; ReLU does not, but a unit that is never positive learns nothing.\n\n"
        "Cures: first values that keep the scale, normalization, residual connections, a limit on the norm of the "
        "gradient.",
        ("init='he', BatchNorm(), Residual([...]), Trainer(net, clip_norm=1.0)",),
        "Glorot & Bengio 2010; He et al. 2016",
        (
            "vanishing_gradient",
            "exploding_gradients",
            "exploding_gradient",
            "depth",
            "gradient_clipping",
            "clipping",
            "dead_relu",
            "nan",
        ),
        ("depth", "init-scale"),
        ("initialization", "batchnorm", "relu"),
    ),
    Topic(
        "batch-size",
        "Batch size",
        ("dw = mean over the batch of the gradient of each sample",),
        "The gradient of a batch is an estimate of that of all samples: its noise falls with the root of the batch size, "
        "its cost grows with the batch size itself. Small batches make more, noisier steps in an epoch; large ones allow "
        "a larger learning rate. Batch norm uses the statistics of the batch, so that very small batches make it noisy.",
        ("Trainer(net, batch_size=64, accumulate=4): a step of 64 samples in 4 parts, which need less memory",),
        "Goyal et al. 2017 (large batches)",
        ("batch", "minibatch", "mini_batch", "bs", "sgd_noise"),
        ("batch-size",),
        ("batchnorm", "learning-rate"),
    ),
    Topic(
        "optimizers",
        "Update rules",
        ("sgd: w - lr * dw    momentum: a running mean of dw    adam: that mean over the root of a mean of dw**2",),
        "All follow the gradient. Momentum smooths it over steps; RMSProp and Adam give each weight a step of about the "
        "learning rate, whatever the scale of its gradient, which helps where scales differ. Adagrad divides by the sum "
        "of all squares so far, so its steps only become smaller.",
        ("pellucid.optim: SGD, Momentum, Nesterov, Adagrad, RMSProp, Adam, AdamW, Muon; --optimizer adam",),
        "Kingma & Ba 2015; CS231n lecture notes",
        ("optimizer", "optimisers", "optimiser", "update_rules", "update_rule", "gradient_descent"),
        ("optimisers",),
        ("sgd", "momentum", "adagrad", "rmsprop", "adam", "adamw", "muon"),
    ),
    Topic(
        "normalization",
        "Normalization layers",
        ("out = gamma * (x - mean) / sqrt(var + eps) + beta",),
        "They differ in what mean and var are taken over. Batch norm: the batch (and the pixels), for each channel; it "
        "needs running statistics for inference. Layer norm: all of one sample. Group norm: a group of channels of one "
        "sample. Instance norm: one channel of one sample.",
        ("BatchNorm(), LayerNorm(), GroupNorm(4), InstanceNorm(), RMSNorm()",),
        "Ioffe & Szegedy 2015; Ba, Kiros & Hinton 2016; Wu & He 2018",
        ("normalisation", "norm", "norms", "normalization_layers", "bn_regularises", "eps_place"),
        ("norms", "bn-regularises", "eps-place"),
        ("batchnorm", "layernorm", "groupnorm", "instancenorm", "rmsnorm"),
    ),
    Topic(
        "backpropagation",
        "Backpropagation",
        ("dx = J^T dout, layer by layer from the loss to the input",),
        "The chain rule, evaluated from the output: each layer gets the gradient of the loss with respect to its output "
        "and returns those with respect to its inputs and parameters. No Jacobian is ever built; where a value is used "
        "twice, its gradients are added. One backward pass costs about two forward passes, however many parameters there "
        "are.\n\n"
        "A gradient is checked by differences: (f(x + h) - f(x - h)) / 2h, in float64.",
        (
            "pellucid derive affine, pellucid derive batchnorm --numbers, pellucid.gradcheck(...), pellucid check FILE.py",
        ),
        "Rumelhart, Hinton & Williams 1986",
        (
            "backprop",
            "backward",
            "chain_rule",
            "autograd",
            "gradient",
            "gradients",
            "gradcheck",
            "gradient_check",
            "jacobian",
            "conv_speed",
        ),
        ("conv-speed",),
        ("affine", "conv", "softmax"),
    ),
)
TOPIC_NAMES = {name: topic for topic in TOPICS for name in (topic.name, *topic.names)}


def topic_of(name: str) -> Topic | None:
    """Return the topic of this name, however it is written; None for any other name."""
    found = meant(name, TOPIC_NAMES)
    return None if found is None else TOPIC_NAMES[found]
