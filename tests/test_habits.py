"""What users of other libraries write: accepted where it has one meaning, else one line that says the form here."""

import copy
import inspect
import pickle

import numpy as np
import pytest

import pellucid
from pellucid import Network, Trainer, data, nets, optim
from pellucid.habits import KnownKeywords, attribute_error, hint
from pellucid.layers import checked_loss
from pellucid.metrics import metric_of
from pellucid.nets import Affine, BatchNorm, Conv, Description, Dropout, GroupNorm, LayerNorm, ReLU
from pellucid.shapes import ShapeError

X = np.random.default_rng(0).standard_normal((8, 4)).astype(np.float32)
Y = np.arange(8) % 2


def net():
    return Network([Affine(3), ReLU(), Affine(2)], (4,), seed=0)


def trained():
    trainer = Trainer(net())
    trainer.fit(X, Y, epochs=1, progress=False)
    return trainer


ACCEPTED = {
    "optimizer='sgd'": (lambda: Trainer(net(), optimizer="sgd").optimizer, optim.SGD()),
    "Adam in capitals": (lambda: Trainer(net(), "ADAM").optimizer, optim.Adam()),
    "an optimiser's class": (lambda: Trainer(net(), optim.AdamW).optimizer, optim.AdamW()),
    "Keras's loss": (lambda: Trainer(net(), loss="sparse_categorical_crossentropy").loss, "softmax"),
    "PyTorch's loss": (lambda: checked_loss("", "BCEWithLogitsLoss"), "bce"),
    "a loss in capitals": (lambda: checked_loss("", "Cross-Entropy"), "softmax"),
    "acc": (lambda: metric_of("acc").name, "accuracy"),
    "f1_score": (lambda: metric_of("f1_score").name, "f1"),
    "Dense": (lambda: nets.Dense(2), Affine(2)),
    "Conv2D": (lambda: nets.Conv2D(8, 3), Conv(8, 3)),
    "drop": (lambda: Dropout(drop=0.2), Dropout(keep=0.8)),
    "one half": (lambda: nets.ChannelDropout(0.5), nets.ChannelDropout(drop=0.5)),
    "Keras's convolution": (lambda: Conv(64, 7, 2), Conv(64, 7, stride=2)),
    "BatchNormalization": (lambda: nets.BatchNormalization(), BatchNorm()),
}


@pytest.mark.parametrize(("do", "expected"), ACCEPTED.values(), ids=ACCEPTED)
def test_a_habit_with_one_meaning_is_accepted(do, expected):
    assert do() == expected


def test_a_model_is_called_like_a_network():
    model = trained().model
    assert np.array_equal(model(X), model.scores(X))


