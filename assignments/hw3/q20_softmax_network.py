"""A two-layer classifier: softmax, its Jacobian, and every derivative."""

import numpy as np

from autograder.pages import check, see


def softmax_columns(Z):
    """Return the softmax of every column of Z (K, m), an array (K, m); exact at |Z| = 1000 too.

    中文：返回 Z (K, m) 每一列的 softmax，形状 (K, m)；|Z| = 1000 时也要算得准。
    """
    ...


def softmax_jacobian(z):
    """Return the Jacobian J (K, K) of softmax at z (K,): J[i, j] = dp_i / dz_j.

    Finite at |z| = 1000 too.

    中文：
    返回 softmax 在 z (K,) 处的雅可比矩阵 J (K, K)：J[i, j] = dp_i / dz_j。
    |z| = 1000 时也必须有限。
    """
    ...


def network_forward(P, X, alpha=0.01):
    """Return (Yhat, cache) for the samples X (Dx, m); Yhat (K, m) holds the probabilities.

    P: dict of 'W1' (Da, Dx), 'b1' (Da, 1), 'W2' (K, Da), 'b2' (K, 1).
    alpha: the slope of LeakyReLU for negative inputs, 0 <= alpha < 1.
    cache: a dict of your own for network_backward, with at least 'Z2' (K, m), the logits.
    Neither P nor X is changed.

    中文：
    对样本 X (Dx, m) 做前向传播，返回 (Yhat, cache)；Yhat (K, m) 为各类的概率。
    P：字典，含 'W1' (Da, Dx)、'b1' (Da, 1)、'W2' (K, Da)、'b2' (K, 1)。
    alpha：LeakyReLU 在负半轴的斜率，0 <= alpha < 1。
    cache：留给 network_backward 用的字典，内容自定，但至少要有 'Z2' (K, m)，即 logits。
    不得修改 P 和 X。
    """
    ...


def cross_entropy(Z2, Y):
    """Return the cross-entropy of softmax(Z2) as a float: the mean over the samples.

    Z2 (K, m): logits. Y (K, m): labels; each column is one-hot or soft (any weights that add up to
    1). Must be exact for logits of size 1000 too.

    中文：
    返回 softmax(Z2) 的交叉熵，即对样本求平均（float）。
    Z2 (K, m)：logits。Y (K, m)：标签，每列是独热（one-hot）向量，或者是和为 1 的软标签。
    logits 的大小为 1000 时也要算得准。
    """
    ...


def network_backward(P, cache, Y):
    """Return the gradient of the loss cross_entropy(Z2, Y): a dict with the keys and shapes of P.

    cache: what network_forward returned for the same P, whatever its alpha was. A cache can be used
    more than once. P, cache and Y are not changed. LeakyReLU is never tested at exactly 0.

    中文：
    返回损失 cross_entropy(Z2, Y) 对各参数的梯度：一个字典，键与形状同 P。
    cache：network_forward 用同一个 P 算出的结果，当时的 alpha 可以是任意值。
    同一个 cache 可能被使用多次。不得修改 P、cache 和 Y。不会测试 LeakyReLU 恰好在 0 处的导数。
    """
    ...


@check(points=1)
def shapes_and_example(
    softmax_columns, softmax_jacobian, network_forward, cross_entropy, network_backward
):
    """A shape or the small example is off: logits (0, ln 3) give probabilities (0.25, 0.75) and,
    for a label in the first class, a loss of about 1.386; rows of the Jacobian add up to 0, and so
    does the gradient of b2; the gradients have the keys and shapes of P.
    中文：形状或小例子不对：logits 为 (0, ln 3)、标签是第一类时，概率为 (0.25, 0.75)，损失约 1.386；
    雅可比每一行的和是 0，b2 的梯度之和也是 0；梯度字典的键和形状与 P 相同。"""
    def number(x):
        assert np.shape(x) == ()
        return float(x)

    Z = np.array([[0.0], [np.log(3)]])
    Y = np.array([[1.0], [0.0]])
    assert np.shape(softmax_columns(Z)) == (2, 1)
    assert np.allclose(softmax_columns(Z), [[0.25], [0.75]])
    assert np.shape(softmax_jacobian(Z[:, 0])) == (2, 2)
    assert np.allclose(np.sum(softmax_jacobian(Z[:, 0]), axis=1), 0)
    assert abs(number(cross_entropy(Z, Y)) - 1.3863) < 1e-3
    P = {"W1": np.ones((3, 4)), "b1": np.ones((3, 1)), "W2": np.ones((2, 3)), "b2": Z}
    Yhat, cache = network_forward(P, np.ones((4, 1)))
    assert np.shape(cache["Z2"]) == (2, 1)
    assert np.allclose(Yhat, [[0.25], [0.75]])
    grads = network_backward(P, cache, Y)
    assert {name: np.shape(grads[name]) for name in grads} == {name: P[name].shape for name in P}
    assert abs(np.sum(grads["b2"])) < 1e-9


@see
def one_jacobian_and_a_trained_network():
    import matplotlib.pyplot as plt

    _, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    J = np.asarray(softmax_jacobian(np.array([2.0, 1.0, 0.0])))
    left.imshow(J, cmap="coolwarm", vmin=-0.25, vmax=0.25)
    for i, j in np.ndindex(3, 3):
        left.text(j, i, f"{J[i, j]:.3f}", ha="center", va="center")
    left.set_xticks(range(3), ["z1", "z2", "z3"])
    left.set_yticks(range(3), ["p1", "p2", "p3"])
    left.set_title("dp / dz at z = (2, 1, 0)")

    rng = np.random.default_rng(0)
    label = np.repeat([0, 1, 2], 40)
    radius = np.tile(np.linspace(0.1, 1, 40), 3)
    angle = 2.1 * label + 3 * radius + 0.15 * rng.normal(size=120)
    X, Y = radius * np.stack([np.cos(angle), np.sin(angle)]), np.eye(3)[:, label]
    P = {"W1": rng.normal(size=(30, 2)), "b1": rng.normal(size=(30, 1)),
         "W2": 0.2 * rng.normal(size=(3, 30)), "b2": np.zeros((3, 1))}
    for _step in range(500):
        grads = network_backward(P, network_forward(P, X)[1], Y)
        P = {name: P[name] - 1.0 * np.asarray(grads[name]) for name in P}
    ticks = np.linspace(-1.2, 1.2, 100)
    grid = np.stack(np.meshgrid(ticks, ticks)).reshape(2, -1)
    winner = np.argmax(network_forward(P, grid)[0], axis=0).reshape(100, 100)
    right.contourf(ticks, ticks, winner, levels=[-0.5, 0.5, 1.5, 2.5], alpha=0.3,
                   colors=["C0", "C1", "C2"])
    right.scatter(*X, c=[f"C{k}" for k in label], s=12)
    loss = float(cross_entropy(network_forward(P, X)[1]["Z2"], Y))
    right.set_title(f"500 steps of gradient descent: loss {loss:.3f}")
    right.set_xlabel("x1")
    right.set_ylabel("x2")
    plt.show()
