"""Overfitting: polynomial ridge regression, validation and learning curves."""

import numpy as np

from autograder.pages import check, see


def mse(Phi, w, y):
    """Given: the mean squared error of the predictions Phi @ w, without any penalty.

    中文：已给出：预测 Phi @ w 的均方误差，不含惩罚项。
    """
    return float(np.mean((np.asarray(Phi) @ np.asarray(w) - np.asarray(y)) ** 2))


def poly_features(x, deg):
    """Return the array (n, deg + 1) whose column j holds x to the power j, j = 0 ... deg.

    x (n,): one sample an entry, any numbers; deg >= 0. Rows are samples. x is not changed.

    中文：
    返回 (n, deg + 1) 的数组，第 j 列是 x 的 j 次幂，j = 0 ... deg。
    x (n,) 每个分量是一个样本，可正可负可为零；deg >= 0。一行一个样本。不得修改 x。
    """
    ...


def ridge_fit(Phi, y, lam):
    """Return the w (p,) that minimises ||Phi w - y||^2 + lam * (w_1^2 + ... + w_{p-1}^2).

    Phi (n, p), its column 0 all ones; y (n,); lam >= 0. Sums, no 1/n. The intercept w_0 is not
    penalised. n may be less than p when lam > 0; at lam = 0 the columns of Phi are independent.
    Arguments are not changed.

    中文：
    返回使 ||Phi w - y||^2 + lam * (w_1^2 + ... + w_{p-1}^2) 最小的 w，形状 (p,)。
    Phi (n, p)，第 0 列全为 1；y (n,)；lam >= 0。都是求和，没有 1/n。截距 w_0 不受惩罚。
    lam > 0 时 n 可以小于 p；lam = 0 时 Phi 的各列线性无关。不得修改参数。
    """
    ...


def select_lambda(x_train, y_train, x_val, y_val, deg, lams):
    """Fit with every lam in lams; return (best lam, train errors, validation errors).

    Features are the powers 0 ... deg. Both error arrays have the length and the order of lams, a
    list in any order; each entry is the mse of the weights fitted with that lam. The best lam is
    the entry of lams that you would use on new data. Arguments are not changed.

    中文：
    用 lams 中的每个 lam 各拟合一次，返回（最好的 lam，训练误差，验证误差）。
    特征是 0 ... deg 次幂。两个误差数组与 lams 等长、同序（lams 是列表，不一定排好序），
    每个分量是用该 lam 拟合出的权重的 mse。最好的 lam 指拿去预测新数据时该用的那一个。不得修改参数。
    """
    ...


def learning_curve(x_train, y_train, x_val, y_val, deg, sizes):
    """Fit on the first `size` training samples, for each size in sizes, with lam = 1e-8.

    Return (train errors, validation errors), both of the length and in the order of sizes. The
    train error is the mse on the samples used in that fit. A size may be smaller than deg + 1.
    Arguments are not changed.

    中文：
    对 sizes 中的每个 size，用前 size 个训练样本、lam = 1e-8 拟合一次。
    返回（训练误差，验证误差），与 sizes 等长、同序。训练误差是这次拟合所用样本上的 mse。
    size 可以小于 deg + 1。不得修改参数。
    """
    ...


@check(points=1)
def shapes_and_example(poly_features, ridge_fit, select_lambda, learning_curve):
    """A shape or the small example is off: for x=(-1, 0, 1), y=(1, 2, 6) and lam=0 the best line is
    3 + 2.5x; error arrays are as long as lams and sizes.
    中文：形状或小例子不对：x=(-1, 0, 1)、y=(1, 2, 6)、lam=0 时，最佳直线是 3 + 2.5x；误差数组与
    lams、sizes 等长。"""
    def number(x):
        assert np.shape(x) == ()
        return float(x)

    x, y = np.array([-1.0, 0.0, 1.0]), np.array([1.0, 2.0, 6.0])
    Phi = poly_features(x, 1)
    assert np.shape(Phi) == (3, 2)
    w = ridge_fit(Phi, y, 0.0)
    assert np.shape(w) == (2,)
    assert np.allclose(np.asarray(w, dtype=float), [3.0, 2.5], atol=1e-6)
    best, train, val = select_lambda(x, y, x + 0.5, y, 1, [0.1, 1.0])
    assert min(abs(number(best) - lam) for lam in (0.1, 1.0)) < 1e-9
    assert np.shape(train) == (2,)
    assert np.shape(val) == (2,)
    train, val = learning_curve(x, y, x + 0.5, y, 1, [2, 3])
    assert np.shape(train) == (2,)
    assert np.shape(val) == (2,)


@see
def the_learning_curves():
    import matplotlib.pyplot as plt

    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, 600)
    y = np.sin(4 * x) + 0.3 * rng.normal(size=600)
    sizes = [14, 17, 20, 25, 30, 40, 60, 100, 200, 300]
    _, axes = plt.subplots(1, 2, sharey=True, figsize=(9, 3.5))
    for ax, deg in zip(axes, (1, 9), strict=True):
        train, val = learning_curve(x[:300], y[:300], x[300:], y[300:], deg, sizes)
        ax.loglog(sizes, val, "o-", label="validation error")
        ax.loglog(sizes, train, "s-", label="training error")
        ax.axhline(0.3**2, color="gray", linestyle=":", label="noise")
        ax.set_title(f"degree {deg}")
        ax.set_xlabel("training samples")
        ax.set_xticks([20, 50, 100, 200], labels=["20", "50", "100", "200"])
        ax.minorticks_off()
    axes[0].set_ylabel("mean squared error")
    axes[1].legend()
    plt.show()
