"""A ReLU in front of the output's sigmoid: what the head can still say, and still learn."""

import numpy as np

from autograder.pages import check, see


def relu_sigmoid(z):
    """Return yhat = sigmoid(relu(z)) for a vector z of m logits, shape (m,).

    Right for |z| = 1000 too; a numpy warning costs nothing. z may hold integers and is left as
    it was.

    中文：
    对 m 个 logit 组成的向量 z，返回 yhat = sigmoid(relu(z))，形状 (m,)。
    |z| = 1000 时也要正确；numpy 的警告不扣分。z 可以是整数数组，调用后不得改变。
    """
    ...


def head_loss_grad(z, y, head):
    """Return (loss, dz): the mean binary cross-entropy as a float and its gradient, shape (m,).

    z (m,) logits, y (m,) zeros and ones. head is 'sigmoid' for yhat = sigmoid(z) or
    'relu_sigmoid' for yhat = sigmoid(relu(z)). dz is the derivative of the mean loss with respect
    to z. Both are exact for |z| = 1000; at z = 0 any slope of the ReLU will do. Arguments are not
    changed.

    中文：
    返回 (loss, dz)：二元交叉熵的平均值（float）及其梯度，形状 (m,)。
    z (m,) 为 logit，y (m,) 取 0 或 1。head 为 'sigmoid' 时 yhat = sigmoid(z)，
    为 'relu_sigmoid' 时 yhat = sigmoid(relu(z))。dz 是平均损失对 z 的导数。
    |z| = 1000 时两者都要算得准；z = 0 处 ReLU 的导数取多少都可以。不得修改参数。
    """
    ...


def loss_infimum(y):
    """Return the infimum over all z of the mean loss of the 'relu_sigmoid' head, as a float.

    y (m,) zeros and ones; every sample has a logit of its own, free to take any real value.

    中文：
    返回 'relu_sigmoid' 输出头的平均损失对所有 z 的下确界（float）。
    y (m,) 取 0 或 1；每个样本有自己的 logit，可以取任意实数。
    """
    ...


def train_head(X, y, head, lr, steps):
    """Return (w, b), shapes (n,) and a float, after `steps` steps of gradient descent.

    X (n, m), one sample a column; y (m,); logits z = w^T X + b; the loss is that of
    head_loss_grad. Start from w = (0.1, ..., 0.1) and b = 0 and use all samples in every step.

    中文：
    做 steps 步梯度下降，返回 (w, b)：w 形状 (n,)，b 是 float。
    X (n, m)，一列一个样本；y (m,)；logit 为 z = w^T X + b；损失与 head_loss_grad 相同。
    从 w = (0.1, ..., 0.1)、b = 0 出发，每一步使用全部样本。
    """
    ...


@check(points=0.25)
def relu_sigmoid_example(relu_sigmoid):
    """relu_sigmoid is off in shape or value: it has the shape of z, and is about 0.881 at z = 2 and
    0.731 at z = 1.
    中文：relu_sigmoid 的形状或数值不对：与 z 同形状，z = 2 处约为 0.881，z = 1 处约为 0.731。"""
    yhat = np.asarray(relu_sigmoid(np.array([2.0, 1.0, -1.0])))
    assert yhat.dtype.kind == "f"
    assert yhat.shape == (3,)
    assert np.allclose(yhat[:2], [0.8808, 0.7311], atol=1e-3)


@check(points=0.25)
def head_loss_grad_example(head_loss_grad):
    """head_loss_grad is off in shape or value: for z = (2, -2) and y = (1, 0) the mean loss of the
    sigmoid head is about 0.127; dz has the shape of z.
    中文：head_loss_grad 的形状或数值不对：z = (2, -2)、y = (1, 0) 时 sigmoid 输出头的平均损失约为
    0.127；dz 与 z 同形状。"""
    pair = head_loss_grad(np.array([2.0, -2.0]), np.array([1.0, 0.0]), "sigmoid")
    loss, dz = (np.asarray(a) for a in pair)
    assert loss.dtype.kind + dz.dtype.kind == "ff"
    assert loss.size == 1
    assert abs(float(loss.item()) - 0.127) < 1e-3
    assert dz.shape == (2,)
    assert np.allclose(dz, [-0.0596, 0.0596], atol=1e-3)


