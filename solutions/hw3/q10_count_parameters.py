"""A unit with n inputs owns n weights and one bias, so a layer has out * in + out parameters; the
inputs compute nothing and own nothing. 5-5-5 gives 30 + 30 = 60, but so do 47 other two-layer
networks with widths up to 60: one equation in three unknowns does not name a network.

The usual slips are all about biases: none at all (50 for 5-5-5), one a layer (52), or one for every
unit including the inputs (65). Square examples hide two more: 5-5-5 cannot tell (out, in) from
(in, out), nor the number of inputs from that of outputs in sqrt(2 / in).

中文：
有 n 个输入的单元拥有 n 个权重和一个偏置，所以一层有 out * in + out 个参数；输入层不做计算，
没有参数。5-5-5 得到 30 + 30 = 60，但宽度不超过 60 的两层网络里还有另外 47 个也是 60：
三个未知数只有一个方程，单凭总数定不下网络。

常见的错误都出在偏置上：完全不算（5-5-5 得 50），每层只算一个（52），连输入层也算（65）。
方形的例子还会掩盖两种错误：在 5-5-5 上分不出 (out, in) 与 (in, out)，也分不出 sqrt(2 / in)
里用的是输入数还是输出数。
"""

# A notebook imports numpy and nothing else, so pairs are zipped here.
# ruff: noqa: RUF007

import operator

import numpy as np

from autograder.check_toolkit import alike, each, fitted, floats, leaves_alone, leaves_each_alone
from autograder.pages import accepted, check, mistake, proof


def count_params(sizes, bias=True):
    pairs = zip(sizes[:-1], sizes[1:], strict=True)
    return int(sum(n_out * (n_in + bool(bias)) for n_in, n_out in pairs))


def init_params(sizes, seed):
    rng = np.random.default_rng(seed)
    return [
        (rng.normal(size=(n_out, n_in)) * np.sqrt(2 / n_in), np.zeros((n_out, 1)))
        for n_in, n_out in zip(sizes[:-1], sizes[1:], strict=True)
    ]


def architectures(total, max_width=60):
    found = []
    for n0 in range(1, max_width + 1):
        for n1 in range(1, max_width + 1):
            # what the first layer leaves goes to output units of n1 + 1 parameters each
            n2, rest = divmod(total - n1 * (n0 + 1), n1 + 1)
            if rest == 0 and 1 <= n2 <= max_width:
                found.append((n0, n1, n2))
    return found


def oracle_count(sizes, bias=True):
    """Count the connections, and the units behind the inputs, one by one."""
    total = 0
    for layer in range(1, len(sizes)):
        for _unit in range(int(sizes[layer])):
            for _connection in range(int(sizes[layer - 1])):
                total += 1
            if bias:
                total += 1
    return total


def oracle_architectures(total, max_width):
    """Every pair of widths b, c behind the inputs; the rest must be weights of whole inputs."""
    b, c = np.ogrid[1 : max_width + 1, 1 : max_width + 1]
    a, rest = np.divmod(total - b - b * c - c, b)
    hits = np.argwhere((rest == 0) & (a >= 1) & (a <= max_width))
    return {(int(a[i, j]), i + 1, j + 1) for i, j in hits.tolist()}


def triples(networks):
    """What architectures returned, as a list of tuples of numbers."""
    rows = [[*sizes] for sizes in networks]
    return [tuple(row) for row in floats(rows, (len(rows), 3)).tolist()] if rows else []


SIZES = ([4, 3], [5, 5, 5], [3, 7, 2], [6, 1, 4, 9], [5, 3, 5, 2, 3])


@check(points=1)
def counts_weights_and_biases(count_params):
    """The count is off: ask what one unit owns, times the number of units; inputs compute nothing.
    Any number of layers, any widths.
    中文：参数个数不对：看一个单元要几个数，再乘以单元数；输入层不做计算。层数和宽度都是任意的。"""
    cases = [(list(sizes),) for sizes in SIZES] + [(list(sizes), True) for sizes in SIZES]
    wanted = 2 * [oracle_count(sizes) for sizes in SIZES]
    for count, want in zip(each(count_params, cases), wanted, strict=True):
        assert alike(count, want)


