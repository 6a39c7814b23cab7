"""The line multiplies entry by entry where it should add up over the inputs: `W @ a_prev + b`.
W is a matrix, one row a unit, and b a vector, one entry a unit.

The usual answer in circulation is that W is a vector and b a scalar. That describes a single unit;
for a layer it gives every unit the same weights or the same bias. It survives because the test is
often one unit or b = 0. Second trap: `*` does not always fail. With n_in = 1 it is even correct (an
outer product); with n_out = n_in = m > 1 it is silently wrong; broadcasting a 1 gives a wrong
shape; everything else raises. A bias of shape (n_out,) has the same trap: it is added as a row,
which nobody notices when m = n_out.

中文：
错在该对输入求和的地方做了逐元素相乘，应为 W @ a_prev + b。W 是矩阵，一行对应一个单元；b
是向量，每个单元一个偏置。

流传的答案说“W 是向量，b 是标量”。那描述的是单个单元；放到一层里，
等于让所有单元共用一组权重或一个偏置。只拿一个单元或 b = 0 去试，是发现不了的。第二个陷阱：`*`
并不总是报错。n_in = 1 时它碰巧就是对的（外积）；n_out = n_in = m > 1 时它悄悄地算错；有长度为 1
的维度可以广播时形状不对；其余情形才报错。形状 (n_out,) 的偏置也是同样的陷阱：
它会被当成一行加上去，m = n_out 时无人察觉。
"""

import itertools
import math
from copy import deepcopy

import numpy as np

from autograder.check_toolkit import (
    alike,
    all_left_alone,
    all_same_for_any_type,
    close,
    each,
    floats,
    same_numbers,
)
from autograder.pages import accepted, check, mistake, proof


def sigmoid(z):
    return np.exp(-np.logaddexp(0, -np.asarray(z, dtype=float)))


def forward_prop(W, a_prev, b):
    return sigmoid(np.asarray(W) @ np.asarray(a_prev) + np.reshape(b, (-1, 1)))


def star_bug(n_out, n_in, m):
    if n_in == 1:
        return "correct"  # one input: the sum has a single term
    if n_out not in (1, n_in) or m not in (1, n_in):
        return "raises"
    return "silent" if n_out == m == n_in else "wrong_shape"


SIZES = [
    *itertools.product((1, 2), repeat=3),
    # the other patterns of ones and of equal sizes, with larger sizes before and after smaller ones
    (1, 2, 3), (1, 3, 2), (2, 1, 3), (5, 1, 3), (2, 3, 1), (3, 2, 1), (2, 3, 3), (5, 4, 4),
    (3, 2, 3), (4, 2, 4), (4, 5, 4), (3, 3, 2), (4, 4, 5), (2, 4, 8), (4, 6, 9), (9, 6, 4),
    (6, 9, 4), (4, 4, 4), (7, 7, 7), (6, 1, 6), (1, 6, 6), (6, 6, 1), (1, 5, 1),
]


BIASES = (0.4, -1.5, 1.2, -0.6, 0.75)


def data(rng, n_out, n_in, m):
    """Weights, activations and a bias that differs from unit to unit."""
    b = np.array(BIASES[:n_out])[:, None]
    return rng.normal(size=(n_out, n_in)), rng.normal(size=(n_in, m)), b


def oracle_sigmoid(z):
    """By its definition, for z of ordinary size."""
    z = np.asarray(z, dtype=float)
    return np.array([1 / (1 + math.exp(-t)) for t in z.ravel().tolist()]).reshape(z.shape)


def oracle_layer(W, a_prev, b):
    """One unit and one sample at a time."""
    samples = a_prev.T.tolist()
    return oracle_sigmoid([
        [sum(w * a for w, a in zip(row, sample, strict=True)) + bias for sample in samples]
        for row, bias in zip(W.tolist(), b.ravel().tolist(), strict=True)
    ])


def outcome(n_out, n_in, m):
    """What the buggy line does, found by running it with whole numbers."""
    W = np.arange(2, 2 + n_out * n_in).reshape(n_out, n_in)
    a_prev = np.arange(3, 3 + n_in * m).reshape(n_in, m)
    try:
        z = W * a_prev + np.zeros((n_out, 1))
    except ValueError:
        return "raises"
    if z.shape != (n_out, m):
        return "wrong_shape"
    return "correct" if np.array_equal(z, W @ a_prev) else "silent"


