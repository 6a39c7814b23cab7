"""relu(z) >= 0, so yhat >= 0.5: no sample is ever called negative. Every negative sample costs at
least log 2, so the mean loss stays above (1 - mean y) log 2 whatever the network does. For z < 0
the gradient is exactly 0, for positive samples too: they cannot come back by themselves. If all
samples start there, nothing is learnt at all.

Common wrong beliefs: negatives end up near 1 (they land on exactly 0.5, because sigmoid(0) = 1/2);
or at 0 (mixing up the ReLU's output 0 with yhat); training will sort it out (it cannot leave the
range); the gradient is small for z < 0 as in a vanishing gradient (it is 0, not small); only
negatives are affected; the gradient of the plain sigmoid head, yhat - y, still holds.

中文：
relu(z) >= 0，所以 yhat >= 0.5，没有任何样本会被判为负类。每个负样本至少损失 log 2，
因此无论网络怎么学，平均损失都不会低于 (1 - mean y) log 2。z < 0 时梯度恰好是 0，对正样本也一样，
它们自己再也回不来；如果所有样本一开始都落在那里，就什么也学不到。

常见误解：以为负样本的输出接近 1（其实恰好是 0.5，因为 sigmoid(0) = 1/2）；以为输出是 0（把 ReLU
的输出当成了 yhat）；以为多训练一会儿就好（取值范围改变不了）；以为 z < 0 时梯度只是小，
像梯度消失那样（其实恰好是 0）；以为只有负样本受影响；以为 yhat - y 这个梯度公式依然成立。
"""

import math

import numpy as np

from autograder.check_toolkit import (
    alike,
    all_left_alone,
    all_same_for_any_type,
    each,
    fitted,
    relative_distance,
)
from autograder.pages import accepted, check, mistake, proof


def relu_sigmoid(z):
    return 1 / (1 + np.exp(-np.maximum(np.asarray(z, dtype=float), 0)))


def head_loss_grad(z, y, head):
    z, y = np.asarray(z, dtype=float), np.asarray(y, dtype=float)
    logits = np.maximum(z, 0) if head == "relu_sigmoid" else z
    loss = np.mean(y * np.logaddexp(0, -logits) + (1 - y) * np.logaddexp(0, logits))
    dz = (np.exp(-np.logaddexp(0, -logits)) - y) / z.size
    if head == "relu_sigmoid":
        dz = np.where(z > 0, dz, 0)
    return float(loss), dz


def loss_infimum(y):
    return float((1 - np.mean(y)) * np.log(2))


def train_head(X, y, head, lr, steps):
    X = np.asarray(X, dtype=float)
    w, b = np.full(X.shape[0], 0.1), 0.0
    for _ in range(steps):
        _, dz = head_loss_grad(w @ X + b, y, head)
        w, b = w - lr * (X @ dz), b - lr * float(dz.sum())
    return w, b


def data(rng, m):
    """Logits of both signs, none near 0, with both labels on both sides."""
    z = rng.uniform(0.2, 3, m) * np.where(np.arange(m) % 2, 1, -1)
    y = (rng.random(m) < 0.5).astype(float)
    y[:4] = 0, 0, 1, 1
    order = rng.permutation(m)
    return z[order], y[order]


def training_set(rng, n, m):
    y = (rng.random(m) < 0.5).astype(float)
    y[:2] = 0, 1
    return rng.normal(size=(n, m)) + 0.6 * (y - 0.5), y


def oracle_output(z, head):
    return 1 / (1 + math.exp(-(max(z, 0.0) if head == "relu_sigmoid" else z)))


def oracle_loss(z, y, head):
    """The mean by its definition, one sample at a time; for |z| of ordinary size."""
    total = 0.0
    for logit, label in zip(z, y, strict=True):
        p = oracle_output(float(logit), head)
        total -= math.log(p) if label else math.log(1 - p)
    return total / len(z)


def oracle_grad(z, y, head, h=1e-5):
    """Centred differences, sample by sample, of a mean; for z not within h of 0."""
    rises = [oracle_loss([t + h], [label], head) - oracle_loss([t - h], [label], head)
             for t, label in zip(z.tolist(), y.tolist(), strict=True)]
    return np.array(rises) / (2 * h) / len(z)


