"""Held-out answers to question 3. Every note was written before its code."""

import numpy as np

from autograder.pages import held_out, right


@held_out("never_comes_down")
class plateau:
    """Note: the second unit takes away the slope of the first, two for two."""

    def tent(x):
        x = np.asarray(x, dtype=float)
        up = np.where(x > 0, 2 * x, 0)
        down = np.where(x > 0.5, 2 * (x - 0.5), 0)
        return up - down


@held_out("absolute_value_tent")
class tent_by_modulus:
    """Note: a tent is one minus the distance from the middle."""

    def tent(x):
        return 1 - 2 * np.abs(np.asarray(x, dtype=float) - 0.5)


@held_out("clipped_tent")
class tent_stays_above_zero:
    """Note: a tent stands on the ground, so its minimum is 0."""

    def tent(x):
        r = lambda t: np.maximum(t, 0)
        x = np.asarray(x)
        return r(2 * r(x) - 4 * r(x - 0.5))


@held_out("layers_added")
class sum_of_tents:
    """Note: k layers contribute k tents, add them."""

    def deep_sawtooth(x, k):
        x = np.asarray(x, dtype=float)
        if k == 0:
            return x.copy()
        total = np.zeros_like(x)
        for _ in range(k):
            total += tent(x)
        return total


@held_out("one_tent_too_many")
class starts_with_a_tent:
    """Note: begins with tent(x) and then applies k more."""

    def deep_sawtooth(x, k):
        h = tent(x)
        while k > 0:
            h = tent(h)
            k -= 1
        return h


@held_out("different_slopes")
class distinct_slopes:
    """Note: each piece has its slope, so count how many slopes there are."""

    def count_pieces(x, y, tol=1e-6):
        slopes = np.sort(np.diff(np.asarray(y, float)) / np.diff(np.asarray(x, float)))
        allowed = max(tol, tol * np.max(np.abs(slopes)))
        n = 1
        for before, after in zip(slopes[:-1], slopes[1:]):
            n += bool(after - before > allowed)
        return n


@held_out("bends_not_pieces")
class number_of_bends:
    """Note: counts the corners of the polyline."""

    def count_pieces(x, y, tol=1e-6):
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        s = (y[1:] - y[:-1]) / (x[1:] - x[:-1])
        limit = tol * max(1, np.abs(s).max())
        corners = 0
        for i in range(1, len(s)):
            if abs(s[i] - s[i - 1]) > limit:
                corners += 1
        return corners


@held_out("absolute_tolerance")
class plain_tol:
    """Note: slopes are equal when they differ by at most tol."""

    def count_pieces(x, y, tol=1e-6):
        s = np.diff(y) / np.diff(x)
        return int((np.abs(np.diff(s)) > tol).sum()) + 1


@held_out("slopes_not_changes")
class slope_of_every_piece:
    """Note: unit i draws piece i, so its weight is the slope of that piece."""

    def shallow_from_knots(x, y):
        x, y = np.array(x, dtype=float), np.array(y, dtype=float)
        n = len(x) - 1
        w, b, c = np.ones(n), np.zeros(n), np.zeros(n)
        for i in range(n):
            b[i] = -x[i]
            c[i] = (y[i + 1] - y[i]) / (x[i + 1] - x[i])
        return w, b, c, y[0]


@held_out("starts_at_zero")
class no_output_bias:
    """Note: the curve begins at the origin, there is nothing to add."""

    def shallow_from_knots(x, y):
        x, y = np.asarray(x, float), np.asarray(y, float)
        m = np.diff(y) / np.diff(x)
        c = m.copy()
        c[1:] -= m[:-1]
        return np.ones(len(m)), -x[:-1], c, 0.0


@held_out("bias_sign_flipped")
class switches_on_at_x_i:
    """Note: writes b = x_i so that the unit switches on at x_i."""

    def shallow_from_knots(x, y):
        x, y = np.asarray(x, float), np.asarray(y, float)
        slopes = (y[1:] - y[:-1]) / (x[1:] - x[:-1])
        return np.ones_like(slopes), x[:-1].copy(), np.diff(np.concatenate([[0], slopes])), y[0]


@held_out("biases_left_out")
class weights_alone:
    """Note: parameters are the weights: 2 + 4 (k-1) + 2 deep, two a unit shallow."""

    def sawtooth_params(k):
        deep = 2 + 4 * (k - 1) + 2
        shallow = 2 * 2**k
        return deep, shallow


@held_out("shallow_grows_linearly")
class two_units_a_tent:
    """Note: the wide layer needs two units for each tent, like the deep one."""

    def sawtooth_params(k):
        hidden = 2 * k
        return 4 + 6 * (k - 1) + 3, hidden + hidden + hidden + 1


@held_out("slopes_not_changes", "bends_not_pieces")
class slopes_and_bends:
    """Note: takes slopes for weights, and corners for pieces."""

    def count_pieces(x, y, tol=1e-6):
        slope = np.divide(np.diff(y), np.diff(x))
        eps = tol * max(np.max(np.abs(slope)), 1.0)
        return int(np.count_nonzero(np.abs(slope[1:] - slope[:-1]) > eps))

    def shallow_from_knots(x, y):
        x, y = np.asarray(x, float), np.asarray(y, float)
        slope = np.divide(np.diff(y), np.diff(x))
        return np.ones(slope.size), -x[:-1], slope, float(y[0])


