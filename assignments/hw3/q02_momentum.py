"""Why momentum accelerates."""

import numpy as np

from autograder.pages import check, see


def momentum_step(w, v, g, lr, gamma):
    """Return (w_new, v_new) after one step: v_new = gamma v + lr g, then w_new = w - v_new.

    w, v, g: arrays of shape (d,), the weights, the velocity, the gradient at w. lr and gamma are
    numbers. Arguments are not changed.

    中文：
    走一步，返回 (w_new, v_new)：先算 v_new = gamma v + lr g，再算 w_new = w - v_new。
    w、v、g 形状均为 (d,)，依次是权重、速度和 w 处的梯度；lr、gamma 是数。不得修改参数。
    """
    ...


def momentum_descent(grad_fn, w0, lr, gamma, steps):
    """Return all points visited, an array of shape (steps + 1, d) whose row 0 is w0.

    grad_fn takes an array of shape (d,) and returns the gradient there, shape (d,). The velocity
    starts at zero. steps may be 0; w0 may hold integers and is not changed.

    中文：
    返回经过的所有点，形状 (steps + 1, d)，第 0 行是 w0。
    grad_fn 接收形状 (d,) 的数组，返回该点的梯度，形状 (d,)。速度从零开始。
    steps 可以为 0；w0 可以是整数数组，不得修改。
    """
    ...


def effective_lr(lr, gamma, t):
    """Return, as a float, the velocity after t steps on which every gradient was 1.

    The velocity starts at 0; 0 <= gamma <= 1, both ends included; t = 0, 1, 2, ...

    中文：
    若每一步的梯度都是 1，返回走完 t 步之后的速度（float）。
    速度从 0 开始；0 <= gamma <= 1，两端都可取；t = 0, 1, 2, ...
    """
    ...


def optimal_quadratic(mu, L, method):
    """Return the best (lr, gamma, rate) for a quadratic whose curvatures fill [mu, L], 0 < mu < L.

    method is 'gd' (gamma is 0) or 'momentum'. rate is the factor by which the error shrinks per
    step in the long run, for the worst curvature in [mu, L]; "best" means the smallest rate.

    中文：
    二次函数的曲率（Hessian 的特征值）遍布 [mu, L]，0 < mu < L，返回最优的 (lr, gamma, rate)。
    method 为 'gd'（此时 gamma 为 0）或 'momentum'。rate 是长期来看每一步误差所乘的因子，
    取 [mu, L] 中最坏的曲率，越小越好；“最优”指 rate 最小。
    """
    ...


@check(points=0.25)
def momentum_step_example(momentum_step):
    """momentum_step is off in shape or value: w = 0.8, v = 0.2, gradient 1.6, lr = 0.1, gamma = 0.9
    give w_new = 0.46 and v_new = 0.34, in this order.
    中文：momentum_step 的形状或数值不对：w = 0.8、v = 0.2、梯度 1.6、lr = 0.1、gamma = 0.9 时，依次
    返回 w_new = 0.46、v_new = 0.34。"""
    pair = momentum_step(np.array([0.8]), np.array([0.2]), np.array([1.6]), 0.1, 0.9)
    w, v = (np.asarray(a) for a in pair)
    assert w.dtype.kind + v.dtype.kind == "ff"
    assert (w.shape, v.shape) == ((1,), (1,))
    assert np.allclose([w[0], v[0]], [0.46, 0.34], atol=1e-7)


@check(points=0.25)
def momentum_descent_example(momentum_descent):
    """momentum_descent is off in shape or value: for f(w) = w^2, w0 = 1, lr = 0.1, gamma = 0.9 the
    first three points are 1, 0.8, 0.46; the trajectory is (steps + 1, d).
    中文：momentum_descent 的形状或数值不对：f(w) = w^2，w0 = 1，lr = 0.1，gamma = 0.9 时，前三个点
    是 1、0.8、0.46；轨迹的形状是 (steps + 1, d)。"""
    path = momentum_descent(lambda w: 2 * np.asarray(w), np.array([1.0]), 0.1, 0.9, 2)
    path = np.asarray(path)
    assert path.dtype.kind == "f"
    assert path.shape == (3, 1)
    assert np.allclose(path[:, 0], [1, 0.8, 0.46], atol=1e-7)


@check(points=0.25)
def effective_lr_example(effective_lr):
    """effective_lr is off: with lr = 0.1, gamma = 0.9 the velocity after two unit gradients is
    0.19.
    中文：effective_lr 不对：lr = 0.1、gamma = 0.9 时，两个单位梯度之后的速度是 0.19。"""
    velocity = np.asarray(effective_lr(0.1, 0.9, 2))
    assert velocity.dtype.kind == "f"
    assert velocity.size == 1
    assert abs(velocity.item() - 0.19) < 1e-6


@check(points=0.25)
def optimal_quadratic_example(optimal_quadratic):
    """optimal_quadratic is off for the curvatures 1 to 9: it returns three numbers, a positive lr,
    a gamma from 0 to below 1 and a rate between 0 and 1, for both methods.
    中文：曲率在 1 到 9 之间时 optimal_quadratic 不对：两种方法都应返回三个数，lr 为正，gamma 从 0
    到小于 1，rate 在 0 和 1 之间。"""
    for method in ("gd", "momentum"):
        lr, gamma, rate = (np.asarray(a) for a in optimal_quadratic(1.0, 9.0, method))
        for number in (lr, gamma, rate):
            assert number.dtype.kind in "iuf"
            assert number.size == 1
        assert lr.item() > 0
        assert 0 <= gamma.item() < 1
        assert 0 < rate.item() < 1


@see
def down_a_ravine():
    import matplotlib.pyplot as plt

    mu, L, steps = 1.0, 50.0, 40
    figure, (map_axes, error_axes) = plt.subplots(1, 2, figsize=(11, 4))
    xs, ys = np.meshgrid(np.linspace(-3, 10.5, 120), np.linspace(-1.1, 1.6, 120))
    levels = np.geomspace(0.1, 100, 12)
    map_axes.contour(xs, ys, (mu * xs**2 + L * ys**2) / 2, levels, colors="0.8", linewidths=0.8)
    for method, colour in (("gd", "tab:orange"), ("momentum", "tab:blue")):
        lr, gamma, rate = optimal_quadratic(mu, L, method)
        path = momentum_descent(
            lambda w: np.array([mu, L]) * w, np.array([10.0, 0.3]), lr, gamma, steps
        )
        label = f"{method}: lr {lr:.3f}, gamma {gamma:.2f}, rate {rate:.2f}"
        map_axes.plot(*np.transpose(path), ".-", color=colour, linewidth=1, label=label)
        error_axes.semilogy(np.linalg.norm(path, axis=1), ".-", color=colour, label=method)
    map_axes.plot(0, 0, "k+", markersize=12)
    map_axes.set(xlabel="$w_1$ (flat, curvature 1)", ylabel="$w_2$ (steep, curvature 50)")
    map_axes.legend(fontsize=8, loc="upper right")
    error_axes.set(xlabel="step", ylabel="distance to the minimum")
    error_axes.legend()
    figure.tight_layout()
    plt.show()
