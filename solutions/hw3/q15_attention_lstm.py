"""Alike: both turn T tokens into T context-dependent vectors with weights shared by all positions,
so neither has more parameters for a longer sequence: 4(dh + h^2 + h) for the LSTM, 3dh for the
attention, whatever T. What grows with T is work: T steps, one after the other, against a T x T
matrix of scores, all at once.

Different: the LSTM knows the order because h_{t-1} enters step t. Attention knows no positions:
swap two rows of X and the same two rows of the output swap. It is permutation-equivariant.

The common wrong sentence is "shuffle the words and attention gives the same result". That would be
invariance. The output is shuffled along with the words; only a pooling over the tokens (a mean,
say) makes it invariant. With a causal mask even the equivariance is lost.

中文：
相同点：二者都把 T 个词元变成 T 个含有上下文的向量，而且各个位置共用同一套权重，所以序列再长，
参数也不变多：LSTM 是 4(dh + h^2 + h)，注意力是 3dh，都与 T 无关。随 T 增长的是计算量：
前者要一步接一步走 T 步，后者要算 T x T 的得分矩阵，但可以并行。

不同点：LSTM 的第 t 步用到 h_{t-1}，因此知道先后；注意力不知道位置，交换 X 的两行，
输出的那两行也跟着交换，这叫置换等变。

最常见的错误说法是“打乱词序，注意力的结果不变”。那是置换不变。实际上输出会跟着词一起打乱，
只有再对词元做一次汇聚（比如取平均）才不变。加上因果 mask 之后，连等变都不成立了。
"""

import math

import numpy as np

from autograder.check_toolkit import (
    alike,
    all_left_alone,
    all_same_for_any_type,
    close,
    each,
    number,
    same_for_any_type,
)
from autograder.pages import accepted, check, mistake, proof


def softmax(x, axis=-1):
    x = np.asarray(x, dtype=float)
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def self_attention(X, Wq, Wk, Wv, mask=None):
    X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
    scores = (X @ Wq) @ (X @ Wk).T / np.sqrt(Wk.shape[1])
    if mask is not None:
        scores = np.where(mask, scores, -np.inf)
    A = softmax(scores, axis=1)
    return A @ (X @ Wv), A


def lstm_forward(X, Wx, Wh, b):
    X, Wx, Wh, b = (np.asarray(a, dtype=float) for a in (X, Wx, Wh, b))
    h, c, states = np.zeros(Wh.shape[0]), np.zeros(Wh.shape[0]), []
    for x in X:
        i, f, o, g = np.split(x @ Wx + h @ Wh + b, 4)
        i, f, o = (np.exp(-np.logaddexp(0, -z)) for z in (i, f, o))
        c = f * c + i * np.tanh(g)
        h = o * np.tanh(c)
        states.append(h)
    return np.array(states)


def order_gap(f, X, perm):
    X, perm = np.asarray(X), np.asarray(perm)
    return float(np.max(np.abs(np.asarray(f(X[perm])) - np.asarray(f(X))[perm])))


def attention_lstm_params(d, h, T):
    # the same weights serve every position, so T plays no part
    return {"lstm": 4 * (d * h + h * h + h), "attention": 3 * d * h}


def oracle_softmax(v):
    """Softmax of a short list of numbers."""
    top = max(v)
    powers = [math.exp(u - top) for u in v]
    return [power / sum(powers) for power in powers]


def oracle_attention(X, Wq, Wk, Wv, mask=None):
    """Each token asks each token it sees, one pair at a time."""
    T, dk = X.shape[0], Wq.shape[1]
    queries, keys, values = ([x @ W for x in X] for W in (Wq, Wk, Wv))
    out, A = np.zeros((T, Wv.shape[1])), np.zeros((T, T))
    for t in range(T):
        seen = [s for s in range(T) if mask is None or mask[t, s]]
        weights = oracle_softmax([float(queries[t] @ keys[s]) / dk**0.5 for s in seen])
        for s, weight in zip(seen, weights, strict=True):
            A[t, s] = weight
            out[t] += weight * values[s]
    return out, A


def oracle_lstm(X, Wx, Wh, b):
    """One hidden unit at a time; sigmoid through tanh."""
    T, H = X.shape[0], Wh.shape[0]
    h, c, states = np.zeros(H), [0.0] * H, np.zeros((T, H))
    for t in range(T):
        for j in range(H):
            z = [float(X[t] @ Wx[:, k] + h @ Wh[:, k] + b[k]) for k in range(j, 4 * H, H)]
            i, f, o = (0.5 + 0.5 * math.tanh(u / 2) for u in z[:3])
            c[j] = f * c[j] + i * math.tanh(z[3])
            states[t, j] = o * math.tanh(c[j])
        h = states[t]
    return states


def attention_data(seed, T, d, dk, dv):
    """X, Wq, Wk, Wv with scores of ordinary size."""
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(size=shape) for shape in ((T, d), (d, dk), (d, dk), (d, dv)))


def lstm_shapes(d, H):
    """Of Wx, Wh and b."""
    return (d, 4 * H), (H, 4 * H), (4 * H,)


def lstm_data(seed, T, d, H):
    """X, Wx, Wh, b, the bias not zero."""
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(size=shape) for shape in ((T, d), *lstm_shapes(d, H)))


def attends(self_attention, cases):
    """Fail unless A and the output are right in each of the cases."""
    wanted = [oracle_attention(*case) for case in cases]
    for (out, A), (want_out, want_A) in zip(each(self_attention, cases), wanted, strict=True):
        assert alike(A, want_A)
        assert alike(out, want_out)