@check(points=0.25)
def sigmoid_of_any_shape(sigmoid):
    """sigmoid is off in value or shape: entry by entry, in the shape of z, 0-d arrays included;
    mind the minus sign in the exponent, and do not round.
    中文：sigmoid 的数值或形状不对：逐个元素计算，结果与 z 同形状，0 维数组也要能算；指数上有负号；
    不要四舍五入。"""
    rng = np.random.default_rng(2)
    shapes = ((5,), (2, 3), (3, 3), (2, 1, 4), ())
    cases = [(np.asarray(3 * rng.normal(size=shape)),) for shape in shapes]
    wants = [oracle_sigmoid(z) for z, in cases]
    for want, a in zip(wants, each(sigmoid, cases), strict=True):
        assert close(a, want)


@check(points=0.25)
def right_at_extremes(sigmoid, forward_prop):
    """At |z| = 1000 the result is not 0 or 1. If it is right for ordinary z (other checks ask), inf
    / inf gave nan, or z was clipped too early.
    中文：|z| = 1000 时结果不是 0 或 1。如果 z 不大时是对的（另有检查），就是 inf / inf 得到了 nan，
    或者 z 截断得太早。"""
    assert alike(sigmoid(np.array([1000.0, -1000.0, 40.0, -40.0])), [1, 0, 1, 0])
    W, a_prev = np.array([[2.0, 1.0], [-3.0, 1.0]]), np.array([[500.0, -400.0, 1.0], [0, 0, -1.0]])
    a = forward_prop(W, a_prev, np.array([[2.0], [2.0]]))
    assert alike(a, [[1, 0, oracle_sigmoid(3.0)], [0, 1, oracle_sigmoid(-2.0)]])


@check(points=1)
def every_unit_its_own_weights(forward_prop):
    """The layer is off where all units have one and the same bias: each unit has its own row of W
    and adds up over all inputs (`*` only multiplies entry by entry, and W is not one vector), and
    the sigmoid comes last.
    中文：所有单元的偏置都相同时，这一层的结果不对：每个单元用 W 里自己的那一行，对全部输入求和（`*`
    只是逐元素相乘，W 也不是一个向量），最后再取 sigmoid。"""
    rng = np.random.default_rng(3)
    cases = [data(rng, *sizes) for sizes in ((3, 4, 5), (5, 3, 2), (4, 4, 4), (2, 3, 1))]
    for _, _, b in cases:
        b[:] = 0.3
    wants = [oracle_layer(*case) for case in cases]
    for want, a in zip(wants, each(forward_prop, cases), strict=True):
        assert alike(a, want)


@check(points=1)
def every_unit_its_own_bias(forward_prop):
    """A row of the result depends on the biases of other units, or not on the bias of its own, or
    the shape is wrong: every unit has a bias of its own, entry i of b goes to row i; it is not one
    scalar for all units.
    中文：结果的某一行受到了其他单元偏置的影响，或者与自己的偏置无关，或者形状不对：每个单元有自己的
    偏置，b 的第 i 个数加到第 i 行，不是所有单元共用一个标量。"""
    rng = np.random.default_rng(7)
    cases = [data(rng, *sizes) for sizes in ((3, 2, 5), (4, 4, 4), (5, 1, 3), (3, 2, 1))]
    wants = [oracle_layer(*case) for case in cases]
    for case, want, a in zip(cases, wants, each(forward_prop, deepcopy(cases)), strict=True):
        if not alike(a, want):  # a slip elsewhere is another check's business
            W, a_prev, b = case
            shared = [(W.copy(), a_prev.copy(), np.full(b.shape, bias)) for bias in b[:, 0]]
            layers = [floats(layer, want.shape) for layer in each(forward_prop, shared)]
            assert alike(a, [layer[unit] for unit, layer in enumerate(layers)])
            assert not alike(layers[0], layers[1])


