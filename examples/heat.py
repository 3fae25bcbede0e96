"""The initial state of a heat equation, found from noisy observations of what became of it.

The loop writes into one array, as one would write it without thinking of derivatives; the
gradient by the initial state runs through it backwards.
"""

import numpy as np
from scipy.optimize import minimize

import s2sad

CELLS, STEPS, DIFFUSION, NOISE, SMOOTHING = 60, 80, 0.4, 0.01, 0.01


def misfit(start, observed, smoothing):
    """The distance from what every fourth cell showed at each step, and a penalty on
    roughness, without which the noise would be fitted, too."""
    u = start.copy()
    total = smoothing * np.sum((start[1:] - start[:-1]) ** 2)
    for k in range(len(observed)):
        u[1:-1] += DIFFUSION * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        total = total + np.mean((u[::4] - observed[k]) ** 2)
    return total


def simulate(start):
    """What every fourth cell shows after each step."""
    u, shown = start.copy(), []
    for _ in range(STEPS):
        u[1:-1] += DIFFUSION * (u[2:] - 2.0 * u[1:-1] + u[:-2])
        shown.append(u[::4].copy())
    return np.array(shown)


def true_start():
    """Two bumps of heat on a cold bar."""
    x = np.linspace(0.0, 1.0, CELLS)
    return np.exp(-(((x - 0.3) / 0.08) ** 2)) + 0.6 * np.exp(-(((x - 0.7) / 0.1) ** 2))


def recover(seed=0):
    """The error of the state that is found, relative to the true one, and SciPy's result."""
    truth = true_start()
    observed = simulate(truth)
    observed += NOISE * np.random.default_rng(seed).normal(size=observed.shape)
    found = minimize(
        s2sad.value_and_grad(misfit),
        np.zeros(CELLS),
        args=(observed, SMOOTHING),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 500},
    )
    return np.linalg.norm(found.x - truth) / np.linalg.norm(truth), found


def main():
    error, found = recover()
    print(f"heat: the initial state to {error:.1%}, after {found.nit} iterations")


_rng = np.random.default_rng(1)
misfit_args = (_rng.normal(size=9), _rng.normal(size=(5, 3)), 0.1)
misfit_wrt = "start"

if __name__ == "__main__":
    main()