@check(points=0.25)
def softmax_along_the_axis(softmax):
    """softmax is off: normalise along the given axis of an array with any number of axes, the last
    one by default, and keep the shape.
    中文：softmax 不对：要沿参数 axis 归一化，任意多个轴都行，默认是最后一个轴，形状不变。"""
    rng = np.random.default_rng(1)
    cases = [(2 * rng.normal(size=shape), *axis) for shape, *axis in (
        ((4, 5), 0), ((4, 4), 0), ((3, 4, 2), 1), ((3, 4, 2), -3), ((4, 3),), ((3,),))]
    wanted = [np.apply_along_axis(oracle_softmax, *(axis or [-1]), x) for x, *axis in cases]
    for found, want in zip(each(softmax, cases), wanted, strict=True):
        assert close(found, want)


@check(points=0.125)
def exact_for_large_inputs(softmax):
    """softmax is not exact for entries of +-1000 (inf, nan or a wrong value). If it is right for
    ordinary entries (another check asks), subtract from each group of numbers the maximum of that
    group first.
    中文：元素为 ±1000 时 softmax 不准（inf、nan 或数值不对）。如果元素不大时是对的（另有检查），先
    从每一组数里减去这一组的最大值。"""
    x = np.array([[1000.0, 999.0, -1000.0], [-2.0, 0.0, 1.0], [-1000.0, -1001.0, -1000.0]])
    for axis, p in enumerate(each(softmax, [(x.copy(), 0), (x.copy(), 1)])):
        assert close(p, np.apply_along_axis(oracle_softmax, axis, x))


@check(points=0.125)
def large_inputs_to_the_lstm(lstm_forward):
    """lstm_forward is not exact for inputs of size 1000 (inf, nan or a wrong value). If it is right
    for ordinary inputs (another check asks), a sigmoid ended in inf/inf: rewrite it so that this
    cannot happen.
    中文：输入的大小为 1000 时 lstm_forward 不准（inf、nan 或数值不对）。如果输入不大时是对的（另有
    检查），就是 sigmoid 算成了 inf/inf，要换一种写法。"""
    X, Wx, Wh, b = lstm_data(11, 4, 3, 2)
    want = oracle_lstm(1000 * X, Wx, Wh, b)
    assert alike(lstm_forward(1000 * X, Wx, Wh, b), want)


@check(points=0.25)
def attention_is_right(self_attention):
    """Weights or outputs of the attention are off: the scores are QK^T over sqrt(dk), the softmax
    goes over each row, and the rows then weight V. Scores may be large.
    中文：注意力权重或输出不对：得分是 QK^T 除以 sqrt(dk)，softmax 对每一行做，再乘 V。得分可能很
    大。"""
    sizes = (4, 3, 2, 5), (3, 3, 3, 3), (3, 2, 6, 1), (1, 3, 2, 5)
    X, *weights = attention_data(2, 5, 3, 2, 4)
    attends(self_attention, [
        *(attention_data(10 + seed, *each_size) for seed, each_size in enumerate(sizes)),
        (40 * X, *weights),
    ])


@check(points=0.25)
def hidden_tokens_get_no_weight(self_attention):
    """The mask is off: True means visible; a hidden token has weight 0 and stays out of the
    normalisation, so that the other weights still add up to 1.
    中文：mask 用得不对：True 是看得见；看不见的词元权重为 0，而且不进入归一化，其余权重之和仍为
    1。"""
    scattered = np.random.default_rng(4).random((6, 6)) < 0.5
    scattered[np.arange(6), [3, 0, 4, 5, 1, 2]] = True
    masks = scattered, np.tri(5, dtype=bool), np.ones((4, 4), dtype=bool)
    attends(self_attention, [
        (*attention_data(20 + k, len(mask), 3, 2, 4), mask) for k, mask in enumerate(masks)])


@check(points=0.25)
def hidden_however_large_the_scores(self_attention):
    """Weights under a mask are off where scores are of size 1e7. If they are right for ordinary
    scores (other checks ask), remember that a hidden token must have weight 0 however large its
    score is, and however small those of the visible ones are. Set hidden scores to minus infinity,
    or as good as that, before the softmax.
    中文：得分的大小为 1e7 时，mask 之下的权重不对。如果得分不大时是对的（另有检查），要注意：看不见
    的词元得分再大、看得见的得分再小，看不见的权重也必须是 0。做 softmax 之前，把看不见的得分设成负
    无穷（或者足够接近负无穷的数）。"""
    # Tokens 0 to 2 have scores of -1e7 for each other, and of +1e7 for token 3, which they
    # do not see; their own scores differ by about 1.
    X = np.array([[1.0, 1.0], [1.0, -1.0], [1.0, 0.5], [-1.0, 0.25]])
    arguments = X, np.array([[1e4], [0.3]]), np.array([[-1e3], [1e-4]]), np.eye(2)
    for mask in (np.tri(4, dtype=bool), np.array([1, 1, 0, 0]) * np.ones((4, 1)) > 0):
        want_out, want_A = oracle_attention(*arguments, mask)
        out, A = self_attention(*(a.copy() for a in arguments), mask=mask)
        assert alike(A, want_A)
        assert alike(out, want_out)


@check(points=0.5)
def lstm_is_right(lstm_forward):
    """The hidden states are off: check the order i, f, o, g of the blocks, that the memory c is
    carried on, that h has tanh(c) in it, and that all blocks use the last h and the bias b.
    中文：LSTM 的隐状态不对：检查四段的次序 i、f、o、g，记忆 c 要逐步传下去，h 里是 tanh(c)，四段都
    要用上一步的 h 和偏置 b。"""
    sizes = (4, 3, 2), (3, 3, 3), (3, 1, 2), (1, 2, 3), (2, 3, 1)
    cases = [lstm_data(30 + seed, *each_size) for seed, each_size in enumerate(sizes)]
    wanted = [oracle_lstm(*case) for case in cases]
    for states, want in zip(each(lstm_forward, cases), wanted, strict=True):
        assert alike(states, want)


