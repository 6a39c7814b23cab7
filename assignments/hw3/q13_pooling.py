"""Pooling: what is lost, what is gained."""

import numpy as np

from autograder.pages import check, see


def pool2d(x, k, stride, mode="max"):
    """Return x (H, W) pooled over k x k windows, shape ((H-k)//stride+1, (W-k)//stride+1).

    Output (i, j) looks at the window whose upper left corner is (i*stride, j*stride). mode is
    'max' or 'avg'. Nothing is padded; rows and columns that no whole window reaches are left out.
    stride may be smaller or larger than k. x is not changed.

    中文：
    对 x (H, W) 按 k x k 的窗口池化，返回形状 ((H-k)//stride+1, (W-k)//stride+1)。
    输出 (i, j) 对应左上角在 (i*stride, j*stride) 的窗口。mode 取 'max' 或 'avg'。
    不做填充；凑不满一个窗口的行和列舍去。stride 可以小于或大于 k。不得修改 x。
    """
    ...


def max_pool_backward(dout, x, k, stride):
    """Return dL/dx (H, W), where dout is dL/d(pool2d(x, k, stride)).

    x (H, W) has no ties inside a window. Windows may overlap. The arguments are not changed.

    中文：
    已知 dout 为 dL/d(pool2d(x, k, stride))，返回 dL/dx，形状 (H, W)。
    x (H, W) 的每个窗口里没有并列的最大值。窗口可以重叠。不得修改参数。
    """
    ...


def receptive_field(layers):
    """Return (size, jump) of one output after layers = [(k, stride), ...], first layer first.

    size: how many input pixels, in one dimension, lie from the first to the last one that an
    output depends on. jump: how many input pixels two neighbouring outputs are apart. Without
    layers it is (1, 1).

    中文：
    layers = [(k, stride), ...]，从第一层到最后一层；返回一个输出的 (size, jump)。
    size：在一个维度上，输出所依赖的第一个到最后一个输入像素，一共跨多少个像素。
    jump：相邻两个输出对应的输入位置相差多少个像素。没有任何层时为 (1, 1)。
    """
    ...


def fc_params(H, W, C, pools, units):
    """Return the number of parameters (with bias) of a dense layer that follows the pools (int).

    The input has H x W pixels and C channels; pools = [(k, stride), ...] are applied one after
    the other, as by pool2d, to each channel; pools may be empty. Then everything is flattened
    into a dense layer of `units` units.

    中文：
    返回池化之后那个全连接层的参数个数（含偏置，int）。
    输入为 H x W 个像素、C 个通道；pools = [(k, stride), ...] 依次作用于每个通道，规则同 pool2d，
    可以为空；然后展平，接一个有 units 个单元的全连接层。
    """
    ...


def shift_tolerance(x, k, stride):
    """Return how many pixels x (H, W) may move to the right before its max pooling changes (int).

    The largest s in 0 ... W for which pool2d(x moved by t, k, stride) equals pool2d(x, k, stride)
    exactly for every t = 1, ..., s. When x moves by t, zeros enter on the left and the last t
    columns are lost. 0 if the first step changes the output; W for an x of zeros. x is not changed.

    中文：
    返回 x (H, W) 向右平移多少个像素以内，最大池化的结果都不变（int）。
    即 0 ... W 中最大的 s，使得对每个 t = 1, ..., s，x 平移 t 之后的 pool2d(…, k, stride) 与
    pool2d(x, k, stride) 完全相等。平移 t 时，左边补 t 列零，最右边的 t 列移出去丢掉。
    第一步就变了则为 0；x 全为零时为 W。不得修改 x。
    """
    ...


@check(points=0.125)
def example_of_the_pools(pool2d):
    """pool2d: the shape is ((H-k)//stride+1, (W-k)//stride+1); [[1, 2], [3, 6]] has the maximum 6
    and the average 3.
    中文：pool2d：输出的形状是 ((H-k)//stride+1, (W-k)//stride+1)；[[1, 2], [3, 6]] 最大池化得 6，平
    均池化得 3。"""
    out = pool2d(np.ones((5, 7)), 2, 2)
    assert np.shape(out) == (2, 3), f"{np.shape(out)} != (2, 3)"
    for mode, wanted in (("max", [[6.0]]), ("avg", [[3.0]])):
        out = pool2d(np.array([[1.0, 2.0], [3.0, 6.0]]), 2, 2, mode=mode)
        assert np.asarray(out).dtype.kind in "biuf", f"{out!r}"
        assert np.shape(out) == (1, 1), f"{mode}: {np.shape(out)} != (1, 1)"
        assert np.allclose(out, wanted), f"{mode}: {out!r} != {wanted}"


