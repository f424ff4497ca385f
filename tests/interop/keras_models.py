"""Keras models in the styles that people write, each a function that makes one with weights that are not at their first values."""

import os

import numpy as np

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
from keras import Input, Model, Sequential, ops
from keras import layers as kl

__all__ = ["MODELS", "REFUSED", "TRAINED", "moved"]


def moved(model):
    """Move every weight off its first value: a bias of 0 hides mistakes."""
    rng = np.random.default_rng(0)
    for variable in model.variables:
        array = ops.convert_to_numpy(variable.value)
        if array.dtype.kind == "f":
            noise = 0.2 * rng.standard_normal(array.shape)
            noise = 0.5 + np.abs(noise) if "variance" in variable.path else noise
            variable.assign((array + noise).astype(array.dtype))
    return model


def flat_images():
    return Sequential([Input((28, 28)), kl.Flatten(), kl.Dense(32, activation="relu"), kl.Dropout(0.2), kl.Dense(10)])


def digits():
    convolutions = [kl.Conv2D(8, 3, activation="relu"), kl.MaxPooling2D(), kl.Conv2D(12, 3), kl.LeakyReLU()]
    return Sequential([Input((28, 28, 1)), *convolutions, kl.MaxPooling2D(), kl.Flatten(), kl.Dense(10)])


def gray_images_get_a_channel():
    convolution = kl.Conv2D(4, 3, padding="same")
    return Sequential(
        [Input((9, 8)), kl.Reshape((9, 8, 1)), convolution, kl.ReLU(), kl.Flatten(), kl.Dense(10, activation="softmax")]
    )


def residual():
    x = image = Input((16, 16, 3))
    x = kl.Conv2D(8, 3, padding="same", use_bias=False)(kl.Rescaling(1 / 255, offset=-0.5)(x))
    x = kl.ReLU()(kl.BatchNormalization(momentum=0.9)(x))
    y = kl.Conv2D(12, 3, strides=2, padding="same", use_bias=False)(x)
    y = kl.Activation("relu")(kl.BatchNormalization(scale=False)(y))
    x = kl.Add()([kl.Conv2D(12, 3, padding="same")(y), kl.Conv2D(12, 1, strides=2)(x)])
    return Model(image, kl.Dense(10)(kl.GlobalAveragePooling2D()(kl.ReLU()(x))))


def mobile():
    x = image = Input((17, 17, 3))
    x = kl.Conv2D(8, 3, strides=2, use_bias=False)(kl.ZeroPadding2D(((0, 1), (0, 1)))(x))
    x = kl.ReLU(6.0)(kl.BatchNormalization()(x))
    x = kl.ReLU(6.0)(kl.BatchNormalization(center=False)(kl.DepthwiseConv2D(3, padding="same", use_bias=False)(x)))
    x = kl.SeparableConv2D(12, 3, strides=2, padding="same", depth_multiplier=2, activation="swish")(x)
    weights = kl.Conv2D(4, 1, activation="relu")(kl.GlobalAveragePooling2D(keepdims=True)(x))
    x = kl.Multiply()([x, kl.Conv2D(12, 1, activation="hard_sigmoid")(weights)])
    return Model(image, kl.Dense(5)(kl.GlobalMaxPooling2D()(kl.SpatialDropout2D(0.1)(x))))


def squeeze_and_excitation():
    image = Input((8, 8, 4))
    x = kl.Conv2D(8, 5, padding="same", groups=2, activation="gelu")(image)
    weights = kl.Dense(4, activation="relu")(kl.GlobalAveragePooling2D()(x))
    weights = kl.Reshape((1, 1, 8))(kl.Dense(8, activation="sigmoid")(weights))
    return Model(image, kl.Dense(3)(kl.Flatten()(kl.multiply([x, weights]))))


