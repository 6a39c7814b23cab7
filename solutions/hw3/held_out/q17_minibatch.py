"""Held-out answers to question 17. Every note was written before its code."""

import numpy as np

from autograder.pages import held_out, right


@held_out("drops_the_last_batch")
class whole_batches_only:
    """Note: makes N // B batches, what remains is thrown away as in drop_last=True."""

    def minibatches(X, Y, B, rng):
        X, Y = np.asarray(X), np.asarray(Y)
        order = rng.permutation(X.shape[1])
        result = []
        for k in range(X.shape[1] // B):
            chosen = order[k * B : (k + 1) * B]
            result.append((X[:, chosen], Y[:, chosen]))
        return result


@held_out("with_replacement")
class draws_each_batch:
    """Note: every batch is B random samples, drawn from all."""

    def minibatches(X, Y, B, rng):
        X, Y = np.asarray(X), np.asarray(Y)
        N = X.shape[1]
        left = N
        while left > 0:
            chosen = rng.integers(N, size=min(B, left))
            left -= B
            yield X[:, chosen], Y[:, chosen]


@held_out("not_shuffled")
class in_the_given_order:
    """Note: cuts the data from left to right."""

    def minibatches(X, Y, B, rng):
        X, Y = np.asarray(X), np.asarray(Y)
        return [(X[:, s : s + B].copy(), Y[:, s : s + B].copy()) for s in range(0, X.shape[1], B)]


@held_out("labels_not_shuffled")
class only_x_is_shuffled:
    """Note: shuffles X and cuts Y as it is."""

    def minibatches(X, Y, B, rng):
        Y = np.asarray(Y)
        Xs = rng.permutation(np.asarray(X), axis=1)
        N = Xs.shape[1]
        starts = np.arange(0, N, B)
        return [(Xs[:, a : min(a + B, N)], Y[:, a : min(a + B, N)]) for a in starts]


@held_out("shuffled_apart")
class two_permutations:
    """Note: shuffles X, then shuffles Y."""

    def minibatches(X, Y, B, rng):
        X, Y = np.asarray(X), np.asarray(Y)
        Xs, Ys = X[:, rng.permutation(X.shape[1])], Y[:, rng.permutation(Y.shape[1])]
        out, start = [], 0
        while start < X.shape[1]:
            out.append((Xs[:, start : start + B], Ys[:, start : start + B]))
            start += B
        return out


@held_out("global_random")
class np_random_shuffle:
    """Note: uses np.random.permutation as always."""

    def minibatches(X, Y, B, rng):
        X, Y = np.array(X), np.array(Y)
        indices = np.random.permutation(np.arange(X.shape[1]))
        for i in range(0, len(indices), B):
            yield X[:, indices[i : i + B]], Y[:, indices[i : i + B]]


@held_out("gradient_of_the_sum")
class no_division_by_n:
    """Note: adds up the gradients of the samples."""

    def batch_grad(w, X, Y):
        w, X, Y = np.asarray(w, float), np.asarray(X, float), np.asarray(Y, float)
        grad = np.zeros((1, X.shape[0]))
        for i in range(X.shape[1]):
            error = float(w[0] @ X[:, i] - Y[0, i])
            grad[0] += error * X[:, i]
        return grad

    def epoch_mean_gradient(w, batches):
        n = sum(np.shape(Xb)[1] for Xb, _ in batches)
        return sum(np.shape(Xb)[1] * batch_grad(w, Xb, Yb) for Xb, Yb in batches) / n


@held_out("factor_two")
class derivative_of_a_square:
    """Note: (.)^2 gives a factor 2."""

    def batch_grad(w, X, Y):
        X = np.asarray(X, dtype=float)
        residual = np.dot(w, X) - np.asarray(Y, dtype=float)
        return 2.0 / X.shape[1] * np.dot(residual, X.T)

    def epoch_mean_gradient(w, batches):
        sizes = [np.asarray(Yb).shape[1] for _, Yb in batches]
        grads = [batch_grad(w, Xb, Yb) for Xb, Yb in batches]
        return np.average(grads, axis=0, weights=sizes)


@held_out("sign_flipped")
class label_minus_prediction:
    """Note: error is label minus prediction."""

    def batch_grad(w, X, Y):
        X = np.asarray(X, dtype=float)
        error = np.asarray(Y, dtype=float) - np.asarray(w, dtype=float) @ X
        return np.einsum("im,nm->in", error, X) / X.shape[1]

    def epoch_mean_gradient(w, batches):
        X = np.concatenate([np.asarray(Xb, dtype=float) for Xb, _ in batches], axis=1)
        Y = np.concatenate([np.asarray(Yb, dtype=float) for _, Yb in batches], axis=1)
        return batch_grad(w, X, Y)


@held_out("as_if_with_replacement")
class sigma_squared_over_b:
    """Note: the variance of a mean of B is sigma^2 / B."""

    def grad_variance(G, B):
        G = np.asarray(G, dtype=float)
        centre = G.mean(axis=1, keepdims=True)
        return float(((G - centre) ** 2).sum() / G.shape[1] / B)


@held_out("mean_over_components")
class average_component:
    """Note: averages the variance over the components."""

    def grad_variance(G, B):
        G = np.asarray(G, dtype=float)
        n, N = G.shape
        if N == 1:
            return 0.0
        return float(np.var(G, axis=1).mean() / B * (N - B) / (N - 1))


@held_out("standard_deviation")
class root_at_the_end:
    """Note: spread is a standard deviation."""

    def grad_variance(G, B):
        G = np.asarray(G, dtype=float)
        N = G.shape[1]
        total = sum(np.var(row) for row in G) * (N - B) / (B * max(N - 1, 1))
        return float(total**0.5)


@held_out("plain_mean_of_batches")
class mean_of_means:
    """Note: the mean over the batches of their gradients."""

    def epoch_mean_gradient(w, batches):
        total, count = 0.0, 0
        for Xb, Yb in batches:
            total = total + batch_grad(w, Xb, Yb)
            count += 1
        return total / count


@held_out("sum_of_batches")
class adds_batch_gradients:
    """Note: an epoch is the sum of its batches."""

    def epoch_mean_gradient(w, batches):
        total = np.zeros(np.shape(w))
        for X, Y in batches:
            total += np.asarray(batch_grad(w, X, Y), dtype=float)
        return total


@held_out("as_if_with_replacement", "sum_of_batches")
class no_correction_and_sum:
    """Note: sigma^2 / B, and adds the batch gradients up."""

    def grad_variance(G, B):
        G = np.asarray(G, dtype=float)
        return float(np.trace(np.atleast_2d(np.cov(G, bias=True))) / B) if G.shape[1] > 1 else 0.0

    def epoch_mean_gradient(w, batches):
        return np.sum([batch_grad(w, a, b) for a, b in batches], axis=0)


@held_out(None)
class b_is_the_number_of_batches:
    """Note: reads B as the number of batches."""

    def minibatches(X, Y, B, rng):
        X, Y = np.asarray(X), np.asarray(Y)
        order = rng.permutation(X.shape[1])
        parts = [p for p in np.array_split(order, B) if len(p)]
        return [(X[:, p], Y[:, p]) for p in parts]


@held_out(None)
class labels_before_inputs:
    """Note: yields (Yb, Xb)."""

    def minibatches(X, Y, B, rng):
        X, Y = np.asarray(X), np.asarray(Y)
        order = rng.permutation(X.shape[1])
        for i in range(0, len(order), B):
            yield Y[:, order[i : i + B]], X[:, order[i : i + B]]


@held_out(None)
class column_gradient:
    """Note: a gradient is a column, so (n, 1)."""

    def batch_grad(w, X, Y):
        X = np.asarray(X, dtype=float)
        error = np.asarray(w, dtype=float) @ X - np.asarray(Y, dtype=float)
        return X @ error.T / X.shape[1]

    def epoch_mean_gradient(w, batches):
        n = sum(np.shape(Xb)[1] for Xb, _ in batches)
        return sum(np.shape(Xb)[1] * batch_grad(w, Xb, Yb).T for Xb, Yb in batches) / n


@held_out(None)
class absolute_error_gradient:
    """Note: takes the sign of the error, the gradient of |wX - Y|."""

    def batch_grad(w, X, Y):
        X = np.asarray(X, dtype=float)
        return np.sign(np.dot(w, X) - np.asarray(Y)) @ X.T / X.shape[1]

    def epoch_mean_gradient(w, batches):
        n = sum(np.shape(Xb)[1] for Xb, _ in batches)
        return sum(np.shape(Xb)[1] * batch_grad(w, Xb, Yb) for Xb, Yb in batches) / n


@held_out(None)
class divided_by_root_b:
    """Note: mixes up standard error and variance: divides by sqrt(B)."""

    def grad_variance(G, B):
        G = np.asarray(G, dtype=float)
        N = G.shape[1]
        if N == 1:
            return 0.0
        return float(G.var(axis=1).sum() / np.sqrt(B) * (N - B) / (N - 1))


@held_out(None)
class batch_of_half_counts_double:
    """Note: divides by the size of a batch where it should multiply."""

    def epoch_mean_gradient(w, batches):
        weights = [1 / np.shape(Xb)[1] for Xb, _ in batches]
        grads = [weight * batch_grad(w, Xb, Yb) for weight, (Xb, Yb) in zip(weights, batches)]
        return sum(grads) / sum(weights)


@held_out(None)
class smallest_batch_first:
    """Note: puts what does not fit into a first, small batch."""

    def minibatches(X, Y, B, rng):
        X, Y = np.asarray(X), np.asarray(Y)
        N = X.shape[1]
        order = rng.permutation(N)
        cuts = [0, *range(N % B or B, N, B), N] if N > B else [0, N]
        return [(X[:, order[a:b]], Y[:, order[a:b]]) for a, b in zip(cuts, cuts[1:])]


@held_out(None)
class last_rest_joined:
    """Note: joins the rest to the last batch, which becomes larger than B."""

    def minibatches(X, Y, B, rng):
        X, Y = np.asarray(X), np.asarray(Y)
        N = X.shape[1]
        order = rng.permutation(N)
        count = max(N // B, 1)
        cuts = [k * B for k in range(count)] + [N]
        return [(X[:, order[a:b]], Y[:, order[a:b]]) for a, b in zip(cuts, cuts[1:])]


@held_out(None)
class swaps_a_few:
    """Note: swaps one random pair of samples and calls it shuffled."""

    def minibatches(X, Y, B, rng):
        X, Y = np.asarray(X), np.asarray(Y)
        order = np.arange(X.shape[1])
        i, j = rng.integers(len(order), size=2)
        order[[i, j]] = order[[j, i]]
        return [(X[:, order[s : s + B]], Y[:, order[s : s + B]]) for s in range(0, len(order), B)]


@held_out(None)
class variance_of_one_batch:
    """Note: draws one batch and takes the variance of its gradients."""

    def grad_variance(G, B):
        G = np.asarray(G, dtype=float)
        return float(G[:, :B].var(axis=1).sum() / B)


@right
class argsort_of_random_keys:
    """Note: shuffles by sorting random keys, returns a list."""

    def minibatches(X, Y, B, rng):
        X, Y = np.asarray(X), np.asarray(Y)
        order = np.argsort(rng.random(X.shape[1]))
        cuts = range(B, X.shape[1], B)
        return [(X[:, part], Y[:, part]) for part in np.split(order, cuts)]


@right
class shuffles_copies:
    """Note: stacks X and Y, shuffles the copy, splits again."""

    def minibatches(X, Y, B, rng):
        X = np.asarray(X, dtype=float)
        n = X.shape[0]
        both = np.concatenate([X, np.asarray(Y, dtype=float)], axis=0).T.copy()
        rng.shuffle(both)
        while len(both):
            head, both = both[:B], both[B:]
            yield head[:, :n].T, head[:, n:].T


@right
class einsum_gradient:
    """Note: einsum over samples; mean at the end."""

    def batch_grad(w, X, Y):
        X = np.array(X, dtype=float)
        r = np.einsum("in,nm->im", np.array(w, dtype=float), X) - np.array(Y, dtype=float)
        return np.mean(r * X, axis=1)[None, :]


@right
class variance_from_pairs:
    """Note: covariances of the drawn indicators, term by term."""

    def grad_variance(G, B):
        G = np.asarray(G, dtype=float)
        N = G.shape[1]
        if N == 1:
            return 0
        p1, p2 = B / N, B * (B - 1) / (N * (N - 1))
        C = G - G.mean(axis=1, keepdims=True)
        gram = C.T @ C
        cov = np.full((N, N), p2 - p1 * p1)
        np.fill_diagonal(cov, p1 - p1 * p1)
        return abs(float((cov * gram).sum() / B**2))


@right
class glued_together:
    """Note: glues the batches together and takes one gradient."""

    def epoch_mean_gradient(w, batches):
        X = np.hstack([np.asarray(a, dtype=float) for a, _ in batches])
        Y = np.hstack([np.asarray(b, dtype=float) for _, b in batches])
        return (np.asarray(w, dtype=float) @ X - Y) @ X.T / Y.size


@right
class variance_with_sample_formula:
    """Note: (1 - B/N) S^2 / B with the unbiased variance S^2, the textbook of sampling."""

    def grad_variance(G, B):
        G = np.asarray(G, dtype=float)
        N = G.shape[1]
        return float((1 - B / N) / B * G.var(axis=1, ddof=1).sum()) if N > 1 else 0.0


@right
class pairs_as_lists:
    """Note: a list of indices shuffled in place; pairs as lists."""

    def minibatches(X, Y, B, rng):
        X, Y = np.asarray(X), np.asarray(Y)
        indices = list(range(X.shape[1]))
        rng.shuffle(indices)
        out = []
        while indices:
            take, indices = indices[:B], indices[B:]
            out.append([np.take(X, take, axis=1), np.take(Y, take, axis=1)])
        return out
