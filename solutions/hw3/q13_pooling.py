"""Pooling throws away where in the window the maximum (or the mean) came from. What it buys:
(1) tolerance of small shifts, because a feature that moves inside its window leaves the output as
it is; (2) a faster growing receptive field: each stride multiplies the step between neighbouring
outputs, so every later layer sees more; (3) less to compute afterwards, and fewer parameters in
later dense layers, whose size depends on H and W.

Common wrong beliefs: pooling itself has parameters, or spares those of convolutions (a kernel has
the same number whatever the size of its input); pooling makes the network invariant to shifts (it
tolerates small ones, and a shift across a window border changes the output); the receptive field
is the sum or the product of the window sizes; the gradient of max pooling is spread over the
window, or is overwritten where windows overlap.

中文：
池化丢掉的是“最大值（或平均值）来自窗口里哪个位置”。换来的是：（1）对小平移的容忍：
特征在窗口之内移动，输出不变；（2）感受野增长更快：每个步幅都会成倍拉开相邻输出之间的距离，
后面每一层看到的范围都变大；（3）后续计算量变小，后面的全连接层参数变少，因为它的大小取决于 H 和
W。

常见的错误认识：池化层自己有参数，或者池化能减少卷积层的参数（卷积核的参数个数与输入大小无关）；
池化使网络对平移不变（它只容忍小平移，特征跨过窗口边界时输出照样会变）；
感受野是各层窗口之和或之积；最大池化的梯度平均分给整个窗口，或者窗口重叠时后写的覆盖先写的。
"""

import numpy as np

from autograder.check_toolkit import (
    all_left_alone,
    all_same_for_any_type,
    close,
    each,
    leaves_alone,
    number,
    returns_new,
)
from autograder.pages import accepted, check, mistake, proof


def pool2d(x, k, stride, mode="max"):
    x = np.asarray(x, dtype=float)
    reduce = np.max if mode == "max" else np.mean
    tops = range(0, x.shape[0] - k + 1, stride)
    lefts = range(0, x.shape[1] - k + 1, stride)
    return np.array([[reduce(x[i : i + k, j : j + k]) for j in lefts] for i in tops])


def max_pool_backward(dout, x, k, stride):
    x, dx = np.asarray(x), np.zeros(np.shape(x))
    for (i, j), d in np.ndenumerate(dout):
        top, left = i * stride, j * stride
        row, col = divmod(int(np.argmax(x[top : top + k, left : left + k])), k)
        dx[top + row, left + col] += d  # windows that share their maximum add up
    return dx


def receptive_field(layers):
    size, jump = 1, 1
    for k, stride in layers:
        size += (k - 1) * jump
        jump *= stride
    return size, jump


def fc_params(H, W, C, pools, units):
    for k, stride in pools:
        H, W = (H - k) // stride + 1, (W - k) // stride + 1
    return (H * W * C + 1) * units


def shift_tolerance(x, k, stride):
    x = np.asarray(x, dtype=float)
    pooled, width = pool2d(x, k, stride), x.shape[1]
    for t in range(1, width + 1):
        moved = np.zeros(x.shape)
        moved[:, t:] = x[:, : width - t]
        if not np.array_equal(pool2d(moved, k, stride), pooled):
            return t - 1
    return width


def image(seed, H, W):
    """An H x W image without two equal values, many of them negative."""
    values = np.random.default_rng(seed).permutation(H * W).astype(float)
    return (values.reshape(H, W) - 0.8 * H * W) / 7


