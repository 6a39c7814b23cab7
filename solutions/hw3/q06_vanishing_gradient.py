"""One layer back multiplies the gradient by W^T diag(sigmoid'(z)). sigmoid' is at most 1/4, reached
at z = 0, but the weights stand beside it: in a scalar chain the factor is w sigmoid'(z). At z = 0
the gradient vanishes for |w| < 4, keeps its size at |w| = 4 and explodes above: the critical weight
is 4.

The common belief is that the gradient shrinks by 0.25 a layer, full stop, as if 0.25^L were the
bound. It is one only while the weights have norms up to 1. Larger weights help less than they
promise, because they also push z away from 0, where sigmoid' is small: saturation. What does help:
activations with slope 1 over half the line (ReLU, leaky ReLU) together with a matching spread of
the weights, sqrt(2 / n); with ReLU and sqrt(1 / n) the gradient still halves every two layers.

中文：
梯度往回传一层，要乘以 W^T diag(sigmoid'(z))。sigmoid' 最大为 1/4，在 z = 0 处取到，
但旁边还乘着权重：标量链的因子是 w sigmoid'(z)。在 z = 0 处，|w| < 4 时梯度消失，|w| = 4
时大小不变，再大就爆炸。所以临界权重是 4。

最常见的错误，是以为每层一定缩小到 0.25 倍，把 0.25^L 当成上界。只有权重的范数不超过 1
时它才是上界。增大权重的效果也有限：z 会被推离 0，那里的 sigmoid' 很小，这就是饱和。
真正有用的是在半条数轴上斜率为 1 的激活函数（ReLU、leaky ReLU），再配上合适的初始化 sqrt(2 / n)；
若 ReLU 配 sqrt(1 / n)，梯度仍然每两层减半。
"""

import itertools
import math

import numpy as np

from autograder.check_toolkit import (
    alike,
    all_left_alone,
    all_same_for_any_type,
    each,
    each_same_for_any_type,
    fitted,
)
from autograder.pages import accepted, check, mistake, proof


def activation(name, z):
    z = np.asarray(z, dtype=float)
    if name == "sigmoid":
        return np.exp(-np.logaddexp(0, -z))
    if name == "tanh":
        return np.tanh(z)
    return np.where(z > 0, z, (0.01 if name == "leaky" else 0.0) * z)


def activation_grad(name, z):
    z = np.asarray(z, dtype=float)
    h = activation(name, z)
    if name == "sigmoid":
        return h * (1 - h)
    if name == "tanh":
        return 1 - h**2
    return np.where(z > 0, 1.0, 0.01 if name == "leaky" else 0.0)


def backprop_norms(Ws, x, delta_out, name):
    h, zs = np.asarray(x, dtype=float), []
    for W in Ws:
        zs.append(np.asarray(W, dtype=float) @ h)
        h = activation(name, zs[-1])
    delta = np.asarray(delta_out, dtype=float)
    norms = [np.linalg.norm(delta)]
    for W, z in zip(reversed(Ws), reversed(zs), strict=True):
        delta = np.asarray(W, dtype=float).T @ (delta * activation_grad(name, z))
        norms.append(np.linalg.norm(delta))
    return np.array(norms[::-1])


def critical_weight():
    # |w| sigmoid'(0) = 1
    return 1 / float(activation_grad("sigmoid", 0.0))


NAMES = ("sigmoid", "tanh", "relu", "leaky")


def oracle_activation(name, t):
    """The activation of one number of ordinary size, by its definition."""
    if name == "sigmoid":
        return 1 / (1 + math.exp(-t))
    if name == "tanh":
        up, down = math.exp(t), math.exp(-t)
        return (up - down) / (up + down)
    if t > 0:
        return t
    return 0.01 * t if name == "leaky" else 0.0


def oracle_activations(name, z):
    """The activation of every entry of an array, one number at a time."""
    return np.reshape([oracle_activation(name, t) for t in z.ravel().tolist()], z.shape)


def oracle_output(Ws, H, name):
    """What the layers Ws make of the columns of H."""
    for W in Ws:
        H = oracle_activations(name, W @ H)
    return H


