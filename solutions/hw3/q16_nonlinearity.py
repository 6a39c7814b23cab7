"""A stack of affine layers is one affine layer: W = W_L ... W_2 W_1, and each bias is carried on
through all later layers, b = b_L + W_L b_{L-1} + W_L W_{L-1} b_{L-2} + ... Depth without
activations buys nothing, so it cannot compute even XOR: every affine f has
f(0,0) + f(1,1) = f(0,1) + f(1,0), and XOR would need 0 = 2.

Common wrong beliefs: that more linear layers are stronger, that the biases simply add up (or make
the stack non-linear), that affine means f(0) = 0, that the last layer needs the activation too.
The first comes from counting parameters; the second from multiplying out W x alone.

中文：
一叠仿射层等于一个仿射层：W = W_L ... W_2 W_1，而每个偏置都要被后面各层继续变换，b = b_L + W_L
b_{L-1} + W_L W_{L-1} b_{L-2} + ……。没有激活函数，再深也没有用，连异或都算不出来：
任何仿射函数都满足 f(0,0) + f(1,1) = f(0,1) + f(1,0)，而异或要求 0 = 2。

常见的错误认识：线性层叠得越多能力越强；偏置直接相加就行（或者以为有了偏置就是非线性）；
以为仿射函数必须 f(0) = 0；以为最后一层也要有激活函数。第一种是因为只数了参数个数，
第二种是因为展开时只顾着 W x 那一项。
"""

import numpy as np

from autograder.check_toolkit import (
    alike,
    all_left_alone,
    close,
    each,
    fitted,
    floats,
    returns_new,
    retyped,
    same_for_any_type,
    same_numbers,
)
from autograder.pages import accepted, check, mistake, proof


def collapse(Ws, bs):
    W, b = np.array(Ws[0], dtype=float), np.array(bs[0], dtype=float)
    for W_next, b_next in zip(Ws[1:], bs[1:], strict=True):
        W, b = np.asarray(W_next) @ W, np.asarray(W_next) @ b + b_next
    return W, b


def deep_forward(X, Ws, bs, act):
    h = np.array(X, dtype=float)
    for layer, (W, b) in enumerate(zip(Ws, bs, strict=True)):
        h = np.asarray(W) @ h + b
        if layer < len(Ws) - 1:
            h = np.asarray(act(h))
    return h


def xor_net():
    # with s = x1 + x2: relu(s) - 2 relu(s - 1) is 0, 1, 0 at s = 0, 1, 2
    Ws = [np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([[1.0, -2.0]])]
    bs = [np.array([[0.0], [-1.0]]), np.array([[0.0]])]
    return Ws, bs


def is_affine(f, d, rng, trials=20):
    # the four corners of a parallelogram: f(x) + f(y) = f(x + y) + f(0)
    zero = np.asarray(f(np.zeros((d, 1))), dtype=float)
    for _ in range(trials):
        x, y = rng.normal(size=(d, 1)), rng.normal(size=(d, 1))
        corners = [np.asarray(f(p), dtype=float) for p in (x, y, x + y)]
        gap = corners[0] + corners[1] - corners[2] - zero
        size = max(np.abs(c).max() for c in (zero, *corners))
        if np.abs(gap).max() > 1e-9 * size:
            return False
    return True


def relu(z):
    return np.maximum(z, 0)


def layers(seed, *sizes):
    """Weights and non-zero biases of a stack of layers with these widths, input first."""
    rng = np.random.default_rng(seed)
    Ws = [rng.normal(size=(sizes[k + 1], sizes[k])) for k in range(len(sizes) - 1)]
    return Ws, [rng.normal(size=(size, 1)) for size in sizes[1:]]


def oracle_network(X, Ws, bs, act):
    """One sample and one unit at a time; `act` between the layers."""
    stack = [(W.tolist(), b[:, 0].tolist()) for W, b in zip(Ws, bs, strict=True)]
    columns = []
    for h in np.asarray(X, dtype=float).T.tolist():
        for layer, (W, b) in enumerate(stack):
            if layer:
                h = [float(act(v)) for v in h]
            h = [sum(w * v for w, v in zip(row, h, strict=True)) + bias
                 for row, bias in zip(W, b, strict=True)]
        columns.append(h)
    return np.array(columns).T


def oracle_layer(Ws, bs):
    """The single layer by its values at 0 and at the unit vectors."""
    n = Ws[0].shape[1]
    values = oracle_network(np.hstack([np.zeros((n, 1)), np.eye(n)]), Ws, bs, lambda v: v)
    return values[:, 1:] - values[:, :1], values[:, :1]


def column(x, d):
    """What f was given, if it is a column of length d."""
    assert np.shape(x) == (d, 1)
    return np.asarray(x, dtype=float)


def verdict(answer):
    """True or False, of Python or of numpy."""
    yes = np.asarray(answer)
    assert yes.shape == () and yes.dtype.kind in "biu"
    return bool(yes)