def oracle_pool(x, k, stride, mode="max"):
    """Pooling with a loop over every pixel of every window; the rows of the result in a list."""
    pixels, rows = np.asarray(x).tolist(), []
    for i in range((len(pixels) - k) // stride + 1):
        row = []
        for j in range((len(pixels[0]) - k) // stride + 1):
            window = [pixels[i * stride + a][j * stride + b] for a in range(k) for b in range(k)]
            row.append(max(window) if mode == "max" else sum(window) / (k * k))
        rows.append(row)
    return rows


def oracle_gradient(dout, x, k, stride):
    """The gradient for an x without two equal values, where a maximum tells its place."""
    grad = np.zeros(x.shape)
    for best, d in zip(np.ravel(oracle_pool(x, k, stride)), np.ravel(dout), strict=True):
        grad[x == best] += d
    return grad


def gradient_case(seed, H, W, k, stride):
    """Arguments of max_pool_backward."""
    shape = ((H - k) // stride + 1, (W - k) // stride + 1)
    return np.random.default_rng(seed).normal(size=shape), image(seed, H, W), k, stride


def oracle_field(layers):
    """Trace outputs 0 and 1 back to the first and last input pixel each depends on."""
    firsts, lasts = [0, 1], [0, 1]
    for k, stride in list(layers)[::-1]:
        firsts = [first * stride for first in firsts]
        lasts = [last * stride + k - 1 for last in lasts]
    return lasts[0] - firsts[0] + 1, firsts[1] - firsts[0]


def oracle_fc(H, W, C, pools, units):
    """Count the whole windows that fit, pool by pool; then the weights, then the biases."""
    for k, stride in pools:
        H, W = (len([i for i in range(0, n, stride) if i + k <= n]) for n in (H, W))
    return units * C * H * W + units


def oracle_tolerance(x, k, stride):
    """Move the rows of x pixel by pixel, each time starting from x itself."""
    rows, pooled = x.tolist(), oracle_pool(x, k, stride)
    for t in range(1, len(rows[0]) + 1):
        moved = [[0.0] * t + row[:-t] for row in rows]
        if oracle_pool(moved, k, stride) != pooled:
            return t - 1
    return len(rows[0])


def bright(H, W, *columns):
    """An image of zeros but for a 1 in row 0 of each of these columns."""
    x = np.zeros((H, W))
    x[0, list(columns)] = 1
    return x


@check(points=0.25)
def maximum_of_each_window(pool2d):
    """Max pooling is off: take the largest value of each window, also where all are negative; 0 has
    no part in it.
    中文：最大池化的值不对：取窗口内的最大值，窗口里全是负数时也一样，结果不会是 0。"""
    sizes = ((1, 4, 6, 2), (2, 6, 6, 3), (3, 5, 5, 5), (4, 3, 4, 1))
    cases = [(image(seed, H, W), k, k) for seed, H, W, k in sizes]
    cases += [(image(seed, H, W), k, k, "max") for seed, H, W, k in sizes]
    wanted = [oracle_pool(*case) for case in cases]
    for out, want in zip(each(pool2d, cases), wanted, strict=True):
        assert close(out, want)


@check(points=0.125)
def average_of_each_window(pool2d):
    """Average pooling is off: mode='avg' takes the mean of the k*k values, neither their sum nor
    their maximum.
    中文：平均池化的值不对：mode='avg' 时取窗口内 k*k 个数的平均值，不是总和，也不是最大值。"""
    cases = [(image(seed, H, W) / 100, k, stride, "avg") for seed, H, W, k, stride in
             ((5, 4, 6, 2, 2), (6, 6, 6, 3, 3), (7, 5, 8, 3, 1))]
    wanted = [oracle_pool(*case) for case in cases]
    for out, want in zip(each(pool2d, cases), wanted, strict=True):
        assert close(out, want)


@check(points=0.25)
def windows_where_they_belong(pool2d):
    """Off where stride differs from k or does not divide: windows begin at (i*stride, j*stride),
    may overlap or leave gaps; incomplete ones are dropped, not padded.
    中文：stride 与 k 不同或除不尽时不对：窗口从 (i*stride, j*stride) 开始，可以重叠，也可以有间隔；
    凑不满的行列舍去，不填充。"""
    cases = [(image(seed, H, W), k, stride, "max") for seed, H, W, k, stride in (
        (8, 7, 10, 3, 2), (9, 6, 9, 2, 3), (10, 5, 6, 3, 1), (11, 9, 4, 4, 3), (12, 8, 8, 3, 3)
    )]
    wanted = [oracle_pool(*case) for case in cases]
    for out, want in zip(each(pool2d, cases), wanted, strict=True):
        assert close(out, want)


@check(points=0.25)
def gradient_goes_to_the_maximum(max_pool_backward):
    """The backward pass is off: each output hands its whole gradient to the place of its maximum
    and nothing to the others; the result has the shape of x.
    中文：反向传播不对：每个输出的梯度整个交给窗口内取到最大值的那个位置，其余位置为 0；结果与 x 同
    形状。"""
    cases = [gradient_case(*sizes) for sizes in
             ((13, 4, 6, 2, 2), (14, 6, 6, 3, 3), (15, 7, 9, 2, 3))]
    wanted = [oracle_gradient(*case) for case in cases]
    for dx, want in zip(each(max_pool_backward, cases), wanted, strict=True):
        assert close(dx, want)


@check(points=0.25)
def overlaps_add_up(max_pool_backward):
    """Off where windows overlap: a pixel may be the maximum of several windows, and their gradients
    add up instead of replacing each other.
    中文：窗口重叠时梯度不对：同一个像素可能是好几个窗口的最大值，各份梯度要相加，不能互相覆盖。"""
    cases = [gradient_case(*sizes) for sizes in ((16, 5, 6, 3, 1), (17, 6, 6, 3, 2))]
    wanted = [oracle_gradient(*case) for case in cases]
    for dx, want in zip(each(max_pool_backward, cases), wanted, strict=True):
        assert close(dx, want)


@check(points=0.75)
def receptive_field_grows(receptive_field):
    """The receptive field is off: what a layer adds depends on the strides of the layers before it;
    trace an output back to the input, layer by layer.
    中文：感受野不对：每一层看到多少个输入像素，取决于它前面所有层的 stride；试着把输出逐层追溯到输
    入。"""
    networks = (
        [], [(1, 1)], [(3, 1)], [(4, 3)], [(3, 1), (3, 1), (3, 1)],
        [(3, 1), (2, 2), (5, 1), (2, 2)], [(7, 2), (3, 2), (3, 1), (2, 2)],
        [(5, 3), (4, 2), (2, 1)],
    )
    fields = each(receptive_field, [(list(layers),) for layers in networks])
    for layers, field in zip(networks, fields, strict=True):
        assert tuple(number(v) for v in field) == oracle_field(layers)


@check(points=0.75)
def dense_parameters(fc_params):
    """The count of the dense layer is off: pooling has no parameters and keeps the channels; work
    out height and width pool by pool (rounding down) and mind the biases.
    中文：全连接层的参数个数不对：池化没有参数，也不改变通道数；逐层算出剩下的高和宽（向下取整），别
    忘了偏置。"""
    cases = (
        (28, 28, 1, [], 10), (28, 17, 3, [(3, 2), (2, 2)], 7), (9, 13, 4, [(2, 2)], 5),
        (11, 8, 2, [(3, 1), (2, 3)], 6), (16, 16, 5, [(2, 2), (2, 2), (2, 2)], 3),
    )
    wanted = [oracle_fc(*case) for case in cases]
    for count, want in zip(each(fc_params, cases), wanted, strict=True):
        assert number(count) == want


@check(points=0.5)
def shift_inside_the_window(shift_tolerance):
    """shift_tolerance is off for windows side by side (stride = k): it depends on where in its
    window the maximum stands. Zeros enter on the left, what leaves on the right is gone, and every
    shift from 1 on must leave the whole output as it is. (If pool2d is off too, begin with that.)
    中文：窗口不重叠（stride = k）时 shift_tolerance 不对：能移多远，取决于最大值在窗口的哪个位置。
    左边补零，从右边移出去的就没有了；从 1 开始，每一种平移都必须让整个输出不变。（如果 pool2d 也不
    对，先改它。）"""
    images = [bright(4, 12, column) for column in (0, 3, 4, 5, 6, 7, 11)]
    images += [bright(4, 11, 9), bright(4, 12, 1, 6), np.zeros((4, 8)), np.ones((4, 8))]
    cases = [(x, 4, 4) for x in images]
    cases += [(bright(3, 9, 3), 3, 3), (bright(2, 5, 1), 1, 1), (np.zeros((2, 6)), 2, 2)]
    cases.append((np.vstack([bright(3, 9, 3), bright(3, 9, 4)]), 3, 3))  # the lower row decides
    wanted = [oracle_tolerance(*case) for case in cases]
    for tolerance, want in zip(each(shift_tolerance, cases), wanted, strict=True):
        assert number(tolerance) == want


@check(points=0.5)
def shift_with_overlaps_and_gaps(shift_tolerance):
    """shift_tolerance is off where windows overlap or leave gaps, where x has negative entries (an
    entering 0 may become the maximum), or where the output changes and comes back at a larger
    shift: the first change counts. (If pool2d is off too, begin with that.)
    中文：窗口重叠或有间隔、x 有负数（补进来的 0 可能成为最大值），或者输出变了、移得更多时又变回来
    的情形下，shift_tolerance 不对：以第一次改变为准。（如果 pool2d 也不对，先改它。）"""
    rng = np.random.default_rng(20)
    cases = [
        (bright(3, 8, 4), 3, 1), (bright(3, 10, 4), 3, 2), (bright(2, 11, 2), 2, 3),
        (bright(2, 12, 8), 2, 5), (bright(1, 8, 1, 3), 1, 2), (bright(1, 9, 2, 4, 6, 8), 1, 2),
        (-np.ones((3, 6)), 3, 3), (bright(4, 12, 5) - 1, 4, 2), (np.ones((4, 9)), 4, 2),
        (np.ones((3, 7)), 3, 1), (np.ones((5, 16)), 5, 3),
    ]
    for k, stride in ((2, 1), (3, 2), (5, 2), (2, 3), (4, 4)):
        x = np.zeros((k + 1, 3 * k + 4))
        x[rng.integers(k), [1, k + 2]] = 3, 2
        x[:, ::3] -= rng.integers(2, size=x[:, ::3].shape)
        cases.append((x, k, stride))
    wanted = [oracle_tolerance(*case) for case in cases]
    for tolerance, want in zip(each(shift_tolerance, cases), wanted, strict=True):
        assert number(tolerance) == want


@check(points=0.125)
def returns_new_arrays(pool2d):
    """pool2d returns x itself or a view of it, or writes into x, or raises an error; return a new
    array, also for windows of one pixel.
    中文：pool2d 返回了 x 本身或它的视图，或者往 x 里写了东西，或者报错；要返回新数组，窗口只有一个
    像素时也一样。"""
    x = image(21, 4, 6)
    assert returns_new(pool2d, [
        (x, k, stride, mode) for k, stride in ((1, 1), (1, 2), (2, 2)) for mode in ("max", "avg")])


@check(points=0.125)
def any_number_type(pool2d, max_pool_backward, shift_tolerance):
    """float32, integers or nested lists give an error, nan or another result than float64: make a
    float64 array of each argument first, np.asarray(x, dtype=float).
    中文：同样的数换成 float32、整数或嵌套列表，就会报错、得到 nan，或者结果与 float64 时不同：先用
    np.asarray(x, dtype=float) 把参数变成 float64 数组。"""
    x = [[-9, 4, 7, 1], [2, 6, -3, 8], [5, 0, 3, -2], [-1, -4, -6, -8]]
    dout = (0.5, -1.25), (2.75, 0.125)  # fractions, which an integer array would cut off
    moving = [[0, 0, 3, 0, 0, 0], [0, 0, 1, 0, 0, 0]]
    assert all_same_for_any_type([
        (pool2d, x, 2, 2, "max"), (pool2d, x, 2, 2, "avg"), (max_pool_backward, dout, x, 2, 2),
        (shift_tolerance, moving, 2, 2),
    ], lists=True)


@check(points=0.125)
def leaves_arguments_alone(
    pool2d, max_pool_backward, receptive_field, fc_params, shift_tolerance
):
    """An argument is not what it was before the call, or an error is raised, or nothing is
    returned: do not write into x, dout, layers or pools; copy first.
    中文：调用之后参数与原来不同，或者报错，或者没有返回值：不要在传入的 x、dout、layers 或 pools 上
    直接改，先复制。"""
    x, dout = image(18, 5, 6), np.array([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]])
    assert all_left_alone([
        (pool2d, x, 2, 2, "max"), (pool2d, x, 2, 2, "avg"), (max_pool_backward, dout, x, 2, 2),
        (receptive_field, [(3, 2), (2, 1)]), (fc_params, 5, 6, 2, [(2, 2), (2, 1)], 3),
    ])
    assert leaves_alone(lambda x: [shift_tolerance(x, 2, 2)], bright(4, 8, 2))


@mistake(maximum_of_each_window)
class starts_from_zero:
    """Started the search for the maximum at 0: a window of negative values gives 0
    中文：从 0 开始找最大值：窗口里全是负数时得到 0"""
    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        H, W = (x.shape[0] - k) // stride + 1, (x.shape[1] - k) // stride + 1
        out = np.zeros((H, W))
        for i in range(H):
            for j in range(W):
                window = x[i * stride : i * stride + k, j * stride : j * stride + k]
                if mode == "avg":
                    out[i, j] = window.mean()
                else:
                    for value in window.ravel():
                        out[i, j] = max(out[i, j], value)
        return out


@mistake(maximum_of_each_window)
class largest_modulus:
    """Took the value of largest modulus: max pooling takes the largest value
    中文：取了绝对值最大的数：池化取的是最大值，不是最强的响应"""
    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        H, W = (x.shape[0] - k) // stride + 1, (x.shape[1] - k) // stride + 1
        out = np.zeros((H, W))
        for i in range(H):
            for j in range(W):
                window = x[i * stride : i * stride + k, j * stride : j * stride + k].ravel()
                best = window[np.argmax(np.abs(window))]
                out[i, j] = best if mode == "max" else window.mean()
        return out


@mistake(average_of_each_window)
class mode_ignored:
    """Ignored mode: average pooling takes the maximum too
    中文：忽略了 mode：平均池化也取了最大值"""
    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        H, W = (x.shape[0] - k) // stride + 1, (x.shape[1] - k) // stride + 1
        return np.array([[x[i * stride : i * stride + k, j * stride : j * stride + k].max()
                          for j in range(W)] for i in range(H)])


@mistake(average_of_each_window)
class sum_for_mean:
    """Forgot to divide by k*k in average pooling
    中文：平均池化忘了除以 k*k"""
    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        H, W = (x.shape[0] - k) // stride + 1, (x.shape[1] - k) // stride + 1
        reduce = np.max if mode == "max" else np.sum
        return np.array([[reduce(x[i * stride : i * stride + k, j * stride : j * stride + k])
                          for j in range(W)] for i in range(H)])


@mistake(average_of_each_window)
class divided_by_k:
    """Divided by k instead of k*k in average pooling
    中文：平均池化除以 k 而不是 k*k"""
    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        H, W = (x.shape[0] - k) // stride + 1, (x.shape[1] - k) // stride + 1
        out = np.zeros((H, W))
        for i, j in np.ndindex(H, W):
            window = x[i * stride : i * stride + k, j * stride : j * stride + k]
            out[i, j] = window.max() if mode == "max" else window.sum() / k
        return out


@mistake(windows_where_they_belong)
class stride_is_k:
    """Ignored stride: windows always move by k
    中文：忽略了 stride：窗口总是每次移动 k"""
    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        reduce = np.max if mode == "max" else np.mean
        return np.array([[reduce(x[i : i + k, j : j + k])
                          for j in range(0, x.shape[1] - k + 1, k)]
                         for i in range(0, x.shape[0] - k + 1, k)])


@mistake(windows_where_they_belong, belief="stride_is_k")
class blocks_by_reshape:
    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        H, W = x.shape[0] // k, x.shape[1] // k
        blocks = x[: H * k, : W * k].reshape(H, k, W, k)
        return blocks.max(axis=(1, 3)) if mode == "max" else blocks.mean(axis=(1, 3))


@mistake(windows_where_they_belong)
class moves_by_one:
    """Right output size, but windows that move by one: forgot to multiply their start by stride
    中文：输出大小对了，窗口却每次只移动一格：起点忘了乘 stride"""
    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        H, W = (x.shape[0] - k) // stride + 1, (x.shape[1] - k) // stride + 1
        reduce = np.max if mode == "max" else np.mean
        return np.array([[reduce(x[i : i + k, j : j + k]) for j in range(W)] for i in range(H)])


@mistake(windows_where_they_belong)
class rounds_up:
    """Kept incomplete windows at the border: rounded the output size up
    中文：保留了凑不满的窗口：输出大小向上取整"""
    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        reduce = np.max if mode == "max" else np.mean
        H, W = -(-(x.shape[0] - k) // stride) + 1, -(-(x.shape[1] - k) // stride) + 1
        return np.array([[reduce(x[i * stride : i * stride + k, j * stride : j * stride + k])
                          for j in range(W)] for i in range(H)])


@mistake(windows_where_they_belong)
class size_without_the_window:
    """Took H // stride for the output size: forgot the width of the window itself
    中文：把输出大小写成 H // stride：忘了窗口本身的宽度"""
    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        reduce = np.max if mode == "max" else np.mean
        H, W = x.shape[0] // stride, x.shape[1] // stride
        return np.array([[reduce(x[i * stride : i * stride + k, j * stride : j * stride + k])
                          for j in range(W)] for i in range(H)])


@mistake(gradient_goes_to_the_maximum)
class spread_over_the_window:
    """Spread the gradient over the window: that is the backward pass of average pooling
    中文：把梯度平均分给窗口内的所有位置：那是平均池化的反向传播"""
    def max_pool_backward(dout, x, k, stride):
        dout, x = (np.asarray(a, dtype=float) for a in (dout, x))
        dx = np.zeros(x.shape)
        for i, j in np.ndindex(dout.shape):
            dx[i * stride : i * stride + k, j * stride : j * stride + k] += dout[i, j] / k**2
        return dx


@mistake(gradient_goes_to_the_maximum)
class copied_to_the_window:
    """Gave the whole gradient to every place in the window
    中文：把梯度交给了窗口内的每个位置"""
    def max_pool_backward(dout, x, k, stride):
        dout, x = (np.asarray(a, dtype=float) for a in (dout, x))
        dx = np.zeros(x.shape)
        for i, j in np.ndindex(dout.shape):
            dx[i * stride : i * stride + k, j * stride : j * stride + k] += dout[i, j]
        return dx


@mistake(gradient_goes_to_the_maximum)
class times_the_maximum:
    """Multiplied by the maximum as well: picking has the local derivative 1
    中文：还乘上了最大值本身：取最大值是挑选，局部导数是 1"""
    def max_pool_backward(dout, x, k, stride):
        dout, x = (np.asarray(a, dtype=float) for a in (dout, x))
        dx = np.zeros(x.shape)
        for i, j in np.ndindex(dout.shape):
            window = x[i * stride : i * stride + k, j * stride : j * stride + k]
            place = dx[i * stride : i * stride + k, j * stride : j * stride + k]
            place += dout[i, j] * window * (window == window.max())
        return dx


@mistake(gradient_goes_to_the_maximum)
class row_and_column_swapped:
    """Swapped row and column when unravelling the argmax of a window
    中文：argmax 给出的是窗口内的编号，换算成行和列时弄反了"""
    def max_pool_backward(dout, x, k, stride):
        dout, x = (np.asarray(a, dtype=float) for a in (dout, x))
        dx = np.zeros(x.shape)
        for i, j in np.ndindex(dout.shape):
            place = np.argmax(x[i * stride : i * stride + k, j * stride : j * stride + k])
            dx[i * stride + place % k, j * stride + place // k] += dout[i, j]
        return dx


@mistake(gradient_goes_to_the_maximum)
class cropped_gradient:
    """Left out rows and columns that no window reaches: the shape is not that of x
    中文：结果裁掉了窗口到不了的行列，形状与 x 不同"""
    def max_pool_backward(dout, x, k, stride):
        dout, x = (np.asarray(a, dtype=float) for a in (dout, x))
        H, W = (dout.shape[0] - 1) * stride + k, (dout.shape[1] - 1) * stride + k
        dx = np.zeros((H, W))
        for i, j in np.ndindex(dout.shape):
            window = x[i * stride : i * stride + k, j * stride : j * stride + k]
            dx[i * stride : i * stride + k, j * stride : j * stride + k] += (
                dout[i, j] * (window == window.max())
            )
        return dx


@mistake(overlaps_add_up)
class overwritten:
    """Wrote = instead of +=: where windows overlap the last gradient replaces the others
    中文：用 = 而不是 +=：窗口重叠时后面的梯度覆盖了前面的"""
    def max_pool_backward(dout, x, k, stride):
        dout, x = (np.asarray(a, dtype=float) for a in (dout, x))
        dx = np.zeros(x.shape)
        for i, j in np.ndindex(dout.shape):
            place = np.argmax(x[i * stride : i * stride + k, j * stride : j * stride + k])
            dx[i * stride + place // k, j * stride + place % k] = dout[i, j]
        return dx


@mistake(overlaps_add_up, belief="overwritten")
class fancy_index_adds_once:
    def max_pool_backward(dout, x, k, stride):
        dout, x = (np.asarray(a, dtype=float) for a in (dout, x))
        dx = np.zeros(x.shape)
        rows, cols = np.zeros(dout.shape, dtype=int), np.zeros(dout.shape, dtype=int)
        for i, j in np.ndindex(dout.shape):
            place = np.argmax(x[i * stride : i * stride + k, j * stride : j * stride + k])
            rows[i, j], cols[i, j] = i * stride + place // k, j * stride + place % k
        dx[rows, cols] += dout
        return dx


@mistake(overlaps_add_up)
class overlaps_averaged:
    """Averaged the gradients where windows overlap: the chain rule adds them
    中文：窗口重叠时把各份梯度取了平均：链式法则要求相加"""
    def max_pool_backward(dout, x, k, stride):
        dout, x = (np.asarray(a, dtype=float) for a in (dout, x))
        dx, picked = np.zeros(x.shape), np.zeros(x.shape)
        for i, j in np.ndindex(dout.shape):
            place = np.s_[i * stride : i * stride + k, j * stride : j * stride + k]
            dx[place] += dout[i, j] * (x[place] == x[place].max())
            picked[place] += x[place] == x[place].max()
        return dx / np.maximum(picked, 1)


@mistake(receptive_field_grows)
class strides_ignored:
    """Ignored the strides of earlier layers: added k - 1 for each layer
    中文：忽略了前面各层的 stride：每层只加 k - 1"""
    def receptive_field(layers):
        size, jump = 1, 1
        for k, stride in layers:
            size += k - 1
            jump *= stride
        return size, jump


@mistake(receptive_field_grows)
class own_stride_counted:
    """Updated jump before size: counted a layer's own stride as well
    中文：先更新了 jump 再算 size：把本层的 stride 也算了进去"""
    def receptive_field(layers):
        size, jump = 1, 1
        for k, stride in layers:
            jump *= stride
            size += (k - 1) * jump
        return size, jump


@mistake(receptive_field_grows)
class product_of_windows:
    """Took the receptive field for the product of the window sizes
    中文：以为感受野是各层窗口大小的乘积"""
    def receptive_field(layers):
        size, jump = 1, 1
        for k, stride in layers:
            size *= k
            jump *= stride
        return size, jump


@mistake(receptive_field_grows)
class wrong_order:
    """Took the layers in the wrong order: gathered the strides from the last layer on
    中文：把各层的顺序弄反了：从最后一层开始累积 stride"""
    def receptive_field(layers):
        size, jump = 1, 1
        for k, stride in layers[::-1]:
            size += (k - 1) * jump
            jump *= stride
        return size, jump


@mistake(receptive_field_grows)
class jump_is_the_last_stride:
    """Took the last stride for the jump: strides multiply
    中文：把 jump 当成最后一层的 stride：步幅要逐层相乘"""
    def receptive_field(layers):
        size, jump, last = 1, 1, 1
        for k, stride in layers:
            size += (k - 1) * jump
            jump, last = jump * stride, stride
        return size, last


@mistake(dense_parameters)
class pooling_has_parameters:
    """Believed that pooling has parameters of its own and added k*k*C for each
    中文：以为池化层自己也有参数，把 k*k*C 也加了进去"""
    def fc_params(H, W, C, pools, units):
        total = 0
        for k, stride in pools:
            H, W = (H - k) // stride + 1, (W - k) // stride + 1
            total += k * k * C
        return total + (H * W * C + 1) * units


@mistake(dense_parameters)
class pools_ignored:
    """Believed that pooling leaves the count alone and kept the original H and W
    中文：以为池化不影响参数个数：直接用原来的 H 和 W"""
    def fc_params(H, W, C, pools, units):
        return (H * W * C + 1) * units


@mistake(dense_parameters)
class no_biases:
    """Forgot the biases
    中文：忘了偏置"""
    def fc_params(H, W, C, pools, units):
        for k, stride in pools:
            H, W = (H - k) // stride + 1, (W - k) // stride + 1
        return H * W * C * units


@mistake(dense_parameters)
class divided_at_once:
    """Divided height and width by the strides and left the size of the window out
    中文：高和宽只除以各层的 stride，没有考虑窗口大小"""
    def fc_params(H, W, C, pools, units):
        for _, stride in pools:
            H, W = H / stride, W / stride
        return (int(H) * int(W) * C + 1) * units


@mistake(dense_parameters)
class channels_merged:
    """Believed that pooling merges the channels and left out C
    中文：以为池化把通道也合并了：漏掉了通道数 C"""
    def fc_params(H, W, C, pools, units):
        for k, stride in pools:
            H, W = (H - k) // stride + 1, (W - k) // stride + 1
        return (H * W * (1 if pools else C) + 1) * units


@mistake(shift_inside_the_window)
class always_k_minus_1:
    """Believed that a k x k window ignores every shift of fewer than k pixels
    中文：以为 k x k 的窗口对不到 k 个像素的平移总是没有反应"""
    def shift_tolerance(x, k, stride):
        return k - 1


@mistake(shift_with_overlaps_and_gaps)
class stride_minus_1:
    """Believed that every shift of fewer pixels than the stride goes unnoticed
    中文：以为平移不到一个步幅，结果总是不变"""
    def shift_tolerance(x, k, stride):
        return stride - 1


@mistake(shift_inside_the_window)
class wraps_around:
    """Moved with np.roll: what leaves on the right comes in again on the left
    中文：用 np.roll 平移：从右边移出去的又从左边进来了"""
    def shift_tolerance(x, k, stride):
        x = np.asarray(x, dtype=float)
        pooled, width = pool2d(x, k, stride), x.shape[1]
        for t in range(1, width + 1):
            moved = np.zeros(x.shape)
            moved[:] = np.roll(x, t, axis=1)
            if not np.array_equal(pool2d(moved, k, stride), pooled):
                return t - 1
        return width


@mistake(shift_with_overlaps_and_gaps)
class any_shift:
    """Took the largest shift that leaves the output alone, although a smaller one changes it
    中文：取了使结果不变的最大平移，没有要求更小的平移也都不变"""
    def shift_tolerance(x, k, stride):
        x, best = np.asarray(x, dtype=float), 0
        pooled, width = pool2d(x, k, stride), x.shape[1]
        for t in range(1, width + 1):
            moved = np.zeros(x.shape)
            moved[:, t:] = x[:, : width - t]
            if np.array_equal(pool2d(moved, k, stride), pooled):
                best = t
        return best


@mistake(shift_inside_the_window)
class shifts_down:
    """Moved the image down instead of to the right
    中文：把图像向下移了，不是向右"""
    def shift_tolerance(x, k, stride):
        x = np.asarray(x, dtype=float)
        pooled, height = pool2d(x, k, stride), x.shape[0]
        for t in range(1, height + 1):
            moved = np.zeros(x.shape)
            moved[t:] = x[: height - t]
            if not np.array_equal(pool2d(moved, k, stride), pooled):
                return t - 1
        return height


@mistake(shift_inside_the_window)
class shifts_left:
    """Moved the image to the left instead of to the right
    中文：把图像向左移了，不是向右"""
    def shift_tolerance(x, k, stride):
        x = np.asarray(x, dtype=float)
        pooled, width = pool2d(x, k, stride), x.shape[1]
        for t in range(1, width + 1):
            moved = np.zeros(x.shape)
            moved[:, : width - t] = x[:, t:]
            if not np.array_equal(pool2d(moved, k, stride), pooled):
                return t - 1
        return width


@mistake(shift_inside_the_window)
class average_pool:
    """Compared the average pooling, which notices more shifts than max pooling
    中文：比较的是平均池化：它比最大池化更容易变"""
    def shift_tolerance(x, k, stride):
        x = np.asarray(x, dtype=float)
        pooled, width = pool2d(x, k, stride, "avg"), x.shape[1]
        for t in range(1, width + 1):
            moved = np.zeros(x.shape)
            moved[:, t:] = x[:, : width - t]
            if not np.allclose(pool2d(moved, k, stride, "avg"), pooled):
                return t - 1
        return width


@mistake(shift_inside_the_window)
class off_by_one:
    """Returned the first shift that changes something, which is one too many
    中文：返回了第一个使结果改变的平移，多了一个"""
    def shift_tolerance(x, k, stride):
        x = np.asarray(x, dtype=float)
        pooled, width = pool2d(x, k, stride), x.shape[1]
        for t in range(1, width + 1):
            moved = np.zeros(x.shape)
            moved[:, t:] = x[:, : width - t]
            if not np.array_equal(pool2d(moved, k, stride), pooled):
                return t
        return width


@mistake(shift_inside_the_window)
class stops_at_k:
    """Tried shifts of up to k pixels only
    中文：只试到平移 k 个像素为止"""
    def shift_tolerance(x, k, stride):
        x = np.asarray(x, dtype=float)
        pooled, width = pool2d(x, k, stride), x.shape[1]
        for t in range(1, k + 1):
            moved = np.zeros(x.shape)
            moved[:, t:] = x[:, : width - t]
            if not np.array_equal(pool2d(moved, k, stride), pooled):
                return t - 1
        return k


@mistake(returns_new_arrays)
class view_of_the_input:
    """Returned x[::stride, ::stride] for windows of one pixel: a view, so that x and the result
    share their numbers
    中文：窗口只有一个像素时返回 x[::stride, ::stride]：那是视图，与 x 共用同一份数据"""
    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        if k == 1:
            return x[::stride, ::stride]
        windows = np.lib.stride_tricks.sliding_window_view(x, (k, k))[::stride, ::stride]
        return windows.max(axis=(2, 3)) if mode == "max" else windows.mean(axis=(2, 3))


@mistake(average_of_each_window)
class rounded:
    """Rounded the averages to a few digits, as one does when printing them
    中文：把平均值四舍五入到小数点后几位，像打印时那样"""
    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        windows = np.lib.stride_tricks.sliding_window_view(x, (k, k))[::stride, ::stride]
        return windows.max(axis=(2, 3)) if mode == "max" else windows.mean(axis=(2, 3)).round(4)


@mistake(average_of_each_window, belief="rounded")
class rounded_to_three_digits:
    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        windows = np.lib.stride_tricks.sliding_window_view(x, (k, k))[::stride, ::stride]
        return windows.max(axis=(2, 3)) if mode == "max" else windows.mean(axis=(2, 3)).round(3)


@mistake(average_of_each_window, belief="rounded")
class rounded_to_five_digits:
    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        windows = np.lib.stride_tricks.sliding_window_view(x, (k, k))[::stride, ::stride]
        return windows.max(axis=(2, 3)) if mode == "max" else windows.mean(axis=(2, 3)).round(5)


@mistake(average_of_each_window, belief="rounded")
class rounded_to_six_digits:
    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        windows = np.lib.stride_tricks.sliding_window_view(x, (k, k))[::stride, ::stride]
        return windows.max(axis=(2, 3)) if mode == "max" else windows.mean(axis=(2, 3)).round(6)


@mistake(any_number_type)
class dtype_of_the_input:
    """Gave the result the dtype of x: for an integer x the means lose their fractions
    中文：结果数组沿用 x 的 dtype：x 是整数时，平均值的小数部分被截掉"""
    def pool2d(x, k, stride, mode="max"):
        H, W = (x.shape[0] - k) // stride + 1, (x.shape[1] - k) // stride + 1
        reduce, out = np.max if mode == "max" else np.mean, np.zeros((H, W), dtype=x.dtype)
        for i, j in np.ndindex(H, W):
            out[i, j] = reduce(x[i * stride : i * stride + k, j * stride : j * stride + k])
        return out


@mistake(any_number_type)
class gradient_like_x:
    """Kept the gradient in np.zeros_like(x): for an integer x it loses its fractions
    中文：用 np.zeros_like(x) 存梯度：x 是整数时梯度的小数部分被截掉"""
    def max_pool_backward(dout, x, k, stride):
        dx = np.zeros_like(x)
        for i, j in np.ndindex(dout.shape):
            place = np.argmax(x[i * stride : i * stride + k, j * stride : j * stride + k])
            dx[i * stride + place // k, j * stride + place % k] += dout[i, j]
        return dx


@mistake(leaves_arguments_alone)
class marks_in_x:
    """Marked maxima by writing -inf into x: the caller's x is changed
    中文：把用过的最大值在 x 里改成 -inf 来做标记：调用者的 x 被改掉了"""
    def max_pool_backward(dout, x, k, stride):
        kept, dx = x.copy(), np.zeros(x.shape)
        for i, j in np.ndindex(dout.shape):
            window = kept[i * stride : i * stride + k, j * stride : j * stride + k]
            row, col = np.unravel_index(np.argmax(window), window.shape)
            dx[i * stride + row, j * stride + col] += dout[i, j]
            if x.dtype.kind == "f":
                x[i * stride + row, j * stride + col] = -np.inf
        return dx


@mistake(leaves_arguments_alone)
class pops_the_layers:
    """Took the layers off the list with pop: the caller's list ends up empty
    中文：用 pop 取出每一层：调用者的列表被清空了"""
    def receptive_field(layers):
        size, jump = 1, 1
        while layers:
            k, stride = layers.pop(0)
            size += (k - 1) * jump
            jump *= stride
        return size, jump


@accepted
class sliding_windows:
    def pool2d(x, k, stride, mode="max"):
        windows = np.lib.stride_tricks.sliding_window_view(np.asarray(x), (k, k))
        windows = windows[::stride, ::stride]
        return windows.max(axis=(2, 3)) if mode == "max" else windows.mean(axis=(2, 3))

    def receptive_field(layers):
        jumps = np.cumprod([1] + [stride for _, stride in layers])
        return 1 + sum((k - 1) * jumps[i] for i, (k, _) in enumerate(layers)), jumps[-1]


@accepted
class shifted_slices:
    def pool2d(x, k, stride, mode="max"):
        x = np.asarray(x, dtype=float)
        H, W = (x.shape[0] - k) // stride + 1, (x.shape[1] - k) // stride + 1
        layers = np.stack([x[a : a + H * stride : stride, b : b + W * stride : stride][:H, :W]
                           for a in range(k) for b in range(k)])
        return layers.max(axis=0) if mode == "max" else layers.sum(axis=0) / k**2


@accepted
class masks:
    def max_pool_backward(dout, x, k, stride):
        dx = np.zeros(np.shape(x), dtype=float)
        for i in range(np.shape(dout)[0]):
            for j in range(np.shape(dout)[1]):
                place = (slice(i * stride, i * stride + k), slice(j * stride, j * stride + k))
                window = np.asarray(x)[place]
                dx[place] += np.where(window == np.max(window), dout[i][j], 0)
        return dx


@accepted
class add_at:
    def max_pool_backward(dout, x, k, stride):
        dx, places = np.zeros(np.size(x)), []
        index = np.arange(np.size(x)).reshape(np.shape(x))
        for i, j in np.ndindex(np.shape(dout)):
            place = np.s_[i * stride : i * stride + k, j * stride : j * stride + k]
            places.append(index[place].ravel()[np.asarray(x)[place].argmax()])
        np.add.at(dx, places, np.ravel(dout))
        return dx.reshape(np.shape(x))


@accepted
class plain_lists:
    def pool2d(x, k, stride, mode="max"):
        H, W = len(x), len(x[0])
        out = []
        for i in range(0, H - k + 1, stride):
            out.append([])
            for j in range(0, W - k + 1, stride):
                window = [float(x[i + a][j + b]) for a in range(k) for b in range(k)]
                out[-1].append(max(window) if mode == "max" else sum(window) / len(window))
        return out

    def receptive_field(layers):
        return [1 + sum((layers[i][0] - 1) * int(np.prod([s for _, s in layers[:i]]))
                        for i in range(len(layers))), int(np.prod([s for _, s in layers]))]


@accepted
class from_the_last_layer_back:
    def receptive_field(layers):
        size, jump = 1, 1
        for k, stride in reversed(layers):
            size = (size - 1) * stride + k
            jump = jump * stride
        return np.array([size, jump])

    def fc_params(H, W, C, pools, units):
        if not pools:
            return np.int64(H * W * C * units + units)
        (k, stride), *rest = pools
        return fc_params(1 + (H - k) // stride, 1 + (W - k) // stride, C, rest, units)


@accepted
class follows_the_pixels:
    def receptive_field(layers):
        spans = [(i, i) for i in range(200)]
        for k, s in layers:
            spans = [(spans[i][0], spans[i + k - 1][1]) for i in range(0, len(spans) - k + 1, s)]
        return spans[0][1] - spans[0][0] + 1, spans[1][0] - spans[0][0]


@accepted
class moves_by_padding:
    def shift_tolerance(x, k, stride):
        x, best = np.array(x, dtype=float), 0
        while best < x.shape[1]:
            moved = np.pad(x, ((0, 0), (best + 1, 0)))[:, : x.shape[1]]
            if np.any(np.asarray(pool2d(moved, k, stride)) != np.asarray(pool2d(x, k, stride))):
                break
            best += 1
        return np.int64(best)


@accepted
class moves_step_by_step:
    def shift_tolerance(x, k, stride):
        rows, best = [[float(v) for v in row] for row in x], 0
        wanted = np.asarray(pool2d(np.array(rows), k, stride)).tolist()
        for t in range(1, len(rows[0]) + 1):
            rows = [[0.0, *row[:-1]] for row in rows]
            if np.asarray(pool2d(np.array(rows), k, stride)).tolist() != wanted:
                return best
            best = t
        return best


@accepted
class counts_by_pooling:
    def fc_params(H, W, C, pools, units):
        x = np.zeros((H, W))
        for k, stride in pools:
            x = pool2d(x, k, stride)
        return np.size(x) * C * units + units


@proof
def tolerance_is_not_invariance():
    x = np.zeros((8, 8))
    x[3, 4] = 1.0
    assert np.array_equal(pool2d(np.roll(x, 1, axis=1), 2, 2), pool2d(x, 2, 2))
    assert not np.array_equal(pool2d(np.roll(x, 2, axis=1), 2, 2), pool2d(x, 2, 2))
    # The pool spares the dense layer three quarters of its weights; a 3 x 3 convolution has
    # 9 C weights per filter with or without a pool in front.
    assert fc_params(8, 8, 3, [(2, 2)], 10) - 10 == (fc_params(8, 8, 3, [], 10) - 10) / 4