@check(points=0.25)
def loss_infimum_example(loss_infimum):
    """loss_infimum is off: it is one number, and with positive samples only it is 0.
    中文：loss_infimum 不对：它是一个数，只有正样本时是 0。"""
    least = np.asarray(loss_infimum(np.array([1.0, 1.0])))
    assert least.dtype.kind in "iuf"
    assert least.size == 1
    assert abs(float(least.item())) < 1e-6


@check(points=0.25)
def train_head_example(train_head):
    """train_head is off in shape or value: w is (n,), b one number; with X = (2, -2), y = (1, 0),
    lr = 0.5 the sigmoid head has w about 0.550 and b = 0 after one step.
    中文：train_head 的形状或数值不对：w 为 (n,)，b 是一个数；X = (2, -2)、y = (1, 0)、lr = 0.5
    时，sigmoid 输出头走一步之后 w 约为 0.550，b 为 0。"""
    pair = train_head(np.array([[2.0, -2.0]]), np.array([1.0, 0.0]), "sigmoid", 0.5, 1)
    w, b = (np.asarray(a) for a in pair)
    assert w.dtype.kind == "f"
    assert b.dtype.kind in "iuf"
    assert (w.shape, b.size) == ((1,), 1)
    assert abs(float(w[0]) - 0.550) < 1e-3
    assert abs(float(b.item())) < 1e-6
    w, b = train_head(np.ones((3, 2)), np.array([0.0, 1.0]), "relu_sigmoid", 0.5, 0)
    assert np.shape(w) == (3,)
    assert np.allclose(np.asarray(w, dtype=float), 0.1)


@see
def the_dead_half():
    import matplotlib.pyplot as plt

    z = np.linspace(-6, 6, 240)
    left, middle, right = plt.subplots(1, 3, figsize=(11, 3.3), layout="constrained")[1]
    left.plot(z, 1 / (1 + np.exp(-z)), label="sigmoid(z)")
    left.plot(z, relu_sigmoid(z), label="sigmoid(relu(z))")
    left.set(xlabel="z", ylabel="yhat", title="What the head can output", ylim=(-0.05, 1.05))
    for head in ("sigmoid", "relu_sigmoid"):
        dz = z.size * np.asarray(head_loss_grad(z, np.zeros(z.size), head)[1])
        middle.plot(z, dz, label=head)
    middle.set(xlabel="z", ylabel="d loss / dz for y = 0", title="What a negative can teach it")
    rng = np.random.default_rng(0)
    y = np.repeat([0.0, 1.0], 40)
    x = rng.normal(size=80) + 3 * y - 1.5
    for head, marker in (("sigmoid", "o"), ("relu_sigmoid", "x")):
        w, b = train_head(x[None, :], y, head, 0.5, 300)
        logits = np.asarray(w)[0] * x + float(b)
        yhat = relu_sigmoid(logits) if head == "relu_sigmoid" else 1 / (1 + np.exp(-logits))
        right.plot(x, yhat, marker, ms=4, alpha=0.7, label=head)
    right.plot(x, y, "k|", ms=7, label="label y")
    right.set(xlabel="x", ylabel="yhat", title="After 300 steps", ylim=(-0.08, 1.08))
    for panel in (left, right):
        panel.axhline(0.5, color="0.4", ls=":", lw=1)
    for panel in (left, middle):
        panel.axvspan(-6, 0, color="0.9", zorder=0)
    for panel in (left, middle, right):
        panel.legend(fontsize=8)
    plt.show()
