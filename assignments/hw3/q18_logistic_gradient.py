"""Logistic regression: dJ/dW in matrix form."""

import numpy as np

from autograder.pages import check, see


def logistic_loss(W, b, X, y):
    """Return the loss J as a float: a sum over the samples, no 1/m.

    W (1, n), b (1, 1), X (n, m), y (1, m) of zeros and ones. J must be exact for |z| = 1000 too.
    Arguments are not changed.

    中文：
    返回损失 J（float），对样本求和，不除以 m。
    W (1, n)，b (1, 1)，X (n, m)，y (1, m) 取 0 或 1。|z| = 1000 时也要算得准。不得修改参数。
    """
    ...


def logistic_grads(W, b, X, y):
    """Return (dW, db) = (dJ/dW of shape (1, n), dJ/db of shape (1, 1)); shapes as above.

    中文：
    返回 (dW, db)：dJ/dW 形状 (1, n)，dJ/db 形状 (1, 1)；各参数形状同上。
    """
    ...


def numerical_grad(f, theta, h=1e-5):
    """Return the centred differences (f(theta + h e) - f(theta - h e)) / 2h, one per entry.

    theta: array of any shape, integers allowed, left as it was. f takes such an array and returns
    a number. The result is a float array of the shape of theta.

    中文：
    用中心差分求梯度：每个分量为 (f(theta + h e) - f(theta - h e)) / 2h。
    theta 可为任意形状，也可以是整数数组，调用后不得改变。f 接收同样形状的数组，返回一个数。
    返回与 theta 同形状的浮点数组。
    """
    ...


def relative_error(a, b):
    """Return ||a - b|| / (||a|| + ||b||) as a float; 0 when both are zero.

    中文：返回 ||a - b|| / (||a|| + ||b||)（float）；两者都为零时返回 0。
    """
    ...


@check(points=0.25)
def example_of_the_loss(logistic_loss):
    """logistic_loss: with W=[[1, -1]] and b=[[0]] the losses at z=(0, 1), both labelled 1, add up
    to about 1.006, a number.
    中文：logistic_loss：W=[[1, -1]]、b=[[0]] 时，z=(0, 1)、标签都是 1，损失之和约为 1.006，是一个
    数。"""
    W, b = np.array([[1.0, -1.0]]), np.array([[0.0]])
    X, y = np.array([[1.0, 2.0], [1.0, 1.0]]), np.array([[1.0, 1.0]])
    J = logistic_loss(W, b, X, y)
    assert np.shape(J) == () and np.asarray(J).dtype.kind in "biuf", f"J = {J!r}"
    assert abs(J - 1.0064) < 1e-3, f"J = {J!r} != 1.0064"


@check(points=0.25)
def shapes_of_the_gradients(logistic_grads):
    """logistic_grads: dW is (1, n), like W, and db is (1, 1), like b.
    中文：logistic_grads：dW 的形状同 W，为 (1, n)；db 的形状同 b，为 (1, 1)。"""
    W, b = np.array([[1.0, -1.0]]), np.array([[0.0]])
    X, y = np.array([[1.0, 2.0, 0.0], [1.0, 1.0, 3.0]]), np.array([[1.0, 1.0, 0.0]])
    dW, db = logistic_grads(W, b, X, y)
    for grad, shape in ((dW, (1, 2)), (db, (1, 1))):
        assert np.asarray(grad).dtype.kind in "biuf", f"{grad!r}"
        assert np.shape(grad) == shape, f"{np.shape(grad)} != {shape}"
        assert np.all(np.isfinite(grad)), f"{grad!r}"


@check(points=0.25)
def example_of_the_differences(numerical_grad):
    """numerical_grad: for the sum of squares the gradient at theta is 2 theta, of the same shape.
    中文：numerical_grad：对平方和求梯度，在 theta 处得到 2 theta，形状与 theta 相同。"""
    theta = np.array([[1.0, 2.0, -3.0], [0.0, 4.0, 0.5]])
    grad = numerical_grad(lambda t: float(np.sum(np.asarray(t) ** 2)), theta.copy())
    assert np.asarray(grad).dtype.kind in "biuf", f"{grad!r}"
    assert np.shape(grad) == (2, 3), f"{np.shape(grad)} != (2, 3)"
    assert np.allclose(grad, 2 * theta, atol=1e-4), f"{grad!r} != {2 * theta!r}"


@check(points=0.25)
def example_of_the_relative_error(relative_error):
    """relative_error: for (3) and (1) it is 2 / (3 + 1), a number.
    中文：relative_error：(3) 与 (1) 的相对误差是 2 / (3 + 1)，一个数。"""
    error = relative_error(np.array([3.0]), np.array([1.0]))
    assert np.shape(error) == () and np.asarray(error).dtype.kind in "biuf", f"{error!r}"
    assert abs(error - 0.5) < 1e-6, f"{error!r} != 0.5"


@see
def the_loss_along_both_directions():
    import matplotlib.pyplot as plt

    rng = np.random.default_rng(0)
    X = rng.normal(size=(2, 40))
    y = (X[:1] + 0.5 * X[1:] + 0.3 * rng.normal(size=(1, 40)) > 0).astype(float)
    W, b = np.array([[0.2, -0.4]]), np.array([[0.1]])
    dW, db = logistic_grads(W, b, X, y)
    steps = np.linspace(0, 0.1, 30)
    for sign, label in ((-1, "W - t dW, b - t db"), (1, "W + t dW, b + t db")):
        losses = [logistic_loss(W + sign * t * dW, b + sign * t * db, X, y) for t in steps]
        plt.plot(steps, losses, label=label)
    plt.xlabel("step length t")
    plt.ylabel("loss J")
    plt.legend()
    plt.show()
