"""Held-out answers to question 16. Every note was written before its code."""

import numpy as np

from autograder.pages import held_out, right


@held_out("product_in_reading_order")
class first_matrix_on_the_left:
    """Note: the matrices are multiplied in the order in which they stand in the list."""

    def collapse(Ws, bs):
        Ws = [np.asarray(W, dtype=float) for W in Ws]
        total = Ws[0]
        for W in Ws[1:]:
            total = np.dot(total, W)
        b = np.asarray(bs[0], dtype=float)
        for W, c in zip(Ws[1:], bs[1:]):
            b = W @ b + np.asarray(c)
        return total, b


@held_out("last_bias_only")
class bias_of_the_output:
    """Note: W is the product, and the bias of the output is that of the last layer."""

    def collapse(Ws, bs):
        total = np.eye(np.shape(Ws[0])[1])
        for W in Ws:
            total = np.asarray(W, dtype=float).dot(total)
        return total, np.array(bs[-1], dtype=float)


@held_out("bias_through_one_layer")
class next_matrix_only:
    """Note: b_1 meets the next matrix, W_2 b_1 + b_2, and so on for each neighbour."""

    def collapse(Ws, bs):
        Ws, bs = [np.asarray(W, float) for W in Ws], [np.asarray(b, float) for b in bs]
        W = Ws[0]
        for M in Ws[1:]:
            W = M @ W
        b = bs[-1].copy()
        if len(Ws) > 1:
            b = b + Ws[-1] @ bs[-2]
        return W, b


@held_out("two_layers_only")
class textbook_pair:
    """Note: the lecture shows W2 W1 and W2 b1 + b2."""

    def collapse(Ws, bs):
        if len(Ws) == 1:
            return np.array(Ws[0], dtype=float), np.array(bs[0], dtype=float)
        W1, W2 = np.asarray(Ws[0], dtype=float), np.asarray(Ws[1], dtype=float)
        return np.matmul(W2, W1), np.matmul(W2, np.asarray(bs[0], dtype=float)) + np.asarray(bs[1])


@held_out("flat_bias")
class bias_as_vector:
    """Note: a bias is a vector, so it is flattened."""

    def collapse(Ws, bs):
        W, b = np.asarray(Ws[0], float), np.asarray(bs[0], float).reshape(-1)
        for k in range(1, len(Ws)):
            W = np.asarray(Ws[k], float) @ W
            b = np.asarray(Ws[k], float) @ b + np.asarray(bs[k], float).reshape(-1)
        return W, b


@held_out("activation_at_the_output")
class every_layer_activates:
    """Note: a layer consists of the affine map and the activation, the last one too."""

    def deep_forward(X, Ws, bs, act):
        a = np.asarray(X, dtype=float)
        for layer in range(len(Ws)):
            z = np.dot(np.asarray(Ws[layer], dtype=float), a) + np.asarray(bs[layer], dtype=float)
            a = act(z)
        return a


@held_out("no_activation")
class linear_stack:
    """Note: forgets to call act."""

    def deep_forward(X, Ws, bs, act):
        out = np.array(X, dtype=float)
        for W, b in zip(Ws, bs):
            out = np.add(np.matmul(W, out), b)
        return out


@held_out("always_relu")
class relu_is_standard:
    """Note: uses ReLU since that is the activation nowadays."""

    def deep_forward(X, Ws, bs, act):
        h = np.asarray(X, dtype=float)
        last = len(Ws) - 1
        for i, (W, b) in enumerate(zip(Ws, bs)):
            h = np.asarray(W) @ h + np.asarray(b)
            h = np.where(h > 0, h, 0) if i < last else h
        return h


@held_out("activates_the_input")
class act_then_multiply:
    """Note: each layer applies act to what comes in."""

    def deep_forward(X, Ws, bs, act):
        h = np.asarray(X, dtype=float)
        for i in range(len(Ws)):
            h = np.asarray(Ws[i], dtype=float) @ np.asarray(act(h)) + np.asarray(bs[i], dtype=float)
        return h


@held_out("computes_or")
class subtracts_once:
    """Note: relu(a + b) - relu(a + b - 1) is meant to take the pair (1, 1) back."""

    def xor_net():
        hidden = np.ones((2, 2))
        return [hidden, np.array([[1, -1]])], [np.array([[0], [-1]]), np.zeros((1, 1))]


@held_out("linear_for_affine")
class additivity:
    """Note: affine means f(x + y) = f(x) + f(y)."""

    def is_affine(f, d, rng, trials=20):
        for _ in range(trials):
            x, y = rng.standard_normal((d, 1)), rng.standard_normal((d, 1))
            difference = np.asarray(f(x + y)) - (np.asarray(f(x)) + np.asarray(f(y)))
            if np.abs(difference).max() > 1e-8 * (1 + np.abs(np.asarray(f(x))).max()):
                return False
        return True