def oracle_norms(Ws, x, delta_out, name, step=1e-5):
    """Norms of the centred differences of L = delta_out . h_L by every entry of every h_l."""
    norms = []
    for layer in range(len(Ws) + 1):
        h = oracle_output(Ws[:layer], x[:, None], name)
        moves = step * np.eye(h.size)
        up = delta_out @ oracle_output(Ws[layer:], h + moves, name)
        down = delta_out @ oracle_output(Ws[layer:], h - moves, name)
        norms.append(math.hypot(*(up - down) / (2 * step)))
    return np.array(norms)


def network(rng, sizes):
    """Matrices of the given widths, an input and dL/dh_L."""
    Ws = [rng.normal(size=(b, a)) for a, b in itertools.pairwise(sizes)]
    return Ws, rng.normal(size=sizes[0]), rng.normal(size=sizes[-1])


def numbers(norms, count):
    """The list of norms as an array, after a look at its length."""
    return fitted(norms if isinstance(norms, np.ndarray) else list(norms), (count,))


def six_points(*shape):
    """Six numbers of both signs, none of them 0, in a new array."""
    return np.array([-4.0, -1.3, -0.2, 0.1, 0.9, 3.5]).reshape(shape)


def six_points_in_three_shapes():
    return six_points(2, 3), six_points(6), six_points(3, 1, 2)


@check(points=0.25)
def activations_are_right(activation):
    """An activation has wrong values: look up sigmoid, tanh and relu; leaky has the slope 0.01 for
    negative z.
    中文：激活函数的值不对：核对 sigmoid、tanh、relu 的定义，leaky 在负半轴的斜率是 0.01。"""
    cases = [(name, z) for name in NAMES for z in six_points_in_three_shapes()]
    cases.append(("sigmoid", np.zeros(1)))
    wants = [oracle_activations(*case) for case in cases]
    for want, answer in zip(wants, each(activation, cases), strict=True):
        assert alike(answer, want)


@check(points=0.25)
def derivatives_match_differences(activation_grad):
    """A derivative differs from a numerical one: activation_grad takes z and not h; then look at
    the formula for each of the four.
    中文：导数与数值微分不一致：activation_grad 的参数是 z，不是 h；再核对四个函数各自的导数公
    式。"""
    cases = [(name, z) for name in NAMES for z in six_points_in_three_shapes()]
    wants = [(oracle_activations(name, z + 1e-5) - oracle_activations(name, z - 1e-5)) / 2e-5
             for name, z in cases]
    for want, answer in zip(wants, each(activation_grad, cases), strict=True):
        assert alike(answer, want)


@check(points=0.125)
def shape_is_kept(activation, activation_grad):
    """activation or activation_grad changes the shape of z: the answer has the shape of the
    argument, whatever it is, also for a 0-d array.
    中文：activation 或 activation_grad 改变了 z 的形状：不管 z 是什么形状，结果都与它同形状，0 维数
    组也是。"""
    shapes = ((), (1,), (4, 1), (2, 1, 3))
    for function in (activation, activation_grad):
        answers = each(function, [(n, np.full(shape, 0.7)) for n in NAMES for shape in shapes])
        for shape, answer in zip(shapes * len(NAMES), answers, strict=True):
            assert np.shape(answer) == shape


@check(points=0.125)
def finite_at_a_thousand(activation, activation_grad):
    """At |z| = 1000 an activation or a derivative is not the right finite number. If it is right
    for ordinary z (other checks ask), an exponential overflowed into inf/inf: rewrite the formula
    so that exp never gets a large argument.
    中文：|z| = 1000 时激活值或导数不是正确的有限值。如果 z 不大时是对的（另有检查），就是指数溢出得
    到了 inf/inf：换一种写法，让 exp 的参数不会太大。"""
    values = {"sigmoid": [0, 1], "tanh": [-1, 1], "relu": [0, 1000], "leaky": [-10, 1000]}
    slopes = {"sigmoid": [0, 0], "tanh": [0, 0], "relu": [0, 1], "leaky": [0.01, 1]}
    for function, wants in ((activation, values), (activation_grad, slopes)):
        answers = each(function, [(name, np.array([-1000.0, 1000.0])) for name in wants])
        for want, answer in zip(wants.values(), answers, strict=True):
            assert alike(answer, want)


