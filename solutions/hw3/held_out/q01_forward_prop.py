"""Held-out answers to question 1. Every note was written before its code."""

import numpy as np

from autograder.pages import held_out, right


@held_out("one_bias_for_all")
class the_layer_has_one_bias:
    """Note: the lecture calls b a number, so the first entry is the bias of the layer."""

    def forward_prop(W, a_prev, b):
        W = np.asarray(W, dtype=float)
        a_prev = np.asarray(a_prev, dtype=float)
        bias = float(np.asarray(b).flat[0])
        out = np.zeros((W.shape[0], a_prev.shape[1]))
        for unit in range(W.shape[0]):
            for sample in range(a_prev.shape[1]):
                out[unit, sample] = sum(W[unit] * a_prev[:, sample]) + bias
        return sigmoid(out)


@held_out("biases_added_up")
class total_bias:
    """Note: b is a scalar in the formula; a vector must be summed to make one."""

    def forward_prop(W, a_prev, b):
        total = 0.0
        for value in np.ravel(b):
            total += value
        return sigmoid(np.matmul(W, a_prev) + total)


@held_out("transposed_weights")
class w_transposed_times_a:
    """Note: the textbook's neuron is w^T x + b, so a layer must be W^T a + b."""

    def forward_prop(W, a_prev, b):
        b = np.reshape(b, (-1, 1))
        Wt = np.transpose(W)
        z = np.dot(Wt, a_prev) + b
        return sigmoid(z)


@held_out("no_activation")
class only_the_linear_part:
    """Note: the question is about the product, so mend that line and hand z back."""

    def forward_prop(W, a_prev, b):
        a_prev = np.array(a_prev, dtype=float)
        columns = [np.dot(W, a_prev[:, j]) + np.ravel(b) for j in range(a_prev.shape[1])]
        return np.stack(columns, axis=1)


@held_out("no_bias")
class forgot_to_add_b:
    """Note: replaced the star by dot and lost the + b while typing."""

    def forward_prop(W, a_prev, b):
        z = np.dot(np.asarray(W), np.asarray(a_prev))
        return 1.0 / (1.0 + np.exp(-z))


@held_out("flat_bias_as_a_row")
class dot_and_nothing_else:
    """Note: dot instead of star is the whole answer; numpy broadcasts b by itself."""

    def forward_prop(W, a_prev, b):
        z = np.dot(W, a_prev)
        z = np.add(z, b)
        a = sigmoid(z)
        return a


@held_out("samples_in_rows")
class batch_comes_first:
    """Note: a sample is a row in every framework, so the result is (m, n_out)."""

    def forward_prop(W, a_prev, b):
        x = np.asarray(a_prev).T
        return sigmoid(x.dot(np.asarray(W).T) + np.asarray(b).flatten())


@held_out("overflow_above")
class exp_over_exp_plus_one:
    """Note: e^z / (e^z + 1) is the same function and has no minus sign to forget."""

    def sigmoid(z):
        e = np.exp(np.asarray(z, dtype=float))
        return e / (e + 1)


@held_out("clipped_too_early")
class saturates_at_ten:
    """Note: beyond 10 the sigmoid is practically 0 or 1, so cut z off there."""

    def sigmoid(z):
        z = np.minimum(np.maximum(np.asarray(z, dtype=float), -10.0), 10.0)
        return 1 / (1 + np.exp(-z))


@held_out("star_is_never_right")
class an_error_is_an_error:
    """Note: the star is a bug, hence its numbers can never be correct, not even for one input."""

    def star_bug(n_out, n_in, m):
        try:
            shape = (np.ones((n_out, n_in)) * np.ones((n_in, m)) + np.zeros((n_out, 1))).shape
        except ValueError:
            return "raises"
        return "silent" if shape == (n_out, m) else "wrong_shape"


@held_out("forgets_the_samples")
class square_weights_are_silent:
    """Note: a square W multiplies entry by entry without complaint, so it is silent."""

    def star_bug(n_out, n_in, m):
        if n_in == 1:
            return "correct"
        if n_out == n_in:
            return "silent"
        try:
            z = np.random.rand(n_out, n_in) * np.random.rand(n_in, m)
        except Exception:
            return "raises"
        return "silent" if z.shape == (n_out, m) else "wrong_shape"


@held_out("needs_a_length")
class walks_through_z:
    """Note: z is a list of numbers, go through it one after the other."""

    def sigmoid(z):
        z = np.asarray(z, dtype=float)
        result = np.empty(z.shape)
        for i in range(len(z)):
            result[i] = 0.5 * (1 + np.tanh(z[i] / 2))
        return result


