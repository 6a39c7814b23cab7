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


@check(points=0.25)
def bn_forward_example(bn_forward):
    """bn_forward is off in shape or value: Y is (n, m), and the feature (1, 1, 1, 5) has mean 2 and
    variance 3.
    中文：bn_forward 的形状或数值不对：Y 为 (n, m)；特征 (1, 1, 1, 5) 的均值是 2、方差是 3。"""
    X = np.array([[1.0, 1.0, 1.0, 5.0], [2.0, 4.0, 4.0, 6.0]])
    gamma, beta = np.array([[1.0], [2.0]]), np.array([[0.0], [1.0]])
    Y, _ = bn_forward(X, gamma, beta)
    Y = np.asarray(Y)
    assert Y.dtype.kind in "biuf"
    assert Y.shape == (2, 4)
    assert np.allclose(Y, [[-0.577, -0.577, -0.577, 1.732], [-1.828, 1.0, 1.0, 3.828]], atol=1e-3)


@check(points=0.25)
def bn_backward_example(bn_forward, bn_backward):
    """bn_backward is off in shape or value, on the cache of bn_forward: dX is (n, m), dgamma and
    dbeta are (n, 1).
    中文：把 bn_forward 的 cache 交给 bn_backward，结果的形状或数值不对：dX 为 (n, m)，dgamma、
    dbeta 都是 (n, 1)。"""
    X = np.array([[1.0, 1.0, 1.0, 5.0], [2.0, 4.0, 4.0, 6.0]])
    _, cache = bn_forward(X, np.array([[1.0], [2.0]]), np.array([[0.0], [1.0]]))
    dY = np.array([[3.0, 1.0, 1.0, 1.0], [0.0, 1.0, 1.0, 2.0]])
    gradients = [np.asarray(g) for g in bn_backward(dY, cache)]
    assert [g.dtype.kind in "biuf" for g in gradients] == [True] * 3
    assert [g.shape for g in gradients] == [(2, 4), (2, 1), (2, 1)]
    assert np.allclose(gradients[0], [[0.770, -0.385, -0.385, 0], [0, 0, 0, 0]], atol=1e-3)
    assert np.allclose(gradients[1], [[-1.155], [2.828]], atol=1e-3)
    assert np.allclose(gradients[2], [[6], [4]])


@check(points=0.25)
def identity_params_example(identity_params):
    """identity_params is off in shape or value: gamma and beta are (n, 1); the feature (1, 1, 1, 5)
    has mean 2 and variance 3.
    中文：identity_params 的形状或数值不对：gamma、beta 都是 (n, 1)；特征 (1, 1, 1, 5) 的均值是 2、
    方差是 3。"""
    pair = identity_params(np.array([[1.0, 1.0, 1.0, 5.0], [2.0, 4.0, 4.0, 6.0]]), 1.0)
    gamma, beta = (np.asarray(p) for p in pair)
    assert gamma.dtype.kind in "biuf"
    assert beta.dtype.kind in "biuf"
    assert gamma.shape == beta.shape == (2, 1)
    assert np.allclose(gamma, [[2.0], [3**0.5]])
    assert np.allclose(beta, [[2.0], [4.0]])


@check(points=0.25)
def bn_inference_example(bn_inference):
    """bn_inference is off in shape or value for a single sample: Y is (n, 1).
    中文：只有一个样本时，bn_inference 的形状或数值不对：Y 为 (n, 1)。"""
    X, gamma, beta = np.array([[5.0], [2.0]]), np.array([[1.0], [2.0]]), np.array([[0.0], [1.0]])
    mean, var = np.array([[2.0], [4.0]]), np.array([[3.0], [0.0]])
    Y = np.asarray(bn_inference(X, gamma, beta, mean, var, 1.0))
    assert Y.dtype.kind in "biuf"
    assert Y.shape == (2, 1)
    assert np.allclose(Y, [[1.5], [-3.0]])


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