@check(points=0.75)
def norms_match_differences(backprop_norms):
    """The norms differ from numerical ones: each layer back is a product with the transpose of W
    and, entry by entry, with the slope at z (not at h), in the last layer too.
    中文：范数与数值梯度不一致：每层往回传要乘 W 的转置，还要逐元素乘激活函数在 z 处（不是 h 处）的
    导数，最后一层也不例外。"""
    rng = np.random.default_rng(2)
    cases = [(*network(rng, sizes), name) for sizes, names in (
        ((3, 5, 2, 4), ("sigmoid", "relu", "tanh", "leaky")), ((4, 4, 4), ("tanh", "leaky")))
        for name in names]
    wants = [oracle_norms(*case) for case in cases]
    for want, answer in zip(wants, each(backprop_norms, cases), strict=True):
        assert alike(np.sort(numbers(answer, len(want))), np.sort(want))


@check(points=0.25)
def from_input_to_output(backprop_norms):
    """Number, order or kind of the norms is off: L + 1 of them, input first; the last is the
    Euclidean norm of delta_out itself.
    中文：范数的个数、次序或种类不对：共 L + 1 个，输入端在最前，最后一个就是 delta_out 的欧氏范
    数。"""
    rng = np.random.default_rng(4)
    cases = [(*network(rng, sizes), "tanh") for sizes in ((3, 3, 3, 3, 3), (4, 4))]
    wants = [(len(Ws) + 1, math.hypot(*delta_out)) for Ws, _, delta_out, _ in cases]
    for (count, last), answer in zip(wants, each(backprop_norms, cases), strict=True):
        norms = numbers(answer, count)
        assert abs(norms[-1] - last) < 1e-6
        assert abs(norms[0] - norms[-1]) > 1e-3


@check(points=1.5)
def weights_decide(backprop_norms):
    """With other weights the norms do not change as they should: in a chain of sigmoid layers, the
    factor of a layer holds the weights as well as the slope, and 0.25^L is no bound. Nothing may be
    rounded or kept from 0.
    中文：换一组权重，各层范数的变化不对：sigmoid 层的因子里不只有导数，还有权重，0.25^L 并不是上
    界。不要四舍五入，也不要给范数设下限。"""
    # (1, -1) is an eigenvector and all z stay 0: each layer multiplies by size / 4
    pattern, depth, sizes = np.array([[1.0, -1.0], [-1.0, 1.0]]) / 2, 12, (0.05, 3.0, 4.0, -40.0)
    answers = each(backprop_norms, [
        ([size * pattern for _layer in range(depth)], np.full(2, 0.5), np.array([0.5, -0.5]),
         "sigmoid") for size in sizes])
    first, *others = (numbers(answer, depth + 1) for answer in answers)
    # A slip in the slopes is another check's business: judged is what other weights change.
    assert np.all(first > 0)
    for size, norms in zip(sizes[1:], others, strict=True):
        want = (abs(size) / sizes[0]) ** np.arange(depth + 1)
        assert alike(np.sort(norms / first), want)


@check(points=0.5)
def weight_that_keeps_the_gradient(critical_weight):
    """critical_weight is off: write down the factor of one layer back in a scalar chain, which
    holds the weight and the slope of the sigmoid at 0. When is its size 1?
    中文：critical_weight 不对：写出标量链每往回传一层要乘的因子，其中既有权重，也有 sigmoid 在 0 处
    的导数；它的绝对值何时为 1？"""
    slope = (oracle_activation("sigmoid", 1e-4) - oracle_activation("sigmoid", -1e-4)) / 2e-4
    assert alike(critical_weight(), 1 / slope, atol=0)


@check(points=0.125)
def any_number_type(activation, activation_grad, backprop_norms):
    """For float32 or integer arrays a function raises an error, returns nan, or answers otherwise
    than for the same numbers as float64: make results floats instead of copying the dtype of an
    input.
    中文：输入换成 float32 或整数数组时，有函数报错、得到 nan，或者结果与输入同样的 float64 数时不
    同：结果数组要用浮点数，不要照抄输入的 dtype。"""
    assert all_same_for_any_type([
        (function, name, [-3, 2, -1, 1, 4])
        for function in (activation, activation_grad) for name in NAMES
    ])
    Ws, x, delta = ([[1, 2, -1], [3, 0, 1]], [[1, -1], [-2, 1], [1, 1]]), [1, -2, 1], [2, -1, 1]
    assert each_same_for_any_type(
        backprop_norms, [(Ws, x, delta, name) for name in NAMES], read=lambda a: numbers(a, 3)
    )


