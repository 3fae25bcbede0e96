"""A network that reads handwritten digits, trained by SciPy with the gradient from s2sad.

The data are the 1797 images of 8 by 8 pixels that scikit-learn brings along.
"""

from itertools import pairwise

import numpy as np
from scipy.optimize import minimize
from sklearn.datasets import load_digits

import s2sad

TRAINED_ON = 1200
DECAY = 1e-4


def loss(hidden, output, images, labels):
    """The mean cross-entropy, and a penalty on large weights."""
    h, penalty = images, 0.0
    for w, b in hidden:
        h = np.tanh(h @ w + b)
        penalty = penalty + np.sum(w * w)
    w, b = output
    logits = h @ w + b
    shifted = logits - np.max(logits, axis=1, keepdims=True)
    normaliser = np.log(np.sum(np.exp(shifted), axis=1))
    chosen = shifted[np.arange(len(labels)), labels]
    return np.mean(normaliser - chosen) + DECAY * (penalty + np.sum(w * w))


def initial_layers(*sizes, seed=0):
    """The hidden layers and the last one: weights of variance 1 / inputs, biases of 0."""
    rng = np.random.default_rng(seed)
    shapes = pairwise(sizes)
    *hidden, output = [(rng.normal(size=s) / np.sqrt(s[0]), np.zeros(s[1])) for s in shapes]
    return hidden, output


def accuracy(hidden, output, images, labels):
    h = images
    for w, b in hidden:
        h = np.tanh(h @ w + b)
    w, b = output
    return np.mean(np.argmax(h @ w + b, axis=1) == labels)


def train(iterations=60):
    """Trains on the first 1200 images; returns the accuracies on them and on the others."""
    images, labels = load_digits(return_X_y=True)
    images = images / 16.0
    start, unravel = s2sad.ravel(initial_layers(64, 24, 10))
    gradient = s2sad.value_and_grad(loss, wrt=("hidden", "output"))

    def objective(vector):
        value, layers_bar = gradient(*unravel(vector), images[:TRAINED_ON], labels[:TRAINED_ON])
        return value, s2sad.ravel(layers_bar)[0]

    found = minimize(objective, start, jac=True, method="L-BFGS-B", options={"maxiter": iterations})
    layers = unravel(found.x)
    seen = accuracy(*layers, images[:TRAINED_ON], labels[:TRAINED_ON])
    return seen, accuracy(*layers, images[TRAINED_ON:], labels[TRAINED_ON:])


def main():
    seen, unseen = train()
    print(f"digits: {seen:.1%} of the images trained on, {unseen:.1%} of the others")


_rng = np.random.default_rng(1)
loss_args = (*initial_layers(5, 4, 3), _rng.normal(size=(6, 5)), np.array([0, 2, 1, 1, 0, 2]))
loss_wrt = ("hidden", "output")

if __name__ == "__main__":
    main()
