"""Counting parameters, and what the count does not tell."""

import numpy as np

from autograder.pages import check, see


def count_params(sizes, bias=True):
    """Return the number of parameters of a fully connected network as an int.

    sizes: list of layer widths, input first; it is not changed. bias=False: a network that has
    weights only.

    中文：
    返回全连接网络的参数个数（int）。
    sizes：各层宽度组成的列表，输入层排在最前，不得修改。bias=False 表示网络只有权重、没有偏置。
    """
    ...


def init_params(sizes, seed):
    """Return [(W, b), ...], one pair a layer: W of shape (out, in), b of shape (out, 1).

    He initialisation: every weight is a draw of its own with mean 0 and standard deviation
    sqrt(2 / in); biases are 0. The same int seed gives the same weights, another seed others.
    Which generator you use does not matter. sizes as above, not changed.

    中文：
    返回 [(W, b), ...]，每层一对：W 形状 (out, in)，b 形状 (out, 1)。
    He 初始化：每个权重各自独立抽取，均值 0，标准差 sqrt(2 / in)；偏置为 0。
    同一个整数 seed 得到同样的权重，换一个 seed 得到另一组。用哪种随机数生成器都可以。
    sizes 同上，不得修改。
    """
    ...


def architectures(total, max_width=60):
    """Return every (n0, n1, n2) whose network has exactly total parameters, biases included.

    n0 inputs, n1 hidden units, n2 outputs, each between 1 and max_width, both ends allowed.
    Any order, no repeats; an empty list if there is none.

    中文：
    返回所有参数总数（含偏置）恰好等于 total 的网络 (n0, n1, n2)。
    n0 为输入数，n1 为隐藏单元数，n2 为输出数，各在 1 到 max_width 之间（两端都含）。
    顺序不限，不得重复；一个也没有时返回空列表。
    """
    ...


@check(points=0.5)
def count_params_example(count_params):
    """count_params is off: a 2-3-1 network has 13 parameters, 9 without biases.
    中文：count_params 不对：2-3-1 的网络有 13 个参数，不含偏置时 9 个。"""
    for count, want in ((count_params([2, 3, 1]), 13), (count_params([2, 3, 1], bias=False), 9)):
        count = np.asarray(count)
        assert count.dtype.kind in "iuf"
        assert count.size == 1
        assert count.item() == want


@check(points=0.25)
def init_params_example(init_params):
    """init_params is off in shape for a 2-3-1 network: W is (3, 2) and (1, 3), b is (3, 1) and (1,
    1).
    中文：2-3-1 网络的 init_params 形状不对：W 依次是 (3, 2)、(1, 3)，b 依次是 (3, 1)、(1, 1)。"""
    layers = [(np.asarray(W), np.asarray(b)) for W, b in init_params([2, 3, 1], 0)]
    assert [W.shape for W, _ in layers] == [(3, 2), (1, 3)]
    assert [b.shape for _, b in layers] == [(3, 1), (1, 1)]
    assert [W.dtype.kind for W, _ in layers] == ["f", "f"]
    assert [b.dtype.kind in "biuf" for _, b in layers] == [True, True]


@check(points=0.25)
def architectures_example(architectures):
    """architectures is off: four networks have exactly 9 parameters, 2-1-3, 2-2-1, 4-1-2 and 6-1-1.
    中文：architectures 不对：恰有 9 个参数的网络共 4 个：2-1-3、2-2-1、4-1-2、6-1-1。"""
    found = [np.asarray([*sizes]) for sizes in architectures(9, max_width=9)]
    assert all(sizes.dtype.kind in "iuf" for sizes in found)
    found = sorted(tuple(sizes.tolist()) for sizes in found)
    assert found == [(2, 1, 3), (2, 2, 1), (4, 1, 2), (6, 1, 1)]


@see
def every_network_with_sixty_parameters():
    import matplotlib.pyplot as plt

    networks = sorted(tuple(int(n) for n in sizes) for sizes in architectures(60))
    for n1 in sorted({network[1] for network in networks}):
        n0, n2 = zip(*[(a, c) for a, b, c in networks if b == n1], strict=True)
        plt.plot(n0, n2, "o-", markersize=4, label=f"n1 = {n1}")
    plt.annotate("5-5-5", (5, 5), (29, 21), arrowprops={"arrowstyle": "->"})
    plt.xlabel("inputs n0")
    plt.ylabel("outputs n2")
    plt.title(f"{len(networks)} two-layer networks with 60 parameters")
    plt.legend()
    plt.show()