@check(points=0.125)
def leaves_arguments_alone(activation, activation_grad, backprop_norms):
    """An argument was changed, or a function raised an error or returned nothing: no assignment
    into arrays passed in, no reverse or pop on Ws; copy first.
    中文：调用之后参数被改动了，或者函数报错，或者没有返回值：不要在传入的数组上赋值，也不要对 Ws 用
    reverse 或 pop，先复制。"""
    rng, calls = np.random.default_rng(6), []
    for name in NAMES:
        calls += [(activation, name, six_points(2, 3)), (activation_grad, name, six_points(2, 3)),
                  (backprop_norms, *network(rng, (3, 3, 3, 3)), name)]
    assert all_left_alone(calls)


@mistake(weights_decide)
class a_quarter_per_layer:
    """Took the gradient to shrink by 0.25 a layer, whatever the weights are
    中文：以为每层恰好缩小到 0.25 倍，与权重无关"""
    def backprop_norms(Ws, x, delta_out, name):
        slope = {"sigmoid": 0.25, "tanh": 1.0, "relu": 1.0, "leaky": 1.0}[name]
        L = len(Ws)
        return np.array([np.linalg.norm(delta_out) * slope**k for k in range(L, -1, -1)])


@mistake(weights_decide)
class weights_left_out:
    """Multiplied by the slopes alone on the way back and left the weights out
    中文：往回传时只乘了激活函数的导数，漏掉了权重"""
    def backprop_norms(Ws, x, delta_out, name):
        h, zs = x, []
        for W in Ws:
            zs.append(W @ h)
            h = activation(name, zs[-1])
        factor, norms = np.linalg.norm(delta_out), [np.linalg.norm(delta_out)]
        for z in zs[::-1]:
            factor = factor * np.mean(activation_grad(name, z))
            norms.append(factor)
        return np.array(norms[::-1])


@mistake(norms_match_differences)
class largest_slope:
    """Used the largest slope instead of the slope at z: that gives a bound, not the gradient
    中文：用导数的最大值代替了 z 处的导数：得到的是上界，不是梯度"""
    def backprop_norms(Ws, x, delta_out, name):
        slope = 0.25 if name == "sigmoid" else 1.0
        delta, norms = delta_out, [np.linalg.norm(delta_out)]
        for W in Ws[::-1]:
            delta = W.T @ (delta * slope)
            norms.append(np.linalg.norm(delta))
        return np.array(norms[::-1])


@mistake(norms_match_differences)
class product_of_norms:
    """Multiplied the norms of the layers: a bound, and far too large when directions differ
    中文：把各层的范数相乘：那是上界，方向对不上时会大得多"""
    def backprop_norms(Ws, x, delta_out, name):
        h, factors = x, []
        for W in Ws:
            z = W @ h
            h = activation(name, z)
            factors.append(np.linalg.norm(activation_grad(name, z)[:, None] * W, 2))
        norms = [np.linalg.norm(delta_out)]
        for factor in factors[::-1]:
            norms.append(norms[-1] * factor)
        return np.array(norms[::-1])


@mistake(norms_match_differences)
class slope_at_h:
    """Took the slope at h instead of z
    中文：在 h 处求了激活函数的导数：activation_grad 的参数应当是 z"""
    def backprop_norms(Ws, x, delta_out, name):
        hs = [x]
        for W in Ws:
            hs.append(activation(name, W @ hs[-1]))
        delta, norms = delta_out, [np.linalg.norm(delta_out)]
        for W, h in zip(Ws[::-1], hs[:0:-1], strict=True):
            delta = W.T @ (delta * activation_grad(name, h))
            norms.append(np.linalg.norm(delta))
        return np.array(norms[::-1])


