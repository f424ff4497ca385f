"""Bad inputs, over the whole library and the command line: each is refused with who complains, the rule, and what arrived.

One table for functions, one for commands. A row is what a person might do, the kind of error, and what its message must say. For a
command that is one line on stderr, nothing on stdout, no traceback, and the exit code: 1 for a job that failed, 2 for wrong usage.
"""

import os
import shutil
import sys

import numpy as np
import pytest
from PIL import Image

from pellucid import Trainer, gradcheck
from pellucid.data import Augmentation, DataError, Dataset, Pipeline, load, load_folder, load_npz, split
from pellucid.layers import (
    affine_forward,
    batchnorm_forward,
    conv_forward,
    dropout_forward,
    groupnorm_forward,
    maxpool_forward,
    mse_loss,
    softmax_loss,
    svm_loss,
)
from pellucid.nets import (
    Affine,
    Conv,
    Dropout,
    Flatten,
    Function,
    MaxPool,
    Network,
    ReLU,
    Residual,
    StorageError,
    build,
)
from pellucid.optim import SGD, Adam, Cosine, adam_init, adam_update, clip_by_global_norm
from pellucid.shapes import ShapeError
from pellucid.train import CheckpointFolder
from pellucid.train.config import TrainConfig, read_values
from pellucid.train.run import start_run

X = np.zeros((4, 6), np.float32)
Y = np.array([0, 1, 0, 1])
IMAGES = np.zeros((2, 3, 5, 5), np.float32)
PIXELS = np.zeros((6, 1, 4, 4), np.uint8)
NAMES = ("cat", "dog")


def net():
    return Network([Affine(3), ReLU(), Affine(2)], (6,))


def trainer(**options):
    return Trainer(net(), SGD(0.1), batch_size=4, **options)


def zeros(*shape, dtype=np.float32):
    return np.zeros(shape, dtype)


def wrong_output(x):
    return x.astype(np.float64), None