def tell_apart(is_affine, bent, named=()):
    """Fail unless every (seed, trials, d, f) is found to be bent, and -x is not.

    `named` are functions of numpy: their calls travel together. Where a test can miss the bend, the
    first test of the usual answers sees it with this seed, so that they stop there, and the last
    one does not.
    """
    own = [(seed, trials, d, lambda x, f=f: f(np.asarray(x))) for seed, trials, d, f in bent]
    answers = []
    for cases in own, [*named, (40, 1, 2, np.negative)]:
        answers += each(is_affine, [
            (f, d, np.random.default_rng(seed), trials) for seed, trials, d, f in cases])
    assert verdict(answers.pop())
    assert not any(map(verdict, answers))


STACKS = ((2, 5, 3, 4), (3, 3, 3, 3, 3), (4, 2, 3), (3, 2), (2, 3, 1, 4, 2))


@check(points=0.25)
def collapse_multiplies_in_order(collapse):
    """The W of the single layer is off: all matrices take part, and what acts first stands on the
    right.
    中文：合并后的 W 不对：各层矩阵都要乘进去，先作用的在右边。"""
    stacks = [layers(seed, *sizes) for seed, sizes in enumerate(STACKS)]
    wanted = [oracle_layer(*stack) for stack in stacks]
    for (W, _), (want, _) in zip(each(collapse, stacks), wanted, strict=True):
        assert alike(W, want)


@check(points=0.75)
def collapse_carries_the_biases(collapse):
    """The b of the single layer is off: an early bias passes through the matrices of all later
    layers; it neither vanishes nor just adds up.
    中文：合并后的 b 不对：前面各层的偏置也要经过后面各层的矩阵，不能丢掉，也不能直接相加。"""
    stacks = [layers(10 + seed, *sizes) for seed, sizes in enumerate(STACKS)]
    wanted = [oracle_layer(*stack) for stack in stacks]
    for (_, b), (_, want) in zip(each(collapse, stacks), wanted, strict=True):
        assert alike(b, want)


@check(points=0.75)
def activation_after_all_but_the_last(deep_forward):
    """The output of the network is off: act, the one passed in, comes after every layer but the
    last, and every layer adds its bias.
    中文：网络的输出不对：act 用在除最后一层外的每一层之后（用传进来的那个 act），每层都要加偏
    置。"""
    # functions of numpy: the calls travel together
    acts = (
        (np.cos, (2, 5, 1, 4), 6), (np.tanh, (3, 3, 3), 3), (np.exp, (4, 2, 3), 5),
        (np.tanh, (3, 2), 1),
    )
    cases = [
        (np.random.default_rng(seed).normal(size=(sizes[0], m)), *layers(20 + seed, *sizes), act)
        for seed, (act, sizes, m) in enumerate(acts)]
    wanted = [oracle_network(*case) for case in cases]
    for out, want in zip(each(deep_forward, cases), wanted, strict=True):
        assert alike(out, want)


@check(points=0.25)
def xor_is_exact(xor_net):
    """xor_net does not compute XOR: put the four inputs in by hand; the output has no activation
    and must be exactly 0 or 1.
    中文：xor_net 算出来的不是异或：把四个输入逐个代进去手算一遍；输出层没有激活函数，结果要正好是 0
    或 1。"""
    Ws, bs = xor_net()
    assert [np.shape(W) for W in Ws] == [(2, 2), (1, 2)]
    assert len(bs) == 2
    Ws, bs = [floats(W) for W in Ws], [fitted(bs[0], (2, 1)), fitted(bs[1], (1, 1))]
    X = np.array([[0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 1.0]])
    assert close(oracle_network(X, Ws, bs, relu), [[0.0, 1.0, 1.0, 0.0]])


@check(points=0.75)
def affine_functions_pass(is_affine):
    """is_affine calls an affine function bent (or x^2 straight): f(0) need not be 0, for affine is
    not linear; rounding errors scale with the values; and f is given a (d, 1) column.
    中文：is_affine 把仿射函数判成了弯的（或者把 x^2 判成了直的）：f(0) 可以不为 0（仿射不等于线
    性），舍入误差要按数值的大小放过，f 的输入一定是 (d, 1) 的列。"""
    (W1, W2, W3), (_, _, b) = layers(31, 3, 9, 9, 20)  # more roundings than in one product
    steep = is_affine(lambda x: 100 * (W3 @ (W2 @ (W1 @ column(x, 3))) + b), 3,
                      np.random.default_rng(30), 1)
    # np.degrees rounds, and is 0 at 0, where a tolerance relative to f(0) is none at all
    constant, scaled, square = each(is_affine, [
        (np.ones_like, 3, np.random.default_rng(31), 1),
        (np.degrees, 20, np.random.default_rng(32), 3),
        (np.square, 2, np.random.default_rng(33), 3),
    ])
    assert not verdict(square)
    assert all(map(verdict, (steep, constant, scaled)))


