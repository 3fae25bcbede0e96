"""Stencils in one to three dimensions, and filters that sweep over a field."""

import numpy as np

from tests.kernels import kernel


@kernel(
    small=lambda r: (r.normal(7), r.normal(7), 3),
    large=lambda r: (r.normal(4_000), r.normal(4_000), 100),
    huge=lambda r: (r.normal(1_000_000), r.normal(1_000_000), 10),
    origin="PolyBench: jacobi-1d",
)
def jacobi_1d(a, b, steps):
    for _ in range(steps):
        b[1:-1] = (a[:-2] + a[1:-1] + a[2:]) / 3.0
        a[1:-1] = (b[:-2] + b[1:-1] + b[2:]) / 3.0
    return np.sum(a * a)


@kernel(
    small=lambda r: (r.normal(5, 4), r.normal(5, 4), 2),
    large=lambda r: (r.normal(120, 120), r.normal(120, 120), 20),
    huge=lambda r: (r.normal(1_000, 1_000), r.normal(1_000, 1_000), 5),
    origin="PolyBench: jacobi-2d",
)
def jacobi_2d(a, b, steps):
    for _ in range(steps):
        b[1:-1, 1:-1] = 0.2 * (
            a[1:-1, 1:-1] + a[1:-1, :-2] + a[1:-1, 2:] + a[2:, 1:-1] + a[:-2, 1:-1]
        )
        a[1:-1, 1:-1] = 0.2 * (
            b[1:-1, 1:-1] + b[1:-1, :-2] + b[1:-1, 2:] + b[2:, 1:-1] + b[:-2, 1:-1]
        )
    return np.sum(a * a)


@kernel(
    small=lambda r: (r.normal(4, 3, 4), r.normal(4, 3, 4), 0.125, 2),
    large=lambda r: (r.normal(24, 24, 24), r.normal(24, 24, 24), 0.125, 10),
    huge=lambda r: (r.normal(100, 100, 100), r.normal(100, 100, 100), 0.125, 3),
    origin="PolyBench: heat-3d, with the conductivity as an argument",
)
def heat_3d(a, b, k, steps):
    def step(new, old):
        centre = old[1:-1, 1:-1, 1:-1]
        new[1:-1, 1:-1, 1:-1] = centre + k * (
            (old[2:, 1:-1, 1:-1] - 2.0 * centre + old[:-2, 1:-1, 1:-1])
            + (old[1:-1, 2:, 1:-1] - 2.0 * centre + old[1:-1, :-2, 1:-1])
            + (old[1:-1, 1:-1, 2:] - 2.0 * centre + old[1:-1, 1:-1, :-2])
        )

    for _ in range(steps):
        step(b, a)
        step(a, b)
    return np.sum(a * a)


@kernel(
    small=lambda r: (r.normal(5, 4), 2),
    large=lambda r: (r.normal(40, 40), 3),
    huge=lambda r: (r.normal(150, 150), 3),
    origin="PolyBench: seidel-2d",
)
def seidel_2d(a, steps):
    rows, columns = a.shape
    for _ in range(steps):
        for i in range(1, rows - 1):
            a[i, 1:-1] += (
                a[i - 1, :-2] + a[i - 1, 1:-1] + a[i - 1, 2:]
                + a[i, 2:] + a[i + 1, :-2] + a[i + 1, 1:-1] + a[i + 1, 2:]
            )  # fmt: skip
            for j in range(1, columns - 1):
                a[i, j] += a[i, j - 1]
                a[i, j] /= 9.0
    return np.sum(a * a)


@kernel(
    small=lambda r: (r.normal(4, 5), r.normal(4, 5), r.normal(4, 5), r.normal(3)),
    large=lambda r: (r.normal(100, 100), r.normal(100, 100), r.normal(100, 100), r.normal(40)),
    huge=lambda r: (
        r.normal(1_000, 1_000),
        r.normal(1_000, 1_000),
        r.normal(1_000, 1_000),
        r.normal(5),
    ),
    origin="PolyBench: fdtd-2d",
)
def fdtd_2d(ex, ey, hz, source):
    for t in range(len(source)):
        ey[0, :] = source[t]
        ey[1:, :] -= 0.5 * (hz[1:, :] - hz[:-1, :])
        ex[:, 1:] -= 0.5 * (hz[:, 1:] - hz[:, :-1])
        hz[:-1, :-1] -= 0.7 * (ex[:-1, 1:] - ex[:-1, :-1] + ey[1:, :-1] - ey[:-1, :-1])
    return np.sum(hz * hz) + np.sum(ex * ey)


