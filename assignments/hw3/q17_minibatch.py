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


@check(points=0.25)
def shapes_of_the_batches(minibatches):
    """minibatches: 5 samples with B=2 make batches of 2, 2 and 1; Xb has the rows of X, Yb those of
    Y.
    中文：minibatches：5 个样本、B=2 时各批大小为 2、2、1；Xb 的行数同 X，Yb 的行数同 Y。"""
    X, Y = np.arange(10.0).reshape(2, 5), np.arange(15.0).reshape(3, 5)
    batches = list(minibatches(X, Y, 2, np.random.default_rng(0)))
    shapes = [(np.shape(Xb), np.shape(Yb)) for Xb, Yb in batches]
    wanted = [((2, 2), (3, 2)), ((2, 2), (3, 2)), ((2, 1), (3, 1))]
    assert shapes == wanted, f"{shapes} != {wanted}"
    for Xb, Yb in batches:
        assert np.asarray(Xb).dtype.kind in "biuf", f"{Xb!r}"
        assert np.asarray(Yb).dtype.kind in "biuf", f"{Yb!r}"
        assert np.all(np.isfinite(Xb)) and np.all(np.isfinite(Yb)), f"{Xb!r}, {Yb!r}"


@check(points=0.25)
def example_of_the_gradient(batch_grad):
    """batch_grad: with w=[[1]], x=2, y=0 it is [[4]]; the shape is (1, n).
    中文：batch_grad：w=[[1]]、x=2、y=0 时是 [[4]]；形状是 (1, n)。"""
    grad = batch_grad(np.ones((1, 3)), np.ones((3, 5)), np.zeros((1, 5)))
    assert np.shape(grad) == (1, 3), f"{np.shape(grad)} != (1, 3)"
    grad = batch_grad(np.array([[1.0]]), np.array([[2.0]]), np.array([[0.0]]))
    assert np.asarray(grad).dtype.kind in "biuf", f"{grad!r}"
    assert np.shape(grad) == (1, 1), f"{np.shape(grad)} != (1, 1)"
    assert np.allclose(grad, [[4.0]]), f"{grad!r} != [[4]]"


@check(points=0.25)
def example_of_the_variance(grad_variance):
    """grad_variance: for the gradients 1 and 3 and B=1 it is 1 (a number), that of one sample.
    中文：grad_variance：两个样本的梯度是 1 和 3、B=1 时，结果是 1（一个数），就是单个样本的方
    差。"""
    variance = grad_variance(np.array([[1.0, 3.0]]), 1)
    assert np.asarray(variance).dtype.kind in "biuf", f"{variance!r}"
    assert np.shape(variance) == (), f"{np.shape(variance)} != ()"
    assert abs(variance - 1) < 1e-6, f"{variance!r} != 1"


@check(points=0.25)
def example_of_the_epoch(epoch_mean_gradient):
    """epoch_mean_gradient: with w=[[1]] and one batch of two samples x=2, 1 and y=0 it is [[2.5]];
    the shape is (1, n).
    中文：epoch_mean_gradient：w=[[1]]，只有一批，两个样本 x=2、1，y=0 时，结果是 [[2.5]]；形状是
    (1, n)。"""
    grad = epoch_mean_gradient(np.ones((1, 3)), [(np.ones((3, 5)), np.zeros((1, 5)))])
    assert np.shape(grad) == (1, 3), f"{np.shape(grad)} != (1, 3)"
    batch = np.array([[2.0, 1.0]]), np.array([[0.0, 0.0]])
    grad = epoch_mean_gradient(np.array([[1.0]]), [batch])
    assert np.asarray(grad).dtype.kind in "biuf", f"{grad!r}"
    assert np.shape(grad) == (1, 1), f"{np.shape(grad)} != (1, 1)"
    assert np.allclose(grad, [[2.5]]), f"{grad!r} != [[2.5]]"


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
