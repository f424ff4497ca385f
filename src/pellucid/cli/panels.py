"""The panels in which `train --help` shows its options: what a run reads, what it builds, how it learns, what it leaves."""

__all__ = ["OUTPUT", "PANELS", "panel_of"]

OUTPUT = "Output and settings"
PANELS = {
    "Data": ("data", "validation", "balanced", "seed"),
    "Tables": ("target", "task", "categories", "exclude"),
    "Images and augmentation": (
        *("size", "flip", "crop", "cutout", "rotate", "scale", "colour", "erase", "mixup", "cutmix"),
    ),
    "Model": ("model", "from_", "new_head", "freeze", "hidden", "norm", "keep", "init"),
    "Training": (
        *(
            "epochs",
            "batch_size",
            "learning_rate",
            "optimizer",
            "loss",
            "schedule",
            "patience",
            "average",
            "accumulate",
        ),
        *("reg", "weight_decay", "label_smoothing", "huber_delta", "focal_gamma", "clip_norm"),
    ),
    "Numbers of the optimizer, the schedule and the average": (
        *("beta1", "beta2", "eps", "momentum", "decay", "ema_decay", "swa_start"),
        *(f"schedule_{name}" for name in ("peak", "start", "final", "factor", "at", "fraction", "cycles", "growth")),
        *("schedule_patience", "schedule_minimum"),
    ),
    OUTPUT: ("metrics", "monitor", "checkpoint_every"),
}
_PANEL_OF = {name: panel for panel, names in PANELS.items() for name in names}


def panel_of(setting: str) -> str:
    """Return the panel of a setting of the configuration."""
    return _PANEL_OF[setting]