def oracle_training(X, y, head, lr, steps):
    """Gradient descent, one sample and one weight at a time."""
    samples, m = list(zip(X.T.tolist(), y.tolist(), strict=True)), len(y)
    w, b = [0.1] * len(X), 0.0
    for _ in range(steps):
        dw, db = [0.0] * len(X), 0.0
        for x, label in samples:
            z = sum(weight * t for weight, t in zip(w, x, strict=True)) + b
            if head == "relu_sigmoid" and z < 0:
                continue
            error = (oracle_output(z, head) - label) / m
            db += error
            dw = [d + error * t for d, t in zip(dw, x, strict=True)]
        w, b = [weight - lr * d for weight, d in zip(w, dw, strict=True)], b - lr * db
    return w, b


HEADS = ("sigmoid", "relu_sigmoid")


def with_both_heads(*given):
    """Cases: each (array, array, *rest) with either head, every case with arrays of its own."""
    return [(a.copy(), b.copy(), head, *rest) for a, b, *rest in given for head in HEADS]


@check(points=0.75)
def output_has_a_floor(relu_sigmoid):
    """relu_sigmoid is off: first the ReLU, then the sigmoid of its result. For z < 0 that is
    neither 0 nor close to 1; ask what the sigmoid is at the ReLU's output.
    中文：relu_sigmoid 不对：先做 ReLU，再对它的结果求 sigmoid。z < 0 的样本输出既不是 0，也不接近
    1；想一想 sigmoid 在 ReLU 的输出处取什么值。"""
    cases = [(data(np.random.default_rng(1), 9)[0],), (np.array([-30.0, 3.0, -1e-3, 0.0, 30.0]),)]
    wants = [[oracle_output(t, "relu_sigmoid") for t in z.tolist()] for z, in cases]
    for want, yhat in zip(wants, each(relu_sigmoid, cases), strict=True):
        assert alike(yhat, want)


@check(points=0.25)
def loss_of_both_heads(head_loss_grad):
    """The loss is off: the mean of the binary cross-entropies over both classes, with the yhat of
    the head in question, and not rounded.
    中文：损失不对：是二元交叉熵的平均值，两类样本都要计入，两种输出头各用自己的 yhat，不要四舍五
    入。"""
    rng = np.random.default_rng(2)
    cases = with_both_heads(data(rng, 7), data(rng, 10))
    wants = [oracle_loss(*case) for case in cases]
    for want, (loss, _) in zip(wants, each(head_loss_grad, cases), strict=True):
        assert alike(loss, want)


@check(points=0.75)
def one_half_is_dead(head_loss_grad):
    """The gradient for z < 0 is off: there the relu_sigmoid head is flat, whatever the label, and
    the sigmoid head is not. Do not forget the ReLU's derivative in the chain rule.
    中文：z < 0 时的梯度不对：relu_sigmoid 输出头在那里是平的，无论标签是 0 还是 1；sigmoid 输出头不
    是。别忘了链式法则里 ReLU 的导数。"""
    rng = np.random.default_rng(4)
    cases = with_both_heads(data(rng, 8), data(rng, 11))
    dead = [z < 0 for z, _, _ in cases]
    for (_, _, head), half, (_, dz) in zip(cases, dead, each(head_loss_grad, cases), strict=True):
        sizes = np.abs(fitted(dz, half.shape))
        assert np.all(sizes[~half] > 1e-6)
        assert np.all(sizes[half] < 1e-7 if head == "relu_sigmoid" else sizes[half] > 1e-6)


@check(points=0.25)
def matches_numerical_gradient(head_loss_grad):
    """The gradient differs from a numerical one: check the sign and the factor (the loss is a mean,
    so divide by m; no factor of sigmoid' is left).
    中文：梯度与数值梯度不一致：检查符号和系数（损失是平均值，要除以 m；没有 sigmoid 的导数这个因
    子）。"""
    rng = np.random.default_rng(6)
    cases = with_both_heads(data(rng, 7), data(rng, 10))
    wants = [oracle_grad(*case) for case in cases]
    for want, (_, dz) in zip(wants, each(head_loss_grad, cases), strict=True):
        assert relative_distance(fitted(dz, want.shape), want) < 1e-6