@check(points=0.25)
def bends_are_seen(is_affine):
    """is_affine misses a bend (or calls -x bent): take points of both signs that do not lie on one
    line; symmetric points, multiples or the axes alone are not enough.
    中文：is_affine 漏掉了弯的函数（或者把 -x 判成了弯的）：试验点要有正有负、不在同一条线上；只看对
    称点、只看倍数或只沿坐标轴都不够。"""
    bent = (
        # it bends down, |x| up; half of the tests see no bend in either
        (1050, 20, 2, lambda x: -np.abs(x[:1] - x[1:])),
        (41, 6, 2, lambda x: x[:1] * x[1:] + 2 * x[:1]),
    )
    tell_apart(is_affine, bent, named=((267, 20, 1, np.abs), (42, 6, 2, np.sinh)))


@check(points=0.25)
def every_entry_counts(is_affine):
    """is_affine lets a function pass that bends in one entry or slightly (or calls -x bent):
    compare every entry of f by itself, allow little, and let every test pass.
    中文：is_affine 放过了只在某个分量上弯、或弯得很轻的函数（或者把 -x 判成了弯的）：f 的每个输出分
    量都要单独比较，容差不能太大，每一次试验都要通过。"""
    W, b = layers(42, 2, 3)
    bent = (
        # curved everywhere: two tests are enough
        (43, 2, 2, lambda x: W[0] @ x + b[0] + np.array([[0.0], [0.0], [10.0]]) * x[0, 0] ** 2),
        (46, 2, 2, lambda x: x + np.array([[10.0], [-10.0]]) * x[0, 0] ** 2),
        # slight bends that a tolerance of 0.1 or of 10 % hides in every test
        (44, 8, 2, lambda x: x + 0.015 * np.cos(2 * x)),
        (45, 6, 1, lambda x: 10 + x + 0.15 * np.cos(2 * x)),
        # most of the tests see no bend here
        (167, 40, 1, lambda x: np.maximum(x, 0.7)),
    )
    tell_apart(is_affine, bent)


@check(points=0.25)
def draws_from_rng_as_often_as_told(is_affine):
    """The randomness of is_affine is off: draw the points from the rng passed in (same seed, same
    result), and make as many tests as trials says.
    中文：is_affine 的随机性不对：试验点要用传进来的 rng 抽（同种子同结果），试验次数由 trials 决
    定。"""
    def points_seen(seed, trials):
        seen = []

        def f(x):
            seen.append(np.array(x, dtype=float).ravel())
            return 2 * np.asarray(x)

        assert verdict(is_affine(f, 3, np.random.default_rng(seed), trials))
        return np.array(seen)

    first, again, other = (points_seen(seed, 1) for seed in (50, 50, 51))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert len(points_seen(52, 2)) > len(first)


@check(points=0.125)
def single_layer_has_the_right_shapes(collapse):
    """A shape is off: W is (n_L, n_0), and b is a column (n_L, 1).
    中文：形状不对：W 是 (n_L, n_0)，b 是一列 (n_L, 1)。"""
    stacks = [layers(50 + seed, *sizes) for seed, sizes in enumerate(STACKS)]
    for (W, b), sizes in zip(each(collapse, stacks), STACKS, strict=True):
        assert floats(W).shape == (sizes[-1], sizes[0])
        assert floats(b).shape == (sizes[-1], 1)


@check(points=0.125)
def returns_new_arrays(collapse, deep_forward):
    """An array that was passed in comes back itself, or as a view, or was written to, or an error
    was raised; return new arrays, also for a single layer.
    中文：返回的是传入的数组本身（或它的视图），或者往传入的数组里写了东西，或者报错；只有一层时也要
    返回新数组。"""
    stacks = [layers(72, *sizes) for sizes in ((3, 2), (3, 4, 2))]
    assert returns_new(collapse, stacks, read=list)
    assert returns_new(deep_forward, [(np.ones((3, 5)), *stack, np.tanh) for stack in stacks])


@check(points=0.125)
def any_number_type(collapse, deep_forward):
    """float32, integers or nested lists give an error, nan or another result than float64: make a
    float64 array of each argument first, np.asarray(x, dtype=float).
    中文：同样的数换成 float32、整数或嵌套列表，就会报错、得到 nan，或者结果与 float64 时不同：先用
    np.asarray(x, dtype=float) 把参数变成 float64 数组。"""
    X, W, b = [[3, -1, 0], [1, 2, -2]], [[2, -1], [0, 3], [-2, 1]], [[1], [-2], [3]]
    assert same_for_any_type(collapse, (W,), (b,), lists=True, read=list)
    assert same_for_any_type(
        deep_forward, X, (W, [[1, -2, 1]]), (b, [[2]]), np.tanh, lists=True)

    def mixed(kind):  # a layer of any type, and behind it one with fractions
        last = [[[0.5, -1.25, 0.75], [1.5, 0.25, -0.5]], [[0.5], [-0.25]]]
        return tuple([retyped(first, kind), then if kind is list else np.array(then)]
                     for first, then in zip((W, b), last, strict=True))

    kinds = np.float64, np.float32, np.int64, list
    assert same_numbers([W, b] for W, b in each(collapse, map(mixed, kinds)))


