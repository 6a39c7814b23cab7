"""Mini-batches: pros and cons."""

import numpy as np

from autograder.pages import check, see


def minibatches(X, Y, B, rng):
    """Return an iterable of (Xb, Yb), one pass over the samples in an order shuffled by rng.

    X (n, N), Y (k, N); every sample is in exactly one batch, its columns of X and Y together.
    Batches have B samples, the last one fewer if B does not divide N (but never none); B may be
    larger than N. rng is a numpy.random.Generator. X and Y are not changed.

    中文：
    返回由 (Xb, Yb) 组成的可迭代对象：用 rng 打乱样本的顺序，恰好遍历一遍。
    X (n, N)，Y (k, N)；每个样本恰好出现在一个批里，它在 X 和 Y 中的列始终配对。
    每批 B 个样本；B 不整除 N 时最后一批较小（但不会是空的）；B 可以大于 N。
    rng 是 numpy.random.Generator。不得修改 X 和 Y。
    """
    ...


def batch_grad(w, X, Y):
    """Return the gradient (1, n) with respect to w of the mean of 0.5 * (w X - Y)^2 over samples.

    w (1, n), X (n, N), Y (1, N). The arguments are not changed.

    中文：
    返回 0.5 * (w X - Y)^2 对样本的平均值关于 w 的梯度，形状 (1, n)。
    w (1, n)，X (n, N)，Y (1, N)。不得修改参数。
    """
    ...


def grad_variance(G, B):
    """Return the total variance of the gradient of a random batch, as a float.

    G (n, N) holds the gradients of the N samples as columns. A batch is B different columns, every
    choice equally likely (1 <= B <= N). Its gradient is their mean; the result is the trace of the
    covariance matrix of that mean. It is 0 for N = 1. G is not changed.

    中文：
    返回随机小批量梯度的总方差（float）。
    G (n, N) 的每一列是一个样本的梯度。一个批由 B 个不同的列组成，每种取法机会相等（1 <= B <= N）；
    批的梯度是这些列的平均值，结果就是这个平均值的协方差矩阵的迹。N = 1 时为 0。不得修改 G。
    """
    ...


def epoch_mean_gradient(w, batches):
    """Return the gradient (1, n) over all samples, computed from the batches at the same w.

    batches is a list of (Xb, Yb) as from minibatches; they may differ in size. w (1, n) is not
    updated in between. The arguments are not changed.

    中文：
    由各个小批量算出全部样本上的梯度 (1, n)，所有批都在同一个 w 处计算。
    batches 是 minibatches 给出的 (Xb, Yb) 的列表，各批大小可以不同。中途不更新 w (1, n)。
    不得修改参数。
    """
    ...


@check(points=1)
def shapes_and_example(minibatches, batch_grad, grad_variance, epoch_mean_gradient):
    """A shape or the small example is off: 5 samples with B=2 make batches of 2, 2, 1; w=[[1]],
    x=2, y=0 has gradient 4; with B=1 the variance is that of one sample's gradient.
    中文：形状或小例子不对：5 个样本、B=2 时各批大小为 2、2、1；w=[[1]]、x=2、y=0 时梯度为 4；B=1 时
    的方差就是单个样本梯度的方差。"""
    def number(x):
        assert np.shape(x) == ()
        return float(x)

    X, Y = np.arange(10.0).reshape(2, 5), np.ones((1, 5))
    batches = list(minibatches(X, Y, 2, np.random.default_rng(0)))
    assert [np.shape(Xb) for Xb, _ in batches] == [(2, 2), (2, 2), (2, 1)]
    assert [np.shape(Yb) for _, Yb in batches] == [(1, 2), (1, 2), (1, 1)]
    one = np.array([[1.0]]), np.array([[2.0]]), np.array([[0.0]])
    assert np.allclose(batch_grad(*one), [[4.0]])
    assert abs(number(grad_variance(np.array([[1.0, 3.0]]), 1)) - 1) < 1e-9
    assert np.shape(epoch_mean_gradient(np.ones((1, 2)), [(X, Y)])) == (1, 2)


@see
def variance_against_batch_size():
    import matplotlib.pyplot as plt

    rng = np.random.default_rng(0)
    X = rng.normal(size=(3, 120))
    Y = np.array([[1.0, -2.0, 0.5]]) @ X + 0.5 * rng.normal(size=(1, 120))
    w = np.zeros((1, 3))
    G = np.hstack([np.reshape(batch_grad(w, X[:, [i]], Y[:, [i]]), (3, 1)) for i in range(120)])
    full, sizes = np.asarray(batch_grad(w, X, Y)), [1, 2, 4, 8, 15, 30, 60, 80, 100, 110, 118]
    measured = []
    for B in sizes:
        batches = [b for _ in range(4 * B) for b in minibatches(X, Y, B, rng)]
        grads = [np.asarray(batch_grad(w, *b)) for b in batches if np.shape(b[0])[1] == B]
        measured.append(np.mean([np.sum((grad - full) ** 2) for grad in grads]))
    plt.loglog(sizes, measured, "o", label="measured on random batches")
    plt.loglog(sizes, [grad_variance(G, B) for B in sizes], "-", label="grad_variance(G, B)")
    plt.loglog(sizes, grad_variance(G, 1) / np.array(sizes), ":", label="grad_variance(G, 1) / B")
    plt.xlabel("batch size B (of N = 120)")
    plt.ylabel("variance of the batch gradient")
    plt.legend()
    plt.show()
