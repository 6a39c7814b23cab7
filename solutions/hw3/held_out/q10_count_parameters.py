"""Held-out answers to question 10. Every note was written before its code."""

import numpy as np

from autograder.pages import held_out, right


@held_out("biases_forgotten")
class weights_only:
    """Note: parameters are the connections between the units."""

    def count_params(sizes, bias=True):
        connections = 0
        for left, right_ in zip(sizes[:-1], sizes[1:]):
            connections += left * right_
        return connections

    def architectures(total, max_width=60):
        found = []
        for hidden in range(1, max_width + 1):
            if total % hidden == 0:
                rest = total // hidden
                for n0 in range(1, rest):
                    if n0 <= max_width and rest - n0 <= max_width:
                        found.append((n0, hidden, rest - n0))
        return found


@held_out("one_bias_a_layer")
class scalar_bias:
    """Note: each layer has one b."""

    def count_params(sizes, bias=True):
        total = sum(a * b for a, b in zip(sizes, sizes[1:]))
        if bias:
            total += len(sizes) - 1
        return int(total)


@held_out("biases_for_the_inputs")
class every_neuron_has_a_bias:
    """Note: every circle in the drawing has a bias, also those of the input."""

    def count_params(sizes, bias=True):
        n = 0
        for i in range(1, len(sizes)):
            n += sizes[i - 1] * sizes[i]
        return n + (sum(sizes) if bias else 0)


@held_out("biases_by_inputs")
class bias_for_each_input:
    """Note: W is (out, in), and b has an entry for each input."""

    def count_params(sizes, bias=True):
        layers = list(zip(sizes, sizes[1:]))
        return sum(i * (o + int(bool(bias))) for i, o in layers)


@held_out("no_output_bias")
class output_is_only_read:
    """Note: biases belong to hidden units."""

    def count_params(sizes, bias=True):
        total = int(np.dot(sizes[:-1], sizes[1:]))
        return total + int(sum(sizes[1:-1])) * bool(bias)


@held_out("bias_flag_ignored")
class always_with_bias:
    """Note: overlooks the second argument."""

    def count_params(sizes, bias=True):
        n, before = 0, sizes[0]
        for width in sizes[1:]:
            n += (before + 1) * width
            before = width
        return n


@held_out("range_stops_early")
class stops_before_the_end:
    """Note: range(1, max_width), forgets that the end is excluded."""

    def architectures(total, max_width=60):
        return [
            (i, h, o)
            for i in range(1, max_width)
            for h in range(1, max_width)
            for o in [(total - i * h - h) / (h + 1)]
            if o == int(o) and 1 <= o < max_width
            for o in [int(o)]
        ]