@check(points=0.5)
def flat_bias_is_a_column(forward_prop):
    """For b of shape (n_out,) the result is not that for the same b as a column. As it is, numpy
    adds it as a row, without an error when m equals n_out; make it a column first.
    中文：b 的形状是 (n_out,) 时，结果与把同样的 b 写成一列时不同。一维数组直接相加会被当成一行，m
    恰好等于 n_out 时还不报错；要先变成一列。"""
    rng = np.random.default_rng(12)
    cases = [data(rng, *sizes) for sizes in ((3, 4, 5), (3, 2, 1), (4, 3, 4), (4, 4, 4))]
    wants = [oracle_layer(*case) for case in cases]
    answers = each(forward_prop, [(W, a_prev, b.reshape(-1)) for W, a_prev, b in cases])
    for (W, a_prev, b), want, a in zip(cases, wants, answers, strict=True):
        if not alike(a, want):  # a slip elsewhere is another check's business
            own, other = (forward_prop(W, a_prev, column) for column in (b, b + 1))
            assert np.shape(own) == want.shape
            assert alike(a, floats(own))
            assert not alike(other, floats(own))


@check(points=0.5)
def knows_when_the_bug_is_silent(star_bug):
    """star_bug does not tell the sizes for which the line happens to be right from those for which
    it is silently wrong: a right shape does not make right values, and with one input the sum has
    one term.
    中文：star_bug 没有认出哪些大小碰巧算对、哪些大小悄悄算错：形状对不等于数值对，只有一个输入时求
    和只有一项。"""
    for sizes, word in zip(SIZES, each(star_bug, SIZES), strict=True):
        want = outcome(*sizes)
        assert (word == "silent") == (want == "silent"), sizes
        assert (word == "correct") == (want == "correct"), sizes


@check(points=0.25)
def knows_when_the_bug_is_loud(star_bug):
    """star_bug mixes up errors and wrong shapes: an axis of length 1 is broadcast, which raises
    nothing but changes the shape of the result.
    中文：star_bug 没有分清报错与形状不对：长度为 1 的维度会被广播，不报错，但结果的形状变了。"""
    wants = {sizes: want for sizes in SIZES
             if (want := outcome(*sizes)) in ("raises", "wrong_shape")}
    for (sizes, want), word in zip(wants.items(), each(star_bug, wants), strict=True):
        assert word == want, sizes


@check(points=0.125)
def any_number_type(sigmoid, forward_prop):
    """For float32 or integer arrays, or for nested lists, a function raises an error, returns nan,
    or answers otherwise than for the same numbers in a float64 array: begin with np.asarray(x,
    dtype=float).
    中文：输入换成 float32 数组、整数数组或嵌套列表时，有函数报错、得到 nan，或者结果与输入同样的
    float64 数组时不同：先用 np.asarray(x, dtype=float) 转换。"""
    z, b = np.array([[-3, -1, 0], [2, 5, 1]]), np.array([[1], [-2]])
    W, a_prev = np.array([[1, -2, 0], [2, 1, -1]]), np.array([[1, 0, 2], [-1, 2, 0], [3, 1, 1]])
    assert all_same_for_any_type([(sigmoid, z), (forward_prop, W, a_prev, b)], lists=True)
    # an integer matrix takes no fractions
    assert same_numbers(each(forward_prop, [
        (W.astype(kind), a_prev.astype(kind), b + 0.5) for kind in (float, np.float32, np.int64)]))


@check(points=0.125)
def leaves_arguments_alone(sigmoid, forward_prop):
    """An argument was changed by the call, or a function raised an error or returned nothing: no
    *=, += or out= on what is passed in.
    中文：调用之后参数被改动了，或者函数报错，或者没有返回值：不要对传入的数组用 *=、+= 或 out=。"""
    W, a_prev, b = data(np.random.default_rng(16), 3, 4, 3)
    z = np.array([[0.5, -2.0, 1.0], [3.0, -0.25, 0.75]])
    assert all_left_alone([
        (forward_prop, W, a_prev, b), (forward_prop, W, a_prev, b.reshape(-1)), (sigmoid, z)])


@mistake(every_unit_its_own_bias)
class one_bias_for_all:
    """Took b to be a scalar: every unit gets the first bias
    中文：以为 b 是标量：所有单元共用第一个偏置"""
    def forward_prop(W, a_prev, b):
        return sigmoid(np.matmul(W, a_prev) + np.ravel(b)[0])