@check(points=0.125)
def leaves_arguments_alone(collapse, deep_forward):
    """An argument is not what it was before the call, or an error is raised, or nothing is
    returned: lists and arrays stay as they were; no +=, pop or slice assignment on them.
    中文：调用之后参数与原来不同，或者报错，或者没有返回值：列表和数组都要保持原样，不要用 +=、pop
    或切片赋值。"""
    sizes, X = ((3, 4, 4), (3, 4)), np.random.default_rng(71).normal(size=(3, 4))
    assert all_left_alone([
        *((collapse, *layers(70, *widths)) for widths in sizes),
        *((deep_forward, X, *layers(70, *widths), np.tanh) for widths in sizes)])


@mistake(collapse_multiplies_in_order)
class product_in_reading_order:
    """Multiplied in reading order: the matrix that acts first belongs on the right
    中文：按层的先后从左往右乘：先作用的矩阵应当在右边"""
    def collapse(Ws, bs):
        Ws = [np.asarray(a, dtype=float) for a in Ws]
        bs = [np.asarray(a, dtype=float) for a in bs]
        W, b = Ws[0], bs[0]
        for W_next, b_next in zip(Ws[1:], bs[1:]):
            W, b = W @ W_next, W_next @ b + b_next
        return W, b


@mistake(collapse_multiplies_in_order)
class transposed_product:
    """Transposed the matrices so that shapes would fit: the result is the transpose
    中文：为了让形状对上，每个矩阵都转置了再乘：结果是转置的"""
    def collapse(Ws, bs):
        Ws = [np.asarray(a, dtype=float) for a in Ws]
        bs = [np.asarray(a, dtype=float) for a in bs]
        W, b = Ws[0].T, bs[0]
        for W_next, b_next in zip(Ws[1:], bs[1:]):
            W, b = W @ W_next.T, W_next @ b + b_next
        return W, b


@mistake(collapse_multiplies_in_order)
class two_layers_only:
    """Folded just the first two layers and lost the others
    中文：只合并了前两层：层数更多时后面的层丢了"""
    def collapse(Ws, bs):
        Ws = [np.asarray(a, dtype=float) for a in Ws]
        bs = [np.asarray(a, dtype=float) for a in bs]
        if len(Ws) == 1:
            return Ws[0], bs[0]
        return Ws[1] @ Ws[0], Ws[1] @ bs[0] + bs[1]


@mistake(collapse_carries_the_biases)
class last_bias_only:
    """Took the last bias for the bias of the stack: the earlier ones are lost
    中文：以为合并后的偏置就是最后一层的偏置：前面的偏置丢了"""
    def collapse(Ws, bs):
        W = np.asarray(Ws[0])
        for W_next in Ws[1:]:
            W = W_next @ W
        return W, np.array(bs[-1])


@mistake(collapse_carries_the_biases)
class biases_added_up:
    """Added the biases up without sending them through the later layers
    中文：把各层偏置直接相加，没有经过后面的矩阵"""
    def collapse(Ws, bs):
        W = np.asarray(Ws[0])
        for W_next in Ws[1:]:
            W = W_next @ W
        return W, sum(np.sum(b) for b in bs) * np.ones((len(W), 1))


@mistake(collapse_carries_the_biases)
class bias_through_one_layer:
    """Sent each bias through the next matrix alone and not all the way to the end
    中文：每个偏置只多乘了一个矩阵：没有一路传到最后"""
    def collapse(Ws, bs):
        Ws = [np.asarray(a, dtype=float) for a in Ws]
        bs = [np.asarray(a, dtype=float) for a in bs]
        W, b = Ws[0], bs[-1]
        for k in range(1, len(Ws)):
            W = Ws[k] @ W
        if len(Ws) > 1:
            b = b + Ws[-1] @ bs[-2]
        return W, b


@mistake(single_layer_has_the_right_shapes)
class flat_bias:
    """Returned the bias as a flat array; its shape is (n_L, 1)
    中文：偏置成了一维数组：形状应为 (n_L, 1)"""
    def collapse(Ws, bs):
        Ws = [np.asarray(a, dtype=float) for a in Ws]
        bs = [np.asarray(a, dtype=float) for a in bs]
        W, b = Ws[0], bs[0].ravel()
        for W_next, b_next in zip(Ws[1:], bs[1:]):
            W, b = W_next @ W, W_next @ b + b_next.ravel()
        return W, b


@mistake(activation_after_all_but_the_last)
class activation_at_the_output:
    """Put the activation after the last layer as well: a ReLU cuts off all negative outputs
    中文：最后一层之后也加了激活函数：ReLU 会把负的输出全部截掉"""
    def deep_forward(X, Ws, bs, act):
        Ws = [np.asarray(a, dtype=float) for a in Ws]
        bs = [np.asarray(a, dtype=float) for a in bs]
        X = np.asarray(X, dtype=float)
        h = X
        for W, b in zip(Ws, bs):
            h = act(W @ h + b)
        return h