@held_out("mirrored_dropped")
class one_of_each_pair:
    """Note: (2, 3, 4) and (4, 3, 2) are the same network read backwards."""

    def architectures(total, max_width=60):
        result = []
        for a in range(1, max_width + 1):
            for h in range(1, max_width + 1):
                rest = total - h * (a + 1)
                if rest > 0 and rest % (h + 1) == 0 and a <= rest // (h + 1) <= max_width:
                    result.append((a, h, rest // (h + 1)))
        return result


@held_out("widths_from_zero")
class zero_units_too:
    """Note: range(max_width + 1) begins with 0."""

    def architectures(total, max_width=60):
        out = []
        for n0 in range(max_width + 1):
            for n1 in range(max_width + 1):
                n2, r = divmod(total - n1 * (n0 + 1), n1 + 1)
                if r == 0 and 0 <= n2 <= max_width:
                    out.append((n0, n1, n2))
        return out


@held_out("transposed_weights")
class in_by_out:
    """Note: the weights are (in, out), as in Keras."""

    def init_params(sizes, seed):
        r = np.random.RandomState(seed)
        return [
            (r.randn(i, o) * np.sqrt(2 / i), np.zeros((o, 1))) for i, o in zip(sizes, sizes[1:])
        ]


@held_out("variance_as_std")
class scale_is_two_over_in:
    """Note: multiplies by 2 / in."""

    def init_params(sizes, seed):
        gen = np.random.default_rng(seed)
        params = []
        for k in range(len(sizes) - 1):
            std = 2.0 / sizes[k]
            params.append(
                (std * gen.standard_normal((sizes[k + 1], sizes[k])), np.zeros((sizes[k + 1], 1)))
            )
        return params


@held_out("reseeded_every_layer")
class generator_in_the_loop:
    """Note: makes the generator where it is used."""

    def init_params(sizes, seed):
        layers = []
        for fan_in, fan_out in zip(sizes[:-1], sizes[1:]):
            np.random.seed(seed)
            W = np.random.normal(0, (2 / fan_in) ** 0.5, (fan_out, fan_in))
            layers.append((W, np.zeros((fan_out, 1))))
        return layers


@held_out("one_bias_a_layer", "transposed_weights")
class scalar_bias_and_keras:
    """Note: one b a layer, and weights as (in, out)."""

    def count_params(sizes, bias=True):
        total = 0
        for i in range(len(sizes) - 1):
            total += sizes[i] * sizes[i + 1] + (1 if bias else 0)
        return total

    def init_params(sizes, seed):
        gen = np.random.default_rng(seed)
        return [
            (
                gen.normal(0, np.sqrt(2 / sizes[i]), (sizes[i], sizes[i + 1])),
                np.zeros((sizes[i + 1], 1)),
            )
            for i in range(len(sizes) - 1)
        ]


@held_out(None)
class adds_the_widths:
    """Note: adds the widths of two layers where they should be multiplied."""

    def count_params(sizes, bias=True):
        return sum(a + b + (b if bias else 0) for a, b in zip(sizes, sizes[1:]))


@held_out(None)
class flat_biases:
    """Note: biases of shape (out,), as PyTorch has them."""

    def init_params(sizes, seed):
        gen = np.random.default_rng(seed)
        return [
            (gen.normal(0, np.sqrt(2 / a), (b, a)), np.zeros(b)) for a, b in zip(sizes, sizes[1:])
        ]


@held_out("xavier")
class lecun_scale:
    """Note: remembers sqrt(1 / in), which is for tanh."""

    def init_params(sizes, seed):
        gen = np.random.default_rng(seed)
        return [
            (gen.normal(size=(b, a)) / np.sqrt(a), np.zeros((b, 1)))
            for a, b in zip(sizes, sizes[1:])
        ]


@held_out(None)
class constant_weights:
    """Note: sets the weights to their size without drawing, so that nothing is random."""

    def init_params(sizes, seed):
        return [
            (np.full((b, a), np.sqrt(2 / a)), np.zeros((b, 1))) for a, b in zip(sizes, sizes[1:])
        ]


@held_out(None)
class at_most_total:
    """Note: lists the networks with at most that many parameters."""

    def architectures(total, max_width=60):
        widths = range(1, max_width + 1)
        return [
            (a, h, o)
            for a in widths
            for h in widths
            for o in widths
            if (a + 1) * h + (h + 1) * o <= total
        ]


@held_out(None)
class output_as_wide_as_input:
    """Note: forgets a loop: takes the output as wide as the input."""

    def architectures(total, max_width=60):
        return [
            (a, h, a)
            for a in range(1, max_width + 1)
            for h in range(1, max_width + 1)
            if (a + 1) * h + (h + 1) * a == total
        ]


@held_out(None)
class truncated_normal:
    """Note: cuts the draws at two standard deviations, which lowers the deviation to 0.88."""

    def init_params(sizes, seed):
        gen = np.random.default_rng(seed)
        layers = []
        for a, b in zip(sizes, sizes[1:]):
            W = gen.normal(size=(b, a))
            while np.any(np.abs(W) > 2):
                W = np.where(np.abs(W) > 2, gen.normal(size=W.shape), W)
            layers.append((np.sqrt(2 / a) * W, np.zeros((b, 1))))
        return layers


@held_out(None)
class positive_weights:
    """Note: takes the modulus of the draws."""

    def init_params(sizes, seed):
        gen = np.random.default_rng(seed)
        return [
            (np.abs(gen.normal(0, np.sqrt(2 / a), (b, a))), np.zeros((b, 1)))
            for a, b in zip(sizes, sizes[1:])
        ]


@held_out(None)
class equal_rows:
    """Note: draws one row a layer and repeats it for every unit."""

    def init_params(sizes, seed):
        gen = np.random.default_rng(seed)
        return [
            (np.tile(gen.normal(0, np.sqrt(2 / a), (1, a)), (b, 1)), np.zeros((b, 1)))
            for a, b in zip(sizes, sizes[1:])
        ]


@held_out(None)
class every_network_twice:
    """Note: searches in two loops and finds every network twice."""

    def architectures(total, max_width=60):
        out = []
        widths = range(1, max_width + 1)
        for a in widths:
            for h in widths:
                o, rest = divmod(total - (a + 1) * h, h + 1)
                if rest == 0 and 1 <= o <= max_width:
                    out += [(a, h, o), (a, h, o)]
        return out


@right
class recursion_over_layers:
    """Note: first layer plus the rest."""

    def count_params(sizes, bias=True):
        if len(sizes) < 2:
            return 0
        first = sizes[0] * sizes[1] + (sizes[1] if bias else 0)
        return first + count_params(sizes[1:], bias)


@right
class counts_real_arrays:
    """Note: builds the arrays and asks for their sizes."""

    def count_params(sizes, bias=True):
        layers = [(np.zeros((o, i)), np.zeros((o, 1))) for i, o in zip(sizes, sizes[1:])]
        return sum(W.size + (b.size if bias else 0) for W, b in layers)


@right
class uniform_he:
    """Note: He's uniform variant, limit sqrt(6 / in), has the same standard deviation."""

    def init_params(sizes, seed):
        r = np.random.RandomState(seed)
        out = []
        for a, b in zip(sizes[:-1], sizes[1:]):
            limit = np.sqrt(6.0 / a)
            out.append((r.uniform(-limit, limit, (b, a)), np.zeros((b, 1))))
        return out


@right
class widths_as_a_grid:
    """Note: a grid of all widths in numpy."""

    def architectures(total, max_width=60):
        n = np.arange(1, max_width + 1)
        a, h, o = np.meshgrid(n, n, n, indexing="ij")
        hit = (a + 1) * h + (h + 1) * o == total
        return [tuple(int(v) for v in t) for t in zip(a[hit], h[hit], o[hit])]


@right
class numpy_numbers:
    """Note: dot of the widths, a numpy integer."""

    def count_params(sizes, bias=True):
        s = np.array(sizes, dtype=int)
        return s[:-1] @ s[1:] + (s[1:].sum() if bias else 0)
