"""The pack: which functions, in which order, with which roles, limits, cases, known mistakes and conventions.

`planar_f`, `logistic_f` and `checking_f` are what their exercises call `f`; `choosing.py` tells them apart.
"""

from pathlib import Path
from typing import Any

from pellucid.checker.asking.pack import Pack, PackFunction, Role, Telltale
from pellucid.checker.packs.deeplearning_ai.cases import CASES
from pellucid.checker.packs.deeplearning_ai.choosing import (
    arguments_like,
    cost_meaning,
    is_of_numpy,
    leaving_out,
    returns_cache,
    softmax_meaning,
)
from pellucid.checker.packs.deeplearning_ai.mistakes import KNOWN

__all__ = ["PACK"]

HERE = Path(__file__).parent
PLAIN, CACHING, CHECKING, OF_COLUMNS = (
    HERE / "supplied" / f"{name}.py" for name in ("plain", "caching", "checking", "recurrent")
)
BASICS, LOGISTIC, PLANAR, DEEP, INITIALIZATION, REGULARIZATION, GRADIENTS, OPTIMIZATION, IMAGES, RECURRENT = (
    HERE / "reference" / f"{name}.py"
    for name in (
        "basics", "logistic", "planar", "deep", "initialization", "regularization", "gradient_checking", "optimization",
        "images", "recurrent",
    )
)  # fmt: skip
COMMON = (
    *("sigmoid", "sigmoid_derivative", "sigmoid_grad", "relu", "softmax", "L1", "L2"),
    *("clip", "optimize", "positional_encoding", "predict", "sample"),
)
LOOPS: dict[str, Any] = {
    "time_factor": 1000.0,
    "memory_factor": 20.0,
}  # functions that the course asks for in plain loops
WITH_PLAIN: dict[str, Any] = {"calls": (PLAIN,)}
LAYERS: dict[str, Any] = {"calls": (CACHING, DEEP), "uses_layers": True}
PARAMETERS = r"param.*"


def _function(name: str, role: Role = "forward", *, called: str = "", **settings: Any) -> PackFunction:
    """Return a function; called: its name in files, where other functions of the pack have the same."""
    settings = {"fits": is_of_numpy, **settings}
    aliases = (*([called] if called else []), *settings.pop("aliases", ()))
    return PackFunction(name, CASES[name], KNOWN.get(name, ()), role, aliases=aliases, **settings)


def _backward(name: str, forward: str, *sources: Path, **settings: Any) -> PackFunction:
    """Return a backward, which borrows its forward where a file lacks it: the exercise says what the cache holds."""
    lend = "\n\n".join(path.read_text(encoding="utf-8") for path in sources)
    return _function(name, "backward", forward=forward, lend=lend, **settings)


COURSE_1 = (
    _function("sigmoid", meaning=returns_cache),
    _function("relu", meaning=returns_cache),
    _function("basic_sigmoid"),
    _function("sigmoid_derivative", aliases=("sigmoid_grad",), **WITH_PLAIN),
    _function("image2vector"),
    _function("normalize_rows", aliases=("normalizeRows",)),
    _function("softmax", meaning=softmax_meaning),
    _function("L1", "loss"),
    _function("L2", "loss"),
    _function("initialize_with_zeros"),
    _function("propagate", "loss", **WITH_PLAIN),
    _function("optimize", calls=(PLAIN, LOGISTIC), uses_layers=True, fits=arguments_like("w", "b", least=6)),
    _function("logistic_predict", called="predict", fits=arguments_like("w", "b", "x", most=3), **WITH_PLAIN),
    _function("layer_sizes"),
    _function("initialize_parameters", fits=arguments_like(r"n_?x", r"n_?h", r"n_?y", most=3)),
    _function(
        "planar_forward_propagation", called="forward_propagation",
        fits=leaving_out(arguments_like("X.*", PARAMETERS, most=2), "W3", "relu"), **WITH_PLAIN,
    ),
    _function("compute_cost", "loss", meaning=cost_meaning, fits=arguments_like("a.*", "y.*", most=3)),
    _function("planar_backward_propagation", called="backward_propagation", fits=arguments_like(PARAMETERS, "cache", "x", "y", most=4)),
    _function(
        "planar_predict", called="predict", fits=arguments_like(PARAMETERS, "x", most=2),
        calls=(PLAIN, PLANAR, HERE / "supplied" / "planar.py"), uses_layers=True,
    ),
    _function("initialize_parameters_deep"),
    _function("linear_forward", **LAYERS | {"uses_layers": False}),
    _function("linear_activation_forward", **LAYERS),
    _function("L_model_forward", **LAYERS),
    _backward("linear_backward", "linear_forward", DEEP),
    _function("relu_backward"),
    _function("sigmoid_backward"),
    _backward("linear_activation_backward", "linear_activation_forward", DEEP, **LAYERS),
    _backward("L_model_backward", "L_model_forward", DEEP, **LAYERS),
    _function("update_parameters", "update rule", fits=leaving_out(arguments_like(PARAMETERS, "grad.*", ".*rate|lr|alpha", most=3), "Wax", "Waa")),
)  # fmt: skip