@check(points=1)
def order_gap_compares_shuffled_with_shuffled(order_gap):
    """order_gap is off: the output for shuffled tokens is held against the output shuffled in the
    same way, not against the output as it was; take the largest absolute difference of all entries.
    中文：order_gap 不对：打乱后的输入的输出，要与同样打乱的输出比，而不是与原来的输出比；取全部元素
    中差的最大绝对值。"""
    # The seed: without the first or last row or column, or a sign, some gap comes out wrong.
    rng, cases, wanted = np.random.default_rng(384), [], []
    for f, perm, T, d in (
        (np.square, [2, 0, 3, 4, 1], 5, 3),  # each token by itself: the gap is 0
        (np.tril, [2, 0, 3, 4, 1], 5, 7),  # the place of a token decides what is left of it
        (np.triu, [1, 2, 0, 4, 3], 5, 5),
        (np.cov, [1, 3, 0, 2], 4, 6),  # a row for each token: how it goes along with the others
    ):
        X, want = rng.normal(size=(T, d)), 0.0
        first, last = f(X[perm]), f(X)
        for k in range(T):
            for j in range(first.shape[1]):
                want = max(want, abs(float(first[k, j] - last[perm[k], j])))
        cases.append((f, X, np.array(perm)))
        wanted.append(want)
    for gap, want in zip(each(order_gap, cases), wanted, strict=True):
        assert alike(gap, want)


@check(points=1)
def parameters_do_not_grow_with_length(attention_lstm_params):
    """A number of parameters is off: ask whether each position has weights of its own; each of the
    four blocks of the LSTM has weights for the input, weights for h and a bias; the attention has
    three matrices, and computed scores are not parameters.
    中文：参数个数不对：想想每个位置是否各有一套权重；LSTM 有四段，每段都有对输入的权重、对 h 的权重
    和偏置；注意力有三个矩阵，算出来的得分不是参数。"""
    cases = (2, 3, 7), (2, 3, 1), (5, 4, 100), (4, 4, 4), (1, 6, 2), (7, 1, 3)
    for (d, h, _), counts in zip(cases, each(attention_lstm_params, cases), strict=True):
        assert number(counts["lstm"]) == sum(math.prod(shape) for shape in lstm_shapes(d, h))
        assert number(counts["attention"]) == sum(math.prod(shape) for shape in [(d, h)] * 3)


@check(points=0.125)
def any_number_type(softmax, self_attention, lstm_forward, order_gap):
    """float32, integers or nested lists give an error, nan or another result than float64: make a
    float64 array of each argument first, np.asarray(x, dtype=float).
    中文：同样的数换成 float32、整数或嵌套列表，就会报错、得到 nan，或者结果与 float64 时不同：先用
    np.asarray(x, dtype=float) 把参数变成 float64 数组。"""
    X, b = [[3, -1], [2, 1], [0, -4]], [1, -1, 0, 2, 1, -2, 1, 1]
    Wq, Wk, Wv = [[1, 0], [-1, 2]], [[0, 1], [1, -1]], [[2, 1, 0], [1, -3, 1]]
    Wx = [[1, -1, 2, 0, 1, 1, -2, 0], [0, 1, -1, 1, 2, -1, 1, 1]]
    Wh = [[1, 0, -1, 1, 0, 2, 1, -1], [-1, 1, 1, 0, 1, 0, -1, 2]]
    assert all_same_for_any_type([
        (softmax, X), (lstm_forward, X, Wx, Wh, b),
        (order_gap, np.tril, X, (1, 2, 0)),  # whole numbers in a tuple stay what they are
    ], lists=True)
    mask = np.tri(3, dtype=bool)
    assert same_for_any_type(self_attention, X, Wq, Wk, Wv, mask, lists=True, read=list)


@check(points=0.125)
def leaves_arguments_alone(softmax, self_attention, lstm_forward, order_gap):
    """An argument is not what it was before the call, or an error is raised, or nothing is
    returned: no -=, out= or slice assignment on what is passed in; copy first.
    中文：调用之后参数与原来不同，或者报错，或者没有返回值：不要对传入的数组用 -=、out= 或切片赋值，
    先复制。"""
    assert all_left_alone([
        (softmax, np.random.default_rng(8).normal(size=(3, 4))),
        (self_attention, *attention_data(60, 4, 3, 2, 5), np.tri(4, dtype=bool)),
        (lstm_forward, *lstm_data(61, 4, 3, 2)),
        (order_gap, np.tril, np.arange(8.0).reshape(4, 2), np.array([1, 2, 3, 0])),
    ])


@mistake(order_gap_compares_shuffled_with_shuffled)
class invariance_for_equivariance:
    """Believed that shuffling the words gives the same result: compared with the output as it was,
    which measures invariance and not equivariance
    中文：以为“打乱词序，结果不变”：拿打乱后的输出和原来的输出比，量的是不变性而不是等变性"""
    def order_gap(f, X, perm):
        X = np.asarray(X, dtype=float)
        return float(np.max(np.abs(f(X[perm]) - f(X))))


@mistake(order_gap_compares_shuffled_with_shuffled)
class inverse_on_the_output:
    """Shuffled the input by perm and the output by its inverse
    中文：打乱输入用 perm，打乱输出却用了它的逆置换"""
    def order_gap(f, X, perm):
        X = np.asarray(X, dtype=float)
        return float(np.max(np.abs(f(X[perm]) - f(X)[np.argsort(perm)])))


