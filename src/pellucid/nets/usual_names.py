"""Names that other libraries give to layers: those with the same meaning and arguments, and what to write for the others."""

__all__ = ["HABITS", "USUAL_NAMES"]

USUAL_NAMES = {  # the same layer under another name, called in the same way
    "Dense": "Affine",
    "Conv2D": "Conv",
    "MaxPooling2D": "MaxPool",
    "MaxPool2d": "MaxPool",
    "AveragePooling2D": "AvgPool",
    "AvgPool2d": "AvgPool",
    "GlobalAveragePooling2D": "GlobalAvgPool",
    "BatchNormalization": "BatchNorm",
    "LayerNormalization": "LayerNorm",
    "GroupNormalization": "GroupNorm",
    "Concatenate": "Concat",
}
LOSS = "leave it out: the loss computes it; Trainer(net, loss=...) chooses the loss"
CHANNELS = "write BatchNorm(): the number of channels follows from the layer before"
HABITS = {
    "Linear": "write Affine(out): the number of inputs follows from the layer before",
    "Conv2d": "write Conv(filters, kernel): the channels of the input follow from the layer before",
    **dict.fromkeys(("BatchNorm1d", "BatchNorm2d"), CHANNELS),
    "Dropout2d": "write ChannelDropout(drop=...)",
    **dict.fromkeys(("Sequential", "Model", "Module"), "write Network([layers], input_shape)"),
    **dict.fromkeys(("Softmax", "LogSoftmax"), "leave it out: the softmax loss computes it, and predict_proba"),
    "Activation": "write the layer itself, such as ReLU()",
    **dict.fromkeys(("CrossEntropyLoss", "MSELoss", "BCEWithLogitsLoss", "functional"), LOSS),
}