@held_out("no_bias", "star_is_never_right")
class no_bias_and_never_right:
    """Note: b was zero in the example, so it can go; and a bug is never correct."""

    def forward_prop(W, a_prev, b):
        return sigmoid(np.einsum("ij,jk->ik", W, a_prev))

    def star_bug(n_out, n_in, m):
        fits_rows = n_out == n_in or 1 in (n_out, n_in)
        fits_columns = n_in == m or 1 in (n_in, m)
        if not (fits_rows and fits_columns):
            return "raises"
        if max(n_out, n_in) == n_out and max(n_in, m) == m:
            return "silent"
        return "wrong_shape"


@held_out(None)
class missing_brackets:
    """Note: a typo, 1 / 1 + exp(-z) without the brackets."""

    def sigmoid(z):
        z = np.asarray(z, dtype=float)
        return 1 / 1 + np.exp(-z)


@held_out(None)
class threshold_is_subtracted:
    """Note: b is the threshold that the sum must reach, so it is subtracted."""

    def forward_prop(W, a_prev, b):
        threshold = np.reshape(b, (-1, 1))
        return sigmoid(np.dot(W, a_prev) - threshold)


@held_out(None)
class bias_after_activation:
    """Note: the bias shifts the output of the unit."""

    def forward_prop(W, a_prev, b):
        return sigmoid(np.matmul(W, a_prev)) + np.reshape(b, (-1, 1))


@held_out(None)
class tanh_unit:
    """Note: uses tanh since it is the better activation."""

    def forward_prop(W, a_prev, b):
        z = np.dot(W, a_prev) + np.asarray(b).reshape(-1, 1)
        return np.tanh(z)


@held_out(None)
class silent_was_not_finished:
    """Note: wrote the easy cases and left the silent one for later."""

    def star_bug(n_out, n_in, m):
        if n_in == 1:
            return "correct"
        if n_out not in (1, n_in) or m not in (1, n_in):
            return "raises"
        if n_out != n_in or m != n_in:
            return "wrong_shape"


@right
class single_precision:
    """Note: works in float32, as on a graphics card; within the published accuracy of 1e-6."""

    def sigmoid(z):
        z = np.asarray(z).astype(np.float32)
        return 1 / (1 + np.exp(-z))


@held_out(None)
class needs_two_axes:
    """Note: treats z as a matrix and reads its two sizes."""

    def sigmoid(z):
        z = np.asarray(z, dtype=float)
        rows, cols = z.shape
        out = np.empty((rows, cols))
        for r in range(rows):
            for c in range(cols):
                out[r, c] = 0.5 * (1 + np.tanh(z[r, c] / 2))
        return out


@right
class half_angle_and_einsum:
    """Note: tanh for the sigmoid, einsum for the layer."""

    def sigmoid(z):
        return 0.5 * (np.tanh(0.5 * np.asarray(z, dtype=np.float64)) + 1.0)

    def forward_prop(W, a_prev, b):
        z = np.einsum("oi,im->om", np.asarray(W, float), np.asarray(a_prev, float))
        return sigmoid(z + np.asarray(b, float).reshape(-1, 1))


@right
class bias_as_an_extra_input:
    """Note: the bias is the weight of an input that is always one."""

    def forward_prop(W, a_prev, b):
        W, a_prev = np.array(W, dtype=float), np.array(a_prev, dtype=float)
        wide = np.hstack([W, np.array(b, dtype=float).reshape(W.shape[0], 1)])
        tall = np.vstack([a_prev, np.ones((1, a_prev.shape[1]))])
        return sigmoid(wide @ tall)


@right
class in_the_logarithm:
    """Note: exp of minus softplus never overflows."""

    def sigmoid(z):
        return np.exp(-np.logaddexp(0.0, -np.asarray(z, dtype=float)))


@right
class plain_formula_with_wide_clip:
    """Note: clip at 500, where the sigmoid has long been 0 or 1."""

    def sigmoid(z):
        return 1.0 / (1.0 + np.exp(-np.clip(z, -500, 500)))


@right
class tries_the_line:
    """Note: runs the buggy line on random numbers and looks."""

    def star_bug(n_out, n_in, m):
        r = np.random.RandomState(3)
        W, a, b = r.rand(n_out, n_in), r.rand(n_in, m), np.zeros((n_out, 1))
        try:
            z = W * a + b
        except ValueError:
            return "raises"
        if z.shape != (n_out, m):
            return "wrong_shape"
        return "correct" if np.abs(z - W.dot(a) - b).max() < 1e-8 else "silent"


@right
class masks_for_the_signs:
    """Note: two masks, one formula for each sign."""

    def sigmoid(z):
        z = np.array(z, dtype=float)
        up = z >= 0
        small = np.exp(np.where(up, -z, z))
        return np.where(up, 1, small) / (1 + small)