@held_out("exact_comparison")
class equality_of_floats:
    """Note: both sides must be equal, so ==."""

    def is_affine(f, d, rng, trials=20):
        zero = np.asarray(f(np.zeros((d, 1))))
        for _ in range(trials):
            x, y = rng.normal(size=(d, 1)), rng.normal(size=(d, 1))
            if np.any(np.asarray(f(x + y)) + zero != np.asarray(f(x)) + np.asarray(f(y))):
                return False
        return True


@held_out("positive_points_only")
class random_without_sign:
    """Note: rng.random gives random points."""

    def is_affine(f, d, rng, trials=20):
        ok = True
        for _ in range(trials):
            x, y, t = rng.random((d, 1)), rng.random((d, 1)), rng.random()
            left = np.asarray(f(t * x + (1 - t) * y))
            line = t * np.asarray(f(x)) + (1 - t) * np.asarray(f(y))
            ok = ok and np.allclose(left, line, rtol=1e-6, atol=1e-9)
        return bool(ok)


@held_out("last_bias_only", "activation_at_the_output")
class last_bias_and_last_activation:
    """Note: only the last bias counts, and the output is activated too."""

    def collapse(Ws, bs):
        product = np.asarray(Ws[-1], dtype=float)
        for W in list(Ws)[-2::-1]:
            product = product @ np.asarray(W, dtype=float)
        return product, np.asarray(bs[-1], dtype=float).copy()

    def deep_forward(X, Ws, bs, act):
        for W, b in zip(Ws, bs):
            X = act(np.asarray(W, dtype=float) @ np.asarray(X, dtype=float) + np.asarray(b))
        return X


@held_out(None)
class bias_after_the_activation:
    """Note: adds the bias to what the activation returns."""

    def deep_forward(X, Ws, bs, act):
        h = np.asarray(X, dtype=float)
        for i, (W, b) in enumerate(zip(Ws, bs)):
            z = np.asarray(W, dtype=float) @ h
            h = (np.asarray(act(z)) if i + 1 < len(Ws) else z) + np.asarray(b, dtype=float)
        return h


@held_out(None)
class activates_twice:
    """Note: calls act in the line of z and once more in the next line."""

    def deep_forward(X, Ws, bs, act):
        h = np.asarray(X, dtype=float)
        for i, (W, b) in enumerate(zip(Ws, bs)):
            h = np.asarray(W, dtype=float) @ h + np.asarray(b, dtype=float)
            if i < len(Ws) - 1:
                h = act(act(h))
        return h


@held_out(None)
class computes_and:
    """Note: one unit, relu(a + b - 1), is 1 for the pair (1, 1); mistaken for XOR."""

    def xor_net():
        return (
            [np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([[0.0, 1.0]])],
            [np.array([[0.0], [-1.0]]), np.array([[0.0]])],
        )


@held_out(None)
class computes_xnor:
    """Note: gets the labels the wrong way round: 1 where the inputs are equal."""

    def xor_net():
        W1, b1 = np.array([[1.0, -1.0], [-1.0, 1.0]]), np.zeros((2, 1))
        return [W1, np.array([[-1.0, -1.0]])], [b1, np.array([[1.0]])]


@held_out(None)
class never_says_yes:
    """Note: returns False at a bend, and forgets the return True at the end."""

    def is_affine(f, d, rng, trials=20):
        f0 = np.asarray(f(np.zeros((d, 1))))
        for _ in range(trials):
            x, y = rng.normal(size=(d, 1)), rng.normal(size=(d, 1))
            if not np.allclose(np.asarray(f(x + y)) + f0, np.asarray(f(x)) + np.asarray(f(y))):
                return False


@held_out(None)
class convexity_test:
    """Note: asks only that the middle does not lie above the chord, which is convexity."""

    def is_affine(f, d, rng, trials=20):
        for _ in range(trials):
            x, y = rng.normal(size=(d, 1)), rng.normal(size=(d, 1))
            middle, chord = np.asarray(f((x + y) / 2)), (np.asarray(f(x)) + np.asarray(f(y))) / 2
            if np.any(middle - chord > 1e-9 * (1 + np.abs(chord))):
                return False
        return True


@held_out("single_layer_returned_as_it_is")
class single_layer_returned_as_it_is:
    """Note: one layer is the answer already, so hands back the caller's arrays."""

    def collapse(Ws, bs):
        W, b = Ws[0], bs[0]
        for M, c in zip(Ws[1:], bs[1:]):
            W, b = np.asarray(M) @ np.asarray(W), np.asarray(M) @ np.asarray(b) + np.asarray(c)
        return W, b