@mistake(norms_match_differences)
class not_transposed:
    """Forgot the transpose: with square matrices nothing complains
    中文：忘了转置：方阵时不报错，结果却是错的"""
    def backprop_norms(Ws, x, delta_out, name):
        h, zs = x, []
        for W in Ws:
            zs.append(W @ h)
            h = activation(name, zs[-1])
        delta, norms = delta_out, [np.linalg.norm(delta_out)]
        for W, z in zip(Ws[::-1], zs[::-1], strict=True):
            delta = W @ (delta * activation_grad(name, z))
            norms.append(np.linalg.norm(delta))
        return np.array(norms[::-1])


@mistake(norms_match_differences)
class last_activation_skipped:
    """Left the slope of the last layer out: took delta_out for the gradient before its activation,
    or the last layer for linear
    中文：漏乘了最后一层的导数：把 delta_out 当成最后一个激活函数之前的梯度，或者以为最后一层没有激
    活函数"""
    def backprop_norms(Ws, x, delta_out, name):
        h, zs = x, []
        for W in Ws:
            zs.append(W @ h)
            h = activation(name, zs[-1])
        delta, norms = delta_out, [np.linalg.norm(delta_out)]
        for i in range(len(Ws) - 1, -1, -1):
            delta = Ws[i].T @ delta
            norms.append(np.linalg.norm(delta))
            if i > 0:
                delta = delta * activation_grad(name, zs[i - 1])
        return np.array(norms[::-1])


@mistake(norms_match_differences, belief="last_activation_skipped")
class linear_last_layer:
    def backprop_norms(Ws, x, delta_out, name):
        h, slopes = x, []
        for i, W in enumerate(Ws):
            z, last = W @ h, i == len(Ws) - 1
            h = z if last else activation(name, z)
            slopes.append(np.ones(z.shape) if last else activation_grad(name, z))
        delta, norms = delta_out, [np.linalg.norm(delta_out)]
        for W, slope in zip(Ws[::-1], slopes[::-1], strict=True):
            delta = W.T @ (delta * slope)
            norms.append(np.linalg.norm(delta))
        return np.array(norms[::-1])


@mistake(norms_match_differences)
class always_sigmoid:
    """Ignored name: every activation is treated as a sigmoid
    中文：没有用 name：不管什么激活函数都当成 sigmoid"""
    def backprop_norms(Ws, x, delta_out, name):
        h, zs = x, []
        for W in Ws:
            zs.append(W @ h)
            h = activation("sigmoid", zs[-1])
        delta, norms = delta_out, [np.linalg.norm(delta_out)]
        for W, z in zip(Ws[::-1], zs[::-1], strict=True):
            delta = W.T @ (delta * activation_grad("sigmoid", z))
            norms.append(np.linalg.norm(delta))
        return np.array(norms[::-1])


@mistake(norms_match_differences)
class norms_before_the_activation:
    """Gave the norms of dL/dz, the gradient at the input of an activation, instead of dL/dh
    中文：求的是 dL/dz（激活函数输入处的梯度）的范数，而不是 dL/dh 的"""
    def backprop_norms(Ws, x, delta_out, name):
        h, zs = x, []
        for W in Ws:
            zs.append(W @ h)
            h = activation(name, zs[-1])
        delta, norms = delta_out, [np.linalg.norm(delta_out)]
        for W, z in zip(Ws[::-1], zs[::-1], strict=True):
            delta = delta * activation_grad(name, z)
            norms.append(np.linalg.norm(delta))
            delta = W.T @ delta
        return np.array(norms[::-1])


@mistake(weights_decide)
class rounded_norms:
    """Rounded the norms to 6 digits: a small gradient looks like none at all
    中文：把范数四舍五入到 6 位小数：很小的梯度看起来就是 0"""
    def backprop_norms(Ws, x, delta_out, name):
        h, zs = x, []
        for W in Ws:
            zs.append(W @ h)
            h = activation(name, zs[-1])
        delta, norms = delta_out, [np.linalg.norm(delta_out)]
        for W, z in zip(Ws[::-1], zs[::-1], strict=True):
            delta = W.T @ (delta * activation_grad(name, z))
            norms.append(np.linalg.norm(delta))
        return np.round(norms[::-1], 6)