@mistake(activation_after_all_but_the_last)
class activates_the_input:
    """Activated before each layer, the input included
    中文：先激活再做线性变换：连输入也被激活了"""
    def deep_forward(X, Ws, bs, act):
        h = X
        for W, b in zip(Ws, bs):
            h = W @ act(h) + b
        return h


@mistake(activation_after_all_but_the_last)
class activates_once:
    """Used the activation after the first layer alone; the others stay linear
    中文：只在第一层之后用了激活函数，后面的层都是线性的"""
    def deep_forward(X, Ws, bs, act):
        Ws = [np.asarray(a, dtype=float) for a in Ws]
        bs = [np.asarray(a, dtype=float) for a in bs]
        X = np.asarray(X, dtype=float)
        h = Ws[0] @ X + bs[0]
        for k in range(1, len(Ws)):
            h = Ws[k] @ (act(h) if k == 1 else h) + bs[k]
        return h


@mistake(activation_after_all_but_the_last)
class no_activation:
    """Believed that stacking linear layers is enough and used no activation
    中文：以为线性层叠起来就够了：没有用激活函数"""
    def deep_forward(X, Ws, bs, act):
        W, b = collapse(Ws, bs)
        return W @ X + b


@mistake(activation_after_all_but_the_last)
class always_relu:
    """Hard-wired a ReLU and ignored act
    中文：写死了 ReLU，没有用传进来的 act"""
    def deep_forward(X, Ws, bs, act):
        Ws = [np.asarray(a, dtype=float) for a in Ws]
        bs = [np.asarray(a, dtype=float) for a in bs]
        X = np.asarray(X, dtype=float)
        h = X
        for W, b in zip(Ws[:-1], bs[:-1]):
            h = np.maximum(W @ h + b, 0)
        return Ws[-1] @ h + bs[-1]


@mistake(activation_after_all_but_the_last)
class hidden_bias_forgotten:
    """Forgot the biases of the hidden layers
    中文：隐藏层忘了加偏置"""
    def deep_forward(X, Ws, bs, act):
        Ws = [np.asarray(a, dtype=float) for a in Ws]
        bs = [np.asarray(a, dtype=float) for a in bs]
        X = np.asarray(X, dtype=float)
        h = X
        for W in Ws[:-1]:
            h = act(W @ h)
        return Ws[-1] @ h + bs[-1]


@mistake(xor_is_exact)
class xor_without_bias:
    """Forgot the bias of the second unit, and the net no longer computes XOR
    中文：第二个单元忘了偏置 -1：算出来的不是异或"""
    def xor_net():
        Ws = [np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([[1.0, -2.0]])]
        return Ws, [np.zeros((2, 1)), np.zeros((1, 1))]


@mistake(xor_is_exact)
class computes_or:
    """Subtracted relu(s - 1) once and not twice: that is OR
    中文：减去 relu(s - 1) 时系数用了 1：得到的是“或”"""
    def xor_net():
        Ws = [np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([[1.0, -1.0]])]
        return Ws, [np.array([[0.0], [-1.0]]), np.zeros((1, 1))]


@mistake(xor_is_exact)
class needs_a_threshold:
    """Counted on a step or a sigmoid at the output, where there is none
    中文：靠输出层再过一个阶跃或 sigmoid：这里输出层没有激活函数"""
    def xor_net():
        Ws = [np.array([[20.0, 20.0], [-20.0, -20.0]]), np.array([[20.0, 20.0]])]
        return Ws, [np.array([[-10.0], [30.0]]), np.array([[-30.0]])]


@mistake(xor_is_exact)
class trained_and_rounded:
    """Gave trained weights: outputs like 0.02 and 0.97, not exactly 0 and 1
    中文：用训练得到的近似权重：输出是 0.02、0.97 之类，不是正好 0 和 1"""
    def xor_net():
        Ws = [np.array([[1.02, 0.98], [0.97, 1.01]]), np.array([[0.99, -1.96]])]
        return Ws, [np.array([[0.0], [-1.0]]), np.array([[0.02]])]


@mistake(affine_functions_pass)
class linear_for_affine:
    """Tested for linear, f(x+y) = f(x) + f(y), and so rejected everything with a bias
    中文：检验的是线性：f(x+y) = f(x) + f(y)，带偏置的仿射函数都被判错"""
    def is_affine(f, d, rng, trials=20):
        for _ in range(trials):
            x, y = rng.normal(size=(2, d, 1))
            if not np.allclose(f(x + y), f(x) + f(y)):
                return False
        return True


@mistake(affine_functions_pass)
class exact_comparison:
    """Compared floats with ==: rounding errors pass for a bend
    中文：用 == 比较浮点数：舍入误差被当成了弯曲"""
    def is_affine(f, d, rng, trials=20):
        for _ in range(trials):
            x, y = rng.normal(size=(2, d, 1))
            if np.any(f((x + y) / 2) != (f(x) + f(y)) / 2):
                return False
        return True