@check(points=0.25)
def exact_at_large_logits(relu_sigmoid, head_loss_grad):
    """At |z| = 1000 the output, the loss or the gradient is not the right finite number. If they
    are right for ordinary logits (other checks ask), the usual causes are inf / inf, which is nan,
    and the log of a sigmoid, which is infinite or was clipped: compute the loss from z itself.
    中文：|z| = 1000 时输出、损失或梯度不是正确的有限值。如果 z 不大时是对的（另有检查），通常是因为
    inf / inf 得到 nan，或者先取 sigmoid 再取 log，得到无穷大或者被截断：损失应直接由 z 计算。"""
    assert alike(relu_sigmoid(np.array([-1000.0, 1000.0, 2.0])), [0.5, 1, 1 / (1 + math.exp(-2))])
    z, y = np.array([1000.0, -1000.0, 1000.0, -1000.0]), np.array([0.0, 1.0, 1.0, 0.0])
    log2 = math.log(2)
    cases = [(z.copy(), y.copy(), "sigmoid"), (z.copy(), y.copy(), "relu_sigmoid"),
             (z[1:], y[1:], "relu_sigmoid")]
    wants = [(500, [0.25, -0.25, 0, 0]), (250 + log2 / 2, [0.25, 0, 0, 0]), (2 * log2 / 3, [0] * 3)]
    for (want, want_dz), (loss, dz) in zip(wants, each(head_loss_grad, cases), strict=True):
        assert alike(loss, want)
        assert alike(dz, want_dz)


@check(points=1)
def negatives_stay_expensive(loss_infimum):
    """loss_infimum is off: ask how little a positive and how little a negative sample can cost,
    each with a z of its own, and average by their shares.
    中文：loss_infimum 不对：分别问一个正样本、一个负样本的损失最小能到多少（各自的 z 任取），再按两
    类的比例平均。"""
    t = np.linspace(0, 60, 61)  # what a ReLU can put out
    cost = {0.0: np.min(np.log1p(np.exp(t))), 1.0: np.min(np.log1p(np.exp(-t)))}
    labels = [0.0, 0, 0, 0, 0], [1.0, 1, 1], [0.0, 1, 1, 0, 1, 1, 1], [1.0, 0, 0, 0], [0.0, 1]
    for y, answer in zip(labels, each(loss_infimum, [(np.array(y),) for y in labels]), strict=True):
        assert alike(answer, sum(cost[label] for label in y) / len(y))


@check(points=0.5)
def training_follows_the_gradient(train_head):
    """Training is off: start at w = 0.1, b = 0; every step uses the mean gradient of all samples
    for w and b at once; exactly `steps` steps, with the head asked for. (If head_loss_grad is off
    too, begin with that.)
    中文：训练结果不对：从 w = 0.1、b = 0 出发，每一步用全部样本的平均梯度同时更新 w 和 b，正好
    steps 步，用指定的输出头。（如果 head_loss_grad 也不对，先改它。）"""
    rng = np.random.default_rng(8)
    X, y = training_set(rng, 1, 6)
    cases = with_both_heads(
        (*training_set(rng, 3, 8), 0.5, 4), (*training_set(rng, 4, 4), 1.5, 3), (X, y, 0.2, 1))
    wants = [oracle_training(*case) for case in cases]
    cases.append((-np.abs(X) - 0.3, y, "relu_sigmoid", 1.0, 4))  # all start in the dead half
    wants.append(([0.1], 0))
    for (want_w, want_b), (w, b) in zip(wants, each(train_head, cases), strict=True):
        assert alike(w, want_w)
        assert alike(b, want_b)


@check(points=0.125)
def any_number_type(relu_sigmoid, head_loss_grad, loss_infimum, train_head):
    """For float32 or integer arrays a function raises an error, returns nan, or answers otherwise
    than for the same numbers as float64: make results float64 instead of copying the dtype of an
    input.
    中文：输入换成 float32 或整数数组时，有函数报错、得到 nan，或者结果与输入同样的 float64 数时不
    同：结果数组要用 float64，不要照抄输入的 dtype。"""
    z, y, X = [-3, 2, 4, -1, 1], [0, 1, 0, 1, 0], [[1, -3, 2, 4, 1], [3, 1, -5, 2, -2]]
    calls = [(relu_sigmoid, z), (loss_infimum, y)]
    for head in HEADS:
        calls += [(head_loss_grad, z, y, head), (train_head, X, y, head, 0.3, 2)]
    assert all_same_for_any_type(calls)


