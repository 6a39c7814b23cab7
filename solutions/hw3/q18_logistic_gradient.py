"""With z = WX + b the chain rule collapses: dJ/dz = yhat - y, so dJ/dW = (yhat - y) X^T and dJ/db
is the sum of yhat - y. No 1/m, because J is a sum.

The common wrong answer is (y - yhat) X^T. It is the direction in which one *steps*, not the
gradient: used as a gradient, it makes gradient descent climb. It often comes from differentiating
the log-likelihood and forgetting the minus sign in front of J, or from remembering the update rule
w += lr (y - yhat) x of the perceptron.

中文：
设 z = WX + b，链式法则化简后 dJ/dz = yhat - y，于是 dJ/dW = (yhat - y) X^T，dJ/db 为 yhat - y
之和。J 是求和而不是平均，所以没有 1/m。

最常见的错误答案是 (y - yhat) X^T。那是参数该走的方向，不是梯度；拿它当梯度做下降，
损失只会越来越大。错误的来源通常有两个：对对数似然求导，忘了 J 前面的负号；或者把感知机的更新规则
w += lr (y - yhat) x 记成了梯度。
"""

import math

import numpy as np

from autograder.check_toolkit import (
    alike,
    all_left_alone,
    all_same_for_any_type,
    close,
    each,
    each_call,
    fitted,
    relative_distance,
    same_for_any_type,
)
from autograder.pages import accepted, check, mistake, proof


def logistic_loss(W, b, X, y):
    W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
    z = W @ X + b
    return float(np.sum(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z)))


def logistic_grads(W, b, X, y):
    W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
    z = W @ X + b
    dz = np.exp(-np.logaddexp(0, -z)) - y
    return dz @ X.T, dz.sum(axis=1, keepdims=True)


def numerical_grad(f, theta, h=1e-5):
    theta = np.array(theta, dtype=float)
    grad = np.zeros_like(theta)
    for index in np.ndindex(theta.shape):
        up, down = theta.copy(), theta.copy()
        up[index] += h
        down[index] -= h
        grad[index] = (f(up) - f(down)) / (2 * h)
    return grad


def relative_error(a, b):
    a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
    size = np.linalg.norm(a) + np.linalg.norm(b)
    return float(np.linalg.norm(a - b) / size) if size else 0.0


def data(seed, n, m):
    """Weights, bias, samples and mixed labels of n features and m samples."""
    rng = np.random.default_rng(seed)
    y = (rng.random((1, m)) < 0.5).astype(float)
    y[0, :2] = 0, 1
    return rng.normal(size=(1, n)), rng.normal(size=(1, 1)) + 0.5, rng.normal(size=(n, m)), y


def oracle_loss(W, b, X, y):
    """J by its definition, one sample at a time; for |z| of ordinary size."""
    total = 0.0
    for x, label in zip(X.T, y[0], strict=True):
        p = 1 / (1 + math.exp(-float(W[0] @ x + b[0, 0])))
        total -= math.log(p if label else 1 - p)
    return total


def oracle_grads(W, b, X, y, h=1e-5):
    """Centred differences of oracle_loss."""
    dW = np.zeros(W.shape)
    for j in range(W.shape[1]):
        step = np.zeros(W.shape)
        step[0, j] = h
        dW[0, j] = (oracle_loss(W + step, b, X, y) - oracle_loss(W - step, b, X, y)) / (2 * h)
    db = (oracle_loss(W, b + h, X, y) - oracle_loss(W, b - h, X, y)) / (2 * h)
    return dW, np.array([[db]])


@check(points=0.5)
def loss_is_the_sum(logistic_loss):
    """The loss is off: J is the sum of the cross-entropies over both classes, without 1/m.
    中文：损失的值不对：J 是交叉熵对样本求和，不除以 m，两类样本都要计入。"""
    sure = np.array([[1.5, -1.2, 2.0], [0.5, 0.8, -1.0]]), np.array([[1.0, 0.0, 1.0]])
    small = np.array([[3.0, -1.0]]), np.array([[0.5]]), *sure  # a loss of about 0.03
    cases = [data(1, 3, 7), data(2, 4, 4), small]
    wanted = [oracle_loss(*case) for case in cases]
    for loss, want in zip(each(logistic_loss, cases), wanted, strict=True):
        assert alike(loss, want)


