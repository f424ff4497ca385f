"""Imports in a worker: the submission's modules from its job, the checker's own from their code, lent modules by name, and
stand-ins for what is not available.
"""

import ast
import marshal
import sys
import types
from typing import Any

__all__ = ["STUBBED", "MissingFinder", "SubmissionFinder", "is_there", "module_name", "stand_in_for_frameworks"]

STUBBED: list[str] = []  # modules that were missing
# Frameworks that are never loaded: importing one is allowed, calling anything in it raises ImportError.
FRAMEWORKS = (
    *(
        "torch",
        "torch.nn",
        "torch.nn.functional",
        "torch.nn.init",
        "torch.optim",
        "torch.autograd",
        "torch.utils",
        "torch.utils.data",
    ),
    *(
        "tensorflow",
        "tensorflow.keras",
        "tensorflow.keras.layers",
        "keras",
        "keras.layers",
        "jax",
        "jax.numpy",
        "autograd",
    ),
    "sklearn",
    *(f"sklearn.{part}" for part in ("datasets", "linear_model", "metrics", "model_selection", "preprocessing")),
)


def stand_in_for_frameworks(blocked: Any) -> None:
    """Put stand-ins where blocked frameworks would be, so that a file that imports one beside other things can be loaded."""
    for name in FRAMEWORKS:
        if name.partition(".")[0] in blocked and name not in sys.modules:
            stub = sys.modules[name] = _Stub(name)
            vars(stub).update(__path__=[], __all__=[])
            outer, _, inner = name.rpartition(".")
            if outer:
                vars(sys.modules[outer])[inner] = stub


def is_there(module: types.ModuleType, name: str) -> bool:
    """Say whether a module has a name that does not stand for something that is not available."""
    return hasattr(module, name) and not isinstance(getattr(module, name), _Name)


def module_name(place: str) -> str:
    """Return what a source at "course/layers.py" is imported as."""
    return place.removesuffix(".py").replace("/", ".")


class SubmissionFinder:
    """Imports modules from the job's own sources, repaired if asked, and those that are lent by name."""

    def __init__(
        self,
        files: Any,
        is_old: bool,
        repair: Any,
        lent: Any = (),
        fill: Any = None,
        *,
        old_numbers: bool = False,
        compiled: Any = (),
    ) -> None:
        self.files, self.is_old, self.repair, self.old_numbers = files, is_old, repair, old_numbers
        self.lent, self.fill = frozenset(lent), fill
        self.compiled = dict(compiled)
        self.places = {*files, *lent, *compiled}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        from importlib.machinery import ModuleSpec

        place = name.replace(".", "/")
        for file in (place + ".py", place + "/__init__.py"):
            if file in self.places:
                spec = ModuleSpec(name, self, origin="<submission>", is_package=file.endswith("__init__.py"))
                spec.loader_state = file
                return spec
        if any(file.startswith(place + "/") for file in self.places):
            spec = ModuleSpec(name, self, origin="<submission>", is_package=True)
            spec.loader_state = None
            return spec
        return None

    def create_module(self, spec: Any) -> None:
        return None

    def exec_module(self, module: Any) -> None:
        file = module.__spec__.loader_state
        module.__file__ = "<submission>"
        if file is None:
            return
        if file in self.lent:
            self.fill(module, file)
            return
        if file in self.compiled:
            exec(marshal.loads(self.compiled[file].tobytes()), module.__dict__)
            return
        text = self.files[file]
        if self.is_old and self.repair.looks_like_python2(text):
            text = self.repair.repaired_source(text)
        tree = ast.parse(text, file)
        if self.is_old:
            tree = ast.fix_missing_locations(self.repair.DivideAsPython2().visit(tree))
        if self.old_numbers:
            tree = ast.fix_missing_locations(self.repair.OldNumbers().visit(tree))
        _run(tree, file, module.__dict__)


def _run(tree: ast.Module, file: str, space: dict[str, Any]) -> None:
    """Run a module; statements at its top that call what is not available are left out, as if the rest stood alone."""
    while tree.body:
        try:
            exec(compile(tree, file, "exec"), space)
            return
        except NotAvailableError as error:
            trace = error.__traceback__
            while trace is not None and trace.tb_frame.f_globals is not space:
                trace = trace.tb_next
            line = trace.tb_lineno if trace is not None else 0
            following = [n for n, one in enumerate(tree.body) if one.lineno <= line <= (one.end_lineno or 0)]
            if not following:
                raise
            tree.body = tree.body[following[0] + 1 :]


class NotAvailableError(ImportError):
    """Something of a module that is not available was called."""


NotAvailableError.__name__ = "ImportError"  # as reports name it


class MissingFinder:
    """Stands in for modules that are not available: importing one is allowed, calling anything in it raises ImportError.

    known: what some of these modules hold all the same, by their names.
    """

    def __init__(self, files: Any, known: Any = ()) -> None:
        self.roots = {file.partition("/")[0].removesuffix(".py") for file in files}
        self.known = dict(known)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        from importlib.machinery import ModuleSpec

        own = __file__
        caller = sys._getframe()
        while caller is not None and ("importlib" in caller.f_code.co_filename or caller.f_code.co_filename == own):
            caller = caller.f_back
        ours = caller is not None and caller.f_globals.get("__file__") == "<submission>"
        if not ours and name.partition(".")[0] not in (*STUBBED, *self.known, *self.roots):
            return None  # NumPy or the standard library asks for something optional
        if name not in self.known:
            STUBBED.append(name)
        return ModuleSpec(name, self, is_package=True)

    def create_module(self, spec: Any) -> Any:
        return _Stub(spec.name)

    def exec_module(self, module: Any) -> None:
        module.__path__ = []
        module.__all__ = []
        vars(module).update(self.known.get(module.__name__, {}))


class _Stub(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self.__name__ not in STUBBED:
            STUBBED.append(self.__name__)
        return _Name(f"{self.__name__}.{name}")


class _Name:
    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return _Name(f"{self._name}.{name}")

    def __setitem__(self, key: Any, value: Any) -> None:
        """Accept a setting, such as `plt.rcParams["figure.figsize"] = (7, 4)`: nothing will read it."""

    def __mro_entries__(self, bases: Any) -> tuple[Any, ...]:
        return ()  # a class that derives from it is one of its own

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        raise NotAvailableError(f"{self._name} is not available to the checker")
