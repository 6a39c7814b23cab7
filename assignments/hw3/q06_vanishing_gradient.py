"""Why the sigmoid's gradient vanishes, and what helps."""

import numpy as np

from autograder.pages import check, see


def activation(name, z):
    """Return the activation of every entry of z, an array of any shape (which is kept).

    name: 'sigmoid', 'tanh', 'relu' or 'leaky' (slope 0.01 for negative z). Integers are allowed;
    the result must be exact for |z| = 1000 too. z is not changed.

    中文：
    对数组 z（任意形状）逐元素计算激活函数，返回同形状的数组。
    name：'sigmoid'、'tanh'、'relu' 或 'leaky'（z 为负时斜率为 0.01）。
    z 可以是整数数组；|z| = 1000 时也要算得准。不得修改 z。
    """
    ...


def activation_grad(name, z):
    """Return the derivative of activation(name, z) at every entry of z; otherwise as above.

    relu and leaky are never tested at exactly 0.

    中文：
    返回 activation(name, z) 在 z 每个元素处的导数，其余要求同上。
    不会测试 relu 和 leaky 恰好在 0 处的导数。
    """
    ...


def backprop_norms(Ws, x, delta_out, name):
    """Return the L + 1 Euclidean norms of dL/dh_0, dL/dh_1, ..., dL/dh_L, input first.

    The network has no biases: h_0 = x and h_{l+1} = activation(name, W_l h_l).
    Ws: list of L matrices, W_l of shape (n_{l+1}, n_l). x: (n_0,). delta_out: dL/dh_L, (n_L,).
    Arguments are not changed.

    中文：
    返回 L + 1 个欧氏范数，依次是 dL/dh_0、dL/dh_1、……、dL/dh_L 的范数，输入端在最前。
    网络没有偏置：h_0 = x，h_{l+1} = activation(name, W_l h_l)。
    Ws：L 个矩阵的列表，W_l 形状 (n_{l+1}, n_l)。x：(n_0,)。delta_out：即 dL/dh_L，形状 (n_L,)。
    不得修改参数。
    """
    ...


def critical_weight():
    """Return the smallest abs(w) for which a chain of scalar sigmoid layers keeps its gradient.

    h_{l+1} = sigmoid(w h_l + b_l); the biases b_l keep every input z of a sigmoid at 0. For any
    smaller abs(w), dL/dh_0 goes to 0 as the chain grows. A number.

    中文：
    返回一个数：使标量 sigmoid 链的梯度不消失的最小 abs(w)。
    h_{l+1} = sigmoid(w h_l + b_l)，各层偏置 b_l 使每个 sigmoid 的输入 z 恰好为 0。
    abs(w) 只要比它小，链越长，dL/dh_0 就越接近 0。
    """
    ...


@check(points=1)
def shapes_and_example(activation, activation_grad, backprop_norms, critical_weight):
    """A shape or the small example is off: one sigmoid layer with W=[[2]], x=(0), delta_out=(1)
    gives the norms 0.5 and 1; activation and activation_grad keep the shape.
    中文：形状或小例子不对：一层 sigmoid，W=[[2]]、x=(0)、delta_out=(1) 时，两个范数依次为 0.5 和
    1；activation 和 activation_grad 不改变形状。"""
    def number(x):
        assert np.shape(x) == ()
        return float(x)

    for name in ("sigmoid", "tanh", "relu", "leaky"):
        assert np.shape(activation(name, np.ones((2, 3)))) == (2, 3)
        assert np.shape(activation_grad(name, np.ones((2, 3)))) == (2, 3)
    norms = list(backprop_norms([np.array([[2.0]])], np.zeros(1), np.ones(1), "sigmoid"))
    assert np.shape(norms) == (2,)
    assert abs(number(norms[0]) - 0.5) < 1e-6
    assert abs(number(norms[1]) - 1) < 1e-6
    assert number(critical_weight()) > 0


@see
def what_arrives_at_each_layer():
    import matplotlib.pyplot as plt

    rng = np.random.default_rng(0)
    depth, width = 30, 100
    x, delta = rng.normal(size=width), rng.normal(size=width) / np.sqrt(width)
    Ws = [rng.normal(size=(width, width)) / np.sqrt(width) for _layer in range(depth)]
    runs = [("sigmoid", 1, "C0-", "sqrt(1/n)"), ("sigmoid", 4, "C0--", "4 sqrt(1/n)"),
            ("tanh", 1, "C1-", "sqrt(1/n)"), ("relu", 1, "C2-", "sqrt(1/n)"),
            ("relu", np.sqrt(2), "C2--", "sqrt(2/n)"), ("leaky", np.sqrt(2), "C3:", "sqrt(2/n)")]
    for name, gain, style, spread in runs:
        norms = backprop_norms([gain * W for W in Ws], x, delta, name)
        plt.semilogy(range(depth + 1), list(norms), style, label=f"{name}, {spread}")
    plt.xlabel("layer l (0 is the input)")
    plt.ylabel("norm of dL / dh at layer l")
    plt.legend(title="activation, std of the weights")
    plt.show()