@mistake(order_gap_compares_shuffled_with_shuffled)
class scatters_instead_of_gathers:
    """Sent row k to row perm[k]: a shuffle the other way round
    中文：把第 k 行放到第 perm[k] 行：打乱的方向反了"""
    def order_gap(f, X, perm):
        X = np.asarray(X, dtype=float)
        inverse = np.argsort(perm)
        return float(np.max(np.abs(f(X[inverse]) - f(X)[inverse])))


@mistake(order_gap_compares_shuffled_with_shuffled)
class row_sum_norm:
    """Used np.linalg.norm(difference, np.inf), which for a matrix is the largest row sum
    中文：用 np.linalg.norm(差, np.inf)：对矩阵来说那是最大的行和，不是最大的元素"""
    def order_gap(f, X, perm):
        X = np.asarray(X, dtype=float)
        return float(np.linalg.norm(f(X[perm]) - f(X)[perm], np.inf))


@mistake(order_gap_compares_shuffled_with_shuffled)
class signed_difference:
    """Forgot the absolute value: the largest difference may be a negative one
    中文：忘了取绝对值：最大的差可能是负的那一个"""
    def order_gap(f, X, perm):
        X = np.asarray(X, dtype=float)
        return float(np.max(f(X[perm]) - f(X)[perm]))


@mistake(order_gap_compares_shuffled_with_shuffled)
class mean_difference:
    """Took the mean absolute difference for the largest
    中文：用平均绝对差代替了最大绝对差"""
    def order_gap(f, X, perm):
        X = np.asarray(X, dtype=float)
        return float(np.mean(np.abs(f(X[perm]) - f(X)[perm])))


@mistake(parameters_do_not_grow_with_length)
class weights_for_each_step:
    """Believed each step to have weights of its own: LSTM parameters growing with the length
    中文：以为每个时刻有一套权重：LSTM 的参数随序列变长"""
    def attention_lstm_params(d, h, T):
        return {"lstm": 4 * (d * h + h * h + h) * T, "attention": 3 * d * h}


@mistake(parameters_do_not_grow_with_length)
class scores_as_parameters:
    """Counted the T x T attention weights as parameters
    中文：把 T x T 的注意力权重也算成了参数"""
    def attention_lstm_params(d, h, T):
        return {"lstm": 4 * (d * h + h * h + h), "attention": 3 * d * h + T * T}


@mistake(parameters_do_not_grow_with_length)
class no_recurrent_weights:
    """Left out the recurrent weights Wh of the LSTM
    中文：漏掉了 LSTM 的循环权重 Wh"""
    def attention_lstm_params(d, h, T):
        return {"lstm": 4 * (d * h + h), "attention": 3 * d * h}


@mistake(parameters_do_not_grow_with_length)
class two_biases_as_in_pytorch:
    """Counted two biases for the LSTM, as PyTorch has them (bias_ih and bias_hh); here it has one
    中文：LSTM 数了两个偏置（PyTorch 的 bias_ih 和 bias_hh），这里只有一个"""
    def attention_lstm_params(d, h, T):
        return {"lstm": 4 * (d * h + h * h + 2 * h), "attention": 3 * d * h}


@mistake(parameters_do_not_grow_with_length)
class attention_with_biases:
    """Gave the three attention matrices biases, which this attention does not have
    中文：给注意力的三个矩阵也加了偏置，这里的注意力没有偏置"""
    def attention_lstm_params(d, h, T):
        return {"lstm": 4 * (d * h + h * h + h), "attention": 3 * (d * h + h)}


@mistake(attention_is_right)
class unscaled_scores:
    """Forgot to divide the scores by sqrt(dk)
    中文：忘了除以 sqrt(dk)"""
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        scores = (X @ Wq) @ (X @ Wk).T
        if mask is not None:
            scores = np.where(mask, scores, -1e9)
        A = softmax(scores)
        return A @ (X @ Wv), A


@mistake(attention_is_right)
class scaled_by_token_size:
    """Divided by sqrt(d), the features of a token, and not by sqrt(dk), the length of a key
    中文：除以了 sqrt(d)：要用键的长度 dk，而不是词元的特征数"""
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        scores = (X @ Wq) @ (X @ Wk).T / np.sqrt(X.shape[1])
        if mask is not None:
            scores = np.where(mask, scores, -1e9)
        A = softmax(scores)
        return A @ (X @ Wv), A


@mistake(attention_is_right)
class scaled_by_length:
    """Divided by sqrt(T), the number of tokens, and not by sqrt(dk), the length of a key
    中文：除以了 sqrt(T)：要用键的长度 dk，而不是词元的个数"""
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        scores = (X @ Wq) @ (X @ Wk).T / np.sqrt(len(X))
        if mask is not None:
            scores = np.where(mask, scores, -np.inf)
        A = softmax(scores)
        return A @ (X @ Wv), A


@mistake(attention_is_right)
class scaled_without_root:
    """Divided by dk and forgot the root
    中文：除以了 dk，忘了开根号"""
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        scores = (X @ Wq) @ (X @ Wk).T / Wq.shape[1]
        if mask is not None:
            scores = np.where(mask, scores, -np.inf)
        A = softmax(scores)
        return A @ (X @ Wv), A


@mistake(attention_is_right)
class softmax_over_columns:
    """Took the softmax over columns: they add up to 1 and the rows do not
    中文：softmax 对列做了：每一列之和为 1，而不是每一行"""
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        scores = (X @ Wq) @ (X @ Wk).T / np.sqrt(Wq.shape[1])
        if mask is not None:
            scores = np.where(mask, scores, -1e9)
        A = softmax(scores, axis=0)
        return A @ (X @ Wv), A


