"""Multi-task learning: missing labels, shared weights, negative transfer."""

import numpy as np

from autograder.pages import check, see


def masked_bce(Z, Y):
    """Return (loss, dZ): the mean binary cross-entropy of the labelled entries, its gradient.

    Z (T, m): logits, one task a row, one sample a column. Y (T, m): labels 0 or 1, nan where the
    sample has no label for that task. The mean is over all labelled entries of all tasks together.
    dZ (T, m) is the derivative of the loss by Z. With nothing labelled: loss 0 and a dZ of zeros.
    Exact for |z| = 1000 too. Arguments are not changed.

    中文：
    返回 (loss, dZ)：有标签的元素上二元交叉熵的平均值，以及它的梯度。
    Z (T, m) 为 logit，一行一个任务，一列一个样本。Y (T, m) 的标签为 0 或 1，没有标签的地方为 nan。
    平均是对所有任务中有标签的元素一起取的。dZ (T, m) 是损失对 Z 的导数。
    一个标签也没有时，损失为 0，dZ 全为 0。|z| = 1000 时也要算得准。不得修改参数。
    """
    ...


def mtl_fit(Xs, ys, lam0, lam1):
    """Return the shared weights w0 (d,) and the deviations V (T, d), one task a row.

    They minimise sum_t ||X_t (w0 + v_t) - y_t||^2 + lam0 ||w0||^2 + lam1 sum_t ||v_t||^2, where
    v_t is row t of V. Xs: list of T arrays (m_t, d), rows are samples; ys: list of T arrays (m_t,).
    The m_t may differ and may be less than d. lam0 > 0, lam1 > 0. Arguments are not changed.

    中文：
    返回共享权重 w0 (d,) 和各任务的偏离 V (T, d)，一行一个任务。
    它们使 sum_t ||X_t (w0 + v_t) - y_t||^2 + lam0 ||w0||^2 + lam1 sum_t ||v_t||^2 最小，
    其中 v_t 是 V 的第 t 行。Xs 是列表，含 T 个 (m_t, d) 的数组，一行一个样本；
    ys 是列表，含 T 个 (m_t,) 的数组。各 m_t 可以不同，也可以小于 d。lam0 > 0，lam1 > 0。
    不得修改参数。
    """
    ...


@check(points=1)
def shapes_and_example(masked_bce, mtl_fit):
    """A shape or the small example is off: both labelled entries have z = 0, so the loss is about
    0.693; dZ has the shape of Z, w0 is (d,), V is (T, d).
    中文：形状或小例子不对：两个有标签的元素 z 都是 0，损失应约为 0.693；dZ 与 Z 同形状，w0 为
    (d,)，V 为 (T, d)。"""
    def number(x):
        assert np.shape(x) == ()
        return float(x)

    Z, Y = np.array([[0.0, 2.0], [-1.0, 0.0]]), np.array([[1.0, np.nan], [np.nan, 0.0]])
    loss, dZ = masked_bce(Z, Y)
    assert abs(number(loss) - 0.693) < 1e-3
    assert np.shape(dZ) == (2, 2)
    rng = np.random.default_rng(0)
    Xs = [rng.normal(size=(m, 3)) for m in (4, 2)]
    ys = [rng.normal(size=m) for m in (4, 2)]
    w0, V = mtl_fit(Xs, ys, 1.0, 1.0)
    assert np.shape(w0) == (3,)
    assert np.shape(V) == (2, 3)


@see
def negative_transfer():
    import matplotlib.pyplot as plt

    ways = {"pooled": (0.1, 1e6), "shared": (0.1, 0.5), "alone": (1e6, 0.1)}
    _, axes = plt.subplots(1, 2, sharey=True, figsize=(8, 3.5))
    for ax, related in zip(axes, (True, False), strict=True):
        errors = {way: [] for way in ways}
        for seed in range(10):
            rng = np.random.default_rng(seed)
            W = rng.normal(size=(6, 10))
            if related:
                W = W[:1] + 0.2 * rng.normal(size=(6, 10))
            Xs = [rng.normal(size=(8, 10)) for _ in W]
            ys = [X @ w + 0.2 * rng.normal(size=8) for X, w in zip(Xs, W, strict=True)]
            for way, (lam0, lam1) in ways.items():
                w0, V = mtl_fit(Xs, ys, lam0, lam1)
                errors[way].append(np.mean((np.asarray(w0) + np.asarray(V) - W) ** 2))
        heights = [np.mean(errors[way]) for way in ways]
        bars = ax.bar(list(ways), heights, color=["tab:orange", "tab:blue", "tab:gray"])
        ax.bar_label(bars, fmt="%.2f")
        ax.set_title("related tasks" if related else "unrelated tasks")
        ax.margins(y=0.1)
    axes[0].set_ylabel("mean squared error of the weights")
    plt.show()