@check(points=0.125)
def leaves_arguments_alone(relu_sigmoid, head_loss_grad, loss_infimum, train_head):
    """An argument was changed by the call, or a function raised an error or returned nothing: no
    z[z < 0] = 0, -= or out= on what is passed in; copy first.
    中文：调用之后参数被改动了，或者函数报错，或者没有返回值：不要用 z[z < 0] = 0、-= 或 out= 去改传
    入的数组，先复制。"""
    rng = np.random.default_rng(11)
    z, y = data(rng, 7)
    X, labels = training_set(rng, 3, 7)
    calls = [(relu_sigmoid, z), (loss_infimum, y)]
    for head in HEADS:
        calls += [(head_loss_grad, z, y, head), (train_head, X, labels, head, 0.1, 2)]
    assert all_left_alone(calls)


@mistake(output_has_a_floor)
class negatives_at_zero:
    """Believed the output for z < 0 to be 0: took the ReLU's output for yhat
    中文：以为负样本的输出是 0：把 ReLU 的输出当成了 yhat"""
    def relu_sigmoid(z):
        return np.where(z > 0, 1 / (1 + np.exp(-z)), 0.0)


@mistake(output_has_a_floor)
class negatives_near_one:
    """Believed that negatives land near 1
    中文：以为负样本的输出接近 1"""
    def relu_sigmoid(z):
        return 1 / (1 + np.exp(-np.abs(z)))


@mistake(output_has_a_floor)
class relu_after_sigmoid:
    """Wrong order: a ReLU after the sigmoid does nothing
    中文：顺序反了：先 sigmoid 再 ReLU，等于没有 ReLU"""
    def relu_sigmoid(z):
        return np.maximum(0, 1 / (1 + np.exp(-z)))


@mistake(output_has_a_floor)
class leaky:
    """Used a leaky ReLU: it still slopes for z < 0 and the output drops below 0.5
    中文：用了有泄漏的 ReLU：z < 0 时仍有一点斜率，输出低于 0.5"""
    def relu_sigmoid(z):
        return 1 / (1 + np.exp(-np.where(z > 0, z, 0.01 * z)))


@mistake(exact_at_large_logits)
class overflows:
    """Wrote e^r / (1 + e^r): at z = 1000 that is inf / inf, which is nan
    中文：写成 e^r / (1 + e^r)：z = 1000 时是 inf / inf，即 nan"""
    def relu_sigmoid(z):
        e = np.exp(np.maximum(z, 0))
        return e / (1 + e)


@mistake(one_half_is_dead)
class derivative_forgotten:
    """Forgot the ReLU's derivative: believed yhat - y to hold for both heads
    中文：忘了 ReLU 的导数：以为 yhat - y 对两种输出头都成立"""
    def head_loss_grad(z, y, head):
        r = np.maximum(z, 0) if head == "relu_sigmoid" else z
        loss = np.mean(np.logaddexp(0, r) - y * r)
        return loss, (np.exp(-np.logaddexp(0, -r)) - y) / len(z)


@mistake(one_half_is_dead)
class only_negatives_die:
    """Believed that only negatives are stuck: positives with z < 0 still get a gradient
    中文：以为只有负样本学不动：z < 0 的正样本仍给了梯度"""
    def head_loss_grad(z, y, head):
        r = np.maximum(z, 0) if head == "relu_sigmoid" else z
        loss = np.mean(np.logaddexp(0, r) - y * r)
        dz = (np.exp(-np.logaddexp(0, -r)) - y) / len(z)
        if head == "relu_sigmoid":
            dz = np.where((z < 0) & (y == 0), 0, dz)
        return loss, dz


@mistake(one_half_is_dead)
class small_instead_of_zero:
    """Believed the gradient to be small for z < 0: multiplied by 0.01
    中文：以为梯度只是变小：z < 0 时乘了 0.01"""
    def head_loss_grad(z, y, head):
        r = np.maximum(z, 0) if head == "relu_sigmoid" else z
        loss = np.mean(np.logaddexp(0, r) - y * r)
        dz = (np.exp(-np.logaddexp(0, -r)) - y) / len(z)
        return loss, np.where(z < 0, 0.01, 1) * dz if head == "relu_sigmoid" else dz