@mistake(attention_is_right)
class queries_and_keys_swapped:
    """Swapped queries and keys: the matrix of scores is transposed
    中文：查询和键对调了：得分矩阵成了转置"""
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        scores = (X @ Wk) @ (X @ Wq).T / np.sqrt(Wq.shape[1])
        if mask is not None:
            scores = np.where(mask, scores, -1e9)
        A = softmax(scores)
        return A @ (X @ Wv), A


@mistake(hidden_tokens_get_no_weight)
class mask_inverted:
    """Read the mask the wrong way round and hid what is visible
    中文：mask 的含义反了：把看得见的遮住了"""
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        scores = (X @ Wq) @ (X @ Wk).T / np.sqrt(Wq.shape[1])
        if mask is not None:
            scores = np.where(mask, -1e9, scores)
        A = softmax(scores)
        return A @ (X @ Wv), A


@mistake(hidden_tokens_get_no_weight, belief="mask_inverted")
class mask_inverted_with_infinity:
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        scores = (X @ Wq) @ (X @ Wk).T / np.sqrt(Wq.shape[1])
        if mask is not None:
            scores = np.where(mask, -np.inf, scores)
        A = softmax(scores)
        return A @ (X @ Wv), A


@mistake(hidden_tokens_get_no_weight)
class masked_after_softmax:
    """Multiplied by the mask after the softmax without normalising again: rows fall short of 1
    中文：softmax 之后才乘 mask，没有重新归一化：每行之和不到 1"""
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        A = softmax((X @ Wq) @ (X @ Wk).T / np.sqrt(Wq.shape[1]))
        if mask is not None:
            A = A * mask
        return A @ (X @ Wv), A


@mistake(hidden_tokens_get_no_weight)
class hidden_score_zero:
    """Set hidden scores to 0: exp(0) = 1 still takes a share
    中文：把看不见的得分设成 0：exp(0) = 1，照样分到权重"""
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        scores = (X @ Wq) @ (X @ Wk).T / np.sqrt(Wq.shape[1])
        if mask is not None:
            scores = scores * mask
        A = softmax(scores)
        return A @ (X @ Wv), A


@mistake(hidden_however_large_the_scores)
class hidden_score_too_high:
    """Set hidden scores to a number like -100 or -1e4: where the others lie lower still, the hidden
    one wins
    中文：把看不见的得分设成 -100、-1e4 之类的数：别的得分更低时，它反而胜出"""
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        scores = (X @ Wq) @ (X @ Wk).T / np.sqrt(Wq.shape[1])
        if mask is not None:
            scores = np.where(mask, scores, -100.0)
        A = softmax(scores)
        return A @ (X @ Wv), A


@mistake(hidden_however_large_the_scores, belief="hidden_score_too_high")
class hidden_score_minus_a_thousand:
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        scores = (X @ Wq) @ (X @ Wk).T / np.sqrt(Wq.shape[1])
        if mask is not None:
            scores = np.where(mask, scores, -1e3)
        A = softmax(scores)
        return A @ (X @ Wv), A


@mistake(hidden_however_large_the_scores, belief="hidden_score_too_high")
class hidden_score_minus_a_million:
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        scores = (X @ Wq) @ (X @ Wk).T / np.sqrt(Wq.shape[1])
        if mask is not None:
            scores = np.where(mask, scores, -1e6)
        A = softmax(scores)
        return A @ (X @ Wv), A


@mistake(hidden_however_large_the_scores, belief="hidden_score_too_high")
class hidden_score_minus_ten_thousand:
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        scores = (X @ Wq) @ (X @ Wk).T / np.sqrt(Wq.shape[1])
        if mask is not None:
            scores = np.where(mask, scores, -1e4)
        A = softmax(scores)
        return A @ (X @ Wv), A


@mistake(hidden_however_large_the_scores)
class hidden_score_lowered:
    """Subtracted a number like 1e4 from hidden scores: a hidden token whose score is higher by more
    still wins
    中文：把看不见的得分减去 1e4 之类的数：如果它比别的高出更多，仍然会胜出"""
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        scores = (X @ Wq) @ (X @ Wk).T / np.sqrt(Wq.shape[1])
        if mask is not None:
            scores = scores - 1e4 * (1 - np.asarray(mask, dtype=float))
        A = softmax(scores)
        return A @ (X @ Wv), A


@mistake(hidden_however_large_the_scores, belief="hidden_score_lowered")
class hidden_score_lowered_by_1e5:
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        scores = (X @ Wq) @ (X @ Wk).T / np.sqrt(Wq.shape[1])
        if mask is not None:
            scores = scores - 1e5 * (1 - np.asarray(mask, dtype=float))
        A = softmax(scores)
        return A @ (X @ Wv), A


@mistake(hidden_however_large_the_scores, belief="hidden_score_lowered")
class hidden_score_lowered_by_1e6:
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        scores = (X @ Wq) @ (X @ Wk).T / np.sqrt(Wq.shape[1])
        if mask is not None:
            scores = scores - 1e6 * (1 - np.asarray(mask, dtype=float))
        A = softmax(scores)
        return A @ (X @ Wv), A


@mistake(hidden_however_large_the_scores)
class normalised_again_too_late:
    """Took the softmax of everything, then masked and normalised again: where a hidden token has
    taken all the weight, 0/0 is left
    中文：先对全部得分做 softmax，再乘 mask 并重新归一化：如果看不见的词元占去了全部权重，就只剩
    0/0"""
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        A = softmax((X @ Wq) @ (X @ Wk).T / np.sqrt(Wq.shape[-1]), axis=1)
        if mask is not None:
            A = A * mask
            A = A / A.sum(axis=1, keepdims=True)
        return A @ X @ Wv, A