@mistake(shape_is_kept)
class scalar_becomes_a_row:
    """Made every input an array of at least one axis: a 0-d array comes back as (1,)
    中文：把输入都变成至少一维的数组：0 维数组返回时成了 (1,)"""
    def activation(name, z):
        z = np.atleast_1d(np.asarray(z, dtype=float))
        if name in ("sigmoid", "tanh"):
            return np.tanh(z) if name == "tanh" else 0.5 * (1 + np.tanh(z / 2))
        h = z.copy()
        h[h < 0] *= 0.01 if name == "leaky" else 0
        return h


@mistake(from_input_to_output)
class output_first:
    """Returned the norms in the order of the backward pass: output first
    中文：按反向传播的次序返回：输出端排在了最前"""
    def backprop_norms(Ws, x, delta_out, name):
        h, zs = x, []
        for W in Ws:
            zs.append(W @ h)
            h = activation(name, zs[-1])
        delta, norms = delta_out, [np.linalg.norm(delta_out)]
        for W, z in zip(Ws[::-1], zs[::-1], strict=True):
            delta = W.T @ (delta * activation_grad(name, z))
            norms.append(np.linalg.norm(delta))
        return np.array(norms)


@mistake(from_input_to_output)
class output_left_out:
    """Left out dL/dh_L itself: only L norms
    中文：漏掉了 dL/dh_L 自己：只有 L 个范数"""
    def backprop_norms(Ws, x, delta_out, name):
        h, zs = x, []
        for W in Ws:
            zs.append(W @ h)
            h = activation(name, zs[-1])
        delta, norms = delta_out, []
        for W, z in zip(Ws[::-1], zs[::-1], strict=True):
            delta = W.T @ (delta * activation_grad(name, z))
            norms.append(np.linalg.norm(delta))
        return np.array(norms[::-1])


@mistake(from_input_to_output)
class squared_norms:
    """Returned the squares of the norms
    中文：返回了范数的平方"""
    def backprop_norms(Ws, x, delta_out, name):
        h, zs = x, []
        for W in Ws:
            zs.append(W @ h)
            h = activation(name, zs[-1])
        delta, norms = delta_out, [np.sum(delta_out**2)]
        for W, z in zip(Ws[::-1], zs[::-1], strict=True):
            delta = W.T @ (delta * activation_grad(name, z))
            norms.append(np.sum(delta**2))
        return np.array(norms[::-1])


@mistake(weights_decide)
class norms_with_a_floor:
    """Added 1e-12 before the square root: tiny gradients seem to stop at 1e-6
    中文：开平方之前加了 1e-12：很小的梯度看起来停在 1e-6，不再消失"""
    def backprop_norms(Ws, x, delta_out, name):
        h, zs = x, []
        for W in Ws:
            zs.append(W @ h)
            h = activation(name, zs[-1])
        delta, norms = delta_out, [np.sqrt(np.sum(delta_out**2) + 1e-12)]
        for W, z in zip(Ws[::-1], zs[::-1], strict=True):
            delta = W.T @ (delta * activation_grad(name, z))
            norms.append(np.sqrt(np.sum(delta**2) + 1e-12))
        return np.array(norms[::-1])


@mistake(weight_that_keeps_the_gradient)
class critical_weight_one:
    """Thought that a weight of 1 is enough: forgot the slope of the sigmoid
    中文：以为权重达到 1 梯度就不会消失：忘了 sigmoid 的导数"""
    def critical_weight():
        return 1.0


@mistake(weight_that_keeps_the_gradient)
class critical_weight_a_quarter:
    """Gave the largest slope, 1/4, instead of the weight that makes up for it
    中文：把 sigmoid 导数的最大值 1/4 本身当成了临界权重"""
    def critical_weight():
        return float(np.max(activation_grad("sigmoid", np.linspace(-5, 5, 101))))


@mistake(weight_that_keeps_the_gradient)
class value_for_slope:
    """Used the value of the sigmoid at 0, 1/2, for its slope
    中文：把 sigmoid 在 0 处的值 1/2 当成了导数"""
    def critical_weight():
        return 1 / float(activation("sigmoid", np.zeros(1))[0])


@mistake(activations_are_right)
class leaky_floor:
    """Wrote leaky as max(0.01, z) where max(0.01 z, z) is meant
    中文：leaky 写成了 max(0.01, z)：应当是 max(0.01 z, z)"""
    def activation(name, z):
        if name == "leaky":
            return np.maximum(0.01, z)
        if name == "relu":
            return np.maximum(0, z)
        return np.tanh(z) if name == "tanh" else 1 / (1 + np.exp(-z))