@check(points=0.5)
def counts_weights_alone(count_params):
    """bias=False must count the weights alone: bias is ignored, or it removes something else.
    中文：bias=False 时只应计权重：参数 bias 没有起作用，或者多去掉了别的东西。"""
    counts = each(count_params, [(list(sizes), False) for sizes in SIZES])
    for sizes, count in zip(SIZES, counts, strict=True):
        assert alike(count, oracle_count(sizes, bias=False))


@check(points=0.5)
def every_network_has_the_total(architectures):
    """Some network that architectures returns has not exactly total parameters: a bias is missing,
    or a division with a remainder was let through.
    中文：architectures 给出的网络里，有的参数总数不等于 total：偏置算漏了，或者除不尽时也收了进
    来。"""
    cases = ((60, 9), (47, 7), (96, 12))
    for (total, _), networks in zip(cases, each(architectures, cases), strict=True):
        found = triples(networks)
        assert found
        assert all(oracle_count(sizes) == total for sizes in found)


@check(points=0.5)
def no_network_is_missing(architectures):
    """architectures misses networks: max_width itself is allowed, no width limits another, and the
    default limit is 60.
    中文：architectures 漏掉了一些网络：宽度可以取到 max_width 本身，三个宽度互不限制，默认上限是
    60。"""
    limits = ((60, 5), (47, 10), (69, 64), (181, 60))
    answers = each(architectures, [(60, 5), (47, 10), (69, 64), (181,)])
    for limit, networks in zip(limits, answers, strict=True):
        assert not oracle_architectures(*limit) - set(triples(networks))


@check(points=0.25)
def widths_in_range_and_no_repeats(architectures):
    """architectures repeats a network or leaves the widths 1 to max_width; if there is none, its
    result is empty.
    中文：architectures 的结果里有重复，或有宽度超出 1 到 max_width；一个也没有时应为空。"""
    cases = [(60, 6), (24, 12), (180,), (1, 8), (500, 8)]
    answers = [*each(architectures, cases)]
    for limit, networks in zip((6, 12, 60), answers[:3], strict=True):
        found = triples(networks)
        assert found
        assert all(1 <= n <= limit for sizes in found for n in sizes)
        assert len(found) == len(set(found))
    assert not any(map(triples, answers[3:]))


@check(points=0.25)
def shapes_and_zero_biases(init_params):
    """init_params: wrong shapes or biases; one pair a layer, W (out, in), b (out, 1) and zero.
    中文：init_params 的形状或偏置不对：每层一对，W 是 (out, in)，b 是 (out, 1) 且全为 0。"""
    answers = each(init_params, [(list(sizes), 3) for sizes in SIZES])
    for sizes, answer in zip(SIZES, answers, strict=True):
        layers = list(answer)
        assert len(layers) == len(sizes) - 1
        for (W, b), n_in, n_out in zip(layers, sizes[:-1], sizes[1:], strict=True):
            assert np.shape(W) == (n_out, n_in)
            assert not np.any(floats(b, (n_out, 1)))


@check(points=0.5)
def spread_is_he(init_params):
    """Mean or standard deviation of the weights is off: He means sqrt(2 / in), with the number of
    inputs of that very layer.
    中文：权重的均值或标准差不对：He 初始化的标准差是 sqrt(2 / in)，in 是这一层自己的输入数。"""
    sizes = [50, 200, 80, 120]
    layers = list(init_params(list(sizes), 11))
    for (W, _), n_in, n_out in zip(layers, sizes[:-1], sizes[1:], strict=True):
        W, spread = floats(W), np.sqrt(2 / n_in)
        assert W.size == n_in * n_out
        assert abs(W.mean()) < 5 * spread / np.sqrt(W.size)
        assert abs(W.std() / spread - 1) < 5 / np.sqrt(2 * W.size)


