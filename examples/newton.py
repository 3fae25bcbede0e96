"""Derivatives through a Newton solver whose number of steps is known only at run time.

Kepler's equation gives the position of a planet as the root E of E - e sin(E) = M. Its
derivatives are known, too: dE/dM = 1 / (1 - e cos(E)), dE/de = sin(E) / (1 - e cos(E)).
"""

import math

import s2sad

TOLERANCE = 1e-12


def eccentric_anomaly(mean_anomaly, eccentricity):
    root = mean_anomaly
    residual = root - eccentricity * math.sin(root) - mean_anomaly
    while abs(residual) > TOLERANCE:
        root = root - residual / (1.0 - eccentricity * math.cos(root))
        residual = root - eccentricity * math.sin(root) - mean_anomaly
    return root


def analytic(root, eccentricity):
    """The derivatives by mean anomaly and eccentricity, by the implicit function theorem."""
    slope = 1.0 - eccentricity * math.cos(root)
    return 1.0 / slope, math.sin(root) / slope


def largest_error(eccentricities=(0.1, 0.5, 0.9), positions=25):
    """The largest distance from the analytic derivatives, on a grid of orbits."""
    solve = s2sad.value_and_grad(eccentric_anomaly, wrt=(0, 1))
    worst = 0.0
    for eccentricity in eccentricities:
        for k in range(positions):
            root, derivatives = solve(0.1 + 3.0 * k / positions, eccentricity)
            wanted = analytic(root, eccentricity)
            errors = [abs(a - b) for a, b in zip(derivatives, wanted, strict=True)]
            worst = max(worst, *errors)
    return worst


def main():
    root, (by_mean, by_eccentricity) = s2sad.value_and_grad(eccentric_anomaly, wrt=(0, 1))(0.8, 0.6)
    print(f"newton: E = {root:.6f}, dE/dM = {by_mean:.6f}, dE/de = {by_eccentricity:.6f}")
    print(f"newton: at most {largest_error():.1e} from the analytic derivatives")


ARGS = (0.8, 0.6)

if __name__ == "__main__":
    main()