@held_out(None)
class tent_of_height_two:
    """Note: a slip with the factors, 4 and 8 instead of 2 and 4."""

    def tent(x):
        x = np.asarray(x, dtype=float)
        return 4 * np.maximum(x, 0) - 8 * np.maximum(x - 0.5, 0)


@held_out(None)
class sawtooth_by_modulo:
    """Note: draws sawteeth that jump back to zero instead of tents."""

    def deep_sawtooth(x, k):
        x = np.asarray(x, dtype=float)
        return np.mod(2**k * x, 1.0) if k > 0 else x.copy()


@held_out(None)
class counts_the_segments:
    """Note: every segment between two points is a piece."""

    def count_pieces(x, y, tol=1e-6):
        return len(x) - 1


@held_out(None)
class two_slopes_apart:
    """Note: compares every slope with the first one and not with its neighbour."""

    def count_pieces(x, y, tol=1e-6):
        s = np.diff(y) / np.diff(x)
        limit = max(tol, tol * np.abs(s).max())
        return 1 + int(np.sum(np.abs(s - s[0]) > limit))


@held_out(None)
class pieces_and_widths_mixed:
    """Note: believes the deep net doubles its width in each layer."""

    def sawtooth_params(k):
        sizes = [1] + [2**i for i in range(1, k + 1)] + [1]
        deep = sum(a * b + b for a, b in zip(sizes[:-1], sizes[1:]))
        return deep, 3 * 2**k + 1


@held_out("slow_bending_adds_up")
class drift_from_the_start_of_a_piece:
    """Note: compares each slope with the first slope of the piece, so slow drift is cut."""

    def count_pieces(x, y, tol=1e-6):
        s = np.diff(np.asarray(y, float)) / np.diff(np.asarray(x, float))
        limit = max(tol, tol * np.abs(s).max())
        pieces, first = 1, s[0]
        for v in s[1:]:
            if abs(v - first) > limit:
                pieces, first = pieces + 1, v
        return pieces


@held_out("hands_x_back")
class hands_x_back:
    """Note: for k = 0 returns x, the very array that came in."""

    def deep_sawtooth(x, k):
        for _ in range(k):
            x = tent(x)
        return x


@held_out(None)
class tolerance_of_the_median:
    """Note: scales the tolerance by the median of the slopes, which is more robust."""

    def count_pieces(x, y, tol=1e-6):
        s = np.diff(np.asarray(y, float)) / np.diff(np.asarray(x, float))
        limit = max(tol, tol * np.median(np.abs(s)))
        return int(np.sum(np.abs(np.diff(s)) > limit)) + 1


@right
class tent_by_cases:
    """Note: three lines by np.where."""

    def tent(x):
        x = np.asarray(x, dtype=float)
        return np.where(x < 0, 0.0, np.where(x < 0.5, 2 * x, 2 - 2 * x))


@right
class recursive_tents:
    """Note: recursion in k."""

    def deep_sawtooth(x, k):
        if k == 0:
            return np.array(x, dtype=float)
        return tent(deep_sawtooth(x, k - 1))


@right
class pieces_by_loop:
    """Note: walks along the curve and counts the changes."""

    def count_pieces(x, y, tol=1e-6):
        slopes = []
        for i in range(len(x) - 1):
            slopes.append((float(y[i + 1]) - float(y[i])) / (float(x[i + 1]) - float(x[i])))
        allowed = max(tol * max(abs(s) for s in slopes), tol)
        pieces = 1
        for left, right_ in zip(slopes, slopes[1:]):
            if abs(right_ - left) > allowed:
                pieces += 1
        return pieces


@right
class mirrored_units:
    """Note: units that look to the left, relu(x_{i+1} - x), from the last knot backwards."""

    def shallow_from_knots(x, y):
        x, y = np.array(x, float), np.array(y, float)
        slopes = np.diff(y) / np.diff(x)
        after = np.append(slopes[1:], 0.0)
        return -np.ones(len(slopes)), x[1:], after - slopes, y[-1]


@right
class solved_as_a_system:
    """Note: solves for the weights with the matrix of the hidden units."""

    def shallow_from_knots(x, y):
        x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
        w, b = np.ones(len(x) - 1), -x[:-1]
        hidden = np.maximum(0, np.outer(x[1:], w) + b)
        return w, b, np.linalg.solve(hidden, y[1:] - y[0]), y[0]


@right
class params_by_layers:
    """Note: adds up (in + 1) out over the layers."""

    def sawtooth_params(k):
        def dense(sizes):
            return sum((sizes[i] + 1) * sizes[i + 1] for i in range(len(sizes) - 1))

        return dense([1] + k * [2] + [1]), dense([1, 2**k, 1])


@right
class isclose_of_slopes:
    """Note: isclose with the tolerance as atol."""

    def count_pieces(x, y, tol=1e-6):
        s = np.gradient(np.asarray(y, float)[:2], np.asarray(x, float)[:2])[:1]
        s = np.append(s, np.diff(np.asarray(y, float))[1:] / np.diff(np.asarray(x, float))[1:])
        same = np.isclose(s[1:], s[:-1], rtol=0, atol=tol * max(1.0, float(np.max(np.abs(s)))))
        return 1 + int(np.sum(~same))