def autoencoder():
    x = image = Input((8, 8, 2))
    x = kl.Conv2D(6, 3, strides=2, padding="same", activation="relu")(x)
    x = kl.Dense(4 * 4 * 6)(kl.Dense(5)(kl.Flatten()(x)))
    x = kl.LeakyReLU()(kl.BatchNormalization()(x))
    x = kl.Conv2DTranspose(4, 3, strides=2, padding="same", activation="elu")(kl.Reshape((4, 4, 6))(x))
    return Model(image, kl.Conv2DTranspose(2, 4, padding="same", activation="sigmoid")(x))


def segmentation():
    image = Input((8, 12, 3))
    first = kl.Conv2D(6, 3, padding="same", activation="mish")(image)
    x = kl.Conv2D(8, 3, padding="same", dilation_rate=2, activation="softplus")(kl.MaxPooling2D()(first))
    x = kl.Concatenate()([kl.UpSampling2D(2, interpolation="bilinear")(x), first])
    return Model(image, kl.Conv2D(4, 1, activation="softmax")(kl.UpSampling2D((1, 2))(x)))


def sequence():
    first = [kl.Conv1D(8, 5, padding="causal", dilation_rate=2, activation="relu"), kl.BatchNormalization()]
    second = [kl.MaxPooling1D(2), kl.SpatialDropout1D(0.2), kl.ZeroPadding1D((1, 2)), kl.Conv1D(8, 3, strides=2)]
    return Sequential([Input((20, 3)), *first, *second, kl.GlobalAveragePooling1D(), kl.Dense(4)])


def normalizations():
    x = image = Input((6, 6, 8))
    x = kl.PReLU(shared_axes=[1, 2])(kl.GroupNormalization(4)(x))
    x = kl.LayerNormalization(axis=[1, 2, 3])(kl.AveragePooling2D(3, 1, padding="same")(x))
    x = kl.BatchNormalization()(kl.Flatten()(kl.ELU(0.7)(x)))
    x = kl.RMSNormalization()(kl.LayerNormalization()(kl.Dense(7, activation="selu")(x)))
    return Model(image, kl.PReLU()(x))


def shared():
    conv, a, b = kl.Conv2D(4, 3, padding="same"), Input((6, 6, 4)), Input((6, 6, 4))
    x, y = kl.Subtract()([conv(a), conv(b)]), kl.Average()([conv(a), b])
    d = kl.Concatenate()([kl.Flatten()(x), kl.Flatten()(y), kl.GlobalAveragePooling2D()(y)])
    return Model([a, b], [kl.Dense(3)(d), kl.Dense(2)(d)])


def nested():
    base = Sequential([Input((6, 6, 3)), kl.Conv2D(4, 3), kl.ReLU()], name="base")
    image = Input((6, 6, 3))
    x = ops.concatenate([base(image), base(image * 0.5 + 1)], -1)
    return Model(image, kl.Dense(2)(kl.Flatten()(x)))


def cropped_and_turned():
    first = [kl.ZeroPadding2D((1, 2)), kl.ReLU(), kl.Cropping2D(((1, 0), (2, 1))), kl.Conv2D(3, (3, 2))]
    return Sequential([Input((9, 7, 3)), *first, kl.Permute((2, 1, 3)), kl.Flatten(), kl.Dense(3)])


class Block(kl.Layer):
    def __init__(self, units):
        super().__init__()
        self.first, self.norm, self.second = (
            kl.Dense(units, activation="tanh"),
            kl.LayerNormalization(),
            kl.Dense(units),
        )

    def call(self, x, training=None):
        return self.second(self.norm(self.first(x))) + x


class Written(Model):
    def __init__(self):
        super().__init__()
        self.conv, self.flat, self.dense = kl.Conv2D(4, 3), kl.Flatten(), kl.Dense(6)
        self.block, self.scores = Block(6), kl.Dense(2)

    def call(self, x, training=False):
        return self.scores(self.block(self.dense(self.flat(ops.relu(self.conv(x))))))


def subclassed():
    model = Written()
    model(np.zeros((1, 6, 6, 3), np.float32))
    return model


def frozen():
    convolution, norm = kl.Conv2D(4, 3, trainable=False), kl.BatchNormalization(trainable=False)
    return Sequential([Input((6, 6, 3)), convolution, norm, kl.ReLU(), kl.GlobalAveragePooling2D(), kl.Dense(2)])