@mistake(one_half_is_dead)
class both_heads_die:
    """Did not tell the heads apart: the sigmoid head gets the ReLU's derivative too
    中文：没有区分输出头：sigmoid 输出头也乘了 ReLU 的导数"""
    def head_loss_grad(z, y, head):
        r = np.maximum(z, 0) if head == "relu_sigmoid" else z
        loss = np.mean(np.logaddexp(0, r) - y * r)
        return loss, np.where(z > 0, np.exp(-np.logaddexp(0, -r)) - y, 0) / len(z)


@mistake(loss_of_both_heads)
class head_ignored_in_the_loss:
    """Ignored the head: the loss is always that of sigmoid(z)
    中文：忽略了 head：损失总是按 sigmoid(z) 计算"""
    def head_loss_grad(z, y, head):
        loss = np.mean(np.logaddexp(0, z) - y * z)
        dz = (np.exp(-np.logaddexp(0, -z)) - y) / len(z)
        return loss, dz * (z > 0) if head == "relu_sigmoid" else dz


@mistake(loss_of_both_heads)
class summed_loss:
    """Added up the losses instead of averaging them
    中文：损失求了和，没有取平均"""
    def head_loss_grad(z, y, head):
        r = np.maximum(z, 0) if head == "relu_sigmoid" else z
        dz = (np.exp(-np.logaddexp(0, -r)) - y) / len(z)
        return np.sum(np.logaddexp(0, r) - y * r), dz * (z > 0) if head == "relu_sigmoid" else dz


@mistake(loss_of_both_heads)
class dead_samples_left_out:
    """Averaged over the samples with z > 0 only: believed that dead samples cost nothing
    中文：只对 z > 0 的样本取平均：以为学不动的样本也不计损失"""
    def head_loss_grad(z, y, head):
        alive = z > 0 if head == "relu_sigmoid" else np.ones(len(z), dtype=bool)
        t, label, dz = z[alive], y[alive], np.zeros(len(z))
        dz[alive] = (np.exp(-np.logaddexp(0, -t)) - label) / len(z)
        return np.mean(np.logaddexp(0, t) - label * t), dz


@mistake(matches_numerical_gradient)
class gradient_of_the_sum:
    """Averaged the loss and did not divide the gradient by m
    中文：损失取了平均，梯度却没有除以 m"""
    def head_loss_grad(z, y, head):
        r = np.maximum(z, 0) if head == "relu_sigmoid" else z
        dz = np.exp(-np.logaddexp(0, -r)) - y
        loss = np.mean(np.logaddexp(0, r) - y * r)
        return loss, dz * (z > 0) if head == "relu_sigmoid" else dz


@mistake(matches_numerical_gradient)
class sign_flipped:
    """Flipped the sign of the gradient: wrote y - yhat
    中文：梯度符号反了：写成了 y - yhat"""
    def head_loss_grad(z, y, head):
        r = np.maximum(z, 0) if head == "relu_sigmoid" else z
        dz = (y - np.exp(-np.logaddexp(0, -r))) / len(z)
        loss = np.mean(np.logaddexp(0, r) - y * r)
        return loss, dz * (z > 0) if head == "relu_sigmoid" else dz


@mistake(exact_at_large_logits)
class clipped_log:
    """Clipped yhat or added a small number to it before the logarithm: large losses saturate
    中文：先把 yhat 截断或加上一个小数再取对数：大的损失到某个值就停住了"""
    def head_loss_grad(z, y, head):
        p = relu_sigmoid(z) if head == "relu_sigmoid" else 1 / (1 + np.exp(-z))
        q = np.clip(p, 1e-12, 1 - 1e-12)
        loss = -np.mean(y * np.log(q) + (1 - y) * np.log(1 - q))
        return loss, (p - y) / len(z) * ((z > 0) | (head == "sigmoid"))


@mistake(exact_at_large_logits, belief="clipped_log")
class clipped_log_at_1e_8:
    def head_loss_grad(z, y, head):
        p = relu_sigmoid(z) if head == "relu_sigmoid" else 1 / (1 + np.exp(-z))
        q = np.clip(p, 1e-8, 1 - 1e-8)
        loss = -np.mean(y * np.log(q) + (1 - y) * np.log(1 - q))
        return loss, (p - y) / len(z) * ((z > 0) | (head == "sigmoid"))