@check(points=0.5)
def exact_at_large_logits(logistic_loss, logistic_grads):
    """Loss or gradient is not exact at |z| = 1000. If it is right for ordinary z (other checks
    ask), the usual causes are the log of a sigmoid, which is infinite or was clipped, and inf /
    inf, which is nan: compute from z itself.
    中文：|z| = 1000 时损失或梯度不准。如果 z 不大时是对的（另有检查），常见的原因是对 sigmoid 的结
    果取了 log，得到无穷大或被截断的数，或者 inf / inf 成了 nan：应直接由 z 计算。"""
    W, b = np.array([[2.0]]), np.array([[0.0]])
    X, y = np.array([[500.0, -500.0, 300.0]]), np.array([[0.0, 1.0, 1.0]])
    loss, (dW, db) = each_call([
        (logistic_loss, W.copy(), b.copy(), X.copy(), y.copy()), (logistic_grads, W, b, X, y)])
    assert alike(loss, 2000.0)
    assert alike(dW, [[1000.0]])
    assert alike(db, [[0.0]])


@check(points=1.5)
def descends(logistic_grads):
    """A small step against your gradient raises the loss: its sign is flipped. (y - yhat) X^T is
    the direction of the update, not the gradient.
    中文：沿着负梯度走一小步，损失反而上升：梯度的符号反了。(y - yhat) X^T 是更新方向，不是梯度。"""
    # One sample at a time: then a wrong factor alone cannot turn the gradient round.
    W, b, X, y = data(3, 3, 6)
    samples = [(X[:, i : i + 1], y[:, i : i + 1]) for i in range(6)]
    cases = [(W.copy(), b.copy(), x.copy(), label.copy()) for x, label in samples]
    for (x, label), (dW, db) in zip(samples, each(logistic_grads, cases), strict=True):
        dW, db = fitted(dW, W.shape), fitted(db, b.shape)
        step = 1e-4 / max(np.linalg.norm(dW), np.linalg.norm(db), 1e-12)
        here = oracle_loss(W, b, x, label)
        assert oracle_loss(W - step * dW, b, x, label) < here
        assert oracle_loss(W, b - step * db, x, label) < here


@check(points=0.5)
def matches_numerical_gradient(logistic_grads):
    """The gradient differs from a numerical one: check the factor (J is a sum, no 1/m), the
    transpose, and that db adds up the samples.
    中文：梯度与数值梯度不一致：检查系数（J 是求和，没有 1/m）、转置，以及 db 是否对样本求和。"""
    cases = [data(5, 3, 7), data(6, 4, 4), data(7, 1, 6)]
    wanted = [oracle_grads(*case) for case in cases]
    for (dW, db), (want_dW, want_db) in zip(each(logistic_grads, cases), wanted, strict=True):
        assert relative_distance(fitted(dW, want_dW.shape), want_dW) < 1e-6
        assert relative_distance(fitted(db, want_db.shape), want_db) < 1e-6


@check(points=0.125)
def any_number_type(logistic_loss, logistic_grads, numerical_grad, relative_error):
    """float32, integers or nested lists give an error, nan or another result than float64: make a
    float64 array of each argument first, np.asarray(x, dtype=float).
    中文：同样的数换成 float32、整数或嵌套列表，就会报错、得到 nan，或者结果与 float64 时不同：先用
    np.asarray(x, dtype=float) 把参数变成 float64 数组。"""
    W, b, X, y = [[2, -1]], [[1]], [[1, -2, 3, 0, 2], [0, 1, -1, 2, -2]], [[1, 0, 1, 1, 0]]
    assert all_same_for_any_type([
        (logistic_loss, W, b, X, y), (relative_error, W, [[3, 1]]),
        (numerical_grad, np.var, [[3, -2]]),  # its slopes are no whole numbers
    ], lists=True)
    assert same_for_any_type(logistic_grads, W, b, X, y, lists=True, read=list)


@check(points=0.125)
def leaves_arguments_alone(logistic_loss, logistic_grads, numerical_grad, relative_error):
    """An argument is not what it was before the call, or an error is raised, or nothing is
    returned: no -=, += or out= on what is passed in; copy first.
    中文：调用之后参数与原来不同，或者报错，或者没有返回值：不要对传入的数组用 -=、+= 或 out=，先复
    制。"""
    arguments = data(9, 4, 6)
    assert all_left_alone([
        (logistic_loss, *arguments), (logistic_grads, *arguments),
        (relative_error, arguments[0], 2 * arguments[0]),
        # adding h and taking it away again does not give these floats back
        (numerical_grad, np.sum, np.array([[0.5, -0.5]])),
        (numerical_grad, np.sum, np.array([[3]])),
    ])