@mistake(every_unit_its_own_bias)
class biases_added_up:
    """Took b to be a scalar: adds up the biases to one number
    中文：以为 b 是标量：先把偏置加成一个数再用"""
    def forward_prop(W, a_prev, b):
        return sigmoid(np.dot(W, a_prev) + np.sum(b))


@mistake(every_unit_its_own_weights)
class weights_as_one_vector:
    """Took W to be one vector: every unit gets the first row of weights
    中文：以为 W 是一个向量：所有单元都用第一行权重"""
    def forward_prop(W, a_prev, b):
        return sigmoid(np.matmul(W[0], a_prev) + np.reshape(b, (-1, 1)))


@mistake(every_unit_its_own_weights)
class still_the_star:
    """Kept `*` and mended only the shape of the bias
    中文：没有改掉 `*`，只处理了偏置的形状"""
    def forward_prop(W, a_prev, b):
        return sigmoid(np.multiply(W, a_prev) + np.reshape(b, (-1, 1)))


@mistake(every_unit_its_own_weights)
class transposed_weights:
    """Transposed the weights: no error when W is square, but wrong numbers
    中文：把权重转置了：W 是方阵时不报错，数值却不对"""
    def forward_prop(W, a_prev, b):
        return sigmoid(np.matmul(np.transpose(W), a_prev) + np.reshape(b, (-1, 1)))


@mistake(every_unit_its_own_weights)
class samples_in_rows:
    """Worked with samples in rows: the result is transposed, (m, n_out)
    中文：一行一个样本：结果转置了，形状成了 (m, n_out)"""
    def forward_prop(W, a_prev, b):
        return sigmoid(np.transpose(np.matmul(W, a_prev)) + np.ravel(b))


@mistake(every_unit_its_own_weights)
class no_activation:
    """Forgot the activation and returned z
    中文：忘了激活函数：返回的是 z"""
    def forward_prop(W, a_prev, b):
        return np.matmul(W, a_prev) + np.reshape(b, (-1, 1))


@mistake(every_unit_its_own_bias)
class no_bias:
    """Forgot the bias
    中文：忘了加偏置"""
    def forward_prop(W, a_prev, b):
        return sigmoid(np.matmul(W, a_prev))


@mistake(flat_bias_is_a_column)
class flat_bias_as_a_row:
    """Changed only `*` to `@`: a bias of shape (n_out,) is added as a row
    中文：只把 `*` 改成 `@`：形状 (n_out,) 的偏置被当成一行加了上去"""
    def forward_prop(W, a_prev, b):
        return sigmoid(np.matmul(W, a_prev) + b)


@mistake(flat_bias_is_a_column)
class flat_bias_by_trial:
    """Reshaped the bias only when the sum failed: with m = n_out it does not fail and b is a row
    中文：相加失败才去改偏置的形状：m 恰好等于 n_out 时加法不报错，偏置仍成了一行"""
    def forward_prop(W, a_prev, b):
        z = np.matmul(W, a_prev)
        try:
            z = z + b
        except ValueError:
            z = z + np.asarray(b)[:, None]
        return sigmoid(z)


@mistake(every_unit_its_own_bias)
class always_adds_an_axis:
    """Always used b[:, None]: a b that is a column already becomes three-dimensional
    中文：对偏置一律用 b[:, None]：本来就是一列的 b 成了三维"""
    def forward_prop(W, a_prev, b):
        return sigmoid(np.matmul(W, a_prev) + np.asarray(b)[:, None])


@mistake(right_at_extremes)
class overflow_above:
    """Wrote e^z / (1 + e^z): at z = 1000 that is inf / inf, which is nan
    中文：写成 e^z / (1 + e^z)：z = 1000 时是 inf / inf，即 nan"""
    def sigmoid(z):
        return np.exp(z) / (1 + np.exp(z))


@mistake(right_at_extremes)
class clipped_too_early:
    """Clipped z to [-10, 10] against overflow: an error of 1e-5
    中文：为了不溢出，把 z 截断到 [-10, 10]：误差有 1e-5"""
    def sigmoid(z):
        return 1 / (1 + np.exp(-np.clip(z, -10, 10)))


@mistake(sigmoid_of_any_shape)
class sign_in_the_exponent:
    """Lost the minus sign in the exponent: that is 1 - sigmoid(z)
    中文：指数上漏了负号：得到的是 1 - sigmoid(z)"""
    def sigmoid(z):
        return 1 / (1 + np.exp(z))