@mistake(derivatives_match_differences)
class tanh_slope_without_square:
    """Forgot the square in the slope of tanh: 1 - tanh(z)
    中文：tanh 的导数忘了平方：写成了 1 - tanh(z)"""
    def activation_grad(name, z):
        if name == "sigmoid":
            return activation(name, z) * (1 - activation(name, z))
        if name == "tanh":
            return 1 - np.tanh(z)
        return np.where(z > 0, 1.0, 0.01 if name == "leaky" else 0.0)


@mistake(derivatives_match_differences)
class slope_from_the_activation:
    """Took the argument for an activation already: z (1 - z) for the sigmoid, 1 - z^2 for tanh
    中文：以为传进来的已经是激活值：sigmoid 的导数写成了 z (1 - z)"""
    def activation_grad(name, z):
        if name == "sigmoid":
            return z * (1 - z)
        if name == "tanh":
            return 1 - z**2
        return np.where(z > 0, 1.0, 0.01 if name == "leaky" else 0.0)


@mistake(derivatives_match_differences)
class leaky_slope_zero:
    """Gave leaky the slope 0 for negative z, as for relu
    中文：leaky 负半轴的导数写成了 0，与 relu 相同"""
    def activation_grad(name, z):
        h = activation(name, z)
        if name == "sigmoid":
            return h * (1 - h)
        return 1 - h**2 if name == "tanh" else (z > 0).astype(float)


@mistake(finite_at_a_thousand)
class overflowing_sigmoid:
    """Wrote the sigmoid as exp(z) / (1 + exp(z)): inf/inf at z = 1000
    中文：sigmoid 写成 exp(z) / (1 + exp(z))：z = 1000 时是 inf/inf"""
    def activation(name, z):
        if name == "sigmoid":
            return np.exp(z) / (1 + np.exp(z))
        return np.tanh(z) if name == "tanh" else np.maximum(z, 0.01 * z * (name == "leaky"))


@mistake(finite_at_a_thousand)
class overflowing_slope:
    """Wrote the slope of the sigmoid as exp(-z) / (1 + exp(-z))^2: nan at z = -1000
    中文：sigmoid 的导数写成 exp(-z) / (1 + exp(-z))^2：z = -1000 时溢出成 nan"""
    def activation_grad(name, z):
        if name == "sigmoid":
            return np.exp(-z) / (1 + np.exp(-z)) ** 2
        if name == "tanh":
            return 1 - np.tanh(z) ** 2
        return np.where(z > 0, 1.0, 0.01 if name == "leaky" else 0.0)


@mistake(any_number_type)
class dtype_of_the_input:
    """Built the slopes with np.ones_like(z): for integers 0.01 is cut to 0
    中文：用 np.ones_like(z) 建导数数组：z 是整数时 0.01 被截成 0"""
    def activation_grad(name, z):
        h = activation(name, z)
        if name == "sigmoid":
            return h * (1 - h)
        if name == "tanh":
            return 1 - h**2
        slope = np.ones_like(z)
        slope[z < 0] = 0.01 if name == "leaky" else 0
        return slope


@mistake(leaves_arguments_alone)
class relu_in_place:
    """Set the negative entries of z to 0 in place: the caller's array changes
    中文：relu 直接在 z 上把负数改成 0：调用者的数组被改掉了"""
    def activation(name, z):
        if name == "sigmoid":
            return 1 / (1 + np.exp(-z))
        if name == "tanh":
            return np.tanh(z)
        if name == "leaky":
            return np.where(z > 0, z, 0.01 * z)
        z[z < 0] = 0
        return z


@mistake(leaves_arguments_alone)
class reverses_the_list:
    """Walked backwards with Ws.reverse(): the caller's list is turned around
    中文：用 Ws.reverse() 倒着走：调用者的列表被颠倒了"""
    def backprop_norms(Ws, x, delta_out, name):
        h, zs = x, []
        for W in Ws:
            zs.append(W @ h)
            h = activation(name, zs[-1])
        delta, norms = delta_out, [np.linalg.norm(delta_out)]
        Ws.reverse()
        for W, z in zip(Ws, zs[::-1], strict=True):
            delta = W.T @ (delta * activation_grad(name, z))
            norms.append(np.linalg.norm(delta))
        return np.array(norms[::-1])


