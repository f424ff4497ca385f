"""The studies by name."""

from pellucid.studies import (
    batch_size,
    bias_decay,
    bn_regularises,
    conv_speed,
    depth,
    dropout,
    eps_place,
    init_scale,
    layer_norm,
    learning_rate,
    norms,
    optimisers,
)
from pellucid.studies.study import Study, StudyError

__all__ = ["STUDIES", "study_named"]

STUDIES: dict[str, Study] = {
    each.STUDY.name: each.STUDY
    for each in (
        init_scale,
        batch_size,
        layer_norm,
        dropout,
        optimisers,
        depth,
        learning_rate,
        eps_place,
        norms,
        bias_decay,
        bn_regularises,
        conv_speed,
    )
}


def study_named(name: str) -> Study:
    """Return a study. Raises StudyError where there is none of that name."""
    if name not in STUDIES:
        raise StudyError(f"NAME must be one of {', '.join(STUDIES)}; it is {name!r}")
    return STUDIES[name]
