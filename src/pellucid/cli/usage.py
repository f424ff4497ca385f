"""What is said of a command that was written wrongly: one line that names the nearest option or command, or what to write."""

import re
from collections.abc import Collection
from typing import Any

from pellucid.habits import Habits, hint

__all__ = ["habits_of", "usage_message"]

CPU = "leave it out: everything runs on the CPU"
OPTIONS: Habits = {  # of other programs, and what to write here, in commands that have it; one that the command has is no habit
    **dict.fromkeys(("device", "gpu", "gpus", "cuda"), CPU),
    "verbose": "leave it out: progress is shown unless there is --quiet",
    "bs": "write --batch-size",
    **dict.fromkeys(("dataset", "data-dir", "data-path"), "write --data"),
    **dict.fromkeys(("arch", "network"), "write --model"),
    **dict.fromkeys(("output", "output-dir", "save-dir", "name"), "write --out"),
    **dict.fromkeys(("random-state", "random-seed"), "write --seed"),
    "early-stopping": "write --patience 5",
    "scheduler": "write --schedule",
    **dict.fromkeys(("resume", "checkpoint"), "write pellucid resume DIR"),
    **dict.fromkeys(("dropout", "drop"), "write Dropout in the network: --model net.toml or net.py:FUNCTION"),
    **dict.fromkeys(("class-weight", "class-weights"), "write class_weight= of a Trainer in Python, or --balanced"),
    **dict.fromkeys(("num-workers", "workers", "threads"), "set PELLUCID_THREADS, the number of threads"),
}
OF_TRAIN: Habits = {  # what commands beside `train` say of its options
    "find-lr": "leave it out: it changes nothing in a range test",
    "resume": "leave it out: a run goes on with the settings of its config.toml",
}
OWN: dict[str, dict[str, str]] = {  # by command
    "find-lr": dict.fromkeys(("out", "output", "name"), "the rate is printed; write --plot FILE to draw the test")
    | dict.fromkeys(("quiet", "verbose"), "leave it out: the result is one line"),
    "resume": dict.fromkeys(("out", "output", "name"), "leave it out: DIR is where the run goes on"),
}
COMMANDS: Habits = {
    "fit": "write pellucid train",
    **dict.fromkeys(("test", "eval", "validate"), "write pellucid evaluate DIR"),
    **dict.fromkeys(("summary", "show"), "write pellucid describe MODEL"),
    **dict.fromkeys(("grade", "lint"), "write pellucid check PATH"),
    **dict.fromkeys(("lr-find", "lr"), "write pellucid find-lr"),
    "version": "write pellucid --version",
    "help": "write pellucid --help",
}
FLAG = re.compile(r"--[a-z-]+")
NUMBERS = {"valid integer": "a whole number", "valid number": "a number"}


def usage_message(error: Any) -> str:
    """Return one line on a parsing error of the command line; empty where a group has already shown its help."""
    message = str(error.format_message())
    context = getattr(error, "ctx", None)
    if context is None or not message:
        return message
    names = _names(context)
    who, see = f"{names}: " if names else "", f"; `pellucid {names} --help`".replace("  ", " ")
    command, parameter = context.command, getattr(error, "param", None)
    if (option := getattr(error, "option_name", None)) is not None:
        known = _options(command)
        habits = habits_of(names, known, context.find_root().command.commands)
        return f"{who}there is no option {option}{hint(option.lstrip('-'), known, habits) or f'{see} lists them'}"
    if found := re.match(r"No such command '(.*?)'\.", message):
        nearest = hint(found[1], list(command.commands), COMMANDS)
        return f"{who}there is no command {found[1]!r}{nearest or f'{see} lists them'}"
    if found := re.match(r"Got unexpected extra argument\S* \((.*)\)$", message):
        if names in ("train", "find-lr") and " " not in found[1]:
            return f"{who}unexpected {found[1]!r}; data are given as --data {found[1]}{see} lists the options"
        return f"{who}unexpected {found[1]!r}; options are written --NAME VALUE{see} lists them"
    if message.startswith("Missing ") and parameter is not None:
        meaning = re.sub(r"\[/?\w+\]", "", parameter.help or "").rstrip(".")
        name = parameter.metavar or parameter.opts[0]
        first = meaning.split(" ")[0]
        if first == first.capitalize():  # a word, not a name such as MODEL.onnx
            meaning = f"{meaning[:1].lower()}{meaning[1:]}"
        return f"{who}{name} is missing{f': {meaning}' if meaning else ''}{see} shows how"
    for said, rule in NUMBERS.items():
        if said in message and parameter is not None:
            return f"{max(parameter.opts, key=len)} must be {rule}"
    return message


def habits_of(names: str, known: Collection[str], commands: Any) -> Habits:
    """Return what to write for an option that a command lacks: nothing that names an option which it lacks, too."""
    taken = {each: _options(command) for each, command in commands.items()}
    others = {option for options in taken.values() for option in options} - set(known)
    elsewhere = {option[2:]: _having(option, taken) for option in others}
    habits = {name: text for name, text in OPTIONS.items() if set(FLAG.findall(text)) <= set(known)}
    found = elsewhere | {"verbose": "leave it out"} | habits
    if names in OF_TRAIN:
        lacking = [option[2:] for option in taken["train"] if option not in known]
        found |= dict.fromkeys([*lacking, *(name for name in OPTIONS if name not in habits)], OF_TRAIN[names])
    return found | OWN.get(names, {})


def _options(command: Any) -> list[str]:
    return [name for parameter in command.params for name in parameter.opts if name.startswith("--")]


def _having(option: str, taken: dict[str, list[str]]) -> str:
    """Say which commands have an option."""
    *first, last = [name for name, options in taken.items() if option in options]
    return f"pellucid {', '.join(first)} and {last} have it" if first else f"pellucid {last} has it"


def _names(context: Any) -> str:
    """Return the command as it is written after `pellucid`: "study run"."""
    names: list[str] = []
    while context.parent is not None:
        names.insert(0, str(context.info_name))
        context = context.parent
    return " ".join(names)
