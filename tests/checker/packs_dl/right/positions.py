import numpy as np
import tensorflow as tf


def get_angles(pos, i, d):
    return pos / np.power(10000, (2 * (i // 2)) / np.float32(d))


def positional_encoding(positions, d):
    angle_rads = get_angles(np.arange(positions)[:, np.newaxis], np.arange(d)[np.newaxis, :], d)
    angle_rads[:, 0::2] = np.sin(angle_rads[:, 0::2])
    angle_rads[:, 1::2] = np.cos(angle_rads[:, 1::2])
    pos_encoding = angle_rads[np.newaxis, ...]
    return pos_encoding


def scaled_dot_product_attention(q, k, v, mask):
    matmul_qk = tf.matmul(q, k, transpose_b=True)
    weights = tf.keras.activations.softmax(matmul_qk)
    return tf.matmul(weights, v), weights


def initialize_parameters():
    return {"W1": tf.Variable(tf.zeros((25, 12288)))}


def forward_propagation(X, parameters):
    return tf.math.add(tf.linalg.matmul(parameters["W1"], X), 1)


def compute_cost(logits, labels):
    return tf.reduce_mean(tf.keras.metrics.categorical_crossentropy(labels, logits))