@check(points=0.25)
def draws_follow_the_seed(init_params):
    """Randomness is off: equal seeds must agree, other seeds differ, and so must the weights of
    different layers and units.
    中文：随机数不对：同一个 seed 结果应相同，不同的 seed 应不同，各层、各单元的权重也应各不相
    同。"""
    for seed in (0, 5):
        cases = [([6, 6, 6], seed + more) for more in (0, 0, 1)]
        (first, second), (again, last), (other, different) = (
            [fitted(W, (6, 6)) for W, _ in layers] for layers in each(init_params, cases)
        )
        assert np.array_equal(first, again)
        assert np.array_equal(second, last)
        assert not np.allclose(first, second)
        assert len({tuple(row) for row in first.tolist()}) == 6
        assert not np.allclose(first, other)
        assert not np.allclose(second, different)


@check(points=0.125)
def count_is_an_integer(count_params):
    """The count is not an integer: parameters are counted, so return an int, not a float.
    中文：返回的个数不是整数类型：参数是数出来的，应返回 int，不是 float。"""
    for count in each(count_params, [([4, 3], True), ([3, 7, 2], False)]):
        assert operator.index(count) > 0


@check(points=0.125)
def leaves_sizes_alone(count_params, init_params):
    """sizes was changed by the call, or a function returned nothing: no pop, insert or assignment
    on it; copy first.
    中文：调用之后 sizes 被改动了，或者函数没有返回值：不要对它 pop、insert 或赋值，先复制。"""
    assert leaves_each_alone(count_params, [([4, 6, 3], True), ([4, 6, 3], False)])
    # a generator runs only when it is read
    assert leaves_alone(lambda n: init_params(n, 2) and list(init_params(n, 2)), [4, 6, 3])