@mistake(exact_at_large_logits, belief="clipped_log")
class clipped_log_at_1e_7:
    def head_loss_grad(z, y, head):
        p = relu_sigmoid(z) if head == "relu_sigmoid" else 1 / (1 + np.exp(-z))
        q = np.clip(p, 1e-7, 1 - 1e-7)
        loss = -np.mean(y * np.log(q) + (1 - y) * np.log(1 - q))
        return loss, (p - y) / len(z) * ((z > 0) | (head == "sigmoid"))


@mistake(exact_at_large_logits, belief="clipped_log")
class clipped_for_both:
    def head_loss_grad(z, y, head):
        p = relu_sigmoid(z) if head == "relu_sigmoid" else 1 / (1 + np.exp(-z))
        p = np.clip(p, 1e-7, 1 - 1e-7)
        loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
        return loss, (p - y) / len(z) * ((z > 0) | (head == "sigmoid"))


@mistake(exact_at_large_logits, belief="clipped_log")
class clipped_log_at_1e_15:
    def head_loss_grad(z, y, head):
        p = relu_sigmoid(z) if head == "relu_sigmoid" else 1 / (1 + np.exp(-z))
        q = np.clip(p, 1e-15, 1 - 1e-15)
        loss = -np.mean(y * np.log(q) + (1 - y) * np.log(1 - q))
        return loss, (p - y) / len(z) * ((z > 0) | (head == "sigmoid"))


@mistake(exact_at_large_logits, belief="clipped_log")
class guarded_log:
    def head_loss_grad(z, y, head):
        p = relu_sigmoid(z) if head == "relu_sigmoid" else 1 / (1 + np.exp(-z))
        loss = -np.mean(y * np.log(p + 1e-8) + (1 - y) * np.log(1 - p + 1e-8))
        return loss, (p - y) / len(z) * ((z > 0) | (head == "sigmoid"))


@mistake(exact_at_large_logits)
class naive_logarithm:
    """Took the logarithm of yhat with no care: at |z| = 1000 it is log 0, and 0 log 0 is nan
    中文：直接对 yhat 取对数：|z| = 1000 时是 log 0，而 0 log 0 是 nan"""
    def head_loss_grad(z, y, head):
        p = relu_sigmoid(z) if head == "relu_sigmoid" else 1 / (1 + np.exp(-z))
        loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
        return loss, (p - y) / len(z) * ((z > 0) | (head == "sigmoid"))


@mistake(loss_of_both_heads)
class rounded_loss:
    """Rounded the loss to 4 digits
    中文：把损失四舍五入到 4 位小数"""
    def head_loss_grad(z, y, head):
        r = np.maximum(z, 0) if head == "relu_sigmoid" else z
        dz = (np.exp(-np.logaddexp(0, -r)) - y) / len(z)
        loss = round(float(np.mean(np.logaddexp(0, r) - y * r)), 4)
        return loss, dz * (z > 0) if head == "relu_sigmoid" else dz


@mistake(negatives_stay_expensive)
class loss_can_vanish:
    """Believed that the loss can always be brought to 0 by extreme logits
    中文：以为损失总能降到 0：只要 z 足够大或足够小"""
    def loss_infimum(y):
        return 0.0


@mistake(negatives_stay_expensive)
class log2_for_everybody:
    """Believed that every sample costs log 2: positives can get as cheap as you like
    中文：以为每个样本都至少损失 log 2：忘了正样本可以任意接近 0"""
    def loss_infimum(y):
        return float(np.log(2))


@mistake(negatives_stay_expensive)
class wrong_class_pays:
    """Mixed up the classes: believed the positives to be the expensive ones
    中文：弄反了类别：以为代价高的是正样本"""
    def loss_infimum(y):
        return float(np.mean(y) * np.log(2))


@mistake(negatives_stay_expensive)
class entropy_of_the_labels:
    """Believed that all samples share one z: computed the entropy of the labels
    中文：以为所有样本共用一个 z：算成了标签的熵"""
    def loss_infimum(y):
        p = np.mean(y)
        return float(sum(-q * np.log(q) for q in (p, 1 - p) if q > 0))