@kernel(
    small=lambda r: (r.normal(5, 5), 2),
    large=lambda r: (r.normal(60, 60), 3),
    huge=lambda r: (r.normal(400, 400), 3),
    origin="PolyBench: adi",
)
def adi(u, steps):
    n = u.shape[0]
    v = np.zeros_like(u)
    p = np.zeros_like(u)
    q = np.zeros_like(u)
    h, dt = 1.0 / n, 1.0 / steps
    a = -dt / (2.0 * h * h)
    b = 1.0 - 2.0 * a
    for _ in range(steps):
        v[0, 1:-1] = 1.0
        p[1:-1, 0] = 0.0
        q[1:-1, 0] = 1.0
        for j in range(1, n - 1):
            p[1:-1, j] = -a / (a * p[1:-1, j - 1] + b)
            q[1:-1, j] = (
                -a * u[j, :-2] + (1.0 + 2.0 * a) * u[j, 1:-1] - a * u[j, 2:] - a * q[1:-1, j - 1]
            ) / (a * p[1:-1, j - 1] + b)
        v[-1, 1:-1] = 1.0
        for j in range(n - 2, 0, -1):
            v[j, 1:-1] = p[1:-1, j] * v[j + 1, 1:-1] + q[1:-1, j]
        u[1:-1, 0] = 1.0
        p[1:-1, 0] = 0.0
        q[1:-1, 0] = 1.0
        for j in range(1, n - 1):
            p[1:-1, j] = -a / (a * p[1:-1, j - 1] + b)
            q[1:-1, j] = (
                -a * v[:-2, j] + (1.0 + 2.0 * a) * v[1:-1, j] - a * v[2:, j] - a * q[1:-1, j - 1]
            ) / (a * p[1:-1, j - 1] + b)
        u[1:-1, -1] = 1.0
        for j in range(n - 2, 0, -1):
            u[1:-1, j] = p[1:-1, j] * u[1:-1, j + 1] + q[1:-1, j]
    return np.sum(u * u)


@kernel(
    small=lambda r: (r.normal(4, 5), 0.25),
    large=lambda r: (r.normal(300, 200), 0.25),
    huge=lambda r: (r.normal(1_200, 1_000), 0.25),
    origin="PolyBench: deriche, a recursive edge detector",
)
def deriche(image, alpha):
    e1, e2 = np.exp(-alpha), np.exp(-2.0 * alpha)
    k = (1.0 - e1) * (1.0 - e1) / (1.0 + 2.0 * alpha * e1 - e2)
    a1, a2 = k, k * e1 * (alpha - 1.0)
    a3, a4 = k * e1 * (alpha + 1.0), -k * e2
    b1, b2 = 2.0 ** (-alpha), -e2

    def smoothed(x):
        down, up = np.empty_like(x), np.empty_like(x)
        n = x.shape[0]
        down[0] = a1 * x[0]
        down[1] = a1 * x[1] + a2 * x[0] + b1 * down[0]
        for i in range(2, n):
            down[i] = a1 * x[i] + a2 * x[i - 1] + b1 * down[i - 1] + b2 * down[i - 2]
        up[-1] = 0.0
        up[-2] = a3 * x[-1]
        for i in range(n - 3, -1, -1):
            up[i] = a3 * x[i + 1] + a4 * x[i + 2] + b1 * up[i + 1] + b2 * up[i + 2]
        return down + up

    out = smoothed(smoothed(image.T).T)
    return np.sum(out * out)


@kernel(
    small=lambda r: (r.normal(4, 5), r.normal(4, 5), r.positive(4, 5)),
    large=lambda r: (r.normal(300, 300), r.normal(300, 300), r.positive(300, 300)),
    huge=lambda r: (r.normal(1_000, 1_000), r.normal(1_000, 1_000), r.positive(1_000, 1_000)),
    origin="COSMO: horizontal diffusion with a flux limiter",
    rough=True,
)
def horizontal_diffusion(field, out, coefficient):
    lap = 4.0 * field[1:-1, 1:-1] - (
        field[2:, 1:-1] + field[:-2, 1:-1] + field[1:-1, 2:] + field[1:-1, :-2]
    )
    flux_x = lap[1:, :] - lap[:-1, :]
    flux_x[flux_x * (field[2:-1, 1:-1] - field[1:-2, 1:-1]) > 0.0] = 0.0
    flux_y = lap[:, 1:] - lap[:, :-1]
    flux_y[flux_y * (field[1:-1, 2:-1] - field[1:-1, 1:-2]) > 0.0] = 0.0
    out[2:-2, 2:-2] = field[2:-2, 2:-2] - coefficient[2:-2, 2:-2] * (
        flux_x[1:, 1:-1] - flux_x[:-1, 1:-1] + flux_y[1:-1, 1:] - flux_y[1:-1, :-1]
    )
    return np.sum(out * out)


@kernel(
    small=lambda r: (r.normal(9), r.normal(9), 0.1, 4),
    large=lambda r: (r.normal(4_000), r.normal(4_000), 0.1, 50),
    huge=lambda r: (r.normal(1_000_000), r.normal(1_000_000), 0.1, 10),
    origin="the wave equation by leapfrog, with three buffers in rotation",
)
def wave_1d(u, v, c, steps):
    w = np.zeros_like(u)
    for _ in range(steps):
        w[1:-1] = 2.0 * v[1:-1] - u[1:-1] + c * (v[2:] - 2.0 * v[1:-1] + v[:-2])
        u, v, w = v, w, u
    return np.sum(v * v)


@kernel(
    small=lambda r: (r.normal(8) + 3.0, 0.1, 3),
    large=lambda r: (r.positive(2_000), 0.1, 50),
    huge=lambda r: (r.positive(1_000_000), 0.1, 10),
    origin="Burgers' equation, upwind",
)
def burgers(u, ratio, steps):
    for _ in range(steps):
        u[1:] -= ratio * u[1:] * (u[1:] - u[:-1])
    return np.sum(u * u)