@check(points=0.5)
def numerical_gradient_works(numerical_grad):
    """numerical_grad is off: centred differences with the step h that is asked for, one entry at a
    time, for a theta of any shape.
    中文：numerical_grad 不对：要用中心差分，步长是传入的 h，逐个分量，theta 可为任意形状。"""
    rng, few = np.random.default_rng(10), np.array([1.0, -2.0, 0.5])
    theta, matrix = 2 * rng.normal(size=(2, 1, 2)), rng.normal(size=(2, 3))
    slope = (theta - theta.mean()) / (theta.size * theta.std())
    wide = [np.std(few + step) - np.std(few - step) for step in 0.5 * np.eye(3)]
    # each slope of np.std depends on the other entries, which must stay where they are; np.trace
    # needs the rows and columns of its argument
    grad, differences, trace, scalar = each(numerical_grad, [
        (np.std, theta), (np.std, few, 0.5), (np.trace, matrix), (np.prod, np.array(3.0), 0.5)])
    assert relative_distance(grad, slope) < 1e-6
    assert close(differences, wide)
    assert close(trace, np.eye(2, 3))
    assert close(scalar, 1.0)


@check(points=0.25)
def relative_error_works(relative_error):
    """relative_error is off: norms of whole arrays above and below, and 0 for two zero arrays.
    中文：relative_error 不对：分子分母都用整个数组的范数，两个零数组的结果是 0。"""
    rng = np.random.default_rng(11)
    shapes = (2, 2), (3,), (2, 3, 4)
    pairs = [(rng.normal(size=shape), rng.normal(size=shape)) for shape in shapes]
    pairs += [(1e6 * pairs[0][0], 1e6 * pairs[0][1]), (pairs[1][0].copy(), np.zeros(3))]
    wanted = [np.sqrt(((a - b) ** 2).sum()) / (np.sqrt((a**2).sum()) + np.sqrt((b**2).sum()))
              for a, b in pairs]
    pairs += [(np.ones(3), np.ones(3)), (np.zeros(3), np.zeros(3))]
    for error, want in zip(each(relative_error, pairs), [*wanted, 0.0, 0.0], strict=True):
        assert close(error, want)


