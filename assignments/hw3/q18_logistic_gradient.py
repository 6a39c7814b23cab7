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


@check(points=1)
def shapes_and_example(logistic_loss, logistic_grads, numerical_grad, relative_error):
    """A shape or the small example is off: with W=[[1, -1]] and b=[[0]] the losses at z=(0, 1) add
    up to about 1.006; dW is (1, n), db is (1, 1).
    中文：形状或小例子不对：W=[[1, -1]]、b=[[0]] 时，z=(0, 1) 的损失之和约为 1.006；dW 为 (1, n)，db
    为 (1, 1)。"""
    def number(x):
        assert np.shape(x) == ()
        return float(x)

    W, b = np.array([[1.0, -1.0]]), np.array([[0.0]])
    X, y = np.array([[1.0, 2.0], [1.0, 1.0]]), np.array([[1.0, 1.0]])
    assert abs(number(logistic_loss(W, b, X, y)) - 1.0064) < 1e-3
    dW, db = logistic_grads(W, b, X, y)
    assert np.shape(dW) == (1, 2)
    assert np.shape(db) == (1, 1)
    assert np.shape(numerical_grad(lambda t: float(np.sum(t**2)), np.ones((2, 3)))) == (2, 3)
    assert abs(number(relative_error(np.array([3.0]), np.array([1.0]))) - 0.5) < 1e-6


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