@mistake(negatives_stay_expensive)
class infimum_of_the_sum:
    """Added up instead of averaging
    中文：求了和，没有取平均"""
    def loss_infimum(y):
        return float(np.sum(1 - np.asarray(y)) * np.log(2))


@mistake(training_follows_the_gradient)
class starts_at_zero:
    """Started from w = 0: every z is 0, on the very kink of the ReLU
    中文：从 w = 0 出发：z 全是 0，正好卡在 ReLU 的拐点上"""
    def train_head(X, y, head, lr, steps):
        w, b = np.zeros(len(X)), 0.0
        for _ in range(steps):
            dz = head_loss_grad(w @ X + b, y, head)[1]
            w, b = w - lr * (X @ dz), b - lr * np.sum(dz)
        return w, b


@mistake(training_follows_the_gradient)
class one_after_the_other:
    """Updated w first and took b's gradient at the new w: both belong to the same point
    中文：先更新 w，再用新的 w 求 b 的梯度：两者应当同时更新"""
    def train_head(X, y, head, lr, steps):
        w, b = np.full(len(X), 0.1), 0.0
        for _ in range(steps):
            w = w - lr * (X @ head_loss_grad(w @ X + b, y, head)[1])
            b = b - lr * np.sum(head_loss_grad(w @ X + b, y, head)[1])
        return w, b


@mistake(training_follows_the_gradient)
class bias_not_trained:
    """Never updated b
    中文：忘了更新 b"""
    def train_head(X, y, head, lr, steps):
        w = np.full(len(X), 0.1)
        for _ in range(steps):
            w = w - lr * (X @ head_loss_grad(w @ X, y, head)[1])
        return w, 0.0


@mistake(training_follows_the_gradient)
class head_ignored_in_training:
    """Always trained the sigmoid head
    中文：训练时写死了 sigmoid 输出头"""
    def train_head(X, y, head, lr, steps):
        w, b = np.full(len(X), 0.1), 0.0
        for _ in range(steps):
            dz = head_loss_grad(w @ X + b, y, "sigmoid")[1]
            w, b = w - lr * (X @ dz), b - lr * np.sum(dz)
        return w, b


@mistake(any_number_type)
class dtype_of_the_input:
    """Built w with np.full_like: for an integer X the start 0.1 is cut to 0
    中文：w 用 np.full_like 建：X 是整数时 0.1 被截断成 0"""
    def train_head(X, y, head, lr, steps):
        w, b = np.full_like(X[:, 0], 0.1), 0.0
        for _ in range(steps):
            dz = head_loss_grad(w @ X + b, y, head)[1]
            w, b = w - lr * (X @ dz), b - lr * np.sum(dz)
        return w, b


@mistake(any_number_type)
class gradient_of_integers:
    """Built the gradient with np.zeros_like(z): for integer logits all fractions are cut off
    中文：梯度用 np.zeros_like(z) 建：z 是整数时小数全被截掉"""
    def head_loss_grad(z, y, head):
        r = np.maximum(z, 0) if head == "relu_sigmoid" else z
        dz = np.zeros_like(z)
        for i in range(len(z)):
            if head == "sigmoid" or z[i] > 0:
                dz[i] = (1 / (1 + np.exp(-np.float64(r[i]))) - y[i]) / len(z)
        return np.mean(np.logaddexp(0, r) - y * r), dz


@mistake(leaves_arguments_alone)
class relu_in_place:
    """Wrote the ReLU as z[z < 0] = 0 and so overwrote the caller's array
    中文：用 z[z < 0] = 0 做 ReLU，把调用者的数组改掉了"""
    def relu_sigmoid(z):
        z[z < 0] = 0
        return 1 / (1 + np.exp(-z))


