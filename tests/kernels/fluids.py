"""Flow and transport."""

import numpy as np

from tests.kernels import kernel


def poisson(p, b, dx, dy):
    """One relaxation of the pressure, with Neumann walls on top and bottom."""
    old = p.copy()
    p[1:-1, 1:-1] = (
        (old[1:-1, 2:] + old[1:-1, :-2]) * dy**2 + (old[2:, 1:-1] + old[:-2, 1:-1]) * dx**2
    ) / (2.0 * (dx**2 + dy**2)) - dx**2 * dy**2 / (2.0 * (dx**2 + dy**2)) * b[1:-1, 1:-1]
    p[:, -1] = p[:, -2]
    p[0, :] = p[1, :]
    p[:, 0] = p[:, 1]
    p[-1, :] = 0.0


def divergence(b, u, v, rho, dt, dx, dy):
    """The right-hand side of the equation of the pressure."""
    ux = (u[1:-1, 2:] - u[1:-1, :-2]) / (2.0 * dx)
    vy = (v[2:, 1:-1] - v[:-2, 1:-1]) / (2.0 * dy)
    uy = (u[2:, 1:-1] - u[:-2, 1:-1]) / (2.0 * dy)
    vx = (v[1:-1, 2:] - v[1:-1, :-2]) / (2.0 * dx)
    b[1:-1, 1:-1] = rho * ((ux + vy) / dt - ux**2 - 2.0 * uy * vx - vy**2)


@kernel(
    small=lambda r: (
        r.normal(4, 4) * 0.1, r.normal(4, 4) * 0.1, r.normal(4, 4) * 0.1, 1.0, 0.1, 2, 3
    ),
    large=lambda r: (
        r.normal(41, 41) * 0.1, r.normal(41, 41) * 0.1, r.normal(41, 41) * 0.1, 1.0, 0.1, 5, 10
    ),
    huge=lambda r: (
        r.normal(500, 500) * 0.1, r.normal(500, 500) * 0.1, r.normal(500, 500) * 0.1, 1.0, 0.1, 3,
        5
    ),
    origin="lid-driven cavity flow (the twelve steps of Barba and Forsyth)",
)  # fmt: skip
def cavity_flow(u, v, p, rho, nu, steps, sweeps):
    dx, dy, dt = 2.0 / 40.0, 2.0 / 40.0, 0.001
    b = np.zeros_like(p)
    for _ in range(steps):
        un, vn = u.copy(), v.copy()
        divergence(b, u, v, rho, dt, dx, dy)
        for _ in range(sweeps):
            poisson(p, b, dx, dy)
        u[1:-1, 1:-1] = (
            un[1:-1, 1:-1]
            - un[1:-1, 1:-1] * dt / dx * (un[1:-1, 1:-1] - un[1:-1, :-2])
            - vn[1:-1, 1:-1] * dt / dy * (un[1:-1, 1:-1] - un[:-2, 1:-1])
            - dt / (2.0 * rho * dx) * (p[1:-1, 2:] - p[1:-1, :-2])
            + nu * dt / dx**2 * (un[1:-1, 2:] - 2.0 * un[1:-1, 1:-1] + un[1:-1, :-2])
            + nu * dt / dy**2 * (un[2:, 1:-1] - 2.0 * un[1:-1, 1:-1] + un[:-2, 1:-1])
        )
        v[1:-1, 1:-1] = (
            vn[1:-1, 1:-1]
            - un[1:-1, 1:-1] * dt / dx * (vn[1:-1, 1:-1] - vn[1:-1, :-2])
            - vn[1:-1, 1:-1] * dt / dy * (vn[1:-1, 1:-1] - vn[:-2, 1:-1])
            - dt / (2.0 * rho * dy) * (p[2:, 1:-1] - p[:-2, 1:-1])
            + nu * dt / dx**2 * (vn[1:-1, 2:] - 2.0 * vn[1:-1, 1:-1] + vn[1:-1, :-2])
            + nu * dt / dy**2 * (vn[2:, 1:-1] - 2.0 * vn[1:-1, 1:-1] + vn[:-2, 1:-1])
        )
        u[0, :] = 0.0
        u[:, 0] = 0.0
        u[:, -1] = 0.0
        u[-1, :] = 1.0
        v[0, :] = 0.0
        v[-1, :] = 0.0
        v[:, 0] = 0.0
        v[:, -1] = 0.0
    return np.sum(u * u) + np.sum(v * p)


