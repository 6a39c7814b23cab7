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
    cache：留给 network_backward 用的字典，内容自定，但至少要有 'Z2' (K, m)，即各列的 logit。
    不得修改 P 和 X。
    """
    ...


def cross_entropy(Z2, Y):
    """Return the cross-entropy of softmax(Z2) as a float: the mean over the samples.

    Z2 (K, m): logits. Y (K, m): labels; each column is one-hot or soft (any weights that add up to
    1). Must be exact for logits of size 1000 too.

    中文：
    返回 softmax(Z2) 的交叉熵，即对样本求平均（float）。
    Z2 (K, m)：logit。Y (K, m)：标签，每列是独热（one-hot）向量，或者是和为 1 的软标签。
    logit 的大小为 1000 时也要算得准。
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


@check(points=0.125)
def example_of_the_softmax(softmax_columns):
    """softmax_columns: the logits (0, ln 3), a column, give the probabilities (0.25, 0.75).
    中文：softmax_columns：一列 logit 为 (0, ln 3) 时，概率为 (0.25, 0.75)。"""
    p = softmax_columns(np.array([[0.0, 0.0], [np.log(3), 0.0]]))
    assert np.asarray(p).dtype.kind in "biuf", f"{p!r}"
    assert np.shape(p) == (2, 2), f"{np.shape(p)} != (2, 2)"
    assert np.allclose(p, [[0.25, 0.5], [0.75, 0.5]]), f"{p!r} != [[0.25, 0.5], [0.75, 0.5]]"


@check(points=0.25)
def rows_of_the_jacobian(softmax_jacobian):
    """softmax_jacobian: the Jacobian is (K, K), and each of its rows adds up to 0.
    中文：softmax_jacobian：雅可比的形状是 (K, K)，每一行的和是 0。"""
    J = softmax_jacobian(np.array([0.0, np.log(3), 1.0]))
    assert np.asarray(J).dtype.kind in "biuf", f"{J!r}"
    assert np.shape(J) == (3, 3), f"{np.shape(J)} != (3, 3)"
    assert np.allclose(np.sum(J, axis=1), 0), f"{np.sum(J, axis=1)!r} != [0, 0, 0]"


@check(points=0.25)
def example_of_the_forward_pass(network_forward):
    """network_forward: with weights and biases of 1, but b2 = (0, ln 3), and one sample of ones,
    cache['Z2'] is (15, 15 + ln 3), a column, and Yhat is (0.25, 0.75).
    中文：network_forward：权重、偏置全为 1，只有 b2 = (0, ln 3)，样本全为 1 时，cache['Z2'] 是一列
    (15, 15 + ln 3)，Yhat 为 (0.25, 0.75)。"""
    b2 = np.array([[0.0], [np.log(3)]])
    P = {"W1": np.ones((3, 4)), "b1": np.ones((3, 1)), "W2": np.ones((2, 3)), "b2": b2}
    Yhat, cache = network_forward(P, np.ones((4, 1)))
    for got, wanted in ((cache["Z2"], 15 + b2), (Yhat, np.array([[0.25], [0.75]]))):
        assert np.asarray(got).dtype.kind in "biuf", f"{got!r}"
        assert np.shape(got) == (2, 1), f"{np.shape(got)} != (2, 1)"
        assert np.allclose(got, wanted), f"{got!r} != {wanted!r}"


@check(points=0.125)
def example_of_the_loss(cross_entropy):
    """cross_entropy: for the logits (0, ln 3) and (0, 0) of two samples of the first class the
    losses are 1.386 and 0.693, so the mean is about 1.040, a number.
    中文：cross_entropy：两个样本的 logit 为 (0, ln 3) 和 (0, 0)，标签都是第一类，损失是 1.386 和
    0.693，平均约为 1.040，是一个数。"""
    L = cross_entropy(np.array([[0.0, 0.0], [np.log(3), 0.0]]), np.array([[1.0, 1.0], [0.0, 0.0]]))
    assert np.shape(L) == () and np.asarray(L).dtype.kind in "biuf", f"{L!r}"
    assert abs(L - 1.0397) < 1e-3, f"{L!r} != 1.0397"


@check(points=0.25)
def shapes_of_the_gradients(network_forward, network_backward):
    """network_backward: the gradients have the keys and shapes of P, and the entries of the
    gradient of b2 add up to 0.
    中文：network_backward：梯度字典的键和形状与 P 相同，b2 的梯度各分量之和是 0。"""
    b2 = np.array([[0.0], [np.log(3)]])
    P = {"W1": np.ones((3, 4)), "b1": np.ones((3, 1)), "W2": np.ones((2, 3)), "b2": b2}
    Y = np.array([[1.0, 0.0], [0.0, 1.0]])
    grads = network_backward(P, network_forward(P, np.ones((4, 2)))[1], Y)
    shapes, wanted = ({name: np.shape(d[name]) for name in d} for d in (grads, P))
    assert shapes == wanted, f"{shapes} != {wanted}"
    assert all(np.asarray(g).dtype.kind in "biuf" for g in grads.values()), f"{grads!r}"
    assert abs(np.sum(grads["b2"])) < 1e-7, f"b2: {grads['b2']!r}"


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
