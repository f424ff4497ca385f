"""A prescription in words, as flags of `pellucid train`, and as code of the framework in use."""

from collections.abc import Callable
from dataclasses import dataclass, fields

from pellucid.doctor.patient import Setup
from pellucid.doctor.prescription import Prescription

__all__ = ["Settings", "settings_for", "words_for"]


@dataclass(frozen=True)
class Settings:
    """What to change, ready to copy."""

    words: str = ""
    flags: str = ""  # of `pellucid train`; "" for another framework
    code: tuple[str, ...] = ()  # a line for each change
    beyond_flags: tuple[str, ...] = ()  # the lines of code for which there is no flag


def words_for(prescription: Prescription, setup: Setup) -> str:
    """Return the changes in words, in one line: "standardized inputs, learning rate 0.01"."""
    return ", ".join(WORDS[name](prescription, setup) for name in prescription.named)


def settings_for(prescription: Prescription, setup: Setup) -> Settings:
    """Return the changes, ready to copy."""
    table = CODE.get(setup.framework, {})
    lines = {name: table.get(name, WORDS[name])(prescription, setup) for name in prescription.named}
    flags = {
        name: FLAGS[name](prescription, setup)
        for name in prescription.named
        if name in FLAGS and setup.framework == "pellucid"
    }
    return Settings(
        words_for(prescription, setup),
        " ".join(flag for flag in flags.values() if flag),
        tuple(lines.values()),
        tuple(line for name, line in lines.items() if not flags.get(name)),
    )


Say = Callable[[Prescription, Setup], str]


def _rate(prescription: Prescription, setup: Setup) -> str:
    return f"{setup.optimizer.learning_rate * prescription.rate:.4g}"


def _epochs(prescription: Prescription, setup: Setup) -> str:
    return f"{prescription.epochs} times as many" if setup.epochs is None else str(prescription.epochs * setup.epochs)


def _last(prescription: Prescription, setup: Setup) -> str:
    return setup.layers[-1].name if setup.layers else "layer"


def _optimizer(setup: Setup) -> str:
    names = {"sgd": "SGD", "adagrad": "AdaGrad", "rmsprop": "RMSProp", "adamw": "AdamW"}
    return names.get(setup.optimizer.name, setup.optimizer.name.capitalize())


def _momentum_name(setup: Setup) -> str:
    return "beta1" if setup.optimizer.name.startswith(("adam", "nadam")) else "momentum"


def _decay_flags(setup: Setup) -> str:
    used = setup.optimizer
    flags = [name for name, value in (("--weight-decay 0", used.weight_decay), ("--reg 0", used.penalty)) if value]
    return " ".join(flags)


def _decay_code(setup: Setup) -> str:
    used = setup.optimizer
    parts = [f"{_optimizer(setup)}(weight_decay=0)"] if used.weight_decay else []
    return ", ".join([*parts, *(["Trainer(..., reg=0)"] if used.penalty else [])])