@held_out(None)
class slope_at_the_origin:
    """Note: compares with the linearisation near 0, where a bend far out is not seen."""

    def is_affine(f, d, rng, trials=20):
        f0 = np.asarray(f(np.zeros((d, 1))), dtype=float)
        for _ in range(trials):
            x = 1e-2 * rng.normal(size=(d, 1))
            y = 1e-2 * rng.normal(size=(d, 1))
            gap = np.asarray(f(x + y)) - np.asarray(f(x)) - np.asarray(f(y)) + f0
            if np.abs(gap).max() > 1e-6 * (1 + np.abs(f0).max()):
                return False
        return True


@held_out(None)
class skip_connections:
    """Note: adds the input of a layer to its output where the shapes agree."""

    def deep_forward(X, Ws, bs, act):
        h = np.asarray(X, dtype=float)
        for i, (W, b) in enumerate(zip(Ws, bs)):
            z = np.asarray(W, dtype=float) @ h + np.asarray(b, dtype=float)
            new = z if i == len(Ws) - 1 else np.asarray(act(z))
            h = new + h if new.shape == h.shape else new
        return h


@held_out(None)
class majority_of_the_trials:
    """Note: says yes when most trials agree."""

    def is_affine(f, d, rng, trials=20):
        f0, good = np.asarray(f(np.zeros((d, 1)))), 0
        for _ in range(trials):
            x, y = rng.normal(size=(d, 1)), rng.normal(size=(d, 1))
            good += np.allclose(
                np.asarray(f(x + y)) + f0, np.asarray(f(x)) + np.asarray(f(y)), rtol=1e-6, atol=1e-8
            )
        return bool(good > trials / 2)


@right
class probes_with_unit_vectors:
    """Note: sends zeros and unit vectors through the stack."""

    def collapse(Ws, bs):
        def stack(h):
            for W, b in zip(Ws, bs):
                h = np.asarray(W, dtype=float) @ h + np.asarray(b, dtype=float).reshape(-1, 1)
            return h

        n = np.shape(Ws[0])[1]
        b = stack(np.zeros((n, 1)))
        return stack(np.eye(n)) - b, b


@right
class homogeneous_matrices:
    """Note: layers as matrices with one row and column more."""

    def collapse(Ws, bs):
        M = np.eye(np.shape(Ws[0])[1] + 1)
        for W, b in zip(Ws, bs):
            W = np.asarray(W, dtype=float)
            layer = np.block(
                [
                    [W, np.asarray(b, float).reshape(-1, 1)],
                    [np.zeros((1, W.shape[1])), np.ones((1, 1))],
                ]
            )
            M = layer @ M
        return M[:-1, :-1], M[:-1, -1:]


@right
class last_layer_by_itself:
    """Note: loops over the hidden layers, then the last."""

    def deep_forward(X, Ws, bs, act):
        *hidden, last = list(zip(Ws, bs))
        h = np.asarray(X, dtype=float)
        for W, b in hidden:
            h = act(np.einsum("ij,jm->im", np.asarray(W, float), h) + np.asarray(b, float))
        return np.dot(last[0], h) + np.asarray(last[1], dtype=float)


@right
class modulus_of_the_difference:
    """Note: |a - b| by two ReLUs."""

    def xor_net():
        return [[[1, -1], [-1, 1]], [[1, 1]]], [[[0], [0]], [[0]]]


@right
class random_lines:
    """Note: values at a random affine combination of three points, relative tolerance."""

    def is_affine(f, d, rng, trials=20):
        for _ in range(trials):
            P = [3 * rng.normal(size=(d, 1)) for _ in range(3)]
            t = rng.normal(size=3)
            t = t / t.sum() if abs(t.sum()) > 0.5 else np.array([0.5, -0.25, 0.75])
            values = [np.asarray(f(p), dtype=float) for p in P]
            line = sum(a * v for a, v in zip(t, values))
            point = np.asarray(f(sum(a * p for a, p in zip(t, P))), dtype=float)
            scale = 1e-12 + sum(np.abs(a * v).max() for a, v in zip(t, values))
            if np.abs(point - line).max() > 1e-6 * scale:
                return False
        return True


@right
class halfway_with_allclose:
    """Note: the middle between two points, allclose with its own tolerances."""

    def is_affine(f, d, rng, trials=20):
        pairs = [(rng.standard_normal((d, 1)), rng.standard_normal((d, 1))) for _ in range(trials)]
        middle = lambda a, b: np.allclose(
            f(a / 2 + b / 2), (np.asarray(f(a)) + np.asarray(f(b))) / 2
        )
        return all(middle(a, b) for a, b in pairs)
