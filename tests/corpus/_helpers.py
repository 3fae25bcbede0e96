"""A module of the user's, called from programs of the corpus."""

import numpy as np

SLOPE = 0.3


def leaky(x):
    return np.where(x > 0.0, x, SLOPE * x)


def normalise(x, *, eps=1e-3):
    m = np.mean(x)
    return (x - m) / np.sqrt(np.mean((x - m) ** 2) + eps)


def scale_in_place(x, k):
    x *= k


class Scaler:
    def __init__(self, factor):
        self.factor = factor

    def apply(self, x):
        return x * self.factor
