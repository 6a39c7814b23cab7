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


@check(points=0.25)
def activation_example(activation):
    """activation is off in shape or value at z = -2 and z = 1: it keeps the shape, leaky is -0.02
    and 1 there, the sigmoid about 0.119 and 0.731.
    中文：activation 在 z = -2 和 z = 1 处的形状或数值不对：形状不变，leaky 依次是 -0.02 和
    1，sigmoid 约为 0.119 和 0.731。"""
    for name, want in (("sigmoid", (0.1192, 0.7311)), ("tanh", (-0.9640, 0.7616)),
                       ("relu", (0.0, 1.0)), ("leaky", (-0.02, 1.0))):
        h = np.asarray(activation(name, np.array([[-2.0], [1.0]])))
        assert h.dtype.kind == "f"
        assert h.shape == (2, 1)
        assert np.allclose(h[:, 0], want, atol=1e-3)


@check(points=0.25)
def activation_grad_example(activation_grad):
    """activation_grad is off in shape or value at z = -2 and z = 1: it keeps the shape, the slope
    of leaky is 0.01 and 1 there, that of the sigmoid about 0.105 and 0.197.
    中文：activation_grad 在 z = -2 和 z = 1 处的形状或数值不对：形状不变，leaky 的导数依次是 0.01
    和 1，sigmoid 的导数约为 0.105 和 0.197。"""
    for name, want in (("sigmoid", (0.1050, 0.1966)), ("tanh", (0.0707, 0.4200)),
                       ("relu", (0.0, 1.0)), ("leaky", (0.01, 1.0))):
        slope = np.asarray(activation_grad(name, np.array([[-2.0], [1.0]])))
        assert slope.dtype.kind in "biuf"
        assert slope.shape == (2, 1)
        assert np.allclose(slope[:, 0], want, atol=1e-3)


@check(points=0.25)
def backprop_norms_example(backprop_norms):
    """backprop_norms is off in length or value: one sigmoid layer with W = [[2]], x = (0),
    delta_out = (1) gives the norms 0.5 and 1.
    中文：backprop_norms 的个数或数值不对：一层 sigmoid，W = [[2]]、x = (0)、delta_out = (1) 时，两
    个范数依次为 0.5 和 1。"""
    norms = backprop_norms([np.array([[2.0]])], np.zeros(1), np.ones(1), "sigmoid")
    norms = np.asarray(norms if isinstance(norms, np.ndarray) else list(norms))
    assert norms.dtype.kind in "iuf"
    assert norms.shape == (2,)
    assert np.allclose(norms, [0.5, 1.0], atol=1e-6)


@check(points=0.25)
def critical_weight_is_a_number(critical_weight):
    """critical_weight must return one positive number.
    中文：critical_weight 应返回一个正数。"""
    weight = np.asarray(critical_weight())
    assert weight.dtype.kind in "iuf"
    assert weight.size == 1
    assert weight.item() > 0


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