@mistake(sigmoid_of_any_shape)
class needs_a_length:
    """Looped over len(z): a 0-d array has no length
    中文：按 len(z) 循环：0 维数组没有长度"""
    def sigmoid(z):
        z = np.asarray(z, dtype=float)
        return np.array([1 / (1 + np.exp(-z[i])) for i in range(len(z))])


@mistake(sigmoid_of_any_shape)
class rounded_output:
    """Rounded the outputs to 4 digits
    中文：把输出四舍五入到 4 位小数"""
    def sigmoid(z):
        return np.round(0.5 * (1 + np.tanh(np.asarray(z) / 2)), 4)


@mistake(any_number_type)
class dtype_of_the_input:
    """Built the result with np.zeros_like(z): for integers everything is cut to 0
    中文：结果数组用 np.zeros_like(z) 建：z 是整数时全被截断成 0"""
    def sigmoid(z):
        z = np.asarray(z)
        a = np.zeros_like(z)
        a[z >= 0] = 1 / (1 + np.exp(-z[z >= 0]))
        a[z < 0] = np.exp(z[z < 0]) / (1 + np.exp(z[z < 0]))
        return a


@mistake(any_number_type)
class adds_in_place:
    """Added the bias with z += b: numpy refuses when W and a_prev are integers
    中文：用 z += b 加偏置：W 和 a_prev 都是整数时，numpy 不允许把小数加进整数数组"""
    def forward_prop(W, a_prev, b):
        z = np.matmul(W, a_prev)
        z += np.reshape(b, (-1, 1))
        return sigmoid(z)


@mistake(leaves_arguments_alone)
class negates_in_place:
    """Negated the z that was passed in, in place: the caller's array changes
    中文：在传入的 z 上原地取负：调用者的数组变了"""
    def sigmoid(z):
        z = np.asarray(z)
        z *= -1
        return 1 / (1 + np.exp(z))


@mistake(knows_when_the_bug_is_silent)
class right_shape_is_right:
    """Believed that a right shape is a right answer, or tried the line with zeros, where every
    product agrees: says correct when all sizes are equal
    中文：以为形状对就算对，或者用全零的 W 去试（怎么乘都相等）：三个大小相等时报告 correct"""
    def star_bug(n_out, n_in, m):
        try:
            shape = (np.ones((n_out, n_in)) * np.ones((n_in, m))).shape
        except ValueError:
            return "raises"
        return "correct" if shape == (n_out, m) else "wrong_shape"


@mistake(knows_when_the_bug_is_silent)
class star_is_never_right:
    """Believed `*` is never right: with one input it is the outer product
    中文：以为 `*` 从来不会对：没想到只有一个输入时它就是外积"""
    def star_bug(n_out, n_in, m):
        shapes = {n_out, 1, n_in}, {m, 1, n_in}
        if any(len(lengths) > 2 for lengths in shapes):
            return "raises"
        right = max(n_out, n_in) == n_out and max(n_in, m) == m
        return "silent" if right else "wrong_shape"


@mistake(knows_when_the_bug_is_silent, belief="right_shape_is_right")
class tried_with_zeros:
    def star_bug(n_out, n_in, m):
        W, a_prev = np.zeros((n_out, n_in)), np.ones((n_in, m))
        try:
            z = W * a_prev
        except ValueError:
            return "raises"
        if z.shape != (n_out, m):
            return "wrong_shape"
        return "correct" if np.allclose(z, W @ a_prev) else "silent"


@mistake(knows_when_the_bug_is_silent)
class forgets_the_samples:
    """Asked only whether W is square and not for the number of samples m
    中文：只看 W 是不是方阵，没有看样本数 m"""
    def star_bug(n_out, n_in, m):
        if n_in == 1:
            return "correct"
        return "silent" if n_out == n_in else "raises"


@mistake(knows_when_the_bug_is_loud)
class no_broadcasting:
    """Did not think of broadcasting: takes different shapes for an error
    中文：没想到广播：以为形状不同就一定报错"""
    def star_bug(n_out, n_in, m):
        if n_in == 1:
            return "correct"
        return "silent" if n_out == n_in == m else "raises"


