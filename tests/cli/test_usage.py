"""Wrong commands, options and arguments: one line each, with the nearest name or with what to write."""

import re

import pytest
import typer

from pellucid.cli import app
from pellucid.cli.usage import COMMANDS, OPTIONS, habits_of

WRONG = {
    "train --batch_size 32": "train: there is no option --batch_size; did you mean '--batch-size'?",
    "train --learnig-rate 1": "train: there is no option --learnig-rate; did you mean '--learning-rate'?",
    "train --device cuda": "train: there is no option --device; leave it out: everything runs on the CPU",
    "train --verbose": "train: there is no option --verbose; leave it out: progress is shown unless there is --quiet",
    "train cifar10": "train: unexpected 'cifar10'; data are given as --data cifar10; `pellucid train --help` lists the options",
    "train --dropout 0.5": "train: there is no option --dropout; write Dropout in the network: --model net.toml or net.py:FUNCTION",
    "train --workers 4": "train: there is no option --workers; set PELLUCID_THREADS, the number of threads",
    "train --class-weight balanced": "train: there is no option --class-weight; write class_weight= of a Trainer in Python, "
    "or --balanced",
    "export .": "export: FILE is missing: MODEL.onnx, MODEL.keras, or MODEL.safetensors; `pellucid export --help` shows how",
    "train --name mine": "train: there is no option --name; write --out",
    "find-lr --optimiser adam": "find-lr: there is no option --optimiser; did you mean '--optimizer'?",
    "find-lr --scheduler cosine": "find-lr: there is no option --scheduler; leave it out: it changes nothing in a range test",
    "find-lr --epochs 3": "find-lr: there is no option --epochs; leave it out: it changes nothing in a range test",
    "find-lr --verbose": "find-lr: there is no option --verbose; leave it out: the result is one line",
    "find-lr --bs 8": "find-lr: there is no option --bs; write --batch-size",
    "resume . --lr 1": "resume: there is no option --lr; leave it out: a run goes on with the settings of its config.toml",
    "resume . --early-stopping": "resume: there is no option --early-stopping; write --patience 5",
    "evaluate . --verbose": "evaluate: there is no option --verbose; leave it out",
    "evaluate . --top 3": "evaluate: there is no option --top; pellucid predict has it",
    "describe vgg6-bn --seed 3": "describe: there is no option --seed; pellucid train, find-lr and check have it",
    "resume": "resume: DIR is missing: a run folder written by `train`; `pellucid resume --help` shows how",
    "resume . --epochs x": "--epochs must be a whole number",
    "predict .": "predict: FILE... is missing: images, folders of images, or tables (.csv, .tsv, .parquet); "
    "`pellucid predict --help` shows how",
    "evaluate . --jsn": "evaluate: there is no option --jsn; did you mean '--json'?",
    "explain": "explain: NAME is missing: a layer, an update rule, a topic, or the code of a mistake (--list lists them)",
    "info --zzz": "info: there is no option --zzz; `pellucid info --help` lists them",
    "study rn": "study: there is no command 'rn'; did you mean 'run'?",
    "study run depth --seads 3": "study run: there is no option --seads; did you mean '--seeds'?",
    "study run depth --seeds x": "--seeds must be a whole number",
    "trian": "there is no command 'trian'; did you mean 'train'?",
    "fit": "there is no command 'fit'; write pellucid train",
    "zzz": "there is no command 'zzz'; `pellucid --help` lists them",
    "--vresion": "there is no option --vresion; did you mean '--version'?",
}


@pytest.mark.parametrize(("line", "message"), WRONG.items(), ids=WRONG)
def test_a_wrong_command_is_one_line_with_what_to_write(pellucid, line, message):
    done = pellucid(*line.split())
    assert (done.code, done.out, done.err) == (2, "", f"pellucid: {message}\n")


def test_names_are_suggested_by_the_commands_themselves(pellucid):
    assert pellucid("explain", "layrnorm").err.endswith("got 'layrnorm'; did you mean 'layernorm'?\n")
    assert pellucid("check", ".", "--only", "afine_forward").err.endswith(
        "got afine_forward; did you mean 'affine_forward'?\n"
    )
    assert pellucid("study", "run", "init-scal").err.endswith("got 'init-scal'; did you mean 'init-scale'?\n")


def test_no_hint_names_an_option_that_the_command_lacks():
    commands = typer.main.get_command(app).commands
    for name, command in commands.items():
        known = {option for parameter in command.params for option in parameter.opts}
        for habit, text in habits_of(name, sorted(known), commands).items():
            assert set(re.findall(r"--[a-z-]+", text)) <= known, (name, habit, text)


def test_a_habit_is_not_an_option_or_a_command_of_its_own(pellucid):
    for name in OPTIONS:
        assert pellucid("train", f"--{name}", "1").code == 2, name
    for name in COMMANDS:
        assert pellucid(name).code == 2, name
