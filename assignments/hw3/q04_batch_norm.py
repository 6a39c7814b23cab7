"""Batch normalisation: what it fixes, and what scale and shift give back."""

import numpy as np

from autograder.pages import check, see


def bn_forward(X, gamma, beta, eps=1e-5):
    """Normalise every feature over the batch, then scale and shift; return (Y, cache).

    X (n, m), one sample a column; gamma, beta (n, 1); Y (n, m). The variance is the biased one
    (divided by m) and eps is added to it. A constant feature gives finite values too. The cache is
    whatever you want to hand to bn_backward. Arguments are not changed.

    中文：
    对每个特征在整批样本上做归一化，再缩放、平移；返回 (Y, cache)。
    X (n, m)，一列一个样本；gamma、beta (n, 1)；Y (n, m)。方差用有偏的（除以 m），eps 加在方差上。
    某个特征是常数时结果也要有限。cache 放什么由你决定，它会原样传给 bn_backward。不得修改参数。
    """
    ...


def bn_backward(dY, cache):
    """Return (dX, dgamma, dbeta) of shapes (n, m), (n, 1), (n, 1) for a loss L with dL/dY = dY.

    cache is the one that bn_forward returned for this batch; other batches may have gone through
    bn_forward since. Neither dY nor the cache is changed.

    中文：
    已知 dL/dY = dY，返回 (dX, dgamma, dbeta)，形状依次为 (n, m)、(n, 1)、(n, 1)。
    cache 是 bn_forward 处理这一批时返回的；其间 bn_forward 可能又处理过别的批次。
    不得修改 dY 和 cache。
    """
    ...


def identity_params(X, eps=1e-5):
    """Return (gamma, beta), both (n, 1), with which bn_forward(X, gamma, beta, eps) gives X back.

    中文：
    返回 (gamma, beta)，形状都是 (n, 1)，使 bn_forward(X, gamma, beta, eps) 的输出恰好等于 X。
    """
    ...


def bn_inference(X, gamma, beta, running_mean, running_var, eps=1e-5):
    """Return Y (n, m), normalised with the running statistics (n, 1) instead of those of X.

    X may hold a single sample. running_var is a variance, eps is added to it.

    中文：
    推断阶段：用训练时积累的统计量（形状 (n, 1)）代替 X 自己的统计量，返回 Y (n, m)。
    X 可以只有一个样本。running_var 是方差，eps 加在它上面。
    """
    ...


@check(points=1)
def shapes_and_example(bn_forward, bn_backward, identity_params, bn_inference):
    """A shape or the small example is off: the feature (1, 1, 1, 5) has mean 2 and variance 3; dX
    is (n, m), and dgamma, dbeta, gamma, beta are (n, 1).
    中文：形状或小例子不对：特征 (1, 1, 1, 5) 的均值是 2、方差是 3；dX 为 (n,
    m)，dgamma、dbeta、gamma、beta 都是 (n, 1)。"""
    X = np.array([[1.0, 1.0, 1.0, 5.0], [2.0, 4.0, 4.0, 6.0]])
    gamma, beta = np.array([[1.0], [2.0]]), np.array([[0.0], [1.0]])
    Y, cache = bn_forward(X, gamma, beta)
    want = [[-0.577, -0.577, -0.577, 1.732], [-1.828, 1.0, 1.0, 3.828]]
    assert np.shape(Y) == (2, 4)
    assert np.allclose(np.asarray(Y), want, atol=1e-3)
    assert [np.shape(g) for g in bn_backward(np.ones((2, 4)), cache)] == [(2, 4), (2, 1), (2, 1)]
    assert [np.shape(p) for p in identity_params(X)] == [(2, 1), (2, 1)]
    assert np.shape(bn_inference(X[:, :1], gamma, beta, beta, gamma)) == (2, 1)


@see
def what_is_fixed_and_what_is_left():
    import matplotlib.pyplot as plt

    rng = np.random.default_rng(0)
    X = np.stack([4 + rng.exponential(1.5, 3000), rng.normal(-3, 0.6, 3000)])
    X[1, ::2] += 2.5
    ones, zeros = np.ones((2, 1)), np.zeros((2, 1))
    outputs = [X, bn_forward(X, ones, zeros)[0], bn_forward(X, *identity_params(X))[0]]
    titles = ["X", "Y with gamma = 1, beta = 0", "Y with identity_params(X)"]
    panels = plt.subplots(1, 3, figsize=(10, 3.2), layout="constrained")[1]
    for panel, values, title in zip(panels, outputs, titles, strict=True):
        for i, label in enumerate(("a skewed feature", "one with two humps")):
            panel.hist(np.asarray(values)[i], bins=50, density=True, alpha=0.55, label=label)
        panel.set_title(title)
        panel.set_xlabel("value")
    t = np.linspace(-4, 4, 200)
    panels[1].plot(t, np.exp(-(t**2) / 2) / np.sqrt(2 * np.pi), "k--", label="normal density")
    panels[1].legend(fontsize=8)
    panels[0].set_ylabel("density over the batch")
    plt.show()