@mistake(affine_functions_pass)
class flat_points:
    """Passed f flat arrays (d,): with a (k, 1) bias they broadcast into a matrix
    中文：把一维数组 (d,) 传给 f：加上 (k, 1) 的偏置后广播成了矩阵"""
    def is_affine(f, d, rng, trials=20):
        for _ in range(trials):
            x, y = rng.normal(size=d), rng.normal(size=d)
            if not np.allclose(f((x + y) / 2), (f(x) + f(y)) / 2):
                return False
        return True


@mistake(bends_are_seen)
class multiples_only:
    """Tested multiples only, f(2x) - f(0) = 2 (f(x) - f(0)): ReLU and |x| get away with it
    中文：只检验倍数 f(2x) - f(0) = 2(f(x) - f(0))：ReLU 和绝对值都能蒙混过关"""
    def is_affine(f, d, rng, trials=20):
        zero = f(np.zeros((d, 1)))
        for _ in range(trials):
            x = rng.normal(size=(d, 1))
            if not np.allclose(f(2 * x) - zero, 2 * (f(x) - zero)):
                return False
        return True


@mistake(bends_are_seen)
class symmetric_points_only:
    """Tested f(x) + f(-x) = 2 f(0) only: odd functions such as x^3 get away with it
    中文：只检验 f(x) + f(-x) = 2 f(0)：x^3 这样的奇函数都能蒙混过关"""
    def is_affine(f, d, rng, trials=20):
        zero = f(np.zeros((d, 1)))
        for _ in range(trials):
            x = rng.normal(size=(d, 1))
            if not np.allclose(f(x) + f(-x), 2 * zero):
                return False
        return True


@mistake(bends_are_seen)
class positive_points_only:
    """Drew all points from [0, 1), where a ReLU is a straight line
    中文：试验点全取在 [0, 1) 里：在正的一侧 ReLU 就是直线"""
    def is_affine(f, d, rng, trials=20):
        for _ in range(trials):
            x, y = rng.random((2, d, 1))
            if not np.allclose(f((x + y) / 2), (f(x) + f(y)) / 2):
                return False
        return True


@mistake(bends_are_seen)
class axes_only:
    """Tried the axes only: x1 * x2 is straight along each of them
    中文：只沿坐标轴试：x1 * x2 在每条轴上都是直的"""
    def is_affine(f, d, rng, trials=20):
        zero = f(np.zeros((d, 1)))
        for k in range(trials):
            e = np.zeros((d, 1))
            e[k % d] = 1
            s, t = rng.normal(size=2)
            if not np.allclose(f((s + t) * e) + zero, f(s * e) + f(t * e)):
                return False
        return True


@mistake(every_entry_counts)
class first_output_only:
    """Looked at the first entry of f alone
    中文：只看了 f 的第一个输出分量"""
    def is_affine(f, d, rng, trials=20):
        for _ in range(trials):
            x, y = rng.normal(size=(2, d, 1))
            if abs(f((x + y) / 2)[0, 0] - (f(x) + f(y))[0, 0] / 2) > 1e-6:
                return False
        return True


@mistake(every_entry_counts)
class sum_of_outputs:
    """Added up the entries of f before comparing, so that opposite bends cancel
    中文：把 f 的各个输出分量加起来再比较：方向相反的弯曲互相抵消"""
    def is_affine(f, d, rng, trials=20):
        for _ in range(trials):
            x, y = rng.normal(size=(2, d, 1))
            if not np.isclose(np.sum(f((x + y) / 2)), np.sum(f(x) + f(y)) / 2):
                return False
        return True


@mistake(every_entry_counts)
class generous_tolerance:
    """Allowed a tolerance of 0.1 and missed a slight bend
    中文：容差取了 0.1：轻微的弯曲看不出来"""
    def is_affine(f, d, rng, trials=20):
        for _ in range(trials):
            x, y = rng.normal(size=(2, d, 1))
            if np.max(np.abs(f((x + y) / 2) - (f(x) + f(y)) / 2)) > 0.1:
                return False
        return True


@mistake(every_entry_counts)
class one_pass_is_enough:
    """Called f affine as soon as one test passed; all of them must
    中文：只要有一次试验通过就判为仿射：应当每一次都通过"""
    def is_affine(f, d, rng, trials=20):
        good = []
        for _ in range(trials):
            x, y = rng.normal(size=(2, d, 1))
            good.append(np.allclose(f((x + y) / 2), (f(x) + f(y)) / 2))
        return any(good)


@mistake(draws_from_rng_as_often_as_told)
class own_generator:
    """Used a generator of its own with a fixed seed and not the rng passed in
    中文：用了自己固定种子的随机数生成器，没有用传进来的 rng"""
    def is_affine(f, d, rng, trials=20):
        own = np.random.default_rng(0)
        for _ in range(trials):
            x, y = own.normal(size=(2, d, 1))
            if not np.allclose(f((x + y) / 2), (f(x) + f(y)) / 2):
                return False
        return True


