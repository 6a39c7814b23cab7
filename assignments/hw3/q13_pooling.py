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


@check(points=1)
def shapes_and_example(pool2d, max_pool_backward, receptive_field, fc_params):
    """A shape or the small example is off: the output is ((H-k)//stride+1, (W-k)//stride+1); [[1,
    2], [3, 6]] has maximum 6 and average 3.
    中文：形状或小例子不对：输出是 ((H-k)//stride+1, (W-k)//stride+1)；[[1, 2], [3, 6]] 最大池化得
    6，平均池化得 3。"""
    def number(x):
        assert np.shape(x) == ()
        return float(x)

    x = np.array([[1.0, 2.0], [3.0, 6.0]])
    assert np.shape(pool2d(np.ones((5, 7)), 2, 2)) == (2, 3)
    assert np.allclose(pool2d(x, 2, 2), [[6.0]])
    assert np.allclose(pool2d(x, 2, 2, mode="avg"), [[3.0]])
    assert np.shape(max_pool_backward(np.ones((1, 1)), x, 2, 2)) == (2, 2)
    assert tuple(number(v) for v in receptive_field([(3, 1)])) == (3, 1)
    assert number(fc_params(4, 5, 1, [], 1)) == 21


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