@mistake(descends)
class sign_flipped:
    """Took the gradient to be (y - yhat) X^T: mixed up the update direction with the gradient
    中文：以为梯度是 (y - yhat) X^T：把更新方向当成了梯度，符号反了"""
    def logistic_grads(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        yhat = 1 / (1 + np.exp(-(W @ X + b)))
        return (y - yhat) @ X.T, np.sum(y - yhat, axis=1, keepdims=True)


@mistake(descends)
class sign_of_bias_flipped:
    """Flipped the sign of db alone: kept the minus sign for dW and lost it for db
    中文：只有 db 的符号反了：推导 dW 时记得负号，推导 db 时忘了"""
    def logistic_grads(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        yhat = 1 / (1 + np.exp(-(W @ X + b)))
        return (yhat - y) @ X.T, np.sum(y - yhat, axis=1, keepdims=True)


@mistake(matches_numerical_gradient)
class divided_by_m:
    """Divided by m out of habit: this J is a sum, not a mean
    中文：习惯性地除以 m：题目里的 J 是求和，不是平均"""
    def logistic_grads(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        m = X.shape[1]
        yhat = 1 / (1 + np.exp(-(W @ X + b)))
        return (yhat - y) @ X.T / m, np.sum(yhat - y, axis=1, keepdims=True) / m


@mistake(matches_numerical_gradient)
class squared_error_gradient:
    """Kept the factor sigmoid'(z), as if the loss were the squared error
    中文：多乘了 sigmoid 的导数：以为损失是平方误差"""
    def logistic_grads(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        yhat = 1 / (1 + np.exp(-(W @ X + b)))
        dz = (yhat - y) * yhat * (1 - yhat)
        return dz @ X.T, np.sum(dz, axis=1, keepdims=True)


@mistake(matches_numerical_gradient)
class bias_averaged:
    """Averaged db over the samples instead of adding it up
    中文：db 没有对样本求和，只取了平均值"""
    def logistic_grads(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        yhat = 1 / (1 + np.exp(-(W @ X + b)))
        return (yhat - y) @ X.T, np.mean(yhat - y, axis=1, keepdims=True)


@mistake(loss_is_the_sum)
class mean_loss:
    """Wrote the loss as a mean over the samples
    中文：把损失写成了平均值"""
    def logistic_loss(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        z = W @ X + b
        return float(np.mean(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z)))


@mistake(loss_is_the_sum)
class only_positives:
    """Counted only the positives: left out the term (1 - y) log(1 - yhat)
    中文：只计入了正样本：漏掉 (1 - y) log(1 - yhat) 一项"""
    def logistic_loss(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        return float(np.sum(y * np.logaddexp(0, -(W @ X + b))))


@mistake(exact_at_large_logits)
class clipped_log:
    """Clipped yhat before the logarithm, or added a small number in it: large losses stop growing
    中文：先截断 yhat 再取对数，或者在对数里加了一个小常数：|z| 一大，损失就不再增大"""
    def logistic_loss(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        yhat = np.clip(1 / (1 + np.exp(-(W @ X + b))), 1e-8, 1 - 1e-8)
        return float(-np.sum(y * np.log(yhat) + (1 - y) * np.log(1 - yhat)))


@mistake(exact_at_large_logits, belief="clipped_log")
class clipped_log_at_1e_7:
    def logistic_loss(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        yhat = np.clip(1 / (1 + np.exp(-(W @ X + b))), 1e-7, 1 - 1e-7)
        return float(-np.sum(y * np.log(yhat) + (1 - y) * np.log(1 - yhat)))


@mistake(exact_at_large_logits, belief="clipped_log")
class clipped_log_at_1e_12:
    def logistic_loss(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        yhat = np.clip(1 / (1 + np.exp(-(W @ X + b))), 1e-12, 1 - 1e-12)
        return float(-np.sum(y * np.log(yhat) + (1 - y) * np.log(1 - yhat)))


@mistake(exact_at_large_logits, belief="clipped_log")
class clipped_log_at_1e_15:
    def logistic_loss(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        yhat = np.clip(1 / (1 + np.exp(-(W @ X + b))), 1e-15, 1 - 1e-15)
        return float(-np.sum(y * np.log(yhat) + (1 - y) * np.log(1 - yhat)))


@mistake(exact_at_large_logits)
class naive_logarithm:
    """Took the sigmoid first and then its logarithm: at |z| = 1000 that is log 0
    中文：先算 sigmoid 再取对数：|z| = 1000 时变成 log 0"""
    def logistic_loss(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        yhat = 1 / (1 + np.exp(-(W @ X + b)))
        return float(-np.sum(y * np.log(yhat) + (1 - y) * np.log(1 - yhat)))


@mistake(exact_at_large_logits, belief="clipped_log")
class small_number_in_the_log:
    def logistic_loss(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        yhat = 1 / (1 + np.exp(-(W @ X + b)))
        return float(-np.sum(y * np.log(yhat + 1e-8) + (1 - y) * np.log(1 - yhat + 1e-8)))


@mistake(exact_at_large_logits, belief="clipped_log")
class number_of_1e_10_in_the_log:
    def logistic_loss(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        yhat = 1 / (1 + np.exp(-(W @ X + b)))
        return float(-np.sum(y * np.log(yhat + 1e-10) + (1 - y) * np.log(1 - yhat + 1e-10)))


@mistake(exact_at_large_logits, belief="clipped_log")
class number_of_1e_12_in_the_log:
    def logistic_loss(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        yhat = 1 / (1 + np.exp(-(W @ X + b)))
        return float(-np.sum(y * np.log(yhat + 1e-12) + (1 - y) * np.log(1 - yhat + 1e-12)))


@mistake(exact_at_large_logits, belief="clipped_log")
class number_of_1e_15_in_the_log:
    def logistic_loss(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        yhat = 1 / (1 + np.exp(-(W @ X + b)))
        return float(-np.sum(y * np.log(yhat + 1e-15) + (1 - y) * np.log(1 - yhat + 1e-15)))


@mistake(loss_is_the_sum)
class rounded:
    """Rounded the loss to a few digits, as one does when printing it
    中文：把损失四舍五入到小数点后几位，像打印时那样"""
    def logistic_loss(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        z = W @ X + b
        return round(float(np.sum(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z))), 4)


@mistake(loss_is_the_sum, belief="rounded")
class rounded_to_three_digits:
    def logistic_loss(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        z = W @ X + b
        return round(float(np.sum(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z))), 3)


@mistake(loss_is_the_sum, belief="rounded")
class rounded_to_five_digits:
    def logistic_loss(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        z = W @ X + b
        return round(float(np.sum(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z))), 5)


@mistake(loss_is_the_sum, belief="rounded")
class rounded_to_six_digits:
    def logistic_loss(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        z = W @ X + b
        return round(float(np.sum(y * np.logaddexp(0, -z) + (1 - y) * np.logaddexp(0, z))), 6)


@mistake(any_number_type)
class dtype_of_the_input:
    """Built the result with np.zeros_like(W): for an integer W all fractions are cut off
    中文：结果数组用 np.zeros_like(W) 建：W 是整数时小数部分全被截掉"""
    def logistic_grads(W, b, X, y):
        error = 1 / (1 + np.exp(-(W @ X + b))) - y
        dW, db = np.zeros_like(W), np.zeros_like(b)
        for i in range(X.shape[1]):
            dW[0, :] = dW[0, :] + error[0, i] * X[:, i]
            db[0, 0] += error[0, i]
        return dW, db


@mistake(leaves_arguments_alone)
class overwrites_labels:
    """Saved memory with y -= yhat and so overwrote the caller's labels
    中文：为省内存直接在 y 上做 y -= yhat，把调用者的标签改掉了"""
    def logistic_grads(W, b, X, y):
        W, b, X, y = map(np.asarray, (W, b, X, y))
        y -= 1 / (1 + np.exp(-(W @ X + b)))
        return -y @ X.T, -np.sum(y, axis=1, keepdims=True)


@mistake(numerical_gradient_works)
class one_sided:
    """Used one-sided differences: their error is O(h), plain to see when h is large
    中文：用了单侧差分：误差是 O(h)，h 取大时一眼就看得出来"""
    def numerical_grad(f, theta, h=1e-5):
        theta = np.array(theta, dtype=float)
        grad = np.zeros_like(theta)
        for index in np.ndindex(theta.shape):
            up = theta.copy()
            up[index] += h
            grad[index] = (f(up) - f(theta)) / h
        return grad


@mistake(any_number_type)
class integer_theta:
    """Added h to an array of integers in place: h is cut to 0 and so are the differences
    中文：直接在整数数组上加 h：h 被截断成 0，差分全是 0"""
    def numerical_grad(f, theta, h=1e-5):
        theta = np.array(theta)
        grad = np.zeros(theta.shape)
        for index in np.ndindex(theta.shape):
            old = theta[index]
            theta[index] = old + h
            up = f(theta)
            theta[index] = old - h
            grad[index] = (up - f(theta)) / (2 * h)
            theta[index] = old
        return grad


@mistake(leaves_arguments_alone)
class moves_theta_itself:
    """Moved theta itself by h, -2h and h again: rounding leaves it a little off where it was
    中文：直接在 theta 上加 h、减 2h、再加 h：由于舍入，它没有完全回到原处"""
    def numerical_grad(f, theta, h=1e-5):
        grad = np.zeros(np.shape(theta))
        theta = np.asarray(theta)
        if theta.dtype != float:
            theta = theta.astype(float)
        for index in np.ndindex(theta.shape):
            theta[index] += h
            up = f(theta)
            theta[index] -= 2 * h
            grad[index] = (up - f(theta)) / (2 * h)
            theta[index] += h
        return grad


@mistake(numerical_gradient_works)
class never_put_back:
    """Moved an entry and never put it back: the later differences are taken at another point
    中文：改动了一个分量却没有恢复：算后面的分量时，已经不在原来的点上了"""
    def numerical_grad(f, theta, h=1e-5):
        theta = np.array(theta, dtype=float)
        grad = np.zeros_like(theta)
        for index in np.ndindex(theta.shape):
            theta[index] += h
            up = f(theta)
            theta[index] -= 2 * h
            grad[index] = (up - f(theta)) / (2 * h)
        return grad


@mistake(relative_error_works)
class zero_over_zero:
    """Did not treat two zero arrays: 0/0 is nan
    中文：没有处理两个零数组：0/0 得到 nan"""
    def relative_error(a, b):
        a, b = (np.asarray(a, dtype=float) for a in (a, b))
        return np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b))


@mistake(relative_error_works)
class entrywise_error:
    """Took the largest entry-wise relative error instead of norms of the whole arrays
    中文：逐个分量求相对误差再取最大值，而不是用整体的范数"""
    def relative_error(a, b):
        a, b = (np.asarray(a, dtype=float) for a in (a, b))
        return float(np.max(np.abs(a - b) / np.maximum(np.abs(a) + np.abs(b), 1e-12)))


@accepted
class labels_as_signs:
    def logistic_loss(W, b, X, y):
        W, b, X, y = (np.array(a, dtype=np.float64) for a in (W, b, X, y))
        return np.logaddexp(0, (1 - 2 * y) * (W @ X + b)).sum()


@accepted
class guarded_relative_error:
    def relative_error(a, b):
        a, b = np.asarray(a, dtype=float), np.asarray(b, dtype=float)
        return np.linalg.norm(a - b) / (np.linalg.norm(a) + np.linalg.norm(b) + 1e-8)


@accepted
class guarded_by_a_maximum:
    def relative_error(a, b):
        a, b = np.ravel(a) + 0.0, np.ravel(b) + 0.0
        return np.sqrt(np.sum((a - b) ** 2)) / max(1e-8, np.sqrt(a @ a) + np.sqrt(b @ b))


@accepted
class sigmoid_by_sign:
    def logistic_grads(W, b, X, y):
        W, b, X, y = (np.array(a, dtype=np.float64) for a in (W, b, X, y))
        z = np.dot(W, X) + b
        power = np.exp(-np.abs(z))
        yhat = np.where(z >= 0, 1 / (1 + power), power / (1 + power))
        return np.dot(yhat - y, X.T), np.array([[np.sum(yhat - y)]])


@accepted
class loops:
    def logistic_grads(W, b, X, y):
        n, m = np.shape(X)
        dW, db = np.zeros((1, n)), np.zeros((1, 1))
        for i in range(m):
            z = sum(W[0][j] * X[j][i] for j in range(n)) + b[0][0]
            p = 1 / (1 + np.exp(-z)) if z >= 0 else np.exp(z) / (1 + np.exp(z))
            for j in range(n):
                dW[0, j] += (p - y[0][i]) * X[j][i]
            db[0, 0] += p - y[0][i]
        return dW, db


@accepted
class einsum:
    def logistic_grads(W, b, X, y):
        z = np.einsum("kn,nm->km", W, X) + b
        yhat = 0.5 * (1 + np.tanh(z / 2))
        return np.einsum("km,nm->kn", yhat - y, X), np.einsum("km->k", yhat - y)[:, None]


@accepted
class softplus_loss:
    def logistic_loss(W, b, X, y):
        W, b, X, y = (np.asarray(a, dtype=float) for a in (W, b, X, y))
        z = W @ X + b
        return np.sum(np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z))))


@accepted
class flat_and_in_place:
    def numerical_grad(f, theta, h=1e-5):
        work = np.array(theta, dtype=float)
        flat, grad = work.reshape(-1), []
        for k in range(flat.size):
            old = flat[k]
            flat[k] = old + h
            up = f(work)
            flat[k] = old - h
            down = f(work)
            flat[k] = old
            grad.append((up - down) / (2 * h))
        return np.array(grad).reshape(work.shape)


@accepted
class lists_and_tuples:
    def logistic_grads(W, b, X, y):
        z = np.asarray(W) @ np.asarray(X) + np.asarray(b)
        with np.errstate(over="ignore"):
            dz = 1 / (1 + np.exp(-z)) - y
        return [(dz @ np.transpose(X)).tolist(), [[float(dz.sum())]]]


@proof
def the_wrong_sign_climbs():
    W, b, X, y = np.zeros((1, 1)), np.zeros((1, 1)), np.array([[1.0, 2.0]]), np.array([[1.0, 1.0]])
    wrong, right = (y - 0.5) @ X.T, (0.5 - y) @ X.T
    assert logistic_loss(W - 0.1 * wrong, b, X, y) > logistic_loss(W, b, X, y)
    assert logistic_loss(W - 0.1 * right, b, X, y) < logistic_loss(W, b, X, y)