@kernel(
    small=lambda r: (r.positive(4, 4) * 0.1, r.normal(4, 4) * 0.1, 1.0, 0.5, 0.02),
    large=lambda r: (r.positive(41, 41) * 0.01, r.normal(41, 41) * 0.01, 1.0, 0.5, 0.02),
    huge=lambda r: (r.positive(500, 500) * 0.01, r.normal(500, 500) * 0.01, 1.0, 0.5, 0.02),
    origin="channel flow until it is steady, periodic in x (Barba and Forsyth)",
    wrt=(0, 1, 2, 3),
)
def channel_flow(u, v, force, nu, tol):
    dx, dy, dt = 2.0 / 40.0, 2.0 / 40.0, 0.0005
    change, steps = 1.0, 0
    while change > tol:
        un, vn = u.copy(), v.copy()
        left, right = np.roll(un, 1, axis=1), np.roll(un, -1, axis=1)
        u[1:-1, :] = (
            un[1:-1, :]
            - un[1:-1, :] * dt / dx * (un[1:-1, :] - left[1:-1, :])
            - vn[1:-1, :] * dt / dy * (un[1:-1, :] - un[:-2, :])
            + nu * dt / dx**2 * (right[1:-1, :] - 2.0 * un[1:-1, :] + left[1:-1, :])
            + nu * dt / dy**2 * (un[2:, :] - 2.0 * un[1:-1, :] + un[:-2, :])
            + force * dt
        )
        left, right = np.roll(vn, 1, axis=1), np.roll(vn, -1, axis=1)
        v[1:-1, :] = (
            vn[1:-1, :]
            - un[1:-1, :] * dt / dx * (vn[1:-1, :] - left[1:-1, :])
            - vn[1:-1, :] * dt / dy * (vn[1:-1, :] - vn[:-2, :])
            + nu * dt / dx**2 * (right[1:-1, :] - 2.0 * vn[1:-1, :] + left[1:-1, :])
            + nu * dt / dy**2 * (vn[2:, :] - 2.0 * vn[1:-1, :] + vn[:-2, :])
        )
        u[0, :] = 0.0
        u[-1, :] = 0.0
        v[0, :] = 0.0
        v[-1, :] = 0.0
        change = (np.sum(u) - np.sum(un)) / np.sum(u)
        steps += 1
    return np.sum(u * u) / steps


@kernel(
    small=lambda r: (
        r.normal(3, 2, 4), r.normal(4, 2, 4), r.normal(3, 2, 4), r.normal(3, 2, 4), 3.0
    ),
    large=lambda r: (
        r.normal(40, 40, 40), r.normal(41, 40, 40), r.normal(40, 40, 40), r.normal(40, 40, 40), 20.0
    ),
    huge=lambda r: (
        r.normal(120, 120, 80), r.normal(121, 120, 80), r.normal(120, 120, 80),
        r.normal(120, 120, 80), 20.0
    ),
    origin="COSMO: vertical advection, an implicit solve in each column",
)  # fmt: skip
def vertical_advection(out, wcon, u, forcing, dtr):
    levels = u.shape[2]
    c, d = np.empty_like(u), np.empty_like(u)
    for k in range(levels):
        low = -0.25 * (wcon[1:, :, k] + wcon[:-1, :, k])
        if k == 0:
            high = 0.25 * (wcon[1:, :, k + 1] + wcon[:-1, :, k + 1])
            b = dtr - high
            c[:, :, k] = high / b
            d[:, :, k] = (dtr * u[:, :, k] + forcing[:, :, k]) / b
        elif k < levels - 1:
            high = 0.25 * (wcon[1:, :, k + 1] + wcon[:-1, :, k + 1])
            b = dtr - low - high - low * c[:, :, k - 1]
            c[:, :, k] = high / b
            d[:, :, k] = (dtr * u[:, :, k] + forcing[:, :, k] - low * d[:, :, k - 1]) / b
        else:
            b = dtr - low - low * c[:, :, k - 1]
            d[:, :, k] = (dtr * u[:, :, k] + forcing[:, :, k] - low * d[:, :, k - 1]) / b
    solution = d[:, :, levels - 1]
    out[:, :, levels - 1] = dtr * (solution - u[:, :, levels - 1])
    for k in range(levels - 2, -1, -1):
        solution = d[:, :, k] - c[:, :, k] * solution
        out[:, :, k] = dtr * (solution - u[:, :, k])
    return np.sum(out * out)


@kernel(
    small=lambda r: (
        r.positive(4), np.array([[0, 1, 2], [1, 3, 2], [3, 0, 1]]), r.normal(3, 3), 0.1, 3
    ),
    large=lambda r: (
        r.positive(2_000), r.rng.integers(0, 2_000, (4_000, 3)), r.normal(4_000, 3), 0.01, 20
    ),
    huge=lambda r: (
        r.positive(50_000), r.rng.integers(0, 50_000, (100_000, 3)), r.normal(100_000, 3), 0.01, 5
    ),
    origin="LULESH: forces of elements are added up at the nodes they share",
)  # fmt: skip
def element_scatter(x, nodes, weight, dt, steps):
    velocity = np.zeros_like(x)
    for _ in range(steps):
        force = np.zeros_like(x)
        corners = x[nodes]
        stress = np.sum(weight * corners, axis=1)
        np.add.at(force, nodes, -stress[:, None] * weight)
        velocity += dt * force
        x += dt * velocity
    return np.sum(x * x)
