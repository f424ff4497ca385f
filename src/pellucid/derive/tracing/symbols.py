"""Names of a program as symbols of a formula."""

__all__ = ["gradient_latex", "latex_name"]

_GREEK = ("alpha", "beta", "gamma", "delta", "eps", "mu", "sigma", "theta", "lambda", "rho")


def latex_name(name: str) -> str:
    """Write a Python name as a symbol: x_hat as a hat, Greek names as letters, other long names in italics.

    Numbers and other expressions are returned unchanged.

    >>> latex_name("x_hat"), latex_name("gamma"), latex_name("0.5")
    ('\\\\hat{x}', '\\\\gamma', '0.5')
    """
    if not name.isidentifier():
        return name
    if name.endswith("_hat") and name[:-4]:
        return rf"\hat{{{latex_name(name[:-4])}}}"
    if name in _GREEK:
        return rf"\{name}"
    if len(name) == 1:
        return name
    return r"\mathit{" + name.replace("_", r"\_") + "}"


def gradient_latex(name: str) -> str:
    """Write the gradient of the loss with respect to a name."""
    return rf"\overline{{{latex_name(name)}}}"