@mistake(counts_weights_and_biases)
class biases_forgotten:
    """Forgot the biases and counted the weights alone
    中文：忘了偏置，只数了权重"""
    def count_params(sizes, bias=True):
        return sum(a * b for a, b in zip(sizes[:-1], sizes[1:], strict=True))

    def architectures(total, max_width=60):
        widths = range(1, max_width + 1)
        return [(a, b, (total - a * b) // b) for a in widths for b in widths
                if (total - a * b) % b == 0 and 1 <= (total - a * b) // b <= max_width]


@mistake(counts_weights_and_biases)
class one_bias_a_layer:
    """Took a layer to share one bias: b is a vector with an entry for every unit
    中文：以为一层共用一个偏置：b 是每个单元一个的向量"""
    def count_params(sizes, bias=True):
        weights = sum(a * b for a, b in zip(sizes[:-1], sizes[1:], strict=True))
        return weights + (len(sizes) - 1 if bias else 0)


@mistake(counts_weights_and_biases)
class biases_for_the_inputs:
    """Gave the inputs biases too: they compute nothing and own no parameters
    中文：给输入层也配了偏置：输入不做计算，没有参数"""
    def count_params(sizes, bias=True):
        weights = sum(a * b for a, b in zip(sizes[:-1], sizes[1:], strict=True))
        return weights + (sum(sizes) if bias else 0)


@mistake(counts_weights_and_biases)
class biases_by_inputs:
    """Counted a bias for each input of a layer instead of each of its units
    中文：偏置按输入数计算：应当每个输出单元一个"""
    def count_params(sizes, bias=True):
        return sum(a * b + (a if bias else 0) for a, b in zip(sizes[:-1], sizes[1:], strict=True))


@mistake(counts_weights_and_biases)
class no_output_bias:
    """Counted biases for the hidden layers alone and left out those of the output layer
    中文：只给隐藏层配了偏置，漏掉了输出层"""
    def count_params(sizes, bias=True):
        weights = sum(a * b for a, b in zip(sizes[:-1], sizes[1:], strict=True))
        return weights + (sum(sizes[1:-1]) if bias else 0)


@mistake(counts_weights_and_biases)
class two_layers_only:
    """Thought of networks with exactly two layers only
    中文：只考虑了恰好两层的网络"""
    def count_params(sizes, bias=True):
        a, b, c = sizes[0], sizes[1], sizes[-1]
        return a * b + b * c + (b + c if bias else 0)


@mistake(counts_weights_and_biases)
class index_of_a_width:
    """Looked up the next layer with sizes.index, which finds the first of two equal widths
    中文：用 sizes.index 找下一层：宽度重复时总是找到前一个"""
    def count_params(sizes, bias=True):
        total = 0
        for n_in in sizes[:-1]:
            n_out = sizes[sizes.index(n_in) + 1]
            total += n_in * n_out + (n_out if bias else 0)
        return total


@mistake(counts_weights_alone)
class bias_flag_ignored:
    """Ignored bias: counts the biases even when bias=False
    中文：参数 bias 没有用上：bias=False 时仍然计入偏置"""
    def count_params(sizes, bias=True):
        return sum((a + 1) * b for a, b in zip(sizes[:-1], sizes[1:], strict=True))


@mistake(count_is_an_integer)
class float_count:
    """Returned the count as a float
    中文：个数以浮点数返回"""
    def count_params(sizes, bias=True):
        n = np.asarray(sizes, dtype=float)
        return float(n[:-1] @ n[1:] + (n[1:].sum() if bias else 0))


@mistake(every_network_has_the_total)
class remainder_ignored:
    """Divided with // and never looked at the remainder: near misses slip in
    中文：整除之后没有检查余数：总数差一点的网络也混了进来"""
    def architectures(total, max_width=60):
        found = []
        for n0 in range(1, max_width + 1):
            for n1 in range(1, max_width + 1):
                n2 = (total - n1 * (n0 + 1)) // (n1 + 1)
                if 1 <= n2 <= max_width:
                    found.append((n0, n1, n2))
        return found


@mistake(every_network_has_the_total)
class search_without_output_bias:
    """Searched with the hidden biases alone and forgot those of the outputs
    中文：反推网络时只算了隐藏层的偏置，忘了输出层的"""
    def architectures(total, max_width=60):
        widths = range(1, max_width + 1)
        return [(a, b, (total - b * (a + 1)) // b) for a in widths for b in widths
                if (total - b * (a + 1)) % b == 0 and 1 <= (total - b * (a + 1)) // b <= max_width]


@mistake(no_network_is_missing)
class range_stops_early:
    """range(1, max_width) stops before max_width and can even miss 5-5-5
    中文：range(1, max_width) 取不到 max_width：连 5-5-5 都可能漏掉"""
    def architectures(total, max_width=60):
        widths = range(1, max_width)
        return [(a, b, c) for a in widths for b in widths
                for c in [(total - b * (a + 1)) // (b + 1)]
                if b * (a + 1) + c * (b + 1) == total and 1 <= c < max_width]


@mistake(no_network_is_missing)
class mirrored_dropped:
    """Kept only n0 <= n2, as if inputs and outputs could be swapped: the count is not symmetric
    中文：以为输入和输出可以对调，只保留 n0 <= n2 的一半：参数总数对两者并不对称"""
    def architectures(total, max_width=60):
        widths = range(1, max_width + 1)
        return [(a, b, c) for a in widths for b in widths
                for c in [(total - b * (a + 1)) // (b + 1)]
                if b * (a + 1) + c * (b + 1) == total and a <= c <= max_width]


@mistake(no_network_is_missing)
class first_per_hidden_width:
    """Kept a single network for each number of hidden units: stopped at the first
    中文：每种隐藏单元数只保留了一个网络：找到第一个就不再找"""
    def architectures(total, max_width=60):
        found = {}
        for a in range(1, max_width + 1):
            for b in range(1, max_width + 1):
                c, rest = divmod(total - b * (a + 1), b + 1)
                if rest == 0 and 1 <= c <= max_width:
                    found.setdefault(b, (a, b, c))
        return list(found.values())


@mistake(widths_in_range_and_no_repeats)
class max_width_ignored:
    """Ignored max_width and listed every width that the total allows
    中文：没有理会 max_width：总数允许多宽就列到多宽"""
    def architectures(total, max_width=60):
        return [(a, b, (total - b * (a + 1)) // (b + 1))
                for b in range(1, total) for a in range(1, total // b)
                if (total - b * (a + 1)) % (b + 1) == 0 and total > b * (a + 1)]


@mistake(widths_in_range_and_no_repeats)
class widths_from_zero:
    """Started widths at 0: a layer without units is no layer
    中文：宽度从 0 开始：没有单元的层不是层"""
    def architectures(total, max_width=60):
        widths = range(max_width + 1)
        return [(a, b, c) for a in widths for b in widths
                for c in [(total - b * (a + 1)) // (b + 1)]
                if b * (a + 1) + c * (b + 1) == total and 0 <= c <= max_width]


@mistake(shapes_and_zero_biases)
class transposed_weights:
    """Made W of shape (in, out), which 5-5-5 does not show
    中文：W 的形状写成了 (in, out)：5-5-5 上看不出来"""
    def init_params(sizes, seed):
        rng = np.random.default_rng(seed)
        return [(rng.normal(0, np.sqrt(2 / a), (a, b)), np.zeros((b, 1)))
                for a, b in zip(sizes[:-1], sizes[1:], strict=True)]


@mistake(shapes_and_zero_biases)
class random_biases:
    """Drew the biases at random too
    中文：偏置也随机初始化了"""
    def init_params(sizes, seed):
        rng = np.random.default_rng(seed)
        return [(rng.normal(0, np.sqrt(2 / a), (b, a)), rng.normal(0, np.sqrt(2 / a), (b, 1)))
                for a, b in zip(sizes[:-1], sizes[1:], strict=True)]


@mistake(spread_is_he)
class variance_as_std:
    """Mixed up variance and standard deviation: 2 / in without the square root
    中文：把方差当成了标准差：用 2 / in 而不是它的平方根"""
    def init_params(sizes, seed):
        rng = np.random.default_rng(seed)
        return [(rng.normal(0, 2 / a, (b, a)), np.zeros((b, 1)))
                for a, b in zip(sizes[:-1], sizes[1:], strict=True)]


@mistake(spread_is_he)
class fan_out:
    """Used the number of outputs instead of inputs in the standard deviation
    中文：标准差用了输出数 out，而不是输入数 in"""
    def init_params(sizes, seed):
        rng = np.random.default_rng(seed)
        return [(rng.normal(0, np.sqrt(2 / b), (b, a)), np.zeros((b, 1)))
                for a, b in zip(sizes[:-1], sizes[1:], strict=True)]


@mistake(spread_is_he)
class inputs_of_the_network:
    """Used the inputs of the whole network, sizes[0], for every layer instead of its own
    中文：每一层都用了整个网络的输入数 sizes[0]，而不是这一层自己的输入数"""
    def init_params(sizes, seed):
        rng = np.random.default_rng(seed)
        return [(rng.normal(0, np.sqrt(2 / sizes[0]), (b, a)), np.zeros((b, 1)))
                for a, b in zip(sizes[:-1], sizes[1:], strict=True)]


@mistake(spread_is_he)
class uniform_with_that_limit:
    """Drew uniformly from (-s, s) with s = sqrt(2 / in): the standard deviation is only 0.58 s
    中文：均匀分布取 (-s, s)，s = sqrt(2 / in)：标准差只有 s 的 0.58 倍"""
    def init_params(sizes, seed):
        rng = np.random.default_rng(seed)
        return [(rng.uniform(-1, 1, (b, a)) * np.sqrt(2 / a), np.zeros((b, 1)))
                for a, b in zip(sizes[:-1], sizes[1:], strict=True)]


@mistake(spread_is_he)
class a_hundredth:
    """Scaled the draws by 0.01, whatever the number of inputs
    中文：不管输入有多少个，都乘 0.01"""
    def init_params(sizes, seed):
        rng = np.random.default_rng(seed)
        return [(0.01 * rng.normal(size=(b, a)), np.zeros((b, 1)))
                for a, b in zip(sizes[:-1], sizes[1:], strict=True)]


@mistake(spread_is_he)
class xavier:
    """Used Xavier's initialisation, sqrt(2 / (in + out)) or sqrt(1 / in), which is for tanh
    中文：用了 Xavier 初始化，sqrt(2 / (in + out)) 或 sqrt(1 / in)，那是给 tanh 用的"""
    def init_params(sizes, seed):
        rng = np.random.default_rng(seed)
        return [(rng.normal(0, np.sqrt(2 / (a + b)), (b, a)), np.zeros((b, 1)))
                for a, b in zip(sizes[:-1], sizes[1:], strict=True)]


@mistake(spread_is_he, belief="xavier")
class xavier_by_inputs:
    def init_params(sizes, seed):
        rng = np.random.default_rng(seed)
        return [(rng.normal(0, np.sqrt(1 / a), (b, a)), np.zeros((b, 1)))
                for a, b in zip(sizes[:-1], sizes[1:], strict=True)]


@mistake(draws_follow_the_seed)
class reseeded_every_layer:
    """Made a new generator from the seed inside the loop: layers of equal size come out equal
    中文：在循环里重新用 seed 建随机数生成器：同样大小的两层得到同样的权重"""
    def init_params(sizes, seed):
        layers = []
        for a, b in zip(sizes[:-1], sizes[1:], strict=True):
            rng = np.random.default_rng(seed)
            layers.append((rng.normal(0, np.sqrt(2 / a), (b, a)), np.zeros((b, 1))))
        return layers


@mistake(draws_follow_the_seed)
class seed_ignored:
    """Never used seed: every call gives other weights
    中文：没有用 seed：每次调用的结果都不同"""
    def init_params(sizes, seed):
        return [(np.random.randn(b, a) * np.sqrt(2 / a), np.zeros((b, 1)))
                for a, b in zip(sizes[:-1], sizes[1:], strict=True)]


@mistake(leaves_sizes_alone)
class pops_the_sizes:
    """Walked through the layers with sizes.pop(0) and emptied the caller's list
    中文：用 sizes.pop(0) 逐层取宽度，把调用者的列表取空了"""
    def count_params(sizes, bias=True):
        total, n_in = 0, sizes.pop(0)
        while sizes:
            n_out = sizes.pop(0)
            total += n_in * n_out + (n_out if bias else 0)
            n_in = n_out
        return total


@accepted
class matrix_product:
    def count_params(sizes, bias=True):
        n = np.asarray(sizes)
        return n[:-1] @ n[1:] + (n[1:].sum() if bias else 0)


@accepted
class counts_the_arrays:
    def count_params(sizes, bias=True):
        layers = init_params(sizes, 0)
        return sum(W.size for W, b in layers) + sum(b.size for W, b in layers if bias)


@accepted
class recursion:
    def count_params(sizes, bias=True):
        if len(sizes) < 2:
            return 0
        first, second, *_ = sizes
        return first * second + (second if bias else 0) + count_params(sizes[1:], bias)


@accepted
class tries_all_triples:
    def architectures(total, max_width=60):
        return {(a, b, c) for a in range(1, max_width + 1)
                for b in range(1, max_width + 1) if b * (a + 1) < total
                for c in range(1, max_width + 1) if count_params([a, b, c]) == total}


@accepted
class array_of_rows:
    def architectures(total, max_width=60):
        n = np.arange(1, max_width + 1)
        a, b, c = np.meshgrid(n, n, n, indexing="ij")
        found = (a + 1) * b + (b + 1) * c == total
        return np.stack([a[found], b[found], c[found]], axis=1)


@accepted
class outputs_first:
    def architectures(total, max_width=60):
        for c in range(max_width, 0, -1):
            for b in range(1, max_width + 1):
                a = (total - c * (b + 1)) / b - 1
                if a == int(a) and 1 <= a <= max_width:
                    yield [int(a), b, c]


@accepted
class uniform_of_the_right_spread:
    def init_params(sizes, seed):
        draws = np.random.RandomState(seed)
        layers = ()
        for i in range(1, len(sizes)):
            limit = np.sqrt(6 / sizes[i - 1])
            W = draws.uniform(-limit, limit, size=(sizes[i], sizes[i - 1]))
            layers += ([W, 0 * W[:, :1]],)
        return layers


@accepted
class one_seed_a_layer:
    def init_params(sizes, seed):
        children = np.random.SeedSequence(seed).spawn(len(sizes) - 1)
        for child, n_in, n_out in zip(children, sizes[:-1], sizes[1:], strict=True):
            W = np.random.default_rng(child).standard_normal((n_in, n_out)).T
            yield (2 / n_in) ** 0.5 * W, np.zeros(n_out).reshape(-1, 1)


@proof
def sixty_does_not_name_a_network():
    assert count_params([5, 5, 5]) == 60 != count_params([5, 5, 5], bias=False) == 50
    assert (5, 5, 5) in architectures(60) and len(architectures(60)) == 48
