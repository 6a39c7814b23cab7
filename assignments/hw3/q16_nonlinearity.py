"""Why non-linear activation functions."""

import numpy as np

from autograder.pages import check, see


def collapse(Ws, bs):
    """Return (W (n_L, n_0), b (n_L, 1)): the one affine layer equal to the stack of layers.

    Ws = [W_1, ..., W_L], bs = [b_1, ..., b_L], first layer first, L >= 1; W_l (n_l, n_{l-1}),
    b_l (n_l, 1). No activations: layer l maps h to W_l h + b_l. Arguments are not changed.

    中文：
    返回 (W (n_L, n_0), b (n_L, 1))：与整叠线性层等价的那一个仿射层。
    Ws = [W_1, ..., W_L]，bs = [b_1, ..., b_L]，第一层在前，L >= 1；W_l (n_l, n_{l-1})，
    b_l (n_l, 1)。没有激活函数：第 l 层把 h 变成 W_l h + b_l。不得修改参数。
    """
    ...


def deep_forward(X, Ws, bs, act):
    """Return the output (n_L, m) of the network, with `act` after every layer but the last.

    X (n_0, m), Ws and bs as above, L >= 1. act takes an array and returns an array of the same
    shape, entry by entry. Arguments are not changed.

    中文：
    返回网络的输出 (n_L, m)；除最后一层外，每一层之后都要经过激活函数 act。
    X (n_0, m)，Ws、bs 同上，L >= 1。act 接收一个数组，逐元素作用，返回同形状的数组。不得修改参数。
    """
    ...


def xor_net():
    """Return (Ws, bs) of a net with 2 inputs, 2 ReLU units and 1 output that computes XOR.

    Ws = [W_1 (2, 2), W_2 (1, 2)], bs = [b_1 (2, 1), b_2 (1, 1)]; no activation at the output.
    Exactly XOR: the four columns of {0, 1}^2 give exactly 0 or 1. Any such net will do.

    中文：
    返回 (Ws, bs)：一个 2 个输入、2 个 ReLU 隐藏单元、1 个输出的网络，计算异或（XOR）。
    Ws = [W_1 (2, 2), W_2 (1, 2)]，bs = [b_1 (2, 1), b_2 (1, 1)]；输出层没有激活函数。
    要求精确：{0, 1}^2 的四个列向量对应的输出正好是 0 或 1。答案不唯一，任意一个都行。
    """
    ...


def is_affine(f, d, rng, trials=20):
    """Return True if f(x) = W x + b for some W and b, as far as `trials` random tests can tell.

    f takes one column (d, 1) and returns one column (k, 1), k >= 1. Draw the points from the
    numpy Generator `rng`, of ordinary size and of both signs (standard normal, say). Rounding
    errors do not count as a bend; a deviation of one percent does.

    中文：
    判断 f 是否为仿射函数，即是否存在 W、b 使 f(x) = W x + b；用 trials 次随机试验来判断，
    返回 bool。
    f 接收一个列向量 (d, 1)，返回一个列向量 (k, 1)，k >= 1。试验点用 numpy 的 Generator rng 抽取，
    大小适中、有正有负（例如标准正态）。舍入误差不算弯曲，百分之一的偏差就算。
    """
    ...


@check(points=0.25)
def example_of_collapse(collapse):
    """collapse: 2x+1 followed by -3z+4 is -6x+1 in one; W and b are (1, 1).
    中文：collapse：2x+1 之后接 -3z+4，合起来是 -6x+1；W 和 b 的形状都是 (1, 1)。"""
    Ws, bs = [np.array([[2.0]]), np.array([[-3.0]])], [np.array([[1.0]]), np.array([[4.0]])]
    W, b = collapse(Ws, bs)
    for name, array, wanted in (("W", W, -6), ("b", b, 1)):
        assert np.asarray(array).dtype.kind in "biuf", f"{name} = {array!r}"
        assert np.shape(array) == (1, 1), f"{name}.shape: {np.shape(array)} != (1, 1)"
        assert np.allclose(array, wanted), f"{name} = {array!r} != {wanted}"