@accepted
class jacobian_matrices:
    def backprop_norms(Ws, x, delta_out, name):
        jacobians, h = [], np.asarray(x, dtype=float)
        for W in Ws:
            z = np.dot(W, h)
            jacobians.append(np.diag(np.array(activation_grad(name, z), dtype=float)) @ W)
            h = np.asarray(activation(name, z))
        norms = []
        for first in range(len(Ws) + 1):
            J = np.eye(len(delta_out))
            for jacobian in reversed(jacobians[first:]):
                J = J @ jacobian
            norms.append(float(np.sqrt(np.sum((J.T @ delta_out) ** 2))))
        return norms


@accepted
class recursion:
    def backprop_norms(Ws, x, delta_out, name):
        def gradients(i, h):
            if i == len(Ws):
                return [np.asarray(delta_out, dtype=float)]
            z = np.asarray(Ws[i]) @ h
            later = gradients(i + 1, activation(name, z))
            return [(later[0] * activation_grad(name, z)) @ Ws[i], *later]

        return np.array([np.sqrt(g @ g) for g in gradients(0, np.asarray(x, dtype=float))])


@accepted
class columns:
    def backprop_norms(Ws, x, delta_out, name):
        h, zs = np.reshape(x, (-1, 1)), []
        for W in Ws:
            zs.append(np.matmul(W, h))
            h = activation(name, zs[-1])
        delta = np.reshape(delta_out, (-1, 1))
        norms = np.zeros(len(Ws) + 1)
        norms[-1] = np.linalg.norm(delta)
        for i in range(len(Ws) - 1, -1, -1):
            delta = np.transpose(Ws[i]) @ (delta * activation_grad(name, zs[i]))
            norms[i] = np.linalg.norm(delta)
        return norms


@accepted
class scalars_and_loops:
    def activation(name, z):
        def one(t):
            if name == "sigmoid":
                return 1 / (1 + np.exp(-t)) if t >= 0 else np.exp(t) / (1 + np.exp(t))
            if name == "tanh":
                return 2 / (1 + np.exp(-2 * t)) - 1 if t >= 0 else 1 - 2 / (1 + np.exp(2 * t))
            return t if t > 0 else {"relu": 0.0, "leaky": 0.01}[name] * t

        z = np.asarray(z, dtype=float)
        return np.array([one(t) for t in z.ravel()]).reshape(z.shape)


@accepted
class slopes_from_tanh_and_sign:
    def activation_grad(name, z):
        if name == "sigmoid":
            return 0.25 * (1 - np.tanh(np.asarray(z) / 2) ** 2)
        if name == "tanh":
            return (1 - np.tanh(z)) * (1 + np.tanh(z))
        if name == "relu":
            return np.asarray(z) > 0
        return (np.sign(z) + 1) / 2 + 0.01 * (1 - np.sign(z)) / 2


@accepted
class table_of_functions:
    def activation(name, z):
        table = {
            "sigmoid": lambda t: 0.5 + 0.5 * np.tanh(0.5 * t),
            "tanh": np.tanh,
            "relu": lambda t: t * (t > 0),
            "leaky": lambda t: np.maximum(t, 0) + 0.01 * np.minimum(t, 0),
        }
        return table[name](np.asarray(z))

    def critical_weight():
        return 4


@accepted
class weight_by_bisection:
    def critical_weight():
        low, high = 0.0, 100.0
        for _step in range(60):
            w = (low + high) / 2
            gradient = w * np.asarray(activation_grad("sigmoid", np.zeros(1)))[0]
            low, high = (w, high) if gradient < 1 else (low, w)
        return np.float64(high)


@proof
def large_weights_beat_a_quarter_per_layer():
    Ws, x = [np.array([[3.0, -3.0], [-3.0, 3.0]])] * 20, np.array([0.5, 0.5])
    norms = backprop_norms(Ws, x, np.array([1.0, -1.0]), "sigmoid")  # z is 0 in every layer
    assert norms[0] > 1000 * norms[-1]  # and 0.25^20 would be 1e-12