@mistake(hidden_tokens_get_no_weight)
class always_causal:
    """Took any mask for the causal one without looking at it
    中文：只要给了 mask 就当成因果 mask，没有看它的内容"""
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        scores = (X @ Wq) @ (X @ Wk).T / np.sqrt(Wq.shape[1])
        if mask is not None:
            scores = np.where(np.tri(len(X), dtype=bool), scores, -1e9)
        A = softmax(scores)
        return A @ (X @ Wv), A


@mistake(softmax_along_the_axis)
class axis_ignored:
    """Ignored axis and always took the last one
    中文：不理会参数 axis，总是沿最后一个轴"""
    def softmax(x, axis=-1):
        e = np.exp(x - np.max(x, axis=-1, keepdims=True))
        return e / e.sum(axis=-1, keepdims=True)


@mistake(softmax_along_the_axis)
class rounded:
    """Rounded the softmax to a few digits, as one does when printing it
    中文：把 softmax 的结果四舍五入到小数点后几位，像打印时那样"""
    def softmax(x, axis=-1):
        e = np.exp(x - np.max(x, axis=axis, keepdims=True))
        return np.round(e / e.sum(axis=axis, keepdims=True), 4)


@mistake(softmax_along_the_axis, belief="rounded")
class rounded_to_three_digits:
    def softmax(x, axis=-1):
        e = np.exp(x - np.max(x, axis=axis, keepdims=True))
        return np.round(e / e.sum(axis=axis, keepdims=True), 3)


@mistake(softmax_along_the_axis, belief="rounded")
class rounded_to_five_digits:
    def softmax(x, axis=-1):
        e = np.exp(x - np.max(x, axis=axis, keepdims=True))
        return np.round(e / e.sum(axis=axis, keepdims=True), 5)


@mistake(softmax_along_the_axis, belief="rounded")
class rounded_to_six_digits:
    def softmax(x, axis=-1):
        e = np.exp(x - np.max(x, axis=axis, keepdims=True))
        return np.round(e / e.sum(axis=axis, keepdims=True), 6)


@mistake(exact_for_large_inputs)
class no_maximum_subtracted:
    """Did not subtract the maximum: exp(1000) overflows and inf/inf is nan
    中文：没有先减去最大值：exp(1000) 溢出，inf/inf 得到 nan"""
    def softmax(x, axis=-1):
        e = np.exp(x)
        return e / e.sum(axis=axis, keepdims=True)


@mistake(exact_for_large_inputs)
class one_maximum_for_all:
    """Subtracted the maximum of the whole array: a row of small numbers underflows to 0/0
    中文：减去的是整个数组的最大值：数值小的那一行全部下溢成 0，得到 0/0"""
    def softmax(x, axis=-1):
        e = np.exp(x - np.max(x))
        return e / e.sum(axis=axis, keepdims=True)


@mistake(large_inputs_to_the_lstm)
class sigmoid_overflows:
    """Wrote the sigmoid as exp(z)/(1+exp(z)): inf/inf for a large z
    中文：sigmoid 写成 exp(z)/(1+exp(z))：z 很大时是 inf/inf"""
    def lstm_forward(X, Wx, Wh, b):
        X, Wx, Wh, b = (np.asarray(a, dtype=float) for a in (X, Wx, Wh, b))
        H = Wh.shape[0]
        h, c, states = np.zeros(H), np.zeros(H), []
        for x in X:
            z = x @ Wx + h @ Wh + b
            gates = np.exp(z[: 3 * H]) / (1 + np.exp(z[: 3 * H]))
            c = gates[H : 2 * H] * c + gates[:H] * np.tanh(z[3 * H :])
            h = gates[2 * H :] * np.tanh(c)
            states.append(h)
        return np.array(states)


@mistake(lstm_is_right)
class order_of_pytorch:
    """Read the blocks in the order i, f, g, o, which is that of PyTorch
    中文：四段的次序用了 i、f、g、o（PyTorch 的次序）"""
    def lstm_forward(X, Wx, Wh, b):
        X, Wx, Wh, b = (np.asarray(a, dtype=float) for a in (X, Wx, Wh, b))
        H = Wh.shape[0]
        h, c, states = np.zeros(H), np.zeros(H), []
        for x in X:
            i, f, g, o = np.split(x @ Wx + h @ Wh + b, 4)
            i, f, o = (1 / (1 + np.exp(-z)) for z in (i, f, o))
            c = f * c + i * np.tanh(g)
            h = o * np.tanh(c)
            states.append(h)
        return np.array(states)


@mistake(lstm_is_right)
class forget_gate_first:
    """Read the blocks in the order f, i, o, g, with the forget gate first, as in
    many books
    中文：四段的次序用了 f、i、o、g（遗忘门在前，许多教材的公式是这样排的）"""
    def lstm_forward(X, Wx, Wh, b):
        X, Wx, Wh, b = (np.asarray(a, dtype=float) for a in (X, Wx, Wh, b))
        H = Wh.shape[0]
        h, c, states = np.zeros(H), np.zeros(H), []
        for x in X:
            f, i, o, g = np.split(x @ Wx + h @ Wh + b, 4)
            i, f, o = (1 / (1 + np.exp(-z)) for z in (i, f, o))
            c = f * c + i * np.tanh(g)
            h = o * np.tanh(c)
            states.append(h)
        return np.array(states)


@mistake(lstm_is_right)
class forget_candidate_first:
    """Read the blocks in the order f, g, i, o
    中文：四段的次序用了 f、g、i、o"""
    def lstm_forward(X, Wx, Wh, b):
        X, Wx, Wh, b = (np.asarray(a, dtype=float) for a in (X, Wx, Wh, b))
        H = Wh.shape[0]
        h, c, states = np.zeros(H), np.zeros(H), []
        for x in X:
            f, g, i, o = np.split(x @ Wx + h @ Wh + b, 4)
            i, f, o = (1 / (1 + np.exp(-z)) for z in (i, f, o))
            c = f * c + i * np.tanh(g)
            h = o * np.tanh(c)
            states.append(h)
        return np.array(states)