@mistake(draws_from_rng_as_often_as_told)
class trials_ignored:
    """Hard-wired 20 tests and ignored trials
    中文：试验次数写死成 20，没有理会 trials"""
    def is_affine(f, d, rng, trials=20):
        for _ in range(20):
            x, y = rng.normal(size=(2, d, 1))
            if not np.allclose(f((x + y) / 2), (f(x) + f(y)) / 2):
                return False
        return True


@mistake(returns_new_arrays)
class single_layer_returned_as_it_is:
    """Handed back the caller's own W and b when there is just one layer
    中文：只有一层时，把调用者的 W 和 b 原样还了回去"""
    def collapse(Ws, bs):
        W, b = Ws[0], bs[0]
        for W_next, b_next in zip(Ws[1:], bs[1:]):
            W, b = np.asarray(W_next) @ W, np.asarray(W_next) @ b + b_next
        return W, b


@mistake(activation_after_all_but_the_last)
class rounded:
    """Rounded the output to a few digits, as one does when printing it
    中文：把输出四舍五入到小数点后几位，像打印时那样"""
    def deep_forward(X, Ws, bs, act):
        h = np.asarray(X)
        for W, b in zip(Ws[:-1], bs[:-1]):
            h = act(np.asarray(W) @ h + b)
        return np.round(np.asarray(Ws[-1]) @ h + bs[-1], 4)


@mistake(activation_after_all_but_the_last, belief="rounded")
class rounded_to_three_digits:
    def deep_forward(X, Ws, bs, act):
        h = np.asarray(X)
        for W, b in zip(Ws[:-1], bs[:-1]):
            h = act(np.asarray(W) @ h + b)
        return np.round(np.asarray(Ws[-1]) @ h + bs[-1], 3)


@mistake(activation_after_all_but_the_last, belief="rounded")
class rounded_to_five_digits:
    def deep_forward(X, Ws, bs, act):
        h = np.asarray(X)
        for W, b in zip(Ws[:-1], bs[:-1]):
            h = act(np.asarray(W) @ h + b)
        return np.round(np.asarray(Ws[-1]) @ h + bs[-1], 5)


@mistake(activation_after_all_but_the_last, belief="rounded")
class rounded_to_six_digits:
    def deep_forward(X, Ws, bs, act):
        h = np.asarray(X)
        for W, b in zip(Ws[:-1], bs[:-1]):
            h = act(np.asarray(W) @ h + b)
        return np.round(np.asarray(Ws[-1]) @ h + bs[-1], 6)


@mistake(any_number_type)
class dtype_of_the_first_layer:
    """Gave the bias the dtype of the first layer: if that holds integers, fractions are cut off
    中文：结果数组照抄了第一层的 dtype：第一层是整数时，小数部分全被截掉"""
    def collapse(Ws, bs):
        W, b = Ws[0], bs[0]
        for W_next, b_next in zip(Ws[1:], bs[1:]):
            W = W_next @ W
            b = (W_next @ b + b_next).astype(bs[0].dtype)
        return W, b


@mistake(leaves_arguments_alone)
class biases_in_place:
    """Added biases up with bs[k] += ... and so wrote into the caller's arrays
    中文：用 bs[k] += ... 累加偏置，写进了调用者的数组"""
    def collapse(Ws, bs):
        Ws = [np.asarray(a) for a in Ws]
        bs = [np.asarray(a) for a in bs]
        W = Ws[0]
        for k in range(1, len(Ws)):
            W = Ws[k] @ W
            bs[k] += Ws[k] @ bs[k - 1]
        return W, bs[-1]


@mistake(leaves_arguments_alone)
class pops_the_last_layer:
    """Took the last layer with pop and so shortened the caller's list
    中文：用 Ws.pop() 取最后一层，把调用者的列表改短了"""
    def deep_forward(X, Ws, bs, act):
        last_W, last_b = Ws.pop(), bs.pop()
        h = np.asarray(X)
        for W, b in zip(Ws, bs):
            h = act(np.asarray(W) @ h + b)
        return np.asarray(last_W) @ h + last_b


@accepted
class from_the_last_layer_back:
    def collapse(Ws, bs):
        W, b = np.eye(len(bs[-1])), np.zeros((len(bs[-1]), 1))
        for k in reversed(range(len(Ws))):
            b = b + W @ bs[k]
            W = W @ Ws[k]
        return W, b


@accepted
class homogeneous_coordinates:
    def collapse(Ws, bs):
        M = np.eye(np.shape(Ws[0])[1] + 1)
        for W, b in zip(Ws, bs):
            bottom = np.zeros((1, np.shape(W)[1] + 1))
            bottom[0, -1] = 1
            M = np.vstack([np.hstack([W, b]), bottom]) @ M
        return M[:-1, :-1], M[:-1, -1:]


@accepted
class from_values:
    def collapse(Ws, bs):
        n = np.shape(Ws[0])[1]
        b = deep_forward(np.zeros((n, 1)), Ws, bs, lambda z: z)
        return deep_forward(np.eye(n), Ws, bs, lambda z: z) - b, b