@accepted
class sample_by_sample:
    def relu_sigmoid(z):
        return [0.5 if t <= 0 else float(1 / (1 + np.exp(-t))) for t in z]

    def head_loss_grad(z, y, head):
        loss, dz = 0, []
        for t, label in zip(z, y, strict=True):
            dead = head == "relu_sigmoid" and t <= 0
            t = 0.0 if dead else float(t)
            e = np.exp(-abs(t))
            p = 1 / (1 + e) if t >= 0 else e / (1 + e)
            loss += max(t, 0) - t * label + np.log1p(e)
            dz.append(0 if dead else (p - label) / len(z))
        return loss / len(z), dz

    def train_head(X, y, head, lr, steps):
        n, m = np.shape(X)
        w, b = [0.1] * n, 0
        for _ in range(steps):
            z = [sum(w[j] * X[j][i] for j in range(n)) + b for i in range(m)]
            dz = head_loss_grad(z, y, head)[1]
            w = [w[j] - lr * sum(dz[i] * X[j][i] for i in range(m)) for j in range(n)]
            b -= lr * sum(dz)
        return w, b


@accepted
class clipped_sigmoid:
    def relu_sigmoid(z):
        yhat = 0.5 * (1 + np.tanh(np.asarray(z) / 2))
        return np.clip(yhat, 0.5, 1)


@accepted
class mask_from_the_output:
    def head_loss_grad(z, y, head):
        z = np.array(z, dtype=float)
        alive = np.ones(z.shape, dtype=bool)
        if head == "relu_sigmoid":
            alive = relu_sigmoid(z) > 0.5
            z = z * alive
        signs = 1 - 2 * np.asarray(y)
        with np.errstate(over="ignore"):
            dz = signs / (1 + np.exp(-signs * z)) * alive / len(z)
        return np.logaddexp(0, signs * z).mean(), dz


@accepted
class derivative_one_at_zero:
    def head_loss_grad(z, y, head):
        r = np.where(z < 0, 0.0, z) if head == "relu_sigmoid" else np.array(z, dtype=float)
        slope = np.heaviside(z, 1) if head == "relu_sigmoid" else 1.0
        with np.errstate(over="ignore"):
            p = 1 / (1 + np.exp(-r))
        loss = np.where(np.asarray(y) == 1, np.logaddexp(0, -r), np.logaddexp(0, r))
        return np.average(loss), (p - y) * slope / np.size(z)


@accepted
class counts_the_negatives:
    def loss_infimum(y):
        y = list(y)
        return y.count(0) / len(y) * np.log(2)


@accepted
class infimum_at_huge_logits:
    def loss_infimum(y):
        y = np.asarray(y)
        return np.array(head_loss_grad(np.where(y > 0, 1e3, -1e3), y, "relu_sigmoid")[0])


@accepted
class bias_as_a_weight:
    def train_head(X, y, head, lr, steps):
        wide = np.vstack([X, np.ones((1, np.shape(X)[1]))])
        theta = np.append(np.full(len(X), 0.1), 0.0)
        for _ in range(steps):
            dz = head_loss_grad(theta @ wide, y, head)[1]
            theta = theta - lr * np.einsum("jm,m->j", wide, dz)
        return theta[:-1], theta[-1]


@accepted
class row_vectors_inside:
    def train_head(X, y, head, lr, steps):
        W, b, m = np.ones((1, len(X))) / 10, np.zeros((1, 1)), np.shape(X)[1]
        for _ in range(steps):
            Z = W @ X + b
            dead = (Z < 0) & (head == "relu_sigmoid")
            dZ = np.where(dead, 0, 1 / (1 + np.exp(-Z)) - y)
            W, b = W - lr * dZ @ np.transpose(X) / m, b - lr * dZ.mean(axis=1, keepdims=True)
        return tuple(W.ravel()), b.item()


@accepted
class bias_of_shape_one:
    def train_head(X, y, head, lr, steps):
        X = np.asarray(X, dtype=float)
        w, b = np.ones((X.shape[0], 1)) / 10, np.zeros(1)
        for _ in range(steps):
            dz = np.asarray(head_loss_grad((w.T @ X).ravel() + b, y, head)[1])
            w = w - lr * X @ dz[:, None]
            b = b - lr * dz.sum()
        return w.ravel(), b


@proof
def negatives_land_on_one_half_and_stay_there():
    z, y = np.array([-1.0, -50.0, -2.0]), np.array([0.0, 0.0, 1.0])
    assert np.all(relu_sigmoid(z) == 0.5)  # not near 1, not near 0
    assert not np.any(head_loss_grad(z, y, "relu_sigmoid")[1])  # and no way out
    assert head_loss_grad(np.array([-1e3]), y[:1], "relu_sigmoid")[0] > 0.69