@mistake(lstm_is_right)
class candidate_second:
    """Read the blocks in the order i, g, f, o
    中文：四段的次序用了 i、g、f、o"""
    def lstm_forward(X, Wx, Wh, b):
        X, Wx, Wh, b = (np.asarray(a, dtype=float) for a in (X, Wx, Wh, b))
        H = Wh.shape[0]
        h, c, states = np.zeros(H), np.zeros(H), []
        for x in X:
            i, g, f, o = np.split(x @ Wx + h @ Wh + b, 4)
            i, f, o = (1 / (1 + np.exp(-z)) for z in (i, f, o))
            c = f * c + i * np.tanh(g)
            h = o * np.tanh(c)
            states.append(h)
        return np.array(states)


@mistake(lstm_is_right)
class memory_not_squashed:
    """Left out the tanh in h: wrote o * c
    中文：h 里漏了 tanh：写成了 o * c"""
    def lstm_forward(X, Wx, Wh, b):
        X, Wx, Wh, b = (np.asarray(a, dtype=float) for a in (X, Wx, Wh, b))
        H = Wh.shape[0]
        h, c, states = np.zeros(H), np.zeros(H), []
        for x in X:
            i, f, o, g = np.split(x @ Wx + h @ Wh + b, 4)
            i, f, o = (1 / (1 + np.exp(-z)) for z in (i, f, o))
            c = f * c + i * np.tanh(g)
            h = o * c
            states.append(h)
        return np.array(states)


@mistake(lstm_is_right)
class hidden_state_not_fed_back:
    """Forgot the recurrent term: each step sees x_t and not the last h
    中文：忘了循环的那一项：各步只看 x_t，没有用上一步的 h"""
    def lstm_forward(X, Wx, Wh, b):
        X, Wx, Wh, b = (np.asarray(a, dtype=float) for a in (X, Wx, Wh, b))
        c, states = np.zeros(Wh.shape[0]), []
        for x in X:
            i, f, o, g = np.split(x @ Wx + b, 4)
            i, f, o = (1 / (1 + np.exp(-z)) for z in (i, f, o))
            c = f * c + i * np.tanh(g)
            states.append(o * np.tanh(c))
        return np.array(states)


@mistake(lstm_is_right)
class memory_forgotten:
    """Did not carry the memory on: every step starts from c = 0
    中文：记忆没有传下去：每一步都从 c = 0 开始"""
    def lstm_forward(X, Wx, Wh, b):
        X, Wx, Wh, b = (np.asarray(a, dtype=float) for a in (X, Wx, Wh, b))
        h, states = np.zeros(Wh.shape[0]), []
        for x in X:
            i, f, o, g = np.split(x @ Wx + h @ Wh + b, 4)
            i, f, o = (1 / (1 + np.exp(-z)) for z in (i, f, o))
            c = f * np.zeros(len(h)) + i * np.tanh(g)
            h = o * np.tanh(c)
            states.append(h)
        return np.array(states)


@mistake(lstm_is_right)
class same_array_in_every_row:
    """Wrote every step into the same array h and stored that: all rows show the last state
    中文：每一步都写进同一个数组 h 再存起来：最后各行全是最后一步的状态"""
    def lstm_forward(X, Wx, Wh, b):
        X, Wx, Wh, b = (np.asarray(a, dtype=float) for a in (X, Wx, Wh, b))
        H = Wh.shape[0]
        h, c, states = np.zeros(H), np.zeros(H), []
        for x in X:
            i, f, o, g = np.split(x @ Wx + h @ Wh + b, 4)
            i, f, o = (1 / (1 + np.exp(-z)) for z in (i, f, o))
            c = f * c + i * np.tanh(g)
            h[:] = o * np.tanh(c)
            states.append(h)
        return np.array(states)


@mistake(any_number_type)
class states_of_the_input_dtype:
    """Built the states with the dtype of X: for integers all fractions are cut off
    中文：用 np.zeros_like 建隐状态：X 是整数时小数部分全被截掉"""
    def lstm_forward(X, Wx, Wh, b):
        H = Wh.shape[0]
        states, h, c = np.zeros((len(X), H), dtype=X.dtype), np.zeros(H), np.zeros(H)
        for t, x in enumerate(X):
            i, f, o, g = np.split(x @ Wx + h @ Wh + b, 4)
            i, f, o = (np.exp(-np.logaddexp(0, -z)) for z in (i, f, o))
            c = f * c + i * np.tanh(g)
            h = o * np.tanh(c)
            states[t] = h
        return states


@mistake(leaves_arguments_alone)
class subtracts_in_place:
    """Saved memory with x -= maximum and so changed the caller's array
    中文：用 x -= 最大值 省一份内存，把调用者的数组改掉了"""
    def softmax(x, axis=-1):
        x -= np.max(x, axis=axis, keepdims=True)
        e = np.exp(x)
        return e / e.sum(axis=axis, keepdims=True)


@mistake(leaves_arguments_alone)
class mask_negated_in_place:
    """Negated the mask in place and so changed the caller's
    中文：用 out=mask 原地取反，把调用者的 mask 改掉了"""
    def self_attention(X, Wq, Wk, Wv, mask=None):
        scores = (X @ Wq) @ (X @ Wk).T / np.sqrt(Wq.shape[1])
        if mask is not None:
            np.logical_not(mask, out=mask)
            scores[mask] = -1e9
        A = softmax(scores)
        return A @ (X @ Wv), A