@accepted
class multi_dot_and_lists:
    def collapse(Ws, bs):
        Ws = [np.asarray(a, dtype=float) for a in Ws]
        bs = [np.asarray(a, dtype=float) for a in bs]
        def product(matrices):
            return np.linalg.multi_dot(matrices) if len(matrices) > 1 else matrices[0]

        W = product(list(Ws[::-1]))
        b = sum(product([*Ws[:k:-1], bs[k]]) for k in range(len(Ws)))
        return [W.tolist(), np.asarray(b).tolist()]


@accepted
class recursive_forward:
    def deep_forward(X, Ws, bs, act):
        z = np.dot(Ws[0], X) + bs[0]
        return z if len(Ws) == 1 else deep_forward(act(z), Ws[1:], bs[1:], act)


@accepted
class entry_by_entry:
    def deep_forward(X, Ws, bs, act):
        h = np.asarray(X, dtype=float)
        for W, b in zip(Ws[:-1], bs[:-1]):
            h = np.vectorize(act, otypes=[float])(W @ h + b)
        return (Ws[-1] @ h + bs[-1]).tolist()


@accepted
class one_column_at_a_time:
    def deep_forward(X, Ws, bs, act):
        columns = []
        for x in np.asarray(X, dtype=float).T:
            h = x[:, None]
            for k in range(len(Ws) - 1):
                h = act(np.einsum("ij,jk->ik", Ws[k], h) + bs[k])
            columns.append(Ws[-1] @ h + bs[-1])
        return np.hstack(columns)


@accepted
class xor_as_a_distance:
    def xor_net():
        return ([[[1, -1], [-1, 1]], [[1, 1]]], [[[0], [0]], [[0]]])


@accepted
class xor_from_above:
    def xor_net():
        Ws = (np.array([[3.0, 3.0], [-2.0, -2.0]]), np.array([[-1 / 3, -0.5]]))
        return Ws, (np.array([[-3.0], [2.0]]), np.array([[1.0]]))


@accepted
class random_points_of_a_line:
    def is_affine(f, d, rng, trials=20):
        for _ in range(trials):
            x, y, t = rng.uniform(-3, 3, (d, 1)), rng.uniform(-3, 3, (d, 1)), rng.uniform(-1, 2)
            straight = t * np.asarray(f(x)) + (1 - t) * np.asarray(f(y))
            if not np.allclose(f(t * x + (1 - t) * y), straight, rtol=1e-7, atol=1e-7):
                return False
        return True


@accepted
class predicts_from_unit_vectors:
    def is_affine(f, d, rng, trials=20):
        b = np.asarray(f(np.zeros((d, 1))))
        W = np.hstack([np.asarray(f(np.eye(d)[:, [j]])) - b for j in range(d)])
        points = [5 * rng.standard_normal((d, 1)) for _ in range(trials)]
        return np.all([np.allclose(W @ x + b, f(x), rtol=1e-6, atol=1e-6) for x in points])


@accepted
class affine_combinations:
    def is_affine(f, d, rng, trials=20):
        worst = 0.0
        for _ in range(trials):
            points, t = rng.standard_normal((3, d, 1)), rng.standard_normal(3)
            t[2] = 1 - t[0] - t[1]
            values = [np.asarray(f(p)) for p in points]
            size = 1 + sum(abs(a) * np.abs(v).max() for a, v in zip(t, values))
            mixed = f(sum(a * p for a, p in zip(t, points)))
            worst = max(worst, np.abs(mixed - sum(a * v for a, v in zip(t, values))).max() / size)
        return np.bool_(worst < 1e-6)


@accepted
class least_squares:
    def is_affine(f, d, rng, trials=20):
        X = rng.normal(size=(trials + d + 1, d))
        Y = np.array([np.ravel(f(x[:, None])) for x in X])
        A = np.hstack([X, np.ones((len(X), 1))])
        fit = np.linalg.lstsq(A, Y, rcond=None)[0]
        return float(np.abs(A @ fit - Y).max()) <= 1e-8 * (1 + float(np.abs(Y).max()))


@accepted
class equal_slopes:
    def is_affine(f, d, rng, trials=20):
        def slopes(x):
            steps = 1e-4 * np.eye(d)
            return np.hstack([f(x + s[:, None]) - f(x - s[:, None]) for s in steps]) / 2e-4

        first = slopes(rng.normal(size=(d, 1)))
        others = [slopes(rng.normal(size=(d, 1))) for _ in range(trials)]
        return all(np.allclose(first, each, rtol=1e-5, atol=1e-5) for each in others)


@proof
def depth_without_activation_cannot_do_xor():
    rng = np.random.default_rng(0)
    sizes = [(50, 2), (50, 50), (1, 50)]
    Ws, bs = [rng.normal(size=s) for s in sizes], [rng.normal(size=(n, 1)) for n, _ in sizes]
    W, b = collapse(Ws, bs)
    f00, f01, f10, f11 = (W @ np.array([[0, 0, 1, 1], [0, 1, 0, 1]]) + b)[0]
    assert np.isclose(f00 + f11, f01 + f10)  # XOR: 0 + 0 against 1 + 1