@check(points=0.125)
def shape_of_the_gradient(max_pool_backward):
    """max_pool_backward: dx has the shape of x, and its entries add up to the sum of dout.
    中文：max_pool_backward：dx 与 x 同形状，所有元素之和等于 dout 之和。"""
    x = np.array([[1.0, 2.0, 9.0], [3.0, 6.0, 7.0], [5.0, 4.0, 0.0]])
    dx = max_pool_backward(np.array([[10.0]]), x, 2, 2)
    assert np.asarray(dx).dtype.kind in "biuf", f"{dx!r}"
    assert np.shape(dx) == (3, 3), f"{np.shape(dx)} != (3, 3)"
    assert abs(np.sum(dx) - 10) < 1e-6, f"{dx!r}"


@check(points=0.25)
def example_of_the_field(receptive_field):
    """receptive_field: a window of 3 with stride 2 and another window of 3 behind it see 7 pixels;
    neighbouring outputs are 2 apart, so it is (7, 2).
    中文：receptive_field：窗口 3、步幅 2，后面再接窗口 3、步幅 1，一共看到 7 个像素，相邻输出相距
    2，结果是 (7, 2)。"""
    field = receptive_field([(3, 2), (3, 1)])
    assert len(field) == 2 and np.asarray(field).dtype.kind in "biuf", f"{field!r}"
    assert tuple(field) == (7, 2), f"{field!r} != (7, 2)"


@check(points=0.25)
def example_of_the_count(fc_params):
    """fc_params: 4 x 6 pixels, one 2 x 2 pool of stride 2 and 5 units: 6 weights and a bias for
    each unit, 35 in all, an int.
    中文：fc_params：4 x 6 个像素，先做一次 2 x 2、步幅 2 的池化，再接 5 个单元：每个单元 6 个权重加
    1 个偏置，共 35 个（int）。"""
    count = fc_params(4, 6, 1, [(2, 2)], 5)
    assert np.shape(count) == () and np.asarray(count).dtype.kind in "iu", f"{count!r}"
    assert count == 35, f"{count!r} != 35"


@check(points=0.25)
def example_of_the_tolerance(shift_tolerance):
    """shift_tolerance: x is 4 x 12 with a single 1 and k = stride = 4; a 1 in column 5 may move by
    2, in column 4 by 3, in column 7 by 0 (an int).
    中文：shift_tolerance：x 是 4 x 12，只有一个 1，k = stride = 4；1 在第 5 列时可以移 2 个像素，在
    第 4 列时 3 个，在第 7 列时 0 个（int）。"""
    for column, wanted in ((5, 2), (4, 3), (7, 0)):
        x = np.zeros((4, 12))
        x[1, column] = 1
        s = shift_tolerance(x, 4, 4)
        assert np.shape(s) == () and np.asarray(s).dtype.kind in "iu", f"{s!r}"
        assert s == wanted, f"{column}: {s!r} != {wanted}"


@see
def pooling_under_a_shift():
    import matplotlib.pyplot as plt

    rows, cols = np.mgrid[:48, :48]
    ring = np.exp(-((np.hypot(rows - 24, cols - 24) - 14) ** 2) / 2)
    mouth = np.exp(-((np.hypot(rows - 22, cols - 24) - 9) ** 2) / 2) * (rows > 25)
    eyes = sum(np.exp(-((rows - 18) ** 2 + (cols - c) ** 2) / 3) for c in (19, 29))
    face = ring + mouth + eyes
    left, middle, right = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")[1]
    left.imshow(face, cmap="gray")
    left.set_title("x")
    middle.imshow(pool2d(face, 3, 3), cmap="gray")
    middle.set_title("pool2d(x, 3, 3)")
    for k in (1, 2, 3, 6):
        before, changes = np.asarray(pool2d(face, k, k)), []
        for shift in range(9):
            after = np.asarray(pool2d(np.roll(face, shift, axis=1), k, k))
            changes.append(np.linalg.norm(after - before) / np.linalg.norm(before))
        right.plot(changes, "o-", label=f"{k} (no pooling)" if k == 1 else f"{k}")
    right.set_xlabel("shift of x to the right, in pixels")
    right.set_ylabel("relative change of the max-pooled x")
    right.set_ylim(0, 1.7)
    right.legend(title="k = stride", ncols=2, loc="upper left")
    plt.show()