@check(points=0.25)
def example_of_the_network(deep_forward):
    """deep_forward: 2x+1, then a ReLU, then -3z+4: x=-1 gives 4 and x=2 gives -11.
    中文：deep_forward：先 2x+1，再过 ReLU，再 -3z+4：x=-1 时输出 4，x=2 时输出 -11。"""
    Ws, bs = [np.array([[2.0]]), np.array([[-3.0]])], [np.array([[1.0]]), np.array([[4.0]])]
    out = deep_forward(np.array([[-1.0, 2.0]]), Ws, bs, lambda z: np.maximum(z, 0))
    assert np.asarray(out).dtype.kind in "biuf", f"{out!r}"
    assert np.shape(out) == (1, 2), f"{np.shape(out)} != (1, 2)"
    assert np.allclose(out, [[4.0, -11.0]]), f"{out!r} != [[4, -11]]"


@check(points=0.25)
def shapes_of_the_net(xor_net):
    """xor_net: W_1 is (2, 2), W_2 is (1, 2), b_1 is (2, 1) and b_2 is (1, 1), in two lists.
    中文：xor_net：W_1 为 (2, 2)，W_2 为 (1, 2)，b_1 为 (2, 1)，b_2 为 (1, 1)，放在两个列表里。"""
    Ws, bs = xor_net()
    for arrays, wanted in ((Ws, [(2, 2), (1, 2)]), (bs, [(2, 1), (1, 1)])):
        shapes = [np.shape(array) for array in arrays]
        assert shapes == wanted, f"{shapes} != {wanted}"
        assert all(np.asarray(array).dtype.kind in "biuf" for array in arrays), f"{arrays!r}"
        assert all(np.all(np.isfinite(array)) for array in arrays), f"{arrays!r}"


@check(points=0.25)
def example_of_is_affine(is_affine):
    """is_affine: 2x + 1 is affine (True), x^2 is not (False).
    中文：is_affine：2x + 1 是仿射函数（True），x^2 不是（False）。"""
    rng = np.random.default_rng(0)
    for text, f, wanted in (
        ("2x + 1", lambda x: 2 * np.asarray(x) + 1, True),
        ("x^2", lambda x: np.asarray(x) ** 2, False),
    ):
        answer = is_affine(f, 2, rng, trials=3)
        assert np.shape(answer) == () and np.asarray(answer).dtype.kind in "biu", f"{answer!r}"
        assert bool(answer) is wanted, f"{text}: {answer!r} != {wanted}"


@see
def stacks_of_layers():
    import matplotlib.pyplot as plt

    x = np.linspace(-3, 3, 200)[None]
    few = np.linspace(-3, 3, 13)[None]
    _, axes = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for depth, color in ((2, "C0"), (4, "C1"), (8, "C3")):
        rng = np.random.default_rng(10 + depth)
        shapes = [(40, 1), *[(40, 40)] * (depth - 2), (1, 40)]
        Ws = [rng.normal(size=s) * np.sqrt(2 / s[1]) for s in shapes]
        bs = [1.5 * rng.normal(size=(s[0], 1)) for s in shapes]
        axes[0].plot(x[0], deep_forward(x, Ws, bs, lambda z: z)[0], color, label=f"{depth} layers")
        W, b = collapse(Ws, bs)
        axes[0].plot(few[0], (np.asarray(W) @ few + b)[0], "o", color=color, markersize=4)
        axes[1].plot(x[0], deep_forward(x, Ws, bs, lambda z: np.maximum(z, 0))[0], color)
    axes[0].plot([], [], "ko", markersize=4, label="one layer (collapse)")
    axes[0].set_title("no activation")
    axes[1].set_title("ReLU, the same weights")
    axes[0].set_ylabel("output")
    for axis in axes:
        axis.set_xlabel("x")
    axes[0].legend()
    plt.show()