def normalized():
    scaled = kl.Normalization(mean=[1.0, 2.0, 3.0], variance=[4.0, 5.0, 6.0])
    return Sequential([Input((6, 6, 3)), scaled, kl.Conv2D(4, 3), kl.GlobalAveragePooling2D(), kl.Dense(2)])


def channels_first():
    convolution = kl.Conv2D(4, 3, data_format="channels_first")
    pooled = [kl.MaxPooling2D(2, data_format="channels_first"), kl.BatchNormalization(axis=1)]
    return Sequential([Input((3, 9, 8)), convolution, *pooled, kl.Flatten(data_format="channels_first"), kl.Dense(3)])


def dense_on_the_last_axis():
    return Sequential([Input((5, 6, 3)), kl.Dense(4, activation="silu"), kl.GlobalAveragePooling2D(), kl.Dense(2)])


def a_row_is_an_image():
    first = [kl.Reshape((4, 4, 3)), kl.Conv2D(3, 3, padding="same"), kl.LayerNormalization()]
    return Sequential([Input((48,)), *first, kl.Conv2D(2, 3), kl.Flatten()])


MODELS = {
    make.__name__: make
    for make in (
        *(flat_images, digits, gray_images_get_a_channel, residual, mobile, squeeze_and_excitation, autoencoder),
        *(segmentation, sequence, normalizations, shared, nested, cropped_and_turned, subclassed, frozen, normalized),
        *(channels_first, dense_on_the_last_axis, a_row_is_an_image),
    )
}
# Nothing random in training, and scores that the softmax loss takes.
TRAINED = (residual, digits, squeeze_and_excitation, nested, subclassed, normalized, channels_first, frozen)


def _one(*layers, shape=(4,)):
    return lambda: Sequential([Input(shape), *layers])


def mine(x):
    return x


def _shared_in_two_forms():
    image, conv = Input((8, 8, 3)), kl.Conv2D(2, 3, strides=2, padding="same")
    return Model(image, kl.concatenate([kl.GlobalMaxPooling2D()(conv(x)) for x in (image, kl.Conv2D(3, 2)(image))]))


class Random(Model):
    def call(self, x):
        return x + keras.random.normal((4,))


class Elsewhere(Model):
    def call(self, x):
        return np.asarray(x)


REFUSED = {  # what makes a model, and words of the message
    "lambda": (_one(kl.Lambda(lambda x: 2 * x)), "lambda", "(Lambda): no layer corresponds to it"),
    "recurrent": (_one(kl.LSTM(2), shape=(4, 3)), "lstm", "(LSTM): no layer corresponds to it"),
    "embedding": (_one(kl.Embedding(5, 4), kl.Flatten(), kl.Dense(2)), "(Embedding): no layer corresponds to it"),
    "own activation": (_one(kl.Dense(2, activation=mine)), "(Dense): its activation mine is a function of its own"),
    "no such activation": (_one(kl.Dense(2, activation="exponential")), "no layer computes exponential"),
    "slopes for each place": (_one(kl.PReLU(), shape=(4, 4, 3)), "(PReLU): it has a slope for each place"),
    "softmax along rows": (_one(kl.Softmax(axis=2), shape=(4, 5, 3)), "(Softmax): it works along axis 2"),
    "threshold": (_one(kl.ReLU(threshold=1.0)), "(ReLU): max_value=None, negative_slope=0.0, threshold=1.0"),
    "shared in two forms": (_shared_in_two_forms, "(Conv2D): it is called twice, on samples of different forms"),
    "open size": (_one(kl.Conv2D(3, 3), kl.GlobalMaxPooling2D(), shape=(None, None, 3)), "pass input_shape"),
    "unbuilt": (lambda: Sequential([kl.Dense(3)]), "pass input_shape"),
}
REFUSED_WRITTEN = {
    "random": (Random, "computes something else than the model on a random batch"),
    "elsewhere": (Elsewhere, "(Elsewhere): its call does not run on symbols"),
}