# ---- files to be refused; every path is below `place` ----


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    """A folder with one good run on the digits and many things that are not what they should be."""
    folder = tmp_path_factory.mktemp("place")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("pellucid.train.results._pictures", lambda facts: {})
        start_run(TrainConfig(model="fully-connected", epochs=1), folder / "run", lambda event: None)
    for name in ("corrupt", "damaged", "no-best", "bad-config"):
        shutil.copytree(folder / "run", folder / name)
    flip(folder / "corrupt" / "best.safetensors")
    for path in CheckpointFolder(folder / "damaged").paths():
        path.write_bytes(path.read_bytes()[:100])
    (folder / "no-best" / "best.safetensors").unlink()
    (folder / "bad-config" / "config.toml").write_text("epochs = 0\n")
    net().save(folder / "net.safetensors")
    (folder / "empty").mkdir()
    (folder / "text.txt").write_text("no image, no archive, no TOML: [")
    (folder / "text.png").write_text("no image")
    (folder / "text.npz").write_text("no archive")
    np.save(folder / "single.npy", X)
    np.savez(folder / "short.npz", images=PIXELS, labels=Y)
    np.savez(folder / "labels.npz", images=PIXELS, labels=np.array([0, 1, 0, 1, 0, -1]))
    np.savez(folder / "colour.npz", images=zeros(40, 3, 8, 8, dtype=np.uint8), labels=np.arange(40) % 10)
    one_class = folder / "one-class" / "cat"
    one_class.mkdir(parents=True)
    Image.fromarray(zeros(4, 4, dtype=np.uint8)).save(one_class / "a.png")
    noise = np.random.default_rng(0).integers(0, 256, (32, 32), dtype=np.uint8)
    for name in ("cat", "dog"):
        (folder / "broken" / name).mkdir(parents=True)
        Image.fromarray(noise).save(folder / "broken" / name / "a.png")
    whole = (folder / "broken" / "dog" / "a.png").read_bytes()
    (folder / "broken" / "dog" / "a.png").write_bytes(whole[: len(whole) // 2])
    for name, text in TOML.items():
        (folder / f"{name}.toml").write_text(text)
    return folder


TOML = {
    "unknown": "epoch = 3\n",
    "type": 'epochs = "three"\n',
    "float": "epochs = 2.5\n",
    "range": "validation = 1.5\n",
    "choice": 'optimizer = "adamax"\n',
    "bool": "flip = 1\n",
    "hidden": 'model = "fully-connected"\nhidden = [10, 0]\n',
    "nan": "learning_rate = nan\n",
    "together": 'model = "vgg6-bn"\nkeep = 0.5\n',
}


def flip(path):
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(bytes(content))


# ---- functions: (what someone does, what they do, the error, what it says) ----

CALLS = [
    # layers: shapes and dtypes
    ("affine: w of other features", lambda p: affine_forward(X, zeros(5, 3), zeros(3)), ShapeError,
     ["affine_forward", "w", "(5, 3)"]),
    ("affine: a list", lambda p: affine_forward([[1.0]], zeros(1, 1), zeros(1)), ShapeError,
     ["affine_forward: x must be a NumPy array", "list"]),
    ("affine: whole numbers", lambda p: affine_forward(X.astype(int), zeros(6, 3), zeros(3)), ShapeError,
     ["x must be float32 or float64", "int64"]),
    ("affine: mixed precision", lambda p: affine_forward(X, zeros(6, 3, dtype=np.float64), zeros(3)), ShapeError,
     ["affine_forward", "must be float", "float64", "float32"]),
    ("batchnorm: gamma too short", lambda p: batchnorm_forward(X, zeros(5), zeros(6)), ShapeError,
     ["batchnorm_forward: gamma", "(6,)", "x is (4, 6)", "(5,)"]),
    ("conv: channels", lambda p: conv_forward(IMAGES, zeros(2, 4, 3, 3), zeros(2)), ShapeError,
     ["conv_forward", "w", "x is (2, 3, 5, 5)", "(2, 4, 3, 3)"]),
    ("conv: kernel larger than the image", lambda p: conv_forward(IMAGES, zeros(2, 3, 7, 7), zeros(2)), ShapeError,
     ["conv_forward", "7x7", "5x5"]),
    ("conv: stride 0", lambda p: conv_forward(IMAGES, zeros(2, 3, 3, 3), zeros(2), stride=0), ShapeError,
     ["conv_forward: stride must be at least 1", "0"]),
    ("conv: negative pad", lambda p: conv_forward(IMAGES, zeros(2, 3, 3, 3), zeros(2), pad=-1), ShapeError,
     ["conv_forward: pad must be at least 0", "-1"]),
    ("maxpool: a flat input", lambda p: maxpool_forward(X, size=2, stride=2), ShapeError, ["maxpool_forward", "(4, 6)"]),
    ("groupnorm: groups that do not divide", lambda p: groupnorm_forward(IMAGES, zeros(3), zeros(3), groups=2),
     ShapeError, ["groupnorm_forward", "groups", "2"]),
    ("dropout: keep 0", lambda p: dropout_forward(X, 0.0, (0, 0, 0)), ShapeError, ["dropout_forward", "keep", "0.0"]),
    # labels
    ("softmax: a label too large", lambda p: softmax_loss(X, np.array([0, 1, 6, 1])), ShapeError,
     ["softmax_loss: labels must lie in 0..5", "row 2 is 6"]),
    ("softmax: a negative label", lambda p: softmax_loss(X, np.array([0, -1, 0, 1])), ShapeError,
     ["softmax_loss: labels", "row 1 is -1"]),
    ("softmax: labels that are not whole", lambda p: softmax_loss(X, Y.astype(float)), ShapeError,
     ["softmax_loss: labels must be an array of whole numbers", "float64"]),
    ("svm: too few labels", lambda p: svm_loss(X, Y[:3]), ShapeError, ["svm_loss: labels", "(4,)", "(3,)"]),
    ("softmax: smoothing of 1", lambda p: softmax_loss(X, Y, label_smoothing=1.0), ShapeError,
     ["label_smoothing must lie in [0, 1)", "1.0"]),
    ("mse: targets of another shape", lambda p: mse_loss(X, zeros(4, 5)), ShapeError, ["mse_loss", "(4, 6)", "(4, 5)"]),
    # networks
    ("network: no layers", lambda p: Network([], (6,)), ShapeError, ["Network: layers", "empty"]),
    ("network: a class for a layer", lambda p: Network([ReLU], (6,)), ShapeError, ["ReLU()", "with parentheses"]),
    ("network: input_shape 0", lambda p: Network([Affine(2)], (0,)), ShapeError, ["Network: input_shape", "(0,)"]),
    ("network: float16", lambda p: Network([Affine(2)], (6,), dtype=np.float16), ShapeError,
     ["Network: dtype must be float32 or float64", "float16"]),
    ("network: unknown init", lambda p: Network([Affine(2)], (6,), init="zero"), ShapeError, ["init", "'zero'"]),
    ("network: conv on features", lambda p: Network([Conv(2, 3)], (6,)), ShapeError,
     ["conv1 does not fit its input (6,)", "(C, H, W)"]),
    ("network: a pool too large", lambda p: Network([ReLU(), MaxPool(4)], (1, 3, 3)), ShapeError,
     ["maxpool1 does not fit its input (1, 3, 3)", "4x4"]),
    ("network: branches that differ", lambda p: Network([Residual([Affine(5)])], (6,)), ShapeError,
     ["residual1 cannot add its branches", "(5,)", "(6,)", "shortcut"]),
    ("layer: keep above 1", lambda p: Dropout(keep=1.5), ShapeError, ["Dropout: keep must lie in (0, 1]", "1.5"]),
    ("layer: affine of 0", lambda p: Affine(0), ShapeError, ["Affine: out", "at least 1", "0"]),
    ("function: another dtype comes out",
     lambda p: Network([Function(wrong_output, lambda d, c: d), Affine(2)], (6,)).loss(X, Y), ShapeError,
     ["function1: its forward must return out as float32 (4, 6)", "float64"]),
    ("loss: samples of another shape", lambda p: net().loss(zeros(4, 7), Y), ShapeError,
     ["Network.loss: x must have shape (N, 6)", "(4, 7)"]),
    ("loss: pixels", lambda p: net().loss(X.astype(np.uint8), Y), ShapeError,
     ["Network.loss: x must be an array of floats", "uint8", "Standardization"]),
    ("loss: unknown", lambda p: net().loss(X, Y, loss="hingy"), ShapeError,
     ["softmax, svm, mse", "'hingy'; did you mean 'hinge'?"]),
    ("loss: a map of scores", lambda p: Network([Conv(2, 1)], (3, 5, 5)).loss(IMAGES, Y[:2]), ShapeError,
     ["Network.loss: the network must end in one score per class", "(2, 5, 5)"]),
    ("params: a wrong shape", lambda p: net().params.update({"affine1.bias": zeros(4)}), ShapeError,
     ["affine1.bias", "(3,)", "(4,)"]),
    ("freeze: no such name", lambda p: net().freeze("conv*"), ShapeError, ["'conv*'", "affine1.weight"]),
    ("head: none", lambda p: Network([Flatten()], (6,)).replace_head(3), ShapeError, ["replace_head", "affine"]),
    ("build: unknown model", lambda p: build("resnet50", (3, 32, 32), 10), ShapeError, ["resnet9", "'resnet50'"]),
    ("build: unknown option", lambda p: build("vgg6-bn", (3, 32, 32), 10, depth=3), ShapeError, ["vgg6-bn", "'depth'"]),
    ("build: resnet9 on digits", lambda p: build("resnet9", (1, 8, 8), 10), ShapeError,
     ["maxpool4 does not fit its input (256, 1, 1)", "4x4"]),
    ("load: a missing file", lambda p: Network.load(p / "none.safetensors"), StorageError,
     ["none.safetensors", "it is missing"]),
    ("load: not safetensors", lambda p: Network.load(p / "text.txt"), StorageError, ["text.txt", "damaged"]),
    ("load: a changed byte", lambda p: Network.load(p / "corrupt" / "best.safetensors"), StorageError,
     ["best.safetensors", "checksum"]),
    ("load: a checkpoint is no network", lambda p: Network.load(CheckpointFolder(p / "run").paths()[0]), StorageError,
     ["checkpoint-", "contains no network"]),
    ("save: nowhere", lambda p: net().save(p / "none" / "net.safetensors"), StorageError, ["cannot write", "No such file"]),
    # optimisers
    ("adam: a negative rate", lambda p: Adam(-1.0), ShapeError, ["Adam: learning_rate must be positive", "-1.0"]),
    ("adam: beta1 of 1", lambda p: Adam(beta1=1.0), ShapeError, ["Adam: beta1 must lie in [0, 1)", "1.0"]),
    ("cosine: final above 1", lambda p: Cosine(final=2.0), ShapeError, ["Cosine: final must lie in [0, 1]", "2.0"]),
    ("adam: step 0", lambda p: adam_update(zeros(3), zeros(3), adam_init(zeros(3)), step=0, learning_rate=0.1),
     ShapeError, ["adam_update: step", "counted from 1", "0"]),
    ("adam: a gradient of another shape",
     lambda p: adam_update(zeros(3), zeros(4), adam_init(zeros(3)), step=1, learning_rate=0.1), ShapeError,
     ["adam_update: dw must have the shape of w, (3,)", "(4,)"]),
    ("clipping: to 0", lambda p: clip_by_global_norm(X, 0.0), ShapeError, ["max_norm must be positive", "0.0"]),
    ("gradcheck: whole numbers", lambda p: gradcheck(lambda x: (x, None), lambda d, c: d, np.array([1, 2])), ShapeError,
     ["gradcheck: no input is an array of floats"]),
    # data
    ("dataset: labels of another length", lambda p: Dataset(PIXELS, Y, NAMES), DataError,
     ["Dataset: labels must have shape (N,) = (6,)", "(4,)"]),
    ("dataset: a label that no class has", lambda p: Dataset(PIXELS, np.array([0, 1, 0, 1, 2, 0]), NAMES), DataError,
     ["Dataset: row 4: label 2 is not in 0..1"]),
    ("dataset: no images", lambda p: Dataset(PIXELS[:0], Y[:0], NAMES), DataError, ["there are no images", "(0, 1, 4, 4)"]),
    ("dataset: NaN", lambda p: Dataset(np.full((2, 3), np.nan), Y[:2], NAMES), DataError, ["Dataset", "row 0"]),
    ("dataset: one class", lambda p: Dataset(PIXELS, np.zeros(6, int), ("cat",)), DataError, ["at least two classes"]),
    ("split: everything held out", lambda p: split(Dataset(PIXELS, np.arange(6) % 2, NAMES), validation=3, test=3),
     DataError, ["split", "6 of 6", "none for training"]),
    ("augmentation: a negative crop", lambda p: Augmentation(crop_pad=-1), DataError, ["crop_pad", "0 or more", "-1"]),
    ("pipeline: float16", lambda p: Pipeline(dtype=np.float16), DataError, ["Pipeline: dtype", "float16"]),
    ("load: no such path", lambda p: load(p / "none"), DataError, ["none", "digits, cifar10"]),
    ("load: an empty folder", lambda p: load(p / "empty"), DataError, ["empty", "contains no data set"]),
    ("npz: no archive", lambda p: load_npz(p / "text.npz"), DataError, ["text.npz", "not an .npz file"]),
    ("npz: too few labels", lambda p: load_npz(p / "short.npz"), DataError, ["short.npz: labels", "(6,)", "(4,)"]),
    ("npz: a negative label", lambda p: load_npz(p / "labels.npz"), DataError, ["labels.npz: row 5: label -1"]),
    ("folder: one class", lambda p: load_folder(p / "one-class"), DataError, ["at least two folders", "'cat'"]),
    ("folder: a class of pictures cut short", lambda p: load_folder(p / "broken"), DataError,
     [os.path.join("broken", "dog"), "none of the images of this class can be decoded"]),
    # training
    ("trainer: batch_size 0", lambda p: Trainer(net(), batch_size=0), ShapeError,
     ["Trainer: batch_size must be a whole number of at least 1", "0"]),
    ("trainer: unknown loss", lambda p: trainer(loss="hingy"), ShapeError,
     ["Trainer: loss must be one of", "'hingy'; did you mean 'hinge'?"]),
    ("trainer: negative reg", lambda p: trainer(reg=-0.1), ShapeError, ["Trainer: reg", "not negative", "-0.1"]),
    ("trainer: clip_norm 0", lambda p: trainer(clip_norm=0.0), ShapeError, ["Trainer: clip_norm must be positive", "0.0"]),
    ("trainer: a name for an optimizer", lambda p: Trainer(net(), "adamm"), ShapeError,
     ["Trainer: optimizer", "'adamm'; did you mean 'adam'?"]),
    ("trainer: a negative seed", lambda p: trainer(seed=-1).fit((X, Y), 1), (ShapeError, DataError), ["seed", "-1"]),
    ("step: no rows", lambda p: trainer().step(X[:0], Y[:0]), ShapeError, ["Trainer.step", "1 to 4 rows", "got 0"]),
    ("fit: 0 epochs", lambda p: trainer().fit((X, Y), 0), ShapeError, ["Trainer: epochs", "at least 1", "0"]),
    ("fit: patience 0", lambda p: trainer().fit((X, Y), 1, patience=0), ShapeError, ["Trainer: patience", "0"]),
    ("fit: checkpoint_every 0", lambda p: trainer().fit((X, Y), 1, checkpoint_every=0), ShapeError,
     ["Trainer: checkpoint_every", "0"]),
    ("fit: no data", lambda p: trainer().fit((X[:0], Y[:0]), 1), DataError, ["data must hold", "at least one"]),
    ("fit: labels too few", lambda p: trainer().fit((X, Y[:2]), 1), DataError, ["data must hold as many", "2 and 4"]),
    ("fit: x alone", lambda p: trainer().fit(X, 1), DataError, ["data must be a Dataset or a pair", "ndarray"]),
    ("fit: a label that no score is for", lambda p: trainer().fit((X, [0, 1, 2, 1]), 1), ShapeError, ["0..1", "is 2"]),
    ("fit: all weights 0", lambda p: trainer().fit((X, Y), 1, sample_weight=np.zeros(4)), DataError,
     ["at least one row must have a weight above 0"]),
    ("fit: a negative weight", lambda p: trainer().fit((X, Y), 1, sample_weight=np.array([1, 1, -1, 1.0])), DataError,
     ["sample_weight must be 4 finite numbers of at least 0"]),
    ("fit: class weights too few", lambda p: trainer(class_weight=[1.0]).fit((X, Y), 1), DataError,
     ["class_weight must give each of the 2 classes", "[1.0]"]),
    ("fit: a class by name", lambda p: trainer(class_weight={"cat": 2.0}).fit((X, Y), 1), DataError,
     ["class_weight", "'cat'"]),
    ("fit: resume without a folder", lambda p: trainer().fit((X, Y), 1, resume=True), ShapeError, ["resume", "folder"]),
    ("config: an unknown key", lambda p: read_values({"speed": 1.0}, where="my.toml"), ValueError,
     ["my.toml: unknown key 'speed'", "did you mean 'seed'"]),
]  # fmt: skip


@pytest.mark.parametrize(("do", "error", "says"), [row[1:] for row in CALLS], ids=[row[0] for row in CALLS])
def test_a_function_refuses(place, do, error, says):
    with pytest.raises(error) as caught:
        do(place)
    message = str(caught.value)
    for fragment in says:
        assert fragment in message
    assert "\n" not in message


# ---- commands: (words, exit code, what the one line says); {} is `place` ----

COMMANDS = [
    # wrong usage
    ("train --epoch 3", 2, ["--epoch", "--epochs"]),
    ("train 5", 2, ["5"]),
    ("train --epochs", 2, ["--epochs", "argument"]),
    ("trian", 2, ["trian"]),
    ("evaluate", 2, ["DIR"]),
    ("predict {}/run", 2, ["FILE"]),
    ("predict {}/run {}/text.png --top 0", 2, ["--top", "1"]),
    ("describe vgg6-bn --classes 0", 2, ["--classes", "1"]),
    ("train --epochs 0", 2, ["--epochs must be a whole number of at least 1", "'0'"]),
    ("train --epochs three", 2, ["--epochs", "whole number", "'three'"]),
    ("train --epochs 2.5", 2, ["--epochs", "whole number", "'2.5'"]),
    ("train --batch-size 0", 2, ["--batch-size", "at least 1", "'0'"]),
    ("train --batch-size -4", 2, ["--batch-size", "'-4'"]),
    (f"train --batch-size {10**22}", 2, ["--batch-size", "up to 2,147,483,647", f"'{10**22}'"]),
    (f"train --epochs {10**23}", 2, ["--epochs", "up to 1,000,000", f"'{10**23}'"]),
    (f"train --epochs {'9' * 5000}", 2, ["--epochs", "(5,002 characters)"]),
    (f"train --size {10**23}", 2, ["--size", "up to 10,000"]),
    (f"train --crop {10**23}", 2, ["--crop", "up to 10,000"]),
    (f"train --cutout {10**23}", 2, ["--cutout", "up to 10,000"]),
    (f"train --patience {10**23}", 2, ["--patience", "up to 1,000,000"]),
    (f"train --checkpoint-every {10**23}", 2, ["--checkpoint-every", "up to 1,000,000,000"]),
    (f"train --model fully-connected --hidden 5,{10**23}", 2, ["--hidden", "up to 1,000,000"]),
    (f"train --model fully-connected --hidden {','.join(['5'] * 1001)}", 2, ["--hidden", "at most 1000 of them"]),
    ("train --learning-rate 1e300", 2, ["--learning-rate", "up to 1e+30", "'1e300'"]),
    ("train --weight-decay 1e300", 2, ["--weight-decay", "up to 1,000"]),
    ("train --reg 1e300", 2, ["--reg", "up to 1,000"]),
    ("train --clip-norm 1e300", 2, ["--clip-norm", "up to 1,000,000,000"]),
    ("train --init 1e300", 2, ["init must be he, xavier or a standard deviation from 0 to 1000", "'1e300'"]),
    ("train --init=-1", 2, ["init must be he, xavier or a standard deviation from 0", "'-1'"]),
    ("train --out=", 2, ["--out", "must not be empty"]),
    ("train --config=", 2, ["--config", "must not be empty"]),
    ("train --out ~nobody-of-this-name/run", 2, ["--out", "~nobody-of-this-name/run", "home folder"]),
    ("train --learning-rate 0", 2, ["--learning-rate must be a number above 0", "'0'"]),
    ("train --learning-rate nan", 2, ["--learning-rate", "'nan'"]),
    ("train --learning-rate inf", 2, ["--learning-rate", "'inf'"]),
    ("train --optimizer adamax", 2, ["--optimizer must be one of sgd", "adamw", "'adamax'"]),
    ("train --model resnet50", 2, ["model must be one of fully-connected", "did you mean 'resnet9'", "'resnet50'"]),
    ("train --schedule linear", 2, ["--schedule must be one of constant", "'linear'"]),
    ("train --metrics f1,acuracy", 2, ["metrics must be names", "'acuracy'; did you mean 'accuracy'?"]),
    ("train --monitor f1", 2, ["monitor must be val_loss, val_accuracy or val_ and a metric; got 'f1'"]),
    ("doctor . --format pdf", 2, ["pellucid: --format must be one of text, json, html; got 'pdf'"]),
    ("train --loss hing", 2, ["--loss must be one of softmax, svm, mse", "'hing'"]),
    ("train --label-smoothing 1", 2, ["--label-smoothing", "below 1", "'1'"]),
    ("train --validation 1", 2, ["--validation", "above 0 and below 1", "'1'"]),
    ("train --model fully-connected --hidden 10,x", 2, ["--hidden must be whole numbers", "x"]),
    ("train --model fully-connected --keep 0", 2, ["--keep", "above 0", "'0'"]),
    ("train --keep 0.5", 2, ["keep only applies to the model fully-connected", "three-layer-convnet"]),
    ("train --optimizer sgd --weight-decay 0.1", 2, ["weight_decay only applies to the optimizer adamw", "sgd"]),
    ("train --loss svm --label-smoothing 0.1", 2, ["label_smoothing only applies to the softmax loss", "svm"]),
    ("train --init zero", 2, ["init must be he, xavier or a standard deviation", "'zero'"]),
    ("train --seed -1", 2, ["--seed", "at least 0", "'-1'"]),
    ("train --seed 18446744073709551616", 2, ["seed must be at most 2**64 - 1", "18446744073709551616"]),
    ("train --config {}/none.toml", 2, ["none.toml", "No such file"]),
    ("train --config {}/text.txt", 2, ["text.txt is not TOML"]),
    ("train --config {}/unknown.toml", 2, ["unknown.toml: unknown key 'epoch'", "did you mean 'epochs'?"]),
    ("train --config {}/type.toml", 2, ["type.toml: epochs must be a whole number", "'three'"]),
    ("train --config {}/float.toml", 2, ["float.toml: epochs must be a whole number", "2.5"]),
    ("train --config {}/range.toml", 2, ["range.toml: validation must be a number above 0 and below 1", "1.5"]),
    ("train --config {}/choice.toml", 2, ["choice.toml: optimizer must be one of", "'adamax'"]),
    ("train --config {}/bool.toml", 2, ["bool.toml: flip must be true or false", "1"]),
    ("train --config {}/hidden.toml", 2, ["hidden.toml: hidden must be whole numbers of at least 1", "[10, 0]"]),
    ("train --config {}/nan.toml", 2, ["nan.toml: learning_rate must be a number above 0", "nan"]),
    (
        "train --config {}/together.toml",
        2,
        ["together.toml: keep only applies to the model fully-connected", "vgg6-bn"],
    ),
    ("describe resnet50", 2, ["resnet9", "'resnet50'"]),
    ("describe vgg6-bn --shape -3,32,32", 2, ["--shape must be whole numbers of at least 1", "'-3,32,32'"]),
    ("describe vgg6-bn --shape 3,0,32", 2, ["--shape must be whole numbers of at least 1", "'3,0,32'"]),
    ("study run conv-speed --quick --workers 0", 1, ["--workers must be at least 1; got 0"]),
    ("describe {}/run --shape 3,8,8", 2, ["--shape and --classes only apply to a named model", "run defines its own"]),
    ("describe vgg6-bn --shape 3,x", 2, ["--shape must be whole numbers", "'3,x'"]),
    ("describe vgg6-bn --shape 3,32", (1, 2), ["conv1 does not fit its input (3, 32)", "(C, H, W)"]),
    # jobs that cannot be done
    ("train --data {}/none", 1, ["none", "digits, cifar10"]),
    ("train --data=", (1, 2), ["'' does not exist"]),
    (f"train --data {'d' * 300}", 1, ["ddd", "File name too long"]),
    ("train --data ~nobody-of-this-name/data", 1, ["~nobody-of-this-name/data", "home folder"]),
    (f"train --out {'r' * 300}", 1, ["rrr", "File name too long"]),
    (f"train --out {'/'.join(['r' * 200] * 30)}", 1, ["rrr", "File name too long"]),
    (f"resume {'r' * 300}", 1, ["rrr", "File name too long"]),
    (f"evaluate {'r' * 300}", 1, ["rrr", "File name too long"]),
    (f"describe {'r' * 300}", (1, 2), ["rrr"]),
    ("train --data {}/text.npz", 1, ["text.npz", "not an .npz file"]),
    ("train --data {}/short.npz", 1, ["short.npz: labels", "(4,)"]),
    ("train --data {}/one-class", 1, ["at least two folders", "'cat'"]),
    ("train --data {}/broken", 1, ["dog", "none of the images of this class can be decoded"]),
    ("train --model resnet9", 1, ["resnet9", "(256, 1, 1)", "4x4"]),
    ("train --crop 8", 1, ["--crop", "8x8", "8"]),
    ("train --cutout 9", 1, ["cutout", "8x8", "9"]),
    ("train --out {}/run", 1, ["run already contains a run", "pellucid resume", "--out"]),
    ("train --out {}/text.txt", 1, ["text.txt", "File exists"]),
    ("train --out {}/text.txt/run", 1, ["text.txt", "Not a directory"]),
    ("resume {}/none", 1, ["none is not a run folder", "config.toml"]),
    ("resume {}/empty", 1, ["empty is not a run folder", "config.toml"]),
    ("resume {}/damaged", 1, ["checkpoint-", "damaged"]),
    ("resume {}/bad-config", 2, ["config.toml: epochs must be a whole number of at least 1", "0"]),
    ("evaluate {}/none", 1, ["none does not exist", "run folder"]),
    ("evaluate {}/empty", 1, ["empty contains no trained network", "pellucid train --out"]),
    ("evaluate {}/no-best", 1, ["no-best contains no trained network", "best.safetensors"]),
    ("evaluate {}/corrupt", 1, ["best.safetensors", "damaged", "checksum"]),
    ("evaluate {}/run --data {}/colour.npz", 1, ["colour", "(3, 8, 8)", "(1, 8, 8)"]),
    ("predict {}/run {}/text.png", 1, ["text.png", "cannot be read as an image"]),
    ("predict {}/run {}/none.png", 1, ["none.png", "no such file"]),
    ("predict {}/run {}/empty", 1, ["empty", "contains no images"]),
    ("predict {}/corrupt {}/text.png", 1, ["best.safetensors", "damaged"]),
    ("describe {}/empty", 1, ["empty contains no trained network"]),
]


@pytest.mark.parametrize(("words", "code", "says"), COMMANDS, ids=[row[0][:80] for row in COMMANDS])
def test_a_command_refuses(place, tmp_path, monkeypatch, capfd, words, code, says):
    """In a folder of its own, in which nothing may be left."""
    from pellucid.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["pellucid", *(word.replace("{}", str(place)) for word in words.split())])
    capfd.readouterr()
    with pytest.raises(SystemExit) as caught:
        main()
    out, err = capfd.readouterr()
    assert caught.value.code in (code if isinstance(code, tuple) else (code,)), err
    assert out == ""
    assert "Traceback" not in err
    (line,) = err.splitlines()
    assert line.startswith("pellucid: ")
    for fragment in says:
        assert fragment in line
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_no_traceback_from_a_process_either(place):
    """What a shell sees: the same line, the same code."""
    import subprocess

    command = [sys.executable, "-m", "pellucid", "evaluate", str(place / "corrupt")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("pellucid: cannot read")
    assert len(done.stderr.splitlines()) == 1


def test_there_are_enough_rows():
    assert len(CALLS) + len(COMMANDS) >= 60
    assert len({row[0] for row in (*CALLS, *COMMANDS)}) == len(CALLS) + len(COMMANDS)