COURSE_2 = (
    _function("initialize_parameters_zeros"),
    _function("initialize_parameters_random"),
    _function("initialize_parameters_he"),
    _function("compute_cost_with_regularization", "loss", **WITH_PLAIN),
    _function("backward_propagation_with_regularization", **WITH_PLAIN),
    _function("forward_propagation_with_dropout", **WITH_PLAIN),
    _function("backward_propagation_with_dropout", **WITH_PLAIN),
    _function("checking_forward_propagation", called="forward_propagation", fits=arguments_like("x", "theta", most=2)),
    _function(
        "checking_backward_propagation", called="backward_propagation", fits=arguments_like("x", "theta", most=2)
    ),
    _function("gradient_check", calls=(CHECKING,), uses_layers=True),
    _function("backward_propagation_n", calls=(CHECKING,)),
    _function("gradient_check_n", calls=(CHECKING,), uses_layers=True),
    _function("update_parameters_with_gd", "update rule"),
    _function("random_mini_batches"),
    _function("initialize_velocity"),
    _function("update_parameters_with_momentum", "update rule"),
    _function("initialize_adam"),
    _function("update_parameters_with_adam", "update rule"),
    _function("update_lr"),
    _function("schedule_lr_decay"),
)

TIES = Telltale(
    "ties",
    "fails-at-ties",
    "fails where several inputs tie for the maximum",
    "It is correct where each window has one largest input. After a ReLU many windows hold several zeros.",
    "Try a window of zeros: which places does your mask mark?",
    0.9,
    "PL251",
)
OF_IMAGES: dict[str, Any] = {**LOOPS, "calls": (IMAGES,)}
COURSE_4 = (
    _function("zero_pad"),
    _function("conv_single_step"),
    _function("conv_forward", uses_layers=True, **OF_IMAGES),
    _function("create_mask_from_window"),
    _function("distribute_value"),
    _function("pool_forward", **OF_IMAGES),
    _backward("conv_backward", "conv_forward", IMAGES, uses_layers=True, **OF_IMAGES),
    _backward("pool_backward", "pool_forward", IMAGES, uses_layers=True, telltales=(TIES,), **OF_IMAGES),
)

CELLS: dict[str, Any] = {"calls": (OF_COLUMNS, RECURRENT), "uses_layers": True}
COURSE_5 = (
    _function("rnn_cell_forward", calls=(OF_COLUMNS,)),
    _function("rnn_forward", **CELLS),
    _function("lstm_cell_forward", calls=(OF_COLUMNS,)),
    _function("lstm_forward", **CELLS),
    _backward("rnn_cell_backward", "rnn_cell_forward", RECURRENT, calls=(OF_COLUMNS,)),
    _backward("rnn_backward", "rnn_forward", RECURRENT, **CELLS),
    _backward("lstm_cell_backward", "lstm_cell_forward", RECURRENT, calls=(OF_COLUMNS,)),
    _backward("lstm_backward", "lstm_forward", RECURRENT, **CELLS),
    _function("clip", fits=arguments_like("grad.*", ".*max.*", most=2)),
    _function("sample", fits=arguments_like(PARAMETERS, "char_to_ix", "seed", most=3), calls=(OF_COLUMNS,)),
    _function("get_angles"),
    _function("positional_encoding", calls=(RECURRENT,), uses_layers=True),
)

# What the exercises import: modules of helpers and tests in many versions, and packages for data and pictures.
HELPERS = (
    *("testCase", "testCases", "public_tests", "test_utils", "planar_utils", "dnn_utils", "dnn_app_utils", "lr_utils"),
    *(
        "init_utils",
        "reg_utils",
        "gc_utils",
        "opt_utils",
        "opt_utils_v1a",
        "cnn_utils",
        "rnn_utils",
        "cllm_utils",
        "utils",
    ),
    *("autograder", "outputs", "unit_tests", "testCases_dnn", "w3_unittest", "w2_unittest", "w4_unittest"),
)
VERSIONS = ("", *(f"_v{number}{letter}" for number in range(1, 6) for letter in ("", "a", "b")))
PACKAGES = (
    "h5py",
    "PIL",
    "PIL.Image",
    "scipy",
    "scipy.io",
    "scipy.ndimage",
    "scipy.misc",
    "sklearn",
    "sklearn.datasets",
    "sklearn.linear_model",
)
PICTURES = (
    "matplotlib",
    "matplotlib.pyplot",
    "skimage",
    "skimage.transform",
    "imageio",
    "pandas",
    "IPython",
    "IPython.display",
)

PACK = Pack(
    name="deeplearning-ai",
    title="DeepLearning.AI specialization, NumPy parts of courses 1, 2, 4 and 5",
    reference=(BASICS, LOGISTIC, PLANAR, DEEP, INITIALIZATION, REGULARIZATION, GRADIENTS, OPTIMIZATION, IMAGES, RECURRENT),
    functions=(*COURSE_1, *COURSE_2, *COURSE_4, *COURSE_5),
    common=COMMON,
    supplied_files=(*(f"{name}{version}" for name in HELPERS for version in VERSIONS), *PACKAGES, *PICTURES),
    public=True,
)  # fmt: skip
