"""Particles, ordinary differential equations, filters, and iterations in the plane."""

import numpy as np

from tests.kernels import kernel


@kernel(
    small=lambda r: (r.positive(3), r.normal(3, 3), r.normal(3, 3), 0.05, 2),
    large=lambda r: (r.positive(60), r.normal(60, 3), r.normal(60, 3), 0.01, 10),
    huge=lambda r: (r.positive(300), r.normal(300, 3), r.normal(300, 3), 0.01, 5),
    origin="n-body gravity by leapfrog (as in NPBench's nbody), softened",
)
def nbody(mass, position, velocity, dt, steps):
    def acceleration():
        d = position[np.newaxis, :, :] - position[:, np.newaxis, :]
        distance = np.sum(d * d, axis=2) + 0.01
        return np.sum(d * (mass / distance**1.5)[:, :, np.newaxis], axis=1)

    a = acceleration()
    for _ in range(steps):
        velocity += 0.5 * dt * a
        position += dt * velocity
        a = acceleration()
        velocity += 0.5 * dt * a
    return 0.5 * np.sum(mass[:, np.newaxis] * velocity * velocity)


@kernel(
    small=lambda r: (r.positive(3), r.normal(3, 2), r.normal(3, 2), 0.05, 2),
    large=lambda r: (r.positive(12), r.normal(12, 2), r.normal(12, 2), 0.01, 4),
    huge=lambda r: (r.positive(40), r.normal(40, 2), r.normal(40, 2), 0.01, 3),
    origin="n-body gravity over pairs, with the third law",
)
def nbody_pairs(mass, position, velocity, dt, steps):
    n = len(mass)
    for _ in range(steps):
        for i in range(n):
            for j in range(i + 1, n):
                d = position[i] - position[j]
                pull = dt / (d @ d + 0.01) ** 1.5
                velocity[i] -= d * mass[j] * pull
                velocity[j] += d * mass[i] * pull
        position += dt * velocity
    return np.sum(position * position)


@kernel(
    small=lambda r: (r.normal(3), 10.0, 28.0, 2.5, 0.01, 3),
    large=lambda r: (r.normal(3), 10.0, 28.0, 2.5, 0.01, 100),
    huge=lambda r: (r.normal(3), 10.0, 28.0, 2.5, 0.01, 3_000),
    origin="the equations of Lorenz by Runge and Kutta's method of fourth order",
)
def lorenz_rk4(y, sigma, rho, beta, dt, steps):
    def slope(out, s):
        out[0] = sigma * (s[1] - s[0])
        out[1] = s[0] * (rho - s[2]) - s[1]
        out[2] = s[0] * s[1] - beta * s[2]

    k1, k2, k3, k4 = np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    for _ in range(steps):
        slope(k1, y)
        slope(k2, y + 0.5 * dt * k1)
        slope(k3, y + 0.5 * dt * k2)
        slope(k4, y + dt * k3)
        y += dt / 6.0 * (k1 + 2.0 * k2 + 2.0 * k3 + k4)
    return np.sum(y * y)


@kernel(
    small=lambda r: (
        r.normal(2), r.definite(2), r.normal(2, 2), r.normal(1, 2), r.definite(2), r.definite(1),
        r.normal(3, 1),
    ),
    large=lambda r: (
        r.normal(20), r.definite(20), r.normal(20, 20) * 0.2, r.normal(8, 20), r.definite(20),
        r.definite(8), r.normal(50, 8),
    ),
    huge=lambda r: (
        r.normal(120), r.definite(120), r.normal(120, 120) * 0.05, r.normal(30, 120),
        r.definite(120), r.definite(30), r.normal(40, 30)
    ),
    origin="the filter of Kalman, with the likelihood of what was seen",
)  # fmt: skip
def kalman(x, p, f, h, q, r, seen):
    likelihood = 0.0
    for z in seen:
        x[:] = f @ x
        p[:] = f @ p @ f.T + q
        innovation = z - h @ x
        s = h @ p @ h.T + r
        gain = np.linalg.solve(s, h @ p).T
        x += gain @ innovation
        p -= gain @ h @ p
        likelihood -= 0.5 * (innovation @ np.linalg.solve(s, innovation))
        likelihood -= 0.5 * np.log(np.linalg.det(s))
    return likelihood


@kernel(
    small=lambda r: (r.unit(4), r.unit(4), 6),
    large=lambda r: (r.unit(200), r.unit(200), 20),
    huge=lambda r: (r.unit(4_000), r.unit(4_000), 20),
    origin="Mandelbrot's iteration, each point until it escapes, with a smooth count",
    rough=True,
)
def mandelbrot(cx, cy, most):
    shade = np.zeros_like(cx)
    for i in range(len(cx)):
        x, y, n = 0.0, 0.0, 0
        while x * x + y * y < 4.0 and n < most:
            x, y = x * x - y * y + cx[i], 2.0 * x * y + cy[i]
            n += 1
        shade[i] = n + np.exp(-(x * x) - y * y)
    return np.sum(shade * shade)


@kernel(
    small=lambda r: (r.unit(5), r.unit(5), 6),
    large=lambda r: (r.unit(20_000), r.unit(20_000), 20),
    huge=lambda r: (r.unit(300_000), r.unit(300_000), 20),
    origin="NPBench: mandelbrot, all points at once, frozen by a mask",
    rough=True,
)
def mandelbrot_masked(cx, cy, most):
    x, y = np.zeros_like(cx), np.zeros_like(cy)
    for _ in range(most):
        inside = x * x + y * y < 4.0
        a, b = x[inside], y[inside]
        x[inside] = a * a - b * b + cx[inside]
        y[inside] = 2.0 * a * b + cy[inside]
    return np.sum(x * x + y * y)


@kernel(
    small=lambda r: (r.unit(3, 2) * 0.3, np.array([0.1, 0.2, 4.0]), 1.0, 20),
    large=lambda r: (r.unit(40, 2) * 0.3, np.array([0.1, 0.2, 4.0]), 1.0, 20),
    huge=lambda r: (r.unit(1_000, 2) * 0.3, np.array([0.1, 0.2, 4.0]), 1.0, 20),
    origin="ray marching into a sphere by its distance field",
    rough=True,
)
def ray_marching(pixels, centre, radius, most):
    depth = np.zeros(len(pixels))
    direction = np.ones(3)
    for i in range(len(pixels)):
        direction[:2] = pixels[i]
        direction[2] = 1.0
        direction /= np.sqrt(direction @ direction)
        t = 0.0
        for _ in range(most):
            to = t * direction - centre
            gap = np.sqrt(to @ to) - radius
            if gap < 1e-4 or t > 10.0:
                break
            t += gap
        depth[i] = t
    return np.sum(depth * depth)


@kernel(
    small=lambda r: (r.normal(6, 2), r.normal(2, 2), 2),
    large=lambda r: (r.normal(300, 4), r.normal(6, 4), 3),
    huge=lambda r: (r.normal(1_000, 200), r.normal(50, 200), 3),
    origin="k-means: each point to its nearest centre, then the means, in place",
    rough=True,
)
def kmeans(points, centres, steps):
    loss = 0.0
    for _ in range(steps):
        sums = np.zeros_like(centres)
        counts = np.zeros(len(centres))
        loss = 0.0
        for point in points:
            d = np.sum((centres - point) ** 2, axis=1)
            k = np.argmin(d)
            sums[k] += point
            counts[k] += 1.0
            loss += d[k]
        for k in range(len(centres)):
            if counts[k] > 0.0:
                centres[k] = sums[k] / counts[k]
    return loss + np.sum(centres * centres)