@mistake(leaves_arguments_alone)
class shuffles_in_place:
    """Shuffled the rows of X in place
    中文：在 X 里原地打乱各行，没有复制"""
    def order_gap(f, X, perm):
        X = np.asarray(X)
        last = np.array(f(X))[perm]
        X[:] = X[perm]
        return float(np.max(np.abs(f(X) - last)))


@accepted
class attention_by_loops:
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        T, dk = np.shape(X)[0], np.shape(Wk)[1]
        Q, K, V = X @ Wq, X @ Wk, X @ Wv
        out, A = np.zeros((T, V.shape[1])), np.zeros((T, T))
        for t in range(T):
            seen = np.arange(T) if mask is None else np.flatnonzero(mask[t])
            A[t, seen] = softmax(K[seen] @ Q[t] / np.sqrt(dk))
            for s in seen:
                out[t] += A[t, s] * V[s]
        return out, A


@accepted
class einsum_and_a_large_negative_number:
    def self_attention(X, Wq, Wk, Wv, mask=None):
        scores = np.einsum("td,dk,sf,fk->ts", X, Wq, X, Wk, optimize=True)
        scores = scores / float(np.shape(Wq)[1]) ** 0.5
        if mask is not None:
            scores = scores + (1 - np.asarray(mask, dtype=float)) * -1e12
        A = softmax(scores)
        return np.einsum("ts,sd,dv->tv", A, X, Wv, optimize=True), A


@accepted
class normalised_after_the_mask:
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        scores = (X @ Wq) @ (X @ Wk).T / np.sqrt(Wq.shape[-1])
        seen = np.ones(scores.shape) if mask is None else np.asarray(mask, dtype=float)
        top = np.max(np.where(seen > 0, scores, -np.inf), axis=1, keepdims=True)
        A = np.exp(np.minimum(scores - top, 0)) * seen
        A = A / A.sum(axis=1, keepdims=True)
        return [(A @ X @ Wv).tolist(), A.tolist()]


@accepted
class softmax_by_logarithms:
    def softmax(x, axis=-1):
        return np.exp(x - np.logaddexp.reduce(x, axis=axis, keepdims=True))


@accepted
class softmax_by_moved_axes:
    def softmax(x, axis=-1):
        rows = np.moveaxis(np.array(x, dtype=float), axis, 0)
        e = np.exp(rows - rows.max(axis=0))
        return np.moveaxis(e / e.sum(axis=0), 0, axis)


@accepted
class lstm_with_row_vectors:
    def lstm_forward(X, Wx, Wh, b):
        X, H = np.asarray(X), len(Wh)
        h, c, out = np.zeros((1, H)), np.zeros((1, H)), np.empty((len(X), H))
        for t in range(len(X)):
            z = X[t : t + 1] @ Wx + h @ Wh + np.reshape(b, (1, -1))
            gate = (1 + np.tanh(z / 2)) / 2
            c = gate[:, H : 2 * H] * c + gate[:, :H] * np.tanh(z[:, 3 * H :])
            h = gate[:, 2 * H : 3 * H] * np.tanh(c)
            out[t] = h[0]
        return out


@accepted
class lstm_returns_a_list:
    def lstm_forward(X, Wx, Wh, b):
        H = np.shape(Wh)[0]
        h, c, states = [0.0] * H, [0.0] * H, []
        with np.errstate(over="ignore"):
            for z in np.asarray(X) @ Wx + b:
                z = (z + np.asarray(h) @ Wh).reshape(4, H)
                i, f, o = 1 / (1 + np.exp(-z[:3]))
                c = f * c + i * np.tanh(z[3])
                h = o * np.tanh(c)
                states.append(h.tolist())
        return states


@accepted
class gap_undone_on_the_output:
    def order_gap(f, X, perm):
        back = np.argsort(perm)
        difference = np.asarray(f(np.take(X, perm, axis=0)))[back] - np.asarray(f(X))
        return np.abs(difference).max()


@accepted
class gap_by_a_permutation_matrix:
    def order_gap(f, X, perm):
        P = np.eye(len(perm))[perm]
        return np.asarray(np.abs(f(P @ X) - P @ f(X)).max())


@accepted
class masked_array:
    def self_attention(X, Wq, Wk, Wv, mask=None):
        X, Wq, Wk, Wv = (np.asarray(a, dtype=float) for a in (X, Wq, Wk, Wv))
        scores = np.inner(X @ Wq, X @ Wk) * np.shape(Wk)[1] ** -0.5
        hidden = False if mask is None else ~np.asarray(mask, dtype=bool)
        scores = np.ma.masked_array(scores, hidden)
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        A = (weights / weights.sum(axis=1, keepdims=True)).filled(0)
        return A @ (X @ Wv), A


@accepted
class gap_row_by_row:
    def order_gap(f, X, perm):
        first, last = f(np.stack([X[p] for p in perm])), f(np.copy(X))
        return max(np.linalg.norm(first[k] - last[p], np.inf) for k, p in enumerate(perm))


@accepted
class counted_from_the_shapes:
    def attention_lstm_params(d, h, T):
        shapes = {"attention": 3 * [(d, h)], "lstm": [(d, 4 * h), (h, 4 * h), (4 * h,)]}
        return {name: sum(np.prod(s) for s in each) for name, each in shapes.items()}


@proof
def attention_is_not_invariant_but_equivariant():
    rng = np.random.default_rng(0)
    X, weights, perm = rng.normal(size=(4, 3)), rng.normal(size=(3, 3, 3)), np.array([2, 0, 3, 1])
    out, shuffled = self_attention(X, *weights)[0], self_attention(X[perm], *weights)[0]
    assert not np.allclose(shuffled, out)
    assert np.allclose(shuffled, out[perm])