WORDS: dict[str, Say] = {
    "standardized_inputs": lambda p, s: "standardized inputs",
    "standardized_targets": lambda p, s: "standardized targets",
    "no_augmentation": lambda p, s: "no augmentation",
    "balanced": lambda p, s: "every class drawn equally often",
    "drop_last": lambda p, s: f"without {_last(p, s)} at the end",
    "rectified": lambda p, s: "ReLU between the layers",
    "units": lambda p, s: f"at least {p.units} units in hidden layers",
    "no_dropout": lambda p, s: "no dropout",
    "usual_weights": lambda p, s: "usual initial weights (He)",
    "all_parameters": lambda p, s: "all parameters learn",
    "rate": lambda p, s: f"learning rate {_rate(p, s)}",
    "constant_rate": lambda p, s: "a constant learning rate",
    "no_momentum": lambda p, s: f"{_momentum_name(s)} 0",
    "no_decay": lambda p, s: "no weight decay",
    "penalty": lambda p, s: f"L2 regularization {p.penalty:g}",
    "no_clipping": lambda p, s: "no clipping",
    "clip_norm": lambda p, s: f"gradients clipped at {p.clip_norm:g}",
    "batch_size": lambda p, s: f"batches of {p.batch_size} rows",
    "epochs": lambda p, s: f"{_epochs(p, s)} epochs",
    "patience": lambda p, s: f"end after {p.patience} epochs without a better one",
}
FLAGS: dict[str, Say] = {
    "balanced": lambda p, s: "--balanced",
    "no_dropout": lambda p, s: "--keep 1",
    "usual_weights": lambda p, s: "--init he",
    "rate": lambda p, s: f"--learning-rate {_rate(p, s)}",
    "constant_rate": lambda p, s: "--schedule constant",
    "no_momentum": lambda p, s: f"--{_momentum_name(s)} 0",
    "no_decay": lambda p, s: _decay_flags(s),
    "penalty": lambda p, s: f"--reg {p.penalty:g}",
    "no_clipping": lambda p, s: "--clip-norm 1e9",
    "clip_norm": lambda p, s: f"--clip-norm {p.clip_norm:g}",
    "batch_size": lambda p, s: f"--batch-size {p.batch_size}",
    "epochs": lambda p, s: f"--epochs {_epochs(p, s)}",
    "patience": lambda p, s: f"--patience {p.patience}",
}
PELLUCID: dict[str, Say] = {
    "standardized_inputs": lambda p, s: (
        "x = (x - mean) / spread, both of the training rows: x.mean(axis=0), x.std(axis=0)"
    ),
    "standardized_targets": lambda p, s: (
        "Trainer(...) without target=, which standardizes numbers; or y = (y - y.mean()) / y.std()"
    ),
    "no_augmentation": lambda p, s: "Pipeline(augmentation=Augmentation()), or a far weaker one",
    "balanced": lambda p, s: "trainer.fit(..., balanced=True)",
    "drop_last": lambda p, s: f"Network([...]) without its last layer, {_last(p, s)}",
    "rectified": lambda p, s: "ReLU() between the layers of Network([...]), in place of other activations",
    "units": lambda p, s: f"Affine({p.units}) for hidden layers with fewer units",
    "no_dropout": lambda p, s: "Network([...]) without Dropout",
    "usual_weights": lambda p, s: 'Network(..., init="he")',
    "all_parameters": lambda p, s: 'net.unfreeze("*")',
    "rate": lambda p, s: f"{_optimizer(s)}(learning_rate={_rate(p, s)})",
    "constant_rate": lambda p, s: "Trainer(...) without schedule=",
    "no_momentum": lambda p, s: f"{_optimizer(s)}({_momentum_name(s)}=0)",
    "no_decay": lambda p, s: _decay_code(s),
    "penalty": lambda p, s: f"Trainer(..., reg={p.penalty:g})",
    "no_clipping": lambda p, s: "Trainer(...) without clip_norm=",
    "clip_norm": lambda p, s: f"Trainer(..., clip_norm={p.clip_norm:g})",
    "batch_size": lambda p, s: f"Trainer(..., batch_size={p.batch_size})",
    "epochs": lambda p, s: f"trainer.fit(..., epochs={_epochs(p, s)})",
    "patience": lambda p, s: f"trainer.fit(..., patience={p.patience})",
}
TORCH: dict[str, Say] = {
    "standardized_inputs": lambda p, s: "x = (x - x_train.mean(0)) / x_train.std(0)",
    "standardized_targets": lambda p, s: "y = (y - y_train.mean(0)) / y_train.std(0)",
    "balanced": lambda p, s: "DataLoader(..., sampler=WeightedRandomSampler(1 / counts[y_train], len(y_train)))",
    "no_dropout": lambda p, s: "nn.Dropout(p=0)",
    "usual_weights": lambda p, s: "nn.init.kaiming_normal_(layer.weight), nn.init.zeros_(layer.bias) for each layer",
    "all_parameters": lambda p, s: "model.requires_grad_(True), and model.parameters() for the optimizer",
    "rate": lambda p, s: f"lr={_rate(p, s)} in the optimizer",
    "no_momentum": lambda p, s: (
        "betas=(0, 0.999) in the optimizer" if _momentum_name(s) == "beta1" else "momentum=0 in the optimizer"
    ),
    "no_decay": lambda p, s: "weight_decay=0 in the optimizer",
    "no_clipping": lambda p, s: "no clip_grad_norm_ before optimizer.step()",
    "batch_size": lambda p, s: f"DataLoader(..., batch_size={p.batch_size})",
}
KERAS: dict[str, Say] = {
    "standardized_inputs": lambda p, s: "keras.layers.Normalization(), adapted to x_train, in front",
    "standardized_targets": lambda p, s: "y = (y - y_train.mean(axis=0)) / y_train.std(axis=0)",
    "balanced": lambda p, s: "fit(..., class_weight={number: rows / (classes * count), ...})",
    "no_dropout": lambda p, s: "Dropout(0)",
    "usual_weights": lambda p, s: "kernel_initializer='he_normal', bias_initializer='zeros'",
    "all_parameters": lambda p, s: "layer.trainable = True before compile",
    "rate": lambda p, s: f"learning_rate={_rate(p, s)} in the optimizer given to compile",
    "no_momentum": lambda p, s: f"{_momentum_name(s).replace('beta1', 'beta_1')}=0 in the optimizer given to compile",
    "no_decay": lambda p, s: "weight_decay=None in the optimizer, and no kernel_regularizer",
    "no_clipping": lambda p, s: "no clipnorm in the optimizer",
    "batch_size": lambda p, s: f"fit(..., batch_size={p.batch_size})",
    "epochs": lambda p, s: f"fit(..., epochs={_epochs(p, s)})",
}
CODE = {"pellucid": PELLUCID, "torch": TORCH, "keras": KERAS}
assert set(WORDS) == set(PELLUCID) == {one.name for one in fields(Prescription)}