ANSWERED = {
    "compile": (lambda: net().compile(), AttributeError, "write Trainer(net, Adam(), loss=..., metrics=...)"),
    "net.fit": (lambda: net().fit(X, Y), AttributeError, "write Trainer(net).fit(x, y, epochs=10)"),
    "parameters": (lambda: net().parameters(), AttributeError, "write net.params"),
    "eval": (lambda: net().eval(), AttributeError, "leave it out: net(x) is inference"),
    "state_dict": (lambda: net().state_dict(), AttributeError, "or net.save(path)"),
    "to": (lambda: net().to("cuda"), AttributeError, "everything runs on the CPU"),
    "backward": (lambda: net().backward(), AttributeError, "write loss, grads = net.loss(x, y)"),
    "a typing mistake in a method": (lambda: net().predct(X), AttributeError, "did you mean 'predict'?"),
    "trainer.train": (lambda: Trainer(net()).train(), AttributeError, "write trainer.fit(x, y, epochs=10)"),
    "lr_find": (lambda: Trainer(net()).lr_find(), AttributeError, "write trainer.find_learning_rate(x, y)"),
    "score": (lambda: Trainer(net()).score(X, Y), AttributeError, "write trainer.evaluate(x, y).accuracy"),
    "trainer.save": (lambda: Trainer(net()).save("a.safetensors"), TypeError, "trainer.model.save(path)"),
    "lr": (lambda: Trainer(net(), lr=0.1), TypeError, "write Trainer(net, Adam(learning_rate=...))"),
    "criterion": (lambda: Trainer(net(), criterion="mse"), TypeError, "write loss=..."),
    "device": (lambda: Trainer(net(), device="cuda"), TypeError, "everything runs on the CPU"),
    "random_state": (lambda: Trainer(net(), random_state=1), TypeError, "write seed=..."),
    "a trainer's typing mistake": (lambda: Trainer(net(), schedul=None), TypeError, "did you mean 'schedule'?"),
    "bs": (lambda: Trainer(net()).fit(X, Y, 1, bs=2), TypeError, "write Trainer(net, batch_size=...)"),
    "shuffle": (lambda: Trainer(net()).fit(X, Y, 1, shuffle=False), TypeError, "every epoch has an order of its own"),
    "early_stopping": (lambda: Trainer(net()).fit(X, Y, 1, early_stopping=True), TypeError, "write patience=5"),
    "history.history": (lambda: trained().fit(X, Y, 1, progress=False).history, AttributeError, "write history.to_dict()"),
    "model.summary": (lambda: trained().model.summary(), AttributeError, "write model.net.summary()"),
    "an unknown optimiser": (lambda: Trainer(net(), "adm"), ShapeError, "did you mean 'adam'?"),
    "an automatic rate": (lambda: optim.Adam(learning_rate="auto"), ShapeError, "trainer.find_learning_rate(x, y)"),
    "a saved model": (lambda: Trainer(trained().model), ShapeError, "write Trainer(model.net, ...)"),
    "channels last": (
        lambda: Network([Conv(2, 3)], (28, 28, 1)), ShapeError, "channels come first: input_shape=(1, 28, 28)?",
    ),
    "patience without validation": (
        lambda: Trainer(net()).fit(X, Y, 1, patience=2), ShapeError, "patience=2 needs validation data",
    ),
    "Linear": (lambda: nets.Linear(4, 2), ImportError, "write Affine(out)"),
    "Sequential": (lambda: nets.Sequential([]), ImportError, "write Network([layers], input_shape)"),
    "an unknown layer": (lambda: nets.Afine, AttributeError, "did you mean 'Affine'?"),
    "optim.adam": (lambda: optim.adam, AttributeError, "did you mean 'Adam'?"),
    "DataLoader": (lambda: data.DataLoader, AttributeError, "fit(data, ...)"),
    "load_model": (lambda: pellucid.load_model, AttributeError, "write pellucid.load(path)"),
    "a missing kernel": (lambda: Conv(8), TypeError, "kernel must be given"),
    "load(sizes=)": (lambda: data.load("digits", sizes=3), TypeError, "did you mean 'size'?"),
    "epochs of a range test": (
        lambda: Trainer(net()).find_learning_rate(X, Y, epochs=2), TypeError, "write steps=, the number of batches",
    ),
    "kernel_size": (lambda: Conv(8, kernel_size=3), TypeError, "write kernel=..."),
    "padding": (lambda: Conv(8, 3, padding=1), TypeError, "write pad=1"),
    "activation": (lambda: Affine(8, activation="relu"), TypeError, "such as ReLU()"),
    "Dropout(p)": (lambda: Dropout(p=0.5), TypeError, "write drop=..., the share that is dropped"),
    "Dropout(0.2)": (
        lambda: Dropout(0.2),
        ShapeError,
        "Dropout(0.2) has two meanings: write Dropout(drop=0.2) for what PyTorch and Keras mean, the share that is dropped, "
        "or Dropout(keep=0.2)",
    ),
    "ChannelDropout(0.3)": (lambda: nets.ChannelDropout(0.3), ShapeError, "write ChannelDropout(drop=0.3)"),
    "dropout without a number": (lambda: Dropout(), ShapeError, "write Dropout(keep=0.8) or Dropout(drop=0.2)"),
    "dropout of everything": (lambda: Dropout(drop=1), ShapeError, "drop must lie in [0, 1); got 1"),
    "both": (lambda: nets.VanillaDropout(keep=0.8, drop=0.2), ShapeError, "write VanillaDropout(keep=0.8) or"),
    "PyTorch's convolution": (lambda: Conv(3, 8, 3), ShapeError, "Conv(3, 8, 3) are 3 filters, window 8, stride 3 here; "),
    "and what to write": (lambda: Conv(64, 32, 3), ShapeError, "write Conv(32, 3), since the channels"),
    "in one dimension": (lambda: nets.Conv1d(4, 8, 5), ShapeError, "for a stride of 5 write stride=5"),
    "momentum": (lambda: BatchNorm(momentum=0.1), TypeError, "write decay=..."),
    "a setting's typing mistake": (lambda: Conv(8, 3, strid=2), TypeError, "did you mean 'stride'?"),
    "layers one by one": (lambda: Network(Affine(3), ReLU(), Affine(2)), TypeError, "layers are one list"),
}  # fmt: skip


@pytest.mark.parametrize(("do", "error", "says"), ANSWERED.values(), ids=ANSWERED)
def test_any_other_is_answered_in_one_line(do, error, says):
    with pytest.raises(error) as caught:
        do()
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_answer_is_seen_by_an_import_too():
    with pytest.raises(ImportError, match=r"write Affine\(out\)"):
        exec("from pellucid.nets import Linear")


@pytest.mark.parametrize(
    ("do", "says"),
    [
        (lambda: Affine(8, 2), "write Affine(8) "),
        (lambda: BatchNorm(64), "write BatchNorm() "),
        (lambda: LayerNorm(64), "write LayerNorm() "),
        (lambda: GroupNorm(8, 64), "write GroupNorm(8) "),
    ],
)
def test_a_size_of_the_input_is_not_taken_for_a_small_number(do, says):
    with pytest.raises(ValueError, match="sizes of inputs follow from the layer before") as caught:
        do()
    assert says in str(caught.value)


def test_a_small_number_and_one_by_name_are_taken():
    assert (Affine(8, 0.5).init, Affine(8, init=2).init, BatchNorm(1e-3).eps) == (0.5, 2, 1e-3)


def test_calls_are_still_shown_copied_and_pickled():
    assert list(inspect.signature(Conv).parameters) == [
        "filters",
        "kernel",
        "stride",
        "pad",
        "init",
        "dilation",
        "groups",
    ]
    assert next(iter(inspect.signature(Trainer).parameters)) == "net"
    for each in (Conv(8, 3), trained().model):
        copied = copy.deepcopy(each)
        assert type(copied) is type(each)
    assert pickle.loads(pickle.dumps(Conv(8, 3))) == Conv(8, 3)
    assert not hasattr(net(), "_repr_html_of_nothing")
    assert not hasattr(net(), "nothing_like_it")


def test_a_class_of_ones_own_may_take_any_keyword():
    class Own(Description):
        def __init__(self, *sizes, **settings):
            object.__setattr__(self, "settings", (sizes, settings))

    assert Own(0.5, 0.5, units=3).settings == ((0.5, 0.5), {"units": 3})


def test_a_private_name_gets_no_hint():
    assert str(attribute_error("Thing", "_paramss", ["params"])) == "Thing has no attribute '_paramss'"
    assert hint("paramss", ["params"]) == "; did you mean 'params'?"
    assert issubclass(Network, KnownKeywords)