@mistake(knows_when_the_bug_is_loud)
class never_raises:
    """Used the rule of the matrix product: took every failing pair for a wrong shape
    中文：以为列数与行数对得上（矩阵乘法的条件）就不报错，只是形状不对"""
    def star_bug(n_out, n_in, m):
        if n_in == 1:
            return "correct"
        return "silent" if n_out == n_in == m else "wrong_shape"


@accepted
class loops:
    def sigmoid(z):
        z = np.asarray(z, dtype=float)
        out = np.empty(z.shape)
        for index in np.ndindex(z.shape):
            t = z[index]
            e = np.exp(-abs(t))
            out[index] = 1 / (1 + e) if t >= 0 else e / (1 + e)
        return out

    def forward_prop(W, a_prev, b):
        n_out, n_in = np.shape(W)
        b = np.ravel(b)
        rows = []
        for i in range(n_out):
            row = []
            for k in range(np.shape(a_prev)[1]):
                row.append(float(sigmoid(sum(W[i][j] * a_prev[j][k] for j in range(n_in)) + b[i])))
            rows.append(row)
        return rows


@accepted
class runs_the_line:
    def star_bug(n_out, n_in, m):
        rng = np.random.default_rng()
        W, a_prev = rng.random((n_out, n_in)) + 0.1, rng.random((n_in, m)) + 0.1
        b = np.zeros((n_out, 1))
        right = forward_prop(W, a_prev, b)
        try:
            got = sigmoid(W * a_prev + b)
        except Exception:
            return "raises"
        if got.shape != np.shape(right):
            return "wrong_shape"
        return np.array(["silent", "correct"])[int(np.allclose(got, right))]


@accepted
class naive_with_warnings:
    def sigmoid(z):
        return 1 / (1 + np.exp(-np.array(z)))

    def forward_prop(W, a_prev, b):
        b = np.array(b)
        if b.ndim == 1:
            b = b[:, None]
        z = np.dot(W, a_prev) + b
        return 1 / (1 + np.exp(-z))


@accepted
class tanh_and_einsum:
    def sigmoid(z):
        return 0.5 * (1 + np.tanh(0.5 * np.asarray(z)))

    def forward_prop(W, a_prev, b):
        return sigmoid(np.einsum("ij,jk->ik", W, a_prev) + np.array(b).reshape(len(W), 1))


@accepted
class bias_as_a_weight:
    def forward_prop(W, a_prev, b):
        wide = np.column_stack([W, np.ravel(b)])
        return sigmoid(wide @ np.vstack([a_prev, np.ones((1, np.shape(a_prev)[1]))]))


@accepted
class sum_of_the_star:
    def forward_prop(W, a_prev, b):
        W, a_prev = np.asarray(W), np.asarray(a_prev)
        z = (W[:, :, None] * a_prev[None, :, :]).sum(axis=1)
        return sigmoid((z.T + np.ravel(b)).T)


@accepted
class masks_and_clipping:
    def sigmoid(z):
        z = np.clip(np.atleast_1d(np.asarray(z, float)), -500, 500).reshape(np.shape(z))
        return np.where(z >= 0, 1 / (1 + np.exp(-z)), np.exp(z) / (1 + np.exp(z)))

    def star_bug(n_out, n_in, m):
        try:
            shape = np.broadcast_shapes((n_out, n_in), (n_in, m), (n_out, 1))
        except ValueError:
            return "raises"
        if shape != (n_out, m):
            return "wrong_shape"
        return "silent" if n_in > 1 else "correct"


@accepted
class sample_by_sample:
    def forward_prop(W, a_prev, b):
        columns = [sigmoid(np.asarray(W) @ x + np.ravel(b)) for x in np.transpose(a_prev)]
        return np.stack(columns, axis=-1)


@proof
def one_bias_is_not_enough_and_the_star_is_silent():
    a = forward_prop(np.zeros((2, 3)), np.ones((3, 4)), np.array([-1.0, 2.0]))
    assert a[0, 0] < 0.5 < a[1, 0]  # no scalar b does that when the weights are zero
    W, x = np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[1.0, -1.0], [2.0, 0.5]])
    assert (W * x).shape == (W @ x).shape and not np.allclose(W * x, W @ x)
    assert star_bug(2, 2, 2) == "silent"
